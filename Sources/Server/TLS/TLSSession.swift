import COpenSSL

/// The TLS side of one connection, where its bufferevent is passed by: sending at once, and saying goodbye.
///
/// The bufferevent owns the SSL object and alone reads from it. Whoever holds this uses it until evhttp has freed the
/// connection, on its loop, and only while the output buffer is empty: OpenSSL keeps the order of records by itself.
struct TLSSession {
    private let ssl: OpaquePointer

    init(ssl: OpaquePointer) {
        self.ssl = ssl
    }

    /// Sends all of it and returns its length; or 0: the socket takes no more, or is dead.
    ///
    /// After 0 OpenSSL may hold a part of it. The same bytes, in one piece, must then be offered again before any
    /// others: the bufferevent does so when they are put into its output buffer.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        let sent = SSL_write(ssl, bytes.baseAddress, Int32(bytes.count))
        ERR_clear_error()
        return max(0, Int(sent))
    }

    /// Sends close_notify (RFC 8446 §6.1), once, if the handshake got as far.
    func close() {
        guard SSL_is_init_finished(ssl) == 1, SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN == 0 else { return }
        SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Octets that the socket has taken, TLS's own included. The output buffer does not tell: it keeps an answer until
    /// the last octet is out.
    var sent: Int {
        Int(truncatingIfNeeded: BIO_number_written(SSL_get_wbio(ssl)))
    }
}
