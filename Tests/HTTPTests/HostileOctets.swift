import TestSupport

/// Damages good input, the same way in every run.
struct HostileOctets: RandomNumberGenerator {
    private var random: SplitMix

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
    }

    mutating func next() -> UInt64 {
        random.next()
    }

    /// One of the samples after up to eight changes, each an octet replaced, removed or doubled, or a piece put in.
    mutating func damaged(_ samples: [String], pieces: [String]) -> [UInt8] {
        var octets = Array((samples.randomElement(using: &self) ?? "").utf8)
        for _ in 0..<Int.random(in: 0...8, using: &self) {
            let index = Int.random(in: 0...octets.count, using: &self)
            switch Int.random(in: 0...4, using: &self) {
            case 0 where index < octets.count: octets[index] = UInt8.random(in: 0...255, using: &self)
            case 1 where index < octets.count: octets.remove(at: index)
            case 2 where index < octets.count: octets.insert(octets[index], at: index)
            case 3: octets.removeLast(min(octets.count, Int.random(in: 0...3, using: &self)))
            default: octets.insert(contentsOf: (pieces.randomElement(using: &self) ?? "").utf8, at: index)
            }
        }
        return octets
    }

    /// The same octets as a slice that neither begins nor ends with its array.
    static func embedded(_ octets: some Sequence<UInt8>) -> ArraySlice<UInt8> {
        // What a parser would read past the ends must not look like an end.
        let array = Array("%41[\"".utf8) + octets + Array("41%]\";=".utf8)
        return array[5..<array.count - 7]
    }
}
