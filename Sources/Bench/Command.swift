import Glibc

/// One thing that can be measured.
struct Command: Sendable {
    let name: String
    let summary: String
    let run: @Sendable (RoundPlan) -> Void

    /// The arguments made no sense (sysexits.h, EX_USAGE).
    static func exitWithUsage() -> Never {
        exit(64)
    }
}
