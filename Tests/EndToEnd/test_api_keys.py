"""docs/HTTP.md, "API keys": shown once, for programs, in place of the password; ended on the very next request."""

import json
import re
import zlib

import pytest

from harness.curl import Curl
from harness.expect import ANY, answered, instant, refused
from harness.sessions import SOME_ID, unauthorized, user_id

SERVER = {"env": {"SESSIOND_AUTH_SCHEMES": "session,bearer,basic"}}
KEYS = "/api/v1/users/me/keys"
ME = "/api/v1/users/me"
MEMBERS = ["created_at", "expires_at", "id", "last_used_at", "name", "read_only"]
FORM = re.compile("sdk_([A-Za-z0-9_-]{43})([0-9a-f]{8})")


def issue(client, **wish):
    """A new key, with what is shown of it."""
    answer = client.post(KEYS, json={"name": "ci", **wish})
    value = answered(answer, 201, answer.json(), private=True)
    assert sorted(value) == sorted([*MEMBERS, "key"])
    return value


def listed(client):
    answer = client.get(KEYS)
    value = answered(answer, 200, answer.json(), private=True)
    assert all(sorted(key) == MEMBERS for key in value)
    return value


def ask(server, account, key, path=ME, method="GET", **options):
    """A request with a key, on a connection of its own."""
    with server.client() as client:
        return client.request(method, path, auth=(account.email, key), **options)


def files(server):
    """Everything beside and in the data file, the log that is not written into it yet too."""
    return b"".join(path.read_bytes() for path in server.directory.iterdir() if path.is_file())


# What it is

def test_a_scanner_knows_a_key_by_its_form_and_checksum(user):
    for key in [issue(user)["key"] for _ in range(5)]:
        random, checksum = FORM.fullmatch(key).groups()
        assert checksum == f"{zlib.crc32(random.encode()):08x}"


def test_a_key_is_shown_once_and_kept_nowhere(launch):
    server = launch(**SERVER)
    account = server.register()
    with server.signed_in(account) as client:
        issued = issue(client, name="deploy")
        key = issued.pop("key")
        assert listed(client) == [issued]
        assert key not in client.get(KEYS).text
        assert ask(server, account, key).status_code == 200
        assert ask(server, account, key + "x").status_code == 403
        client.delete(f"{KEYS}/{issued['id']}")
        assert ask(server, account, key).status_code == 403
    assert key.encode() not in files(server)
    server.stop()
    left = files(server)
    random = FORM.fullmatch(key).group(1)
    assert account.email.encode() in left and random.encode() not in left
    assert not [line for line in server.log if random in line]


def test_an_end_and_a_last_use_are_told(server, account, user):
    issued = issue(user, expires_in=3600)
    assert (instant(issued["expires_at"]) - instant(issued["created_at"])).total_seconds() == 3600
    assert issued["last_used_at"] is None and listed(user)[0]["last_used_at"] is None
    assert ask(server, account, issued["key"]).status_code == 200
    assert instant(listed(user)[0]["last_used_at"]) >= instant(issued["created_at"])


@pytest.mark.parametrize("wish", [
    {"name": "x" * 101}, {"name": ""}, {"name": None}, {"name": 1}, {"name": "a\nb"}, {"name": "a", "expires_in": 59},
    {"name": "a", "expires_in": 315_360_001}, {"name": "a", "expires_in": "60"}, {"name": "a", "read_only": 1}])
def test_what_is_no_wish_is_400(user, wish):
    refused(user.post(KEYS, json=wish), 400, ANY)
    assert listed(user) == []


def test_other_bodies_and_strangers(user, anonymous):
    refused(user.post(KEYS, data={"name": "a"}), 415, ANY)
    refused(user.post(KEYS, data="[", headers={"Content-Type": "application/json"}), 400, "Wrong format")
    for method in ("GET", "POST"):
        unauthorized(anonymous.request(method, KEYS, json={"name": "a"}))
        unauthorized(anonymous.request(method, KEYS, json={}, headers={"Cookie": "session_id=" + "A" * 43}))


# What it opens

