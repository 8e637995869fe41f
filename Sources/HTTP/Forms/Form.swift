/// The text fields of a form, urlencoded or multipart as the request's `Content-Type` says.
public struct Form: Sendable {
    struct Field: Sendable, Equatable {
        let name: String
        let value: String
    }

    let fields: [Field]

    /// Reads the body; another media type, or no body, is a form without fields.
    ///
    /// Throws 400 for a malformed form and for text that is not UTF-8 (replacing octets would make different
    /// passwords equal), and 413 past a limit.
    public init(_ request: Request) throws(HTTPError) {
        try self.init(request, limits: FormLimits())
    }

    init(_ request: Request, limits: FormLimits) throws(HTTPError) {
        guard !request.body.isEmpty, let media = request.fields[.contentType].flatMap(MediaType.init) else {
            fields = []
            return
        }
        if media.isForm {
            fields = try URLEncodedForm(request.body[...]).fields(limits: limits)
        } else if media.isMultipartForm {
            fields = try MultipartForm(
                request.body[...], boundary: media.parameter("boundary"), limits: limits
            ).fields()
        } else {
            fields = []
        }
    }

    /// The value of the first field with exactly this name.
    public subscript(_ name: String) -> String? {
        // Octet by octet: String's == also holds for other octets that look the same.
        fields.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The first of these names that occurs more than once.
    public func repeated(among names: [String]) -> String? {
        names.first { name in fields.count { $0.name.utf8.elementsEqual(name.utf8) } > 1 }
    }

    static func malformed(_ detail: String) -> HTTPError {
        HTTPError(.badRequest, "malformed form", detail: detail)
    }

    static func tooLarge(_ detail: String) -> HTTPError {
        HTTPError(.contentTooLarge, detail: detail)
    }

    static func text(_ octets: some Collection<UInt8>) throws(HTTPError) -> String {
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw HTTPError(.badRequest, "form is not UTF-8")
        }
        return text
    }
}
