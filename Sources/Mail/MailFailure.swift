/// A message that the server did not take.
public struct MailFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// libcurl's result code; 0: the library is not there.
    public let code: UInt32
    /// The server's last reply (RFC 5321 §4.2); 0: none.
    public let reply: Int
    /// What happened, in the library's words.
    public let cause: String

    /// A failure.
    public init(code: UInt32, reply: Int, cause: String) {
        (self.code, self.reply, self.cause) = (code, reply, cause)
    }

    /// CURLE_REMOTE_ACCESS_DENIED, CURLE_USE_SSL_FAILED, CURLE_LOGIN_DENIED: not the message's fault.
    private static let ofTheServer: Set<UInt32> = [9, 64, 67]

    /// Whether the server refused this one message, or its recipient; another may well be taken.
    ///
    /// 421 is the server going away.
    public var concernsMessageAlone: Bool {
        (400..<600).contains(reply) && reply != 421 && !Self.ofTheServer.contains(code)
    }

    /// Whether trying again soon is of no use.
    public var isPermanent: Bool { concernsMessageAlone && reply >= 500 }

    /// Whether the transfer was ended by us.
    public var isCancelled: Bool { code == 42 }

    /// For the log: nothing of the message in it.
    public var description: String { "\(cause) (code \(code), reply \(reply))" }
}
