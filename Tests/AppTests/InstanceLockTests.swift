import Glibc
import TestSupport
import Testing

@testable import App

@Suite struct InstanceLockTests {
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        folder = try TemporaryFolder()
        file = folder.file("data.db")
    }

    @Test func isTakenOnce() throws {
        let lock = try InstanceLock.acquire(dataFile: file)
        let error = #expect(throws: InstanceLock.Taken.self) { try InstanceLock.acquire(dataFile: file) }
        #expect(error.map { "\($0)" } == "another sessiond uses the data file \(file)")
        withExtendedLifetime(lock) {}
    }

    @Test func canBeTakenAgainOnceItIsFree() throws {
        for _ in 0..<3 {
            let lock = try InstanceLock.acquire(dataFile: file)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func otherDataFilesHaveOtherLocks() throws {
        let locks = (
            try InstanceLock.acquire(dataFile: file),
            try InstanceLock.acquire(dataFile: folder.file("other.db"))
        )
        withExtendedLifetime(locks) {}
    }

    @Test func isReadableByItsOwnerAlone() throws {
        let lock = try InstanceLock.acquire(dataFile: file)
        var status = stat()
        try #require(lstat(file + ".lock", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        withExtendedLifetime(lock) {}
    }

    @Test func aFolderThatIsNotThereIsAnotherError() throws {
        let error = #expect(throws: FileFailure.self) {
            try InstanceLock.acquire(dataFile: file + "/data.db")
        }
        #expect(error?.code == ENOENT)
        #expect(error.map { "\($0)" } == "cannot open \(file)/data.db.lock: No such file or directory")
    }

    @Test func aLinkToADataFileHasTheLockOfTheFile() throws {
        try #require(creat(file, 0o600) >= 0)
        let link = folder.file("link.db")
        try #require(symlink(file, link) == 0)
        var (direct, byLink) = (Configuration.DataFile(), Configuration.DataFile())
        (direct.file, byLink.file) = (file, link)
        #expect(direct.resolvedFile == byLink.resolvedFile)
        let lock = try InstanceLock.acquire(dataFile: direct.resolvedFile)
        #expect(throws: InstanceLock.Taken.self) { try InstanceLock.acquire(dataFile: byLink.resolvedFile) }
        withExtendedLifetime(lock) {}
    }

    @Test func aFileThatIsNotThereYetHasTheNameThatIsGiven() {
        var new = Configuration.DataFile()
        new.file = folder.file("new.db")
        #expect(new.resolvedFile == new.file)
    }
}