def test_curl_signs_in_with_a_key(server, account, user, tmp_path):
    curl, key = Curl(server, tmp_path), issue(user)["key"]
    answer = curl(ME, "--user", f"{account.email}:{key}", jar=False)
    assert answer.status_code == 200 and json.loads(answer.content)["email"] == account.email
    # With no session: a key makes none.
    assert "Set-Cookie" not in answer.heads
    whoami = curl("/sessions/whoami", "--user", f"{account.email.upper()}:{key}", jar=False)
    assert whoami.status_code == 200 and json.loads(whoami.content)["session"] is None


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_a_key_is_a_bearer_token_until_the_very_next_request(server, user, account, anonymous, tmp_path):
    issued = issue(user, read_only=True)
    curl = Curl(server, tmp_path)
    answer = curl(ME, "-H", f"Authorization: Bearer {issued['key']}", jar=False)
    assert answer.status_code == 200 and json.loads(answer.content)["email"] == account.email
    assert anonymous.get("/sessions/whoami", headers=bearer(issued["key"])).json()["session"] is None
    refused(anonymous.post(KEYS, json={"name": "a"}, headers=bearer(issued["key"])), 403, "This credential may only read")
    assert user.delete(f"{KEYS}/{issued['id']}").status_code == 200
    answer = anonymous.get("/sessions", headers=bearer(issued["key"]))
    unauthorized(answer)
    assert 'Bearer realm="sessiond", error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_key_gives_no_token(server, account, user, anonymous):
    key, path = issue(user)["key"], "/api/v1/auth_session/token"
    for options in ({"auth": (account.email, key)}, {"headers": bearer(key)},
                    {"data": {"email": account.email, "password": key}}):
        assert anonymous.post(path, **options).status_code == 400


def test_a_key_is_good_for_its_user_alone(server, account, user):
    key, other = issue(user)["key"], server.register()
    refused(ask(server, other, key), 403)
    assert server.sign_in_status(account.email, key) == 401
    with server.client() as client:
        form = {"email": account.email, "password": key}
        assert client.post("/api/v1/auth_session/login", data=form).status_code == 401


def test_a_read_only_key_only_reads(server, account, user):
    key = issue(user, read_only=True)["key"]
    path = f"/api/v1/users/{user_id(user)}"
    assert ask(server, account, key, path).status_code == 200
    refused(ask(server, account, key, path, "PUT", json={"first_name": "x"}), 403, "This credential may only read")
    assert ask(server, account, issue(user)["key"], path, "PUT", json={"first_name": "x"}).status_code == 200


def test_a_key_does_not_take_the_account_over(server, account, user):
    issued = issue(user)
    password = {"current_password": account.password, "new_password": "another one", "password": account.password}
    for method, path in (
            ("POST", KEYS), ("DELETE", f"{KEYS}/{issued['id']}"), ("POST", "/app-passwords"),
            ("PUT", ME + "/password"), ("PUT", ME + "/email"), ("DELETE", ME),
            ("DELETE", f"/api/v1/users/{user_id(user)}")):
        body = {"name": "a", "email": "new@example.com", **password}
        refused(ask(server, account, issued["key"], path, method, json=body), 403, "Not with this credential")
    assert ask(server, account, issued["key"], KEYS).json()[0]["id"] == issued["id"]


# Its end

def test_a_revoked_key_is_refused_on_the_very_next_request_of_every_connection(server, account, user):
    for _ in range(20):
        issued = issue(user)
        with server.client() as program:
            program.auth = (account.email, issued["key"])
            assert program.get(ME).status_code == 200
            answered(user.delete(f"{KEYS}/{issued['id']}"), 200, {}, private=True)
            refused(program.get(ME), 403)
            refused(ask(server, account, issued["key"]), 403)
            unauthorized(ask(server, account, issued["key"], "/sessions"))
    assert listed(user) == []


def test_only_ones_own_can_be_revoked(server, user, admin):
    issued = issue(user)
    for client, id in ((admin, issued["id"]), (user, SOME_ID), (user, "x")):
        refused(client.delete(f"{KEYS}/{id}"), 404)
    assert [key["id"] for key in listed(user)] == [issued["id"]]


