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

    private func key(environment: String? = nil, data: String = "data.db") async throws -> SealingKey {
        let store = try SQLiteStore(path: folder.file(data))
        defer { store.close() }
        return try await SealingKeyFile(path: path, dataFile: folder.file(data)).key(
            environment: environment, for: store)
    }

    private func write(_ text: String, mode: mode_t = 0o600) {
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
        #expect(fchmod(descriptor, mode) == 0)
        close(descriptor)
    }

    private func isThere() -> Bool { access(path, F_OK) == 0 }

    @Test func isMadeOnceForItsOwnerAlone() async throws {
        let first = try await key()
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try await key().open(first.seal([1], for: "a"), for: "a") == [1])
    }

    /// A command of root's may be the first that needs it: the server could not read it, and would not start.
    @Test(.enabled(if: geteuid() == 0))
    func belongsToTheOwnerOfTheDataFile() async throws {
        try SQLiteStore(path: folder.file("data.db")).close()
        #expect(chown(folder.file("data.db"), 4_321, 1_234) == 0)
        _ = try await key()
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_uid == 4_321 && status.st_gid == 1_234 && status.st_mode & 0o777 == 0o600)
    }

    /// As a power cut at the first start leaves it: nothing was sealed under it yet.
    @Test func whatIsLeftOfAnUnfinishedOneDoesNotCount() async throws {
        let partial = open(path + ".partial", O_CREAT | O_WRONLY, 0o600)
        #expect(Glibc.write(partial, "half", 4) == 4)
        close(partial)
        _ = try await key()
        #expect(isThere() && access(path + ".partial", F_OK) != 0)
    }

    @Test func theVariableComesFirstAndNoFileIsMade() async throws {
        let token = SecretToken.random()
        let given = try await key(environment: token.text)
        #expect(SealingKey(token).open(given.seal([1], for: "a"), for: "a") == [1])
        #expect(!isThere())
    }

    @Test func refusesAnotherKeyThanThatOfTheData() async throws {
        let right = SecretToken.random()
        _ = try await key(environment: right.text)
        let error = await #expect(throws: SealingKeyFile.Problem.self) {
            try await key(environment: SecretToken.random().text)
        }
        #expect(error == .foreign("SESSIOND_SEALING_KEY"))
        // A lost file: the new one would open nothing, and does not stay.
        await #expect(throws: SealingKeyFile.Problem.lost(path)) { try await key() }
        #expect(!isThere())
        write(right.text)
        _ = try await key()
    }

    @Test func readsALineWithOrWithoutItsEnd() async throws {
        let token = SecretToken.random()
        for end in ["", "\n"] {
            write(token.text + end)
            _ = try await key()
        }
    }

    @Test(arguments: [
        "", "\n", "abc\n", String(repeating: "A", count: 44), String(repeating: "A", count: 42) + "B\n\n",
    ])
    func refusesWhatIsNoKeyAndKeepsTheFile(text: String) async throws {
        write(text)
        await #expect(throws: SealingKeyFile.Problem.malformed(path)) { try await key() }
        #expect(isThere())
        await #expect(throws: SealingKeyFile.Problem.malformed("SESSIOND_SEALING_KEY")) {
            try await key(environment: text)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o610] as [mode_t])
    func refusesAFileThatOthersCanRead(mode: mode_t) async throws {
        write(SecretToken.random().text + "\n", mode: mode)
        await #expect(throws: SealingKeyFile.Problem.readable(path)) { try await key() }
    }

    @Test func aFolderIsNoKey() async throws {
        #expect(mkdir(path, 0o700) == 0)
        await #expect(throws: SealingKeyFile.Problem.malformed(path)) { try await key() }
    }

    @Test func tellsWhatToDo() {
        #expect(SealingKeyFile.Problem.readable("k").description == "k can be read by others; chmod 600 k")
    }
}
