import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

@Suite struct HandlersWhoamiTests {
    private let clock = ManualClock()
    private let service: ApplicationService

    init() throws {
        let clock = clock
        service = try ApplicationService {
            $0.clock = { clock.now }
            $0.schemes = [.session, .basic]
        }
    }

    private struct Whoami: Decodable {
        var session: SessionJSON?
    }

    @Test func saysWhichSessionAndWhoToTheByte() async throws {
        let ada = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        clock.advance(by: .seconds(90))
        let response = try await service.send(.get, "/sessions/whoami", token: token)
        let id = SessionID(try #require(SecretToken(Array(token.utf8)[...])))
        #expect(
            response.text
                == #"{"session":{"created_at":"2025-01-01T00:00:00","current":true,"#
                + #""expires_at":"2025-01-01T02:01:30","id":"\#(id)","#
                + #""last_seen_at":"2025-01-01T00:01:30","remembered":false},"#
                + #""user":{"created_at":"2025-01-01T00:00:00","email":"ada@example.org","first_name":null,"#
                + #""id":"\#(ada.id)","last_name":null,"updated_at":"2025-01-01T00:00:00"}}"# + "\n")
        #expect(response.fields == [])
    }

    @Test func saysWhatTheListSays() async throws {
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        clock.jumpWall(by: .seconds(-86_400 * 400))
        clock.advance(by: .seconds(59))
        let whoami = try JSONDecoder().decode(
            Whoami.self, from: Data(try await service.send(.get, "/sessions/whoami", token: token).body))
        let list = try JSONDecoder().decode(
            [SessionJSON].self, from: Data(try await service.send(.get, "/sessions", token: token).body))
        var listed = try #require(list.first)
        (listed.address, listed.userAgent) = (nil, nil)
        #expect(whoami.session == listed)
    }

    @Test func aSessionWithoutEndExpiresNever() {
        let id = SessionID(high: 0x0123_4567_89ab_cdef, low: 1)
        #expect(id.description == "0123456789abcdef0000000000000001")
        #expect(
            String(decoding: WhoamiText.of(nil, times: nil, user: Array("{}\n".utf8)), as: UTF8.self)
                == "{\"session\":null,\"user\":{}}\n")
    }

    @Test func sessionsWithoutEndHaveNoExpiry() async throws {
        let clock = clock
        let service = try ApplicationService {
            $0.clock = { clock.now }
            $0.sessions = SessionPolicy(lifetime: nil, idleTimeout: nil, isDurable: false)
        }
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        for path in ["/sessions/whoami", "/sessions"] {
            let text = try await service.send(.get, path, token: token).text
            #expect(text.contains(#""current":true,"expires_at":null,"id":""#))
        }
    }

    @Test func basicHasNoSession() async throws {
        _ = try await service.register("ada@example.org")
        let response = try await service.send(
            .get, "/sessions/whoami", basic: ("ada@example.org", "correct horse"))
        #expect(response.text.hasPrefix(#"{"session":null,"user":{"created_at":"#))
        let wrong = try await service.send(.get, "/sessions/whoami", basic: ("ada@example.org", "wrong"))
        expectRefusal(wrong, .unauthorized)
        #expect(wrong.values(of: "WWW-Authenticate").count == 2)
    }

    @Test func aBodyIsNotLookedAtAndASlashDoesNotCount() async throws {
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        for path in ["/sessions/whoami/", "/sessions/whoami?others=true", "/sessions/./whoami"] {
            #expect(try await service.send(.get, path, token: token, .json("[[[")).status == .ok)
        }
        #expect(try await service.send(.head, "/sessions/whoami", token: token).status == .ok)
        for (method, allow) in [(.options, Status.noContent), (.delete, .methodNotAllowed)]
            as [(HTTP.Method, Status)]
        {
            let response = try await service.send(method, "/sessions/whoami", token: token)
            #expect(response.status == allow)
            #expect(response.values(of: "Allow") == ["GET, HEAD, OPTIONS"])
        }
    }

    @Test func seesAChangeOfTheUserAtOnce() async throws {
        let ada = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        _ = try await service.send(.get, "/sessions/whoami", token: token)
        _ = try await service.send(
            .put, "/api/v1/users/\(ada.id)", token: token, .json(#"{"first_name":"Ada \"A\""}"#))
        let text = try await service.send(.get, "/sessions/whoami", token: token).text
        #expect(text.contains(#""first_name":"Ada \"A\"""#))
    }

    @Test func isClosedToAnybodyWhereNobodyCanBeSignedIn() async throws {
        for change in [{ $0.schemes = nil }, { $0.openPaths += ["/sessions*"] }]
            as [(inout ApplicationService.Settings) -> Void]
        {
            let service = try ApplicationService(change)
            expectRefusal(try await service.send(.get, "/sessions/whoami"), .unauthorized)
            expectRefusal(try await service.send(.get, "/sessions"), .unauthorized)
        }
    }
}
