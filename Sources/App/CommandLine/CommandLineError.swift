/// A command line that cannot be understood.
///
/// Goes to stderr as one line.
public struct CommandLineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the process exits with, as for usage errors of any shell command.
    public static let exitCode: Int32 = 2

    /// One line, safe for a terminal.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
