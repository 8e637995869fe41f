import Testing

@testable import HTTP

/// Who is asked is `good.example:5000`; `trusted.example` is on the list.
@Suite struct CrossSiteGuardTests {
    private static let own = "http://good.example:5000"
    private static let unsafe: [HTTP.Method] = [.post, .put, .patch, .delete, .trace, .query]

    private func sign(
        _ fields: [(RequestField, String)], _ method: HTTP.Method = .post, host: String = "good.example:5000",
        isSecure: Bool = false, forwardedHost: String? = nil
    ) throws -> CrossSiteGuard.Sign? {
        let head = RequestHead(
            method: method, target: try RequestTarget(Array("/sessions".utf8)[...], method: method),
            fields: RequestFields([(.host, host)] + fields))
        let trusted = try #require(WebOrigin(Array("https://trusted.example".utf8)[...]))
        return CrossSiteGuard(trusted: [trusted]).sign(
            in: Request(head: head),
            from: ClientOrigin(address: .unknown, isSecure: isSecure, host: forwardedHost))
    }

    @Test func clientsThatAreNoBrowsersPass() throws {
        for method in HTTP.Method.allCases { #expect(try sign([], method) == nil) }
        #expect(try sign([(.userAgent, "curl/7.88.1"), (.cookie, "session_id=x"), (.accept, "*/*")]) == nil)
        #expect(try sign([(.referer, "")]) == nil)
    }

    @Test func asksNothingOfRequestsThatChangeNothing() throws {
        let foreign: [(RequestField, String)] = [
            (.secFetchSite, "cross-site"), (.origin, "https://evil.example"),
            (.referer, "https://evil.example/"),
        ]
        for method in [HTTP.Method.get, .head, .options] { #expect(try sign(foreign, method) == nil) }
        for method in Self.unsafe { #expect(try sign(foreign, method) == .fetchSite) }
    }

    /// Every combination: Sec-Fetch-Site, Origin, Referer → what gives it away.
    @Test func everyCombination() throws {
        let sites = [nil, "same-origin", "same-site", "none", "cross-site", "something-new"]
        let pages = [nil, Self.own, "http://evil.example", "null"]
        let referers = [nil, Self.own + "/page", "http://evil.example/" + Self.own]
        for method in Self.unsafe {
            for site in sites {
                for page in pages {
                    for referer in referers {
                        var fields: [(RequestField, String)] = []
                        if let site { fields.append((.secFetchSite, site)) }
                        if let page { fields.append((.origin, page)) }
                        if let referer { fields.append((.referer, referer)) }
                        let expected: CrossSiteGuard.Sign? =
                            if site == "cross-site" {
                                .fetchSite
                            } else if let page {
                                page == Self.own || page == "null" && site == "same-origin" ? nil : .origin
                            } else if let referer {
                                referer == Self.own + "/page" ? nil : .referer
                            } else {
                                site == "same-site" ? .fetchSite : nil
                            }
                        #expect(try sign(fields, method) == expected, "\(method) \(fields)")
                    }
                }
            }
        }
    }

    @Test func aListedOriginPassesWhateverElseIsSaid() throws {
        for site in ["cross-site", "same-site", "same-origin", "none"] {
            #expect(try sign([(.secFetchSite, site), (.origin, "https://trusted.example")]) == nil)
            #expect(try sign([(.secFetchSite, site), (.origin, "HTTPS://TRUSTED.EXAMPLE:443")]) == nil)
        }
        for other in [
            "http://trusted.example", "https://trusted.example:8443", "https://trusted.example.",
            "https://a.trusted.example",
            "https://trusted.example.evil.example", "https://trusted.example@evil.example",
            "https://trusted.example/",
        ] { #expect(try sign([(.origin, other)]) == .origin, "\(other)") }
        // By its Origin, not by what may be left of an address.
        #expect(
            try sign([(.secFetchSite, "cross-site"), (.referer, "https://trusted.example/")]) == .fetchSite)
    }

    @Test(arguments: [
        "", " ", "null", "*", "good.example:5000", "https://good.example:5000.evil.org",
        "http://good.example",
        "http://good.example:80", "http://good.example:5001", "http://good.example.:5000",
        "ftp://good.example:5000",
        "http://good.example:5000/", "http://good.example:5000@evil.org", "http://user@good.example:5000",
        "http://good.example:5000 http://evil.org", "http://good.example:5000, http://evil.org",
        "http://good.example:5000,http://good.example:5000", "http://evil.org#http://good.example:5000",
        "file://",
        "http://g\u{f6}od.example:5000", "http://good.example:5000\0", "data:text/html,x", "about:blank",
    ])
    func hostileOriginsAreForeign(_ text: String) throws {
        #expect(try sign([(.origin, text)]) == .origin)
        // The other field does not make up for it.
        #expect(try sign([(.origin, text), (.referer, Self.own + "/")]) == .origin)
    }

    @Test func theCaseOfTheOwnOriginDoesNotMatter() throws {
        for text in ["HTTP://GOOD.EXAMPLE:5000", "http://Good.Example:5000", "https://good.example:5000"] {
            #expect(try sign([(.origin, text)]) == nil)
        }
    }

    @Test func severalOriginsAreForeignThoughEachIsOurs() throws {
        #expect(try sign([(.origin, Self.own), (.origin, Self.own)]) == .origin)
        #expect(try sign([(.origin, Self.own), (.origin, "http://evil.example")]) == .origin)
        #expect(
            try sign([(.origin, "https://trusted.example"), (.origin, "http://evil.example")]) == .origin)
        #expect(try sign([(.referer, Self.own + "/"), (.referer, Self.own + "/")]) == .referer)
        #expect(try sign([(.secFetchSite, "same-origin"), (.secFetchSite, "same-origin")]) == .fetchSite)
        #expect(try sign([(.secFetchSite, "same-origin"), (.secFetchSite, "cross-site")]) == .fetchSite)
    }

    @Test func fetchSiteInAnyCase() throws {
        for text in ["Cross-Site", "CROSS-SITE"] { #expect(try sign([(.secFetchSite, text)]) == .fetchSite) }
        #expect(try sign([(.secFetchSite, "Same-Site")]) == .fetchSite)
        #expect(try sign([(.secFetchSite, "")]) == nil)
    }

    @Test(arguments: [
        "http://evil.example", "http://evil.example/?http://good.example:5000/", "good.example:5000", "/page",
        "about:blank",
        "http://good.example:5000@evil.example/", "http://good.example/", "android-app://com.example/",
        "http://good.example:5000.evil.example/", "http://good.example:5000\\.evil.example/", "javascript:x",
    ])
    func hostileReferersAreForeign(_ text: String) throws {
        #expect(try sign([(.referer, text)]) == .referer)
    }

    @Test(arguments: ["", "/", "/a?b#c", "?b", "#c", "/a/http://evil.example"])
    func aRefererOfOursPassesWhateverItsPath(_ rest: String) throws {
        #expect(try sign([(.referer, Self.own + rest)]) == nil)
    }

    @Test func behindAProxyTheHostIsTheOneThatItsClientAskedFor() throws {
        let page: [(RequestField, String)] = [(.origin, "https://app.example")]
        #expect(try sign(page, host: "app.example") == nil)
        #expect(try sign(page, host: "127.0.0.1:5000") == .origin)
        #expect(try sign(page, host: "127.0.0.1:5000", isSecure: true, forwardedHost: "app.example") == nil)
        #expect(
            try sign(page, host: "app.example", isSecure: true, forwardedHost: "other.example") == .origin)
    }

    @Test func aPageInTheClearIsForeignToWhatIsAskedOverTLS() throws {
        #expect(try sign([(.origin, "http://good.example")], host: "good.example", isSecure: true) == .origin)
        #expect(try sign([(.origin, "https://good.example")], host: "good.example", isSecure: true) == nil)
    }

    @Test func withoutAHostNoPageIsOurs() throws {
        #expect(try sign([(.origin, "http://a")], host: "") == .origin)
        #expect(try sign([], host: "") == nil)
    }
}
