/// Rows that are to be deleted, in batches of one transaction: a loop appends to it, so nothing may move millions.
struct StaleRows {
    /// Rows of one batch.
    static let batch = 1_000

    private var batches: [[SessionID]] = []

    /// Whether there are none.
    var isEmpty: Bool { batches.isEmpty }

    /// Adds at most a batch.
    mutating func append(_ ids: [SessionID]) {
        guard !ids.isEmpty else { return }
        if let last = batches.indices.last, batches[last].count + ids.count <= Self.batch {
            batches[last] += ids
        } else {
            batches.append(ids)
        }
    }

    /// Takes some away; nil: there are none.
    mutating func take() -> [SessionID]? {
        batches.popLast()
    }
}
