import App

/// The executable: everything is in App.
@main
enum Sessiond {
    static func main() {
        Program.run()
    }
}
