import Auth
import Crypto
import HTTP
import Testing

@testable import App

/// What a trusted proxy's word changes in the application.
struct ApplicationProxiesTests {
    private static let proxy = PeerAddress.v4(0x7f00_0001)

    private func signIn(
        _ proto: String, from peer: PeerAddress = proxy, always: Bool = false
    ) async throws -> String {
        let service = try ApplicationService {
            $0.secureCookies = always
            $0.proxies = TrustedProxies([.range(AddressRange("127.0.0.1")!)])
        }
        _ = try await service.register("ada@example.org")
        let head = RequestHead(
            method: .post, target: try RequestTarget(Array("/sessions".utf8)[...], method: .post),
            fields: RequestFields([
                (.contentType, "application/x-www-form-urlencoded"), (.xForwardedFor, "192.0.2.1"),
                (.xForwardedProto, proto),
            ]))
        let response = await service.responder.answer(
            Request(head: head, body: Array("email=ada@example.org&password=correct+horse".utf8), peer: peer))
        return try #require(response.values(of: "Set-Cookie").first)
    }

    @Test func theCookieIsSecureWhenATrustedProxySaysHTTPS() async throws {
        #expect(try await signIn("https").hasSuffix("; Secure"))
        #expect(try await !signIn("http").contains("Secure"))
        #expect(try await !signIn("https", from: .v4(0x7f00_0002)).contains("Secure"))
        #expect(try await !signIn("https", from: .unix).contains("Secure"))
        #expect(try await signIn("http", always: true).hasSuffix("; Secure"))
    }
}
