import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// `/sessions`: what a user sees of its own sessions and ends of them.
@Suite struct HandlersOwnSessionsTests {
    private let clock = ManualClock()
    private let service: ApplicationService

    init() throws {
        let clock = clock
        service = try ApplicationService { $0.clock = { clock.now } }
    }

    private func signIn(_ email: String, remembered: Bool = false) async throws -> String {
        let account = try #require(try await service.accounts.verify(email: email, password: "correct horse"))
        let terms = SignInTerms(
            isRemembered: remembered, client: SessionClient(address: "192.0.2.7", userAgent: "a \"b\" / ü"))
        return try #require(try await service.accounts.signIn(account, terms, at: clock.now)).token.text
    }

    private func list(_ token: String) async throws -> [SessionJSON] {
        let response = try await service.send(.get, "/sessions", token: token)
        #expect(response.status == .ok)
        return try JSONDecoder().decode([SessionJSON].self, from: Data(response.body))
    }

    private func id(_ token: String) throws -> String {
        SessionID(try #require(SecretToken(Array(token.utf8)[...]))).description
    }

    private func status(_ token: String) async throws -> Status {
        try await service.send(.get, "/profile", token: token).status
    }

    @Test func listsASessionToTheByte() async throws {
        _ = try await service.register("ada@example.org")
        let token = try await signIn("ada@example.org")
        clock.advance(by: .milliseconds(61_999))
        #expect(
            try await service.send(.get, "/sessions", token: token).text
                == #"[{"address":"192.0.2.7","created_at":"2025-01-01T00:00:00","current":true,"#
                + #""expires_at":"2025-01-01T02:01:01","id":"\#(try id(token))","#
                + #""last_seen_at":"2025-01-01T00:01:01","remembered":false,"user_agent":"a \"b\" / ü"}]"#
                + "\n")
    }

