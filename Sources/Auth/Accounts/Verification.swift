/// What came of an address and a password.
public enum Verification: Sendable {
    /// They are this account's.
    case account(Account)
    /// They open nothing. Why is for the operator, and never in an answer.
    case refused(Refusal)

    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    /// Why they open nothing, and whose address it was, if somebody's.
    public struct Refusal: Sendable, Equatable {
        /// The classes.
        public enum Reason: Sendable, Equatable {
            case unknownAccount, wrongPassword, disabled
            /// No password is so long; nobody looked for the account.
            case overlongPassword
        }

        /// The class.
        public let reason: Reason
        /// Nil: nobody's.
        public let user: UserID?

        init(_ reason: Reason, _ user: UserID? = nil) {
            self.reason = reason
            self.user = user
        }
    }
}

extension Accounts {
    /// The account whose address and password these are, or nil. Throws `TooManyTries` when the limits say so.
    public func verify(
        email given: String, password: String, from source: SignInSource = SignInSource()
    ) async throws -> Account? {
        guard case .account(let account) = try await check(email: given, password: password, from: source)
        else { return nil }
        return account
    }
}
