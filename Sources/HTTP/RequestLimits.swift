/// What the gate accepts at most. Past a limit the request is refused and the connection closed.
public struct RequestLimits: Sendable, Equatable {
    /// Octets of the request line without its line end; past it 414. Default 8,192: RFC 9110 §4.1 recommends 8,000 at least.
    public var requestLine = 8_192
    /// Octets of all field lines with their line ends; past it 431. Default 16 KiB: four times the largest cookie.
    public var fieldBytes = 16_384
    /// Number of field lines; past it 431. Default 100.
    public var fieldCount = 100
    /// Octets of a body after decoding; past it 413. Default 64 KiB: no route needs more than a form.
    public var body = 65_536

    /// The defaults.
    public init() {}
}
