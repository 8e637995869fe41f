/// Everything durable that Auth stands on. One adapter serves all of it.
public typealias Stores = UserStore & SessionStore & ResetTokenStore & OutboxStore & EmailChangeStore
    & SecretStore & SigningKeyStore & RefreshFamilyStore & CredentialStore
