/// What a JSON body may hold at most; past it the body is refused before it is decoded.
///
/// Foundation's decoder takes longer for each value the deeper it lies: 64 KiB of brackets 400 deep kept it busy
/// for 40 seconds.
struct JSONLimits: Sendable, Equatable {
    /// Objects and arrays inside each other, the outermost included; default 8: no route reads deeper than 2.
    var depth = 8
    /// Values in all; default 512: about 2 ms to decode at full depth.
    var values = 512

    /// Whether a text keeps to the limits; of a text that is not JSON it says nothing useful.
    func admits(_ text: [UInt8]) -> Bool {
        var level = 0
        var count = 1
        var isInString = false
        var isEscaped = false
        for octet in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if octet == Octet.backslash {
                    isEscaped = true
                } else if octet == Octet.quote {
                    isInString = false
                }
                continue
            }
            switch octet {
            case Octet.quote:
                isInString = true
            case Octet.braceOpen, Octet.bracketOpen:
                level += 1
                count += 1
            case Octet.braceClose, Octet.bracketClose:
                level -= 1
            case Octet.comma:
                count += 1
            default:
                break
            }
            guard level <= depth, count <= values else { return false }
        }
        return true
    }
}
