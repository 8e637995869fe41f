"""Basic (RFC 7617) with real clients, and what the server remembers of verified passwords."""

import base64
import concurrent.futures
import json
import time

import httpx
import pytest
import requests

from harness.browser import chromium
from harness.wire import ask

ME = "/users/me"
SERVER = {"env": {"SESSIOND_AUTH_SCHEMES": "session,basic"}}
# A hash that can be told from none by its time: some 100 ms.
DEAR = {"SESSIOND_AUTH_SCHEMES": "session,basic", "SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "65536",
        "SESSIOND_PASSWORDS_HASH_ITERATIONS": "3"}


def basic(user, password):
    pair = f"{user}:{password}".encode() if isinstance(user, str) else user + b":" + password
    return "Authorization: Basic " + base64.b64encode(pair).decode()


def status(server, user, password, target=ME):
    return ask(server, target, basic(user, password)).status_code


def is_me(answer, account):
    return answer.status_code == 200 and json.loads(answer.content)["email"] == account.email


# Clients


def test_curl(account, curl):
    assert is_me(curl(ME, "-u", f"{account.email}:{account.password}", jar=False), account)
    assert curl(ME, "-u", f"{account.email}:wrong", jar=False).status_code == 403
    answer = curl(ME, "--anyauth", "-u", f"{account.email}:{account.password}", jar=False)
    assert is_me(answer, account) and answer.statuses == [401, 200]


def test_requests_and_httpx(server, account):
    pair = account.email, account.password
    with requests.Session() as client:
        client.trust_env, client.auth = False, pair
        assert all(is_me(client.get(server.base + ME), account) for _ in range(3))
    with httpx.Client(auth=pair, trust_env=False) as client:
        assert all(is_me(client.get(server.base + ME), account) for _ in range(3))


def test_the_browsers_own_dialog(launch):
    server = launch(env={"SESSIOND_AUTH_SCHEMES": "basic"})
    account = server.register("jäsøn@example.org", "pässwörd 123£")
    with chromium() as browser:
        for password, wanted in [(account.password, 200), ("wrong", 403)]:
            context = browser.new_context(http_credentials={"username": account.email, "password": password})
            answer = context.new_page().goto(server.base + ME)
            assert answer.status == wanted
            if wanted == 200:
                assert json.loads(answer.body())["email"] == account.email
            context.close()


def test_a_browser_sees_no_challenge_beside_another_scheme(server):
    def shown(*fields):
        return [value for name, value in ask(server, ME, *fields).fields if name == "WWW-Authenticate"]

    assert 'Basic realm="sessiond", charset="UTF-8"' in shown()
    assert not any(value.startswith("Basic") for value in shown("Accept: text/html"))


# The standard


