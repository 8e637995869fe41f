"""The log: one line a request, one an event, and no secret in any of them."""

import base64
import json
import re

import pytest

from harness.client import fresh_email, multipart
from harness.server import Server
from harness.wire import Wire, ask, get, post

# All different and unlike anything a log would hold.
PASSWORDS = {name: f"secret-{name}-Zq7" for name in ("first", "wrong", "new", "refused", "json", "basic", "stdin")}


def journey(server):
    """Uses every secret once; returns all of them."""
    secrets = set(PASSWORDS.values())
    email = fresh_email()
    form = {"email": email, "password": PASSWORDS["first"]}
    with server.client() as client:
        client.post("/users", data=form)
        client.post("/users", data=form)
        client.post("/users", files=multipart(form | {"email": fresh_email()}))
        client.post("/users", data={"email": "bad address", "password": PASSWORDS["refused"]})
        client.post("/users", json=form)
        client.post("/sessions", data=form | {"password": PASSWORDS["wrong"]})
        for path in ("/sessions", "/api/v1/auth_session/login"):
            token = client.post(path, data=form).cookies["session_id"]
            secrets.add(token)
            cookie = {"Cookie": "session_id=" + token}
            for target in ("/profile", "/api/v1/users/me", "/nowhere", "/api/v1/users"):
                client.get(target, headers=cookie)
            client.get("/profile?session_id=" + token, headers=cookie)
            body = {"email": fresh_email(), "password": PASSWORDS["json"]}
            client.post("/api/v1/users", json=body, headers=cookie)
            client.post("/api/v1/users", data=json.dumps(body)[:-1], headers=cookie)
            client.delete("/sessions", headers=cookie)
            client.delete("/sessions", headers=cookie)
        planted = "Planted" * 6 + "1"
        secrets.add(planted)
        client.get("/profile", headers={"Cookie": "session_id=" + planted})
        credential = base64.b64encode(f"{email}:{PASSWORDS['basic']}".encode()).decode()
        secrets.add(credential)
        client.get("/api/v1/users/me", headers={"Authorization": "Basic " + credential})
        client.get("/api/v1/users/me", headers={"Authorization": "Bearer " + credential})
        client.get("/api/v1/status?password=" + PASSWORDS["wrong"])
        reset = client.post("/reset_password", data={"email": email}).json()["reset_token"]
        secrets.add(reset)
        change = {"email": email, "reset_token": reset, "new_password": PASSWORDS["new"]}
        client.put("/reset_password", data=change | {"new_password": "four"})
        client.put("/reset_password", data=change)
        client.put("/reset_password", data=change)
        client.put("/reset_password?" + "&".join(f"{k}={v}" for k, v in change.items()))
    for line in (
            f"GET /api/v1/status?password={PASSWORDS['wrong']} HTTP/9.9\r\n\r\n",
            f"GET /{PASSWORDS['wrong']}\r\n\r\n",
            f"{PASSWORDS['wrong']} / HTTP/1.1\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\nCookie : session_id={planted}\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: {planted} x\r\n\r\n"):
        with Wire(server) as wire:
            wire.send(line.encode())
            wire.read_all()
    with Wire(server) as wire:
        wire.send(post(server, "/sessions", f"password={PASSWORDS['wrong']}&%zz".encode(), close=True))
        wire.read_all(["POST"])
    done = server.run("user", "set-password", email, password=PASSWORDS["stdin"])
    assert done.returncode == 0
    assert PASSWORDS["stdin"] not in done.stdout + done.stderr
    return secrets


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("env", [{}, {"AUTH_TYPE": "session_auth", "SESSIOND_LOGIN_UNIFORM_ERRORS": "false"},
                                 {"SESSIOND_AUTH_SCHEMES": "session,basic"}])
def test_no_secret_is_ever_logged(launch, log_format, env):
    server = launch(log_format=log_format, env=env)
    secrets = journey(server)
    server.restart()
    server.stop()
    text = "\n".join(server.log)
    assert "/profile" in text, "nothing was logged, nothing is proved"
    leaked = [s for s in secrets if s in text]
    assert not leaked, [line for line in server.log if any(s in line for s in leaked)]
    assert "$argon2" not in text and "argon2id" not in text


def test_every_request_is_one_json_line_with_its_id(launch):
    server = launch()
    wanted = []
    with server.client() as client:
        for method, path in (("GET", "/"), ("GET", "/api/v1/status?a=b"), ("HEAD", "/api/v1/status"),
                             ("GET", "/nowhere"), ("PATCH", "/profile"), ("POST", "/users"),
                             ("DELETE", "/sessions"), ("GET", "/profile")):
            answer = client.request(method, path)
            wanted.append((answer.headers["X-Request-Id"], method, path.partition("?")[0], answer.status_code))
    server.stop()
    lines = {e["id"]: e for e in server.events("request")}
    assert len(lines) == len(wanted)
    for identifier, method, path, status in wanted:
        line = lines[identifier]
        assert (line["method"], line["path"], line["status"]) == (method, path, status)


def test_every_line_is_json_with_an_event_whatever_a_client_sends(launch):
    server = launch()
    for target in ("/%22%7D", "/%C3%A9", "/%E2%80%A8", "/a%20b", "/%7B%22event%22:%22x%22%7D", "/" + "x" * 4_000, "/'"):
        ask(server, target)
    with Wire(server) as wire:
        wire.send(get(server, "/\x7f\x1b[31m"))
        wire.read_all()
    server.stop()
    for line in server.log:
        entry = json.loads(line)
        assert isinstance(entry["event"], str) and entry["event"]
        assert not re.search(r"[\x00-\x1f\x7f\u2028]", line)


def test_a_client_cannot_forge_a_line_of_the_text_log(launch):
    server = launch(log_format="text")
    before = len(server.log)
    for target in ("/a%0aFORGED", "/a%0d%0aFORGED", "/%1b%5b31mFORGED", "/a%20INFO%20FORGED"):
        ask(server, target)
    server.stop()
    assert len(server.log) > before
    assert not any(re.match(r"^\W*FORGED", line) for line in server.log)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", "\n".join(server.log))


def test_listening_is_logged_with_its_address(launch):
    server = launch()
    (event,) = server.events("listening")
    assert event["address"] == f"127.0.0.1:{server.port}"


def test_quiet_logs_no_requests(launch):
    server = launch(log_format="text", flags=["--quiet"])
    with server.client() as client:
        for _ in range(5):
            client.get("/api/v1/status")
    server.stop()
    assert "/api/v1/status" not in "\n".join(server.log)


def warned(server):
    """The text of every warning."""
    return [json.dumps(e) for e in server.events() if e.get("level") == "warning"]


def test_beyond_loopback_each_relaxed_setting_is_a_warning(launch):
    server = launch(host="0.0.0.0")
    warnings = warned(server)
    for key in ("registration.open", "passwords.minLength", "reset.delivery", "sessions.cookie.secure"):
        assert len([w for w in warnings if key in w]) == 1, server.tail()
    server.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_reset_tokens_in_answers_alone_are_a_warning(launch, host):
    warning, = warned(launch(host=host))
    assert "reset.delivery" in warning
    assert warned(launch(host=host, env={"SESSIOND_RESET_DELIVERY": "off"})) == []


def test_the_log_of_a_refused_configuration_shows_no_unknown_value(tmp_path):
    config = tmp_path / "x.json5"
    config.write_text('{smtp: {password: "secret-in-file-Zq7"}}')
    server = Server(tmp_path, config=config)
    with pytest.raises(AssertionError):
        server.start()
    assert server.log and "secret-in-file-Zq7" not in "\n".join(server.log)
