import Testing

@testable import HTTP

/// Eight octets at once find what one after another would.
@Suite struct OctetScanningTests {
    /// Every octet at every place, among neighbours that a borrow or a carry could come from.
    @Test(arguments: [UInt8(0x20), 0x00, 0x0a, 0x0b, 0x7e, 0x7f, 0x80, 0xff])
    func findsTheFirstOfManyWhereverItIs(_ neighbour: UInt8) {
        for octet in [UInt8.min, 0x0a, 0x2c, 0x3b, 0x80, .max] where octet != neighbour {
            for length in 0..<20 {
                for place in 0...length {
                    var octets = [UInt8](repeating: neighbour, count: length + 1)
                    octets[place] = octet
                    for start in 0...place {
                        for end in [place, length + 1] {
                            let found = octets.firstIndex(of: octet, in: start..<end)
                            #expect(found == place, "\(octet) at \(place) in \(start)..<\(end)")
                        }
                    }
                }
            }
        }
    }

    @Test func takesTheFirstOfTwo() {
        for first in 0..<16 {
            for second in first + 1..<17 {
                var octets = [UInt8](repeating: 0x0b, count: 17)
                octets[first] = 0x0a
                octets[second] = 0x0a
                #expect(octets.firstIndex(of: 0x0a, in: 0..<17) == first)
            }
        }
    }

    @Test func knowsWhatAFieldValueMayHold() {
        for octet in UInt8.min ... .max {
            for neighbour in [UInt8(0x20), 0x09, 0x7e, 0x80, 0xff] {
                for place in 0..<17 {
                    var octets = [UInt8](repeating: neighbour, count: 17)
                    octets[place] = octet
                    let isAllowed = octet == 0x09 || octet >= 0x20 && octet != 0x7f
                    #expect(octets.isFieldContent(0..<17) == isAllowed, "\(octet) at \(place)")
                    // What lies outside of the range does not count.
                    #expect(octets.isFieldContent(0..<place))
                    #expect(octets.isFieldContent(place + 1..<17))
                }
            }
        }
    }

    @Test func comparesWords() {
        let octets = Array("x-FORWARDED-for".utf8)
        #expect(octets.equals(Array("x-forwarded-for".utf8), ignoringCaseIn: 0..<15))
        #expect(!octets.equals(Array("x-forwarded-fo".utf8), ignoringCaseIn: 0..<15))
        #expect(!octets.equals(Array("x\u{d}forwarded-for".utf8), ignoringCaseIn: 0..<15))
        #expect(octets.begins(with: Array("FORW".utf8), at: 2))
        #expect(!octets.begins(with: Array("forw".utf8), at: 2))
        #expect(octets.begins(with: Array("for".utf8), at: 12))
        #expect(!octets.begins(with: Array("form".utf8), at: 12))
        #expect(octets.begins(with: [], at: 15))
    }

    @Test func trimsWhiteSpaceAndNothingElse() {
        let octets = Array(" \t a b\u{0b} \t".utf8)
        #expect(octets.trimmingWhitespace(0..<octets.count) == 3..<7)
        #expect(octets.trimmingWhitespace(0..<3).isEmpty)
        #expect(octets.trimmingWhitespace(4..<4).isEmpty)
    }
}

/// A macro takes no span.
extension [UInt8] {
    fileprivate func firstIndex(of octet: UInt8, in range: Range<Int>) -> Int {
        span.firstIndex(of: octet, in: range)
    }
    fileprivate func isFieldContent(_ range: Range<Int>) -> Bool { span.isFieldContent(range) }
    fileprivate func equals(_ word: [UInt8], ignoringCaseIn range: Range<Int>) -> Bool {
        span.equals(word, ignoringCaseIn: range)
    }
    fileprivate func begins(with octets: [UInt8], at start: Int) -> Bool {
        span.begins(with: octets, at: start)
    }
    fileprivate func trimmingWhitespace(_ range: Range<Int>) -> Range<Int> { span.trimmingWhitespace(range) }
}
