import Crypto
import FoundationEssentials
import TestSupport
import Testing

@testable import Auth

@Suite struct AccessTokensTests {
    @Test(arguments: SignatureAlgorithm.allCases)
    func takesWhatItIssues(algorithm: SignatureAlgorithm) async throws {
        let service = try await TokenService { $0.algorithm = algorithm }
        let token = try service.issue()
        #expect(token.utf8.count < 1_024)
        let found = service.tokens.claims(of: Array(token.utf8)[...], at: service.now.wall)
        let claims = try found.get()
        #expect(claims.user == service.session.userID && claims.session == service.session.id)
        #expect(claims.expiresAt == service.now.wall.seconds + 600)
        #expect(claims.authenticatedAt == service.session.createdAt.seconds)
        #expect(try service.issue() != token)
    }

    /// RFC 9068 §2.1 and §2.2.
    @Test func saysWhatTheProfileAsksFor() async throws {
        let service = try await TokenService {
            $0.issuer = "https://id.example.org/"
            $0.audience = "api"
        }
        let parts = try service.issue().split(separator: ".")
        let header = try #require(Base64URL.octets(parts[0].utf8))
        let key = try #require(service.keys.signer(at: service.now.wall))
        #expect(
            String(decoding: header, as: UTF8.self) == #"{"alg":"EdDSA","kid":"\#(key.id)","typ":"at+jwt"}"#)
        let payload = try #require(Base64URL.octets(parts[1].utf8))
        let claims = try #require(FlatObject.members(payload))
        #expect(
            claims.sorted() == [
                "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "sid", "sub",
            ])
    }

    @Test func neitherOutlivesItsSessionNorLivesLonger() async throws {
        let service = try await TokenService { $0.lifetime = .seconds(3_600) }
        #expect(try service.tokens.issue(for: service.session, at: service.now).lifetime == 3_600)
        service.service.clock.advance(by: .seconds(43_200 - 30))
        #expect(try service.tokens.issue(for: service.session, at: service.now).lifetime == 30)
        service.service.clock.advance(by: .seconds(30))
        #expect(try service.tokens.issue(for: service.session, at: service.now).lifetime == 0)
    }

    @Test func isGoodToItsLastSecondAndNotAfter() async throws {
        let service = try await TokenService()
        let (token, tokens) = (try service.issue(), service.tokens)
        service.service.clock.advance(by: .milliseconds(599_999))
        #expect(service.result(token, tokens) == nil)
        service.service.clock.advance(by: .milliseconds(1))
        // Also when it is among those that were verified.
        #expect(service.result(token, tokens) == .expired)
        #expect(service.result(token) == .expired)
    }

    @Test func toleratesAClockThatWasSetBackALittle() async throws {
        let service = try await TokenService()
        let token = try service.issue()
        service.service.clock.jumpWall(by: .seconds(-5))
        #expect(service.result(token) == nil)
        service.service.clock.jumpWall(by: .seconds(-1))
        #expect(service.result(token) == .early)
    }

    @Test func refusesAnotherSpellingOfAGoodToken() async throws {
        let service = try await TokenService()
        let token = try service.issue()
        let parts = token.split(separator: ".").map(String.init)
        let (head, body, tail) = (parts[0], parts[1], parts[2])
        // 64 octets are 86 characters, whose last one has four unused bits.
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let next = try #require(alphabet.drop { $0 != tail.last }.dropFirst().first)
        let others: [String] = [
            "\(token)=", "\(token)==", "\(token).", ".\(token)", "\(token) ", "\(token)\u{0}", "\(token)\n",
            "\(head)=.\(body).\(tail)", "\(head).\(body)", "\(head)..\(tail)", ".\(body).\(tail)",
            "\(head).\(body).", "..", ".", "", "\(head)..\(body)..\(tail)",
            "\(head).\(body).\(tail.dropLast())\(next)", "\(head).\(body).\(tail.dropLast())",
            "\(head).\(body.dropLast()).\(tail)", token.lowercased(), String(token.reversed()),
        ]
        for other in others { #expect(service.result(other) != nil, "\(other)") }
        #expect(service.result(token) == nil)
    }

    @Test func looksIntoNoTokenThatIsTooLong() async throws {
        let service = try await TokenService()
        func token(_ count: Int) throws -> String {
            try service.sign(service.payload(more: #","x":"\#(String(repeating: "x", count: count))""#))
        }
        var most = 2_000
        while try token(most + 1).utf8.count <= AccessTokens.longest { most += 1 }
        #expect(try service.result(token(most)) == nil)
        #expect(try service.result(token(most + 3)) == .malformed)
        #expect(service.result(String(repeating: ".", count: 100_000)) == .malformed)
    }

    /// What the key has signed and this server would never write.
    @Test func refusesSignedClaimsThatAreNotItsOwn() async throws {
        let service = try await TokenService()
        let now = service.now.wall.seconds
        let (user, session) = (service.session.userID, service.session.id)
        #expect(try service.result(service.sign(service.payload())) == nil)
        let wrong: [String] = [
            service.payload(iss: #""evil""#), service.payload(iss: "1"),
            service.payload(iss: #"["sessiond"]"#),
            service.payload(aud: #""api""#), service.payload(aud: #"["sessiond"]"#),
            service.payload(aud: "null"),
            service.payload(sub: #""\#(user)\u0000""#), service.payload(sub: #""1 OR 1=1""#),
            service.payload(sub: "0"), service.payload(sid: #""\#(session.description.uppercased())x""#),
            service.payload(sid: #""../x""#), service.payload(sid: "{}"),
            service.payload(exp: #""\#(now + 60)""#),
            service.payload(exp: "\(now + 60).5"), service.payload(exp: "1e300"), service.payload(exp: "-1"),
            service.payload(exp: "9223372036854775807"), service.payload(exp: "true"),
            service.payload(exp: "NaN"),
            service.payload(iat: "null"), service.payload(iat: "0"), service.payload(exp: "\(now + 3_601)"),
            service.payload(more: #","nbf":"0""#), service.payload(more: #","iss":"sessiond""#),
            service.payload(more: #","\u0069ss":"sessiond""#), service.payload(more: #","a":{"b":1}"#),
            service.payload(more: #","a":[[[[]]]]"#), service.payload(more: ","), "[\(service.payload())]",
            service.payload() + service.payload(), "{}", "[]", "null", "", "\u{feff}" + service.payload(),
            String(service.payload().dropLast()),
            service.payload().replacing(#""client_id":"sessiond""#, with: #""a":1"#),
            service.payload().replacing(#""jti":"j","#, with: ""),
        ]
        for payload in wrong {
            #expect(try service.result(service.sign(payload)) == .wrongClaims, "\(payload)")
        }
        #expect(try service.result(service.sign(service.payload(exp: "\(now)"))) == .expired)
        #expect(try service.result(service.sign(service.payload(iat: "\(now + 6)"))) == .early)
        #expect(try service.result(service.sign(service.payload(more: #","nbf":\#(now + 6)"#))) == .early)
        #expect(try service.result(service.sign(service.payload(more: #","nbf":\#(now + 5)"#))) == nil)
    }

    /// Good claims and a good signature by the right key: the header alone is another one.
    @Test func refusesEveryHeaderButItsOwn() async throws {
        let service = try await TokenService()
        let id = try #require(service.keys.signer(at: service.now.wall)).id
        let own = #"{"alg":"EdDSA","kid":"\#(id)","typ":"at+jwt"}"#
        #expect(try service.result(service.sign(service.payload(), header: own)) == nil)
        for header in [
            #"{"alg":"EdDSA","typ":"at+jwt"}"#, #"{"alg":"EdDSA","kid":"","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","kid":"\#(id)"}"#, #"{"alg":"EdDSA","kid":"\#(id)","typ":"JWT"}"#,
            #"{"alg":"none","kid":"\#(id)","typ":"at+jwt"}"#,
            #"{"alg":"ES256","kid":"\#(id)","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","crit":["x"],"kid":"\#(id)","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"\#(id)","typ":"at+jwt"}"#,
            #"{"alg":"EdDSA","alg":"EdDSA","kid":"\#(id)","typ":"at+jwt"}"#, "{}", "", own + " ", "[\(own)]",
        ] {
            #expect(
                try service.result(service.sign(service.payload(), header: header)) == .unknownKey,
                "\(header)")
        }
    }

    @Test func refusesWhatAnotherServerSigned() async throws {
        let (service, other) = (try await TokenService(), try await TokenService())
        #expect(try service.result(other.issue()) == .unknownKey)
        // Its signature under our header.
        let (ours, theirs) = (
            try service.issue().split(separator: "."), try other.issue().split(separator: ".")
        )
        #expect(service.result([ours[0], theirs[1], theirs[2]].joined(separator: ".")) == .badSignature)
        #expect(service.result([ours[0], ours[1], theirs[2]].joined(separator: ".")) == .badSignature)
    }

    @Test func aWarmCheckDoesWithoutTheSignatureButNotWithoutTheKey() async throws {
        let service = try await TokenService()
        let (token, tokens) = (try service.issue(), service.tokens)
        #expect(service.result(token, tokens) == nil)
        let clock = ContinuousClock()
        let warm = clock.measure { for _ in 0..<200 { _ = service.result(token, tokens) } }
        let cold = clock.measure { for _ in 0..<200 { _ = service.result(token) } }
        #expect(warm < cold)
        _ = try await service.keys.rotate(.edDSA, lead: .zero, isRevoking: true, at: service.now.wall)
        #expect(service.result(token, tokens) == .unknownKey)
    }

    @Test func remembersABoundedNumberOfTokens() async throws {
        let service = try await TokenService()
        let verified = VerifiedTokens()
        let token = try service.issue()
        let claims = try service.tokens.claims(of: Array(token.utf8)[...], at: service.now.wall).get()
        for index in 0..<40_000 {
            let name = verified.name(of: Array("\(index)".utf8)[...])
            verified.insert(name, claims, generation: 1, at: service.now.wall)
            #expect(verified.claims(name, generation: 1) == claims)
            #expect(verified.claims(name, generation: 2) == nil)
        }
        let kept = (0..<40_000).count {
            verified.claims(verified.name(of: Array("\($0)".utf8)[...]), generation: 1) != nil
        }
        #expect((1...16_384).contains(kept))
    }
}

/// The names of a flat JSON object's members.
private enum FlatObject {
    private struct AnyValue: Decodable {}

    static func members(_ text: [UInt8]) -> [String]? {
        (try? JSONDecoder().decode([String: AnyValue].self, from: Data(text)))?.keys.map { $0 }
    }
}
