/// What a form may hold at most; past it 413.
///
/// The size of the whole is `RequestLimits.body`.
public struct FormLimits: Sendable, Equatable {
    /// Number of fields, files and duplicates included; default 64: no route reads more than three.
    public var fields = 64
    /// Octets of a field's name after decoding; default 256: ours are shorter than 20.
    public var name = 256
    /// Octets of all field lines of one part, with their line ends; default 1 KiB: a name and a file's name.
    public var partHead = 1_024

    /// The defaults.
    public init() {}
}
