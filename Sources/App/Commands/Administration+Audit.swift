import Auth

extension Administration {
    /// Writes down what a command did, to whom. What changed nothing is not written.
    func record(_ command: AdminCommand, _ reply: AdminReply) {
        guard reply.error == nil else { return }
        switch command {
        // What is not reading is written where it is done.
        case .list, .listSessions, .revokeSessions, .listKeys, .rotateKeys, .issueToken, .issueCredential,
            .listCredentials, .revokeCredential:
            break
        case .take(_, let isTrial):
            let taken = reply.imports.count { $0 == .imported }
            if !isTrial, taken > 0 { audit.record(.imported, from: .command, [.count(taken)]) }
        case .backUp: audit.record(.backup, from: .command)
        case .add: record(.registered, reply, administrator: true)
        case .delete: record(.accountDeleted, reply)
        case .setPassword: record(.passwordChanged, reply)
        case .setAdministrator: record(.roleChanged, reply, administrator: true)
        case .setDisabled(_, let isOn): record(isOn ? .accountDisabled : .accountEnabled, reply)
        }
    }

    private func record(_ event: AuditEvent, _ reply: AdminReply, administrator: Bool = false) {
        for user in reply.users {
            audit.record(
                event, from: .command, user: UserID(user.id),
                administrator ? [.administrator(user.isAdministrator)] : [])
        }
    }
}
