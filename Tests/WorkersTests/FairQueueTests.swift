import TestSupport
import Testing

@testable import Workers

@Suite struct FairQueueTests {
    /// A queue with these jobs: each letter is a source, and a job of it with its number.
    private static func queue(_ arrivals: String) -> FairQueue<Character, String> {
        var queue = FairQueue<Character, String>()
        var numbers: [Character: Int] = [:]
        for source in arrivals {
            numbers[source, default: 0] += 1
            queue.append("\(source)\(numbers[source, default: 0])", from: source)
        }
        return queue
    }

    private static func drained(_ queue: FairQueue<Character, String>) -> [String] {
        var queue = queue
        var jobs: [String] = []
        while let first = queue.first {
            jobs.append(first)
            #expect(queue.removeFirst() == first)
        }
        #expect(
            queue.isEmpty && queue.removeFirst() == nil && queue.removeLast() == nil && queue.sources == 0)
        return jobs
    }

    @Test(arguments: [
        ("", []), ("a", ["a1"]), ("aaa", ["a1", "a2", "a3"]), ("abc", ["a1", "b1", "c1"]),
        ("aaaab", ["a1", "b1", "a2", "a3", "a4"]), ("aaabbc", ["a1", "b1", "c1", "a2", "b2", "a3"]),
    ])
    func servesOneOfEachSourceInTurns(_ arrivals: String, _ order: [String]) {
        #expect(Self.drained(Self.queue(arrivals)) == order)
    }

    @Test func aSingleJobWaitsForOneOfTheFlood() {
        var queue = Self.queue(String(repeating: "f", count: 1_000))
        #expect(queue.removeFirst() == "f1")
        queue.append("x", from: "x")
        #expect(queue.removeFirst() == "f2")
        #expect(queue.removeFirst() == "x")
    }

    /// Each comes back as soon as it was served; or there is a new one each time.
    @Test(arguments: [true, false]) func othersDoNotMakeARoundEndless(_ areTheSame: Bool) {
        var queue = FairQueue<Int, Int>()
        for source in 0..<5 { queue.append(source, from: source) }
        for job in 0..<3 { queue.append(-1 - job, from: -1) }
        var served: [Int] = []
        for turn in 0..<40 {
            guard let job = queue.removeFirst() else { break }
            served.append(job)
            let next = areTheSame && job >= 0 ? job : 100 + turn
            queue.append(next, from: next)
        }
        #expect(served.filter { $0 < 0 } == [-1, -2, -3])
    }

    @Test(arguments: [
        ("a", "a1"), ("aaa", "a3"), ("aaab", "a3"), ("abab", "b2"), ("aabbc", "b2"), ("abc", "c1"),
    ])
    func theNewestOfASourceWithTheMostWaitingIsLast(_ arrivals: String, _ last: String) {
        var queue = Self.queue(arrivals)
        #expect(queue.removeLast() == last)
        #expect(queue.count == arrivals.count - 1)
    }

    @Test func onlyAJobThatWouldBeServedEarlierGoesBeforeTheLast() {
        let queue = Self.queue("aaabb")
        #expect(!queue.goesBeforeLast("a"))
        #expect(!queue.goesBeforeLast("b"))
        #expect(queue.goesBeforeLast("c"))
        #expect(!Self.queue("ab").goesBeforeLast("c"))
        #expect(!Self.queue("").goesBeforeLast("c"))
    }

    @Test func whatGaveWayCountsNoMore() {
        var queue = Self.queue("aaab")
        _ = queue.removeLast()
        _ = queue.removeLast()
        queue.append("c1", from: "c")
        queue.append("a4", from: "a")
        #expect(Self.drained(queue) == ["a1", "b1", "c1", "a4"])
    }

    /// Against a plain model: of each source what waits, in order.
    @Test func keepsEveryJobOnceAndEachSourceInOrder() {
        var random = SplitMix(seed: 7)
        for _ in 0..<200 {
            var queue = FairQueue<Int, Int>()
            var model: [Int: [Int]] = [:]
            for job in 0..<300 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<6:
                    // A few flood, many come once.
                    let source = Int.random(in: 0..<(Bool.random(using: &random) ? 3 : 50), using: &random)
                    queue.append(job, from: source)
                    model[source, default: []].append(job)
                case 6..<9:
                    let first = queue.first
                    let served = queue.removeFirst()
                    #expect(served == first)
                    let owner = model.first { served != nil && $0.value.first == served }?.key
                    #expect((owner == nil) == model.values.allSatisfy(\.isEmpty))
                    if let owner { model[owner]?.removeFirst() }
                default:
                    let most = model.values.map(\.count).max() ?? 0
                    let dropped = queue.removeLast()
                    let owner = model.first { dropped != nil && $0.value.last == dropped }?.key
                    #expect((owner == nil) == (most == 0))
                    // One more or less: whether a source has had its turn in this round.
                    if let owner {
                        #expect((model[owner]?.count ?? 0) >= most - 1)
                        model[owner]?.removeLast()
                    }
                }
                #expect(queue.count == model.values.map(\.count).reduce(0, +))
                #expect(queue.sources == model.values.count { !$0.isEmpty })
            }
        }
    }
}
