"""The commands beside `serve`: with and without a running server, and what they refuse."""

import json
import stat

import pytest

from harness.client import Account
from harness.expect import refused
from harness.server import ROOT, Server, run

PASSWORD = "given on stdin"


@pytest.fixture(params=["stopped", "running"])
def data(request, launch, tmp_path):
    """A server, stopped or running, with two accounts: the administrator and an ordinary one."""
    server = launch()
    server.state = request.param
    server.admin, server.plain = server.register("boss@example.com"), server.register("plain@example.com")
    if request.param == "stopped":
        server.stop()
    return server


def running(server):
    """The same server, started if the commands found it stopped."""
    return server if server.process is not None else server.start()


def succeeded(done):
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    assert PASSWORD not in done.stdout + done.stderr
    return done.stdout


def failed(done, *names):
    """Refused with one clear line on stderr."""
    assert done.returncode > 0, (done.returncode, done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    for name in names:
        assert name in lines[0]
    return lines[0]


def is_admin(server, account):
    with server.signed_in(account) as client:
        return client.get("/api/v1/users").status_code == 200


def test_add_makes_an_account(data):
    succeeded(data.run("user", "add", "New.User@example.com", password=PASSWORD))
    succeeded(data.run("user", "add", "second.boss@example.com", "--admin", password=PASSWORD))
    server = running(data)
    assert not is_admin(server, Account("new.user@example.com", PASSWORD))
    assert is_admin(server, Account("second.boss@example.com", PASSWORD))
    with server.signed_in(Account("new.user@example.com", PASSWORD)) as client:
        assert client.get("/profile").json() == {"email": "New.User@example.com"}
    with server.client() as client:
        answer = client.post("/users", data={"email": "NEW.user@example.com", "password": PASSWORD})
        assert answer.json() == {"message": "email already registered"}


def test_add_refuses_what_registration_refuses(data):
    failed(data.run("user", "add", "PLAIN@example.com", password=PASSWORD))
    failed(data.run("user", "add", "no address", password=PASSWORD), "no address")
    failed(data.run("user", "add", "a@example.com", password="four"))
    failed(data.run("user", "add", "a@example.com", password="x" * 257))
    failed(data.run("user", "add", "a@example.com", password=""))
    failed(data.run("user", "add", "a@example.com"))
    failed(data.run("user", "add", password=PASSWORD))
    assert "a@example.com" not in succeeded(data.run("user", "list"))
    assert running(data).sign_in_status(data.plain.email, data.plain.password) == 200


def test_a_password_is_never_an_argument(data):
    line = failed(data.run("user", "add", "a@example.com", PASSWORD, password=PASSWORD))
    assert PASSWORD not in line
    line = failed(data.run("user", "add", "a@example.com", "--password=" + PASSWORD, password=PASSWORD))
    assert PASSWORD not in line
    line = failed(data.run("user", "set-password", data.plain.email, PASSWORD, password=PASSWORD))
    assert PASSWORD not in line
    assert running(data).sign_in_status(data.plain.email, PASSWORD) == 401


@pytest.mark.parametrize("password", ["pässwörd 日本", " spaces around ", "x" * 256, "with 'quotes' and \\"])
def test_every_byte_of_the_first_line_is_the_password(data, password):
    succeeded(data.run("user", "add", "bytes@example.com", password=password + "\nsecond line"))
    server = running(data)
    assert server.sign_in_status("bytes@example.com", password) == 200
    assert server.sign_in_status("bytes@example.com", password.strip() + "x") == 401


def test_list_shows_everybody_and_no_hash(data):
    text = succeeded(data.run("user", "list"))
    assert text.index("boss@example.com") < text.index("plain@example.com")
    listed = json.loads(succeeded(data.run("user", "list", "--json")))
    assert [u["email"] for u in listed] == ["boss@example.com", "plain@example.com"]
    assert "argon2" not in text + json.dumps(listed)


def test_delete_is_true_on_the_very_next_request(data):
    server = data
    if data.state == "running":
        token, other = server.token(data.plain), server.token(data.admin)
        assert server.profile_status(token) == 200
        succeeded(data.run("user", "delete", "Plain@Example.com"))
        assert server.profile_status(token) == 403
        assert server.profile_status(other) == 200
    else:
        succeeded(data.run("user", "delete", "Plain@Example.com"))
    assert running(server).sign_in_status(data.plain.email, data.plain.password) == 401
    failed(data.run("user", "delete", data.plain.email), data.plain.email)
    assert data.plain.email not in succeeded(data.run("user", "list"))


def test_set_password_ends_every_session_at_once(data):
    server = data
    tokens = []
    if data.state == "running":
        tokens, other = [server.token(data.plain) for _ in range(3)], server.token(data.admin)
    succeeded(data.run("user", "set-password", data.plain.email, password=PASSWORD))
    assert [server.profile_status(t) for t in tokens] == [403] * len(tokens)
    if data.state == "running":
        assert server.profile_status(other) == 200
    running(server)
    assert server.sign_in_status(data.plain.email, data.plain.password) == 401
    assert server.sign_in_status(data.plain.email, PASSWORD) == 200
    failed(data.run("user", "set-password", data.plain.email, password="four"))
    failed(data.run("user", "set-password", "nobody@example.com", password=PASSWORD), "nobody@example.com")
    assert server.sign_in_status(data.plain.email, PASSWORD) == 200


def test_durable_sessions_end_with_a_password_set_while_the_server_is_down(launch):
    server = launch()
    account, other = server.register(), server.register()
    token, kept, gone = server.token(account), server.token(other), server.register()
    lost = server.token(gone)
    server.stop()
    succeeded(server.run("user", "set-password", account.email, password=PASSWORD))
    succeeded(server.run("user", "delete", gone.email))
    server.start()
    assert [server.profile_status(t) for t in (token, kept, lost)] == [403, 200, 403]


def test_set_admin_changes_access_at_once(data):
    server = data
    for options, status in (([], 200), (["--off"], 403), ([], 200)):
        token = server.token(data.plain) if data.state == "running" else None
        succeeded(data.run("user", "set-admin", data.plain.email, *options))
        if token is not None:
            # With other rights goes another token: the old one died with the change.
            with server.client(token) as client:
                assert client.get("/api/v1/users/me").status_code == 403
            with server.client(server.token(data.plain)) as client:
                assert client.get("/api/v1/users").status_code == status


def test_a_command_on_a_fresh_data_file_makes_it_for_the_owner_alone(tmp_path):
    file = tmp_path / "fresh.db"
    done = run("user", "add", "a@example.com", "--admin", "--data", str(file), cwd=tmp_path, password=PASSWORD)
    succeeded(done)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(succeeded(
        run("user", "list", "--json", "--data", str(file), cwd=tmp_path)))[0]["email"] == "a@example.com"


def test_the_first_account_by_command_is_no_administrator_unless_told(launch, tmp_path):
    server = launch()
    succeeded(server.run("user", "add", "a@example.com", password=PASSWORD))
    succeeded(server.run("user", "add", "b@example.com", "--admin", password=PASSWORD))
    assert is_admin(server, Account("b@example.com", PASSWORD))


def test_a_relative_data_file_counts_from_the_working_directory(tmp_path):
    succeeded(run("user", "add", "a@example.com", cwd=tmp_path, password=PASSWORD))
    assert (tmp_path / "sessiond.db").exists()
    assert "a@example.com" in succeeded(run("user", "list", "--data", "./sessiond.db", cwd=tmp_path))


# Configuration

def test_config_check_and_show_on_the_defaults(tmp_path):
    succeeded(run("config", "check", cwd=tmp_path, cheap=False))
    text = succeeded(run("config", "show", cwd=tmp_path, cheap=False))
    for part in ('host: "127.0.0.1"', "port: 5000", 'name: "session_id"', "minLength: 5", "hashMemoryKiB: 19456",
                 "tokenLifetime: 900", 'users: "self"', "durable: true"):
        assert part in text
    assert not (tmp_path / "sessiond.db").exists()
    config = tmp_path / "shown.json5"
    config.write_text(text)
    succeeded(run("config", "check", "--config", str(config), cwd=tmp_path, cheap=False))


def test_the_shipped_files_are_valid(tmp_path):
    for name in ("sessiond.json5", "production.json5"):
        succeeded(run("config", "check", "--config", str(ROOT / "config" / name), cwd=tmp_path, cheap=False))


def test_the_shipped_file_has_every_setting_at_its_default(tmp_path):
    plain = succeeded(run("config", "show", cwd=tmp_path, cheap=False))
    file = ROOT / "config" / "sessiond.json5"
    shipped = succeeded(run("config", "show", "--config", str(file), cwd=tmp_path, cheap=False))

    def values(text):
        return [line.partition("  //")[0] for line in text.splitlines()]

    assert values(plain) == values(shipped)
    assert "// default" in plain and "// default" not in shipped


@pytest.mark.parametrize("command", [["config", "check"], ["config", "show"], ["serve"], ["user", "list"]])
@pytest.mark.parametrize("text,names", [
    ("{passwords: {minLenght: 12}}", ["passwords.minLenght", "minLength"]),
    ("{passwords: {minLength: 0}}", ["passwords.minLength", "0", "1", "256"]),
    ("{passwords: {minLength: 257}}", ["passwords.minLength", "257", "256"]),
    ('{reset: {delivery: "pigeon"}}', ["reset.delivery", "pigeon", "response", "off"]),
])
def test_a_bad_setting_is_named_with_its_value_and_what_is_allowed(tmp_path, command, text, names):
    config = tmp_path / "bad.json5"
    config.write_text(text)
    data = ["--data", str(tmp_path / "x.db")]
    failed(run(*command, "--config", str(config), *data, cwd=tmp_path), *names)


def test_check_production_lists_every_relaxed_setting(tmp_path):
    done = run("config", "check", "--production", cwd=tmp_path, cheap=False)
    assert done.returncode > 0
    for key in ("sessions.cookie.secure", "sessions.cookie.name", "registration.open", "passwords.minLength",
                "reset.delivery"):
        assert key in done.stdout + done.stderr
    relaxed = {"SESSIOND_ACCESS_USERS": "authenticated", "SESSIOND_LOGIN_UNIFORM_ERRORS": "false",
               "AUTH_TYPE": "none"}
    done = run("config", "check", "--production", cwd=tmp_path, env=relaxed)
    for key in ("access.users", "login.uniformErrors", "auth.filter", "passwords.hashMemoryKiB"):
        assert key in done.stdout + done.stderr


def test_the_production_file_is_fit_for_production_and_serves(tmp_path):
    file = ROOT / "config" / "production.json5"
    succeeded(run("config", "check", "--production", "--config", str(file), cwd=tmp_path, cheap=False))
    done = run("config", "check", "--production", "--config", str(file), cwd=tmp_path, cheap=False,
               env={"SESSIOND_REGISTRATION_OPEN": "true"})
    assert done.returncode > 0 and "registration.open" in done.stdout + done.stderr
    server = Server(tmp_path, config=file).start()
    try:
        succeeded(server.run("user", "add", "a@example.com", password="twelve bytes or more"))
        form = {"email": "a@example.com", "password": "twelve bytes or more"}
        with server.client() as client:
            refused(client.post("/users", data=form | {"email": "b@example.com"}), 403)
            answer = client.post("/sessions", data=form)
            assert answer.status_code == 200
            pair, *attributes = answer.headers["Set-Cookie"].split("; ")
            assert pair.startswith("__Host-") and "Secure" in attributes and "HttpOnly" in attributes
            assert client.get("/profile", headers={"Cookie": pair}).status_code == 200
            assert "reset_token" not in client.post("/reset_password", data=form).text
    finally:
        server.stop()


# Usage

def test_help_and_version(tmp_path):
    for arguments in (["--help"], ["help"], ["serve", "--help"], ["user", "--help"], ["config", "--help"]):
        text = succeeded(run(*arguments, cwd=tmp_path))
        assert "sessiond" in text
    assert "sessiond" in succeeded(run("--version", cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["serve", "--nonsense"], ["serve", "nonsense"], ["--port"], ["--port", "x"], ["--port", "65536"],
    ["--log-format", "xml"], ["user"], ["user", "nonsense"], ["user", "add", "--off", "a@example.com"], ["config"],
    ["config", "nonsense"], ["user", "list", "a@example.com"], ["user", "delete"], ["user", "set-admin"]])
def test_wrong_usage_is_one_line(tmp_path, arguments):
    failed(run(*arguments, cwd=tmp_path, password=PASSWORD))
    assert list(tmp_path.iterdir()) == []


def test_hash_calibrate_prints_a_configuration(launch, tmp_path):
    found = run("hash", "calibrate", "--milliseconds", "1", "--memory", "7", cwd=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert "hashMemoryKiB: 7168," in found.stdout and "hashIterations: 5," in found.stdout
    (tmp_path / "found.json5").write_text(found.stdout)
    assert run("config", "check", "--config", "found.json5", cwd=tmp_path, cheap=False).returncode == 0
