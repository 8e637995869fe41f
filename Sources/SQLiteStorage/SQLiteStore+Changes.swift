// Whether changes reach the disk. See `Writer.complete` for what is tried before one fails.
extension SQLiteStore {
    /// Whether the last change failed for the store's fault, and `tryChange` has not succeeded since.
    public var isFailing: Bool { writer.isFailing }

    /// The number of the batch of changes that is being written; nil when there is none.
    public var batchInProgress: Int? { writer.batch }

    /// Writes a change that changes nothing, and takes the room that the next ones may need; if it can be done, the
    /// store does not fail any more.
    public func tryChange() async throws {
        try await writer.write { connection in
            try LogReserve.take(at: connection.logPath)
            let free = try connection.row(Self.freePages) { $0.integer(0) } ?? 0
            try connection.takeRoom(pages: connection.pages() + max(0, Self.roomToGrow - free))
            let version = try connection.row(Self.version) { $0.integer(0) } ?? 0
            try connection.script(SQL("trying a change", "PRAGMA user_version = \(version)"))
        }
        writer.isFailing = false
    }

    /// Takes the room that sign-outs on a full disk will need; false when there is none, which is no reason not to start.
    static func takeReserve(_ connection: SQLiteConnection) -> Bool {
        do {
            try connection.growByChunks()
            try LogReserve.take(at: connection.logPath)
            return true
        } catch {
            return false
        }
    }

    /// Pages: one chunk of the data file.
    private static let roomToGrow: Int64 = 32

    private static let freePages = SQL("counting free pages", "PRAGMA freelist_count")
    private static let version = SQL("reading the data file's version", "PRAGMA user_version")
}
