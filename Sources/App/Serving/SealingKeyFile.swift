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
            guard let token = SecretToken(Array(environment.utf8)[...]) else {
                throw Problem.malformed(Self.variable)
            }
            return try await Self.check(SealingKey(token), store, from: Self.variable)
        }
        let (token, isNew) = try readOrCreate()
        do {
            return try await Self.check(SealingKey(token), store, from: path)
        } catch {
            if isNew { unlink(path) }
            throw error
        }
    }

    /// Something is sealed under the key at once, so that another one is noticed before it seals anything.
    private static func check(_ key: SealingKey, _ store: SQLiteStore, from source: String) async throws
        -> SealingKey
    {
        let name = "sealing-check"
        let candidate = key.seal([], for: name)
        let sealed = try await store.secret(name, orStore: candidate)
        guard key.open(sealed, for: name) != nil else { throw Problem.foreign(source) }
        return key
    }

    private func readOrCreate() throws -> (SecretToken, isNew: Bool) {
        let existing = open(path, O_RDONLY | O_CLOEXEC)
        if existing >= 0 {
            defer { close(existing) }
            return (try read(existing), false)
        }
        guard errno == ENOENT else { throw FileFailure(operation: "cannot open \(path)", code: errno) }
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

        var description: String {
            switch self {
            case .malformed(let source): "\(source) is no key: 43 characters of base64url for 32 octets"
            case .readable(let path): "\(path) can be read by others; chmod 600 \(path)"
            case .foreign(let source): "\(source) is not the key that the data file is sealed under"
            }
        }
    }
}

extension Configuration {
    /// The key of the data file.
    func sealingKey(in store: SQLiteStore) throws -> SealingKey {
        let file = SealingKeyFile(
            path: data.keyFile.isEmpty ? data.resolvedFile + ".key" : data.keyFile,
            dataFile: data.resolvedFile)
        return try blocking {
            try await file.key(
                environment: getenv(SealingKeyFile.variable).map { String(cString: $0) }, for: store)
        }
    }
}
