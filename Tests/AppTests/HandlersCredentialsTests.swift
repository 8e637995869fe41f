import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// `/api/v1/users/me/keys` and `/app-passwords`, and what a key opens.
@Suite struct HandlersCredentialsTests {
    private static let keys = "/api/v1/users/me/keys"
    private static let apps = "/app-passwords"
    private static let problemOfName = "name must have 1 to 100 characters, none of them a control character"
    private static let problemOfLifetime = "expires_in must be a whole number from 60 to 315360000, or null"

    private let service: ApplicationService
    private let two: (boss: User, bossToken: String, ada: User, adaToken: String)

    init() async throws {
        service = try ApplicationService { $0.schemes = [.session, .basic] }
        two = try await service.registerTwo()
    }

    private func issue(_ body: String = #"{"name":"ci"}"#, at path: String = keys) async throws
        -> CredentialJSON
    {
        let answer = try await service.send(.post, path, token: two.adaToken, .json(body))
        #expect(answer.status == .created)
        return try JSONDecoder().decode(CredentialJSON.self, from: Data(answer.body))
    }

    private func list(_ path: String = keys, token: String? = nil) async throws -> [CredentialJSON] {
        let answer = try await service.send(.get, path, token: token ?? two.adaToken)
        #expect(answer.status == .ok)
        return try JSONDecoder().decode([CredentialJSON].self, from: Data(answer.body))
    }

    /// What a request with this key is answered.
    private func send(
        _ method: HTTP.Method = .get, _ path: String = "/api/v1/users/me", key: String?,
        _ body: ApplicationService.Body = .none
    ) async throws -> Response {
        try await service.send(method, path, basic: ("ada@example.org", try #require(key)), body)
    }

    // MARK: Keys

    @Test func aKeyIsShownOnceWithAllThatIsKnownOfIt() async throws {
        let answer = try await service.send(
            .post, Self.keys, token: two.adaToken,
            .json(#"{"name":"ci","expires_in":60,"read_only":true,"other":1}"#))
        let issued = try JSONDecoder().decode(CredentialJSON.self, from: Data(answer.body))
        let key = try #require(issued.key)
        let members = [
            #""created_at":"\#(issued.createdAt)""#, #""expires_at":"\#(try #require(issued.expiresAt))""#,
            #""id":"\#(issued.id)""#, #""key":"\#(key)""#, #""last_used_at":null"#, #""name":"ci""#,
            #""read_only":true"#,
        ]
        #expect(answer.text == "{\(members.joined(separator: ","))}\n")
        let listed = try await service.send(.get, Self.keys, token: two.adaToken)
        #expect(
            listed.text == "[{\(members.filter { !$0.contains("key\":") }.joined(separator: ","))}]\n")
        #expect(try await list(token: two.bossToken).isEmpty)
    }

    @Test func aKeyWithoutADateHasNone() async throws {
        for body in [#"{"name":"a"}"#, #"{"name":"a","expires_in":null,"read_only":null}"#] {
            let issued = try await issue(body)
            #expect(issued.expiresAt == nil && issued.isReadOnly == false)
        }
    }

    @Test func theLastUseIsInTheList() async throws {
        let issued = try await issue()
        #expect(try await list().first?.lastUsedAt == nil)
        #expect(try await send(key: issued.key).status == .ok)
        #expect(try await list().first?.lastUsedAt != nil)
    }

