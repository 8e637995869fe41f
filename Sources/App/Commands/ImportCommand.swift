import Auth
import Glibc

/// `sessiond user import`: users of another server, from a file, with their hashes.
struct ImportCommand {
    /// "-" is the input.
    let file: String
    /// Says what would be done, and does nothing.
    let isTrial: Bool

    /// Users that one transaction adds: no sign-in waits long for it.
    static let batch = 500
    /// Octets of a file.
    static let longestFile = 1 << 28

    /// What was done so far.
    private struct Tally {
        var imported = 0
        var existing = 0
        var refused = 0
    }

    /// Says on stderr what was wrong with which line, and returns the exit code: 1 if anything was.
    func run(_ configuration: Configuration) throws -> Int32 {
        let octets = try read()
        // Where quoting is broken nobody knows what is a line: then nothing is done at all.
        var check = CSVReader(octets)
        while try check.next() != nil {}

        var reader = CSVReader(octets)
        guard let header = try reader.next() else { throw Refused(description: "the file is empty") }
        let columns = try ImportColumns(header)
        var tally = Tally()
        defer { print(summary(tally)) }
        try AdminCommand.inSuccession(configuration) { perform in
            var known: Set<EmailAddress> = []
            var batch: [(line: Int, account: ForeignAccount)] = []
            while let record = try reader.next() {
                if let account = account(in: record, columns, &known, &tally) {
                    batch.append((record.line, account))
                }
                if batch.count == Self.batch { try flush(&batch, &tally, perform) }
            }
            try flush(&batch, &tally, perform)
        }
        return tally.refused > 0 ? 1 : 0
    }

    private func account(
        in record: CSVReader.Record, _ columns: ImportColumns, _ known: inout Set<EmailAddress>,
        _ tally: inout Tally
    ) -> ForeignAccount? {
        do throws(ImportColumns.Unfit) {
            let account = try columns.account(record)
            if let email = EmailAddress(account.email), !known.insert(email).inserted {
                throw ImportColumns.Unfit(reason: "the email is in a line before this one")
            }
            return account
        } catch {
            refuse(record.line, error.reason, &tally)
            return nil
        }
    }

    private func flush(
        _ batch: inout [(line: Int, account: ForeignAccount)], _ tally: inout Tally,
        _ perform: (AdminCommand) throws -> AdminReply
    ) throws {
        guard !batch.isEmpty else { return }
        let reply = try perform(.take(batch.map(\.account), isTrial: isTrial))
        for (line, outcome) in zip(batch.map(\.line), reply.imports) {
            switch outcome {
            case .imported: tally.imported += 1
            case .exists:
                tally.existing += 1
                Program.complain("line \(line): skipped, there is an account with this email")
            case .refused(let reason): refuse(line, reason, &tally)
            }
        }
        batch = []
    }

    private func refuse(_ line: Int, _ reason: String, _ tally: inout Tally) {
        tally.refused += 1
        Program.complain("line \(line): refused, \(reason)")
    }

    private func summary(_ tally: Tally) -> String {
        "\(isTrial ? "would import" : "imported") \(tally.imported), skipped \(tally.existing), "
            + "refused \(tally.refused)"
    }

    private func read() throws -> [UInt8] {
        let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(operation: "cannot open \(file)", code: errno) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { return octets }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileFailure(operation: "cannot read \(file)", code: errno) }
            octets.append(contentsOf: piece[..<count])
            guard octets.count <= Self.longestFile else {
                throw FileFailure(operation: "cannot read \(file)", code: EFBIG)
            }
        }
    }
}
