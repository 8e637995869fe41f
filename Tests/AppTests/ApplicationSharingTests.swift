import Auth
import HTTP
import Testing

@testable import App

/// CORS as a browser sees it.
@Suite struct ApplicationSharingTests {
    private static let page: [(RequestField, String)] = [
        (.host, "api.example"), (.origin, "https://app.example"), (.secFetchSite, "cross-site"),
    ]
    private static let evil: [(RequestField, String)] = [
        (.host, "api.example"), (.origin, "https://evil.example"), (.secFetchSite, "cross-site"),
    ]

    private func service() throws -> ApplicationService {
        let origin = try #require(WebOrigin(Array("https://app.example".utf8)[...]))
        return try ApplicationService { $0.sharing = CrossOriginSharing([origin]) }
    }

    private func allowed(_ response: Response) -> [String] {
        response.values(of: "Access-Control-Allow-Origin")
            + response.values(of: "Access-Control-Allow-Credentials")
    }

    @Test func withoutAListNoAnswerSpeaksOfIt() async throws {
        let service = try ApplicationService()
        for method in [HTTP.Method.get, .options, .post] {
            let asks: [(RequestField, String)] = [(.accessControlRequestMethod, "PUT")]
            let response = try await service.send(method, "/", fields: Self.page + asks)
            #expect(!response.fields.contains { $0.name.hasPrefix("Access-Control") || $0.name == "Vary" })
        }
    }

    @Test func aPreflightNeedsNoCredential() async throws {
        let service = try service()
        let asks: [(RequestField, String)] = [(.accessControlRequestMethod, "PUT")]
        let response = try await service.send(.options, "/api/v1/users/x", fields: Self.page + asks)
        #expect(response.status == .noContent)
        #expect(response.values(of: "Access-Control-Allow-Methods") == ["GET, HEAD, PUT, DELETE, OPTIONS"])
        #expect(allowed(response) == ["https://app.example", "true"])
        #expect(response.values(of: "Vary") == ["Origin"])
    }

    @Test func aPreflightOfAnyOtherPageIsAnOrdinaryRequest() async throws {
        let service = try service()
        let asks: [(RequestField, String)] = [(.accessControlRequestMethod, "PUT")]
        for fields in [Self.evil + asks, Self.page, asks] {
            let response = try await service.send(.options, "/api/v1/users/x", fields: fields)
            #expect(response.status == .unauthorized)
            #expect(response.values(of: "Access-Control-Allow-Methods").isEmpty)
        }
        let nowhere = try await service.send(.options, "/nowhere", fields: Self.page + asks)
        #expect(nowhere.status == .unauthorized && nowhere.values(of: "Access-Control-Max-Age").isEmpty)
    }

    @Test func aListedPageMayDoWhatTheOwnOnesMay() async throws {
        let service = try service()
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        let registered = try await service.send(.post, "/users", fields: Self.page, form)
        #expect(registered.status == .ok && allowed(registered) == ["https://app.example", "true"])
        let token = try await service.signIn("ada@example.org")
        let left = try await service.send(.delete, "/sessions", token: token, fields: Self.page)
        #expect(left.status == .found && allowed(left) == ["https://app.example", "true"])
    }

    @Test func errorsAreReadableToo() async throws {
        let service = try service()
        for (method, path, status) in [
            (HTTP.Method.get, "/api/v1/users", Status.unauthorized), (.get, "/profile", .forbidden),
            (.post, "/", .methodNotAllowed),
        ] {
            let response = try await service.send(method, path, fields: Self.page)
            #expect(response.status == status)
            #expect(allowed(response) == ["https://app.example", "true"])
        }
    }

    @Test func aPageThatIsNotListedStaysOutside() async throws {
        let service = try service()
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        let response = try await service.send(.post, "/users", fields: Self.evil, form)
        expectRefusal(response, .forbidden)
        #expect(allowed(response).isEmpty && response.values(of: "Vary") == ["Origin"])
        #expect(try await allowed(service.send(.get, "/", fields: Self.evil)).isEmpty)
    }
}
