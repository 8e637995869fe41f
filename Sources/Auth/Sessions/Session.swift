import Workers

/// A live session.
public struct Session: Sendable {
    let user: LiveUser
    /// When the user signed in.
    public let createdAt: WallTime
    /// When it ends; nil: never.
    public let expiresAt: SteadyTime?

    func isLive(at now: SteadyTime) -> Bool {
        guard let expiresAt else { return true }
        return now < expiresAt
    }
}

/// The hot answers about a user, as bytes.
public struct UserRendering: Sendable, Equatable {
    /// The user as the Simple API shows it.
    public var user: [UInt8]
    /// The user as `/profile` shows it.
    public var profile: [UInt8]

    /// Both forms.
    public init(user: [UInt8], profile: [UInt8]) {
        self.user = user
        self.profile = profile
    }
}

/// A user together with the hot answers about it.
struct UserSnapshot: Sendable {
    let user: User
    let rendering: UserRendering

    /// Renders, which takes some microseconds: never under a lock.
    init(_ user: User, _ render: SessionMap.Rendering) {
        self.user = user
        rendering = render(user)
    }
}

/// What is held of a user as long as one session is live; shared by the sessions of that user.
final class LiveUser: Sendable {
    struct State {
        private(set) var snapshot: UserSnapshot
        /// The sessions, each with the `credentialVersion` that its sign-in verified.
        var sessions: [SessionID: Int64] = [:]

        init(_ snapshot: UserSnapshot) {
            self.snapshot = snapshot
        }

        /// Takes over a user unless what is held is newer: answers of the store may arrive out of order.
        mutating func replace(by newer: UserSnapshot) {
            guard newer.user.updatedAt > snapshot.user.updatedAt else { return }
            snapshot = newer
        }
    }

    let id: UserID
    let state: Locked<State>

    init(_ snapshot: UserSnapshot) {
        id = snapshot.user.id
        state = Locked(State(snapshot))
    }

    /// The user and the hot answers, as of now.
    var current: UserSnapshot {
        state.withLock { $0.snapshot }
    }
}
