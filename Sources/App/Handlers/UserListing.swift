import Auth
import HTTP
import Workers

/// Reads and writes out lists of users on a thread of its own, one at a time: a long one takes milliseconds, for
/// which no other request of a loop shall wait, and a hundred of them at once would take memory.
final class UserListing: Sendable {
    private let accounts: Accounts
    private let pool = WorkerPool(name: "listing", threads: 1, capacity: 1_024, niceness: 10)

    init(accounts: Accounts) {
        self.accounts = accounts
    }

    /// All users, or at most `limit` that come after `after`, with a link to the next page if there is one.
    func page(after: UserID?, limit: Int?) async throws -> Response {
        try await pool.run { [accounts] in
            try blocking {
                // One more than asked for tells whether there is a next page.
                var users = try await accounts.users(after: after, limit: limit.map { $0 + 1 })
                var fields: [ResponseField] = []
                if let limit, users.count > limit {
                    users.removeLast(users.count - limit)
                    if let last = users.last {
                        let next = "/api/v1/users?limit=\(limit)&after=\(last.id)"
                        fields.append(ResponseField("Link", "<\(next)>; rel=\"next\""))
                    }
                }
                return Response(status: .ok, fields: fields, body: JSONText.of(users.map(UserJSON.init)))
            }
        }
    }
}
