public import Crypto
import FoundationEssentials

/// A device from which an account was signed in to before, as its cookie says.
///
/// It proves no identity and opens nothing: it only keeps others' failures from delaying its owner. It holds for one
/// address and one password: after a change, whoever had the old one has a stranger's chances.
public struct KnownDevice: Sendable, Hashable {
    /// Random; failures from this device are counted under it.
    let number: UInt64
    /// Of the account and its password at the sign-in. Not the address alone: who had an account under it that was
    /// deleted knows nothing of the next one.
    private let credential: UInt64
    /// Days since 1970 at the end of which it is a stranger again.
    let lastDay: UInt16

    /// How long a device is known. Default 180 days.
    public static let lifetime = Duration.seconds(Int64(days) * 86_400)
    private static let days = 180
    private static let version: UInt8 = 1
    /// Octets: what is below and a code of 32.
    private static let length = 1 + 2 + 8 + 8 + 32

    /// A device that has just signed in, under the number that it had if it was known.
    public static func signedIn(
        _ user: User, as known: KnownDevice? = nil, at time: WallTime
    ) -> KnownDevice {
        KnownDevice(
            number: known?.number ?? SecureRandom.uint64(), credential: credential(of: user),
            lastDay: UInt16(clamping: day(of: time) + Int64(days)))
    }

    /// Whether it is not worth renewing yet.
    public func isFresh(at time: WallTime) -> Bool {
        Int64(lastDay) - Self.day(of: time) > Int64(Self.days / 2)
    }

    /// Whether it signed in to this account with the password that it has now.
    public func knows(_ user: User) -> Bool { credential == Self.credential(of: user) }

    /// The value of the cookie: 68 characters of base64, of no meaning to anybody else.
    public func text(for email: EmailAddress, under key: AuthenticationKey) -> String {
        let content = content
        return Data(content + Self.code(content, email, key)).base64EncodedString()
    }

    /// Reads the value of a cookie. Nil: forged, of another account, or too old.
    public init?(
        _ text: ArraySlice<UInt8>, of email: EmailAddress, under key: AuthenticationKey, at time: WallTime
    ) {
        guard text.count == Self.length / 3 * 4, let decoded = Data(base64Encoded: Data(text)),
            decoded.count == Self.length, decoded.first == Self.version
        else { return nil }
        let octets = [UInt8](decoded)
        let (content, code) = (Array(octets.prefix(Self.length - 32)), Array(octets.suffix(32)))
        guard ConstantTime.equal(code, Self.code(content, email, key)) else { return nil }
        lastDay = UInt16(UInt64(octets: content[1..<3]))
        number = UInt64(octets: content[3..<11])
        credential = UInt64(octets: content[11..<19])
        guard Self.day(of: time) <= Int64(lastDay) else { return nil }
    }

    private init(number: UInt64, credential: UInt64, lastDay: UInt16) {
        self.number = number
        self.credential = credential
        self.lastDay = lastDay
    }

    private var content: [UInt8] {
        [Self.version, UInt8(lastDay >> 8), UInt8(lastDay & 255)] + number.octets
            + credential.octets
    }

    /// A digest, so that the cookie does not tell whose it is.
    static func credential(of user: User) -> UInt64 {
        let version = UInt64(bitPattern: user.credentialVersion)
        return UInt64(
            octets: SHA256.hash(user.id.high.octets + user.id.low.octets + version.octets).prefix(8))
    }

    /// The address is in the code only: the cookie does not tell whose it is.
    private static func code(_ content: [UInt8], _ email: EmailAddress, _ key: AuthenticationKey) -> [UInt8] {
        key.code(of: content + email.key.utf8).bytes
    }

    private static func day(of time: WallTime) -> Int64 { max(0, time.seconds / 86_400) }
}
