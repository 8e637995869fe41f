"""docs/HTTP.md and docs/OPERATIONS.md: reset by mail, with a real mail server at the other end."""

import concurrent.futures
import contextlib
import socket
import threading
import time

import pytest

from harness.expect import answered, refused
from harness.mail import SENDER, Sink
from harness.tls import make_pair
from harness.wire import Wire

SECRET = "smtp secret Zq7"
NEW = "a new password"
SENT = "reset mail sent if the address has an account"


def ask(server, email):
    with server.client() as client:
        answer = client.post("/reset_password", data={"email": email})
    answered(answer, 200, {"email": email, "message": SENT}, private=True)


def redeem(server, email, token, password=NEW):
    with server.client() as client:
        form = {"email": email, "reset_token": token, "new_password": password}
        return client.put("/reset_password", data=form)


@pytest.fixture
def sink():
    with Sink() as running:
        yield running


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("mail"), "mail")


def test_a_mail_over_starttls_resets_the_password_and_no_log_has_a_secret(launch, pair, tmp_path):
    password_file = tmp_path / "password"
    password_file.write_text(SECRET + "\n")
    with Sink(pair, login=("sessiond", SECRET)) as sink:
        server = launch(env=sink.environment(
            SESSIOND_MAIL_USER="sessiond", SESSIOND_MAIL_PASSWORD_FILE=str(password_file)))
        account = server.register("Ada.Lovelace@Example.com")
        ask(server, "ada.LOVELACE@example.com")
        (mail,) = sink.wait()
        assert (mail.sender, mail.recipients) == (SENDER, [account.email])
        message = mail.message
        assert (message["From"], message["To"]) == (SENDER, account.email)
        assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"].endswith("@example.org>")
        assert abs(message["Date"].datetime.timestamp() - time.time()) < 60
        assert f"email=Ada.Lovelace%40Example.com&token={mail.token}" in mail.text
        assert b"\n" not in mail.raw.replace(b"\r\n", b"")
        answered(redeem(server, account.email, mail.token), 200,
                 {"email": account.email, "message": "Password updated"})
        refused(redeem(server, account.email, mail.token), 403)
        assert server.sign_in_status(account.email, NEW) == 200
        _, notice = sink.wait(2)
        assert notice.recipients == [account.email] and notice.message["Subject"] == "Your password was changed"
        for file in server.directory.iterdir():
            if file.is_file():
                assert mail.token.encode() not in file.read_bytes(), file.name
        server.stop()
        log = "\n".join(server.log)
        assert "mail sent" in log
        for secret in (mail.token, SECRET, NEW, account.password, account.email):
            assert secret not in log


def test_only_users_who_are_not_disabled_get_mail(launch, sink):
    server = launch(env=sink.environment())
    admin, disabled = server.register("admin@example.com"), server.register("disabled@example.com")
    server.run("user", "disable", disabled.email)
    for email in ("nobody@example.com", disabled.email, "no address", "x" * 300, admin.email):
        ask(server, email)
    sink.wait()
    server.stop()
    assert [mail.recipients for mail in sink.mails] == [[admin.email]]


def test_asking_many_times_sends_one_mail(launch, sink):
    server = launch(env={**sink.environment(), "SESSIOND_RATE_LIMITS_RESETS_BURST": "201"})
    account = server.register()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ask(server, account.email), range(200)))
    sink.wait()
    ask(server, account.email)
    time.sleep(2)  # longer than the sender takes to look
    assert len(sink.mails) == 1


def test_sixty_four_parallel_uses_of_one_token_have_one_winner(launch, sink):
    server = launch(env=sink.environment())
    account = server.register()
    ask(server, account.email)
    (mail,) = sink.wait()
    ready = threading.Barrier(64)

    def use(number):
        form = f"email={account.email}&reset_token={mail.token}&new_password=parallel{number:02}".encode()
        head = (f"PUT /reset_password HTTP/1.1\r\nHost: x\r\nContent-Length: {len(form)}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\n").encode()
        ready.wait()
        return wires[number].send(head + form).read().status_code

    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(64) as pool:
        wires = [stack.enter_context(Wire(server, timeout=60)) for _ in range(64)]
        statuses = list(pool.map(use, range(64)))
    assert sorted(statuses) == [200] + [403] * 63
    assert server.sign_in_status(account.email, f"parallel{statuses.index(200):02}") == 200
    assert server.sign_in_status(account.email, account.password) == 401


def test_what_was_asked_while_the_mail_server_was_down_comes_later(launch, sink):
    sink.stop()
    server = launch(env=sink.environment())
    accounts = [server.register() for _ in range(5)]
    for account in accounts[:3]:
        ask(server, account.email)
    server.await_events("mail server does not take mail")
    server.kill9()
    server.start()
    for account in accounts[3:]:
        ask(server, account.email)
    server.kill9()
    time.sleep(2)
    sink.start()
    server.start()
    mails = sink.wait(5, seconds=60)
    assert sorted(mail.recipients[0] for mail in mails) == sorted(account.email for account in accounts)
    for account in accounts:
        assert redeem(server, account.email, sink.to(account.email)[-1].token).status_code == 200


