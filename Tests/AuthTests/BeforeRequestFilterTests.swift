import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@Suite struct BeforeRequestFilterTests {
    /// What a request can show.
    enum Credential: CaseIterable {
        case emptyCookie, liveCookie, unknownCookie, foreignAuthorization, goodBasic, wrongBasic
    }

    private enum SchemeName: CaseIterable {
        case session, basic
    }

    private let service: TestAccounts
    private let token: SecretToken

    init() async throws {
        service = try TestAccounts(.sessions(durable: true))
        _ = try await service.register("ada@example.org")
        token = try await service.signIn("ada@example.org")
    }

    private func filter(_ schemes: [SchemeName]?) throws -> BeforeRequestFilter {
        BeforeRequestFilter(
            schemes: schemes?.map { name in
                switch name {
                case .session:
                    .session(
                        SessionCookieScheme(cookieName: "session_id", sessions: service.accounts.sessions))
                case .basic: .basic(BasicScheme(accounts: service.accounts))
                }
            }, openPaths: [try #require(OpenPath("/open"))], cookieName: "session_id")
    }

    private func request(_ fields: [(RequestField, String)], path: String = "/closed") -> Request {
        Request(
            head: RequestHead(
                method: .get, target: RequestTarget(path: path), fields: RequestFields(fields)))
    }

    private func basic(_ password: String) -> String {
        "Basic " + Data("ada@example.org:\(password)".utf8).base64EncodedString()
    }

    private func field(_ credential: Credential) -> (RequestField, String) {
        switch credential {
        case .emptyCookie: (.cookie, "session_id=")
        case .liveCookie: (.cookie, "session_id=\(token.text)")
        case .unknownCookie: (.cookie, "session_id=\(SecretToken.random().text)")
        case .foreignAuthorization: (.authorization, "Bearer abc")
        case .goodBasic: (.authorization, basic("correct horse"))
        case .wrongBasic: (.authorization, basic("wrong"))
        }
    }

    private func word(_ verdict: BeforeRequestFilter.Verdict) -> String {
        switch verdict {
        case .open: "open"
        case .unfiltered: "unfiltered"
        case .signedIn(let signedIn): signedIn.scheme.rawValue
        case .missing: "missing"
        case .unknown: "unknown"
        }
    }

    private func verdict(_ schemes: [SchemeName]?, _ fields: [(RequestField, String)]) async throws -> String
    {
        word(try await filter(schemes).judge(request(fields), from: .unknown, at: service.clock.now))
    }

    // Of two Authorization lines the first counts; the gate lets only one through.
    private static let shown: [[Credential]] =
        [[]] + Credential.allCases.map { [$0] }
        + [
            [.emptyCookie, .goodBasic], [.emptyCookie, .wrongBasic], [.emptyCookie, .foreignAuthorization],
            [.liveCookie, .goodBasic], [.liveCookie, .wrongBasic], [.liveCookie, .foreignAuthorization],
            [.unknownCookie, .goodBasic], [.unknownCookie, .wrongBasic],
            [.unknownCookie, .foreignAuthorization], [.unknownCookie, .liveCookie],
            [.liveCookie, .unknownCookie], [.emptyCookie, .liveCookie], [.emptyCookie, .unknownCookie],
        ]

    @Test(arguments: shown)
    func judgesEveryCombinationOfSchemesAndCredentials(_ shown: [Credential]) async throws {
        let fields = shown.map(field)
        for schemes: [SchemeName] in [[], [.session], [.basic], [.session, .basic], [.basic, .session]] {
            let expected =
                if schemes.contains(.session), shown.contains(.liveCookie) {
                    "session"
                } else if schemes.contains(.basic), shown.contains(.goodBasic) {
                    "basic"
                } else if shown.isEmpty || shown == [.emptyCookie] {
                    "missing"
                } else {
                    "unknown"
                }
            #expect(try await verdict(schemes, fields) == expected, "\(schemes)")
        }
        #expect(try await verdict(nil, fields) == "unfiltered")
    }

    @Test func anOpenPathIsOpenWhateverIsShown() async throws {
        for credential in Credential.allCases {
            let request = request([field(credential)], path: "/open/")
            #expect(
                word(try await filter([.basic]).judge(request, from: .unknown, at: service.clock.now))
                    == "open")
        }
        let request = request([field(.liveCookie)], path: "/open")
        #expect(word(try await filter([]).judge(request, from: .unknown, at: service.clock.now)) == "open")
        #expect(
            word(try await filter(nil).judge(request, from: .unknown, at: service.clock.now)) == "unfiltered")
    }

    @Test(arguments: [
        "session_id=TOKEN", "a=b; session_id=TOKEN; c=d", "session_id=\"TOKEN\"",
        "session_id=UNKNOWN; session_id=TOKEN", "session_id=; session_id=TOKEN",
        "session_id=x; session_id=UNKNOWN; session_id=TOKEN", "session_id=TOKEN; session_id=UNKNOWN",
        "session_id= TOKEN ",
    ])
    func findsTheFirstValidCookie(_ cookies: String) async throws {
        let line = cookies.replacing("TOKEN", with: token.text)
            .replacing("UNKNOWN", with: SecretToken.random().text)
        #expect(try await verdict([.session], [(.cookie, line)]) == "session")
    }

    @Test func findsAValidCookieInALaterLine() async throws {
        let lines = [field(.unknownCookie), (.cookie, "other=1"), field(.liveCookie)]
        #expect(try await verdict([.session], lines) == "session")
    }

    @Test(arguments: [
        "", "session_id", "session_id=", "session_id=\"\"", "Session_Id=TOKEN", "xsession_id=TOKEN",
        "session_id2=TOKEN", "other=session_id=TOKEN", "session_id=; session_id=\"\"", ";;;",
    ])
    func takesAnEmptyOrForeignCookieForNone(_ cookies: String) async throws {
        let line = cookies.replacing("TOKEN", with: token.text)
        #expect(try await verdict([.session], [(.cookie, line)]) == "missing")
    }

    @Test(arguments: ["TOKENx", "xTOKEN", "TOKEN=", "TOKEN,TOKEN", "TOKEN TOKEN", "\"TOKEN", "x", "%41"])
    func takesAnyOtherValueForACredentialOfNobody(_ value: String) async throws {
        let line = "session_id=" + value.replacing("TOKEN", with: token.text)
        #expect(try await verdict([.session], [(.cookie, line)]) == "unknown")
    }

    @Test func anEmptyAuthorizationIsACredentialOfNobody() async throws {
        #expect(try await verdict([.session], [(.authorization, "")]) == "unknown")
    }

    @Test func saysWhoItIs() async throws {
        let judged = try await filter([.session]).judge(
            request([field(.liveCookie)]), from: .unknown, at: service.clock.now)
        guard case .signedIn(let signedIn) = judged else {
            Issue.record("not signed in")
            return
        }
        #expect(signedIn.user.email == EmailAddress("ada@example.org"))
        #expect(signedIn.session?.id == SessionID(token))
        #expect(signedIn.rendering != nil)
    }

    @Test func anExpiredSessionIsACredentialOfNobody() async throws {
        service.clock.advance(by: .milliseconds(43_200_000 - 1))
        #expect(try await verdict([.session], [field(.liveCookie)]) == "session")
        service.clock.advance(by: .milliseconds(1))
        #expect(try await verdict([.session], [field(.liveCookie)]) == "unknown")
    }

    @Test func aStoreThatCannotSayIsDoubtAndNotNo() async throws {
        service.store.base.failing = true
        for credential in [Credential.goodBasic, .wrongBasic] {
            await #expect(throws: StoreFailure.self) { try await verdict([.basic], [field(credential)]) }
        }
    }

    @Test func aSessionIsKnownWithoutTheStoreWhateverElseIsShown() async throws {
        service.store.base.failing = true
        let fields = [field(.wrongBasic), field(.liveCookie)]
        #expect(try await verdict([.session], fields) == "session")
        #expect(try await verdict([.basic, .session], fields) == "session")
    }

    @Test func aStoreThatFailsDoesNotMatterWithoutCredentials() async throws {
        service.store.base.failing = true
        #expect(try await verdict([.session, .basic], []) == "missing")
        #expect(try await verdict([.basic], [field(.foreignAuthorization)]) == "unknown")
    }

    private static let cookie = #"Cookie realm="sessiond", cookie-name="session_id""#
    private static let password = #"Basic realm="sessiond", charset="UTF-8""#

    private func challenges(_ schemes: [SchemeName]?, accept: String?) throws -> [String] {
        let fields = accept.map { [(RequestField.accept, $0)] } ?? []
        let challenges = try filter(schemes).challenges(
            for: request(fields), after: nil, at: service.clock.now)
        #expect(challenges.allSatisfy { $0.name == "WWW-Authenticate" })
        return challenges.map(\.value)
    }

    @Test(arguments: [nil, "", "*/*", "application/json", "text/html;q=0.1, application/json"])
    func challengesForEverySchemeThatIsOn(_ accept: String?) throws {
        #expect(try challenges(nil, accept: accept) == [])
        #expect(try challenges([], accept: accept) == [])
        #expect(try challenges([.session], accept: accept) == [Self.cookie])
        #expect(try challenges([.basic], accept: accept) == [Self.password])
        #expect(try challenges([.session, .basic], accept: accept) == [Self.cookie, Self.password])
    }

    @Test(arguments: ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"])
    func spareABrowserTheDialogUnlessThereIsNothingElse(_ accept: String) throws {
        #expect(try challenges([.session, .basic], accept: accept) == [Self.cookie])
        #expect(try challenges([.basic, .session], accept: accept) == [Self.cookie])
        #expect(try challenges([.basic], accept: accept) == [Self.password])
    }
}

extension BeforeRequestFilter {
    /// Both looks.
    func judge(_ request: Request, from address: PeerAddress, at now: Moment) async throws -> Verdict {
        switch glance(request, at: now) {
        case .found(let verdict): verdict
        case .shows(let field): try await judge(field, request, from: address, at: now)
        }
    }
}
