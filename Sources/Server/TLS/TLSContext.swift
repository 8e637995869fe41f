import COpenSSL
import Glibc

/// A certificate with its key, and how this server speaks TLS: what every TLS connection is made from.
///
/// TLS 1.2 and 1.3, ciphers with forward secrecy and authenticated encryption alone (RFC 9325), ALPN `http/1.1`.
/// Sessions are resumed by tickets, whose keys live and die with the context; no early data (RFC 8446 §8).
public final class TLSContext: @unchecked Sendable {
    // @unchecked: not changed after init, and OpenSSL counts the references to an SSL_CTX with atomics.

    /// What the operator should know about the certificate; nil when it is in its days.
    public let warning: String?
    private let context: OpaquePointer

    /// For TLS 1.2, ECDSA first: a signature costs a tenth of RSA's. TLS 1.3 has nothing but good ciphers.
    private static let ciphers = ["ECDSA", "RSA"].flatMap { signature in
        ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map { "ECDHE-\(signature)-\($0)" }
    }.joined(separator: ":")
    private static let groups = "X25519:P-256:P-384"

    /// Reads both files, PEM: the certificate with its chain, the leaf first, and a key without a passphrase.
    public init(certificate: String, key: String) throws(ServerError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw ServerError(operation: "cannot set up TLS", reason: Self.reason())
        }
        self.context = context
        do {
            try Self.restrict(context)
            warning = try Self.load(certificate, key, into: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
    }

    // Connections that are made from it hold their own reference to the SSL_CTX.
    deinit { SSL_CTX_free(context) }

    private static func restrict(_ context: OpaquePointer) throws(ServerError) {
        let id: StaticString = "sessiond"
        var groups = groups.utf8CString
        let isDone =
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1
            && SSL_CTX_set_cipher_list(context, ciphers) == 1
            && groups.withUnsafeMutableBytes {
                SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, $0.baseAddress) == 1
            }
            && SSL_CTX_set_session_id_context(context, id.utf8Start, UInt32(id.utf8CodeUnitCount)) == 1
        guard isDone else { throw ServerError(operation: "cannot set up TLS", reason: reason()) }
        SSL_CTX_set_options(context, sessiond_tls_options)
        // An idle connection keeps no buffers for records: 34 kB less.
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
        // Tickets only: a cache would be a lock between the loops.
        SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        // A key with a passphrase must not ask for it on the terminal.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, length, offered, count, _ in
                TLSContext.selectProtocol(chosen, length, offered, count)
            }, nil)
    }

    /// `http/1.1`, or the alert no_application_protocol (RFC 7301 §3.2).
    private static func selectProtocol(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ count: UInt32
    ) -> Int32 {
        // Static: the choice points into it.
        let ours: StaticString = "\u{8}http/1.1"
        var choice: UnsafeMutablePointer<UInt8>?
        let result = SSL_select_next_proto(
            &choice, length, ours.utf8Start, UInt32(ours.utf8CodeUnitCount), offered, count)
        chosen?.pointee = UnsafePointer(choice)
        return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
    }

    private static func load(
        _ certificate: String, _ key: String, into context: OpaquePointer
    ) throws(ServerError) -> String? {
        func check(_ result: Int32, _ operation: String) throws(ServerError) {
            if result != 1 { throw ServerError(operation: operation, reason: reason()) }
        }
        try check(
            SSL_CTX_use_certificate_chain_file(context, certificate),
            "cannot use the TLS certificate \"\(certificate)\"")
        let belongs = "the TLS key \"\(key)\" does not belong to the certificate \"\(certificate)\""
        if SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 {
            let isMismatch = sessiond_is_mismatch(ERR_peek_last_error()) != 0
            throw ServerError(
                operation: isMismatch ? belongs : "cannot use the TLS key \"\(key)\"", reason: reason())
        }
        // A key of another kind than the certificate's is found out only here.
        try check(SSL_CTX_check_private_key(context), belongs)
        guard let leaf = SSL_CTX_get0_certificate(context) else { return nil }
        if X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0 {
            return "the TLS certificate \"\(certificate)\" has expired"
        }
        if X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0 {
            return "the TLS certificate \"\(certificate)\" is not valid yet"
        }
        return nil
    }

    /// The first of OpenSSL's errors in words, which is the cause of the others. Forgets them all.
    private static func reason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        let number = sessiond_system_error(code)
        if number != 0 { return String(cString: strerror(number)) }
        guard let text = ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
        return String(cString: text)
    }

    /// A bufferevent without a socket yet, which will answer a handshake, and its TLS side; it owns that.
    func makeBufferevent(base: OpaquePointer) -> (bufferevent: OpaquePointer, session: TLSSession) {
        guard let ssl = SSL_new(context),
            // Without CLOSE_ON_FREE the SSL object would never be freed; on failure it is at once.
            let bufferevent = bufferevent_openssl_socket_new(
                base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, Int32(BEV_OPT_CLOSE_ON_FREE.rawValue))
        else {
            // evhttp would make a plain one in its place, and serve HTTP in the clear.
            preconditionFailure("OpenSSL is out of memory")
        }
        return (bufferevent, TLSSession(ssl: ssl))
    }
}
