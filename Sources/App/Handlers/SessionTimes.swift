import Auth

/// When a session began, was asked for last, and ends if nobody asks for it any more; by the wall clock of now.
struct SessionTimes: Sendable {
    let createdAt: WallTime
    let seenAt: WallTime
    /// Nil: never.
    let expiresAt: WallTime?

    init(of session: Session, in sessions: SessionMap, at now: Moment) {
        func wall(_ time: SteadyTime) -> WallTime {
            WallTime(
                milliseconds: now.wall.milliseconds + time.milliseconds - now.steady.milliseconds)
        }
        createdAt = session.createdAt
        seenAt = wall(session.seenAt)
        expiresAt = sessions.expiry(of: session).map(wall)
    }
}
