import Crypto
import Foundation

/// A folder that goes with the test.
public final class TemporaryFolder: Sendable {
    /// Its path.
    public let path: String

    /// A fresh, empty one.
    public init() throws {
        path = FileManager.default.temporaryDirectory.path + "/sessiond-test-\(SecureRandom.uint64())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("cannot remove \(path): \(error)")
        }
    }

    /// The path of a file in it.
    public func file(_ name: String) -> String { path + "/" + name }
}
