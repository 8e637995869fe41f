import Auth
import HTTP

extension UserHandlers {
    /// Whether a change disables the user or enables it again; nil: neither. For administrators, whatever the access
    /// rules give to others, and not to lock themselves out.
    func disabling(
        of id: UserID, in object: JSONObject, _ call: Call, _ caller: Caller
    ) throws -> Bool? {
        guard let value = object["disabled"], value != .null else { return nil }
        if let user = caller.restrictedTo, !user.isAdministrator { throw HTTPError(.forbidden) }
        try signInAge.check(caller, at: call.now)
        guard case .bool(let isDisabled) = value else {
            throw HTTPError(.badRequest, "disabled is not a boolean")
        }
        if isDisabled, caller.signedIn?.user.id == id {
            throw HTTPError(.badRequest, "an administrator cannot disable itself")
        }
        return isDisabled
    }
}
