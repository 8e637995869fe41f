import Glibc

/// SwiftPM makes this name the program's `main`, in place of libFuzzer's own, which does the same.
@_cdecl("Fuzz_main")
public func main(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var count = count
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
    return runDriver(&count, &arguments, testOneInput)
}

/// Part of libFuzzer (FuzzerInterface.h has no module).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What libFuzzer calls with each input. FUZZ_TARGET names the parser.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// A parser under test: takes any octets, traps when a promise is broken.
typealias Target = @Sendable ([UInt8]) -> Void

/// By the name of their corpus folder.
let targets: [String: Target] = [
    "gate": fuzzGate, "target": fuzzTarget, "host": fuzzHost, "cookies": fuzzCookies, "media": fuzzMedia,
    "urlencoded": fuzzURLEncoded, "multipart": fuzzMultipart, "json": fuzzJSON, "basic": fuzzBasic,
    "digest": fuzzDigest,
    "configuration": fuzzConfiguration, "openpath": fuzzOpenPath, "email": fuzzEmail,
]

private let target: Target = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = targets[name] else {
        fatalError("FUZZ_TARGET is none of \(targets.keys.sorted().joined(separator: ", "))")
    }
    return target
}()
