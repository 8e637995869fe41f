import Auth

/// What mails say unless a file in `mail.templates` says otherwise.
enum MailTexts {
    /// The name of the file that replaces a text.
    static func file(_ kind: MailKind) -> String {
        switch kind {
        case .reset: "reset.txt"
        case .emailConfirmation: "email-confirmation.txt"
        case .emailNotice: "email-notice.txt"
        case .passwordNotice: "password-notice.txt"
        }
    }

    static func builtIn(_ kind: MailKind, hasLink: Bool) -> String {
        switch kind {
        case .reset:
            """
            Subject: Reset your password

            Somebody, probably you, asked to reset the password of {email}.

            \(hasLink ? "To set a new one, open this link:\n\n    {link}" : "To set a new one, use this token:\n\n    {token}")

            It works once and only for a short time. If you did not ask for it, you need not do
            anything: your password stays as it is.
            """
        case .emailConfirmation:
            """
            Subject: Confirm your email address

            Somebody, probably you, wants to use {email} for an account.

            \(hasLink ? "To confirm it, open this link while you are signed in:\n\n    {link}" : "To confirm it, use this token while you are signed in:\n\n    {token}")

            It works once and only for a short time. If it was not you, ignore this mail: nothing
            will be changed.
            """
        case .emailNotice:
            """
            Subject: Your email address is about to change

            Somebody, probably you, asked to use another email address for the account of {email}.
            The change takes place when the new address is confirmed.

            If it was not you, set a new password at once: that calls the change off.
            """
        case .passwordNotice:
            """
            Subject: Your password was changed

            The password of {email} was changed, and other devices were signed out.

            If it was not you, reset your password at once.
            """
        }
    }
}
