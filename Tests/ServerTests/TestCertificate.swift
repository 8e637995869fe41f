import Foundation
import Glibc
import Server

/// A self-signed certificate and its key in a folder that goes with the test, made by the `openssl` command.
final class TestCertificate {
    struct Failure: Error {
        let code: Int32
    }

    let folder: URL
    var certificate: String { file("server.crt") }
    var key: String { file("server.key") }
    var files: CertificateFiles { CertificateFiles(certificate: certificate, key: key) }

    /// `curve` is OpenSSL's name, nil is RSA.
    init(curve: String? = "P-256") throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sessiond-tls-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let kind = curve.map { ["ec", "-pkeyopt", "ec_paramgen_curve:\($0)"] } ?? ["rsa:2048"]
        try openssl(
            ["req", "-x509", "-newkey"] + kind + [
                "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
            ])
    }

    /// The same certificate, as of yesterday.
    func letExpire() throws {
        try openssl(["x509", "-in", certificate, "-signkey", key, "-days", "-1", "-out", certificate])
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            print("cannot remove \(folder): \(error)")
        }
    }

    func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        return file(name)
    }

    func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(code: process.terminationStatus) }
    }
}
