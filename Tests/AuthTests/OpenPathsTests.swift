import HTTP
import Testing

@testable import Auth

@Suite struct OpenPathsTests {
    private static let originals = [
        "/", "/api/v1/status", "/api/v1/unauthorized", "/api/v1/forbidden", "/api/v1/auth_session/login",
        "POST /users", "POST /sessions", "POST|PUT /reset_password",
    ]

    private func areOpen(_ list: [String], _ method: HTTP.Method, _ path: String) throws -> Bool {
        try list.contains { try #require(OpenPath($0)).covers(method, path) }
    }

    @Test(arguments: [
        "/", "/api/v1/status", "/api/v1/status/", "/api/v1/unauthorized", "/api/v1/forbidden/",
        "/api/v1/auth_session/login", "/api/v1/auth_session/login/",
    ])
    func opensTheOriginalsPathsForEveryMethod(_ path: String) throws {
        for method in HTTP.Method.allCases { #expect(try areOpen(Self.originals, method, path), "\(method)") }
    }

    @Test(arguments: [
        (HTTP.Method.post, "/users"), (.post, "/users/"), (.post, "/sessions"), (.post, "/reset_password"),
        (.put, "/reset_password"), (.put, "/reset_password/"), (.options, "/users"), (.options, "/sessions"),
        (.options, "/reset_password"),
    ])
    func opensTheFormAPIForItsMethodsAndOptions(_ method: HTTP.Method, _ path: String) throws {
        #expect(try areOpen(Self.originals, method, path))
    }

    @Test(arguments: [
        (HTTP.Method.get, "/users"), (.head, "/users"), (.put, "/users"), (.delete, "/users"),
        (.get, "/sessions"), (.delete, "/sessions"), (.get, "/reset_password"), (.delete, "/reset_password"),
        (.patch, "/reset_password"), (.head, "/reset_password"),
    ])
    func keepsTheFormAPIClosedForOtherMethods(_ method: HTTP.Method, _ path: String) throws {
        #expect(try !areOpen(Self.originals, method, path))
    }

    @Test(arguments: [
        "/api/v1/statusXYZ", "/api/v1/status/x", "/api/v1/x/api/v1/status", "/api/v1/%73tatus/../users",
        "/api/v1/statu", "/api/v1/STATUS", "/API/v1/status", "/api/v1/status//", "//api/v1/status",
        "/api/v1//status", "/api/v1/status;x=1", "/api/v1/status ", " /api/v1/status", "/api/v1/status\0",
        "/api/v1/status?", "/api/v1/status\u{301}", "/api/v1/status/\u{301}", "/api/v1/ſtatus",
        "/api/v1/stat\u{75}\u{308}s", "/api/v1/%73tatus", "/api/v1/auth_session",
        "/api/v1/auth_session/loginX",
        "/api/v1/unauthorizedX", "", "*", "api/v1/status", "/profile", "/x", "/\u{301}",
    ])
    func opensNothingElse(_ path: String) throws {
        for method in HTTP.Method.allCases {
            #expect(try !areOpen(Self.originals, method, path), "\(method)")
        }
    }

    /// The Kelvin sign and K are the same `String`, and different paths.
    @Test func comparesOctetsNotWhatLooksTheSame() throws {
        #expect(try areOpen(["/K"], .get, "/K"))
        #expect(try !areOpen(["/K"], .get, "/\u{212a}"))
        #expect(try !areOpen(["/K*"], .get, "/\u{212a}"))
        #expect(try areOpen(["/cafe*"], .get, "/cafe\u{301}"))
    }

    @Test func opensAPrefixWithAStar() throws {
        for path in ["/public", "/publicity", "/public/", "/public/a/b"] {
            #expect(try areOpen(["/public*"], .get, path), "\(path)")
        }
        for path in ["/publi", "/x/public", "/", "", "/Public"] {
            #expect(try !areOpen(["/public*"], .get, path), "\(path)")
        }
    }

    @Test func aPrefixWithASlashOpensOnlyWhatLiesBelow() throws {
        #expect(try areOpen(["/public/*"], .get, "/public/"))
        #expect(try areOpen(["/public/*"], .get, "/public/x"))
        #expect(try !areOpen(["/public/*"], .get, "/public"))
        #expect(try !areOpen(["/public/*"], .get, "/publicity"))
    }

    @Test func aStarAfterTheRootOpensEverything() throws {
        #expect(try areOpen(["/*"], .delete, "/api/v1/users"))
        #expect(try !areOpen(["/"], .get, "/api/v1/users"))
    }

    @Test func anEntryMayEndInASlash() throws {
        #expect(try areOpen(["/docs/"], .get, "/docs"))
        #expect(try areOpen(["/docs/"], .get, "/docs/"))
        #expect(try !areOpen(["/docs/"], .get, "/docs/x"))
    }

    @Test func headGoesWithGetAndCanBeOpenedAlone() throws {
        #expect(try areOpen(["GET /x"], .head, "/x"))
        #expect(try !areOpen(["GET /x"], .post, "/x"))
        #expect(try areOpen(["HEAD /x"], .head, "/x"))
        #expect(try !areOpen(["HEAD /x"], .get, "/x"))
        #expect(try !areOpen(["POST /x"], .head, "/x"))
    }

    @Test func aPrefixMayHaveMethods() throws {
        #expect(try areOpen(["GET|PUT /x/*"], .put, "/x/y"))
        #expect(try !areOpen(["GET|PUT /x/*"], .post, "/x/y"))
    }

    @Test func anEmptyListOpensNothing() throws {
        #expect(try !areOpen([], .get, "/"))
    }

    @Test(arguments: [
        "", " ", "x", "*", "api/v1/status", " /x", "/x ", "GET", "GET ", "GET  /x", "get /x", "FETCH /x",
        "GET| /x", "|GET /x", "GET||PUT /x", "GET,PUT /x", "/x /y", "GET /x /y", "\u{301}/x", "/\u{301}x",
        "/a*b",
        "/caf\u{e9}", "/a//b", "/a/../b", "/%61", "/a?b",
    ])
    func refusesAMalformedEntry(_ entry: String) {
        #expect(OpenPath(entry) == nil)
    }
}
