import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// The token endpoint and what its tokens open, without a socket; more of it in test_tokens.py.
@Suite struct HandlersTokensTests {
    private struct Answer: Decodable {
        let access_token: String
        let refresh_token: String
        let expires_in: Int
        let token_type: String
    }

    private static let path = "/api/v1/auth_session/token"
    private static let password = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")

    private func service(
        _ change: (inout ApplicationService.Settings) -> Void = { _ in }
    ) async throws -> ApplicationService {
        let service = try ApplicationService {
            $0.schemes = [.session, .bearer]
            change(&$0)
        }
        try await service.tokens.keys.open(.edDSA, at: SystemClock.now().wall)
        _ = try await service.register("ada@example.org")
        return service
    }

    private func token(_ response: Response) throws -> String {
        #expect(response.status == .ok, "\(response.text)")
        return try JSONDecoder().decode(Answer.self, from: Data(response.body)).access_token
    }

    private func bearer(_ token: String) -> [(RequestField, String)] { [(.authorization, "Bearer " + token)] }

    @Test func aPasswordGivesATokenThatOpensWhatTheCookieOpens() async throws {
        let service = try await service()
        let answer = try await service.send(.post, Self.path, Self.password)
        let token = try token(answer)
        #expect(answer.value(of: "Pragma") == "no-cache" && answer.value(of: "Set-Cookie") == nil)
        for path in ["/users/me", "/profile", "/sessions", "/sessions/whoami", "/api/v1/users/me"] {
            #expect(try await service.send(.get, path, fields: bearer(token)).status == .ok, "\(path)")
            let refused = try await service.send(.get, path, fields: bearer(token + "A")).status
            #expect([.forbidden, .unauthorized].contains(refused), "\(path)")
        }
    }

    @Test func aLiveCookieBesideATokenCountsFirst() async throws {
        let service = try await service()
        let cookie = try await service.signIn("ada@example.org")
        let answer = try await service.send(.get, "/users/me", token: cookie, fields: bearer("x"))
        #expect(answer.status == .ok)
    }

    @Test func withoutBearerItIsNotImplemented() async throws {
        let service = try await service { $0.schemes = [.session, .basic] }
        expectRefusal(
            try await service.send(.post, Self.path, Self.password), .notImplemented,
            "Bearer tokens are not enabled")
        #expect(try await service.send(.get, "/.well-known/jwks.json").text == "{\"keys\":[]}\n")
    }

    @Test func whereBearerAloneIsOnAPasswordStillGivesATokenAndACookieNothing() async throws {
        let service = try await service { $0.schemes = [.bearer] }
        let token = try token(try await service.send(.post, Self.path, Self.password))
        #expect(try await service.send(.get, "/users/me", fields: bearer(token)).status == .ok)
        let cookie = try await service.signIn("ada@example.org")
        #expect(try await service.send(.post, Self.path, token: cookie).status == .badRequest)
    }

    @Test func anAccessTokenGivesNoOtherAlsoWhereTheOperatorClosedThePath() async throws {
        let service = try await service { settings in settings.openPaths.removeAll { $0 == Self.path } }
        let cookie = try await service.signIn("ada@example.org")
        let token = try token(try await service.send(.post, Self.path, token: cookie))
        let answer = try await service.send(.post, Self.path, fields: bearer(token))
        #expect(answer.status == .badRequest && answer.text.contains("invalid_request"))
        #expect(try await service.send(.post, Self.path, Self.password).status == .unauthorized)
    }

    @Test func doubtIsNoRefusal() async throws {
        let service = try await service()
        let cookie = try await service.signIn("ada@example.org")
        service.store.failing = true
        #expect(try await service.send(.post, Self.path, Self.password).status == .serviceUnavailable)
        #expect(try await service.send(.post, Self.path, token: cookie).status == .serviceUnavailable)
        let pair = ApplicationService.Body.form("grant_type=refresh_token&refresh_token=x")
        #expect(try await service.send(.post, Self.path, pair).status == .badRequest)
    }

    @Test func theKeySetIsTheOneAnswerThatMayBeKept() async throws {
        let service = try await service()
        let answer = try await service.send(.get, "/.well-known/jwks.json")
        #expect(answer.value(of: "Cache-Control") == "public, max-age=300" && answer.decidesCaching)
        #expect(try await !service.send(.get, "/").decidesCaching)
        #expect(answer.text.contains("\"use\":\"sig\"") && !answer.text.contains("\"d\":"))
    }

    @Test func commandsListRotateAndIssue() async throws {
        let service = try await service()
        let administration = Administration(accounts: service.accounts, tokens: service.tokens)
        let now = SystemClock.now()
        let first = await administration.perform(.listKeys, at: now).keys
        #expect(first.map(\.state) == ["signs"] && first.map(\.algorithm) == ["EdDSA"])
        let second = await administration.perform(.rotateKeys(isRevoking: false), at: now).keys
        #expect(second.map(\.state) == ["signs", "next"] && second[0] == first[0])
        let issued = await administration.perform(.issueToken(email: "ada@example.org"), at: now)
        let token = try #require(issued.token)
        #expect(try await service.send(.get, "/users/me", fields: bearer(token)).status == .ok)
        let third = await administration.perform(.rotateKeys(isRevoking: true), at: now).keys
        #expect(third.map(\.state) == ["signs"] && third[0].id != first[0].id)
        #expect(try await service.send(.get, "/users/me", fields: bearer(token)).status == .forbidden)
    }

    @Test func commandsSayWhatTheyCannotDo() async throws {
        let service = try await service()
        let now = SystemClock.now()
        let without = Administration(accounts: service.accounts)
        for command in [
            AdminCommand.listKeys, .rotateKeys(isRevoking: false), .issueToken(email: "ada@example.org"),
        ] {
            #expect(
                await without.perform(command, at: now).error
                    == "Bearer tokens are not enabled: see auth.schemes")
        }
        let administration = Administration(accounts: service.accounts, tokens: service.tokens)
        let unknown = await administration.perform(.issueToken(email: "eve@example.org"), at: now)
        #expect(unknown.error == "there is no user eve@example.org" && unknown.token == nil)
        _ = await administration.perform(.setDisabled(email: "ada@example.org", on: true), at: now)
        let disabled = await administration.perform(.issueToken(email: "ada@example.org"), at: now)
        #expect(disabled.error == "ada@example.org is disabled" && disabled.token == nil)
    }
}
