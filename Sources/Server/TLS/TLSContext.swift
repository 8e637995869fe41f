import COpenSSL
import Glibc

/// Certificates with their keys, and how this server speaks TLS: what every TLS connection is made from.
///
/// TLS 1.2 and 1.3, ciphers with forward secrecy and authenticated encryption alone (RFC 9325), ALPN `http/1.1`.
/// Sessions are resumed by tickets, whose keys change with time. There is no early data (RFC 8446 §8).
public final class TLSContext: @unchecked Sendable {
    // @unchecked: not changed once there are connections, and OpenSSL counts the references to an SSL_CTX with atomics.

    /// What the operator should know about the certificates; nil when they are in their days.
    public let warning: String?
    /// How long a session can be resumed.
    let ticketLifetime: Duration
    private let context: OpaquePointer

    /// For TLS 1.2, ECDSA first: a signature costs a tenth of RSA's. TLS 1.3 has nothing but good ciphers; there the
    /// server's order of signatures counts, in which OpenSSL has ECDSA first as well.
    private static let ciphers = ["ECDSA", "RSA"].flatMap { signature in
        ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"].map { "ECDHE-\(signature)-\($0)" }
    }.joined(separator: ":")
    private static let groups = "X25519:P-256:P-384"

    /// Reads the files: one certificate, or several with keys of different kinds.
    ///
    /// `ticketLifetime` is how many seconds a session can be resumed, and how often there is a new key for tickets.
    /// Default 7200.
    public convenience init(
        _ certificates: [CertificateFiles], ticketLifetime: Int = 7_200
    ) throws(ServerError) {
        let lifetime = Duration.seconds(ticketLifetime)
        try self.init(certificates, ticketLifetime: lifetime, tickets: TicketKeys(lifetime: lifetime))
    }

    init(
        _ certificates: [CertificateFiles], ticketLifetime: Duration, tickets: TicketKeys
    ) throws(ServerError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw ServerError(operation: "cannot set up TLS", reason: Self.reason())
        }
        self.context = context
        self.ticketLifetime = ticketLifetime
        do {
            try Self.restrict(context)
            let warnings = try Self.load(certificates, into: context)
            warning = warnings.isEmpty ? nil : warnings.joined(separator: "; ")
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        SSL_CTX_set_timeout(context, Int(ticketLifetime.components.seconds))
        tickets.serve(context)
    }

    // Connections that are made from it hold their own reference to the SSL_CTX.
    deinit { SSL_CTX_free(context) }

    /// The keys of its tickets.
    var tickets: TicketKeys? { TicketKeys.of(context) }

    /// Goes on with the tickets of another context. Before the first connection.
    func goOn(with tickets: TicketKeys) {
        tickets.setLifetime(ticketLifetime)
        tickets.serve(context)
    }

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
        // No early data, which anybody could send again (RFC 8446 §8).
        SSL_CTX_set_max_early_data(context, 0)
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

    /// What is to be known about them.
    private static func load(
        _ certificates: [CertificateFiles], into context: OpaquePointer
    ) throws(ServerError) -> [String] {
        var warnings: [String] = []
        var kinds: [Int32: CertificateFiles] = [:]
        for files in certificates {
            let leaf = try loadCertificate(files, into: context)
            let kind = EVP_PKEY_get_base_id(X509_get0_pubkey(leaf))
            // OpenSSL has one place for each kind, and would forget the first.
            if let other = kinds.updateValue(files, forKey: kind) {
                throw ServerError(
                    operation: "cannot use the TLS certificate \"\(files.certificate)\"",
                    reason: "its key is of the same kind as that of \"\(other.certificate)\"")
            }
            try loadKey(files, of: leaf, into: context)
            if let warning = warning(about: leaf, files) { warnings.append(warning) }
        }
        return warnings
    }

    /// The leaf, which belongs to the context.
    private static func loadCertificate(
        _ files: CertificateFiles, into context: OpaquePointer
    ) throws(ServerError) -> OpaquePointer {
        guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1,
            let leaf = SSL_CTX_get0_certificate(context)
        else {
            throw ServerError(
                operation: "cannot use the TLS certificate \"\(files.certificate)\"", reason: reason())
        }
        return leaf
    }

    private static func loadKey(
        _ files: CertificateFiles, of leaf: OpaquePointer, into context: OpaquePointer
    ) throws(ServerError) {
        let belongs =
            "the TLS key \"\(files.key)\" does not belong to the certificate \"\(files.certificate)\""
        if SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) != 1 {
            let isMismatch = sessiond_is_mismatch(ERR_peek_last_error()) != 0
            throw ServerError(
                operation: isMismatch ? belongs : "cannot use the TLS key \"\(files.key)\"", reason: reason())
        }
        // A key of another kind went to another place, where it may even find a certificate that it belongs to.
        guard SSL_CTX_get0_certificate(context) == leaf, SSL_CTX_check_private_key(context) == 1 else {
            ERR_clear_error()
            throw ServerError(operation: belongs, reason: "it is of another kind")
        }
    }

    private static func warning(about leaf: OpaquePointer, _ files: CertificateFiles) -> String? {
        if X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0 {
            return "the TLS certificate \"\(files.certificate)\" has expired"
        }
        if X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0 {
            return "the TLS certificate \"\(files.certificate)\" is not valid yet"
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

    /// The server's side of a connection to come. The caller frees it.
    func makeSSL() -> OpaquePointer? { SSL_new(context) }

    /// A bufferevent without a socket yet, which will answer a handshake, and its TLS side; it owns that.
    func makeBufferevent(base: OpaquePointer) -> (bufferevent: OpaquePointer, session: TLSSession) {
        guard let ssl = makeSSL(),
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
