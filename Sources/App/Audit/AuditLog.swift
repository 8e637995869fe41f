import Auth
import HTTP
import Telemetry

/// Who did it, and from where.
struct AuditSource: Sendable {
    var id: RequestID?
    var address: PeerAddress?
    var actor: UserID?
    /// `session`, `bearer`, `basic`, `digest`, `key` or `command`.
    var scheme: String?

    /// A command on this machine.
    static let command = AuditSource(scheme: "command")
}

/// One line for each security event (OWASP ASVS 5.0, V16): never a secret, never the address that somebody typed.
///
/// Lines wait in a bounded buffer for a thread that writes them. Nobody waits for the disk, and nobody is refused
/// because of it: what could not be written is counted and told (docs/OPERATIONS.md, "Audit log").
final class AuditLog: Sendable {
    private let logger: Logger?
    private let file: AuditFile?
    private let ration = AuditRation()

    /// No line at all.
    static let off = AuditLog(logger: nil, file: nil)

    /// Lines among those of a log, and in its format.
    static func among(_ logger: Logger) -> AuditLog { AuditLog(logger: logger, file: nil) }

    /// Lines in a file of their own.
    static func file(_ path: String, log: Logger) throws -> AuditLog {
        let file = try AuditFile(path, log: log)
        return AuditLog(logger: file.logger, file: file)
    }

    private init(logger: Logger?, file: AuditFile?) {
        self.logger = logger
        self.file = file
    }

    /// Something happened to a user. Without a reason it was done; with one it was refused.
    func record(
        _ event: AuditEvent, _ reason: AuditReason? = nil, from source: AuditSource, user: UserID? = nil,
        _ details: [AuditDetail] = []
    ) {
        guard let logger, file != nil || !logger.isQuiet else { return }
        let isDear = event == .signIn && reason?.costsWork ?? true
        if let reason, !isDear, !ration.admits(.init(event: event, reason: reason)) { return }
        var fields: [(key: String, value: LogValue)] = [
            ("outcome", .string(reason == nil ? "ok" : "refused"))
        ]
        func add(_ key: String, _ text: String?) {
            if let text { fields.append((key, .string(text))) }
        }
        add("reason", reason?.rawValue)
        add("id", source.id?.description)
        add("peer", source.address?.description)
        add("user", user?.description)
        if source.actor != user { add("actor", source.actor?.description) }
        add("scheme", source.scheme)
        fields += details.flatMap(\.fields)
        logger.audit(event.rawValue, fields)
    }

    /// Tells what was left out. Once a second.
    func tellSuppressed() {
        guard let logger else { return }
        for (kind, count) in ration.next() {
            let what = [
                ("of", LogValue.string(kind.event.rawValue)), ("reason", .string(kind.reason.rawValue)),
            ]
            logger.audit(AuditEvent.suppressed.rawValue, what + AuditDetail.count(count).fields)
        }
    }

    /// Goes on in a new file, if it is one that was moved away.
    func reopen() throws { try file?.reopen() }

    /// Writes what is left.
    func close() { file?.close() }
}

extension Call {
    /// Writes a line of the audit log: what happened to a user by this request, and who asked for it. Without a reason
    /// it was done; with one it was refused.
    func record(
        _ event: AuditEvent, _ reason: AuditReason? = nil, user: UserID? = nil, by signedIn: SignedIn? = nil,
        _ details: AuditDetail...
    ) {
        let source = AuditSource(
            id: request.id, address: origin.address, actor: signedIn?.user.id,
            scheme: signedIn?.scheme.rawValue)
        audit.record(event, reason, from: source, user: user, details)
    }

    /// Does what a limit may refuse, and writes that down if it does.
    func limited<T>(_ event: AuditEvent, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let refusal as TooManyTries {
            record(event, .limited)
            throw refusal
        }
    }
}

extension Configuration.Log {
    /// Where audit lines go: among the others, into a file, or nowhere.
    func makeAudit(_ logger: Logger) throws -> AuditLog {
        switch audit {
        case "off": .off
        case "stderr": .among(logger)
        default: try .file(audit, log: logger)
        }
    }
}
