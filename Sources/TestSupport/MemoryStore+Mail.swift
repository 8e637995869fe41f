public import Auth
public import Crypto

extension MemoryStore {
    /// The outbox and the wishes for other addresses.
    struct Outbox {
        struct Entry {
            var mail: QueuedMail
            /// Nil: was sent.
            var dueAt: WallTime?
            var sentAt: WallTime?
            /// Nil: the user's own address, whatever it is then.
            var address: EmailAddress?
        }

        var requests: [EmailAddress: WallTime] = [:]
        var waiting: [Entry] = []
        var changes: [UserID: (email: EmailAddress, token: Digest?, expiresAt: WallTime)] = [:]
        private var last: Int64 = 0

        func entry(_ kind: MailKind, of user: UserID) -> Entry? {
            waiting.first { $0.mail.kind == kind && $0.mail.userID == user }
        }

        mutating func put(
            _ kind: MailKind, of user: UserID, to address: EmailAddress?, askedAt: WallTime,
            _ dueAt: WallTime, _ sentAt: WallTime?
        ) {
            waiting.removeAll { $0.mail.kind == kind && $0.mail.userID == user }
            last += 1
            guard let anybody = address ?? EmailAddress("anybody@example.org") else { return }
            let mail = QueuedMail(
                id: last, kind: kind, userID: user, address: anybody, askedAt: askedAt, attempts: 0)
            waiting.append(Entry(mail: mail, dueAt: dueAt, sentAt: sentAt, address: address))
        }

        mutating func queue(
            _ kind: MailKind, of user: UserID, to address: EmailAddress? = nil, at time: WallTime
        ) {
            let sentAt = entry(kind, of: user)?.sentAt
            let earliest = sentAt.map { $0 + QueuedMail.spacing } ?? time
            put(
                kind, of: user, to: address, askedAt: time,
                min(max(time, earliest), time + QueuedMail.spacing), sentAt)
        }

        mutating func forget(_ user: UserID) {
            waiting.removeAll {
                $0.mail.userID == user && [.reset, .emailConfirmation].contains($0.mail.kind)
            }
            changes[user] = nil
        }

        mutating func update(_ id: Int64, _ body: (inout Entry) -> Void) {
            if let index = waiting.firstIndex(where: { $0.mail.id == id }) { body(&waiting[index]) }
        }
    }
}

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func noteResetRequest(for email: EmailAddress, at time: WallTime) async throws {
        try access { $0.mail.requests[email] = time }
    }

    public func queueRequestedResets(at time: WallTime, limit: Int) async throws -> Int {
        try access { state in
            func wasJustSent(_ sentAt: WallTime?) -> Bool {
                sentAt.map { $0 <= time && $0 + QueuedMail.spacing > time } ?? false
            }
            state.mail.waiting.removeAll { $0.dueAt == nil && !wasJustSent($0.sentAt) }
            let taken = Array(state.mail.requests.prefix(max(limit, 0)))
            for (email, askedAt) in taken {
                state.mail.requests[email] = nil
                let user = state.accounts.first { $0.user.email == email }?.user
                guard let user, !user.isDisabled, state.mail.entry(.reset, of: user.id) == nil else {
                    continue
                }
                state.mail.put(.reset, of: user.id, to: nil, askedAt: askedAt, time, nil)
            }
            return taken.count
        }
    }

    public func dueMail(at time: WallTime, limit: Int) async throws -> [QueuedMail] {
        try access { state in
            let due = state.mail.waiting.filter { entry in
                entry.dueAt.map { $0 <= time || entry.mail.askedAt > time } ?? false
            }
            let sorted = due.sorted { a, b in
                ((a.dueAt ?? time), a.mail.id) < ((b.dueAt ?? time), b.mail.id)
            }
            return sorted.prefix(max(limit, 0)).map { entry in
                var mail = entry.mail
                let user = state.accounts.first { $0.user.id == mail.userID }?.user
                mail.address = entry.address ?? user?.email ?? mail.address
                return mail
            }
        }
    }

    public func nextMail() async throws -> WallTime? {
        try access { $0.mail.waiting.compactMap(\.dueAt).min() }
    }

    public func noteSent(_ mail: Int64, at time: WallTime) async throws {
        try access { state in
            state.mail.update(mail) { ($0.dueAt, $0.sentAt, $0.mail.attempts) = (nil, time, 0) }
        }
    }

    public func putOff(_ mail: Int64, at time: WallTime, until: WallTime) async throws {
        try access { state in
            state.mail.update(mail) { entry in
                guard entry.dueAt != nil else { return }
                entry.dueAt = until
                entry.mail.askedAt = min(entry.mail.askedAt, time)
                entry.mail.attempts += 1
            }
        }
    }

    public func drop(_ mail: Int64) async throws {
        try access { state in state.mail.waiting.removeAll { $0.mail.id == mail } }
    }

    public func insertEmailChange(
        to email: EmailAddress, of user: UserID, token: Digest?, at time: WallTime, expiresAt: WallTime
    ) async throws -> Bool {
        try access { state in
            let found = state.accounts.first { $0.user.id == user }?.user
            guard let found, !found.isDisabled else { return false }
            state.mail.changes[user] = (email, token, expiresAt)
            if token == nil {
                state.mail.queue(.emailConfirmation, of: user, to: email, at: time)
                state.mail.queue(.emailNotice, of: user, to: found.email, at: time)
            }
            return true
        }
    }

    public func setEmailChangeToken(
        _ token: Digest, to email: EmailAddress, of user: UserID, expiresAt: WallTime
    ) async throws -> Bool {
        try access { state in
            guard let change = state.mail.changes[user], change.email.text == email.text else { return false }
            state.mail.changes[user] = (change.email, token, expiresAt)
            return true
        }
    }

    public func redeemEmailChange(
        _ token: Digest, of user: UserID, at time: WallTime
    ) async throws -> EmailChangeOutcome {
        try access { state in
            guard let change = state.mail.changes[user], change.token == token, change.expiresAt > time else {
                return .unknown
            }
            state.mail.changes[user] = nil
            let isTaken = state.accounts.contains {
                $0.user.id != user && $0.user.email == change.email
            }
            guard !isTaken else { return .taken }
            let changed = Self.change(user, at: time, in: &state) { account, state in
                account.user.email = change.email
                state.resetTokens[user] = nil
                state.mail.forget(user)
            }
            return changed.map { .changed($0) } ?? .unknown
        }
    }
}
