import Auth
import Crypto
import TestSupport
import Testing

@testable import SQLiteStorage

/// What a data file of an older release keeps.
@Suite struct MigrationsTests {
    private let folder: TemporaryFolder
    private let token = SecretToken.random()

    /// A file of schema 1 with a user, a session and a reset token.
    init() throws {
        folder = try TemporaryFolder()
        try DataFile.create(at: folder.file("data.db"))
        let connection = try SQLiteConnection(path: folder.file("data.db"))
        try connection.script(SQL("making schema 1", Schema.version1))
        let mark = "PRAGMA application_id = \(Migrations.applicationID); PRAGMA user_version = 1"
        try connection.script(SQL("marking", mark))
        try connection.run(
            SQL(
                "inserting a user",
                """
                INSERT INTO users VALUES
                    (7, ?1, 'Ada@example.org', 'ada@example.org', 'Ada', NULL, 'hash', 1, 3, ?2, ?2)
                """),
            .user(UserID(high: 1, low: 2)), .time(start))
        try connection.run(
            SQL("inserting a session", "INSERT INTO sessions VALUES (?1, 7, ?2, ?3, 3)"),
            .digest(token.digest), .time(start), .time(start + .seconds(60)))
        try connection.run(
            SQL("inserting a token", "INSERT INTO reset_tokens VALUES (7, ?1, ?2)"),
            .digest(token.digest), .time(start + .seconds(60)))
    }

    @Test func keepsEverythingOfTheFirstSchema() async throws {
        for _ in 1...2 {
            let store = try SQLiteStore(path: folder.file("data.db"))
            defer { store.close() }
            let live = try await store.liveSessions(at: start)
            #expect(
                live.map(\.session) == [
                    SessionRecord(
                        id: SessionID(token), userID: UserID(high: 1, low: 2), createdAt: start,
                        expiresAt: start + .seconds(60), seenAt: start, credentialVersion: 3)
                ])
            let user = try #require(live.first?.user)
            #expect(user.email.text == "Ada@example.org")
            #expect(user.isAdministrator && !user.isDisabled)
            #expect(try await store.hasResetToken(token.digest, for: user.id, at: start))
            // Nobody else is the first.
            #expect(
                try await store.insert(newAccount("\(UInt64.random(in: 0 ... .max))@b.c"))?.isAdministrator
                    == false)
        }
    }

    @Test func theSessionsStillGoWithTheirUser() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        #expect(try await store.delete(UserID(high: 1, low: 2)))
        #expect(try await store.liveSessions(at: start).isEmpty)
    }

    @Test func aFileIsOfTheNewestSchemaAfterwards() throws {
        try SQLiteStore(path: folder.file("data.db")).close()
        let connection = try SQLiteConnection(path: folder.file("data.db"))
        let version = try connection.row(SQL("reading", "PRAGMA user_version")) { $0.integer(0) }
        #expect(version == Int64(Migrations.steps.count))
        let broken = try connection.rows(SQL("checking", "PRAGMA foreign_key_check")) { $0.text(0) }
        #expect(broken.isEmpty)
        #expect(try connection.row(SQL("checking", "PRAGMA integrity_check")) { $0.text(0) } == "ok")
    }
}
