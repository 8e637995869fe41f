public import Auth
public import HTTP
public import Workers

extension HashGovernor {
    /// A governor for tests: memory for everything, and a clock that stands still.
    public static func plain(threads: Int, capacity: Int) -> HashGovernor {
        HashGovernor(
            name: "hash", threads: threads, capacity: capacity, limits: Limits(memory: .max / 2, patience: 0),
            clock: { 0 })
    }

    /// Runs something in the ordinary lane that takes no memory.
    public func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await run(Place(.ordinary, .unknown), memory: 0, work)
    }
}
