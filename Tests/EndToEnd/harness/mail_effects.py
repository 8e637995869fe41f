"""What tells that a setting of mail has changed while the server runs: the mail that comes, or does not."""

import contextlib

from harness.client import fresh_email
from harness.effects import EFFECTS
from harness.mail import SENDER, Sink
from harness.tls import make_pair

ONE, TWO = ("one", "first secret"), ("two", "second secret")
FAILURE = "mail server does not take mail"


def effect(*keys):
    """As `setting` does, for looks that say themselves what to change: the port of a sink is known only then."""
    def register(look):
        for key in keys:
            EFFECTS[key] = (look, {}, None, {})
        return look
    return register


def at(sink):
    return f"smtp://localhost:{sink.port}"


@contextlib.contextmanager
def sending(live, pair=None, login=None, **mail):
    """A sink to which the server sends."""
    with Sink(pair, login) as sink:
        live.settings = {"reset.delivery": "mail", "mail.server": at(sink), "mail.from": SENDER}
        live.settings |= {"mail.security": "starttls" if pair else "none"}
        live.settings |= {f"mail.{name}": str(value) for name, value in mail.items()}
        live.change(live.settings)
        yield sink


def ask(live):
    """A new user who wants a reset mail."""
    account = live.server.register()
    with live.server.client() as client:
        assert client.post("/reset_password", data={"email": account.email}).status_code == 200
    return account


def reset_mail(live, sink):
    known = len(sink.mails)
    account = ask(live)
    mail = sink.wait(known + 1)[-1]
    assert mail.recipients == [account.email]
    return mail


def confirmation(live, sink):
    known, address = len(sink.mails), fresh_email()
    account = live.server.register()
    with live.server.signed_in(account) as client:
        body = {"email": address, "password": account.password}
        assert client.put("/api/v1/users/me/email", json=body).status_code == 202
    sink.wait(known + 2)  # and a notice to the old one
    mail, = sink.to(address)
    return mail


@effect("mail.server")
def the_mail_server(live):
    with sending(live) as sink, Sink() as other:
        reset_mail(live, sink)
        live.settings["mail.server"] = at(other)
        yield
        reset_mail(live, other)
        assert len(sink.mails) == 1


@effect("mail.security")
def starttls_is_wanted(live):
    with sending(live) as sink:
        reset_mail(live, sink)
        assert not live.server.events(FAILURE)
        live.settings["mail.security"] = "starttls"
        yield
        ask(live)
        live.server.await_events(FAILURE)
        assert len(sink.mails) == 1


@effect("mail.user", "mail.passwordFile")
def who_signs_in(live):
    files = [live.file.with_name(name) for name, _ in (ONE, TWO)]
    for file, (_, password) in zip(files, (ONE, TWO)):
        file.write_text(password + "\n")
    pair = make_pair(live.file.parent, "mail")
    with sending(live, pair, ONE, user=ONE[0], passwordFile=files[0], authorities=pair.certificate) as sink:
        reset_mail(live, sink)
        sink.login = TWO  # from now on it takes nothing from the other
        live.settings |= {"mail.user": TWO[0], "mail.passwordFile": str(files[1])}
        yield
        reset_mail(live, sink)
        assert not live.server.events(FAILURE)


@effect("mail.from")
def the_sender(live):
    def sender(mail):
        return mail.sender, mail.message["From"]
    with sending(live) as sink:
        assert sender(reset_mail(live, sink)) == (SENDER, SENDER)
        live.settings["mail.from"] = other = "other@example.net"
        yield
        assert sender(reset_mail(live, sink)) == (other, other)


@effect("mail.authorities")
def who_is_trusted(live):
    pair, other = (make_pair(live.file.parent, name) for name in ("mail", "other"))
    with sending(live, pair, authorities=other.certificate) as sink:
        account = ask(live)
        live.server.await_events(FAILURE)
        assert not sink.mails
        live.settings["mail.authorities"] = str(pair.certificate)
        yield
        assert sink.wait()[0].recipients == [account.email]


@effect("mail.templates")
def the_texts(live):
    folder = live.file.with_name("texts")
    folder.mkdir()
    (folder / "reset.txt").write_text("Subject: Another\n\n    {token}\n")
    with sending(live) as sink:
        assert reset_mail(live, sink).message["Subject"] == "Reset your password"
        live.settings["mail.templates"] = str(folder)
        yield
        mail = reset_mail(live, sink)
        assert mail.message["Subject"] == "Another" and mail.text.strip() == mail.token


def link(key, make):
    """A link in place of the token alone."""
    @effect(key)
    def look(live):
        with sending(live) as sink:
            mail = make(live, sink)
            assert mail.token in mail.text and "https:" not in mail.text
            live.settings[key] = "https://example.org/here?token={token}"
            yield
            mail = make(live, sink)
            assert f"https://example.org/here?token={mail.token}\n" in mail.text


link("reset.link", reset_mail)
link("mail.confirmationLink", confirmation)
