extension Schema {
    /// API keys and app passwords. `seq` is the order in which they were issued; `secret` is a hash of the one and the
    /// other sealed.
    static let credentials = """
        CREATE TABLE credentials (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            user INTEGER NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
            kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            used_at INTEGER,
            is_read_only INTEGER NOT NULL CHECK (is_read_only IN (0, 1)),
            secret BLOB NOT NULL CHECK (kind <> 1 OR length(secret) = 32)
        ) STRICT;
        CREATE INDEX credentials_by_user ON credentials (user, kind);
        """
}
