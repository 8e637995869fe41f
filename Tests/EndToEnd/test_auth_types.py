"""docs/HTTP.md: every value of AUTH_TYPE, and the original's other variables."""

import base64
import time

import pytest

from harness.expect import ANY, answered, answered_user, clears_cookie, cookies_set, refused, session_cookie
from harness.server import run
from harness.wire import eventually

WORDS = ["none", "auth", "basic_auth", "session_auth", "session_exp_auth", "session_db_auth"]
SESSIONS = [None, "session_auth", "session_exp_auth", "session_db_auth"]
LOGINS = ["/api/v1/auth_session/login", "/sessions"]
UNKNOWN = "A" * 43
PROTECTED = ["/api/v1/users", "/api/v1/users/me", "/api/v1/stats", "/nowhere"]


def variables(word, **more):
    return ({} if word is None else {"AUTH_TYPE": word}) | more


def basic(email, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


def form(account):
    return {"email": account.email, "password": account.password}


@pytest.mark.parametrize("word", [None, *WORDS])
def test_the_open_paths_are_open(launch, word):
    server = launch(env=variables(word))
    with server.client() as client:
        answered(client.get("/"), 200, {"message": "Bienvenue"})
        answered(client.get("/api/v1/status"), 200, {"status": "OK"})
        refused(client.get("/api/v1/unauthorized"), 401)
        refused(client.get("/api/v1/forbidden"), 403)
    server.register()


@pytest.mark.parametrize("word", [None, *WORDS[1:]])
def test_protected_paths_are_401_then_403(launch, word):
    server = launch(env=variables(word))
    with server.client() as client, server.client(UNKNOWN) as stranger:
        for path in PROTECTED:
            refused(client.get(path), 401, private=True)
            refused(stranger.get(path), 403, private=True)
            refused(client.get(path, headers=basic("nobody@example.com", "not this one")), 403, private=True)
        refused(client.get("/profile"), 403)
        refused(client.delete("/sessions"), 403)


def test_none_opens_every_path_and_warns(launch):
    server = launch(env=variables("none"))
    account = server.register()
    with server.client() as client:
        (value,) = client.get("/api/v1/users").json()
        answered(client.get(f"/api/v1/users/{value['id']}"), 200, value)
        answered(client.get("/api/v1/stats"), 200, {"users": 1})
        answered_user(client.put(f"/api/v1/users/{value['id']}", json={"first_name": "A"}), 200, first_name="A")
        body = {"email": "second@example.com", "password": "correct horse"}
        answered_user(client.post("/api/v1/users", json=body), 201, email=body["email"])
        answered(client.delete(f"/api/v1/users/{value['id']}"), 200, {})
        refused(client.get("/nowhere"), 404)
        refused(client.patch("/api/v1/users"), 405)
        refused(client.get("/profile"), 403)
        refused(client.delete("/sessions"), 403)
        for path in LOGINS:
            refused(client.post(path, data=form(account)), 501, "Session authentication is not enabled")
    assert any(e["level"] == "warning" and "auth.filter" in str(e) for e in server.events()), server.tail()


@pytest.mark.parametrize("word", ["auth", "basic_auth", "none"])
@pytest.mark.parametrize("path", LOGINS)
def test_a_login_without_sessions_is_501(launch, word, path):
    server = launch(env=variables(word))
    account = server.register()
    with server.client() as client:
        answer = client.post(path, data=form(account))
        refused(answer, 501, "Session authentication is not enabled")
        assert cookies_set(answer) == []


def test_auth_lets_nobody_in(launch):
    server = launch(env=variables("auth"))
    account = server.register()
    with server.client() as client:
        refused(client.get("/api/v1/users", headers=basic(account.email, account.password)), 403)
        assert "WWW-Authenticate" not in client.get("/api/v1/users").headers


def test_basic_auth_signs_in_with_each_request(launch):
    server = launch(env=variables("basic_auth"))
    account = server.register("Basic.User@example.com", password="pass:word ünïcode")
    good = basic(account.email, account.password)
    with server.client() as client:
        answer = client.get("/api/v1/users/me", headers=good)
        me = answered_user(answer, 200, email=account.email)
        assert cookies_set(answer) == []
        answered(client.get("/users/me", headers=good), 200, me)
        answered(client.get("/api/v1/users", headers=good), 200, [me])
        answered(client.get("/api/v1/users/me", headers=basic("basic.user@EXAMPLE.com", account.password)), 200, me)
        lower = {"Authorization": good["Authorization"].replace("Basic", "bAsIc")}
        answered(client.get("/api/v1/users/me", headers=lower), 200, me)
        refused(client.get("/nowhere", headers=good), 404)
        refused(client.delete("/api/v1/auth_session/logout", headers=good), 404)
        for value in (
                basic(account.email, "not this one"), basic(account.email, ""), basic("", ""),
                basic("nobody@example.com", account.password), basic(account.email, "pass"),
                {"Authorization": "Basic"}, {"Authorization": "Basic !!!"}, {"Authorization": "Basic bm9jb2xvbg=="},
                {"Authorization": "Digest " + good["Authorization"][6:]},
                {"Authorization": good["Authorization"][6:]}):
            refused(client.get("/api/v1/users/me", headers=value), 403, private=True)


def test_the_basic_challenge_alone_is_shown_to_everybody(launch):
    server = launch(env=variables("basic_auth"))
    with server.client() as client:
        for accept in ("*/*", "application/json", "text/html", "text/html,application/xhtml+xml,*/*;q=0.8"):
            answer = client.get("/api/v1/users", headers={"Accept": accept})
            refused(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')


def test_beside_sessions_the_basic_challenge_is_hidden_from_browsers(launch):
    server = launch(env={"SESSIOND_AUTH_SCHEMES": "session,basic"})
    account = server.register()
    with server.client() as client:
        for accept, shown in (
                ("*/*", True), ("application/json", True), ("application/json, text/html;q=0.5", True),
                ("text/html", False), ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False)):
            for path in ("/api/v1/users", "/api/v1/unauthorized"):
                answer = client.get(path, headers={"Accept": accept})
                refused(answer, 401)
                assert ("basic " in answer.headers["WWW-Authenticate"].lower()) == shown, accept
        # Both ways in work, and sign-out by Basic has no session to end.
        me = client.get("/api/v1/users/me", headers=basic(account.email, account.password)).json()
        refused(client.delete("/api/v1/auth_session/logout",
                              headers=basic(account.email, account.password)), 404)
    with server.signed_in(account) as client:
        answered(client.get("/api/v1/users/me"), 200, me)


@pytest.mark.parametrize("word", SESSIONS)
def test_session_types_sign_in_and_out(launch, word):
    server = launch(env=variables(word))
    account = server.register()
    for enter, leave in zip(LOGINS, ("/api/v1/auth_session/logout", "/sessions")):
        with server.client() as client:
            token = session_cookie(client.post(enter, data=form(account)))
        with server.client(token) as client:
            answered(client.get("/profile"), 200, {"email": account.email}, private=True)
            answered_user(client.get("/api/v1/users/me"), 200, email=account.email)
            answer = client.delete(leave)
            assert answer.status_code in (200, 302)
            clears_cookie(answer)
            refused(client.get("/profile"), 403)
            refused(client.get("/api/v1/users/me"), 403)


@pytest.mark.parametrize("word", SESSIONS)
def test_session_types_ignore_basic(launch, word):
    server = launch(env=variables(word))
    account = server.register()
    with server.client() as client:
        refused(client.get("/api/v1/users/me", headers=basic(account.email, account.password)), 403)
        assert "basic" not in client.get("/api/v1/users").headers["WWW-Authenticate"].lower()


@pytest.mark.parametrize("word", ["", "Basic_Auth", "session", "basic", "NONE", "session_auth ", "jwt", "session_exp"])
def test_an_unknown_type_refuses_to_start(tmp_path, word):
    done = run("serve", "--port", "0", "--data", str(tmp_path / "x.db"), cwd=tmp_path, env=variables(word))
    assert done.returncode > 0, done.stderr
    (line,) = done.stderr.splitlines()
    assert "AUTH_TYPE" in line and all(valid in line for valid in WORDS)


@pytest.mark.parametrize("value", ["ten", "", "1.5", "1s", "0x10", "1e3", " 1", "99999999999999999999"])
def test_a_duration_that_is_not_a_number_refuses_to_start(tmp_path, value):
    done = run("serve", "--port", "0", "--data", str(tmp_path / "x.db"), cwd=tmp_path,
               env=variables("session_exp_auth", SESSION_DURATION=value))
    assert done.returncode > 0, done.stderr
    (line,) = done.stderr.splitlines()
    assert "SESSION_DURATION" in line


@pytest.mark.parametrize("word", SESSIONS)
def test_a_session_expires_at_its_duration(launch, word):
    server = launch(env=variables(word, SESSION_DURATION="2"))
    token = server.token(server.register())
    born = time.monotonic()
    with server.client(token) as client:
        # Use does not prolong it: the duration is absolute.
        while client.get("/profile").status_code == 200:
            assert time.monotonic() - born < 3.0, "lives too long"
            time.sleep(0.02)
        assert time.monotonic() - born > 1.0, "ended too early"
        refused(client.get("/profile"), 403, private=True)
        refused(client.get("/api/v1/users/me"), 403, private=True)
        refused(client.delete("/api/v1/auth_session/logout"), 403, private=True)


@pytest.mark.parametrize("word,duration", [
    ("session_auth", None), ("session_auth", "0"), ("session_exp_auth", "0"), ("session_exp_auth", "-1"),
    ("session_db_auth", "0"), (None, "-5")])
def test_a_duration_of_zero_or_less_is_for_ever(launch, word, duration):
    server = launch(env=variables(word, **({} if duration is None else {"SESSION_DURATION": duration})))
    token = server.token(server.register())
    time.sleep(1.2)
    assert server.profile_status(token) == 200


def test_session_auth_expires_when_a_duration_is_given(launch):
    server = launch(env=variables("session_auth", SESSION_DURATION="1"))
    token = server.token(server.register())
    assert server.profile_status(token) == 200
    assert eventually(lambda: server.profile_status(token) == 403, seconds=3)


def test_a_durable_session_expires_over_a_restart(launch):
    server = launch(env=variables("session_db_auth", SESSION_DURATION="2"))
    token = server.token(server.register())
    born = time.monotonic()
    server.restart()
    if time.monotonic() - born < 1.0:
        assert server.profile_status(token) == 200
    server.stop()
    time.sleep(max(0.0, born + 3.1 - time.monotonic()))
    server.start()
    assert server.profile_status(token) == 403


def test_session_name_names_the_cookie(launch):
    server = launch(env=variables("session_auth", SESSION_NAME="_my_session_id"))
    account = server.register()
    with server.client() as client:
        answer = client.post("/sessions", data=form(account))
        (field,) = cookies_set(answer)
        assert field.startswith("_my_session_id=")
        token = answer.cookies["_my_session_id"]
        assert client.get("/profile").status_code == 200
        answer = client.delete("/sessions")
        clears_cookie(answer, "_my_session_id")
    with server.client(token) as client:
        refused(client.get("/api/v1/users/me"), 401)


@pytest.mark.parametrize("name", ["a b", "a;b", "a=b", "a,b", 'a"b', "a\u00e9", ""])
def test_a_name_that_is_no_cookie_name_refuses_to_start(tmp_path, name):
    done = run("serve", "--port", "0", "--data", str(tmp_path / "x.db"), cwd=tmp_path,
               env=variables("session_auth", SESSION_NAME=name))
    assert done.returncode > 0, done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_api_host_and_api_port_say_where_to_listen(tmp_path):
    done = run("config", "show", cwd=tmp_path, env={"API_HOST": "127.0.0.7", "API_PORT": "4711"})
    assert done.returncode == 0 and "127.0.0.7" in done.stdout and "4711" in done.stdout
    done = run("serve", cwd=tmp_path, env={"API_PORT": "none"})
    assert done.returncode != 0 and "API_PORT" in done.stderr and len(done.stderr.splitlines()) == 1
    refused_port = run("serve", cwd=tmp_path, env={"API_PORT": "65536"})
    assert refused_port.returncode != 0 and "65536" in refused_port.stderr


def test_the_errors_of_a_login_come_before_its_501(launch):
    server = launch(env=variables("auth"))
    with server.client() as client:
        answer = client.post("/api/v1/auth_session/login", data={})
        assert refused(answer, answer.status_code, ANY) and answer.status_code in (400, 501)
