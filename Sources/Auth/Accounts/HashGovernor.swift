public import HTTP
public import Workers

/// Hashes passwords: known devices first, the others in turns by household.
public typealias HashGovernor = Governor<PeerAddress>

extension SignInSource {
    /// Where its hash stands in the queue.
    var place: HashGovernor.Place {
        HashGovernor.Place(isKnownDevice ? .preferred : .ordinary, address.household)
    }
}
