import Testing

@testable import App
@testable import Auth
@testable import HTTP

/// `/openapi.json` says what the route table has: no less, no more, and nothing else about it.
struct APIDocumentTests {
    private let document = APIDocument(
        schemes: [.session, .basic], openPaths: OpenPath.originals, cookieName: "session_id",
        shortestPassword: 5)

    private func served(_ document: APIDocument) throws -> [String: JSONValue] {
        let head = RequestHead(
            method: .post, target: RequestTarget(path: "/"),
            fields: RequestFields([(.contentType, "application/json")]))
        var limits = JSONLimits()
        (limits.depth, limits.values) = (64, 100_000)
        let object = try JSONObject(
            Request(head: head, body: document.text, id: RequestID(rawValue: 1)), limits: limits)
        return try members(object["paths"])
    }

    private func members(_ value: JSONValue?) throws -> [String: JSONValue] {
        guard case .object(let members) = try #require(value) else { throw NotAnObject() }
        return members
    }

    private struct NotAnObject: Error {}

    private func row(_ method: HTTP.Method, _ path: String) -> String { "\(method.rawValue) \(path)" }

    @Test func describesEveryRouteAndNothingElse() throws {
        let routes = try ApplicationService().routes.map { row($0.method, $0.pattern) }
        let described = APIOperation.all.map { row($0.method, $0.pattern) }
        #expect(Set(described) == Set(routes))
        #expect(described.count == routes.count)
        let written = try served(document).flatMap { path, methods in
            try members(methods).keys.map { "\($0.uppercased()) \(path)" }
        }
        #expect(Set(written) == Set(APIOperation.all.map { row($0.method, $0.template) }))
    }

