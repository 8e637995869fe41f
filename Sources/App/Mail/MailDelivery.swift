import Auth
import FoundationEssentials
import Mail

/// How mail leaves, as configured: server, sender, texts, links.
struct MailDelivery: Sendable {
    let server: MailServer
    let sender: Mailbox
    let texts: [MailKind: MailTemplate]
    let links: [MailKind: String]

    /// The message that a mail becomes. Nil: its address cannot be written into one.
    func message(for mail: QueuedMail, token: String?) -> MailMessage? {
        guard let recipient = Mailbox(mail.address.text), let text = texts[mail.kind] else { return nil }
        var values = ["email": mail.address.text]
        if let token {
            values["token"] = token
            values["link"] = links[mail.kind].map { link in
                let inLink = ["email": Self.queryValue(mail.address.text), "token": token]
                return MailTemplate.fill(link, inLink)
            }
        }
        return MailMessage(from: sender, to: recipient, subject: text.subject, body: text.body(with: values))
    }

    /// Percent-encoded for a query (RFC 3986 §3.4): everything but unreserved characters.
    private static func queryValue(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.map { octet in
            let scalar = Unicode.Scalar(octet)
            let isUnreserved =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "-._~".unicodeScalars.contains(scalar)
            return isUnreserved
                ? String(scalar) : "%\(digits[Int(octet >> 4)])\(digits[Int(octet & 15)])"
        }.joined()
    }
}

extension Configuration {
    /// Reads what mail needs: the password, the templates. Nil where no mail is sent.
    func makeMail() throws(ConfigurationError) -> MailDelivery? {
        guard reset.delivery == .mail else { return nil }
        guard var server = MailServer(mail.server), let sender = Mailbox(mail.from) else {
            preconditionFailure("a configuration that was loaded has a mail server and a sender")
        }
        guard SMTPSession.isAvailable else {
            throw Self.unusable("reset.delivery", "mail", "\"mail\" where libcurl.so.4 is (Debian: libcurl4)")
        }
        server.security = mail.security
        server.authorities = mail.authorities
        if !mail.user.isEmpty {
            server.user = mail.user
            server.password = try Self.read(mail.passwordFile, "mail.passwordFile") { text in
                let line = text.split(omittingEmptySubsequences: false) { $0.isNewline }.first ?? ""
                return line.isEmpty ? nil : String(line)
            }
        }
        var texts: [MailKind: MailTemplate] = [:]
        for kind in MailKind.allCases {
            let link = link(of: kind)
            texts[kind] = MailTemplate(MailTexts.builtIn(kind, hasLink: !link.isEmpty))
            let path = "\(mail.templates)/\(MailTexts.file(kind))"
            guard !mail.templates.isEmpty, FileManager.default.fileExists(atPath: path) else { continue }
            texts[kind] = try Self.read(path, "mail.templates") { MailTemplate($0) }
        }
        let links = MailKind.allCases.map { ($0, link(of: $0)) }.filter { !$0.1.isEmpty }
        return MailDelivery(
            server: server, sender: sender, texts: texts, links: Dictionary(uniqueKeysWithValues: links))
    }

    private func link(of kind: MailKind) -> String {
        switch kind {
        case .reset: reset.link
        case .emailConfirmation: mail.confirmationLink
        case .emailNotice, .passwordNotice: ""
        }
    }

    /// What a file says; its content stands in no error.
    private static func read<T>(
        _ path: String, _ key: String, _ parse: (String) -> T?
    ) throws(ConfigurationError) -> T {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw unusable(key, path, "a file that can be read as UTF-8", .file(path))
        }
        guard let value = parse(text) else {
            throw unusable(
                key, path,
                key == "mail.passwordFile"
                    ? "a file with the password in its first line"
                    : #"files that begin with "Subject: …" and an empty line"#, .file(path))
        }
        return value
    }

    private static func unusable(
        _ key: String, _ value: String, _ allowed: String, _ source: ConfigurationSource = .default
    ) -> ConfigurationError {
        ConfigurationError(key: key, value: .string(value), allowed: allowed, source: source)
    }
}
