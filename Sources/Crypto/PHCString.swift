/// An Argon2id hash of one lane, taken apart: `$argon2id$v=19$m=<KiB>,t=<iterations>,p=1$<salt>$<hash>`.
struct PHCString {
    var memoryKiB: Int
    var iterations: Int
    var salt: [UInt8]
    var hash: [UInt8]

    /// Reads the form that this server writes; any other is nil.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19" else {
            return nil
        }
        let costs = parts[3].split(separator: ",")
        guard costs.count == 3, costs[0].hasPrefix("m="), costs[1].hasPrefix("t="), costs[2] == "p=1",
            let memory = UInt32(costs[0].dropFirst(2)), let iterations = UInt32(costs[1].dropFirst(2)),
            let salt = Sodium.base64(parts[4]), let hash = Sodium.base64(parts[5]), hash.count >= 16
        else { return nil }
        memoryKiB = Int(memory)
        self.iterations = Int(iterations)
        self.salt = salt
        self.hash = hash
    }
}
