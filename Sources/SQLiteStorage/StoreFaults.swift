import Auth

/// What SQLite's primary result codes mean for the changes that come after.
extension StoreFailure {
    private var primary: Int32 { code & 0xff }

    /// The disk is full or fails: SQLITE_IOERR (10), SQLITE_FULL (13).
    ///
    /// A used-up quota is among the former.
    var concernsDisk: Bool { [10, 13].contains(primary) }

    /// The next change may well fail too: the disk, or SQLITE_BUSY (5), SQLITE_LOCKED (6), SQLITE_READONLY (8),
    /// SQLITE_CANTOPEN (14). Not what one change alone is to blame for.
    var stopsChanges: Bool { concernsDisk || [5, 6, 8, 14].contains(primary) }
}
