import Auth
import FoundationEssentials
import Glibc
import HTTP
import Server
import Telemetry
import TestSupport
import Testing
import Workers

@testable import App

/// The socket blocks its caller, so that it is used on a thread of its own and not in a task.
@Suite(.serialized, .timeLimit(.minutes(1))) final class ControlSocketTests: Sendable {
    private let folder: TemporaryFolder
    private let service: ApplicationService
    private let socket: ControlSocket
    private let client = WorkerPool(name: "client", threads: 1, capacity: 10)

    private var dataFile: String { folder.file("data.db") }
    private var path: String { dataFile + ".sock" }

    init() throws {
        folder = try TemporaryFolder()
        service = try ApplicationService()
        let administration = Administration(accounts: service.accounts)
        socket = try #require(
            try ControlSocket.listen(
                besides: folder.file("data.db"), administration: administration, logger: .silent))
    }

    deinit {
        socket.close()
    }

    private func ask(_ command: AdminCommand) async throws -> AdminReply {
        try await client.run { [dataFile] in try ControlSocket.ask(command, besides: dataFile) }
    }

    /// Sends octets as they are and reads what comes back until the end.
    private func exchange(_ octets: [UInt8], endsSending: Bool = true) async throws -> [UInt8] {
        let address = try #require(UnixAddress(path))
        return try await client.run {
            let descriptor = try UnixAddress.socket()
            defer { close(descriptor) }
            guard address.connect(descriptor) == 0 else {
                throw FileFailure(operation: "connect", code: errno)
            }
            // The other side may have left already: that is no error here.
            _ = send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL))
            guard endsSending else { return [] }
            shutdown(descriptor, Int32(SHUT_WR))
            var answer: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(descriptor, &piece, piece.count)
                guard count > 0 else { return answer }
                answer += piece[..<count]
            }
        }
    }

    @Test func aCommandComesBackDone() async throws {
        let added = try await ask(
            .add(
                email: "ada@example.org", password: "correct horse", firstName: nil, lastName: "L",
                isAdministrator: false))
        #expect(added.error == nil)
        #expect(added.users.map(\.email) == ["ada@example.org"])
        let token = try await service.signIn("ada@example.org")
        #expect(try await ask(.list).users.map(\.lastName) == ["L"])
        #expect(try await ask(.delete(email: "ada@example.org")).error == nil)
        #expect(try await service.send(.get, "/profile", token: token).status == .forbidden)
        #expect(try await ask(.delete(email: "ada@example.org")).error != nil)
    }

    @Test func aLongListComesWhole() async throws {
        for number in 0..<2_000 {
            let email = try #require(
                EmailAddress("user-\(number)-\(String(repeating: "x", count: 30))@example.org"))
            let account = NewAccount(
                id: .random(), email: email, firstName: nil, lastName: nil, passwordHash: "",
                createdAt: WallTime(milliseconds: 0), administratorIfFirst: false)
            #expect(try await service.store.insert(account) != nil)
        }
        #expect(try await ask(.list).users.count == 2_000)
    }

    @Test(arguments: [
        "", "{", "null", "[]", "nonsense", "{\"list\":", "{\"list\":{}}{\"list\":{}}", "{\"drop\":{}}",
        "{\"delete\":{}}", "{\"delete\":{\"email\":5}}", "\0\0\0\0", "GET / HTTP/1.1\r\n\r\n",
        String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
        "\"" + String(repeating: "x", count: 1_000_000),
    ])
    func garbageGetsNoReplyAndDoesNoHarm(_ text: String) async throws {
        #expect(try await exchange(Array(text.utf8)) == [])
        #expect(try await ask(.list).error == nil)
    }

    @Test func octetsThatAreNoTextDoNoHarm() async throws {
        #expect(try await exchange([0xff, 0xfe, 0x00, 0x7b]) == [])
        #expect(try await ask(.list).error == nil)
    }

    @Test func whoLeavesInTheMiddleDoesNoHarm() async throws {
        for half in ["", "{\"list\":", "{\"list\":{}}"] {
            #expect(try await exchange(Array(half.utf8), endsSending: false) == [])
            #expect(try await ask(.list).error == nil)
        }
    }

    @Test func isForItsOwnerAlone() throws {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
        #expect(status.st_mode & S_IFMT == S_IFSOCK)
    }

    @Test func takesThePlaceOfASocketThatWasLeftOver() async throws {
        let second = folder.file("second.db")
        let left = try UnixAddress.socket()
        try #require(try #require(UnixAddress(second + ".sock")).bind(left) == 0)
        close(left)
        let administration = Administration(accounts: service.accounts)
        let socket = try #require(
            try ControlSocket.listen(besides: second, administration: administration, logger: .silent))
        let reply = try await client.run { try ControlSocket.ask(.list, besides: second) }
        #expect(reply.error == nil)
        socket.close()
        #expect(access(second + ".sock", F_OK) != 0)
        await #expect(throws: FileFailure.self) {
            try await client.run { try ControlSocket.ask(.list, besides: second) }
        }
    }

    @Test func aPathThatIsTooLongIsNoSocketAndNoError() throws {
        let long = folder.file(String(repeating: "x", count: 100))
        let administration = Administration(accounts: service.accounts)
        let none = try ControlSocket.listen(besides: long, administration: administration, logger: .silent)
        #expect(none == nil)
        let error = #expect(throws: FileFailure.self) { try ControlSocket.ask(.list, besides: long) }
        #expect(error?.code == ENAMETOOLONG)
    }

    @Test func anAddressTakesAPathOf107Octets() {
        #expect(UnixAddress(String(repeating: "x", count: 107)) != nil)
        #expect(UnixAddress(String(repeating: "x", count: 108)) == nil)
        #expect(UnixAddress("a\0b") == nil)
    }
}
