import Glibc

/// One thing that can be measured.
struct Command: Sendable {
    let name: String
    let summary: String
    /// What may follow the name.
    let options: String
    /// False when the arguments make no sense.
    let run: @Sendable (ArraySlice<String>) -> Bool

    /// The arguments made no sense (sysexits.h, EX_USAGE).
    static func exitWithUsage() -> Never {
        exit(64)
    }

    static func giveUp(because error: any Error) -> Never {
        print(error)
        exit(1)
    }
}
