extension Schema {
    /// Chains of refresh tokens. `place`: the order in which those of a session began. The time belongs to the steady
    /// clock of one `run` of the server.
    static let refreshFamilies = """
        CREATE TABLE refresh_families (
            session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            place INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            run INTEGER NOT NULL,
            rotated_at INTEGER NOT NULL,
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;
        """
}
