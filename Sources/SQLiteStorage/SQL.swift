/// A statement of ours: values are always bound to it, never written into its text.
struct SQL: Sendable, Hashable {
    /// For errors and logs: "inserting a session".
    let purpose: String
    let text: String

    init(_ purpose: String, _ text: String) {
        self.purpose = purpose
        self.text = text
    }
}
