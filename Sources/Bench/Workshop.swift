import App
import Auth
import Crypto
import FoundationEssentials
import Glibc
import HTTP
import Telemetry

/// What the parts are taken from: an application with ten thousand live sessions, on a data file of its own.
struct Workshop {
    let rehearsal: Rehearsal
    /// To a device that forgets.
    let log: Logger
    /// Sessions beside the one of the sample requests.
    static let sessions = 10_000
    /// When it began: the application goes by the clock, and sessions end that nobody asks for.
    static let now = Moment(
        wall: WallTime(milliseconds: milliseconds(CLOCK_REALTIME)),
        steady: SteadyTime(milliseconds: milliseconds(CLOCK_BOOTTIME)))
    private let folder: String
    private let sink: Int32

    init() throws {
        var template = Array("/tmp/sessiond-bench.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(operation: "mkdtemp", code: errno) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        sink = open("/dev/null", O_WRONLY)
        guard sink >= 0 else { throw SystemError(operation: "/dev/null", code: errno) }
        log = Logger(descriptor: sink)
        rehearsal = try Rehearsal(folder: folder)
        guard let token = SecretToken(Array(SampleRequest.token.utf8)[...]) else {
            preconditionFailure("the token of the sample requests is one")
        }
        rehearsal.sessions.insert(Self.session(SessionID(token), of: 0))
        for number in 1...Self.sessions {
            rehearsal.sessions.insert(Self.session(Self.id(number), of: number / 20))
        }
    }

    func close() {
        rehearsal.stop()
        log.flush()
        Glibc.close(sink)
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            print("cannot remove \(folder): \(error)")
        }
    }

    /// A session that lives for as long as the machine does.
    static func session(_ id: SessionID, of user: Int, endsAt: SteadyTime? = nil) -> NewSession {
        let address = "somebody-\(user)@example.com"
        let user = User(
            id: UserID(high: UInt64(user), low: 1), email: EmailAddress(stored: address, key: address),
            createdAt: now.wall, updatedAt: now.wall)
        return NewSession(
            id: id, user: user, createdAt: now.wall, authenticatedAt: now.steady, endsAt: endsAt)
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Spread over all shards.
    static func id(_ number: Int) -> SessionID {
        let bits = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
        return SessionID(high: bits, low: bits.byteSwapped)
    }
}

/// What keeps the measurement from starting.
struct SystemError: Error, CustomStringConvertible {
    let operation: String
    let code: Int32

    var description: String { "\(operation): error \(code)" }
}
