import Auth
import HTTP
import Testing

@testable import App

/// Paths that the operator opened (`auth.openPaths`), and that speak of a user all the same.
@Suite struct ApplicationOpenedPathsTests {
    @Test func anOpenedProfileStillNeedsAUser() async throws {
        let service = try ApplicationService { $0.openPaths += ["/profile", "/users/me"] }
        let token = try await service.registerTwo().adaToken
        expectRefusal(try await service.send(.get, "/profile"), .forbidden)
        expectRefusal(try await service.send(.get, "/profile", token: "x"), .forbidden)
        expectRefusal(try await service.send(.get, "/users/me"), .notFound)
        let profile = try await service.send(.get, "/profile", token: token)
        #expect(profile.text == "{\"email\":\"ada@example.org\"}\n")
        #expect(try await service.send(.get, "/users/me", token: token).status == .ok)
    }

    @Test func openedUsersAreForAnybody() async throws {
        let service = try ApplicationService { $0.openPaths += ["/api/v1/users", "/api/v1/users/*"] }
        let (boss, _, ada, token) = try await service.registerTwo()
        for token in [nil, "x", token] {
            #expect(try await service.send(.get, "/api/v1/users", token: token).status == .ok)
            #expect(try await service.send(.get, "/api/v1/users/\(boss.id)", token: token).status == .ok)
        }
        let renamed = try await service.send(
            .put, "/api/v1/users/\(ada.id)", .json(#"{"first_name":"Ada"}"#))
        #expect(renamed.status == .ok)
    }

    @Test func anOpenedSignOutEndsTheSessionOfItsCookie() async throws {
        let service = try ApplicationService {
            $0.openPaths += ["/api/v1/auth_session/logout", "DELETE /sessions"]
        }
        let token = try await service.registerTwo().adaToken
        expectRefusal(try await service.send(.delete, "/api/v1/auth_session/logout"), .notFound)
        expectRefusal(try await service.send(.delete, "/sessions"), .forbidden)
        #expect(try await service.send(.delete, "/sessions", token: token).status == .found)
        expectRefusal(try await service.send(.get, "/profile", token: token), .forbidden)
    }

    @Test func openingAPathDoesNotOpenRegistration() async throws {
        let body = ApplicationService.Body.json(#"{"email":"new@example.org","password":"correct horse"}"#)
        let service = try ApplicationService {
            $0.openPaths += ["/api/v1/users"]
            $0.registrationIsOpen = false
        }
        let (_, boss, _, ada) = try await service.registerTwo()
        for token in [nil, "x", ada] {
            expectRefusal(try await service.send(.post, "/api/v1/users", token: token, body), .forbidden)
        }
        #expect(try await service.send(.post, "/api/v1/users", token: boss, body).status == .created)
    }

    @Test func withoutAFilterClosedRegistrationIsClosed() async throws {
        let service = try ApplicationService {
            $0.schemes = nil
            $0.registrationIsOpen = false
        }
        let body = ApplicationService.Body.json(#"{"email":"new@example.org","password":"correct horse"}"#)
        expectRefusal(try await service.send(.post, "/api/v1/users", body), .forbidden)
        expectRefusal(
            try await service.send(.post, "/users", .form("email=a@b&password=correct+horse")), .forbidden)
        #expect(try await service.accounts.userCount() == 0)
    }
}
