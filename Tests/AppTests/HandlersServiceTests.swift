import Auth
import Crypto
import FoundationEssentials
import HTTP
import Testing

@testable import App

/// docs/HTTP.md, route by route, and the whole journey.
@Suite struct HandlersServiceTests {
    private let service: ApplicationService

    init() async throws {
        service = try ApplicationService()
        _ = try await service.register("Ada@example.org")
    }

    private func send(_ method: HTTP.Method, _ path: String, _ form: String = "") async throws -> Response {
        try await service.send(method, path, form.isEmpty ? .none : .form(form))
    }

    @Test func welcomes() async throws {
        #expect(try await send(.get, "/").text == "{\"message\":\"Bienvenue\"}\n")
    }

    @Test func registers() async throws {
        let response = try await send(.post, "/users", "email=Bob%40example.org&password=b4l0u")
        #expect(response.status == .ok)
        #expect(response.text == "{\"email\":\"Bob@example.org\",\"message\":\"user created\"}\n")
    }

    @Test func aMultipartFormIsAForm() async throws {
        let body = """
            --x\r\nContent-Disposition: form-data; name="email"\r\n\r\nbob@example.org\r
            --x\r\nContent-Disposition: form-data; name="password"\r\n\r\ncorrect horse\r
            --x--\r\n
            """
        let response = try await service.send(
            .post, "/users", .other(body, type: "multipart/form-data; boundary=x"))
        #expect(response.text == "{\"email\":\"bob@example.org\",\"message\":\"user created\"}\n")
    }

    @Test func aTakenAddressHasTheOneBodyWithAnotherKey() async throws {
        for password in ["correct horse", "x"] {
            let response = try await send(.post, "/users", "email=ada@example.org&password=\(password)")
            #expect(response.status == .badRequest)
            #expect(response.text == "{\"message\":\"email already registered\"}\n")
        }
    }

    @Test(arguments: [
        ("", "email missing"), ("password=12345", "email missing"),
        ("email=&password=12345", "email missing"),
        ("email=b@example.org", "password missing"), ("email=b@example.org&password=", "password missing"),
        ("email=no+address&password=12345", "not an email address"),
        ("email=b@example.org&password=1234", "password is too short (at least 5 bytes)"),
    ])
    func refusesARegistration(_ form: String, _ text: String) async throws {
        expectRefusal(try await send(.post, "/users", form), .badRequest, text)
        #expect(try await service.accounts.userCount() == 1)
    }

    @Test func closedRegistrationIs403() async throws {
        let service = try ApplicationService { $0.registrationIsOpen = false }
        for form in ["email=b@example.org&password=12345", ""] {
            expectRefusal(try await service.send(.post, "/users", .form(form)), .forbidden)
        }
    }

    @Test func signsIn() async throws {
        let response = try await send(.post, "/sessions", "email=ADA@example.org&password=correct+horse")
        #expect(response.status == .ok)
        #expect(response.text == "{\"email\":\"Ada@example.org\",\"message\":\"logged in\"}\n")
        #expect(response.fields.first?.name == "Set-Cookie")
        #expect(response.fields.first?.value.hasPrefix("session_id=") == true)
    }

    @Test(arguments: [
        "", "email=ada@example.org", "password=correct+horse", "email=ada@example.org&password=wrong",
        "email=nobody@example.org&password=correct+horse", "email=no+address&password=x",
    ])
    func refusesEverySignInAlike(_ form: String) async throws {
        let response = try await send(.post, "/sessions", form)
        expectRefusal(response, .unauthorized)
        #expect(response.values(of: "Set-Cookie") == [])
    }

    @Test func signsOutWithARedirect() async throws {
        let token = try await service.signIn("ada@example.org")
        let response = try await service.send(.delete, "/sessions", token: token)
        #expect(response.status == .found)
        #expect(response.body.isEmpty)
        #expect(response.values(of: "Location") == ["/"])
        #expect(response.value(of: "Set-Cookie")?.hasPrefix("session_id=; Path=/;") == true)
        expectRefusal(try await service.send(.delete, "/sessions", token: token), .forbidden)
    }

