public import Crypto

/// Names a chain of refresh tokens: each replaces the one before, and all belong to one session.
public struct RefreshFamilyID: Sendable, Hashable {
    /// The session that the chain lives and dies with.
    public var session: SessionID
    /// Tells the chains of a session apart; random, so that none comes again.
    public var number: UInt64

    /// The chain of this number.
    public init(session: SessionID, number: UInt64 = SecureRandom.uint64()) {
        self.session = session
        self.number = number
    }
}

/// When one token replaced another: a time on the steady clock, which means something to one run of the server alone.
public struct RefreshRotation: Sendable, Equatable {
    /// Random, of each run its own.
    public var run: UInt64
    /// On that run's clock.
    public var at: SteadyTime

    /// At this time of this run.
    public init(run: UInt64, at: SteadyTime) {
        self.run = run
        self.at = at
    }
}

/// How far a chain of refresh tokens has come. There is no secret in it.
public struct RefreshFamily: Sendable, Equatable {
    /// Its name.
    public var id: RefreshFamilyID
    /// Which of its tokens counts; 0 is the first.
    public var generation: Int64
    /// When that took the place of the one before.
    public var rotation: RefreshRotation

    /// So far.
    public init(id: RefreshFamilyID, generation: Int64 = 0, rotation: RefreshRotation) {
        self.id = id
        self.generation = generation
        self.rotation = rotation
    }
}

/// Durable chains of refresh tokens. Each call is one transaction and returns after its commit. Whatever deletes a
/// session deletes its chains in the same transaction.
public protocol RefreshFamilyStore: Sendable {
    /// Stores a new chain, and deletes the oldest of its session until `most` are left, the new one always. False:
    /// there is no such session.
    func insert(_ family: RefreshFamily, most: Int) async throws -> Bool
    /// Has the token after this generation count, from `rotation` on, unless it or a later one does already. Returns
    /// the chain as it is then; nil: there is none. Of parallel calls one moves it, and all return the same.
    func advance(
        _ family: RefreshFamilyID, past generation: Int64, at rotation: RefreshRotation
    ) async throws -> RefreshFamily?
}
