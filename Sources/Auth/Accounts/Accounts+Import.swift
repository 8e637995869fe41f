import Crypto

/// A user of another server, with the hash of the password as that server made it.
public struct ForeignAccount: Sendable, Codable {
    /// Not read yet.
    public var email: String
    /// Of a kind that `PasswordHashing` verifies; else the account is refused.
    public var passwordHash: String
    /// As given; nil: none.
    public var firstName: String?
    /// As given; nil: none.
    public var lastName: String?
    /// Whether the access rules let it do everything.
    public var isAdministrator: Bool

    /// All that is taken over of a user.
    public init(
        email: String, passwordHash: String, firstName: String? = nil, lastName: String? = nil,
        isAdministrator: Bool = false
    ) {
        self.email = email
        self.passwordHash = passwordHash
        self.firstName = firstName
        self.lastName = lastName
        self.isAdministrator = isAdministrator
    }
}

extension ForeignAccount: CustomStringConvertible, CustomReflectable {
    /// Without the hash.
    public var description: String { "ForeignAccount(…)" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What became of a `ForeignAccount`.
public enum ImportOutcome: Sendable, Codable, Equatable {
    /// There is an account now; of a trial, there could be.
    case imported
    /// There was an account with this address, which stays as it is.
    case exists
    /// Nothing was done, for this reason: in words, without address or hash.
    case refused(String)
}

extension Accounts {
    /// Takes users over, as one transaction, and says in the same order what became of them. Who is administrator is
    /// for the list to say: nobody is for being the first.
    ///
    /// - Parameter isTrial: Changes nothing.
    public func take(_ given: [ForeignAccount], isTrial: Bool, at now: Moment) async throws -> [ImportOutcome]
    {
        var outcomes = [ImportOutcome](repeating: .imported, count: given.count)
        var accounts: [(index: Int, account: NewAccount)] = []
        for (index, foreign) in given.enumerated() {
            guard let email = EmailAddress(foreign.email) else {
                outcomes[index] = .refused("not an email address")
                continue
            }
            if let refusal = hashing.importRefusal(of: foreign.passwordHash) {
                outcomes[index] = .refused(refusal)
                continue
            }
            // Its owner could never sign in.
            guard hashing.memoryKiB(toVerify: foreign.passwordHash) <= memoryForHashes else {
                outcomes[index] = .refused("the password hash needs more than passwords.memoryBudgetMiB")
                continue
            }
            let account = NewAccount(
                id: .random(), email: email, firstName: foreign.firstName, lastName: foreign.lastName,
                passwordHash: foreign.passwordHash, createdAt: now.wall, administratorIfFirst: false,
                isAdministrator: foreign.isAdministrator)
            accounts.append((index, account))
        }
        if isTrial {
            for (index, account) in accounts where try await stores.account(email: account.email) != nil {
                outcomes[index] = .exists
            }
        } else {
            let users = try await stores.insert(accounts.map(\.account))
            for (user, index) in zip(users, accounts.map(\.index)) where user == nil {
                outcomes[index] = .exists
            }
        }
        return outcomes
    }
}
