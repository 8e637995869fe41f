import Glibc

@testable import App
@testable import Auth

/// A configuration file, in memory; what was read, shown and read again is the same configuration.
func fuzzConfiguration(_ input: [UInt8]) {
    guard let loaded = load(input) else { return }
    let again = load(Array(loaded.shown().utf8))
    precondition(again?.configuration == loaded.configuration, "other settings when shown and read again")
}

/// A file in memory without a name.
private let file: Int32 = {
    var name = Array("/dev/shm/sessiond-fuzz-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    precondition(file >= 0 && unlink(name) == 0, "no file for the configuration")
    return file
}()

private func load(_ text: [UInt8]) -> LoadedConfiguration? {
    let length = text.count
    precondition(pwrite(file, text, length, 0) == length && ftruncate(file, length) == 0)
    var flags = ConfigurationFlags()
    flags.file = "/proc/self/fd/\(file)"
    return try? loadConfiguration(flags: flags, environment: [:])
}

func fuzzOpenPath(_ input: [UInt8]) {
    guard let path = OpenPath(String(decoding: input, as: UTF8.self)) else { return }
    precondition(OpenPath(path.description) == path, "another entry when written and read again")
    precondition(path.path.utf8.first == UInt8(ascii: "/"))
    precondition(path.covers(path.methods.first ?? .get, path.path), "does not cover itself")
}

func fuzzEmail(_ input: [UInt8]) {
    guard let text = String(validating: input, as: UTF8.self), let address = EmailAddress(text) else {
        return
    }
    precondition(address.text.utf8.count <= EmailAddress.longest)
    precondition(EmailAddress(address.text)?.text == address.text)
    precondition(address.key.lowercased() == address.key, "a key that is not in lower case")
    precondition(address.key.utf8.contains(UInt8(ascii: "@")))
    precondition(
        !address.text.utf8.contains { $0 <= 0x20 || $0 == 0x7f }, "a control or a space in an address")
    // Only an address in ASCII may have the key of one.
    precondition(address.text.utf8.allSatisfy { $0 < 0x80 } || !address.key.utf8.allSatisfy { $0 < 0x80 })
}