def test_the_examples_of_the_rfc(server):
    """RFC 7617 §2 and §2.1; user names here are addresses, so they are read and name nobody."""
    for value in ["QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "dGVzdDoxMjPCow=="]:
        assert ask(server, ME, f"Authorization: Basic {value}").status_code == 403
    account = server.register(password="123£:open sesame")
    assert status(server, account.email, account.password) == 200
    assert status(server, account.email.upper(), account.password) == 200
    for scheme in ["basic", "BASIC", "bAsIc"]:
        assert ask(server, ME, basic(account.email, account.password).replace("Basic", scheme)).status_code == 200


@pytest.mark.parametrize("value", [
    "Basic", "Basic ", "Basic !", "Basic YTpi YTpi", "Basic YTpi,", "Basic YTp", "Basic YTp=", "Basic YQ==", "Basic =",
    "Basic " + "A" * 12000, "Basic YTpi=", "Basic Og==", "Basic AAA6AAA=", "Basic /zp/", "Basicx YTpi", "Basic:YTpi",
    "Basic " + base64.b64encode(b"admin@example.com:correct horse\x00").decode(),
    "Basic " + base64.b64encode(b"admin@example.com\x7f:correct horse").decode(),
    "Basic " + base64.b64encode(b"admin@example.com:correct\thorse").decode(),
])
def test_what_is_malformed_names_nobody(server, value):
    assert ask(server, ME, "Authorization: " + value).status_code == 403
    answer = ask(server, "/sessions/whoami", "Authorization: " + value)
    assert answer.status_code == 401 and any(value.startswith("Basic ") for name, value in answer.fields)


# What is remembered


def changed(server, account, way):
    """Changes something, and says whether the password is right afterwards."""
    form = {"email": account.email, "new_password": "another horse"}
    if way == "reset":
        with server.client() as client:
            form["reset_token"] = client.post("/reset_password", data={"email": account.email}).json()["reset_token"]
            assert client.put("/reset_password", data=form).status_code == 200
    elif way == "own":
        with server.signed_in(account) as client:
            change = {"current_password": account.password, "new_password": "another horse"}
            assert client.put("/api/v1/users/me/password", json=change).status_code == 200
    elif way == "delete":
        with server.signed_in(account) as client:
            body = {"password": account.password}
            assert client.delete("/api/v1/users/me", json=body).status_code == 200
    else:
        done = {"command": lambda: server.run("user", "set-password", account.email, password="another horse"),
                "disable": lambda: server.run("user", "disable", account.email)}[way]()
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("way", ["reset", "own", "delete", "command", "disable"])
def test_a_change_counts_from_the_next_request_on(server, way):
    account = server.register()
    assert [status(server, account.email, account.password) for _ in range(2)] == [200, 200]
    changed(server, account, way)
    assert status(server, account.email, account.password) == 403
    assert status(server, account.email, "another horse") == (200 if way in ("reset", "own", "command") else 403)


def test_rights_and_names_are_those_of_now(server, account, admin):
    pair = account.email, account.password
    assert status(server, *pair, target="/api/v1/users") == 403
    user = ask(server, ME, basic(*pair)).content
    path = "/api/v1/users/" + json.loads(user)["id"]
    assert admin.put(path, json={"first_name": "Ada"}).status_code == 200
    assert json.loads(ask(server, ME, basic(*pair)).content)["first_name"] == "Ada"
    assert server.run("user", "set-admin", account.email).returncode == 0
    assert status(server, *pair, target="/api/v1/users") == 200
    assert server.run("user", "set-admin", account.email, "--off").returncode == 0
    assert status(server, *pair, target="/api/v1/users") == 403


def test_a_password_costs_one_hash_in_its_time(launch):
    server = launch(env={**DEAR, "SESSIOND_AUTH_BASIC_CACHE_LIFETIME": "2"}, cheap=False)
    account = server.register()

    def seconds():
        start = time.monotonic()
        assert status(server, account.email, account.password) == 200
        return time.monotonic() - start

    hashed = seconds()
    remembered = min(seconds() for _ in range(5))
    assert remembered < hashed / 5, (hashed, remembered)
    time.sleep(2)
    assert seconds() > 5 * remembered


def test_many_at_once_while_the_password_changes(launch):
    server = launch(env=SERVER["env"], flags=["--no-rate-limit"])
    account = server.register()
    password = account.password
    for turn in range(20):
        def many(_, shown=password):
            return status(server, account.email, shown)

        new = f"horse number {turn}"
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            running = [pool.submit(many, n) for n in range(16)]
            with server.signed_in(type(account)(account.email, password)) as client:
                change = {"current_password": password, "new_password": new}
                assert client.put("/api/v1/users/me/password", json=change).status_code == 200
            assert status(server, account.email, password) == 403
            assert {task.result() for task in running} <= {200, 403}
        assert status(server, account.email, password) == 403
        password = new


def test_one_audit_line_while_it_is_remembered(server):
    account = server.register()
    users = [json.loads(ask(server, ME, basic(account.email, account.password)).content)["id"] for _ in range(5)]
    assert status(server, account.email, "wrong") == 403
    mine = server.await_events("sign_in", lambda line: line.get("user") == users[0], count=2)
    assert [(line["outcome"], line["scheme"]) for line in mine] == [("ok", "basic"), ("refused", "basic")]


def test_the_log_has_no_password(server):
    account = server.register(password="unforgettable horse")
    assert [status(server, account.email, account.password) for _ in range(2)] == [200, 200]
    encoded = base64.b64encode(f"{account.email}:{account.password}".encode()).decode()
    log = "\n".join(server.log)
    assert account.password not in log and encoded not in log
