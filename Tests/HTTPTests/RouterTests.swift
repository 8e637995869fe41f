import Testing

@testable import HTTP

@Suite struct RouterTests {
    private static let names = [
        "root", "list", "create", "read", "delete", "me", "key", "kelvin", "by kelvin",
    ]

    private let router: Router = {
        var router = Router()
        func add(_ method: HTTP.Method, _ pattern: String, _ name: String) {
            router.add(method, pattern, RouterTests.names.firstIndex(of: name) ?? -1)
        }
        add(.get, "/", "root")
        add(.get, "/users", "list")
        add(.post, "/users/", "create")
        add(.get, "/users/:id", "read")
        add(.delete, "/users/:id", "delete")
        add(.get, "/users/me", "me")
        add(.put, "/users/:id/keys/:key", "key")
        add(.put, "/Kelvin", "kelvin")
        add(.get, "/Kelvin/:id", "by kelvin")
        return router
    }()

    private func find(_ method: HTTP.Method, _ path: String) -> String? {
        router.match(path)?.resource.number(for: method).map { Self.names[$0] }
    }

    @Test func findsAnExactPath() {
        #expect(find(.get, "/") == "root")
        #expect(find(.get, "/users") == "list")
        #expect(find(.post, "/users") == "create")
        #expect(find(.get, "/user") == nil)
        #expect(find(.get, "/userss") == nil)
        #expect(find(.get, "/Users") == nil)
        #expect(find(.get, "users") == nil)
        #expect(find(.get, "*") == nil)
        #expect(find(.get, "") == nil)
    }

    @Test func ignoresOneTrailingSlashAndNotTwo() {
        #expect(find(.get, "/users/") == "list")
        #expect(find(.post, "/users/") == "create")
        #expect(find(.get, "/users/7/") == "read")
        #expect(find(.put, "/users/7/keys/8/") == "key")
        #expect(router.match("/users//") == nil)
        #expect(router.match("/users/7//") == nil)
        #expect(router.match("//users") == nil)
        #expect(router.match("/users//keys/8") == nil)
    }

    @Test func takesOneSegmentForAParameter() throws {
        let match = try #require(router.match("/users/7/keys/é:"))
        #expect(match.parameters["id"] == "7")
        #expect(match.parameters["key"] == "é:")
        #expect(match.parameters["other"] == nil)
        #expect(router.match("/users/7/keys") == nil)
        #expect(router.match("/users/7/keys/8/9") == nil)
        #expect(router.match("/users/7/Keys/8") == nil)
        #expect(router.match("/users/:id")?.parameters["id"] == ":id")
    }

    @Test func prefersAnExactPathToAPattern() {
        #expect(find(.get, "/users/me") == "me")
        #expect(find(.get, "/users/me/") == "me")
        #expect(find(.get, "/users/mee") == "read")
        #expect(router.match("/users/me")?.parameters["id"] == nil)
        // The path decides, not the method.
        #expect(find(.delete, "/users/me") == nil)
    }

    @Test func servesHeadByGet() {
        #expect(find(.head, "/users") == "list")
        #expect(find(.head, "/users/7") == "read")
        #expect(find(.head, "/Kelvin") == nil)
        #expect(find(.options, "/users") == nil)
    }

    @Test(arguments: [
        ("/", "GET, HEAD, OPTIONS"), ("/users", "GET, HEAD, POST, OPTIONS"),
        ("/users/7", "GET, HEAD, DELETE, OPTIONS"),
        ("/Kelvin", "PUT, OPTIONS"), ("/users/me", "GET, HEAD, OPTIONS"),
    ])
    func listsWhatIsAllowed(_ path: String, _ allow: String) {
        #expect(router.match(path)?.resource.allow == allow)
    }

    /// Swift compares strings by canonical equivalence; a path is a row of octets.
    @Test func comparesOctets() {
        #expect(find(.put, "/Kelvin") == "kelvin")
        #expect(router.match("/\u{212A}elvin") == nil)
        #expect(router.match("/\u{212A}elvin/") == nil)
        #expect(router.match("/\u{212A}elvin/7") == nil)
        #expect(find(.get, "/Kelvin/\u{212A}") == "by kelvin")
        #expect(router.match("/Kelvin/\u{212A}")?.parameters["id"]?.utf8.count == 3)
    }

    /// U+0600 and the character after it are one for Swift; so are a slash and U+0338.
    @Test func cutsAtOctetsNotAtCharacters() {
        #expect(router.match("/users\u{600}/") == nil)
        #expect(router.match("/users\u{600}") == nil)
        #expect(router.match("/users/\u{600}/")?.parameters["id"] == "\u{600}")
        #expect(router.match("/users/7\u{600}/")?.parameters["id"] == "7\u{600}")
        let key = router.match("/users/7/keys/\u{338}8")?.parameters["key"]
        #expect(key.map { Array($0.utf8) } == Array("\u{338}8".utf8))
    }

    @Test func keepsEquivalentPathsApart() {
        var router = Router()
        router.add(.get, "/\u{e9}", 1)
        router.add(.get, "/e\u{301}", 2)
        #expect(router.match("/\u{e9}")?.resource.number(for: .get) == 1)
        #expect(router.match("/e\u{301}")?.resource.number(for: .get) == 2)
    }
}
