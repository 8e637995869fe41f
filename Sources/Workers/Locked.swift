public import Synchronization

/// A value behind a lock, for what is looked at or changed in a moment: never across `await`, never nested.
///
/// A `Mutex` with one addition. Its contended path lies in a library that ThreadSanitizer does not see into, so that
/// it would report races that are none; the hand-over from one holder to the next shows it the order. On x86 and ARM
/// that is a plain load and a plain store more.
public struct Locked<Value: Sendable>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>
    @usableFromInline let handover = Atomic(false)

    /// Guards this value.
    public init(_ value: Value) {
        mutex = Mutex(value)
    }

    /// Uses the value alone.
    @inlinable
    public borrowing func withLock<Result: Sendable>(
        _ body: (inout Value) throws -> Result
    ) rethrows -> Result {
        try mutex.withLock { value in
            _ = handover.load(ordering: .acquiring)
            defer { handover.store(true, ordering: .releasing) }
            return try body(&value)
        }
    }
}
