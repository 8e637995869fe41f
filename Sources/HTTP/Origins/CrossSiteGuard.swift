/// Finds requests that a page of another origin makes with the credentials of whoever looks at it (CSRF), by what
/// browsers say of them: no token, no state (docs/adr/0019-csrf-by-fetch-metadata.md).
///
/// Browsers send cookies and Basic credentials by themselves, so all that may change something is looked at, and also
/// what would sign somebody in. Clients that are no browsers send none of the fields and pass.
public struct CrossSiteGuard: Sendable {
    /// What gave a request away.
    public enum Sign: Sendable, Equatable {
        /// `Sec-Fetch-Site` (W3C Fetch Metadata §2.3).
        case fetchSite
        /// `Origin` (RFC 6454 §7), which no page can set or leave out.
        case origin
        /// `Referer` (RFC 9110 §10.1.3), where there is no `Origin`.
        case referer
    }

    private let trusted: Set<WebOrigin>

    /// A guard; pages of `trusted` origins may do what the server's own may.
    public init(trusted: [WebOrigin] = []) {
        self.trusted = Set(trusted)
    }

    /// Nil: it may pass. `client` is where it came from.
    public func sign(in request: Request, from client: ClientOrigin) -> Sign? {
        guard !request.method.isSafe else { return nil }
        let fields = request.fields
        let origins = fields.all(.origin)
        if origins.count == 1, !trusted.isEmpty, let origin = WebOrigin(origins[0]), trusted.contains(origin)
        {
            return nil
        }
        let sites = fields.all(.secFetchSite)
        guard sites.count <= 1 else { return .fetchSite }
        let site = sites.first
        if let site, site.equalsIgnoringCase("cross-site") { return .fetchSite }
        let isOwn = { (origin: WebOrigin?) -> Bool in
            let host = client.host.map { Array($0.utf8)[...] } ?? fields[.host] ?? []
            return origin?.isOrigin(ofRequestTo: host, isSecure: client.isSecure) ?? false
        }
        if let origin = origins.first {
            // The page's own form under `Referrer-Policy: no-referrer` (Fetch, "Origin header").
            let hidesItself =
                origin.elementsEqual("null".utf8) && site?.equalsIgnoringCase("same-origin") ?? false
            return origins.count == 1 && (hidesItself || isOwn(WebOrigin(origin))) ? nil : .origin
        }
        let referers = fields.all(.referer).filter { !$0.isEmpty }
        if let referer = referers.first {
            return referers.count == 1 && isOwn(WebOrigin(referer: referer)) ? nil : .referer
        }
        // Another host of the domain, which does not say who it is.
        return site?.equalsIgnoringCase("same-site") ?? false ? .fetchSite : nil
    }
}
