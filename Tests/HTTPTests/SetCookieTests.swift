import HTTP
import Testing

struct SetCookieTests {
    private let token = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x-_"

    @Test func writesThePairFirst() {
        #expect(
            SetCookie(name: "session_id", value: token).text
                == "session_id=\(token); Path=/; HttpOnly; SameSite=Lax")
    }

    @Test func writesSecureThenMaxAge() {
        #expect(
            SetCookie(name: "s", value: "v", isSecure: true).text
                == "s=v; Path=/; HttpOnly; SameSite=Lax; Secure")
        #expect(
            SetCookie(name: "s", value: "v", maxAge: 60).text
                == "s=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
        #expect(
            SetCookie(name: "s", value: "v", path: "/a", maxAge: 1, isSecure: true).text
                == "s=v; Path=/a; HttpOnly; SameSite=Lax; Secure; Max-Age=1")
    }

    @Test func clearsForClientsOldAndNew() {
        let end = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
        #expect(
            SetCookie.clearing(name: "s", isSecure: false).text
                == "s=; Path=/; HttpOnly; SameSite=Lax; \(end)")
        #expect(
            SetCookie.clearing(name: "s", isSecure: true).text
                == "s=; Path=/; HttpOnly; SameSite=Lax; Secure; \(end)")
    }

    @Test func neverWritesANegativeAge() {
        #expect(
            SetCookie(name: "s", value: "v", maxAge: -5).text.contains(
                "; Max-Age=0; Expires=Thu, 01 Jan 1970"))
    }

    @Test func namesAreTokens() {
        for name in ["session_id", "__Host-session_id", "a", "!#$%&'*+-.^_`|~09AZaz"] {
            #expect(SetCookie.isValidName(name))
        }
        for name in [
            "", " ", "a b", "a=b", "a;b", "a,b", "a\"", "a\r\nb", "a\0", "a/b", "a[0]", "a{", "é", "a\u{7f}",
        ] {
            #expect(!SetCookie.isValidName(name))
        }
    }

    @Test(arguments: UInt8.min..<128)
    func valuesAreCookieOctets(octet: UInt8) {
        let isValid = (0x21...0x7e).contains(octet) && !"\",;\\".utf8.contains(octet)
        #expect(SetCookie.isValidValue("a" + String(UnicodeScalar(octet))) == isValid)
    }

    @Test func valuesAreASCIIOrEmpty() {
        #expect(SetCookie.isValidValue(""))
        #expect(!SetCookie.isValidValue("é"))
    }

    @Test func trapsOnWhatWouldAddAttributes() async {
        await #expect(processExitsWith: .failure) { _ = SetCookie(name: "s;x", value: "v") }
        await #expect(processExitsWith: .failure) {
            _ = SetCookie(name: "s", value: "v; Domain=evil.example")
        }
        await #expect(processExitsWith: .failure) {
            _ = SetCookie(name: "s", value: "v", path: "/; Domain=evil")
        }
    }
}
