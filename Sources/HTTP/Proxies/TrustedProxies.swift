/// Somebody whose word about its clients is believed.
public enum TrustedProxy: Sendable, Hashable, CustomStringConvertible {
    /// Whoever connects from there.
    case range(AddressRange)
    /// Whoever connects over a Unix-domain socket: the mode of its file says who can.
    case unix

    /// An address, a range, or "unix"; nil: none of them.
    public init?(_ text: String) {
        if text == "unix" {
            self = .unix
        } else {
            guard let range = AddressRange(text) else { return nil }
            self = .range(range)
        }
    }

    /// As it is written in the configuration.
    public var description: String {
        switch self {
        case .range(let range): range.description
        case .unix: "unix"
        }
    }
}

/// Which fields proxies say it with. Only one kind is read: a proxy sets its own and hands on the other one as the
/// client wrote it, so whoever reads both, in whatever order, believes clients.
public enum ForwardingFields: String, Sendable, CaseIterable {
    /// `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`.
    case xForwarded = "x-forwarded"
    /// `Forwarded` (RFC 7239).
    case forwarded
}

/// The proxies whose word is believed. None by default.
public struct TrustedProxies: Sendable, Equatable {
    private var ranges: [AddressRange] = []
    private var hasUnix = false
    /// The fields that are read.
    public let fields: ForwardingFields

    /// These, and no other.
    public init(_ proxies: [TrustedProxy] = [], fields: ForwardingFields = .xForwarded) {
        self.fields = fields
        for proxy in proxies {
            switch proxy {
            case .range(let range): ranges.append(range)
            case .unix: hasUnix = true
            }
        }
    }

    /// Whether this one is believed.
    public func contains(_ address: PeerAddress) -> Bool {
        switch address {
        case .v4, .v6: ranges.contains { $0.contains(address) }
        case .unix: hasUnix
        case .unknown: false
        }
    }
}
