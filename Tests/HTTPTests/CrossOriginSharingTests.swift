import Testing

@testable import HTTP

@Suite struct CrossOriginSharingTests {
    private static let page = "https://app.example"

    private func request(_ method: HTTP.Method, _ fields: [(RequestField, String)]) throws -> Request {
        let target = try RequestTarget(Array("/users".utf8)[...], method: method)
        return Request(head: RequestHead(method: method, target: target, fields: RequestFields(fields)))
    }

    private func sharing(_ origins: String...) throws -> CrossOriginSharing {
        CrossOriginSharing(try origins.map { try #require(WebOrigin(Array($0.utf8)[...])) })
    }

    private func grant(_ sharing: CrossOriginSharing, _ pages: String...) throws -> [String] {
        sharing.grant(to: try request(.get, pages.map { (.origin, $0) })).map { "\($0.name): \($0.value)" }
    }

    @Test func sharesWithNobodyByDefault() throws {
        #expect(try grant(CrossOriginSharing(), Self.page) == [])
        let asked = try request(.options, [(.origin, Self.page), (.accessControlRequestMethod, "PUT")])
        #expect(CrossOriginSharing().preflight(asked, methods: "GET") == nil)
    }

    @Test func sharesWithAListedOriginByItsOwnName() throws {
        let sharing = try sharing(Self.page, "http://localhost:3000")
        #expect(
            try grant(sharing, Self.page) == [
                "Vary: Origin", "Access-Control-Allow-Origin: https://app.example",
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Expose-Headers: Link, Retry-After, X-Request-Id",
            ])
        #expect(try grant(sharing, "http://localhost:3000").count == 4)
    }

    @Test(arguments: [
        "http://app.example", "https://app.example:8443", "https://app.example.evil.org",
        "https://evil.example", "null", "*",
        "", "https://app.example/", "https://app.example@evil.org", "https://app.example, https://evil.org",
    ])
    func anyOtherOriginLearnsOnlyThatItMatters(_ page: String) throws {
        #expect(try grant(sharing(Self.page), page) == ["Vary: Origin"])
        let asked = try request(.options, [(.origin, page), (.accessControlRequestMethod, "PUT")])
        #expect(try sharing(Self.page).preflight(asked, methods: "GET") == nil)
    }

    @Test func twoOriginsAreNone() throws {
        #expect(try grant(sharing(Self.page), Self.page, Self.page) == ["Vary: Origin"])
        #expect(try grant(sharing(Self.page)) == ["Vary: Origin"])
    }

    @Test func answersAPreflightOfAListedOrigin() throws {
        let asked = try request(.options, [(.origin, Self.page), (.accessControlRequestMethod, "PUT")])
        let response = try #require(try sharing(Self.page).preflight(asked, methods: "GET, PUT"))
        #expect(response.status == .noContent && response.body.isEmpty)
        #expect(response.value(of: "Access-Control-Allow-Methods") == "GET, PUT")
        #expect(response.value(of: "Access-Control-Allow-Headers") == "Authorization, Content-Type")
        #expect(response.value(of: "Access-Control-Max-Age") == "600")
    }

    @Test func anOrdinaryRequestIsNoPreflight() throws {
        let sharing = try sharing(Self.page)
        #expect(sharing.preflight(try request(.options, [(.origin, Self.page)]), methods: "GET") == nil)
        let put = try request(.put, [(.origin, Self.page), (.accessControlRequestMethod, "PUT")])
        #expect(sharing.preflight(put, methods: "GET") == nil)
    }
}
