import Glibc

/// Room on the disk that the write-ahead log keeps, so that a sign-out finds some when the disk is full.
///
/// The log is never made shorter than this, and after a checkpoint it is written from its start again.
enum LogReserve {
    /// Octets: 1 MiB holds the pages of some 50 sign-outs far apart, between two checkpoints.
    static let size = 1 << 20

    /// Takes the room of the log at `path`; octets that it has already stay as they are.
    ///
    /// Not while another thread writes to it: where the file system cannot do it, glibc writes octets itself.
    static func take(at path: String) throws(DataFileError) {
        let log = open(path, O_RDWR | O_CLOEXEC)
        guard log >= 0 else { throw DataFileError(path: path, problem: .system(errno: errno)) }
        defer { close(log) }
        let error = posix_fallocate(log, 0, off_t(size))
        // A file system that cannot take room ahead has none to give.
        guard [0, EINVAL, EOPNOTSUPP].contains(error) else {
            throw DataFileError(path: path, problem: .system(errno: error))
        }
    }
}
