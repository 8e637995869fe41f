import COpenSSL
import Testing

@testable import Server

/// A TLS client without a socket: handshakes with a context, in memory, and resumes the session of the one before.
final class MemoryClient {
    struct Outcome: Equatable {
        var isResumed: Bool
        /// OpenSSL's number for the kind of the certificate's key; nil without a handshake.
        var kind: Int32?
        /// What became of early data.
        var earlyData = SSL_EARLY_DATA_NOT_SENT
        var isDone: Bool { kind != nil }
    }

    private let context: OpaquePointer
    private(set) var session: OpaquePointer?

    /// `signatures` in the order that the client likes.
    init(version: Int32, signatures: String? = nil, ciphers: String? = nil) throws {
        context = try #require(SSL_CTX_new(TLS_client_method()))
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
        if let signatures {
            var list = signatures.utf8CString
            let isSet = list.withUnsafeMutableBytes {
                SSL_CTX_ctrl(context, SSL_CTRL_SET_SIGALGS_LIST, 0, $0.baseAddress)
            }
            try #require(isSet == 1)
        }
        if let ciphers { try #require(SSL_CTX_set_cipher_list(context, ciphers) == 1) }
    }

    deinit {
        SSL_SESSION_free(session)
        SSL_CTX_free(context)
    }

    /// One connection to its end. `early` is sent before the handshake, whatever the server thinks of that.
    func connect(to server: TLSContext, early: [UInt8] = []) throws -> Outcome {
        let (here, there) = (try #require(SSL_new(context)), try #require(server.makeSSL()))
        defer {
            // An end without close_notify would spoil the session.
            SSL_set_shutdown(here, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
            SSL_free(here)
            SSL_free(there)
            ERR_clear_error()
        }
        var ends: (OpaquePointer?, OpaquePointer?)
        try #require(BIO_new_bio_pair(&ends.0, 0, &ends.1, 0) == 1)
        SSL_set_bio(here, ends.0, ends.0)
        SSL_set_bio(there, ends.1, ends.1)
        SSL_set_connect_state(here)
        SSL_set_accept_state(there)
        if let session { try #require(SSL_set_session(here, session) == 1) }
        if !early.isEmpty {
            try #require(SSL_SESSION_set_max_early_data(session, 16_384) == 1)
            var written = 0
            try #require(SSL_write_early_data(here, early, early.count, &written) == 1)
        }
        for _ in 0..<8 {
            SSL_do_handshake(here)
            SSL_do_handshake(there)
        }
        guard SSL_is_init_finished(here) == 1, SSL_is_init_finished(there) == 1 else {
            return Outcome(isResumed: false)
        }
        // The tickets of TLS 1.3 lie in front of the answer.
        var octet: UInt8 = 7
        try #require(SSL_write(there, &octet, 1) == 1 && SSL_read(here, &octet, 1) == 1)
        SSL_SESSION_free(session)
        session = SSL_get1_session(here)
        let leaf = try #require(SSL_get1_peer_certificate(here))
        defer { X509_free(leaf) }
        return Outcome(
            isResumed: SSL_session_reused(here) == 1, kind: EVP_PKEY_get_base_id(X509_get0_pubkey(leaf)),
            earlyData: SSL_get_early_data_status(here))
    }

    /// Goes on with the session of another.
    func take(_ other: MemoryClient) {
        SSL_SESSION_free(session)
        SSL_SESSION_up_ref(other.session)
        session = other.session
    }

    /// The ticket, for a look or a forgery.
    func withTicket<T>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> T) throws -> T {
        var (start, count): (UnsafePointer<UInt8>?, Int) = (nil, 0)
        SSL_SESSION_get0_ticket(session, &start, &count)
        try #require(count > 100)
        let ticket = UnsafeMutableBufferPointer(start: UnsafeMutablePointer(mutating: start), count: count)
        return body(ticket)
    }
}
