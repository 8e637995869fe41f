/// How many credentials a user may have.
public struct CredentialPolicy: Sendable, Equatable {
    /// API keys of one user. Default 100.
    public var keysPerUser = 100
    /// App passwords of one user. Default 20: one a device.
    public var appPasswordsPerUser = 20

    /// The defaults.
    public init() {}

    func most(of kind: Credential.Kind) -> Int {
        switch kind {
        case .apiKey: keysPerUser
        case .appPassword: appPasswordsPerUser
        }
    }
}
