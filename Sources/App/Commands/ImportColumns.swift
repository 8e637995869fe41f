import Auth

/// What the first line of a file of users says about the others.
struct ImportColumns {
    enum Column: String, CaseIterable {
        case email
        case passwordHash = "password_hash"
        case firstName = "first_name"
        case lastName = "last_name"
        case isAdmin = "is_admin"
    }

    /// Why a line is no user: never with what stands in it, which may be a hash in the wrong place.
    struct Unfit: Error, Equatable {
        let reason: String
    }

    private let columns: [Column]

    /// From the names in the first line: each once, those of address and hash among them.
    init(_ header: CSVReader.Record) throws {
        let names = Column.allCases.map(\.rawValue).joined(separator: ", ")
        columns = try header.fields.map { field in
            guard let column = Column(rawValue: String(decoding: field, as: UTF8.self)) else {
                throw Refused(description: "the first line must name the columns, of these: \(names)")
            }
            return column
        }
        guard Set(columns).count == columns.count, columns.contains(.email), columns.contains(.passwordHash)
        else {
            throw Refused(
                description: "the first line must name email and password_hash, and each column once")
        }
    }

    /// The user in a line.
    func account(_ record: CSVReader.Record) throws(Unfit) -> ForeignAccount {
        guard record.fields.count == columns.count else {
            throw Unfit(reason: "\(record.fields.count) fields, where the first line names \(columns.count)")
        }
        var account = ForeignAccount(email: "", passwordHash: "")
        for (column, field) in zip(columns, record.fields) {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw Unfit(reason: "\(column.rawValue) is not UTF-8")
            }
            switch column {
            case .email: account.email = text
            case .passwordHash: account.passwordHash = text
            case .firstName: account.firstName = try name(text, column)
            case .lastName: account.lastName = try name(text, column)
            case .isAdmin: account.isAdministrator = try flag(text)
            }
        }
        return account
    }

    /// An empty one is none.
    private func name(_ text: String, _ column: Column) throws(Unfit) -> String? {
        guard text.utf8.count <= UserHandlers.longestName else {
            throw Unfit(reason: "\(column.rawValue) is too long")
        }
        return text.isEmpty ? nil : text
    }

    private func flag(_ text: String) throws(Unfit) -> Bool {
        switch text.lowercased() {
        case "1", "true", "yes": return true
        case "", "0", "false", "no": return false
        default: throw Unfit(reason: "is_admin is neither true nor false")
        }
    }
}
