// On the list of files that may use `OpaquePointer`: owns one `sqlite3_stmt *`, prepared in `init`, finalized in
// `deinit`. Column pointers live until the next step and do not leave the functions here.
import Auth
import CSQLite
import Crypto

/// A prepared statement, and while it steps its current row.
///
/// Belongs to one connection.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let purpose: String

    init(_ sql: SQL, on connection: OpaquePointer) throws {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(
            connection, sql.text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw StoreFailure(code: code, operation: sql.purpose) }
        self.handle = handle
        purpose = sql.purpose
    }

    deinit {
        sqlite3_finalize(handle)
    }

    func bind(_ values: [SQLiteValue]) throws {
        precondition(
            values.count == Int(sqlite3_bind_parameter_count(handle)),
            "a statement takes one value for each parameter: \(purpose)")
        for (index, value) in zip(Int32(1)..., values) {
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, index)
                case .integer(let number): sqlite3_bind_int64(handle, index, number)
                case .text(let text):
                    sqlite3_bind_text(
                        handle, index, text, Int32(text.utf8.count), sessiond_sqlite_transient())
                case .blob(let bytes):
                    sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), sessiond_sqlite_transient())
                }
            guard code == SQLITE_OK else { throw StoreFailure(code: code, operation: purpose) }
        }
    }

    /// Goes to the next row; false at the end.
    func step() throws -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw StoreFailure(code: code, operation: purpose)
        }
    }

    /// Makes the statement ready for its next use and forgets the values; an error was thrown by `step` already.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    // MARK: The current row

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    func octets(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func digest(_ column: Int32) throws -> Digest {
        let bytes = try blob(column, count: 32)
        return Digest(words: (word(bytes, 0), word(bytes, 1), word(bytes, 2), word(bytes, 3)))
    }

    func userID(_ column: Int32) throws -> UserID {
        let bytes = try blob(column, count: 16)
        return UserID(high: word(bytes, 0), low: word(bytes, 1))
    }

    func sessionID(_ column: Int32) throws -> SessionID {
        let bytes = try blob(column, count: 16)
        return SessionID(high: word(bytes, 0), low: word(bytes, 1))
    }

    func credentialID(_ column: Int32) throws -> CredentialID {
        let bytes = try blob(column, count: 16)
        return CredentialID(high: word(bytes, 0), low: word(bytes, 1))
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func time(_ column: Int32) -> WallTime { WallTime(milliseconds: integer(column)) }

    /// The value cannot be what this server wrote.
    var corrupt: StoreFailure { StoreFailure(code: SQLITE_CORRUPT, operation: purpose) }

    private func blob(_ column: Int32, count: Int) throws -> UnsafeRawPointer {
        guard let start = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == count
        else { throw corrupt }
        return start
    }

    private func word(_ bytes: UnsafeRawPointer, _ index: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }
}
