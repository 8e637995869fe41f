import Auth
import Testing

@testable import App

@Suite struct ImportColumnsTests {
    private func record(_ fields: String...) -> CSVReader.Record {
        CSVReader.Record(line: 1, fields: fields.map { Array($0.utf8) })
    }

    @Test func readsColumnsInAnyOrder() throws {
        let columns = try ImportColumns(
            record("last_name", "is_admin", "password_hash", "email", "first_name"))
        let account = try columns.account(record("Lovelace", "TRUE", "$6$x", "ada@example.org", ""))
        #expect(account.email == "ada@example.org")
        #expect(account.passwordHash == "$6$x")
        #expect(account.lastName == "Lovelace")
        #expect(account.firstName == nil)
        #expect(account.isAdministrator)
    }

    @Test(arguments: [
        [], [""], ["email"], ["password_hash"], ["email", "password_hash", "email"],
        ["email", "password_hash", "is_disabled"], ["Email", "password_hash"], ["email", " password_hash"],
        ["ada@example.org", "$6$x"],
    ]) func refusesColumnsThatItDoesNotKnowOrLacks(names: [String]) {
        let header = CSVReader.Record(line: 1, fields: names.map { Array($0.utf8) })
        let refusal = #expect(throws: Refused.self) { try ImportColumns(header) }
        #expect(refusal?.description.contains("ada@") == false)
    }

    @Test(arguments: [
        ("1", true), ("yes", true), ("True", true), ("", false), ("0", false), ("FALSE", false),
        ("no", false),
    ])
    func readsWhoIsAdministrator(text: String, isAdministrator: Bool) throws {
        let columns = try ImportColumns(record("email", "password_hash", "is_admin"))
        #expect(try columns.account(record("a@b", "h", text)).isAdministrator == isAdministrator)
    }

    @Test func saysWhyALineIsNoUser() throws {
        let columns = try ImportColumns(record("email", "password_hash", "first_name", "is_admin"))
        for (fields, reason) in [
            (["a@b", "h", "x"], "3 fields, where the first line names 4"),
            (["a@b", "h", "x", "1", ""], "5 fields, where the first line names 4"),
            (["a@b", "h", "x", "maybe"], "is_admin is neither true nor false"),
            (["a@b", "h", String(repeating: "x", count: 1_025), "1"], "first_name is too long"),
        ] {
            let line = CSVReader.Record(line: 1, fields: fields.map { Array($0.utf8) })
            #expect(throws: ImportColumns.Unfit(reason: reason)) { try columns.account(line) }
        }
        let line = CSVReader.Record(line: 1, fields: [[0xff], [], [], []])
        #expect(throws: ImportColumns.Unfit(reason: "email is not UTF-8")) { try columns.account(line) }
        #expect(
            try columns.account(record("a@b", "h", String(repeating: "x", count: 1_024), "")).firstName?.utf8
                .count
                == 1_024)
    }
}
