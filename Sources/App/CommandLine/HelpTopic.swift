/// The help texts.
public enum HelpTopic: String, Sendable, CaseIterable {
    case overview, serve, user, session, key, token, backup, hash, config
    case apiKey = "api-key"
    case appPassword = "app-password"

    /// One screen of 80 columns, ending in a line end.
    public var text: String {
        switch self {
        case .overview: Self.overviewText
        case .serve: Self.serveText
        case .user: Self.userText
        case .backup: Self.backupText
        case .session: Self.sessionText
        case .apiKey: Self.apiKeyText
        case .appPassword: Self.appPasswordText
        case .key: Self.keyText
        case .token: Self.tokenText
        case .hash: Self.hashText
        case .config: Self.configText
        }
    }

    private static let overviewText = """
        sessiond: a session-authentication server. One binary, one data file.

        Usage:
          sessiond [serve] [options]       run the server (default)
          sessiond user COMMAND            look after accounts
          sessiond session COMMAND         list and revoke sessions
          sessiond api-key COMMAND         issue, list and revoke API keys
          sessiond app-password COMMAND    issue, list and revoke app passwords
          sessiond key COMMAND             list and rotate the keys of access tokens
          sessiond token issue EMAIL       print an access token
          sessiond backup|restore FILE     copy the data file, or put a copy in its place
          sessiond hash calibrate          parameters for password hashes on this machine
          sessiond config COMMAND          check, show
          sessiond help [COMMAND]          about one of these
          sessiond --version

        Options of serve, of which `sessiond help serve` knows more:
          --host HOST          name or address to listen on, "*" for all (127.0.0.1)
          --port PORT          port to listen on, 0 for a free one (5000)
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        Every setting has a variable too (SESSIOND_SERVER_PORT) and a place in the file;
        flags win, then variables. `sessiond config show` lists them all.

        """

    private static let serveText = """
        Usage: sessiond [serve] [options]

          --host HOST          name or address to listen on, "*" for all (127.0.0.1)
          --port PORT          port to listen on, 0 for a free one (5000)
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)
          --loops N            event loops, 0 for one per core (0)
          --log-format FORMAT  text or json (text)
          --quiet              log warnings and errors only
          --no-rate-limit      for load tests: passwords may be tried without end

        SIGTERM or SIGINT lets open requests end, then exits with 0.

        """

    private static let userText = """
        Usage: sessiond user COMMAND [options]

          add EMAIL [--admin] [--first-name NAME] [--last-name NAME]
          import FILE.csv [--dry-run]
          list [--json]
          delete EMAIL
          set-password EMAIL
          set-admin EMAIL [--off]
          disable EMAIL
          enable EMAIL

        Passwords are asked for twice without echo; when stdin is no terminal, its first
        line is the password. They are never arguments.

        import takes users over with the password hashes of another server. The first
        line names the columns: email, password_hash, first_name, last_name, is_admin.
        "-" reads stdin; --dry-run changes nothing.

        Options of all:
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        The commands work while the server runs.

        """

    private static let backupText = """
        Usage: sessiond backup FILE [options]
               sessiond restore FILE [--keep-sessions] [--drop-app-passwords] [options]

        backup copies the data file while the server works, or while none runs. FILE
        must not exist; it appears when it is complete. A running server writes it, with
        its own rights.

        restore puts a backup in the place of the data file. The server must be stopped.
        The data file before is kept, with .before-restore-TIME after its name. Everybody
        is signed out and reset tokens are void, because the backup may hold some that
        ended since; --keep-sessions keeps them. App passwords need the key that they
        were sealed under beside the data file (.key); --drop-app-passwords does without.

        Options of both:
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        """

    private static let sessionText = """
        Usage: sessiond session COMMAND EMAIL [options]

          list EMAIL [--json]
          revoke EMAIL ID      the ID as `list` shows it
          revoke EMAIL --all

        `list` shows ID, sign-in, last request, end (UTC), address and client.

        Options of all:
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        The commands work while the server runs; a session that was revoked is refused
        with its next request.

        """

    private static let apiKeyText = """
        Usage: sessiond api-key COMMAND EMAIL [options]

          issue EMAIL --name NAME [--expires SECONDS] [--read-only]
          list EMAIL [--json]
          revoke EMAIL ID      the ID as `list` shows it

        `issue` prints the key, which nobody can show again. A program sends it as
        `Authorization: Bearer KEY`, or as the password of Basic beside EMAIL.
        `list` shows ID, issue, last use, end (UTC), rights and name.

        Options of all:
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        The commands work while the server runs; a key that was revoked is refused with
        its next request.

        """

    private static let appPasswordText = """
        Usage: sessiond app-password COMMAND EMAIL [options]

          issue EMAIL --name NAME
          list EMAIL [--json]
          revoke EMAIL ID      the ID as `list` shows it

        `issue` prints a password for one device or program that signs in by Digest, with
        EMAIL as its name. Nobody can show it again.
        `list` shows ID, issue, last use (UTC) and name.

        Options of all:
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        The commands work while the server runs; a password that was revoked is refused
        with the next request.

        """

    private static let keyText = """
        Usage: sessiond key COMMAND [options]

          list [--json]
          rotate [--revoke]

        `list` shows ID (kid), algorithm, state, when it was made and when it begins to
        sign (UTC).

        `rotate` makes a key of the algorithm tokens.algorithm. It is in
        /.well-known/jwks.json at once and signs after tokens.rotation.lead seconds; the
        key before verifies what it signed until that has expired. With --revoke the new
        key signs at once and no other verifies any more: for when a key got out.

        Options of all:
          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        The commands work while the server runs.

        """

    private static let tokenText = """
        Usage: sessiond token issue EMAIL [options]

        Signs the user in and prints an access token for that session, for use as
        `Authorization: Bearer TOKEN`. It is good for tokens.lifetime seconds; to end it
        before, revoke the session (see `sessiond help session`).

          --data FILE          data file (./sessiond.db)
          --config FILE        JSON5 configuration (none)

        The command works while the server runs.

        """

    private static let hashText = """
        Usage: sessiond hash calibrate [options]

        Measures Argon2id on this machine and prints parameters with the time that a hash
        takes, as a configuration file with those to use: with as much memory as allowed,
        then as many passes as there is time for, and never less than OWASP recommends.
        Run it while the machine has nothing else to do.

          --milliseconds N     how long a hash may take (50)
          --memory MIB         how much memory a hash may take, 7 or more (64)

        Each worker (passwords.workers) takes that memory while it hashes. Passwords that
        are stored are hashed anew when their users sign in.

        """

    private static let configText = """
        Usage: sessiond config COMMAND [options]

          check                exits with 0 if the configuration is valid
          check --production   also if every setting is fit for production
          show                 every setting in force and where it comes from, as JSON5

        The options of serve are accepted and count: see `sessiond help serve`.

        """
}
