import Auth
import Glibc
import SQLiteStorage
import Telemetry

/// `sessiond backup` and `sessiond restore`.
enum BackupCommands {
    /// Has a running server make the backup, or makes it while none runs.
    static func backUp(to file: String, _ configuration: Configuration) throws {
        let target = try absolute(file)
        let dataFile = configuration.data.resolvedFile
        // Neither SQLite nor the lock may make a file where there is nothing to copy.
        guard access(dataFile, F_OK) == 0 else {
            throw FileFailure(operation: "cannot open \(dataFile)", code: errno)
        }
        do {
            let lock = try InstanceLock.acquire(dataFile: dataFile)
            defer { withExtendedLifetime(lock) {} }
            try SQLiteStore.backUp(dataFile, to: target)
        } catch is InstanceLock.Taken {
            let reply = try ControlSocket.ask(.backUp(file: target), besides: dataFile)
            if let error = reply.error { throw Refused(description: error) }
        }
        print("backed up \(dataFile) to \(target)")
    }

    /// Only while no server uses the data file.
    static func restore(
        _ file: String, keepingSessions: Bool, droppingAppPasswords: Bool, _ configuration: Configuration
    ) throws {
        let dataFile = configuration.data.resolvedFile
        let lock: InstanceLock
        do {
            lock = try InstanceLock.acquire(dataFile: dataFile)
        } catch let taken as InstanceLock.Taken {
            throw Refused(description: "\(taken): stop it before a restore")
        }
        defer { withExtendedLifetime(lock) {} }
        let restored = try Restoration.restore(
            file, to: dataFile, keepingSessions: keepingSessions,
            sealed: Restoration.Sealed(droppingAppPasswords: droppingAppPasswords) {
                try configuration.opensSealed($0)
            }, stamp: stamp(SystemClock.now().wall))
        print("restored \(file) to \(dataFile): \(restored.users) users")
        if !keepingSessions {
            print("removed \(restored.removed) sessions and reset tokens: everybody has to sign in again")
        }
        if restored.hasLostKeys {
            print("removed app passwords and keys of tokens, sealed under another key than the one here")
        }
        if let kept = restored.kept { print("kept the data file before as \(kept)") }
    }

    /// The server has another working directory.
    private static func absolute(_ file: String) throws -> String {
        if file.hasPrefix("/") { return file }
        guard let folder = getcwd(nil, 0) else {
            throw FileFailure(operation: "cannot find the working directory", code: errno)
        }
        defer { free(folder) }
        return String(cString: folder) + "/" + file
    }

    /// Such as `20261120T050000.123Z`.
    static func stamp(_ time: WallTime) -> String {
        let seconds = UTCText.of(time.seconds).filter { $0 != "-" && $0 != ":" }
        let milliseconds = String(time.milliseconds - time.seconds * 1_000 + 1_000).dropFirst()
        return "\(seconds).\(milliseconds)Z"
    }
}
