import Dispatch
import Glibc
import Synchronization
import Telemetry
import Testing

@testable import App

@Suite struct CommandLinePasswordTests {
    /// What is read when the input, no terminal, holds these octets.
    private func read(_ bytes: [UInt8]) throws -> (password: String, rest: [UInt8]) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        try #require(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        let password = try PasswordPrompt(input: ends[0], output: -1).readNew().secret
        var rest = [UInt8](repeating: 0, count: 1_000)
        let count = Glibc.read(ends[0], &rest, rest.count)
        return (password, Array(rest.prefix(max(count, 0))))
    }

    @Test(arguments: [
        ("b4l0u\n", "b4l0u"), ("b4l0u", "b4l0u"), (" a b \t\n", " a b \t"), ("a\r\n", "a\r"),
        ("é\u{1f600}\n", "é\u{1f600}"),
    ])
    func readsTheFirstLineAsItIs(input: String, password: String) throws {
        #expect(try read(Array(input.utf8)).password.utf8.elementsEqual(password.utf8))
    }

    @Test func leavesWhatFollowsTheLine() throws {
        let (password, rest) = try read(Array("one\ntwo\n".utf8))
        #expect(password == "one")
        #expect(rest == Array("two\n".utf8))
    }

    @Test func takesTwoHundredAndFiftySixOctetsAndNotOneMore() throws {
        let longest = [UInt8](repeating: UInt8(ascii: "a"), count: 256)
        #expect(try read(longest + [0x0a]).password.utf8.count == 256)
        #expect(try read(longest).password.utf8.count == 256)
        #expect(throws: PasswordPrompt.Failure.tooLong) { try read(longest + [0x61, 0x0a]) }
    }

    @Test func refusesWhatIsNoPassword() {
        #expect(throws: PasswordPrompt.Failure.empty) { try read([]) }
        #expect(throws: PasswordPrompt.Failure.empty) { try read([0x0a]) }
        #expect(throws: PasswordPrompt.Failure.notUTF8) { try read([0x61, 0xff, 0x0a]) }
        #expect(throws: PasswordPrompt.Failure.unreadable(EBADF)) {
            try PasswordPrompt(input: -1, output: -1).readNew()
        }
    }

    @Test func isRedacted() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        _ = write(ends[1], "hunter2\n", 8)
        let password = try PasswordPrompt(input: ends[0], output: -1).readNew()
        #expect("\(password)" == "<redacted>")
        for end in ends { close(end) }
    }
}

/// At a terminal; one at a time, because signal handlers belong to the process.
@Suite(.serialized) struct CommandLineTerminalTests {
    /// A pseudo-terminal on which a script answers each question in turn.
    private final class Terminal: Sendable {
        let master: Int32
        let device: Int32

        init() throws {
            master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var unlocked: Int32 = 0
            var number: Int32 = 0
            // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname do.
            try #require(
                ioctl(master, 0x4004_5431, &unlocked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
            device = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
            try #require(device >= 0)
        }

        deinit {
            close(master)
            close(device)
        }

        var echoes: Bool {
            var state = termios()
            tcgetattr(device, &state)
            return state.c_lflag & tcflag_t(ECHO) != 0
        }

        /// Waits for each question, answers it, and returns everything that was on the screen.
        func answer(_ answers: [(question: String, answer: () -> String)]) -> String {
            var screen: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1_000)
            var seen = 0
            for (question, answer) in answers {
                while !screen[seen...].contains(Array(question.utf8)) {
                    let count = Glibc.read(master, &buffer, buffer.count)
                    if count <= 0 { return String(decoding: screen, as: UTF8.self) }
                    screen += buffer[..<count]
                }
                seen = screen.count
                let bytes = Array(answer().utf8)
                _ = write(master, bytes, bytes.count)
            }
            return String(decoding: screen, as: UTF8.self)
        }
    }

    /// A prompt that waits on a thread of its own.
    private final class Asking: Sendable {
        private let outcome = Mutex<Result<String, PasswordPrompt.Failure>?>(nil)
        private let done = DispatchSemaphore(value: 0)

        init(at terminal: Terminal) {
            DispatchQueue.global().async { [self] in
                let prompt = PasswordPrompt(input: terminal.device, output: terminal.device)
                do throws(PasswordPrompt.Failure) {
                    let password = try prompt.readNew().secret
                    outcome.withLock { $0 = .success(password) }
                } catch {
                    outcome.withLock { $0 = .failure(error) }
                }
                done.signal()
            }
        }

        func result() -> Result<String, PasswordPrompt.Failure>? {
            done.wait()
            return outcome.withLock(\.self)
        }
    }

    private func prompt(
        _ terminal: Terminal, _ answers: String...
    ) -> Result<String, PasswordPrompt.Failure>? {
        let asking = Asking(at: terminal)
        let questions = ["Password: ", "Again: "]
        let screen = terminal.answer(
            zip(questions, answers).map { question, answer in
                (
                    question,
                    {
                        #expect(!terminal.echoes)
                        return answer
                    }
                )
            })
        for answer in answers where answer.count > 1 { #expect(!screen.contains(answer.dropLast())) }
        return asking.result()
    }

    @Test func asksTwiceWithoutEcho() throws {
        let terminal = try Terminal()
        #expect(prompt(terminal, "b4l0u \n", "b4l0u \n") == .success("b4l0u "))
        #expect(terminal.echoes)
    }

    @Test func refusesTwoDifferentOnes() throws {
        let terminal = try Terminal()
        #expect(prompt(terminal, "b4l0u\n", "t4rt1\n") == .failure(.different))
        #expect(terminal.echoes)
    }

    @Test func asksOnceWhenTheFirstIsNone() throws {
        let terminal = try Terminal()
        #expect(prompt(terminal, "\n") == .failure(.empty))
        #expect(terminal.echoes)
    }

    @Test func swallowsTheWholeOfALineThatIsTooLong() throws {
        let terminal = try Terminal()
        #expect(prompt(terminal, String(repeating: "a", count: 1_000) + "\n") == .failure(.tooLong))
    }

    @Test func restoresTheTerminalWhenASignalComes() throws {
        let terminal = try Terminal()
        // The process must live on: its own handler for the signal does nothing.
        let before = signal(SIGHUP) { _ in }
        defer { signal(SIGHUP, before) }
        let asking = Asking(at: terminal)
        _ = terminal.answer([
            (
                "Password: ",
                {
                    #expect(!terminal.echoes)
                    kill(getpid(), SIGHUP)
                    return ""
                }
            )
        ])
        #expect(asking.result() == .failure(.interrupted))
        #expect(terminal.echoes)
    }
}
