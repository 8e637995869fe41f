import Crypto

/// What refresh tokens need in memory as long as the server runs, whatever a reload changes.
struct RefreshRun: Sendable {
    /// Which run this is.
    let number = SecureRandom.uint64()
    /// When it took over from the one before; nil: nothing is left from before.
    var start: SteadyTime?
    /// What tokens are recognised by, once it was read.
    var key: AuthenticationKey?
    /// The chains of sessions that are in memory only.
    var families = RefreshFamilyTable()

    /// How long ago that was, at least. Of a rotation in a run before nobody knows how much time passed until a client
    /// could ask again: it counts from the start.
    func age(of rotation: RefreshRotation, at now: SteadyTime) -> Int64 {
        let since = rotation.run == number ? rotation.at : start
        guard let since else { return .max }
        return max(0, now.milliseconds - since.milliseconds)
    }
}
