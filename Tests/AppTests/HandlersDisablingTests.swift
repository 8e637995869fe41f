import Auth
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// `PUT /api/v1/users/<id>` with `disabled`.
@Suite struct HandlersDisablingTests {
    private func put(
        _ service: ApplicationService, _ user: User, _ json: String, token: String
    ) async throws -> Response {
        try await service.send(.put, "/api/v1/users/\(user.id)", token: token, .json(json))
    }

    private func set(
        _ isDisabled: Bool, _ service: ApplicationService,
        _ two: (boss: User, bossToken: String, ada: User, adaToken: String)
    ) async throws {
        let response = try await put(service, two.ada, "{\"disabled\":\(isDisabled)}", token: two.bossToken)
        #expect(response.status == .ok)
    }

    @Test func answersTheUserWithNoNewKey() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        let response = try await put(
            service, two.ada, #"{"disabled":true,"first_name":"Ada"}"#, token: two.bossToken)
        let user = try #require(try await service.accounts.user(two.ada.id))
        #expect(user.isDisabled)
        #expect(user.firstName == "Ada")
        #expect(response.body == JSONText.of(UserJSON(user: user)))
        #expect(!response.text.contains("disabled"))
    }

    @Test func endsEverySessionAtOnce() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        let tokens = [two.adaToken, try await service.signIn("ada@example.org")]
        try await set(true, service, two)
        for token in tokens {
            expectRefusal(try await service.send(.get, "/sessions/whoami", token: token), .unauthorized)
            expectRefusal(try await service.send(.get, "/profile", token: token), .forbidden)
        }
        try await set(false, service, two)
        #expect(try await service.send(.get, "/profile", token: tokens[0]).status == .forbidden)
    }

    @Test(arguments: [true, false])
    func aDisabledUserIsRefusedLikeAWrongPassword(_ uniformErrors: Bool) async throws {
        let service = try ApplicationService {
            $0.schemes = [.session, .basic]
            $0.uniformErrors = uniformErrors
        }
        let two = try await service.registerTwo()
        func answers(_ password: String) async throws -> [Response] {
            let form = ApplicationService.Body.form("email=ada@example.org&password=\(password)")
            return [
                try await service.send(.post, "/sessions", form),
                try await service.send(.post, "/api/v1/auth_session/login", form),
                try await service.send(.get, "/profile", basic: ("ada@example.org", password)),
                try await service.send(.get, "/sessions/whoami", basic: ("ada@example.org", password)),
            ]
        }
        try await set(true, service, two)
        let (right, wrong) = (try await answers("correct horse"), try await answers("wrong"))
        for (one, other) in zip(right, wrong) {
            #expect(one.status == other.status)
            #expect(one.text == other.text)
            #expect(one.fields == other.fields)
            #expect([.unauthorized, .forbidden].contains(one.status))
        }
        try await set(false, service, two)
        #expect(try await answers("correct horse").map(\.status) == [.ok, .ok, .ok, .ok])
    }

    @Test func aDisabledUserCannotResetItsPassword() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        func ask() async throws -> Response {
            try await service.send(.post, "/reset_password", .form("email=ada@example.org"))
        }
        func reset(_ asked: Response) async throws -> Response {
            let token = try #require(
                try JSONDecoder().decode([String: String].self, from: Data(asked.body))["reset_token"])
            return try await service.send(
                .put, "/reset_password",
                .form("email=ada@example.org&reset_token=\(token)&new_password=another+one"))
        }
        let asked = try await ask()
        try await set(true, service, two)
        expectRefusal(try await reset(asked), .forbidden)
        expectRefusal(try await ask(), .forbidden)
        try await set(false, service, two)
        expectRefusal(try await reset(asked), .forbidden)
        #expect(try await reset(ask()).status == .ok)
    }

    @Test(arguments: [#""true""#, "1", "0", "[]", "{}", #""""#])
    func whatIsNotABooleanChangesNothing(_ value: String) async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        expectRefusal(
            try await put(
                service, two.ada, "{\"first_name\":\"X\",\"disabled\":\(value)}", token: two.bossToken),
            .badRequest, "disabled is not a boolean")
        let user = try #require(try await service.accounts.user(two.ada.id))
        #expect(!user.isDisabled)
        #expect(user.firstName == nil)
        #expect(try await service.send(.get, "/profile", token: two.adaToken).status == .ok)
    }

    @Test func nullAndAbsentLeaveItAsItIs() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        for isDisabled in [true, false] {
            try await set(isDisabled, service, two)
            for json in [#"{"disabled":null}"#, #"{"first_name":"A"}"#, "{}"] {
                #expect(try await put(service, two.ada, json, token: two.bossToken).status == .ok)
                #expect(try await service.accounts.user(two.ada.id)?.isDisabled == isDisabled)
            }
        }
    }

    @Test(arguments: AccessRules.allCases)
    func isForAdministratorsWhateverTheAccessRules(_ access: AccessRules) async throws {
        let service = try ApplicationService { $0.access = access }
        let two = try await service.registerTwo()
        for json in [#"{"disabled":true}"#, #"{"disabled":false}"#, #"{"disabled":"x","first_name":"X"}"#] {
            for user in [two.ada, two.boss] {
                expectRefusal(try await put(service, user, json, token: two.adaToken), .forbidden)
                #expect(try await service.accounts.user(user.id)?.isDisabled == false)
                #expect(try await service.accounts.user(user.id)?.firstName == nil)
            }
        }
    }

    @Test func anAdministratorCannotLockItselfOut() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        expectRefusal(
            try await put(service, two.boss, #"{"disabled":true}"#, token: two.bossToken), .badRequest,
            "an administrator cannot disable itself")
        #expect(
            try await put(service, two.boss, #"{"disabled":false}"#, token: two.bossToken).status == .ok)
        #expect(try await service.send(.get, "/profile", token: two.bossToken).status == .ok)
    }
}
