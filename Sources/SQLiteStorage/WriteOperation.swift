/// One caller's change, with the caller who waits for it.
struct WriteOperation: Sendable {
    /// What came of running the change, before it is known whether the transaction commits.
    struct Attempt {
        /// What the change threw; nil when it ran to its end.
        var failure: (any Error)?
        /// Gives the caller the result or the error; once only, and not together with `fail`.
        var finish: () -> Void
    }

    /// Runs the change; may be run again if the transaction was lost.
    let attempt: @Sendable (SQLiteConnection) -> Attempt
    /// Tells the caller that nothing was written.
    let fail: @Sendable (any Error) -> Void

    init<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws -> T,
        resuming continuation: CheckedContinuation<T, any Error>
    ) {
        attempt = { connection in
            do {
                let value = try body(connection)
                return Attempt { continuation.resume(returning: value) }
            } catch {
                return Attempt(failure: error) { continuation.resume(throwing: error) }
            }
        }
        fail = { continuation.resume(throwing: $0) }
    }
}
