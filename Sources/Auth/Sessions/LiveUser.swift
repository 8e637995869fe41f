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
    // First what a check needs, here and below: it fits into the cache line of the object's head.
    let rendering: UserRendering?
    let user: User

    init(_ user: User, rendering: UserRendering? = nil) {
        self.user = user
        self.rendering = rendering
    }
}

/// What is held of a user as long as one session is live; shared by the sessions of that user.
final class LiveUser: Sendable {
    struct State {
        /// Once somebody has asked.
        private(set) var shown: UserSnapshot?
        private(set) var user: User
        var sessions = SessionNames()

        init(_ user: User) {
            self.user = user
        }

        /// Takes over a user unless what is held is newer: answers of the store may arrive out of order.
        mutating func replace(by newer: User) {
            guard newer.updatedAt > user.updatedAt else { return }
            user = newer
            shown = nil
        }

        /// Keeps the answers for the next request, unless the user was changed meanwhile.
        mutating func keep(_ rendered: UserSnapshot) {
            if rendered.user.updatedAt == user.updatedAt { shown = rendered }
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
        if let shown = state.withLock({ $0.shown }) { return shown }
        let user = state.withLock { $0.user }
        let rendered = UserSnapshot(user, rendering: render(user))
        state.withLock { $0.keep(rendered) }
        return rendered
    }
}

/// A user's sessions, oldest first: few enough (`SessionPolicy.mostPerUser`) for a list. Most users have one, which
/// lies in here.
struct SessionNames: Sendable {
    /// Nil when there is none at all.
    private var oldest: SessionID?
    private var others: [SessionID] = []

    var isEmpty: Bool { oldest == nil }

    var all: [SessionID] { oldest.map { [$0] + others } ?? [] }

    mutating func append(_ id: SessionID) {
        if oldest == nil { oldest = id } else { others.append(id) }
    }

    /// The oldest leave first, most of the time.
    mutating func remove(_ id: SessionID) {
        if oldest == id {
            oldest = others.isEmpty ? nil : others.removeFirst()
        } else if let index = others.firstIndex(of: id) {
            others.remove(at: index)
        }
    }
}
