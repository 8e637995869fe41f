// On the list of files that may use `OpaquePointer`: owns one `EVP_PKEY *`, made in `generate` or `init`, freed in
// `deinit`. OpenSSL 3 lets any number of threads use a key that nobody changes; each call has a context of its own.
import COpenSSL

/// A key pair for signatures, by OpenSSL.
public final class SigningKey: @unchecked Sendable {
    /// What it signs with, and nothing else.
    public let algorithm: SignatureAlgorithm
    /// What everybody may know of it.
    public let publicKey: JSONWebKey
    private let handle: OpaquePointer

    /// Bits of an RSA key that is made; fewer are not read either (RFC 7518 §3.3).
    private static let bitsOfRSA: Int32 = 2_048
    /// Octets of a number of P-256.
    private static let octetsOfP256: Int32 = 32

    private init(owning handle: OpaquePointer, _ algorithm: SignatureAlgorithm) throws {
        self.handle = handle
        self.algorithm = algorithm
        do {
            publicKey = try Self.publicKey(handle, algorithm)
        } catch {
            // `deinit` does not follow on a failed initialiser.
            EVP_PKEY_free(handle)
            throw error
        }
    }

    deinit { EVP_PKEY_free(handle) }

    // MARK: Making and keeping

    /// A fresh key. RSA takes some 100 ms: not on a loop.
    public static func generate(_ algorithm: SignatureAlgorithm) throws -> SigningKey {
        let name =
            switch algorithm {
            case .edDSA: "ED25519"
            case .es256: "EC"
            case .rs256: "RSA"
            }
        let context = EVP_PKEY_CTX_new_from_name(nil, name, nil)
        defer { EVP_PKEY_CTX_free(context) }
        try check(EVP_PKEY_keygen_init(context), "making a signing key")
        switch algorithm {
        case .edDSA: break
        case .es256: try check(EVP_PKEY_CTX_set_group_name(context, "P-256"), "making a signing key")
        case .rs256:
            try check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bitsOfRSA), "making a signing key")
        }
        var made: OpaquePointer?
        try check(EVP_PKEY_generate(context, &made), "making a signing key")
        guard let made else { throw failure("making a signing key") }
        return try SigningKey(owning: made, algorithm)
    }

    /// Reads what `privateKey` wrote: PKCS #8 in DER (RFC 5958). Throws for a key that is not of this algorithm.
    public convenience init(_ algorithm: SignatureAlgorithm, privateKey: [UInt8]) throws {
        let operation = "reading a signing key"
        var position: UnsafePointer<UInt8>?
        let handle: OpaquePointer? = privateKey.withUnsafeBufferPointer { octets in
            position = octets.baseAddress
            guard let info = d2i_PKCS8_PRIV_KEY_INFO(nil, &position, octets.count) else { return nil }
            defer { PKCS8_PRIV_KEY_INFO_free(info) }
            return EVP_PKCS82PKEY(info)
        }
        guard let handle else { throw Self.failure(operation) }
        guard Self.isKey(handle, of: algorithm) else {
            EVP_PKEY_free(handle)
            throw Self.failure(operation)
        }
        try self.init(owning: handle, algorithm)
    }

    /// The private key as PKCS #8 in DER, to be sealed and nothing else.
    public func privateKey() throws -> [UInt8] {
        let operation = "writing a signing key"
        guard let info = EVP_PKEY2PKCS8(handle) else { throw Self.failure(operation) }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        let count = i2d_PKCS8_PRIV_KEY_INFO(info, nil)
        guard count > 0 else { throw Self.failure(operation) }
        var octets = [UInt8](repeating: 0, count: Int(count))
        octets.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            i2d_PKCS8_PRIV_KEY_INFO(info, &position)
        }
        return octets
    }

    // MARK: Signatures

    /// The signature in the form of JWS: raw octets, for ES256 r and s of 32 each (RFC 7518 §3.4).
    public func signature(of message: [UInt8]) throws -> [UInt8] {
        let operation = "signing"
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        try Self.check(
            EVP_DigestSignInit_ex(context, nil, digestName, nil, nil, handle, nil), operation)
        var count = Int(EVP_PKEY_get_size(handle))
        var signature = [UInt8](repeating: 0, count: count)
        try Self.check(EVP_DigestSign(context, &signature, &count, message, message.count), operation)
        signature.removeLast(signature.count - count)
        guard algorithm == .es256 else { return signature }
        guard let raw = Self.raw(signature) else { throw Self.failure(operation) }
        return raw
    }

    /// Whether this is the key's signature of the message, in the form of JWS and no other.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == signatureLength else { return false }
        guard let signature = algorithm == .es256 ? Self.der(signature) : signature else { return false }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit_ex(context, nil, digestName, nil, nil, handle, nil) == 1,
            EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        else {
            ERR_clear_error()
            return false
        }
        return true
    }

    /// Octets of a signature.
    public var signatureLength: Int {
        switch algorithm {
        case .edDSA, .es256: 64
        case .rs256: Int(EVP_PKEY_get_size(handle))
        }
    }

    /// Ed25519 hashes by itself.
    private var digestName: String? { algorithm == .edDSA ? nil : "SHA256" }

    // MARK: ECDSA's two forms

    /// r and s, of 32 octets each, from DER.
    private static func raw(_ der: [UInt8]) -> [UInt8]? {
        let signature = der.withUnsafeBufferPointer { octets in
            var position = octets.baseAddress
            return d2i_ECDSA_SIG(nil, &position, octets.count)
        }
        guard let signature else { return nil }
        defer { ECDSA_SIG_free(signature) }
        guard let r = number(ECDSA_SIG_get0_r(signature)), let s = number(ECDSA_SIG_get0_s(signature)) else {
            return nil
        }
        return r + s
    }

    /// DER from r and s.
    private static func der(_ raw: [UInt8]) -> [UInt8]? {
        guard let signature = ECDSA_SIG_new() else { return nil }
        defer { ECDSA_SIG_free(signature) }
        let s = Array(raw.dropFirst(Int(octetsOfP256)))
        // The signature owns them from here on.
        guard
            ECDSA_SIG_set0(signature, BN_bin2bn(raw, octetsOfP256, nil), BN_bin2bn(s, octetsOfP256, nil)) == 1
        else { return nil }
        let count = i2d_ECDSA_SIG(signature, nil)
        guard count > 0 else { return nil }
        var der = [UInt8](repeating: 0, count: Int(count))
        der.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            i2d_ECDSA_SIG(signature, &position)
        }
        return der
    }

    /// A number of P-256 as 32 octets.
    private static func number(_ number: OpaquePointer?) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: Int(octetsOfP256))
        guard let number, BN_bn2binpad(number, &octets, octetsOfP256) == octetsOfP256 else { return nil }
        return octets
    }

    // MARK: What everybody may know

    private static func publicKey(
        _ handle: OpaquePointer, _ algorithm: SignatureAlgorithm
    ) throws -> JSONWebKey {
        func number(_ name: String, octets: Int32? = nil) throws -> [UInt8] {
            var number: OpaquePointer?
            defer { BN_free(number) }
            try check(EVP_PKEY_get_bn_param(handle, name, &number), "reading a public key")
            let count = octets ?? (BN_num_bits(number) + 7) / 8
            var bytes = [UInt8](repeating: 0, count: Int(count))
            guard BN_bn2binpad(number, &bytes, count) == count else { throw failure("reading a public key") }
            return bytes
        }
        switch algorithm {
        case .edDSA:
            var count = 32
            var x = [UInt8](repeating: 0, count: count)
            try check(EVP_PKEY_get_raw_public_key(handle, &x, &count), "reading a public key")
            return JSONWebKey(type: "OKP", curve: "Ed25519", ["x": x])
        case .es256:
            return JSONWebKey(
                type: "EC", curve: "P-256",
                [
                    "x": try number(OSSL_PKEY_PARAM_EC_PUB_X, octets: octetsOfP256),
                    "y": try number(OSSL_PKEY_PARAM_EC_PUB_Y, octets: octetsOfP256),
                ])
        case .rs256:
            return JSONWebKey(
                type: "RSA",
                ["n": try number(OSSL_PKEY_PARAM_RSA_N), "e": try number(OSSL_PKEY_PARAM_RSA_E)])
        }
    }

    private static func isKey(_ handle: OpaquePointer, of algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .edDSA: return EVP_PKEY_is_a(handle, "ED25519") == 1
        case .rs256: return EVP_PKEY_is_a(handle, "RSA") == 1 && EVP_PKEY_get_bits(handle) >= bitsOfRSA
        case .es256:
            var name = [CChar](repeating: 0, count: 32)
            var count = 0
            return EVP_PKEY_is_a(handle, "EC") == 1
                && EVP_PKEY_get_group_name(handle, &name, name.count, &count) == 1
                && String(decoding: name.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
                    == "prime256v1"
        }
    }

    // MARK: Errors

    private static func check(_ result: Int32, _ operation: String) throws {
        guard result == 1 else { throw failure(operation) }
    }

    private static func failure(_ operation: String) -> CryptoFailure {
        // What the thread's next user of OpenSSL must not find.
        ERR_clear_error()
        return CryptoFailure(operation: operation, cause: "OpenSSL refused")
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// By its public name.
    public var description: String { "SigningKey(\(algorithm.rawValue) \(publicKey.thumbprint))" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
