/// A live session, with its user.
public struct Session: Sendable {
    let user: LiveUser
    let entry: SessionEntry

    /// Its name.
    public var id: SessionID { entry.id }
    /// Whose it is.
    public var userID: UserID { user.id }
    /// When the user signed in.
    public var createdAt: WallTime { entry.createdAt }
    /// The same on the clock that only moves forward: how long ago the password was proved.
    public var authenticatedAt: SteadyTime { entry.authenticatedAt }
    /// When it ends whatever the activity; `never` without an absolute lifetime.
    public var endsAt: SteadyTime { entry.endsAt }
    /// When it was asked for last.
    public var seenAt: SteadyTime { entry.seenAt }
    /// Whether the user asked to be remembered.
    public var isRemembered: Bool { entry.isRemembered }
}

/// What a table holds of a session beside its user: a fixed 56 octets, and nothing whose references are counted, so
/// that whoever looks through a table touches the table alone.
struct SessionEntry: Sendable {
    let id: SessionID
    let createdAt: WallTime
    let authenticatedAt: SteadyTime
    let endsAt: SteadyTime
    var seenAt: SteadyTime
    /// The user's `credentialVersion` that the sign-in verified.
    let credentialVersion: Int32
    let isRemembered: Bool
    /// Whether `seenAt` moved since it was written to the disk.
    var isUnsaved = false
    /// False: a free place of a table.
    var isTaken = true

    /// Whether its row says that it is past its absolute end. Not so if nobody asked for it, or if the wall clock was
    /// set back since it began.
    func hasExpiredOnDisk(at now: Moment) -> Bool {
        guard endsAt <= now.steady else { return false }
        let lifetime = endsAt.milliseconds - authenticatedAt.milliseconds
        return createdAt.milliseconds + lifetime <= now.wall.milliseconds
    }

    /// When it ends if nobody asks for it any more.
    func deadline(_ idle: IdleTimeouts) -> SteadyTime {
        min(endsAt, seenAt.later(by: idle.milliseconds(isRemembered)))
    }

    static let free = SessionEntry(
        id: SessionID(high: 0, low: 0), createdAt: WallTime(milliseconds: 0), authenticatedAt: .never,
        endsAt: .never, seenAt: .never, credentialVersion: 0, isRemembered: false, isTaken: false)
}

/// How long sessions live that nobody asks for, in milliseconds; `.max`: no limit of its own.
struct IdleTimeouts: Sendable, Equatable {
    var ordinary = Int64.max
    var remembered = Int64.max

    func milliseconds(_ isRemembered: Bool) -> Int64 { isRemembered ? remembered : ordinary }
}

/// What a sign-in gives the map.
package struct NewSession: Sendable {
    let id: SessionID
    let user: User
    let createdAt: WallTime
    let authenticatedAt: SteadyTime
    let endsAt: SteadyTime?
    let seenAt: SteadyTime?
    let isRemembered: Bool

    /// - Parameters:
    ///   - endsAt: nil: never.
    ///   - seenAt: nil: when it was created.
    package init(
        id: SessionID, user: User, createdAt: WallTime, authenticatedAt: SteadyTime,
        endsAt: SteadyTime? = nil, seenAt: SteadyTime? = nil, isRemembered: Bool = false
    ) {
        self.id = id
        self.user = user
        self.createdAt = createdAt
        self.authenticatedAt = authenticatedAt
        self.endsAt = endsAt
        self.seenAt = seenAt
        self.isRemembered = isRemembered
    }

    var entry: SessionEntry {
        SessionEntry(
            id: id, createdAt: createdAt, authenticatedAt: authenticatedAt, endsAt: endsAt ?? .never,
            seenAt: seenAt ?? authenticatedAt,
            credentialVersion: Int32(truncatingIfNeeded: user.credentialVersion), isRemembered: isRemembered)
    }
}
