public import HTTP

extension Accounts {
    /// The device that one of these cookies shows to be known to the account with this address. Nil: a stranger, or not
    /// known any more.
    public func device(_ cookies: CookieValues, of email: String, at now: Moment) -> KnownDevice? {
        guard let email = EmailAddress(email) else { return nil }
        for value in cookies {
            if let device = KnownDevice(value, of: email, under: deviceKey, at: now.wall) { return device }
        }
        return nil
    }

    /// The cookie to give to a device that has just signed in; nil: it has one that will do.
    public func deviceCookie(for user: User, shown: KnownDevice?, at now: Moment) -> String? {
        let known = shown.flatMap { $0.knows(user) ? $0 : nil }
        if let known, known.isFresh(at: now.wall) { return nil }
        return KnownDevice.signedIn(user, as: known, at: now.wall).text(for: user.email, under: deviceKey)
    }

    /// The source, with what is known of its address, and without its device if that signed in with a former password, or
    /// to a former account of this email.
    ///
    /// Only whoever shows a cookie of ours, or once knew a password, costs a look at the store.
    func confirmed(_ source: SignInSource, for email: String) async throws -> SignInSource {
        guard source.session == nil, let email = EmailAddress(email) else { return source }
        let noted = limits.remembered(email, at: source.address)
        guard source.device != nil || noted != nil else { return source }
        let user = try await stores.account(email: email)?.user
        if let user, let device = source.device, device.knows(user) { return source }
        let isFamiliar = user.map { KnownDevice.credential(of: $0) == noted } ?? false
        var source = SignInSource(
            address: source.address, isKnownDevice: isFamiliar || source.isKnownDevice && source.device == nil
        )
        source.isFamiliar = isFamiliar
        return source
    }
}
