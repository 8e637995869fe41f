/// Jobs of many sources, served in rounds: of each source one in a round.
///
/// Start-time fair queueing of jobs that cost alike. A job's round is the one after the last of its source, and never
/// the one that is being served: a source with a thousand jobs and one with a single job take turns, and ever new
/// sources do not make a round endless. What would be served last is the newest job of a source with the most
/// waiting, so that is what gives way. Every operation is O(1), on average; memory goes with what waits.
struct FairQueue<Source: Hashable & Sendable, Job: Sendable>: Sendable {
    fileprivate struct Entry {
        let source: Source
        let job: Job
    }

    fileprivate struct Round {
        /// Nil where served.
        var entries: [Entry?] = []
        var served = 0
    }

    /// What waits of one source: one job in each of so many rounds up to the last.
    private struct Standing {
        var last: Int
        var count: Int
    }

    /// None of those after the one being served is empty, since a source has no gaps.
    private var rounds: [Int: Round] = [:]
    /// Of those with jobs that wait.
    private var standings: [Source: Standing] = [:]
    /// The round being served, and the last one with jobs.
    private var current = 0
    private var last = 0

    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// How many sources have jobs that wait.
    var sources: Int { standings.count }

    /// Whether a job of this source would come into an earlier round than the job that would be served last.
    func goesBeforeLast(_ source: Source) -> Bool { round(of: source) < last }

    private func round(of source: Source) -> Int {
        max(current, standings[source]?.last ?? 0) + 1
    }

    mutating func append(_ job: Job, from source: Source) {
        let round = round(of: source)
        rounds[round, default: Round()].entries.append(Entry(source: source, job: job))
        standings[source] = Standing(last: round, count: (standings[source]?.count ?? 0) + 1)
        last = max(last, round)
        count += 1
    }

    /// The job that is served next.
    var first: Job? {
        guard let round = rounds[current] ?? rounds[current + 1] else { return nil }
        return round.entries[round.served]?.job
    }

    /// Takes the job that is served next.
    mutating func removeFirst() -> Job? {
        guard count > 0 else { return nil }
        if rounds[current] == nil { current += 1 }
        let entry = rounds[current]?.removeFirst() ?? nil
        if rounds[current]?.isEmpty == true { rounds[current] = nil }
        return left(entry)
    }

    /// Takes the job that would be served last.
    mutating func removeLast() -> Job? {
        guard count > 0 else { return nil }
        let entry = rounds[last]?.entries.removeLast() ?? nil
        if rounds[last]?.isEmpty == true {
            rounds[last] = nil
            last -= 1
        }
        if let source = entry?.source { standings[source]?.last -= 1 }
        return left(entry)
    }

    /// Forgets it of its source.
    private mutating func left(_ entry: Entry?) -> Job? {
        guard let entry, let standing = standings[entry.source] else {
            preconditionFailure("what waits is in its round and in its source's standing")
        }
        standings[entry.source] =
            standing.count > 1 ? Standing(last: standing.last, count: standing.count - 1) : nil
        count -= 1
        if count == 0 { self = FairQueue() }
        return entry.job
    }
}

extension FairQueue.Round {
    fileprivate var isEmpty: Bool { served == entries.count }

    fileprivate mutating func removeFirst() -> FairQueue.Entry? {
        defer { served += 1 }
        let entry = entries[served]
        entries[served] = nil
        return entry
    }
}