    @Test func showsTheProfileWithoutEscapes() async throws {
        _ = try await service.register("o'brien/ü@example.org")
        let token = try await service.signIn("o'brien/ü@example.org")
        #expect(
            try await service.send(.get, "/profile", token: token).text
                == "{\"email\":\"o'brien/ü@example.org\"}\n")
    }

    @Test func resetsAPassword() async throws {
        let token = try await service.signIn("ada@example.org")
        let asked = try await send(.post, "/reset_password", "email=ADA@example.org")
        #expect(asked.status == .ok)
        let prefix = "{\"email\":\"Ada@example.org\",\"reset_token\":\""
        #expect(asked.text.hasPrefix(prefix))
        let reset = String(asked.text.dropFirst(prefix.count).prefix(43))
        #expect(asked.text == "\(prefix)\(reset)\"}\n")
        let form = "email=ada@example.org&reset_token=\(reset)&new_password="
        expectRefusal(
            try await send(.put, "/reset_password", form + "four"), .badRequest,
            "password is too short (at least 5 bytes)")
        let done = try await send(.put, "/reset_password", form + "fiv3r")
        #expect(done.status == .ok)
        #expect(done.text == "{\"email\":\"Ada@example.org\",\"message\":\"Password updated\"}\n")
        expectRefusal(try await send(.put, "/reset_password", form + "again"), .forbidden)
        expectRefusal(try await service.send(.get, "/profile", token: token), .forbidden)
    }

    @Test(arguments: ["", "email=", "email=nobody@example.org", "email=no+address", "mail=ada@example.org"])
    func thereIsNoTokenForNobody(_ form: String) async throws {
        expectRefusal(try await send(.post, "/reset_password", form), .forbidden)
    }

    @Test(arguments: [
        "", "email=ada@example.org&new_password=taken+over",
        "email=ada@example.org&reset_token=&new_password=taken+over",
        "email=ada@example.org&reset_token=None&new_password=taken+over",
        "email=ada@example.org&reset_token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&new_password=taken+over",
        "reset_token=x&new_password=taken+over", "email=ada@example.org&reset_token=x&new_password=x",
    ])
    func aResetWithoutAValidTokenIs403(_ form: String) async throws {
        _ = try await send(.post, "/reset_password", "email=ada@example.org")
        expectRefusal(try await send(.put, "/reset_password", form), .forbidden)
        #expect(
            try await service.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
    }

    @Test func askingForATokenIsRefusedWhenTheyAreNotShown() async throws {
        let service = try ApplicationService { $0.resetDelivery = .off }
        _ = try await service.register("ada@example.org")
        expectRefusal(
            try await service.send(.post, "/reset_password", .form("email=ada@example.org")), .forbidden)
    }

    @Test func theJourneyPasses() async throws {
        let service = try ApplicationService()
        let (email, old, new) = ("guillaume@holberton.io", "b4l0u", "t4rt1fl3tt3")
        func form(_ password: String) -> ApplicationService.Body {
            .form("email=\(email)&password=\(password)")
        }
        #expect(try await service.send(.post, "/users", form(old)).status == .ok)
        #expect(try await service.send(.post, "/users", form(old)).status == .badRequest)
        expectRefusal(try await service.send(.post, "/sessions", form(new)), .unauthorized)
        expectRefusal(try await service.send(.get, "/profile"), .forbidden)
        let cookie = try #require(
            try await service.send(.post, "/sessions", form(old)).value(of: "Set-Cookie"))
        let token = String(cookie.dropFirst("session_id=".count).prefix(43))
        #expect(try await service.send(.get, "/profile", token: token).text == "{\"email\":\"\(email)\"}\n")
        #expect(try await service.send(.delete, "/sessions", token: token).status == .found)
        let asked = try await service.send(.post, "/reset_password", .form("email=\(email)"))
        let answer = try JSONDecoder().decode([String: String].self, from: Data(asked.body))
        let reset = try #require(answer["reset_token"])
        let change = "email=\(email)&reset_token=\(reset)&new_password=\(new)"
        #expect(try await service.send(.put, "/reset_password", .form(change)).status == .ok)
        expectRefusal(try await service.send(.post, "/sessions", form(old)), .unauthorized)
        #expect(try await service.send(.post, "/sessions", form(new)).status == .ok)
    }
}
