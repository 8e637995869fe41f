/// Names of the service and whoever runs it, which add nothing to a password (NIST SP 800-63B §5.1.1.2).
///
/// A password may have them: what is left is measured. So `acme-lovelace-1843` is as good as `-lovelace-1843`.
struct GuessableWords: Sendable, Equatable {
    /// Octets in normalisation form C and lower case, longest first: a word may be a part of another one.
    private let words: [[UInt8]]

    init(_ words: [String]) {
        self.words = words.map(Self.folded).filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    }

    /// Octets of a password, which is in form C, that belong to none of the words.
    func lengthWithout(_ password: String) -> Int {
        guard !words.isEmpty else { return password.utf8.count }
        var rest = Self.folded(password)[...]
        var length = 0
        while !rest.isEmpty {
            if let word = words.first(where: { rest.starts(with: $0) }) {
                rest = rest.dropFirst(word.count)
            } else {
                rest = rest.dropFirst()
                length += 1
            }
        }
        return length
    }

    private static func folded(_ text: String) -> [UInt8] {
        Array(PasswordForms(PasswordForms(text).normalized.lowercased()).normalized.utf8)
    }
}
