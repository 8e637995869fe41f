/// By what answers are counted: the patterns of the routes, each once, whatever the method.
struct RouteLabels: Sendable {
    let patterns: [String]
    /// By the route's place in the table; see `Response.route`.
    private let numbers: [UInt16]

    init(_ routes: [Route]) {
        var patterns: [String] = []
        numbers = routes.map { route in
            if !patterns.contains(route.pattern) { patterns.append(route.pattern) }
            return UInt16(1 + (patterns.firstIndex(of: route.pattern) ?? 0))
        }
        self.patterns = patterns
    }

    /// The label of a route in the table; of none 0.
    subscript(route: Int?) -> UInt16 { route.map { numbers[$0] } ?? 0 }
}
