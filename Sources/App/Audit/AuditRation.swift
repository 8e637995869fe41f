import Workers

/// Lets through a few lines a second of what costs a stranger nothing, and counts the others: nobody fills the disk.
final class AuditRation: Sendable {
    /// What is counted together.
    struct Kind: Sendable, Hashable {
        let event: AuditEvent
        let reason: AuditReason
    }

    /// Lines of one kind in a second: some 2 KB, enough to see who it is.
    static let perSecond = 10

    private let used = Locked<[Kind: Int]>([:])

    /// Whether one more may be written.
    func admits(_ kind: Kind) -> Bool {
        used.withLock { used in
            used[kind, default: 0] += 1
            return used[kind, default: 0] <= Self.perSecond
        }
    }

    /// Begins the next second. Returns what was left out in the last one.
    func next() -> [(kind: Kind, count: Int)] {
        used.withLock { used in
            defer { if !used.isEmpty { used = [:] } }
            return used.compactMap { kind, count in
                count > Self.perSecond ? (kind, count - Self.perSecond) : nil
            }
        }
    }
}
