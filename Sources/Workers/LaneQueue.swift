/// Who is served before whom.
public enum Lane: Sendable, Equatable {
    /// First, apart from every fifth turn.
    case preferred
    /// Afterwards.
    case ordinary
}

/// A bounded queue of two lanes, each fair to its sources (`FairQueue`).
///
/// Either lane may fill all of it while the other is empty. When it is full, a lane that has less than half gets a
/// place of the other's; else one source gets a place of another that has more waiting. What gives way is the job
/// that would have been served last.
struct LaneQueue<Source: Hashable & Sendable, Job: Sendable>: Sendable {
    enum Admission: Sendable {
        /// It waits; in the place of this one.
        case taken(displaced: Job?)
        case refused
    }

    /// Preferred jobs in a row while ordinary ones wait: whoever floods the preferred lane does not end the other.
    static var longestRun: Int { 4 }

    private let capacity: Int
    private var preferred = FairQueue<Source, Job>()
    private var ordinary = FairQueue<Source, Job>()
    private var run = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { preferred.count + ordinary.count }

    mutating func append(_ job: Job, from source: Source, in lane: Lane) -> Admission {
        switch lane {
        case .preferred:
            Self.append(
                job, from: source, to: &preferred, besides: &ordinary, room: capacity, (capacity + 1) / 2)
        case .ordinary:
            Self.append(job, from: source, to: &ordinary, besides: &preferred, room: capacity, capacity / 2)
        }
    }

    private static func append(
        _ job: Job, from source: Source, to own: inout FairQueue<Source, Job>,
        besides other: inout FairQueue<Source, Job>, room: Int, _ share: Int
    ) -> Admission {
        var displaced: Job?
        if own.count + other.count >= room {
            if own.count < share {
                displaced = other.removeLast()
            } else if own.goesBeforeLast(source) {
                displaced = own.removeLast()
            } else {
                return .refused
            }
        }
        own.append(job, from: source)
        return .taken(displaced: displaced)
    }

    /// Takes everything, in no order.
    mutating func removeAll() -> [Job] {
        var jobs: [Job] = []
        while let job = preferred.removeFirst() ?? ordinary.removeFirst() { jobs.append(job) }
        return jobs
    }

    private var next: Lane {
        if ordinary.isEmpty { return .preferred }
        return preferred.isEmpty || run >= Self.longestRun ? .ordinary : .preferred
    }

    /// The job that is served next.
    var first: Job? { next == .preferred ? preferred.first : ordinary.first }

    /// Takes the job that is served next.
    mutating func removeFirst() -> Job? {
        switch next {
        case .preferred:
            run = ordinary.isEmpty ? 0 : run + 1
            return preferred.removeFirst()
        case .ordinary:
            run = 0
            return ordinary.removeFirst()
        }
    }
}
