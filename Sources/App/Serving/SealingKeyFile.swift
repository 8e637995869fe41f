import Auth
import Crypto
import Glibc
import SQLiteStorage

/// Where the key comes from that seals secrets in the data file: the environment, or a file of one line.
struct SealingKeyFile {
    /// The variable; it has no flag and no setting, so that the key is in no argument list.
    static let variable = "SESSIOND_SEALING_KEY"

    let path: String
    /// The data file: its owner is whom the server runs as.
    let dataFile: String

    /// The key of this data file, made at the first start. Throws when the data file was sealed under another one.
    func key(environment: String?, for store: SQLiteStore) async throws -> SealingKey {
        if let environment {
            return try await Self.check(try Self.key(environment), store, from: Self.variable)
        }
        let (token, isNew) = try readOrCreate()
        do {
            return try await Self.check(SealingKey(token), store, from: path)
        } catch {
            if isNew { unlink(path) }
            throw isNew && error as? Problem == .foreign(path) ? Problem.lost(path) : error
        }
    }

    /// Whether the key that is there opens what marks a data file as sealed under it; false without a key.
    func opens(_ check: [UInt8], environment: String?) throws -> Bool {
        let key: SealingKey
        if let environment {
            key = try Self.key(environment)
        } else {
            guard let token = try existing() else { return false }
            key = SealingKey(token)
        }
        return key.open(check, for: Self.check) != nil
    }

    private static func key(_ environment: String) throws -> SealingKey {
        guard let token = SecretToken(Array(environment.utf8)[...]) else { throw Problem.malformed(variable) }
        return SealingKey(token)
    }

    private static let check = "sealing-check"

    /// Something is sealed under the key at once, so that another one is noticed before it seals anything.
    private static func check(_ key: SealingKey, _ store: SQLiteStore, from source: String) async throws
        -> SealingKey
    {
        let sealed = try await store.secret(check, orStore: key.seal([], for: check))
        guard key.open(sealed, for: check) != nil else { throw Problem.foreign(source) }
        return key
    }

    private func readOrCreate() throws -> (SecretToken, isNew: Bool) {
        if let token = try existing() { return (token, false) }
        return (try create(), true)
    }

    /// It gets its name, which nobody else's may be, when it is whole and on the disk: a crash leaves no half of a key,
    /// and nothing sealed under one that is lost.
    private func create() throws -> SecretToken {
        let partial = path + ".partial"
        // Left over from a crash.
        unlink(partial)
        let token = SecretToken.random()
        let descriptor = open(partial, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("create") }
        defer {
            close(descriptor)
            unlink(partial)
        }
        let line = Array((token.text + "\n").utf8)
        guard Glibc.write(descriptor, line, line.count) == line.count else { throw failure("write") }
        try giveAway(descriptor)
        guard fsync(descriptor) == 0 else { throw failure("write") }
        guard link(partial, path) == 0 else { throw failure("create") }
        try syncFolder()
        return token
    }

    /// Root makes it for the user whom the server runs as.
    private func giveAway(_ descriptor: Int32) throws {
        var owner = stat()
        guard geteuid() == 0, stat(dataFile, &owner) == 0 else { return }
        guard fchown(descriptor, owner.st_uid, owner.st_gid) == 0 else { throw failure("give away") }
    }

    private func syncFolder() throws {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("write") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write") }
    }

    private func failure(_ verb: String) -> FileFailure {
        FileFailure(operation: "cannot \(verb) \(path)", code: errno)
    }

    /// Nil: there is no file.
    private func existing() throws -> SecretToken? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileFailure(operation: "cannot open \(path)", code: errno)
        }
        defer { close(descriptor) }
        return try read(descriptor)
    }

    /// A key that others can read is none.
    private func read(_ descriptor: Int32) throws -> SecretToken {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem.malformed(path)
        }
        guard status.st_mode & 0o077 == 0 else { throw Problem.readable(path) }
        var line = [UInt8](repeating: 0, count: SecretToken.length + 2)
        let count = Glibc.read(descriptor, &line, line.count)
        guard count >= 0 else { throw FileFailure(operation: "cannot read \(path)", code: errno) }
        let text = line[..<count].last == UInt8(ascii: "\n") ? line[..<(count - 1)] : line[..<count]
        guard let token = SecretToken(text) else { throw Problem.malformed(path) }
        return token
    }

    /// What is wrong with a key; never its content.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case malformed(String)
        case readable(String)
        case foreign(String)
        case lost(String)

        var description: String {
            switch self {
            case .malformed(let source): "\(source) is no key: 43 characters of base64url for 32 octets"
            case .readable(let path): "\(path) can be read by others; chmod 600 \(path)"
            case .foreign(let source): "\(source) is not the key that the data file is sealed under"
            case .lost(let path):
                "\(path) is missing, and the data file is sealed under the key that was in it"
            }
        }
    }
}

extension Configuration {
    /// The key of the data file.
    func sealingKey(in store: SQLiteStore) throws -> SealingKey {
        try blocking { try await sealingKeyFile.key(environment: Self.sealingKey, for: store) }
    }

    /// Whether a backup that has this check was sealed under the key that is here.
    func opensSealed(_ check: [UInt8]) throws -> Bool {
        try sealingKeyFile.opens(check, environment: Self.sealingKey)
    }

    private var sealingKeyFile: SealingKeyFile {
        let dataFile = data.resolvedFile
        return SealingKeyFile(
            path: data.keyFile.isEmpty ? dataFile + ".key" : data.keyFile, dataFile: dataFile)
    }

    private static var sealingKey: String? { getenv(SealingKeyFile.variable).map { String(cString: $0) } }
}
