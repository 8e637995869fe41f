import Workers

/// What is in force, until a reload puts something else in its place: for threads that ask now and then. Loops hold
/// their own.
final class InForce<Value: Sendable>: Sendable {
    private let current: Locked<Value>

    init(_ value: Value) {
        current = Locked(value)
    }

    var value: Value {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
