import Synchronization

/// How many sessions began and ended since the start.
public final class SessionFigures: Sendable {
    let creations = Atomic(0)
    let expiries = Atomic(0)
    let revocations = Atomic(0)

    func noteCreated() { creations.add(1, ordering: .relaxed) }

    /// Sign-ins that got one.
    public var created: Int { creations.load(ordering: .relaxed) }
    /// Those that ended by time, as far as they have been swept.
    public var expired: Int { expiries.load(ordering: .relaxed) }
    /// Those that were ended before: by a sign-out, a change of the user, a newer sign-in, an administrator.
    public var revoked: Int { revocations.load(ordering: .relaxed) }
}
