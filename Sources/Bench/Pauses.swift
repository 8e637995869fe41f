import Glibc

/// How long each of many operations takes, by the thread's processor time.
///
/// That includes what the machine does in between (interrupts, and on a virtual one others' turns), which no clock
/// tells apart. So the same operations are measured in several rounds, and of each the shortest counts: what it needs
/// itself, it needs every time.
struct Pauses {
    /// Nanoseconds by number of the operation.
    private var shortest: [Int32] = []
    private var next = 0
    /// The longest of any round as a caller sees it, with all that the machine did in between.
    private(set) var longestWall = 0

    mutating func beginRound() {
        next = 0
    }

    mutating func measure<T>(_ operation: () -> T) -> T {
        let wall = monotonic()
        let processor = ThreadClock.now()
        let result = operation()
        let took = Int32(clamping: ThreadClock.now() - processor)
        longestWall = max(longestWall, monotonic() - wall)
        if next < shortest.count { shortest[next] = min(shortest[next], took) } else { shortest.append(took) }
        next += 1
        return result
    }

    /// The longest that an operation needs itself, and what 999 of 1,000 stay below.
    var longest: (all: Int32, most: Int32) {
        let sorted = shortest.sorted()
        return (sorted.last ?? 0, sorted.isEmpty ? 0 : sorted[sorted.count * 999 / 1_000])
    }
}

/// Nanoseconds of the monotonic clock.
private func monotonic() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
