/// The tables: times are milliseconds since 1970-01-01T00:00:00Z, identifiers raw bytes.
enum Schema {
    /// `seq` is the order of creation.
    ///
    /// AUTOINCREMENT remembers that there was a row, so that nobody is first again after the first was deleted.
    static let version1 = """
        CREATE TABLE users (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            email TEXT NOT NULL,
            email_key TEXT NOT NULL UNIQUE,
            first_name TEXT,
            last_name TEXT,
            password_hash TEXT NOT NULL,
            is_administrator INTEGER NOT NULL CHECK (is_administrator IN (0, 1)),
            credential_version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE sessions (
            id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
            user INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            credential_version INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_by_user ON sessions (user);
        CREATE INDEX sessions_by_expiry ON sessions (expires_at) WHERE expires_at IS NOT NULL;
        CREATE TABLE reset_tokens (
            user INTEGER PRIMARY KEY REFERENCES users (seq) ON DELETE CASCADE,
            id BLOB NOT NULL CHECK (length(id) = 32),
            expires_at INTEGER NOT NULL
        ) STRICT;
        """

    /// Sessions go by 128 bits of the hash, and tell more of themselves; users can be disabled.
    ///
    /// By `sessions_by_user` the oldest of a user's are found without touching the others.
    static let version2 = """
        ALTER TABLE users ADD COLUMN is_disabled INTEGER NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1));
        CREATE TABLE sessions_2 (
            id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
            user INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            seen_at INTEGER NOT NULL,
            is_remembered INTEGER NOT NULL CHECK (is_remembered IN (0, 1)),
            credential_version INTEGER NOT NULL,
            address TEXT,
            user_agent TEXT
        ) STRICT, WITHOUT ROWID;
        INSERT INTO sessions_2
            SELECT substr(id, 1, 16), user, created_at, expires_at, created_at, 0, credential_version, NULL, NULL
            FROM sessions;
        DROP TABLE sessions;
        ALTER TABLE sessions_2 RENAME TO sessions;
        CREATE INDEX sessions_by_user ON sessions (user, created_at);
        CREATE INDEX sessions_by_expiry ON sessions (expires_at) WHERE expires_at IS NOT NULL;
        """

    /// The server's own secrets, such as the key of device cookies.
    static let version3 = """
        CREATE TABLE secrets (
            name TEXT PRIMARY KEY NOT NULL,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Mail that was asked for, mail that waits (`due_at`) or was just sent (`sent_at`), wishes for another address.
    ///
    /// AUTOINCREMENT: a newer wish of the same kind has another name.
    static let version4 = """
        CREATE TABLE mail_requests (
            email_key TEXT PRIMARY KEY NOT NULL,
            asked_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE outbox (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
            kind INTEGER NOT NULL,
            address TEXT,
            asked_at INTEGER NOT NULL,
            due_at INTEGER,
            sent_at INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            UNIQUE (user, kind)
        ) STRICT;
        CREATE INDEX outbox_by_due ON outbox (due_at) WHERE due_at IS NOT NULL;
        CREATE TABLE email_changes (
            user INTEGER PRIMARY KEY REFERENCES users (seq) ON DELETE CASCADE,
            email TEXT NOT NULL,
            email_key TEXT NOT NULL,
            id BLOB CHECK (length(id) = 32),
            expires_at INTEGER NOT NULL
        ) STRICT;
        """
}
