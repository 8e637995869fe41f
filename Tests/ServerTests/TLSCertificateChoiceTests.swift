import COpenSSL
import Testing

@testable import Server

/// Two certificates: which one a client is shown, and which two go together.
@Suite struct TLSCertificateChoiceTests {
    private static let versions = [TLS1_2_VERSION, TLS1_3_VERSION]

    private func refusal(of pairs: CertificateFiles...) -> String {
        do {
            _ = try TLSContext(pairs)
            return "(none)"
        } catch {
            return error.description
        }
    }

    @Test(arguments: versions, [false, true])
    func showsECDSAToWhoCanWhateverTheyPrefer(version: Int32, isRSAFirst: Bool) throws {
        let pairs = [try TestCertificate(), try TestCertificate(curve: nil)]
        let server = try TLSContext((isRSAFirst ? pairs.reversed() : pairs).map(\.files))
        let client = try MemoryClient(
            version: version, signatures: "RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256",
            ciphers: "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
        #expect(try client.connect(to: server).kind == EVP_PKEY_EC)
    }

    @Test(arguments: versions) func showsRSAToWhoKnowsNothingElse(version: Int32) throws {
        let (ecdsa, rsa) = (try TestCertificate(), try TestCertificate(curve: nil))
        let server = try TLSContext([ecdsa.files, rsa.files])
        // TLS 1.2 says it twice: by the ciphers, or by the signatures alone.
        for ciphers in [nil, "ECDHE-RSA-AES128-GCM-SHA256"] {
            let client = try MemoryClient(
                version: version, signatures: "RSA-PSS+SHA256:RSA+SHA256", ciphers: ciphers)
            #expect(try client.connect(to: server).kind == EVP_PKEY_RSA)
            #expect(try !client.connect(to: TLSContext([ecdsa.files])).isDone)
        }
    }

    /// In TLS 1.3 a signature goes with one curve (RFC 8446 §4.2.3).
    @Test func showsRSAToWhoDoesNotKnowTheCurve() throws {
        let pairs = [try TestCertificate(curve: "P-384"), try TestCertificate(curve: nil)]
        let server = try TLSContext(pairs.map(\.files))
        let client = try MemoryClient(version: TLS1_3_VERSION, signatures: "ECDSA+SHA256:RSA-PSS+SHA256")
        #expect(try client.connect(to: server).kind == EVP_PKEY_RSA)
    }

    @Test(arguments: versions) func aSessionIsResumedUnderEither(version: Int32) throws {
        let pairs = [try TestCertificate(), try TestCertificate(curve: nil)]
        let server = try TLSContext(pairs.map(\.files))
        for signatures in ["ECDSA+SHA256", "RSA-PSS+SHA256"] {
            let client = try MemoryClient(version: version, signatures: signatures)
            #expect(try !client.connect(to: server).isResumed)
            #expect(try client.connect(to: server).isResumed)
        }
    }

    @Test(arguments: [("P-256", "P-256"), ("P-256", "P-384"), (nil, nil)])
    func refusesTwoKeysOfOneKind(curves: (String?, String?)) throws {
        let (one, other) = (try TestCertificate(curve: curves.0), try TestCertificate(curve: curves.1))
        #expect(
            refusal(of: one.files, other.files)
                == "cannot use the TLS certificate \"\(other.certificate)\": "
                + "its key is of the same kind as that of \"\(one.certificate)\"")
        #expect(refusal(of: one.files, one.files).contains("of the same kind"))
    }

    /// Each key would fit somewhere; only not where it was said to.
    @Test func refusesKeysThatAreSwapped() throws {
        let (ecdsa, rsa) = (try TestCertificate(), try TestCertificate(curve: nil))
        let belongs =
            "the TLS key \"\(ecdsa.key)\" does not belong to the certificate \"\(rsa.certificate)\": "
        let mixed = CertificateFiles(certificate: rsa.certificate, key: ecdsa.key)
        #expect(refusal(of: ecdsa.files, mixed).hasPrefix(belongs))
        #expect(refusal(of: mixed, ecdsa.files).hasPrefix(belongs))
        #expect(
            refusal(of: CertificateFiles(certificate: ecdsa.certificate, key: rsa.key), mixed)
                .hasPrefix("the TLS key \"\(rsa.key)\" does not belong"))
    }

    @Test func namesTheSecondFileThatIsNotThere() throws {
        let (ecdsa, rsa) = (try TestCertificate(), try TestCertificate(curve: nil))
        let missing = rsa.file("missing.pem")
        #expect(
            refusal(of: ecdsa.files, CertificateFiles(certificate: missing, key: rsa.key))
                == "cannot use the TLS certificate \"\(missing)\": No such file or directory")
        #expect(
            refusal(of: ecdsa.files, CertificateFiles(certificate: rsa.certificate, key: missing))
                == "cannot use the TLS key \"\(missing)\": No such file or directory")
    }

    @Test func warnsOfEachThatHasExpired() throws {
        let (ecdsa, rsa) = (try TestCertificate(), try TestCertificate(curve: nil))
        try rsa.letExpire()
        let second = "the TLS certificate \"\(rsa.certificate)\" has expired"
        #expect(try TLSContext([ecdsa.files, rsa.files]).warning == second)
        try ecdsa.letExpire()
        #expect(
            try TLSContext([ecdsa.files, rsa.files]).warning
                == "the TLS certificate \"\(ecdsa.certificate)\" has expired; \(second)")
    }
}
