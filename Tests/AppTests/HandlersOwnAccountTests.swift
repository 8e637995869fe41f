import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// What users change of their own accounts.
@Suite struct HandlersOwnAccountTests {
    private static let password = "/api/v1/users/me/password"
    private static let email = "/api/v1/users/me/email"
    private static let confirm = "/api/v1/users/me/email/confirm"

    private func change(_ current: String, _ new: String) -> ApplicationService.Body {
        .json(#"{"current_password":"\#(current)","new_password":"\#(new)"}"#)
    }

    private func member(_ name: String, of response: Response) throws -> String {
        let object = try JSONDecoder().decode([String: String].self, from: Data(response.body))
        return try #require(object[name])
    }

    /// The token that an answer sets.
    private func token(of response: Response) throws -> String {
        let cookie = try #require(response.fields.first { $0.name == "Set-Cookie" }?.value)
        return String(cookie.dropFirst("session_id=".count).prefix(SecretToken.length))
    }

    @Test func aNewPasswordEndsEveryOtherSessionAndRenewsTheCallers() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let (own, other) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        let reset = try await service.send(.post, "/reset_password", .form("email=ada@example.org"))
        let answer = try await service.send(
            .put, Self.password, token: own, change("correct horse", "another one"))
        #expect(answer.status == .ok && answer.text == "{}\n")
        let renewed = try token(of: answer)
        #expect(renewed != own)
        #expect(try await service.send(.get, "/profile", token: renewed).status == .ok)
        for ended in [own, other] {
            expectRefusal(try await service.send(.get, "/profile", token: ended), .forbidden)
        }
        let form =
            "email=ada@example.org&new_password=third one&reset_token=\(try member("reset_token", of: reset))"
        expectRefusal(try await service.send(.put, "/reset_password", .form(form)), .forbidden)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: "another one") != nil)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: "correct horse") == nil)
    }

    @Test func aWrongPasswordChangesNothing() async throws {
        let service = try ApplicationService { $0.resetDelivery = .mail }
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        for (method, path, body) in [
            (HTTP.Method.put, Self.password, change("wrong horse", "another one")),
            (.put, Self.email, .json(#"{"email":"new@example.org","password":"wrong horse"}"#)),
            (.delete, "/api/v1/users/me", .json(#"{"password":"wrong horse"}"#)),
        ] {
            expectRefusal(
                try await service.send(method, path, token: own, body), .forbidden, "wrong password")
        }
        #expect(try await service.send(.get, "/profile", token: own).status == .ok)
        #expect(try await service.store.nextMail() == nil)
    }

    @Test(arguments: ["four", String(repeating: "x", count: 257)])
    func aRefusedPasswordChangesNothing(new: String) async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        let answer = try await service.send(.put, Self.password, token: own, change("correct horse", new))
        #expect(answer.status == .badRequest)
        #expect(try await service.send(.get, "/profile", token: own).status == .ok)
    }

    @Test(arguments: [
        (HTTP.Method.put, "/api/v1/users/me/password"), (.put, "/api/v1/users/me/email"),
        (.post, "/api/v1/users/me/email/confirm"), (.delete, "/api/v1/users/me"),
    ])
    func asksForACredentialAndForJSON(method: HTTP.Method, path: String) async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        expectRefusal(try await service.send(method, path, .json("{}")), .unauthorized)
        expectRefusal(try await service.send(method, path, token: "x", .json("{}")), .unauthorized)
        for body in [ApplicationService.Body.none, .form("password=x"), .other("{}", type: "text/plain")] {
            expectRefusal(try await service.send(method, path, token: own, body), .unsupportedMediaType)
        }
        for text in ["{", "[]", ""] {
            expectRefusal(
                try await service.send(method, path, token: own, .json(text)), .badRequest, "Wrong format")
        }
        for text in ["{}", #"{"password":1,"token":1,"email":1,"current_password":1}"#] {
            #expect(try await service.send(method, path, token: own, .json(text)).status == .badRequest)
        }
        #expect(try await service.send(.get, "/profile", token: own).status == .ok)
    }

    @Test func basicChangesThePasswordWithoutACookie() async throws {
        let service = try ApplicationService { $0.schemes = [.basic] }
        _ = try await service.register("ada@example.org")
        let answer = try await service.send(
            .put, Self.password, basic: ("ada@example.org", "correct horse"),
            change("correct horse", "another one"))
        #expect(answer.status == .ok)
        #expect(!answer.fields.contains { $0.name == "Set-Cookie" })
    }

    @Test func anAddressIsChangedByTheTokenInTheAnswer() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        let asked = try await service.send(
            .put, Self.email, token: own, .json(#"{"email":"Ada@example.net","password":"correct horse"}"#))
        #expect(asked.status == .ok)
        #expect(
            try await service.send(.get, "/profile", token: own).text == "{\"email\":\"ada@example.org\"}\n")
        let body = ApplicationService.Body.json(
            #"{"token":"\#(try member("confirmation_token", of: asked))"}"#)
        #expect(try await service.send(.post, Self.confirm, token: own, body).status == .ok)
        #expect(
            try await service.send(.get, "/profile", token: own).text == "{\"email\":\"Ada@example.net\"}\n")
        expectRefusal(
            try await service.send(.post, Self.confirm, token: own, body), .badRequest,
            "token is unknown, used or expired")
    }

    @Test func anAddressThatWasTakenMeanwhileIsAConflict() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        let asked = try await service.send(
            .put, Self.email, token: own, .json(#"{"email":"bob@example.org","password":"correct horse"}"#))
        _ = try await service.register("bob@example.org")
        let body = ApplicationService.Body.json(
            #"{"token":"\#(try member("confirmation_token", of: asked))"}"#)
        expectRefusal(
            try await service.send(.post, Self.confirm, token: own, body), .conflict,
            "email already registered")
    }

    @Test func aTokenIsOnlyItsUsers() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        _ = try await service.register("eve@example.org")
        let asked = try await service.send(
            .put, Self.email, token: try await service.signIn("ada@example.org"),
            .json(#"{"email":"new@example.org","password":"correct horse"}"#))
        let body = ApplicationService.Body.json(
            #"{"token":"\#(try member("confirmation_token", of: asked))"}"#)
        let eve = try await service.signIn("eve@example.org")
        expectRefusal(
            try await service.send(.post, Self.confirm, token: eve, body), .badRequest,
            "token is unknown, used or expired")
    }

    @Test func withMailTheTokenIsInNoAnswer() async throws {
        let service = try ApplicationService { $0.resetDelivery = .mail }
        let user = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        let body = ApplicationService.Body.json(
            #"{"email":"new@example.org","password":"correct horse"}"#)
        let asked = try await service.send(.put, Self.email, token: own, body)
        #expect(asked.status == .accepted)
        #expect(asked.text == "{\"email\":\"new@example.org\",\"message\":\"confirmation mail sent\"}\n")
        let mails = try await service.store.dueMail(at: SystemClock.now().wall, limit: 9)
        #expect(mails.map(\.address.text) == ["new@example.org", "ada@example.org"])
        #expect(mails.allSatisfy { $0.userID == user.id })
        let off = try ApplicationService { $0.resetDelivery = .off }
        _ = try await off.register("ada@example.org")
        let token = try await off.signIn("ada@example.org")
        expectRefusal(try await off.send(.put, Self.email, token: token, body), .forbidden)
    }

    @Test func aUserWhoIsDeletedIsSignedOut() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        let answer = try await service.send(
            .delete, "/api/v1/users/me", token: own, .json(#"{"password":"correct horse"}"#))
        #expect(answer.status == .ok && answer.text == "{}\n")
        #expect(answer.fields.contains { $0.name == "Set-Cookie" && $0.value.contains("Max-Age=0") })
        expectRefusal(try await service.send(.get, "/profile", token: own), .forbidden)
        #expect(try await service.accounts.user(email: "ada@example.org") == nil)
    }
}
