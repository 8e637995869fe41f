import Auth

extension Administration {
    /// Issues one, shows those there are, or ends one; of this user.
    func issue(
        _ kind: Credential.Kind, _ terms: CredentialTerms?, for user: User, at now: Moment
    ) async throws -> AdminReply {
        guard let terms else { return AdminReply(error: "not a name, or not a lifetime, that may be") }
        do {
            let issued = try await accounts.issue(kind, terms, for: user, at: now)
            audit.record(.credentialCreated, from: .command, user: user.id, [.credential(kind)])
            return AdminReply(credentials: [CredentialJSON(issued, of: user)])
        } catch let refusal as Accounts.IssueRefusal {
            if case .outdated = refusal, user.isDisabled {
                return AdminReply(error: "\(user.email.text) is disabled")
            }
            return AdminReply(error: refusal.text(kind))
        }
    }

    func list(_ kind: Credential.Kind, of user: User) -> AdminReply {
        AdminReply(credentials: accounts.credentialList(kind, of: user.id))
    }

    func revoke(_ kind: Credential.Kind, _ text: String, of user: User) async throws -> AdminReply {
        guard let id = CredentialID(text), try await accounts.revoke(kind, id, of: user.id) else {
            return AdminReply(error: "\(user.email.text) has none of the \(kind.plural) with that ID")
        }
        audit.record(.credentialRevoked, from: .command, user: user.id, [.credential(kind), .count(1)])
        return AdminReply(ended: 1)
    }
}
