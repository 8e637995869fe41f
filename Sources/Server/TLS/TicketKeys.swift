import COpenSSL
import Workers

/// The keys of session tickets that all loops share, and every context that a reload makes. OpenSSL asks for them.
final class TicketKeys: Sendable {
    private let ring: Locked<TicketKeyRing>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// `now` tells how old a key is; a test's goes as it likes.
    init(lifetime: Duration, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
        ring = Locked(TicketKeyRing(lifetime: lifetime, at: now()))
    }

    /// Changes how long a key seals, the current one too.
    func setLifetime(_ lifetime: Duration) {
        ring.withLock { $0.lifetime = lifetime }
    }

    /// Drops keys whose time is over. Handshakes do so as well: this is for when there are none.
    func turn() {
        _ = keys()
    }

    private var current: TicketKey { keys().current }

    private func keys() -> (current: TicketKey, previous: TicketKey?) {
        let now = now()
        return ring.withLock { ring in
            ring.turn(at: now)
            return (ring.current, ring.previous)
        }
    }

    // MARK: OpenSSL

    /// Where a context keeps them. It frees them itself: its connections, and their last tickets, may outlive
    /// whoever made it.
    private static let slot = CRYPTO_get_ex_new_index(
        CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil,
        { _, keys, _, _, _, _ in
            if let keys { Unmanaged<TicketKeys>.fromOpaque(keys).release() }
        })

    /// Has a context use them, instead of others if it has any. Not while it has connections.
    func serve(_ context: OpaquePointer) {
        let others = SSL_CTX_get_ex_data(context, Self.slot)
        let isSet = SSL_CTX_set_ex_data(context, Self.slot, Unmanaged.passRetained(self).toOpaque())
        precondition(isSet == 1, "OpenSSL is out of memory")
        if let others { Unmanaged<TicketKeys>.fromOpaque(others).release() }
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context) { ssl, name, vector, cipher, mac, seals in
            guard let keys = TicketKeys.of(SSL_get_SSL_CTX(ssl)), let name else { return -1 }
            if seals != 0 { return keys.current.seal(name, vector, cipher, mac) ? 1 : -1 }
            // In TLS 1.3 a client uses a ticket once, and needs another (RFC 8446 §C.4).
            return keys.open(name, vector, cipher, mac, renews: SSL_version(ssl) >= TLS1_3_VERSION)
        }
    }

    /// Those of a context.
    static func of(_ context: OpaquePointer?) -> TicketKeys? {
        SSL_CTX_get_ex_data(context, slot).map { Unmanaged<TicketKeys>.fromOpaque($0).takeUnretainedValue() }
    }

    /// OpenSSL's words: 1 goes on, 2 as well and the client gets a new ticket, 0 is a full handshake, -1 a failure.
    private func open(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>?, _ cipher: OpaquePointer?,
        _ mac: OpaquePointer?, renews: Bool
    ) -> Int32 {
        let (current, previous) = keys()
        if current.isNamed(name) { return current.open(vector, cipher, mac) ? (renews ? 2 : 1) : -1 }
        if let previous, previous.isNamed(name) { return previous.open(vector, cipher, mac) ? 2 : -1 }
        return 0
    }
}
