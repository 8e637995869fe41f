import HTTP
import Synchronization
import Telemetry

/// The answers of one loop on one route. The loop alone writes; anybody reads.
final class RouteMeter: Sendable {
    let durations = Histogram()
    /// By method and status: a row of 32 for each method, the first for requests of which none is known.
    private let answers = InlineArray<352, Atomic<Int>> { _ in Atomic(0) }

    /// Counts one answer. On the loop.
    func record(_ method: Method?, _ status: Status, nanoseconds: Int) {
        let place = Self.place(method, status)
        answers[place].store(answers[place].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        durations.recordAlone(nanoseconds: nanoseconds)
    }

    /// How many such answers there were.
    func count(_ method: Method?, _ status: Status) -> Int {
        answers[Self.place(method, status)].load(ordering: .relaxed)
    }

    /// Where they are counted. Every method and every status has a place of its own, which a test looks at.
    static func place(_ method: Method?, _ status: Status) -> Int {
        (method?.row ?? 0) << 5 | columns[Int(truncatingIfNeeded: status.rawValue)]
    }

    static let places = 352

    /// By status code; 0 where there is none.
    private static let columns: [Int] = {
        var columns = [Int](repeating: 0, count: 600)
        for (column, status) in Status.allCases.enumerated() { columns[Int(status.rawValue)] = column }
        return columns
    }()
}

extension Method {
    fileprivate var row: Int {
        switch self {
        case .get: 1
        case .head: 2
        case .post: 3
        case .put: 4
        case .patch: 5
        case .delete: 6
        case .options: 7
        case .trace: 8
        case .connect: 9
        case .query: 10
        }
    }
}
