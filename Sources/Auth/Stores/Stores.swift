/// Everything durable that Auth stands on. One adapter serves all three.
public typealias Stores = UserStore & SessionStore & ResetTokenStore