def test_a_recipient_that_is_refused_holds_up_nobody(launch, sink):
    server = launch(env=sink.environment())
    refused_one, later, other = server.register(), server.register(), server.register()
    sink.replies = {refused_one.email: "550 no such user", later.email: "451 try again"}
    for account in (refused_one, later):
        ask(server, account.email)
    sink.wait_refused(2)
    ask(server, other.email)
    sink.wait()
    del sink.replies[later.email]
    mails = sink.wait(2, seconds=30)
    assert {mail.recipients[0] for mail in mails} == {later.email, other.email}
    events = server.await_events("mail refused", lambda event: "550" in event["cause"])
    assert refused_one.email not in str(events)


@pytest.mark.parametrize("wrong", ["authority", "no starttls"])
def test_without_a_certificate_it_trusts_nothing_is_sent(launch, pair, tmp_path, wrong):
    other = make_pair(tmp_path, "other")
    with Sink(pair if wrong == "authority" else None) as sink:
        env = sink.environment(SESSIOND_MAIL_AUTHORITIES=str(other.certificate), SESSIOND_MAIL_SECURITY="starttls")
        server = launch(env=env)
        account = server.register()
        ask(server, account.email)
        server.await_events("mail server does not take mail")
        assert sink.mails == []


def test_a_folder_of_texts_replaces_the_built_in_ones(launch, sink, tmp_path):
    (tmp_path / "reset.txt").write_text("Subject: Passwort zurücksetzen\n\n.Grüße, {email}\n.\n    {token}\n{link}\n")
    server = launch(env=sink.environment(SESSIOND_MAIL_TEMPLATES=str(tmp_path)))
    account = server.register()
    ask(server, account.email)
    (mail,) = sink.wait()
    assert mail.message["Subject"] == "Passwort zurücksetzen"
    lines = mail.text.splitlines()
    assert lines[:2] == [f".Grüße, {account.email}", "."] and lines[3].endswith("token=" + lines[2].strip())


def test_dots_and_long_addresses_survive_the_wire(launch, sink):
    server = launch(env=sink.environment())
    account = server.register("a" * 64 + "@" + ".".join(["b" * 60] * 3))
    ask(server, account.email)
    (mail,) = sink.wait()
    assert redeem(server, account.email, mail.token).status_code == 200


def test_a_stop_does_not_wait_for_a_mail_server_that_says_nothing(launch, sink):
    sink.stop()
    with socket.create_server(("127.0.0.1", sink.port)):  # accepts, and never greets
        server = launch(env=sink.environment(SESSIOND_MAIL_SERVER=f"smtp://127.0.0.1:{sink.port}"))
        account = server.register()
        ask(server, account.email)
        time.sleep(1.5)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 8
    sink.start()
    server.start()
    sink.wait()


def test_another_address_is_confirmed_from_its_mail(launch, sink):
    server = launch(env=sink.environment())
    account = server.register("old@example.com")
    with server.signed_in(account) as client:
        body = {"email": "new@example.com", "password": account.password}
        answered(client.put("/api/v1/users/me/email", json=body), 202,
                 {"email": "new@example.com", "message": "confirmation mail sent"}, private=True)
        sink.wait(2)
        (confirmation,), (notice,) = sink.to("new@example.com"), sink.to("old@example.com")
        assert "new@example.com" not in notice.text
        assert client.get("/profile").json() == {"email": "old@example.com"}
        answer = client.post("/api/v1/users/me/email/confirm", json={"token": confirmation.token})
        assert answer.status_code == 200 and answer.json()["email"] == "new@example.com"
        assert client.get("/profile").json() == {"email": "new@example.com"}
    assert server.sign_in_status("new@example.com", account.password) == 200
    assert server.sign_in_status("old@example.com", account.password) == 401


def test_mail_is_switched_on_and_off_by_a_reload(launch, sink, tmp_path):
    config = tmp_path / "x.json5"
    config.write_text("{reset: {delivery: 'off'}}")
    server = launch(config=config)
    account = server.register()
    with server.client() as client:
        refused(client.post("/reset_password", data={"email": account.email}), 403)
    settings = f"server: 'smtp://localhost:{sink.port}', security: 'none', from: '{SENDER}'"
    config.write_text("{reset: {delivery: 'mail'}, mail: {%s}}" % settings)
    server.process.send_signal(1)
    server.await_events("configuration reloaded")
    ask(server, account.email)
    sink.wait()
    config.write_text("{reset: {delivery: 'mail'}, mail: {%s, user: 'x', passwordFile: '/nowhere'}}" % settings)
    server.process.send_signal(1)
    server.await_events("configuration kept", lambda event: "mail.passwordFile" in event["error"])
