import Auth
import Crypto
import HTTP
import Testing

@testable import App

/// docs/HTTP.md, route by route.
@Suite struct HandlersSimpleAPITests {
    private let service: ApplicationService
    private let boss: User
    private let bossToken: String
    private let ada: User
    private let adaToken: String

    init() async throws {
        service = try ApplicationService()
        (boss, bossToken, ada, adaToken) = try await service.registerTwo()
    }

    private func shown(_ user: User) -> [UInt8] { JSONText.of(UserJSON(user: user)) }

    private func post(_ json: String) async throws -> Response {
        try await service.send(.post, "/api/v1/users", token: bossToken, .json(json))
    }

    @Test func statusStatsUnauthorizedForbidden() async throws {
        #expect(try await service.send(.get, "/api/v1/status").text == "{\"status\":\"OK\"}\n")
        #expect(
            try await service.send(.get, "/api/v1/stats", token: adaToken).text == "{\"users\":2}\n")
        for token in [nil, adaToken] {
            expectRefusal(try await service.send(.get, "/api/v1/unauthorized", token: token), .unauthorized)
            expectRefusal(try await service.send(.get, "/api/v1/forbidden", token: token), .forbidden)
        }
    }

    @Test func anAdministratorListsEverybodyInOrderOfCreation() async throws {
        let response = try await service.send(.get, "/api/v1/users", token: bossToken)
        #expect(response.status == .ok)
        #expect(response.body == JSONText.of([boss, ada].map(UserJSON.init)))
        #expect(response.fields.isEmpty)
        expectRefusal(try await service.send(.get, "/api/v1/users", token: adaToken), .forbidden)
        expectRefusal(try await service.send(.get, "/api/v1/users?limit=x", token: adaToken), .forbidden)
    }

    @Test func pagesLinkToTheNextAndTheLastDoesNot() async throws {
        let third = try await service.register("third@example.org")
        func page(_ query: String) async throws -> Response {
            try await service.send(.get, "/api/v1/users?\(query)", token: bossToken)
        }
        let first = try await page("limit=2")
        #expect(first.body == JSONText.of([boss, ada].map(UserJSON.init)))
        #expect(
            first.values(of: "Link") == ["</api/v1/users?limit=2&after=\(ada.id)>; rel=\"next\""])
        let last = try await page("limit=2&after=\(ada.id)")
        #expect(last.body == JSONText.of([third].map(UserJSON.init)))
        #expect(last.fields.isEmpty)
        // Exactly as many as there are: there is no next page.
        #expect(try await page("limit=3").fields.isEmpty)
        #expect(try await page("after=\(boss.id)").body == JSONText.of([ada, third].map(UserJSON.init)))
        #expect(try await page("limit=1000").status == .ok)
        #expect(try await page("limit=1&after=\(third.id)").text == "[]\n")
        #expect(try await page("limit=1&after=\(UserID.random())").text == "[]\n")
    }

    @Test(arguments: [
        "limit=0", "limit=1001", "limit=-1", "limit=", "limit=x", "limit=1.5", "limit=99999999999999999999",
        "limit=%201", "limit=+1", "limit=%D9%A3",
    ])
    func refusesALimitThatIsNone(_ query: String) async throws {
        expectRefusal(
            try await service.send(.get, "/api/v1/users?\(query)", token: bossToken), .badRequest,
            "limit must be a number from 1 to 1000")
    }

    @Test(arguments: ["after=", "after=x", "after=1", "limit=1&after=%00"])
    func refusesAPositionThatIsNone(_ query: String) async throws {
        expectRefusal(
            try await service.send(.get, "/api/v1/users?\(query)", token: bossToken), .badRequest,
            "after must be the id of a user")
    }

    @Test func everyoneReadsItselfAndAnAdministratorEverybody() async throws {
        for path in ["/api/v1/users/me", "/users/me", "/api/v1/users/\(ada.id)"] {
            #expect(try await service.send(.get, path, token: adaToken).body == shown(ada))
        }
        let upper = ada.id.description.uppercased()
        #expect(try await service.send(.get, "/api/v1/users/\(upper)", token: adaToken).body == shown(ada))
        #expect(
            try await service.send(.get, "/api/v1/users/\(ada.id)", token: bossToken).body == shown(ada))
    }

    @Test func foreignUsersAre403WhetherTheyExistOrNot() async throws {
        for id in [boss.id, UserID.random()] {
            let path = "/api/v1/users/\(id)"
            for method in [HTTP.Method.get, .put, .delete] {
                expectRefusal(try await service.send(method, path, token: adaToken), .forbidden)
            }
        }
        #expect(try await service.accounts.userCount() == 2)
    }

    @Test func unknownAndMalformedIDsAre404() async throws {
        for id in [UserID.random().description, "x", "me2", "1", "\(ada.id)x", "%20\(ada.id)"] {
            for method in [HTTP.Method.get, .put, .delete] {
                let path = "/api/v1/users/\(id)"
                expectRefusal(try await service.send(method, path, token: bossToken), .notFound)
            }
        }
        expectRefusal(try await service.send(.get, "/api/v1/users/x", token: adaToken), .notFound)
    }

    @Test func theOriginalsRuleLetsEveryoneDoEverything() async throws {
        let service = try ApplicationService { $0.access = .authenticated }
        let (boss, _, _, token) = try await service.registerTwo()
        #expect(try await service.send(.get, "/api/v1/users", token: token).status == .ok)
        #expect(try await service.send(.get, "/api/v1/users/\(boss.id)", token: token).status == .ok)
        #expect(try await service.send(.delete, "/api/v1/users/\(boss.id)", token: token).text == "{}\n")
    }

    @Test func createsAUser() async throws {
        let response = try await post(
            #"{"email":" New@example.org ","password":"correct horse","first_name":"","extra":[1]}"#)
        #expect(response.status == .created)
        let user = try #require(try await service.accounts.user(email: "new@example.org"))
        #expect(user.email.text == "New@example.org")
        #expect(user.firstName == "")
        #expect(user.lastName == nil)
        #expect(!user.isAdministrator)
        #expect(response.body == shown(user))
    }

    @Test(arguments: [
        ("", "Wrong format"), ("[]", "Wrong format"), ("null", "Wrong format"), ("{", "Wrong format"),
        ("{}", "email missing"), (#"{"email":null,"password":"x"}"#, "email missing"),
        (#"{"email":"","password":""}"#, "email missing"), (#"{"email":"x"}"#, "password missing"),
        (#"{"email":5}"#, "password missing"), (#"{"email":"x","password":null}"#, "password missing"),
        (#"{"email":"x","password":""}"#, "password missing"),
        (#"{"email":5,"password":"x"}"#, "Can't create User: email is not a string"),
        (#"{"email":"x","password":5}"#, "Can't create User: password is not a string"),
        (#"{"email":"x","password":"x","last_name":5}"#, "Can't create User: last_name is not a string"),
        (#"{"email":"x","password":"x"}"#, "Can't create User: not an email address"),
        (#"{"email":"ADA@example.org","password":"x"}"#, "Can't create User: email already registered"),
        (
            #"{"email":"new@example.org","password":"x"}"#,
            "Can't create User: password is too short (at least 5 bytes)"
        ),
    ])
    func refusesInTheOrderOfTheContract(_ body: String, _ text: String) async throws {
        expectRefusal(try await post(body), .badRequest, text)
        #expect(try await service.accounts.userCount() == 2)
    }

    @Test func anotherMediaTypeIsWrongFormat() async throws {
        let json = #"{"email":"new@example.org","password":"correct horse"}"#
        for type in ["text/plain", "application/x-www-form-urlencoded", "json"] {
            let response = try await service.send(
                .post, "/api/v1/users", token: bossToken, .other(json, type: type))
            expectRefusal(response, .badRequest, "Wrong format")
        }
    }

    @Test func aNameHasAtMost1024Octets() async throws {
        func create(_ email: String, _ length: Int) async throws -> Response {
            let name = String(repeating: "n", count: length)
            return try await post(#"{"email":"\#(email)","password":"b4l0u","first_name":"\#(name)"}"#)
        }
        #expect(try await create("a@example.org", 1_024).status == .created)
        expectRefusal(
            try await create("b@example.org", 1_025), .badRequest,
            "Can't create User: first_name is too long")
    }

    @Test func anOrdinaryUserCreatesUsersOnlyWhileRegistrationIsOpen() async throws {
        let json = ApplicationService.Body.json(#"{"email":"new@example.org","password":"correct horse"}"#)
        let closed = try ApplicationService { $0.registrationIsOpen = false }
        let (_, boss, _, plain) = try await closed.registerTwo()
        expectRefusal(try await closed.send(.post, "/api/v1/users", token: plain, json), .forbidden)
        #expect(try await closed.send(.post, "/api/v1/users", token: boss, json).status == .created)
        #expect(try await service.send(.post, "/api/v1/users", token: adaToken, json).status == .created)
    }

    @Test func changesNamesAndNothingElse() async throws {
        let path = "/api/v1/users/\(ada.id)"
        func put(_ json: String) async throws -> User {
            let response = try await service.send(.put, path, token: adaToken, .json(json))
            #expect(response.status == .ok)
            let user = try #require(try await service.accounts.user(ada.id))
            #expect(response.body == shown(user))
            return user
        }
        let named = try await put(
            #"{"first_name":"Ada","last_name":"L","email":"x@y","id":"x","password":"x"}"#)
        #expect(named.firstName == "Ada")
        #expect(named.lastName == "L")
        #expect(named.email == ada.email)
        #expect(named.id == ada.id)
        let emptied = try await put(#"{"first_name":"","last_name":null}"#)
        #expect(emptied.firstName == "")
        #expect(emptied.lastName == "L")
        #expect(try await put("{}").lastName == "L")
        #expect(
            try await service.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
    }

    @Test func aChangeThatIsNoneIs400AfterTheUserWasFound() async throws {
        let path = "/api/v1/users/\(ada.id)"
        for body in ["", "[]", "null", "{", "5"] {
            expectRefusal(
                try await service.send(.put, path, token: adaToken, .json(body)), .badRequest, "Wrong format")
        }
        expectRefusal(
            try await service.send(.put, path, token: adaToken, .form("first_name=x")), .badRequest,
            "Wrong format")
        expectRefusal(
            try await service.send(.put, path, token: adaToken, .json(#"{"first_name":5}"#)), .badRequest,
            "first_name is not a string")
        let unknown = "/api/v1/users/\(UserID.random())"
        expectRefusal(try await service.send(.put, unknown, token: bossToken, .json("nonsense")), .notFound)
    }

    @Test func deletesAUserOnceAndItsSessions() async throws {
        let path = "/api/v1/users/\(ada.id)"
        let deleted = try await service.send(.delete, path, token: adaToken)
        #expect(deleted.status == .ok)
        #expect(deleted.text == "{}\n")
        expectRefusal(try await service.send(.get, "/users/me", token: adaToken), .forbidden)
        expectRefusal(try await service.send(.delete, path, token: bossToken), .notFound)
        expectRefusal(try await service.send(.get, path, token: bossToken), .notFound)
    }

    @Test func signsInAndOut() async throws {
        let response = try await service.send(
            .post, "/api/v1/auth_session/login", .form("email=ADA%40example.org&password=correct+horse"))
        #expect(response.status == .ok)
        #expect(response.body == shown(ada))
        let cookie = try #require(response.values(of: "Set-Cookie").first)
        // The session's is the first; the other makes the device known.
        #expect(response.fields.map(\.name) == ["Set-Cookie", "Set-Cookie"])
        let token = String(cookie.dropFirst("session_id=".count).prefix(43))
        #expect(cookie == "session_id=\(token); Path=/; HttpOnly; SameSite=Lax")
        #expect(SecretToken(Array(token.utf8)[...]) != nil)
        #expect(try await service.send(.get, "/users/me", token: token).body == shown(ada))
        let out = try await service.send(.delete, "/api/v1/auth_session/logout", token: token)
        #expect(out.status == .ok)
        #expect(out.text == "{}\n")
        #expect(
            out.values(of: "Set-Cookie") == [
                "session_id=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
            ])
        expectRefusal(
            try await service.send(.delete, "/api/v1/auth_session/logout", token: token), .forbidden)
        #expect(try await service.send(.get, "/users/me", token: adaToken).status == .ok)
    }

    @Test(arguments: [
        ("", Status.badRequest, "email missing"), ("email=&password=x", .badRequest, "email missing"),
        ("password=x", .badRequest, "email missing"), ("email=x", .badRequest, "password missing"),
        ("email=x&password=", .badRequest, "password missing"),
        ("email=&email=ada@example.org&password=x", .badRequest, "email missing"),
        ("email=x&password=x", .unauthorized, "wrong email or password"),
        ("email=nobody@example.org&password=x", .unauthorized, "wrong email or password"),
        ("email=ada@example.org&password=x", .unauthorized, "wrong email or password"),
    ])
    func refusesASignIn(_ form: String, _ status: Status, _ text: String) async throws {
        let response = try await service.send(.post, "/api/v1/auth_session/login", .form(form))
        expectRefusal(response, status, text)
        #expect(response.values(of: "Set-Cookie") == [])
        #expect(response.values(of: "WWW-Authenticate").count == (status == .unauthorized ? 1 : 0))
    }

    @Test func tellsUnknownEmailsApartWhenAskedTo() async throws {
        let service = try ApplicationService { $0.uniformErrors = false }
        _ = try await service.register("ada@example.org")
        let path = "/api/v1/auth_session/login"
        for email in ["nobody@example.org", "x"] {
            expectRefusal(
                try await service.send(.post, path, .form("email=\(email)&password=x")), .notFound,
                "no user found for this email")
        }
        expectRefusal(
            try await service.send(.post, path, .form("email=ada@example.org&password=x")), .unauthorized,
            "wrong password")
    }

    /// Because they always are, or because the request came over TLS.
    @Test(arguments: [true, false]) func cookiesAreSecureWhenTheyShallBe(always: Bool) async throws {
        let service = try ApplicationService { $0.secureCookies = always }
        let token = try await service.registerTwo().adaToken
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        for path in ["/sessions", "/api/v1/auth_session/login"] {
            let cookie = try await service.send(.post, path, isSecure: !always, form).value(of: "Set-Cookie")
            #expect(cookie?.hasSuffix("; HttpOnly; SameSite=Lax; Secure") == true)
        }
        let name = always ? "session_id" : "__Host-session_id"
        let cleared = try await service.send(
            .delete, "/sessions", isSecure: !always, fields: [(.cookie, "\(name)=\(token)")]
        ).value(of: "Set-Cookie")
        #expect(cleared?.contains("; Secure; Max-Age=0") == true)
    }
}
