/// Somebody who may prove something by Digest: a user with app passwords.
struct DigestHolder: Sendable {
    /// The name in the letters that the client computes with.
    let name: String
    /// At least one.
    let passwords: [OpenAppPassword]

    var user: UserSnapshot { passwords[0].user }
}

extension Accounts {
    /// Who has a name that Digest was shown; nil: nobody who may use it.
    func digestHolder(
        _ name: DigestCredentials.Name, _ algorithm: DigestAlgorithm, at now: Moment
    ) -> DigestHolder? {
        switch name {
        case .plain(let name):
            // An alias is a hash, and no name to compute with.
            guard EmailAddress(name) != nil else { return nil }
            let passwords = appPasswords(named: name, at: now)
            return passwords.isEmpty ? nil : DigestHolder(name: name, passwords: passwords)
        case .hashed(let hash):
            let passwords = appPasswords(named: DigestScheme.alias(hash), at: now)
            guard let email = passwords.first?.user.user.email else { return nil }
            // Of the letters that were registered, or of the lower-case ones.
            let name = DigestScheme.spellings(of: email).first {
                DigestProof.hashedName($0, realm: DigestScheme.realm, algorithm) == hash
            }
            return name.map { DigestHolder(name: $0, passwords: passwords) }
        }
    }
}

extension DigestScheme {
    /// The names under which `userhash` finds a user (RFC 7616 §3.4.4), by each algorithm that may be asked for.
    static func aliases(of email: EmailAddress, _ algorithms: [DigestAlgorithm]) -> [String] {
        algorithms.flatMap { algorithm in
            spellings(of: email).map { alias(DigestProof.hashedName($0, realm: realm, algorithm)) }
        }
    }

    static func alias(_ hash: [UInt8]) -> String {
        String(decoding: Hexadecimal.digits(of: hash), as: UTF8.self)
    }

    static func spellings(of email: EmailAddress) -> [String] {
        email.key.utf8.elementsEqual(email.text.utf8) ? [email.text] : [email.text, email.key]
    }
}
