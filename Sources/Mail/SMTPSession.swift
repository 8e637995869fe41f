// On the list of files that may touch pointers: owns a CURL handle, made in `init`, cleaned up in `deinit`. libcurl
// calls back during `send` and the clean-up, on the same thread, with the `Upload`, which lives as long as the session.
import CCurl

/// Sends messages to one server by SMTP, over one connection as long as that holds. For one thread, which it blocks.
public final class SMTPSession {
    private let curl: CurlLibrary
    private let handle: UnsafeMutableRawPointer
    private let upload: Upload

    /// Nothing is sent yet. `isCancelled` is asked about once a second and ends a transfer.
    public init(_ server: MailServer, isCancelled: @escaping @Sendable () -> Bool) throws(MailFailure) {
        guard let curl = CurlLibrary.shared else {
            throw MailFailure(code: 0, reply: 0, cause: "libcurl.so.4 cannot be loaded (Debian: libcurl4)")
        }
        guard let handle = curl.makeHandle() else {
            throw MailFailure(code: CURLE_OUT_OF_MEMORY.rawValue, reply: 0, cause: "Out of memory")
        }
        (self.curl, self.handle, upload) = (curl, handle, Upload(isCancelled))
        try configure(server)
        try check(
            curl.setCallbacks(handle, read, wasCancelled, Unmanaged.passUnretained(upload).toOpaque()))
    }

    deinit {
        curl.cleanUp(handle)
    }

    /// Whether the library is there.
    public static var isAvailable: Bool { CurlLibrary.shared != nil }

    private func configure(_ server: MailServer) throws(MailFailure) {
        // No signals in a program of threads; nothing from the environment (ALL_PROXY) or a netrc decides.
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NETRC, 0)
        try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        try set(CURLOPT_URL, server.url)
        try set(CURLOPT_UPLOAD, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, server.connectTimeout)
        try set(CURLOPT_TIMEOUT_MS, server.timeout)
        // Seconds; it bounds the good-bye too.
        try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, 30)
        // CURLUSESSL_ALL: all or nothing. CURLUSESSL_NONE.
        try set(CURLOPT_USE_SSL, server.security == .starttls || server.isImplicitlySecure ? 3 : 0)
        try set(CURLOPT_SSLVERSION, 6)  // CURL_SSLVERSION_TLSv1_2, at least
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if !server.authorities.isEmpty {
            try set(CURLOPT_CAINFO, server.authorities)
        }
        if !server.user.isEmpty {
            try set(CURLOPT_USERNAME, server.user)
            try set(CURLOPT_PASSWORD, server.password)
        }
    }

    /// Hands a message over; returns when the server has taken it.
    ///
    /// `seconds` and `id` as for `MailMessage.octets`.
    public func send(_ message: MailMessage, at seconds: Int64, id: String) throws(MailFailure) {
        upload.rest = message.octets(at: seconds, id: id)[...]
        try set(CURLOPT_MAIL_FROM, "<\(message.sender.text)>")
        let recipients = curl.list("<\(message.recipient.text)>")
        defer {
            _ = curl.set(handle, CURLOPT_MAIL_RCPT, nil)
            curl.free(recipients)
        }
        try check(curl.set(handle, CURLOPT_MAIL_RCPT, recipients))
        try check(curl.perform(handle))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(MailFailure) {
        try check(curl.set(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(MailFailure) {
        try check(curl.set(handle, option, value))
    }

    private func check(_ code: CURLcode) throws(MailFailure) {
        guard code != CURLE_OK else { return }
        throw MailFailure(code: code.rawValue, reply: curl.reply(handle), cause: curl.text(of: code))
    }
}

/// The octets of a message that are still to be sent.
private final class Upload {
    var rest: ArraySlice<UInt8> = []
    let isCancelled: @Sendable () -> Bool

    init(_ isCancelled: @escaping @Sendable () -> Bool) {
        self.isCancelled = isCancelled
    }

    /// Moves as many as fit.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = rest.prefix(buffer.count)
        buffer.copyBytes(from: part)
        rest = rest.dropFirst(part.count)
        return part.count
    }

    static func of(_ context: UnsafeMutableRawPointer) -> Upload {
        Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue()
    }
}

private func read(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let buffer, let context else { return 0 }
    return Upload.of(context).read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private func wasCancelled(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    guard let context else { return 0 }
    return Upload.of(context).isCancelled() ? 1 : 0
}
