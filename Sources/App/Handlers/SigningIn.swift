import Auth
import Crypto
import HTTP

/// Session cookies, as both APIs set and clear them.
struct SessionCookies: Sendable {
    let name: SessionCookieName
    let secure: Configuration.SecureCookies

    /// The cookie that makes a device known. One for the last account that signed in there.
    func deviceName(for call: Call) -> String {
        name.text(isSecure: call.request.isSecure).hasPrefix("__Host-")
            ? "__Host-" + Self.plainDeviceName : Self.plainDeviceName
    }
    static let plainDeviceName = "device"

    /// Makes the device known that has just proved to be this user's, unless it is so already.
    func settingDevice(
        of user: User, shown: KnownDevice? = nil, _ accounts: Accounts, for call: Call
    ) -> [ResponseField] {
        guard let value = accounts.deviceCookie(for: user, shown: shown, at: call.now) else { return [] }
        let cookie = SetCookie(
            name: deviceName(for: call), value: value, maxAge: Int(KnownDevice.lifetime.components.seconds),
            isSecure: isSecure(for: call))
        return [ResponseField("Set-Cookie", cookie.text)]
    }

    func setting(_ issued: IssuedSession, for call: Call) -> ResponseField {
        let cookie = SetCookie(
            name: name.text(isSecure: call.request.isSecure), value: issued.token.text,
            maxAge: issued.keepFor.map { Int($0.components.seconds) }, isSecure: isSecure(for: call))
        return ResponseField("Set-Cookie", cookie.text)
    }

    func clearing(for call: Call) -> ResponseField {
        let name = name.text(isSecure: call.request.isSecure)
        return ResponseField("Set-Cookie", SetCookie.clearing(name: name, isSecure: isSecure(for: call)).text)
    }

    /// What makes a browser forget that somebody was signed in.
    func signingOut(_ call: Call) -> [ResponseField] {
        // Not "cookies": that takes those of the whole domain, and with them the device's own (ADR 0019). Browsers
        // heed the field over TLS only.
        call.isSecure
            ? [clearing(for: call), ResponseField("Clear-Site-Data", #""cache", "storage""#)]
            : [clearing(for: call)]
    }

    private func isSecure(for call: Call) -> Bool { secure == .always || call.isSecure }
}

/// A sign-in with a password, as both APIs do it.
struct SigningIn: Sendable {
    let accounts: Accounts
    let cookies: SessionCookies
    let hasSessions: Bool

    /// Who signed in, and what the answer's head says of it.
    struct Success {
        let user: User
        let fields: [ResponseField]
    }

    /// Nil: nobody has this address and password.
    func attempt(
        email: String, password: String, _ form: Form, _ call: Call, _ caller: Caller
    ) async throws -> Success? {
        let terms = SignInTerms(form, call, caller)
        return try await begin(email: email, password: password, terms, call).map { issued, shown in
            Success(
                user: issued.user,
                fields: [cookies.setting(issued, for: call)]
                    + cookies.settingDevice(of: issued.user, shown: shown, accounts, for: call))
        }
    }

    /// The same without a word about the answer: a session, and the device that was shown. Nil: nobody has this address
    /// and password.
    func begin(
        email: String, password: String, _ terms: SignInTerms, _ call: Call
    ) async throws -> (session: IssuedSession, device: KnownDevice?)? {
        let shown = accounts.device(
            call.request.fields.cookies(named: cookies.deviceName(for: call)), of: email, at: call.now)
        let source = SignInSource(address: call.origin.address, device: shown)
        do {
            switch try await accounts.check(email: email, password: password, from: source) {
            case .refused(let refusal):
                call.record(.signIn, AuditReason(refusal), user: refusal.user)
                return nil
            case .account(let account):
                guard let issued = try await accounts.signIn(account, terms, at: call.now) else {
                    call.record(.signIn, .changedMeanwhile, user: account.user.id)
                    return nil
                }
                call.record(.signIn, user: issued.user.id, .remembered(terms.isRemembered))
                return (issued, shown)
            }
        } catch {
            call.record(.signIn, AuditReason(of: error))
            throw error
        }
    }

    /// Throws 501 where there are no sessions.
    func requireSessions() throws {
        guard hasSessions else { throw HTTPError(.notImplemented, "Session authentication is not enabled") }
    }
}

extension SessionClient {
    /// Octets of a `User-Agent` that are kept.
    private static let longestUserAgent = 256

    /// What a request tells of its client.
    init(_ call: Call) {
        let userAgent = call.request.fields[.userAgent]?.prefix(Self.longestUserAgent)
        self.init(
            address: call.origin.address.description,
            userAgent: userAgent.map { String(decoding: $0, as: UTF8.self) })
    }
}

extension SignInTerms {
    /// What a browser sends for a ticked box, and what people write.
    private static let yes: Set<String> = ["1", "on", "true", "yes"]

    /// What a sign-in's form and its client say; a session that it shows already ends with it.
    init(_ form: Form, _ call: Call, _ caller: Caller) {
        self.init(
            isRemembered: form["remember"].map { Self.yes.contains($0.lowercased()) } ?? false,
            client: SessionClient(call),
            replacing: caller.signedIn?.session?.id)
    }
}
