import Telemetry
import Workers

/// Sign-ins by what came of them: `ok`, or why not, in the words of the audit log.
final class SignInFigures: Sendable {
    private let counts = Locked<[AuditReason?: Int]>([:])

    /// What is written from the start, so that a first one is seen to be one more.
    private static let usual: [AuditReason?] = [
        nil, .wrongPassword, .unknownAccount, .limited, .tooBusy, .unavailable,
    ]

    /// Counts one; nil: it succeeded.
    func count(_ reason: AuditReason?) {
        counts.withLock { $0[reason, default: 0] += 1 }
    }

    func write(to text: inout MetricsText) {
        let counts = counts.withLock { $0 }
        text.begin("sessiond_sign_ins_total", .counter, "Sign-ins by what came of them.")
        for reason in [nil] + AuditReason.allCases where counts[reason] != nil || Self.usual.contains(reason)
        {
            text.add(counts[reason] ?? 0, ["result": reason?.rawValue ?? "ok"])
        }
    }
}
