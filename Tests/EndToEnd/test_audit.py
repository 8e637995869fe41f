"""docs/OPERATIONS.md, "Audit log"."""

import json
import signal
import stat

import pytest

from harness.wire import eventually

SECRETS = ("correct horse", "wrong password")


def read(path):
    """The lines, as objects; every one is whole."""
    text = path.read_text() if path.exists() else ""
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def await_lines(path, count):
    assert eventually(lambda: path.exists() and len(read(path)) >= count), path.exists() and path.read_text()
    return read(path)


@pytest.fixture
def audited(launch, tmp_path):
    """A server that writes its audit log into a file."""
    path = tmp_path / "audit.log"
    server = launch(env={"SESSIOND_LOG_AUDIT": str(path), "SESSIOND_AUTH_SCHEMES": "session,basic"})
    server.audit = path
    return server


def test_a_life_of_an_account(audited):
    account = audited.register("ada@example.com")
    token = audited.token(account)
    with audited.client() as client:
        answer = client.post("/sessions", data={"email": account.email, "password": SECRETS[1]})
        assert answer.status_code == 401
        client.post("/sessions", data={"email": "nobody@example.com", "password": SECRETS[0]})
        client.get("/profile", auth=(account.email, SECRETS[0]))
        client.get("/profile", auth=(account.email, SECRETS[1]))
    with audited.client(token) as client:
        client.delete("/sessions")
    lines = await_lines(audited.audit, 7)
    told = [(line["event"], line["outcome"], line.get("reason")) for line in lines]
    assert told == [
        ("registered", "ok", None), ("sign_in", "ok", None), ("sign_in", "refused", "wrong_password"),
        ("sign_in", "refused", "unknown_account"), ("sign_in", "ok", None), ("sign_in", "refused", "wrong_password"),
        ("sign_out", "ok", None)]
    assert lines[2]["id"] == answer.headers["X-Request-Id"]
    for line in lines:
        assert line["level"] == "audit" and line["peer"] == "127.0.0.1" and line["time"].endswith("Z")
    user = lines[0]["user"]
    assert [line.get("user") for line in lines] == [user, user, user, None, user, user, user]
    text = audited.audit.read_text()
    for secret in (*SECRETS, account.email, "nobody@example.com", token):
        assert secret not in text
    assert stat.S_IMODE(audited.audit.stat().st_mode) == 0o600


def test_by_default_lines_are_among_those_of_the_log(server, account):
    server.sign_in_status(account.email, "wrong password")
    event, = server.await_events("sign_in", lambda e: e.get("reason") == "wrong_password")
    assert event["level"] == "audit" and event["outcome"] == "refused"


@pytest.mark.parametrize("options", [
    {"env": {"SESSIOND_LOG_AUDIT": "off"}}, {"flags": ["--quiet"], "log_format": "text"}])
def test_can_be_silent(launch, options):
    server = launch(**options)
    server.token(server.register())
    server.stop()
    assert not [line for line in server.log if "sign_in" in line]


def test_a_file_has_it_all_though_the_log_is_quiet(launch, tmp_path):
    path = tmp_path / "audit.log"
    server = launch(env={"SESSIOND_LOG_AUDIT": str(path)}, flags=["--quiet"], log_format="text")
    server.token(server.register())
    server.stop()
    assert [line["event"] for line in read(path)] == ["registered", "sign_in"]


def test_rotation(audited, tmp_path):
    account = audited.register()
    await_lines(audited.audit, 1)
    old = tmp_path / "audit.log.1"
    audited.audit.rename(old)
    audited.token(account)
    assert [line["event"] for line in await_lines(old, 2)] == ["registered", "sign_in"] and not audited.audit.exists()
    audited.process.send_signal(signal.SIGHUP)
    assert eventually(audited.audit.exists)
    audited.token(account)
    assert [line["event"] for line in await_lines(audited.audit, 1)] == ["sign_in"] and len(read(old)) == 2
    assert stat.S_IMODE(audited.audit.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_opened_keeps_it_from_starting(launch, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    for path in (link, tmp_path / "none" / "audit.log", "/dev/full"):
        with pytest.raises(AssertionError, match="did not start"):
            launch(env={"SESSIOND_LOG_AUDIT": str(path)})
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("runs", [True, False])
def test_commands_are_in_it(audited, runs):
    audited.register("boss@example.com")
    if not runs:
        audited.stop()
    for command in (["set-admin", "boss@example.com", "--off"], ["disable", "boss@example.com"], ["list"],
                    ["enable", "boss@example.com"], ["delete", "boss@example.com"]):
        done = audited.run("user", *command)
        assert done.returncode == 0 and not done.stderr, done.stderr
    lines = await_lines(audited.audit, 5)[1:]
    assert [line["event"] for line in lines] == [
        "role_changed", "account_disabled", "account_enabled", "account_deleted"]
    assert {(line["scheme"], line["user"]) for line in lines} == {("command", read(audited.audit)[0]["user"])}


def test_a_page_of_another_site(audited):
    for number in range(40):
        with audited.client() as client:
            client.post("/sessions", headers={"Origin": f"https://evil{number}.example"})
    lines = await_lines(audited.audit, 10)
    assert eventually(lambda: sum(line.get("count", 1) for line in read(audited.audit)) == 40)
    assert (lines[0]["reason"], lines[0]["page"], lines[0]["path"]) == ("origin", "https://evil0.example", "/sessions")
    assert len(read(audited.audit)) < 40
