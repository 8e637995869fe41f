/// The client is wrong: an answer with a public text, and a private detail for the log.
public struct HTTPError: Error, Sendable, Equatable {
    /// The status of the answer.
    public var status: Status
    /// Becomes `{"error":"…"}`.
    public var text: String
    /// For the log only; never a secret.
    public var detail: String
    /// Further fields of the answer, such as `Allow` or `Retry-After`.
    public var fields: [ResponseField]

    /// An error; without a text, the standard one of the status.
    public init(_ status: Status, _ text: String? = nil, detail: String = "", fields: [ResponseField] = []) {
        self.status = status
        self.text = text ?? status.errorText
        self.detail = detail
        self.fields = fields
    }
}
