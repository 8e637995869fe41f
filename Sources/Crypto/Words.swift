/// 32 bytes as four numbers, high byte first: they live in registers and tables, not on the heap.
struct Words: Sendable, Equatable {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0
    var fourth: UInt64 = 0

    /// The same value with the bytes of each number in memory order.
    var bigEndian: Words {
        Words(
            first: first.bigEndian, second: second.bigEndian,
            third: third.bigEndian, fourth: fourth.bigEndian)
    }
}
