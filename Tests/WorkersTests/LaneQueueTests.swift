import Testing

@testable import Workers

@Suite struct LaneQueueTests {
    private typealias Queue = LaneQueue<Character, String>

    /// Letters in upper case are in the preferred lane.
    private static func add(_ source: Character, to queue: inout Queue, as job: String? = nil) -> String? {
        let lane: Lane = source.isUppercase ? .preferred : .ordinary
        return switch queue.append(job ?? String(source), from: source, in: lane) {
        case .taken(let displaced): displaced ?? "-"
        case .refused: nil
        }
    }

    private static func queue(_ arrivals: String, capacity: Int = 100) -> Queue {
        var queue = Queue(capacity: capacity)
        for source in arrivals { #expect(add(source, to: &queue) == "-") }
        return queue
    }

    private static func drained(_ queue: Queue) -> String {
        var queue = queue
        var jobs = ""
        while let first = queue.first {
            jobs += first
            #expect(queue.removeFirst() == first)
        }
        #expect(queue.count == 0 && queue.removeFirst() == nil)
        return jobs
    }

    @Test(arguments: [
        ("", ""), ("abA", "Aab"), ("abAABB", "ABABab"), ("aaaAAAAA", "AAAAaAaa"),
        ("aaAAAAAAAAA", "AAAAaAAAAaA"), ("AAAAAA", "AAAAAA"),
    ])
    func thePreferredComeFirstApartFromEveryFifthTurn(_ arrivals: String, _ order: String) {
        #expect(Self.drained(Self.queue(arrivals)) == order)
    }

    @Test func preferredJobsThatNobodyWaitedForDoNotCount() {
        var queue = Self.queue("AAAA")
        for _ in 0..<4 { _ = queue.removeFirst() }
        for source in "aAA" { #expect(Self.add(source, to: &queue) == "-") }
        #expect(Self.drained(queue) == "AAa")
    }

    @Test(arguments: ["aaaa", "AAAA", "abcd", "aA"]) func takesWhatThereIsRoomForAndNoMore(_ arrivals: String)
    {
        var queue = Self.queue(arrivals, capacity: arrivals.count)
        #expect(Self.add(arrivals.last ?? "a", to: &queue) == nil)
        #expect(queue.count == arrivals.count)
    }

    @Test func aSourceWithManyGivesWayToOneWithFewer() {
        var queue = Queue(capacity: 4)
        for number in 1...4 { #expect(Self.add("a", to: &queue, as: "a\(number)") == "-") }
        #expect(Self.add("b", to: &queue, as: "b1") == "a4")
        #expect(Self.add("c", to: &queue, as: "c1") == "a3")
        #expect(Self.add("b", to: &queue, as: "b2") == nil)
        #expect(Self.add("a", to: &queue, as: "a5") == nil)
        #expect(Self.add("d", to: &queue, as: "d1") == "a2")
        #expect(Self.add("e", to: &queue, as: "e1") == nil)
        #expect(Self.drained(queue) == "a1b1c1d1")
    }

    @Test func strangersGiveWayToKnownDevicesUpToHalf() {
        var queue = Self.queue("abcd", capacity: 4)
        #expect(Self.add("A", to: &queue) == "d")
        #expect(Self.add("B", to: &queue) == "c")
        #expect(Self.add("C", to: &queue) == nil)
        #expect(Self.add("e", to: &queue) == nil)
        #expect(Self.drained(queue) == "ABab")
    }

    @Test func aFloodOfKnownDevicesGivesWayToStrangersUpToHalf() {
        var queue = Self.queue("AAAA", capacity: 4)
        #expect(Self.add("a", to: &queue) == "A")
        #expect(Self.add("b", to: &queue) == "A")
        #expect(Self.add("c", to: &queue) == nil)
        #expect(Self.add("B", to: &queue) == "A")
        #expect(Self.drained(queue) == "ABab")
    }

    @Test func theOnlyPlaceGoesToTheKnownDevice() {
        var queue = Self.queue("a", capacity: 1)
        #expect(Self.add("A", to: &queue) == "a")
        #expect(Self.add("b", to: &queue) == nil)
        #expect(Self.add("B", to: &queue) == nil)
    }
}