    @Test(arguments: [
        ("[]", "Wrong format"), ("{", "Wrong format"), ("{}", "name missing"),
        (#"{"name":null}"#, "name missing"),
        (#"{"name":""}"#, "name missing"), (#"{"name":1}"#, "name is not a string"),
        (#"{"name":"a\nb"}"#, problemOfName),
        (#"{"name":"a","expires_in":59}"#, problemOfLifetime),
        (#"{"name":"a","expires_in":315360001}"#, problemOfLifetime),
        (#"{"name":"a","expires_in":60.5}"#, problemOfLifetime),
        (#"{"name":"a","expires_in":1e300}"#, problemOfLifetime),
        (#"{"name":"a","expires_in":-1e300}"#, problemOfLifetime),
        (#"{"name":"a","expires_in":"60"}"#, problemOfLifetime),
        (#"{"name":"a","expires_in":true}"#, problemOfLifetime),
        (#"{"name":"a","read_only":"yes"}"#, "read_only is not a boolean"),
        (#"{"name":"a","read_only":0}"#, "read_only is not a boolean"),
    ])
    func refusesWhatIsNoWish(_ body: String, _ why: String) async throws {
        expectRefusal(
            try await service.send(.post, Self.keys, token: two.adaToken, .json(body)), .badRequest, why)
        #expect(try await list().isEmpty)
    }

    @Test func aNameHasAHundredCharactersAndNotOneMore() async throws {
        let name = String(repeating: "é", count: 100)
        #expect(try await issue(#"{"name":"\#(name)"}"#).name == name)
        for path in [Self.keys, Self.apps] {
            expectRefusal(
                try await service.send(.post, path, token: two.adaToken, .json(#"{"name":"\#(name)e"}"#)),
                .badRequest, Self.problemOfName)
        }
    }

    @Test func otherMediaTypesAre415AndStrangersAre401() async throws {
        for path in [Self.keys, Self.apps] {
            expectRefusal(
                try await service.send(.post, path, token: two.adaToken, .form("name=a")),
                .unsupportedMediaType)
            for method in [HTTP.Method.get, .post] {
                expectRefusal(try await service.send(method, path, .json("{}")), .unauthorized)
                let stale = SecretToken.random().text
                expectRefusal(try await service.send(method, path, token: stale, .json("{}")), .unauthorized)
            }
        }
    }

    @Test func aRevokedKeyIsRefusedByTheNextRequest() async throws {
        let issued = try await issue()
        #expect(try await send(key: issued.key).status == .ok)
        let answer = try await service.send(
            .delete, "\(Self.keys)/\(issued.id)", token: two.adaToken)
        #expect(answer.status == .ok && answer.text == "{}\n")
        expectRefusal(try await send(key: issued.key), .forbidden)
        expectRefusal(try await send(.get, "/sessions", key: issued.key), .unauthorized)
        expectRefusal(
            try await service.send(.delete, "\(Self.keys)/\(issued.id)", token: two.adaToken), .notFound)
    }

    @Test func nobodyRevokesWhatIsNotTheirs() async throws {
        let (key, app) = (try await issue(), try await issue(at: Self.apps))
        for (path, token) in [
            ("\(Self.keys)/\(key.id)", two.bossToken), ("\(Self.keys)/x", two.adaToken),
            ("\(Self.keys)/\(app.id)", two.adaToken), ("\(Self.apps)/\(key.id)", two.adaToken),
            ("\(Self.apps)/\(app.id)", two.bossToken), ("\(Self.apps)/..x", two.adaToken),
        ] { expectRefusal(try await service.send(.delete, path, token: token), .notFound) }
        #expect(try await list().count == 1)
        #expect(try await list(Self.apps).count == 1)
    }

    @Test func oneMoreThanMayBeIsAConflict() async throws {
        let service = try ApplicationService {
            $0.credentials.keysPerUser = 1
            $0.credentials.appPasswordsPerUser = 1
        }
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        for (path, text) in [(Self.keys, "API keys"), (Self.apps, "app passwords")] {
            let wish = ApplicationService.Body.json(#"{"name":"a"}"#)
            #expect(try await service.send(.post, path, token: token, wish).status == .created)
            expectRefusal(
                try await service.send(.post, path, token: token, wish), .conflict,
                "no more than 1 \(text): revoke one first")
        }
    }

    // MARK: What a key opens

    @Test func aReadOnlyKeyOpensSafeMethodsAlone() async throws {
        let key = try await issue(#"{"name":"a","read_only":true}"#).key
        for method in [HTTP.Method.get, .head, .options] {
            #expect(try await send(method, key: key).status.rawValue < 300)
        }
        let rename = ApplicationService.Body.json(#"{"first_name":"Ada"}"#)
        expectRefusal(
            try await send(.put, "/api/v1/users/\(two.ada.id)", key: key, rename), .forbidden,
            "This credential may only read")
        let full = try await issue().key
        #expect(try await send(.put, "/api/v1/users/\(two.ada.id)", key: full, rename).status == .ok)
    }

    /// A program may not take the account over.
    @Test func aKeyMakesNoCredentialsAndDoesNotTouchTheAccount() async throws {
        let issued = try await issue()
        let password = #"{"password":"correct horse","name":"a","token":"x","email":"new@example.org"}"#
        let change = #"{"current_password":"correct horse","new_password":"another horse"}"#
        for (method, path, body) in [
            (HTTP.Method.post, Self.keys, password), (.delete, "\(Self.keys)/\(issued.id)", ""),
            (.post, Self.apps, password), (.delete, "\(Self.apps)/\(issued.id)", ""),
            (.put, "/api/v1/users/me/password", change), (.put, "/api/v1/users/me/email", password),
            (.post, "/api/v1/users/me/email/confirm", password), (.delete, "/api/v1/users/me", password),
            (.delete, "/api/v1/users/\(two.ada.id)", ""),
            (.delete, "/api/v1/users/\(two.ada.id)/keys", ""),
            (.delete, "/api/v1/users/\(two.ada.id)/app-passwords", ""),
        ] {
            expectRefusal(
                try await send(method, path, key: issued.key, body.isEmpty ? .none : .json(body)), .forbidden,
                "Not with this credential")
        }
        #expect(try await send(key: issued.key).status == .ok)
        #expect(try await send(.get, Self.keys, key: issued.key).status == .ok)
        // The password itself may, by Basic.
        let basic = ("ada@example.org", "correct horse")
        #expect(
            try await service.send(.post, Self.keys, basic: basic, .json(#"{"name":"b"}"#)).status == .created
        )
    }

    @Test func aKeyIsNoPasswordForASession() async throws {
        let key = try #require(try await issue().key)
        let form = ApplicationService.Body.form("email=ada@example.org&password=\(key)")
        expectRefusal(try await service.send(.post, "/sessions", form), .unauthorized)
        #expect(
            try await service.send(.post, "/api/v1/auth_session/login", form).status == .unauthorized)
    }

    @Test func aKeyHasNoPowerThatARecentSignInIsNeededFor() async throws {
        let clock = ManualClock()
        let service = try ApplicationService {
            $0.schemes = [.session, .basic]
            $0.reauthenticateAfter = 60
            $0.clock = { clock.now }
        }
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        let wish = ApplicationService.Body.json(#"{"name":"a"}"#)
        #expect(try await service.send(.post, Self.keys, token: token, wish).status == .created)
        clock.advance(by: .seconds(61))
        expectRefusal(
            try await service.send(.post, Self.keys, token: token, wish), .forbidden, "Sign in again")
        expectRefusal(
            try await service.send(.delete, Self.keys + "/x", token: token), .forbidden, "Sign in again")
        #expect(try await service.send(.get, Self.keys, token: token).status == .ok)
    }

    // MARK: App passwords

    @Test func anAppPasswordIsShownOnceBesideItsName() async throws {
        let body = #"{"name":"tv","expires_in":1,"read_only":"x"}"#
        let answer = try await service.send(.post, Self.apps, token: two.adaToken, .json(body))
        let issued = try JSONDecoder().decode(CredentialJSON.self, from: Data(answer.body))
        let password = try #require(issued.password)
        let shown = [#""created_at":"\#(issued.createdAt)""#, #""id":"\#(issued.id)""#]
        #expect(
            answer.text
                == "{\(shown.joined(separator: ",")),\"last_used_at\":null,\"name\":\"tv\","
                + "\"password\":\"\(password)\",\"username\":\"ada@example.org\"}\n")
        let listed = try await service.send(.get, Self.apps, token: two.adaToken)
        #expect(
            listed.text == "[{\(shown.joined(separator: ",")),\"last_used_at\":null,\"name\":\"tv\"}]\n")
        // Basic takes the password of the account, or a key.
        expectRefusal(try await send(key: password), .forbidden)
        #expect(
            try await service.send(.delete, "\(Self.apps)/\(issued.id)", token: two.adaToken).status == .ok)
        #expect(try await list(Self.apps).isEmpty)
    }

    // MARK: Administrators

    @Test(arguments: ["keys", "app-passwords"])
    func administratorsSeeAndRevokeThoseOfOthers(_ kind: String) async throws {
        let own = kind == "keys" ? Self.keys : Self.apps
        let issued = try await issue(at: own)
        let path = "/api/v1/users/\(two.ada.id)/\(kind)"
        #expect(try await list(path, token: two.bossToken).map(\.id) == [issued.id])
        #expect(try await list(path).map(\.id) == [issued.id])
        let others = "/api/v1/users/\(two.boss.id)/\(kind)"
        for method in [HTTP.Method.get, .delete] {
            expectRefusal(try await service.send(method, others, token: two.adaToken), .forbidden)
            let nobody = "/api/v1/users/\(UserID.random())/\(kind)"
            expectRefusal(try await service.send(method, nobody, token: two.bossToken), .notFound)
            expectRefusal(try await service.send(method, path), .unauthorized)
        }
        #expect(try await service.send(.delete, path, token: two.bossToken).text == "{\"ended\":1}\n")
        #expect(try await list(own).isEmpty)
        if let key = issued.key { expectRefusal(try await send(key: key), .forbidden) }
    }
}
