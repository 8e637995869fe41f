extension Schema {
    /// Keys that tokens are signed with; the private half is sealed.
    static let signingKeys = """
        CREATE TABLE signing_keys (
            id TEXT PRIMARY KEY NOT NULL,
            algorithm TEXT NOT NULL,
            sealed_key BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            signs_from INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
