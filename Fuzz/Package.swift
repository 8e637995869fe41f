// swift-tools-version: 6.2
import PackageDescription

// libFuzzer on the parsers. A package of its own, so that the server's neither builds nor knows it; see scripts/fuzz.sh.
let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "sessiond", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzz", dependencies: [.product(name: "Parsers", package: "sessiond")],
            swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])])
    ]
)
