import Auth
import Testing

@testable import App

@Suite struct BackupCommandsTests {
    @Test(
        arguments: [
            (0, "19700101T000000.000Z"), (1_763_614_800_123, "20251120T050000.123Z"),
            (1_735_689_599_999, "20241231T235959.999Z"), (1_709_164_800_007, "20240229T000000.007Z"),
        ] as [(Int64, String)])
    func stampsInUTC(milliseconds: Int64, stamp: String) {
        #expect(BackupCommands.stamp(WallTime(milliseconds: milliseconds)) == stamp)
    }

    @Test func aStoreWithoutADataFileHasNoBackup() async throws {
        let service = try ApplicationService()
        let reply = await Administration(accounts: service.accounts).perform(
            .backUp(file: "/nowhere"), at: SystemClock.now())
        #expect(reply.error == "there is no data file to back up")
    }

    @Test func readsTheCommandLines() throws {
        let none = ConfigurationFlags()
        #expect(try Command.parse(["backup", "a"]) == .backup(file: "a", none))
        #expect(
            try Command.parse(["restore", "a"])
                == .restore(file: "a", keepingSessions: false, droppingAppPasswords: false, none))
        #expect(
            try Command.parse(["restore", "--keep-sessions", "a"])
                == .restore(file: "a", keepingSessions: true, droppingAppPasswords: false, none))
        #expect(
            try Command.parse(["restore", "a", "--drop-app-passwords"])
                == .restore(file: "a", keepingSessions: false, droppingAppPasswords: true, none))
        guard case .backup("a", let flags) = try Command.parse(["backup", "a", "--data", "b"]) else {
            Issue.record("no backup")
            return
        }
        #expect(flags.assignments.map(\.text) == ["b"])
        for arguments in [
            ["backup", "--help"], ["restore", "-h"], ["help", "backup"], ["help", "restore"],
        ] {
            #expect(try Command.parse(arguments) == .help(.backup))
        }
    }

    @Test(
        arguments: [
            (["backup"], "backup needs one FILE"), (["backup", ""], "backup needs one FILE"),
            (["backup", "a", "b"], "backup needs one FILE"), (["restore"], "restore needs one FILE"),
            (["backup", "a", "--keep-sessions"], "\"--keep-sessions\""),
            (["backup", "a", "--drop-app-passwords"], "\"--drop-app-passwords\""),
            (["restore", "a", "--replace"], "\"--replace\""),
        ] as [([String], String)])
    func refusesOtherCommandLines(arguments: [String], part: String) throws {
        let error = #expect(throws: CommandLineError.self) { try Command.parse(arguments) }
        #expect(error?.description.contains(part) == true)
    }
}
