// The only file that imports libsodium: C calls need pointers, which begin and end within each function here.
import CSodium
import Glibc

/// libsodium behind Swift values.
enum Sodium {
    /// Runs `sodium_init` once, whichever thread comes first.
    private static let ready: Void = {
        guard sodium_init() >= 0 else { fatalError("libsodium finds no source of randomness") }
    }()

    static func randomBytes(_ count: Int) -> [UInt8] {
        _ = ready
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// Four random words, without a heap allocation.
    static func randomWords() -> Words {
        _ = ready
        var words = Words()
        randombytes_buf(&words, MemoryLayout<Words>.size)
        return words
    }

    /// BLAKE2b-256 (RFC 7693) of 32 bytes, without key and without a heap allocation.
    static func blake2b(_ input: Words) -> Words {
        _ = ready
        let size = MemoryLayout<Words>.size
        var output = Words()
        let result = withUnsafePointer(to: input.bigEndian) { from in
            withUnsafeMutablePointer(to: &output) { to in
                crypto_generichash(
                    UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt8.self), size,
                    UnsafeRawPointer(from).assumingMemoryBound(to: UInt8.self), UInt64(size), nil, 0)
            }
        }
        precondition(result == 0, "BLAKE2b refuses only wrong lengths, and these are constant")
        return output.bigEndian
    }

    /// BLAKE2b-256 of a message under a key of 32 octets.
    static func blake2b(_ message: ArraySlice<UInt8>, key: [UInt8]) -> Words {
        _ = ready
        let size = MemoryLayout<Words>.size
        var output = Words()
        let result = withUnsafeMutablePointer(to: &output) { to in
            message.withUnsafeBufferPointer { from in
                crypto_generichash(
                    UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt8.self), size, from.baseAddress,
                    UInt64(from.count), key, key.count)
            }
        }
        precondition(result == 0, "BLAKE2b refuses only wrong lengths, and these are constant")
        return output.bigEndian
    }

    static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        _ = ready
        return a.count == b.count && sodium_memcmp(a, b, a.count) == 0
    }

    /// Octets of the nonce and the tag of `seal`.
    static var sealingNonce: Int { crypto_aead_xchacha20poly1305_ietf_npubbytes() }
    static var sealingTag: Int { crypto_aead_xchacha20poly1305_ietf_abytes() }

    /// XChaCha20-Poly1305 with additional data: the message, and its tag behind it.
    static func seal(_ message: [UInt8], _ data: [UInt8], nonce: [UInt8], key: [UInt8]) -> [UInt8] {
        _ = ready
        var sealed = [UInt8](repeating: 0, count: message.count + sealingTag)
        let result = crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, message, UInt64(message.count), data, UInt64(data.count), nil, nonce, key)
        precondition(result == 0, "sealing refuses nothing")
        return sealed
    }

    /// The message, or nil if the tag is not that of message, data, nonce and key.
    static func open(_ sealed: [UInt8], _ data: [UInt8], nonce: [UInt8], key: [UInt8]) -> [UInt8]? {
        _ = ready
        var message = [UInt8](repeating: 0, count: sealed.count - sealingTag)
        let result = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &message, nil, nil, sealed, UInt64(sealed.count), data, UInt64(data.count), nonce, key)
        return result == 0 ? message : nil
    }

    /// An Argon2id PHC string; nil when the memory cannot be had.
    static func argon2id(_ password: String, iterations: Int, memory: Int) -> String? {
        _ = ready
        var text = [CChar](repeating: 0, count: crypto_pwhash_strbytes())
        let result = crypto_pwhash_str_alg(
            &text, password, UInt64(password.utf8.count), UInt64(iterations), memory,
            crypto_pwhash_alg_argon2id13())
        guard result == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether the password has this hash, which is `phc` taken apart; nil when the memory to find out cannot be had.
    static func argon2Matches(_ password: String, _ expected: PasswordHash.Argon2, _ phc: String) -> Bool? {
        _ = ready
        let length = UInt64(password.utf8.count)
        // `crypto_pwhash_str_verify` calls want of memory a mismatch. The computation below, which can be had for
        // hashes such as ours alone, tells them apart; for others it is doubt if there is no memory afterwards either.
        guard expected.isArgon2id, expected.lanes == 1, expected.salt.count == crypto_pwhash_saltbytes()
        else {
            if crypto_pwhash_str_verify(phc, password, length) == 0 { return true }
            return canHave(expected.memoryKiB * 1_024) ? false : nil
        }
        var hash = [UInt8](repeating: 0, count: expected.hash.count)
        errno = 0
        let result = crypto_pwhash(
            &hash, UInt64(hash.count), password, length, expected.salt, UInt64(expected.iterations),
            expected.memoryKiB * 1_024, crypto_pwhash_alg_argon2id13())
        guard result == 0 else { return errno == ENOMEM ? nil : false }
        return equal(hash, expected.hash)
    }

    /// Whether so much memory can be had now. Not by `malloc`: the compiler may leave out what is freed unused.
    private static func canHave(_ memory: Int) -> Bool {
        let area = mmap(nil, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let area, area != UnsafeMutableRawPointer(bitPattern: -1) else { return false }
        munmap(area, memory)
        return true
    }

    /// SHA-256 (FIPS 180-4).
    static func sha256(_ octets: [UInt8]) -> [UInt8] {
        _ = ready
        var hash = [UInt8](repeating: 0, count: crypto_hash_sha256_bytes())
        let result = crypto_hash_sha256(&hash, octets, UInt64(octets.count))
        precondition(result == 0, "SHA-256 refuses nothing")
        return hash
    }

    /// Reads base64 without padding (RFC 4648 §4).
    static func base64(_ text: Substring) -> [UInt8]? {
        guard isASCII(text.utf8) else { return nil }
        let characters = text.utf8.map(CChar.init(bitPattern:))
        var bytes = [UInt8](repeating: 0, count: characters.count)
        var count = 0
        let result = sodium_base642bin(
            &bytes, bytes.count, characters, characters.count, nil, &count, nil,
            sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
        return result == 0 ? Array(bytes.prefix(count)) : nil
    }

    /// Writes base64url without padding (RFC 4648 §5).
    static func base64URL(_ octets: [UInt8]) -> [UInt8] {
        let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(octets.count, variant))
        sodium_bin2base64(&text, text.count, octets, octets.count, variant)
        return text.dropLast().map(UInt8.init(bitPattern:))
    }

    /// Reads what `base64URL` writes; nil for padding, another character, or unused bits that are not zero.
    static func octets(ofBase64URL text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        guard isASCII(text) else { return nil }
        let characters = text.map(CChar.init(bitPattern:))
        var octets = [UInt8](repeating: 0, count: text.count)
        var count = 0
        let result = sodium_base642bin(
            &octets, octets.count, characters, characters.count, nil, &count, nil,
            sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        return result == 0 ? Array(octets.prefix(count)) : nil
    }

    /// libsodium 1.0.18 takes an octet beyond ASCII for the last character of the alphabet.
    private static func isASCII(_ text: some Sequence<UInt8>) -> Bool { text.allSatisfy { $0 < 0x80 } }

    /// Iterations that libsodium accepts.
    static var argon2Iterations: ClosedRange<Int> {
        Int(crypto_pwhash_argon2id_opslimit_min())...Int(crypto_pwhash_argon2id_opslimit_max())
    }

    /// Bytes of memory that libsodium accepts.
    static var argon2Memory: ClosedRange<Int> {
        crypto_pwhash_argon2id_memlimit_min()...crypto_pwhash_argon2id_memlimit_max()
    }
}
