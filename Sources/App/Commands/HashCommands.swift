import Crypto

/// `sessiond hash …`.
enum HashCommands {
    static func run(_ command: HashCommand) throws {
        switch command {
        case .calibrate(let milliseconds, let memory):
            let found = try Calibration(
                microseconds: Int64(milliseconds) * 1_000, memoryMiB: memory, measuring: time)
            print(found.text(wanted: milliseconds), terminator: "")
        }
    }

    /// Microseconds of one hash: of three the quickest, which nobody disturbed.
    private static func time(_ hashing: PasswordHashing) throws -> Int64 {
        var least = Int64.max
        for _ in 0..<3 {
            let start = SystemClock.microseconds()
            _ = try hashing.placeholderHash()
            least = min(least, SystemClock.microseconds() - start)
        }
        return least
    }
}
