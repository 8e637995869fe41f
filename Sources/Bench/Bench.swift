/// Measurements of parts of the server, without a socket: `Bench COMMAND [--rounds N] [--milliseconds N]`.
@main
enum Bench {
    /// A row here is all that a new measurement needs.
    private static let commands: [Command] = [
        Command(name: "gate", summary: "the gate in front of evhttp, typical requests", run: GateBench.run)
    ]

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let command = commands.first(where: { $0.name == arguments.first }),
            let plan = RoundPlan(arguments.dropFirst())
        else {
            print("Bench COMMAND [--rounds N] [--milliseconds N]\n")
            for command in commands { print("  \(command.name.padded(to: 12))\(command.summary)") }
            Command.exitWithUsage()
        }
        command.run(plan)
    }
}