    @Test func listsOnesOwnInOrderOfCreation() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await service.register("bob@example.org")
        var tokens: [String] = []
        for index in 0..<5 {
            tokens.append(try await signIn("ada@example.org", remembered: index == 2))
            _ = try await signIn("bob@example.org")
            clock.advance(by: .seconds(1))
        }
        let sessions = try await list(tokens[3])
        #expect(sessions.map(\.id) == (try tokens.map(id)))
        #expect(sessions.map(\.isCurrent) == [false, false, false, true, false])
        #expect(sessions.map(\.isRemembered) == [false, false, true, false, false])
        #expect(sessions.map(\.createdAt) == (0..<5).map { "2025-01-01T00:00:0\($0)" })
        #expect(sessions.map(\.lastSeenAt).filter { $0 == "2025-01-01T00:00:05" }.count == 1)
        // A remembered session ends 14 days after its last request; another after 2 hours.
        #expect(sessions[2].expiresAt == "2025-01-15T00:00:02")
        #expect(sessions[1].expiresAt == "2025-01-01T02:00:01")
    }

    @Test func aSessionInMemoryHasNeitherAddressNorClient() async throws {
        let clock = clock
        let service = try ApplicationService {
            $0.isDurable = false
            $0.clock = { clock.now }
        }
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        let text = try await service.send(.get, "/sessions", token: token).text
        #expect(text.hasPrefix(#"[{"address":null,"created_at""#))
        #expect(text.hasSuffix(#""remembered":false,"user_agent":null}]"# + "\n"))
    }

    @Test func anExpiredSessionIsNotListedNorEnded() async throws {
        _ = try await service.register("ada@example.org")
        let idle = try await signIn("ada@example.org")
        clock.advance(by: .seconds(3_600))
        let token = try await signIn("ada@example.org")
        clock.advance(by: .milliseconds(3_600_000 - 1))
        #expect(try await list(token).map(\.id) == [try id(idle), try id(token)])
        clock.advance(by: .milliseconds(1))
        #expect(try await list(token).map(\.id) == [try id(token)])
        expectRefusal(try await service.send(.delete, "/sessions/\(id(idle))", token: token), .notFound)
    }

    @Test func endsAnotherSessionOfTheSameUser() async throws {
        _ = try await service.register("ada@example.org")
        let (mine, other) = (try await signIn("ada@example.org"), try await signIn("ada@example.org"))
        let response = try await service.send(.delete, "/sessions/\(id(other))", token: mine)
        #expect(response.status == .ok)
        #expect(response.text == "{}\n")
        #expect(response.values(of: "Set-Cookie") == [])
        #expect(try await status(other) == .forbidden)
        #expect(try await status(mine) == .ok)
        expectRefusal(try await service.send(.delete, "/sessions/\(id(other))", token: mine), .notFound)
    }

    @Test func endingTheCurrentOneClearsTheCookie() async throws {
        _ = try await service.register("ada@example.org")
        let token = try await signIn("ada@example.org")
        let response = try await service.send(.delete, "/sessions/\(id(token))/", token: token)
        #expect(response.text == "{}\n")
        #expect(response.value(of: "Set-Cookie")?.hasPrefix("session_id=; Path=/;") == true)
        #expect(try await status(token) == .forbidden)
    }

    @Test func somebodyElsesSessionIsAsUnknownAsNone() async throws {
        let two = try await service.registerTwo()
        let foreign = try id(two.adaToken)
        for name in [
            foreign, String(repeating: "0", count: 32), "x", foreign.uppercased(), foreign + "0",
            String(foreign.dropLast()), two.adaToken, String(repeating: "a", count: 5_000), "%20", "%C3%BC",
        ] {
            let target = "/sessions/" + name
            expectRefusal(try await service.send(.delete, target, token: two.bossToken), .notFound)
        }
        #expect(try await status(two.adaToken) == .ok)
    }

    @Test func endsTheOthers() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await service.register("bob@example.org")
        let bobs = try await signIn("bob@example.org")
        var tokens: [String] = []
        for _ in 0..<4 { tokens.append(try await signIn("ada@example.org")) }
        let response = try await service.send(.delete, "/sessions?others=true", token: tokens[1])
        #expect(response.status == .ok)
        #expect(response.text == "{\"ended\":3}\n")
        #expect(response.values(of: "Set-Cookie") == [])
        for (index, token) in tokens.enumerated() {
            #expect(try await status(token) == (index == 1 ? .ok : .forbidden))
        }
        #expect(try await status(bobs) == .ok)
        let again = try await service.send(.delete, "/sessions/?others=true&others=no", token: tokens[1])
        #expect(again.text == "{\"ended\":0}\n")
    }

    @Test(arguments: [
        "others", "others=", "others=TRUE", "others=1", "others=false&others=true", "others=true+",
    ])
    func othersIsTrueOrABadRequest(_ query: String) async throws {
        _ = try await service.register("ada@example.org")
        let (token, other) = (try await signIn("ada@example.org"), try await signIn("ada@example.org"))
        expectRefusal(
            try await service.send(.delete, "/sessions?\(query)", token: token), .badRequest,
            "others must be true")
        #expect(try await status(other) == .ok)
        #expect(try await status(token) == .ok)
    }

    @Test(arguments: ["", "?", "?other=true", "?Others=true"])
    func withoutTheParameterItIsTheSignOutOfTheFormAPI(_ query: String) async throws {
        _ = try await service.register("ada@example.org")
        let (token, other) = (try await signIn("ada@example.org"), try await signIn("ada@example.org"))
        let response = try await service.send(.delete, "/sessions\(query)", token: token)
        #expect(response.status == .found)
        #expect(response.values(of: "Location") == ["/"])
        #expect(response.body.isEmpty)
        #expect(try await status(token) == .forbidden)
        #expect(try await status(other) == .ok)
    }

    @Test(
        arguments: [
            (.get, "/sessions"), (.get, "/sessions/whoami"), (.head, "/sessions/whoami"),
            (.delete, "/sessions/00000000000000000000000000000000"), (.delete, "/sessions/x"),
            (.get, "/api/v1/users/x/sessions"), (.delete, "/api/v1/users/x/sessions"),
        ] as [(HTTP.Method, String)])
    func withoutAUserItIs401(_ method: HTTP.Method, _ path: String) async throws {
        for token in [nil, "", String(repeating: "A", count: 43)] {
            let response = try await service.send(method, path, token: token)
            expectRefusal(response, .unauthorized)
            #expect(response.values(of: "WWW-Authenticate").count == 1)
        }
    }

    @Test func endingTheOthersWithoutAUserIs403AsTheContractSays() async throws {
        for token in [nil, "", String(repeating: "A", count: 43)] {
            for query in ["true", "TRUE"] {
                let response = try await service.send(.delete, "/sessions?others=\(query)", token: token)
                expectRefusal(response, .forbidden)
            }
        }
    }

    @Test func basicHasNoCurrentSessionAndEndsThemAll() async throws {
        let service = try ApplicationService { $0.schemes = [.session, .basic] }
        _ = try await service.register("ada@example.org")
        let tokens = [
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org"),
        ]
        let basic = ("ada@example.org", "correct horse")
        let list = try await service.send(.get, "/sessions", basic: basic)
        let sessions = try JSONDecoder().decode([SessionJSON].self, from: Data(list.body))
        #expect(sessions.map(\.isCurrent) == [false, false])
        let response = try await service.send(.delete, "/sessions?others=true", basic: basic)
        #expect(response.text == "{\"ended\":2}\n")
        for token in tokens {
            #expect(try await service.send(.get, "/profile", token: token).status == .forbidden)
        }
    }

    @Test func aStoreThatCannotAnswerIs503AndEndsNothing() async throws {
        _ = try await service.register("ada@example.org")
        let (token, other) = (try await signIn("ada@example.org"), try await signIn("ada@example.org"))
        service.store.failing = true
        for (method, path) in [
            (.get, "/sessions"), (.delete, "/sessions/\(try id(other))"), (.delete, "/sessions?others=true"),
        ] as [(HTTP.Method, String)] {
            #expect(try await service.send(method, path, token: token).status == .serviceUnavailable)
        }
        #expect(try await service.send(.get, "/sessions/whoami", token: token).status == .ok)
        #expect(try await status(other) == .ok)
    }

    @Test(arguments: [true, false])
    func ofTwoThatEndOneSessionAtOnceOneIsTold(_ isDurable: Bool) async throws {
        let service = try ApplicationService { $0.isDurable = isDurable }
        _ = try await service.register("ada@example.org")
        let mine = try await service.signIn("ada@example.org")
        for _ in 0..<50 {
            let other = try id(try await service.signIn("ada@example.org"))
            let statuses = try await withThrowingTaskGroup(of: Status.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await service.send(.delete, "/sessions/\(other)", token: mine).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted { $0.rawValue < $1.rawValue } == [.ok, .notFound, .notFound, .notFound])
        }
    }
}
