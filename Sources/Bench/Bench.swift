/// Measurements of parts of the server, without a socket: `sessiond-bench COMMAND [OPTION…]`.
@main
enum Bench {
    /// A row here is all that a new measurement needs.
    private static let commands: [Command] = [
        Command(
            name: "parts", summary: "each part of the way of a request: nanoseconds and allocations",
            options: "[--json] [--rounds N] [--milliseconds N]"
        ) { PartsPlan($0).map(PartsBench.run) != nil },
        Command(
            name: "gate", summary: "the gate in front of evhttp, typical requests",
            options: "[--rounds N] [--milliseconds N]"
        ) { RoundPlan($0).map(GateBench.run) != nil },
        Command(
            name: "sessions", summary: "the session map from a thousand to ten million sessions",
            options: "[--per-user N] [COUNT…]"
        ) { SessionsPlan($0).map(SessionsBench.run) != nil },
    ]

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let command = commands.first(where: { $0.name == arguments.first }),
            command.run(arguments.dropFirst())
        else {
            print("sessiond-bench COMMAND [OPTION…]\n")
            for command in commands {
                print("  \(command.name.padded(to: 12))\(command.summary): \(command.options)")
            }
            Command.exitWithUsage()
        }
    }
}
