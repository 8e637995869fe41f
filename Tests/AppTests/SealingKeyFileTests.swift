import Crypto
import Glibc
import SQLiteStorage
import TestSupport
import Testing

@testable import App

@Suite struct SealingKeyFileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("data.db.key")
    }

    private func key(environment: String? = nil, data: String = "data.db") throws -> SealingKey {
        let store = try SQLiteStore(path: folder.file(data))
        defer { store.close() }
        return try SealingKeyFile(path: path).key(environment: environment, for: store)
    }

    private func write(_ text: String, mode: mode_t = 0o600) {
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
        #expect(fchmod(descriptor, mode) == 0)
        close(descriptor)
    }

    private func isThere() -> Bool { access(path, F_OK) == 0 }

    @Test func isMadeOnceForItsOwnerAlone() throws {
        let first = try key()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try key().open(first.seal([1], for: "a"), for: "a") == [1])
    }

    @Test func theVariableComesFirstAndNoFileIsMade() throws {
        let token = SecretToken.random()
        let given = try key(environment: token.text)
        #expect(SealingKey(token).open(given.seal([1], for: "a"), for: "a") == [1])
        #expect(!isThere())
    }

    @Test func refusesAnotherKeyThanThatOfTheData() throws {
        let right = SecretToken.random()
        _ = try key(environment: right.text)
        let error = #expect(throws: SealingKeyFile.Problem.self) {
            try key(environment: SecretToken.random().text)
        }
        #expect(error == .foreign("SESSIOND_SEALING_KEY"))
        // A lost file: the new one would open nothing, and does not stay.
        #expect(throws: SealingKeyFile.Problem.foreign(path)) { try key() }
        #expect(!isThere())
        write(right.text)
        _ = try key()
    }

    @Test func readsALineWithOrWithoutItsEnd() throws {
        let token = SecretToken.random()
        for end in ["", "\n"] {
            write(token.text + end)
            _ = try key()
        }
    }

    @Test(arguments: [
        "", "\n", "abc\n", String(repeating: "A", count: 44), String(repeating: "A", count: 42) + "B\n\n",
    ])
    func refusesWhatIsNoKeyAndKeepsTheFile(text: String) throws {
        write(text)
        #expect(throws: SealingKeyFile.Problem.malformed(path)) { try key() }
        #expect(isThere())
        #expect(throws: SealingKeyFile.Problem.malformed("SESSIOND_SEALING_KEY")) {
            try key(environment: text)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o610] as [mode_t])
    func refusesAFileThatOthersCanRead(mode: mode_t) throws {
        write(SecretToken.random().text + "\n", mode: mode)
        #expect(throws: SealingKeyFile.Problem.readable(path)) { try key() }
    }

    @Test func aFolderIsNoKey() throws {
        #expect(mkdir(path, 0o700) == 0)
        #expect(throws: SealingKeyFile.Problem.malformed(path)) { try key() }
    }

    @Test func tellsWhatToDo() {
        #expect(SealingKeyFile.Problem.readable("k").description == "k can be read by others; chmod 600 k")
    }
}
