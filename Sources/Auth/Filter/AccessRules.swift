/// Who may touch whose account (docs/HTTP.md, "Access").
public enum AccessRules: String, Sendable, CaseIterable {
    /// An administrator everything, another user itself.
    case own = "self"
    /// Any signed-in user everything, as the original had it.
    case authenticated

    /// Whether this user may list all accounts.
    public func mayListUsers(_ user: User) -> Bool {
        self == .authenticated || user.isAdministrator
    }

    /// Whether this user may read, change and delete that account.
    public func mayAccess(_ account: UserID, _ user: User) -> Bool {
        mayListUsers(user) || user.id == account
    }
}
