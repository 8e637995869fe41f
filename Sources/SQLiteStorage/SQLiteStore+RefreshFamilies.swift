public import Auth

// The protocol documents these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insert(_ family: RefreshFamily, most: Int) async throws -> Bool {
        try await writer.write { connection in
            let session = SQLiteValue.session(family.id.session)
            let inserted = try connection.run(
                Statements.insert, session, .bits(family.id.number), .integer(family.generation),
                .bits(family.rotation.run), .integer(family.rotation.at.milliseconds))
            guard inserted > 0 else { return false }
            try connection.run(Statements.deleteOldest, session, .integer(Int64(max(1, most))))
            return true
        }
    }

    public func advance(
        _ family: RefreshFamilyID, past generation: Int64, at rotation: RefreshRotation
    ) async throws -> RefreshFamily? {
        try await writer.write { connection in
            let (session, number) = (SQLiteValue.session(family.session), SQLiteValue.bits(family.number))
            try connection.run(
                Statements.advance, session, number, .integer(generation), .bits(rotation.run),
                .integer(rotation.at.milliseconds))
            return try connection.row(Statements.find, session, number) { row in
                RefreshFamily(
                    id: family, generation: row.integer(0),
                    rotation: RefreshRotation(
                        run: UInt64(bitPattern: row.integer(1)),
                        at: SteadyTime(milliseconds: row.integer(2))))
            }
        }
    }
}

extension SQLiteValue {
    /// 64 bits, whatever they mean.
    fileprivate static func bits(_ bits: UInt64) -> SQLiteValue { .integer(Int64(bitPattern: bits)) }
}

private enum Statements {
    static let insert = SQL(
        "inserting a refresh family",
        """
        INSERT INTO refresh_families (session, number, place, generation, run, rotated_at)
        SELECT id, ?2, (SELECT coalesce(max(place), 0) + 1 FROM refresh_families WHERE session = ?1), ?3, ?4, ?5
        FROM sessions WHERE id = ?1
        """)
    /// Places have no gaps: only the oldest go.
    static let deleteOldest = SQL(
        "deleting a session's oldest refresh families",
        """
        DELETE FROM refresh_families WHERE session = ?1
        AND place <= (SELECT max(place) FROM refresh_families WHERE session = ?1) - ?2
        """)
    static let advance = SQL(
        "advancing a refresh family",
        """
        UPDATE refresh_families SET generation = ?3 + 1, run = ?4, rotated_at = ?5
        WHERE session = ?1 AND number = ?2 AND generation <= ?3
        """)
    static let find = SQL(
        "finding a refresh family",
        "SELECT generation, run, rotated_at FROM refresh_families WHERE session = ?1 AND number = ?2")
}