def test_keys_survive_a_restart(launch):
    server = launch(**SERVER)
    account = server.register()
    with server.signed_in(account) as client:
        kept, gone = issue(client, name="kept", read_only=True, expires_in=600), issue(client, name="gone")
        assert ask(server, account, kept["key"]).status_code == 200
        assert client.delete(f"{KEYS}/{gone['id']}").status_code == 200
        before = listed(client)
    server.restart()
    assert ask(server, account, kept["key"]).status_code == 200
    refused(ask(server, account, gone["key"]), 403)
    with server.signed_in(account) as client:
        (after,) = listed(client)
        # Written at the stop.
        assert after.pop("last_used_at") >= before[0].pop("last_used_at") is not None and [after] == before
    server.kill9()
    server.start()
    assert ask(server, account, kept["key"]).status_code == 200


def test_a_new_password_leaves_keys_and_a_reset_ends_them(server, account, user, anonymous):
    key = issue(user)["key"]
    change = {"current_password": account.password, "new_password": "second password"}
    assert user.put(ME + "/password", json=change).status_code == 200
    assert ask(server, account, key).status_code == 200
    token = anonymous.post("/reset_password", data={"email": account.email}).json()["reset_token"]
    form = {"email": account.email, "reset_token": token, "new_password": "third password"}
    assert anonymous.put("/reset_password", data=form).status_code == 200
    refused(ask(server, account, key), 403)


def test_keys_rest_while_their_user_is_disabled_and_go_with_it(server, account, user, admin):
    key, path = issue(user)["key"], f"/api/v1/users/{user_id(user)}"
    for is_disabled, status in ((True, 403), (False, 200)):
        assert admin.put(path, json={"disabled": is_disabled}).status_code == 200
        assert ask(server, account, key).status_code == status
    assert admin.delete(path).status_code == 200
    refused(ask(server, account, key), 403)


def test_an_administrator_sees_and_ends_the_keys_of_others(server, account, user, admin):
    issued = issue(user)
    path = f"/api/v1/users/{user_id(user)}/keys"
    assert [key["id"] for key in admin.get(path).json()] == [issued["id"]]
    answered(admin.delete(path), 200, {"ended": 1}, private=True)
    refused(ask(server, account, issued["key"]), 403)
    refused(user.get(f"/api/v1/users/{user_id(admin)}/keys"), 403)


# Limits and logs

def test_one_key_too_many_is_a_conflict(launch):
    server = launch(env={"SESSIOND_API_KEYS_PER_USER": "2"})
    with server.signed_in(server.register()) as client:
        first = issue(client)
        issue(client)
        refused(client.post(KEYS, json={"name": "a"}), 409, "no more than 2 API keys: revoke one first")
        client.delete(f"{KEYS}/{first['id']}")
        issue(client)


def test_unknown_keys_run_out_and_keep_nobody_else_away(launch):
    server = launch(env={**SERVER["env"], "SESSIOND_RATE_LIMITS_SOURCE_BURST": "5"})
    account = server.register()
    with server.signed_in(account) as client:
        key = issue(client)["key"]
        random = "A" * 43
        unknown = f"sdk_{random}{zlib.crc32(random.encode()):08x}"
        statuses = [ask(server, account, unknown).status_code for _ in range(7)]
        assert statuses == [403] * 5 + [429] * 2
        assert ask(server, account, key).status_code == 200


def test_the_audit_log_names_kind_and_scheme(launch):
    server = launch(**SERVER)
    account = server.register()
    with server.signed_in(account) as client:
        issued = issue(client)
        refused(ask(server, account, issued["key"], KEYS, "POST", json={"name": "a"}), 403, ANY)
        client.delete(f"{KEYS}/{issued['id']}")
        refused(ask(server, account, issued["key"]), 403)
    (made,) = server.await_events("credential_created")
    (ended,) = server.await_events("credential_revoked")
    (tried,) = server.await_events("sign_in", lambda line: line.get("reason") == "bad_key")
    assert made["kind"] == ended["kind"] == "api_key" and made["user"] == ended["user"]
    assert made["scheme"] == "session" and tried["scheme"] == "key"
    assert FORM.search("\n".join(server.log)) is None
