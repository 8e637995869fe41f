import Auth
import HTTP

/// `/api/v1/users`: the User model over JSON.
struct UserHandlers: Sendable {
    let accounts: Accounts
    let access: AccessRules
    let registrationIsOpen: Bool
    let signInAge: SignInAge
    let listing: UserListing

    /// Users on one page at most, when a page is asked for.
    private static let longestPage = 1_000
    /// Octets of a first or last name. Default 1,024: long enough for anybody's.
    static let longestName = 1_024

    @Sendable func me(_ call: Call, _ signedIn: SignedIn) -> Response {
        let rendering = signedIn.rendering ?? UserRendering(of: signedIn.user)
        return Response(status: .ok, body: rendering.user)
    }

    @Sendable func list(_ call: Call, _ caller: Caller) async throws -> Response {
        if let user = caller.restrictedTo, !access.mayListUsers(user) { throw HTTPError(.forbidden) }
        let target = call.request.head.target
        let limit = try target.queryItem("limit").map(Self.pageLength)
        let after = try target.queryItem("after").map(Self.position)
        return try await listing.page(after: after, limit: limit)
    }

    private static func pageLength(_ text: String) throws -> Int {
        guard let limit = Int(text), (1...longestPage).contains(limit) else {
            throw HTTPError(.badRequest, "limit must be a number from 1 to \(longestPage)")
        }
        return limit
    }

    private static func position(_ text: String) throws -> UserID {
        guard let id = UserID(text) else { throw HTTPError(.badRequest, "after must be the id of a user") }
        return id
    }

    @Sendable func read(_ call: Call, _ caller: Caller) async throws -> Response {
        let id = try target(of: call, caller)
        if let signedIn = caller.signedIn, signedIn.user.id == id { return me(call, signedIn) }
        guard let user = try await accounts.user(id) else { throw HTTPError(.notFound) }
        return Response(status: .ok, body: JSONText.of(UserJSON(user: user)))
    }

    @Sendable func create(_ call: Call, _ caller: Caller) async throws -> Response {
        // Also where no access rules hold: opening a path does not open registration.
        guard registrationIsOpen || caller.signedIn.map({ access.mayListUsers($0.user) }) ?? false else {
            throw HTTPError(.forbidden)
        }
        let object = try JSONObject(call.request)
        for (name, value) in [("email", object["email"]), ("password", object["password"])] {
            if value == nil || value == .null || value == .string("") {
                throw HTTPError(.badRequest, "\(name) missing")
            }
        }
        do {
            if caller.restrictedTo.map({ !access.mayListUsers($0) }) ?? true {
                try await call.limited(.registered) {
                    try accounts.limits.registering(from: call.origin.address)
                }
            }
            guard let email = try Self.text(object, "email"), let password = try Self.text(object, "password")
            else { throw HTTPError(.badRequest, "Wrong format") }
            let user = try await accounts.register(
                email: email, password: password, firstName: try Self.name(object, "first_name"),
                lastName: try Self.name(object, "last_name"),
                from: SignInSource(address: call.origin.address, isKnownDevice: caller.signedIn != nil),
                at: call.now)
            call.record(
                .registered, user: user.id, by: caller.signedIn,
                .administrator(user.isAdministrator))
            return Response(status: .created, body: JSONText.of(UserJSON(user: user)))
        } catch let unfit as UnfitValue {
            throw HTTPError(.badRequest, "Can't create User: \(unfit.reason)")
        } catch let refusal as Accounts.RegistrationRefusal {
            throw HTTPError(.badRequest, "Can't create User: \(refusal.text)")
        }
    }

    @Sendable func update(_ call: Call, _ caller: Caller) async throws -> Response {
        let id = try target(of: call, caller)
        guard try await accounts.user(id) != nil else { throw HTTPError(.notFound) }
        let object = try JSONObject(call.request)
        let isDisabled = try disabling(of: id, in: object, call, caller)
        do {
            let first = try Self.name(object, "first_name")
            let last = try Self.name(object, "last_name")
            var user: User?
            if let isDisabled { user = try await accounts.setDisabled(id, isDisabled, at: call.now) }
            if isDisabled == nil || first != nil || last != nil {
                user = try await accounts.rename(id, firstName: first, lastName: last, at: call.now)
            }
            guard let user else { throw HTTPError(.notFound) }
            if let isDisabled {
                call.record(isDisabled ? .accountDisabled : .accountEnabled, user: id, by: caller.signedIn)
            }
            return Response(status: .ok, body: JSONText.of(UserJSON(user: user)))
        } catch let unfit as UnfitValue {
            throw HTTPError(.badRequest, unfit.reason)
        }
    }

    @Sendable func delete(_ call: Call, _ caller: Caller) async throws -> Response {
        let id = try target(of: call, caller)
        if caller.restrictedTo?.id != id { try signInAge.check(caller, at: call.now) }
        if let signedIn = caller.signedIn, signedIn.user.id == id, !signedIn.provesOwner {
            throw HTTPError(.forbidden, "Not with this credential")
        }
        guard try await accounts.delete(id) else { throw HTTPError(.notFound) }
        call.record(.accountDeleted, user: id, by: caller.signedIn)
        return Response(status: .ok, body: JSONText.of([String: String]()))
    }

    /// The user that the path names, if the caller may touch it. Whether it exists is no business of others.
    private func target(of call: Call, _ caller: Caller) throws -> UserID {
        guard let id = call.parameters["id"].flatMap(UserID.init) else { throw HTTPError(.notFound) }
        if let user = caller.restrictedTo, !access.mayAccess(id, user) { throw HTTPError(.forbidden) }
        return id
    }

    private struct UnfitValue: Error {
        let reason: String
    }

    private static func text(_ object: JSONObject, _ name: String) throws -> String? {
        switch object[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw UnfitValue(reason: "\(name) is not a string")
        }
    }

    private static func name(_ object: JSONObject, _ name: String) throws -> String? {
        let text = try text(object, name)
        if let text, text.utf8.count > longestName { throw UnfitValue(reason: "\(name) is too long") }
        return text
    }
}

extension Accounts.RegistrationRefusal {
    /// In words for the client.
    var text: String {
        switch self {
        case .notAnAddress: "not an email address"
        case .addressTaken: "email already registered"
        case .password(let reason): reason
        }
    }
}
