import Testing

@testable import Server

/// Certificates and keys that can be used, and one line about each that cannot.
@Suite struct TLSContextTests {
    private func refusal(of certificate: String, _ key: String) -> String {
        do {
            _ = try TLSContext([CertificateFiles(certificate: certificate, key: key)])
            return "(none)"
        } catch {
            return error.description
        }
    }

    @Test(arguments: ["P-256", "P-384", nil]) func takesAPairThatFits(curve: String?) throws {
        let pair = try TestCertificate(curve: curve)
        #expect(try TLSContext([pair.files]).warning == nil)
    }

    @Test func namesAFileThatIsNotThere() throws {
        let pair = try TestCertificate()
        let missing = pair.file("missing.pem")
        #expect(
            refusal(of: missing, pair.key)
                == "cannot use the TLS certificate \"\(missing)\": No such file or directory")
        #expect(
            refusal(of: pair.certificate, missing)
                == "cannot use the TLS key \"\(missing)\": No such file or directory")
    }

    @Test func namesAFileThatIsNotPEM() throws {
        let pair = try TestCertificate()
        for text in ["", "certificate\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let file = try pair.write(text, to: "wrong.pem")
            #expect(refusal(of: file, pair.key).hasPrefix("cannot use the TLS certificate \"\(file)\": "))
            #expect(refusal(of: pair.certificate, file).hasPrefix("cannot use the TLS key \"\(file)\": "))
        }
        #expect(refusal(of: pair.key, pair.key).hasPrefix("cannot use the TLS certificate"))
        #expect(refusal(of: pair.certificate, pair.certificate).hasPrefix("cannot use the TLS key"))
    }

    @Test(arguments: ["P-256", "P-384", nil]) func refusesTheKeyOfAnother(curve: String?) throws {
        let pair = try TestCertificate()
        let other = try TestCertificate(curve: curve)
        #expect(
            refusal(of: pair.certificate, other.key).hasPrefix(
                "the TLS key \"\(other.key)\" does not belong to the certificate \"\(pair.certificate)\": "))
    }

    /// And does not ask for it on the terminal.
    @Test func refusesAKeyWithAPassphrase() throws {
        let pair = try TestCertificate()
        let locked = pair.file("locked.key")
        try pair.openssl(["ec", "-aes256", "-passout", "pass:abcd", "-in", pair.key, "-out", locked])
        #expect(refusal(of: pair.certificate, locked).hasPrefix("cannot use the TLS key \"\(locked)\": "))
    }

    @Test func warnsOfACertificateThatHasExpired() throws {
        let pair = try TestCertificate()
        try pair.letExpire()
        #expect(
            try TLSContext([pair.files]).warning
                == "the TLS certificate \"\(pair.certificate)\" has expired")
    }

    @Test func aRefusalIsOneLine() throws {
        let pair = try TestCertificate()
        let file = try pair.write("x", to: "wrong.pem")
        #expect(!refusal(of: file, pair.key).contains("\n"))
    }
}
