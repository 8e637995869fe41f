import Auth
import Telemetry

/// Makes a key for tokens when one is due.
struct KeyRotation: Sendable {
    let tokens: InForce<AccessTokens?>
    let audit: AuditLog
    let logger: Logger

    /// Once a second, on a loop; the work, which may be an RSA key, is done elsewhere.
    @Sendable func tick() {
        let now = SystemClock.now()
        guard let tokens = tokens.value, tokens.keys.isDue(tokens.policy, at: now.wall) else { return }
        Task {
            do {
                guard let key = try await tokens.keys.rotateIfDue(tokens.policy, at: now.wall) else { return }
                audit.record(.keyRotated, from: AuditSource(), [.key(key.id)])
            } catch {
                logger.log(.error, "signing key not rotated", ["cause": .string(String(describing: error))])
            }
        }
    }
}
