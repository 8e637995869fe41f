import HTTP

/// A row of the route table as clients read it.
///
/// Not repeated in each are: the security that the filter demands, 401, 403 and 429 that come with it, and what any
/// request may be answered. `APIDocument` adds those.
struct APIOperation: Sendable {
    let method: Method
    let pattern: String
    /// What programs made from the document call it.
    let id: String
    let summary: String
    var details: String?
    /// As in the route table.
    var denial = Route.Denial.standard
    /// Schemes whose credentials it takes where none is demanded.
    var alternatives: [String] = []
    /// What the segments of the path that begin with `:` are.
    var path: [APIParameter] = []
    var query: [APIParameter] = []
    var body: APIBody?
    let answers: [APIAnswer]

    init(
        _ method: Method, _ pattern: String, _ id: String, _ summary: String, details: String? = nil,
        denial: Route.Denial = .standard, alternatives: [String] = [], path: [APIParameter] = [],
        query: [APIParameter] = [],
        body: APIBody? = nil, _ answers: [APIAnswer]
    ) {
        self.method = method
        self.pattern = pattern
        self.id = id
        self.summary = summary
        self.details = details
        self.denial = denial
        self.alternatives = alternatives
        self.path = path
        self.query = query
        self.body = body
        self.answers = answers
    }

    /// The path with its parameters as OpenAPI writes them: `/users/{id}`.
    var template: String {
        pattern.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.first == ":" ? "{\($0.dropFirst())}" : String($0) }.joined(separator: "/")
    }
}

/// A parameter in the path or the query.
struct APIParameter: Sendable {
    let name: String
    let text: String
    let schema: APISchema

    init(_ name: String, _ text: String, _ schema: APISchema) {
        self.name = name
        self.text = text
        self.schema = schema
    }

    func json(in place: String) -> JSONValue {
        [
            "name": .string(name), "in": .string(place), "description": .string(text),
            "required": .bool(place == "path"), "schema": .object(schema.json),
        ]
    }

    static let user = APIParameter("id", "The user", .component("UserID"))
}

/// What a request carries.
enum APIBody: Sendable {
    /// A form, urlencoded or multipart.
    case form(APISchema, isRequired: Bool = true)
    /// A JSON object; also as `application/…+json`.
    case json(APISchema)

    /// Names that a part's head can have, also of fields that are ignored: no control character, and no backslash that
    /// would take the closing quote for itself.
    private static let partNames: JSONValue = [
        "pattern": #"^([^\\\u0000-\u001f\u007f]|\\[^\u0000-\u001f\u007f])*$"#
    ]

    var json: JSONValue {
        switch self {
        case .form(let schema, let isRequired):
            Self.content(
                [
                    "application/x-www-form-urlencoded": schema,
                    "multipart/form-data": schema.with("propertyNames", Self.partNames),
                ], isRequired: isRequired)
        case .json(let schema): Self.content(["application/json": schema], isRequired: true)
        }
    }

    private static func content(_ schemas: [String: APISchema], isRequired: Bool) -> JSONValue {
        [
            "required": .bool(isRequired),
            "content": .object(schemas.mapValues { ["schema": .object($0.json)] }),
        ]
    }
}
