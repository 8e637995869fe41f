// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of ours: `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of a module: `Tests/<name>Tests`.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        swiftSettings: strict)
}

let package = Package(
    name: "sessiond",
    products: [
        .executable(name: "sessiond", targets: ["sessiond"]),
        .executable(name: "sessiond-bench", targets: ["Bench"]),
        // For Fuzz/, a package of its own.
        .library(name: "Parsers", targets: ["App", "Auth", "HTTP"]),
    ],
    targets: [
        .systemLibrary(name: "CEvent", pkgConfig: "libevent", providers: [.apt(["libevent-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libevent_openssl",
            providers: [.apt(["libevent-dev", "libssl-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CGetopt"),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CCommonPasswords"),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        module("Telemetry"),
        module("Workers", ["Telemetry"]),
        module("HTTP"),
        module("Crypto", ["CCrypt", "COpenSSL", "CSodium"]),
        module("Mail", ["CCurl"]),
        module("Server", ["CEvent", "COpenSSL", "HTTP", "Telemetry", "Workers"]),
        module("Auth", ["CCommonPasswords", "HTTP", "Crypto", "Workers"]),
        module("SQLiteStorage", ["Auth", "CSQLite", "Crypto", "Telemetry", "Workers"]),
        module(
            "App",
            ["Auth", "CGetopt", "Crypto", "HTTP", "Mail", "Server", "SQLiteStorage", "Telemetry", "Workers"]),
        .executableTarget(name: "sessiond", dependencies: ["App"], swiftSettings: strict),

        // Measurements; nothing that ships.
        .target(name: "CAllocations"),
        .executableTarget(
            name: "Bench",
            dependencies: ["App", "Auth", "CAllocations", "CEvent", "Crypto", "HTTP", "Server", "Telemetry"],
            swiftSettings: strict),

        module("TestSupport", ["Auth", "Crypto", "HTTP", "Workers"]),
        tests(of: "HTTP"),
        tests(of: "Server", ["HTTP", "Telemetry"]),
        tests(of: "Crypto"),
        tests(of: "Workers", ["Telemetry"]),
        tests(of: "Mail"),
        tests(of: "Auth", ["HTTP", "Crypto", "Workers"]),
        tests(of: "SQLiteStorage", ["Auth", "Crypto", "Telemetry"]),
        tests(of: "Telemetry"),
        tests(of: "App", ["Auth", "Crypto", "HTTP", "Mail", "Server", "Telemetry", "Workers"]),
    ]
)
