import COpenSSL

/// One key of session tickets, and the name by which a ticket finds it again (RFC 5077 §4). Wiped when it is dropped.
// @unchecked: not changed after init.
final class TicketKey: @unchecked Sendable {
    /// The name, a key for AES-256 and one for HMAC-SHA256.
    private let octets: UnsafeMutableBufferPointer<UInt8>
    /// OpenSSL's choice.
    private static let nameLength = 16

    init() {
        octets = .allocate(capacity: Self.nameLength + Int(sessiond_ticket_secret_length))
        precondition(
            RAND_priv_bytes(octets.baseAddress, Int32(octets.count)) == 1, "OpenSSL has no random octets")
    }

    deinit {
        OPENSSL_cleanse(octets.baseAddress, octets.count)
        octets.deallocate()
    }

    private var name: Slice<UnsafeMutableBufferPointer<UInt8>> { octets.prefix(Self.nameLength) }
    private var secret: UnsafePointer<UInt8>? {
        octets.baseAddress.map { UnsafePointer($0 + Self.nameLength) }
    }

    /// Whether a ticket says that it was sealed with this key.
    func isNamed(_ wanted: UnsafeMutablePointer<UInt8>) -> Bool {
        name.elementsEqual(UnsafeBufferPointer(start: wanted, count: Self.nameLength))
    }

    /// Prepares to seal a ticket; writes the name and a fresh vector into it.
    func seal(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>?, _ cipher: OpaquePointer?,
        _ mac: OpaquePointer?
    ) -> Bool {
        _ = UnsafeMutableBufferPointer(start: name, count: Self.nameLength).update(fromContentsOf: self.name)
        return RAND_bytes(vector, EVP_MAX_IV_LENGTH) == 1
            && sessiond_prepare_ticket(secret, vector, cipher, mac, 1) == 1
    }

    /// Prepares to check a ticket and to open it.
    func open(
        _ vector: UnsafeMutablePointer<UInt8>?, _ cipher: OpaquePointer?, _ mac: OpaquePointer?
    ) -> Bool {
        sessiond_prepare_ticket(secret, vector, cipher, mac, 0) == 1
    }
}
