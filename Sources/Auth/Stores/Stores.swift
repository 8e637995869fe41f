/// Everything durable that Auth stands on. One adapter serves all four.
public typealias Stores = UserStore & SessionStore & ResetTokenStore & SecretStore
