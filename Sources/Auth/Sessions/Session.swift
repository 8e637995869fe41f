/// A session as the map holds it: a fixed 64 bytes.
public struct Session: Sendable {
    /// Its name.
    public let id: SessionID
    let user: LiveUser
    /// Whose it is.
    public var userID: UserID { user.id }
    /// When the user signed in.
    public let createdAt: WallTime
    /// The same on the clock that only moves forward: how long ago the password was proved.
    public let authenticatedAt: SteadyTime
    /// When it ends whatever the activity; `never` without an absolute lifetime.
    public let endsAt: SteadyTime
    /// When it was asked for last.
    public internal(set) var seenAt: SteadyTime
    /// The user's `credentialVersion` that the sign-in verified.
    let credentialVersion: Int32
    /// Whether the user asked to be remembered.
    public let isRemembered: Bool
    /// Whether `seenAt` moved since it was written to the disk.
    var isUnsaved: Bool

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
}

/// How long sessions live that nobody asks for, in milliseconds; `.max`: no limit of its own.
struct IdleTimeouts: Sendable, Equatable {
    var ordinary = Int64.max
    var remembered = Int64.max

    func milliseconds(_ isRemembered: Bool) -> Int64 { isRemembered ? remembered : ordinary }
}

/// What a sign-in gives the map.
struct NewSession: Sendable {
    let id: SessionID
    let user: User
    let createdAt: WallTime
    let authenticatedAt: SteadyTime
    /// Nil: never.
    var endsAt: SteadyTime?
    /// Nil: when it was created.
    var seenAt: SteadyTime?
    var isRemembered = false
}
