import Auth
import HTTP
import Workers

/// What happened, by the word of the audit log (docs/OPERATIONS.md, "Audit log").
enum AuditEvent: String, Sendable, CaseIterable {
    case signIn = "sign_in"
    case signOut = "sign_out"
    /// An access token was made; with `grant`.
    case tokenIssued = "token_issued"
    /// An access token that is not good, or not any more.
    case tokenRefused = "token_refused"
    /// A refresh token that had been used came again: its session was ended.
    case refreshReplayed = "refresh_replayed"
    /// A new key signs tokens.
    case keyRotated = "key_rotated"
    /// Sessions ended by a request that is no sign-out; with `count`.
    case sessionsEnded = "sessions_ended"
    case resetAsked = "reset_asked"
    case resetUsed = "reset_used"
    case registered
    /// Users of another server were taken over; with `count`.
    case imported
    case accountDeleted = "account_deleted"
    case accountDisabled = "account_disabled"
    case accountEnabled = "account_enabled"
    /// Administrator, or no longer; with `administrator`.
    case roleChanged = "role_changed"
    case passwordChanged = "password_changed"
    /// The wish for another address, and its confirmation.
    case emailChangeAsked = "email_change_asked"
    case emailChanged = "email_changed"
    /// An API key or app password; with `kind`.
    case credentialCreated = "credential_created"
    /// With `kind` and `count`.
    case credentialRevoked = "credential_revoked"
    case backup
    /// Somebody signed in asked for what is not theirs.
    case accessDenied = "access_denied"
    /// A page of another origin would have changed something.
    case crossSite = "cross_site"
    /// How many lines of one kind were left out in a second; with `count`.
    case suppressed
}

/// Why it was refused. For the operator, and never in an answer.
enum AuditReason: String, Sendable, CaseIterable {
    case unknownAccount = "unknown_account"
    case wrongPassword = "wrong_password"
    case disabled
    case overlongPassword = "overlong_password"
    /// The password was right; meanwhile it was changed, or the account deleted or disabled.
    case changedMeanwhile = "changed_meanwhile"
    /// What Digest computes from an app password.
    case wrongProof = "wrong_proof"
    case replayed
    case limited
    case tooBusy = "too_busy"
    /// The store, or the memory for hashing, failed.
    case unavailable
    /// A reset token that is not one of this account; a refresh token that had been used.
    case badToken = "bad_token"
    /// An API key that was never issued, or has ended, or is another user's; and one whose date is past.
    case badKey = "bad_key"
    case expiredKey = "expired_key"
    case switchedOff = "switched_off"
    /// `Sec-Fetch-Site`, or `Origin`, or `Referer`.
    case fetchSite = "fetch_site"
    case origin
    case referer
    case rights
    /// What is wrong with an access token.
    case malformed
    case unknownKey = "unknown_key"
    case badSignature = "bad_signature"
    case wrongClaims = "wrong_claims"
    case expired
    case early
    case sessionEnded = "session_ended"
    case unknownUser = "unknown_user"

    init(_ refusal: TokenRefusal) {
        self =
            switch refusal {
            case .malformed: .malformed
            case .unknownKey: .unknownKey
            case .badSignature: .badSignature
            case .wrongClaims: .wrongClaims
            case .expired: .expired
            case .early: .early
            case .sessionEnded: .sessionEnded
            case .unknownUser: .unknownUser
            }
    }

    init(_ refusal: Verification.Refusal) {
        self =
            switch refusal.reason {
            case .unknownAccount: .unknownAccount
            case .wrongPassword: .wrongPassword
            case .disabled: .disabled
            case .overlongPassword: .overlongPassword
            }
    }

    init(_ refusal: KeyRefusal) {
        self =
            switch refusal.reason {
            case .unknown, .foreign: .badKey
            case .expired: .expiredKey
            case .disabled: .disabled
            }
    }

    init(_ sign: CrossSiteGuard.Sign) {
        self =
            switch sign {
            case .fetchSite: .fetchSite
            case .origin: .origin
            case .referer: .referer
            }
    }

    /// The class of what was thrown where a password was to be verified.
    init(of error: any Error) {
        self =
            switch error {
            case is TooManyTries: .limited
            case is WorkerPool.Overloaded: .tooBusy
            default: .unavailable
            }
    }

    /// Whether a sign-in cost a hash before it was refused so: that bounds how many there are.
    var costsWork: Bool {
        switch self {
        case .unknownAccount, .wrongPassword, .disabled, .changedMeanwhile: true
        default: false
        }
    }
}
