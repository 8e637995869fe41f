import Workers

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

/// A user as of one moment, and once somebody has asked the hot answers about it; requests share it.
final class UserSnapshot: Sendable {
    let user: User
    let rendering: UserRendering?

    init(_ user: User, rendering: UserRendering? = nil) {
        self.user = user
        self.rendering = rendering
    }
}

/// What is held of a user as long as one session is live; shared by the sessions of that user.
final class LiveUser: Sendable {
    struct State {
        private(set) var snapshot: UserSnapshot
        /// The sessions, oldest first: few enough (`SessionPolicy.mostPerUser`) for a list.
        var sessions: [SessionID]

        init(_ user: User) {
            snapshot = UserSnapshot(user)
            sessions = []
        }

        /// Takes over a user unless what is held is newer: answers of the store may arrive out of order.
        mutating func replace(by newer: User) {
            guard newer.updatedAt > snapshot.user.updatedAt else { return }
            snapshot = UserSnapshot(newer)
        }

        /// Keeps the answers for the next request, unless the user was changed meanwhile.
        mutating func keep(_ rendered: UserSnapshot, of asked: UserSnapshot) {
            if snapshot === asked { snapshot = rendered }
        }

        mutating func forget(_ id: SessionID) {
            // The oldest leave first, most of the time.
            if let index = sessions.firstIndex(of: id) { sessions.remove(at: index) }
        }
    }

    let id: UserID
    let state: Locked<State>

    init(_ user: User) {
        id = user.id
        state = Locked(State(user))
    }

    /// The user and the hot answers, as of now. They are made for the first who asks, which takes some microseconds:
    /// not under the lock, nor for millions of users at the start.
    func current(_ render: SessionMap.Rendering) -> UserSnapshot {
        let snapshot = state.withLock { $0.snapshot }
        guard snapshot.rendering == nil else { return snapshot }
        let rendered = UserSnapshot(snapshot.user, rendering: render(snapshot.user))
        state.withLock { $0.keep(rendered, of: snapshot) }
        return rendered
    }
}
