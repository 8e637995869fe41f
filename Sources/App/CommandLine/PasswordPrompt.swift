import Glibc
public import Telemetry

/// Reads a password from a terminal without echo, or else the first line of the input.
///
/// Never from an argument.
public struct PasswordPrompt: Sendable {
    /// Why there is no password.
    ///
    /// Never contains one.
    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        case empty
        /// More than `PasswordPrompt.longest` octets.
        case tooLong
        case notUTF8
        /// The two inputs differ.
        case different
        /// A signal came, and its handler let the process live.
        case interrupted
        /// `errno` of what failed.
        case unreadable(Int32)

        /// One line.
        public var description: String {
            switch self {
            case .empty: "no password given"
            case .tooLong: "the password is longer than \(PasswordPrompt.longest) octets"
            case .notUTF8: "the password is not UTF-8"
            case .different: "the two passwords differ"
            case .interrupted: "interrupted"
            case .unreadable(let code): "the password cannot be read (error \(code))"
            }
        }
    }

    /// Longest password in octets (docs/HTTP.md).
    public static let longest = 256

    private let input: Int32
    private let output: Int32

    /// Reads from `input` and asks on `output`: stdin and stderr.
    public init(input: Int32 = 0, output: Int32 = 2) {
        self.input = input
        self.output = output
    }

    /// Asks for a new password: twice at a terminal.
    public func readNew() throws(Failure) -> Redacted<String> {
        guard isatty(input) == 1 else { return Redacted(try password(of: try line())) }
        let terminal = try QuietTerminal(input)
        defer { terminal.restore() }
        let first = try ask("Password: ", terminal)
        let second = try ask("Again: ", terminal)
        guard first == second else { throw .different }
        return Redacted(first)
    }

    private func ask(_ question: String, _ terminal: borrowing QuietTerminal) throws(Failure) -> String {
        say(question)
        defer { say("\n") }
        return try password(of: try line(while: terminal))
    }

    private func password(of line: [UInt8]) throws(Failure) -> String {
        guard !line.isEmpty else { throw .empty }
        guard line.count <= Self.longest else { throw .tooLong }
        guard let text = String(validating: line, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    /// Octets up to the line's end, or one more than a password may have.
    ///
    /// One at a time: what follows the line is not ours to take.
    private func line(while terminal: borrowing QuietTerminal) throws(Failure) -> [UInt8] {
        var line: [UInt8] = []
        while true {
            try terminal.waitForInput()
            guard let byte = try nextByte() else { return line }
            if line.count <= Self.longest { line.append(byte) }
        }
    }

    private func line() throws(Failure) -> [UInt8] {
        var line: [UInt8] = []
        while line.count <= Self.longest, let byte = try nextByte() { line.append(byte) }
        return line
    }

    /// Nil: the line, or the input, is at its end.
    private func nextByte() throws(Failure) -> UInt8? {
        var byte: UInt8 = 0
        while true {
            switch read(input, &byte, 1) {
            case 1: return byte == UInt8(ascii: "\n") ? nil : byte
            case 0: return nil
            default: if errno != EINTR { throw .unreadable(errno) }
            }
        }
    }

    /// A question that cannot be shown does no harm.
    private func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(output, bytes, bytes.count)
    }
}