    @Test func deniesAsTheRouteDoes() throws {
        let routes = try ApplicationService().routes
        for operation in APIOperation.all {
            let route = try #require(
                routes.first { $0.method == operation.method && $0.pattern == operation.pattern })
            #expect(route.denial == operation.denial, "\(operation.id)")
        }
    }

    @Test func namesTheParametersOfThePath() {
        for operation in APIOperation.all {
            let segments = operation.pattern.split(separator: "/").filter { $0.first == ":" }
            #expect(operation.path.map(\.name) == segments.map { String($0.dropFirst()) }, "\(operation.id)")
        }
    }

    @Test func givesEveryOperationANameOfItsOwn() {
        #expect(Set(APIOperation.all.map(\.id)).count == APIOperation.all.count)
    }

    @Test func answersEachStatusOnce() {
        for operation in APIOperation.all {
            let statuses = document.answers(of: operation).map(\.status)
            #expect(Set(statuses).count == statuses.count, "\(operation.id)")
            // Its own, not only what any request may be answered.
            #expect(!operation.answers.isEmpty, "\(operation.id)")
        }
    }

    @Test func demandsTheSchemesWhereTheFilterDoes() throws {
        let open: JSONValue = []
        let closed: JSONValue = [["session": []], ["basic": []]]
        let paths = try served(document)
        for (path, method, security) in [
            ("/users", "post", open), ("/sessions", "post", open), ("/sessions", "delete", closed),
            ("/api/v1/auth_session/login", "post", open), ("/api/v1/users/{id}", "get", closed),
            ("/openapi.json", "get", open), ("/api/v1/users", "post", closed),
        ] {
            let operation = try members(members(paths[path])[method])
            #expect(operation["security"] == security, "\(method) \(path)")
        }
    }

    @Test func knowsEveryScheme() {
        let known = APIComponents.security(cookieName: "session_id")
        #expect(known.count == 4)
        for scheme in Configuration.Scheme.allCases { #expect(known[scheme.rawValue] != nil, "\(scheme)") }
    }

    @Test func saysWhatTheFilterAnswers() throws {
        let paths = try served(document)
        for (path, unauthorized, forbidden) in [
            ("/api/v1/stats", true, true), ("/profile", false, true), ("/sessions/whoami", true, false),
            ("/livez", false, false),
        ] {
            let answers = try members(members(members(paths[path])["get"])["responses"])
            #expect((answers["401"] != nil) == unauthorized, "\(path)")
            #expect((answers["403"] != nil) == forbidden, "\(path)")
        }
    }

    @Test func aStaleNonceIs401WhereAllElseIs403() throws {
        let withDigest = APIDocument(
            schemes: [.session, .digest], openPaths: OpenPath.originals, cookieName: "session_id",
            shortestPassword: 5)
        let profile = try members(members(served(withDigest)["/profile"])["get"])
        let answers = try members(profile["responses"])
        #expect(answers["401"] != nil && answers["403"] != nil)
    }

    @Test func saysThatTheKeySetAloneMayBeKept() async throws {
        let kept = APIOperation.all.filter { operation in
            document.answers(of: operation).contains { $0.fields.contains("Cache-Control") }
        }
        #expect(kept.map(\.id) == ["getKeySet"])
        let answer = try await ApplicationService().send(.get, "/.well-known/jwks.json")
        let age = try #require(answer.fields.first { $0.name == "Cache-Control" }).value
        #expect(try members(APIHeader.keySetAge.definition)["schema"] == .object(APISchema.text(age).json))
    }

    @Test func demandsNothingWithoutAFilter() throws {
        let free = APIDocument(schemes: [], openPaths: nil, cookieName: "session_id", shortestPassword: 5)
        for (path, methods) in try served(free) {
            for (method, operation) in try members(methods) {
                #expect(try members(operation)["security"] == [], "\(method) \(path)")
            }
        }
    }

    @Test func withoutASchemeNothingIsOpenThatWasNot() throws {
        let closed = APIDocument(
            schemes: [], openPaths: OpenPath.originals, cookieName: "session_id", shortestPassword: 5)
        let profile = try members(members(served(closed)["/profile"])["get"])
        #expect(profile["security"] == [["session": []]])
    }

    @Test func referencesLeadSomewhere() throws {
        let text = String(decoding: document.text, as: UTF8.self)
        let schemas = APIComponents.schemas(shortestPassword: 5)
        var found = 0
        for part in text.split(separator: "#/components/").dropFirst() {
            let words = part.prefix { $0 != "\"" }.split(separator: "/").map(String.init)
            try #require(words.count == 2)
            let isThere =
                switch words[0] {
                case "schemas": schemas[words[1]] != nil
                case "responses": APIAnswer.ofErrors[words[1]] != nil
                case "headers": APIHeader.all.contains { $0.name == words[1] }
                default: false
                }
            #expect(isThere, "\(words)")
            found += 1
        }
        #expect(found > 100)
    }

    @Test func linksLeadToOperations() throws {
        let ids = Set(APIOperation.all.map(\.id))
        let targets = APIOperation.all.flatMap(\.answers).flatMap(\.links)
        #expect(targets.count > 5)
        for link in targets {
            #expect(ids.contains(link.operation))
            let target = try #require(APIOperation.all.first { $0.id == link.operation })
            #expect(Set(link.parameters.keys).isSubset(of: target.path.map(\.name)))
        }
    }

    @Test func isTheSameTextEachTime() async throws {
        let service = try ApplicationService()
        let first = try await service.send(.get, "/openapi.json")
        #expect(first.status == .ok)
        #expect(first.text.hasPrefix(#"{"components":{"#) && first.text.hasSuffix("}\n"))
        #expect(try await service.send(.get, "/openapi.json").body == first.body)
    }

    @Test func namesTheCookieAndTheShortestPasswordOfTheConfiguration() {
        let other = APIDocument(schemes: [.session], openPaths: [], cookieName: "sid", shortestPassword: 12)
        let text = String(decoding: other.text, as: UTF8.self)
        #expect(text.contains(#""in":"cookie","name":"sid""#))
        #expect(text.contains(#""minLength":12"#) && text.contains("8 characters at least"))
    }
}
