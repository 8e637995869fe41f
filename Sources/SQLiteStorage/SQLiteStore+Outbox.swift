public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func noteResetRequest(for email: EmailAddress, at time: WallTime) async throws {
        _ = try await writer.write { connection in
            try connection.run(Statements.note, .text(email.key), .time(time))
        }
    }

    public func queueRequestedResets(at time: WallTime, limit: Int) async throws -> Int {
        try await writer.write { connection in
            try connection.run(Statements.forgetSent, .time(time), Self.spacing)
            let notes = try connection.rows(Statements.notes, .integer(Int64(max(limit, 0)))) { row in
                (key: row.text(0), askedAt: row.time(1))
            }
            for note in notes {
                try connection.run(
                    Statements.queueReset, .text(note.key), .integer(MailKind.reset.rawValue),
                    .time(note.askedAt), .time(time), Self.spacing)
                try connection.run(Statements.deleteNote, .text(note.key))
            }
            return notes.count
        }
    }

    public func dueMail(at time: WallTime, limit: Int) async throws -> [QueuedMail] {
        try await readers.read { connection in
            try connection.rows(Statements.due, .time(time), .integer(Int64(max(limit, 0)))) { row in
                guard let kind = MailKind(rawValue: row.integer(1)) else { throw row.corrupt }
                let address = row.text(3)
                return QueuedMail(
                    id: row.integer(0), kind: kind, userID: try row.userID(2),
                    address: EmailAddress(stored: address, key: address.lowercased()),
                    askedAt: row.time(4), attempts: Int(row.integer(5)))
            }
        }
    }

    public func nextMail() async throws -> WallTime? {
        try await readers.read { connection in
            try connection.row(Statements.next) { row in row.time(0) }
        }
    }

    public func noteSent(_ mail: Int64, at time: WallTime) async throws {
        _ = try await writer.write { connection in
            try connection.run(Statements.noteSent, .integer(mail), .time(time))
        }
    }

    public func putOff(_ mail: Int64, at time: WallTime, until: WallTime) async throws {
        _ = try await writer.write { connection in
            try connection.run(Statements.putOff, .integer(mail), .time(time), .time(until))
        }
    }

    public func drop(_ mail: Int64) async throws {
        _ = try await writer.write { connection in try connection.run(Statements.drop, .integer(mail)) }
    }

    // MARK: Within the transaction of others

    /// Queues a mail of a user; it takes the place of another of its kind.
    static func queue(
        _ kind: MailKind, of user: Int64, to address: String? = nil, at time: WallTime,
        on connection: SQLiteConnection
    ) throws {
        try connection.run(
            Statements.queue, .integer(user), .integer(kind.rawValue), .optional(address), .time(time),
            spacing)
    }

    /// Forgets the mails that carry tokens, and the wish for another address.
    static func forgetMail(of user: Int64, on connection: SQLiteConnection) throws {
        try connection.run(
            Statements.forget, .integer(user), .integer(MailKind.reset.rawValue),
            .integer(MailKind.emailConfirmation.rawValue))
        try connection.run(Statements.forgetChange, .integer(user))
    }

    private static let spacing = SQLiteValue.integer(QueuedMail.spacing.components.seconds * 1_000)
}

private enum Statements {
    static let note = SQL(
        "noting a request for a mail",
        "INSERT OR REPLACE INTO mail_requests (email_key, asked_at) VALUES (?1, ?2)")
    static let notes = SQL(
        "reading requests for mails", "SELECT email_key, asked_at FROM mail_requests LIMIT ?1")
    static let deleteNote = SQL(
        "deleting a request for a mail", "DELETE FROM mail_requests WHERE email_key = ?1")
    /// A mail that was sent in the future was so before the clock was set back: nobody knows when.
    static let queueReset = SQL(
        "queueing a reset mail",
        """
        INSERT OR REPLACE INTO outbox (user, kind, asked_at, due_at)
        SELECT users.seq, ?2, ?3, ?4
        FROM users LEFT JOIN outbox ON outbox.user = users.seq AND outbox.kind = ?2
        WHERE users.email_key = ?1 AND users.is_disabled = 0 AND outbox.due_at IS NULL
            AND (outbox.sent_at IS NULL OR outbox.sent_at > ?4 OR outbox.sent_at + ?5 <= ?4)
        """)
    static let queue = SQL(
        "queueing a mail",
        """
        INSERT OR REPLACE INTO outbox (user, kind, address, asked_at, due_at, sent_at)
        SELECT users.seq, ?2, ?3, ?4, ?4 + max(0, min(?5, coalesce(outbox.sent_at + ?5 - ?4, 0))), outbox.sent_at
        FROM users LEFT JOIN outbox ON outbox.user = users.seq AND outbox.kind = ?2
        WHERE users.seq = ?1
        """)
    static let due = SQL(
        "reading the outbox",
        """
        SELECT outbox.seq, outbox.kind, users.id, coalesce(outbox.address, users.email), outbox.asked_at,
            outbox.attempts
        FROM outbox JOIN users ON users.seq = outbox.user
        WHERE outbox.due_at IS NOT NULL AND (outbox.due_at <= ?1 OR outbox.asked_at > ?1)
        ORDER BY outbox.due_at, outbox.seq LIMIT ?2
        """)
    static let next = SQL(
        "reading the outbox", "SELECT due_at FROM outbox WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1")
    static let noteSent = SQL(
        "noting that a mail was sent",
        "UPDATE outbox SET due_at = NULL, sent_at = ?2, attempts = 0 WHERE seq = ?1")
    /// `asked_at` is not in the future afterwards, or the mail would be due at once.
    static let putOff = SQL(
        "putting a mail off",
        """
        UPDATE outbox SET due_at = ?3, asked_at = min(asked_at, ?2), attempts = attempts + 1
        WHERE seq = ?1 AND due_at IS NOT NULL
        """)
    static let drop = SQL("giving a mail up", "DELETE FROM outbox WHERE seq = ?1")
    static let forgetSent = SQL(
        "forgetting mails that were sent",
        "DELETE FROM outbox WHERE due_at IS NULL AND (sent_at > ?1 OR sent_at + ?2 <= ?1)")
    static let forget = SQL(
        "forgetting a user's mails", "DELETE FROM outbox WHERE user = ?1 AND kind IN (?2, ?3)")
    static let forgetChange = SQL(
        "forgetting a wish for another address", "DELETE FROM email_changes WHERE user = ?1")
}
