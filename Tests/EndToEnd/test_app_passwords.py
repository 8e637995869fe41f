"""docs/HTTP.md, "App passwords": generated for one device, shown once, sealed; and the commands for both kinds."""

import json
import re
import stat

import pytest

from harness.expect import ANY, answered, refused
from harness.sessions import SOME_ID, unauthorized, user_id

SERVER = {"env": {"SESSIOND_AUTH_SCHEMES": "session,basic"}}
APPS = "/app-passwords"
MEMBERS = ["created_at", "id", "last_used_at", "name"]
FORM = re.compile("[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){3}")


def issue(client, name="tv"):
    answer = client.post(APPS, json={"name": name})
    value = answered(answer, 201, answer.json(), private=True)
    assert sorted(value) == sorted([*MEMBERS, "password", "username"])
    assert FORM.fullmatch(value["password"]), value["password"]
    return value


def listed(client):
    answer = client.get(APPS)
    value = answered(answer, 200, answer.json(), private=True)
    assert all(sorted(password) == MEMBERS for password in value)
    return value


def test_one_is_shown_once_beside_the_name_to_give(server, account, user):
    issued = issue(user, "living room")
    password = issued.pop("password")
    assert issued.pop("username") == account.email
    assert listed(user) == [issued] and issued["name"] == "living room"
    assert password not in user.get(APPS).text
    assert len({issue(user)["password"] for _ in range(5)}) == 5


def test_it_is_kept_sealed_and_survives_a_restart(launch):
    server = launch(**SERVER)
    account = server.register()
    with server.signed_in(account) as client:
        issued = issue(client)
        before = listed(client)
    for _ in range(2):
        files = [path for path in server.directory.iterdir() if path.is_file()]
        assert any(path.name.endswith("-wal") for path in files) or server.process is None
        for path in files:
            content = path.read_bytes()
            assert issued["password"].encode() not in content
            assert issued["password"].replace("-", "").encode() not in content
        if server.process is not None:
            server.stop()
    assert not [line for line in server.log if issued["password"] in line]
    assert stat.S_IMODE((server.directory / "sessiond.db.key").stat().st_mode) == 0o600
    server.start()
    with server.signed_in(account) as client:
        assert listed(client) == before


def test_it_is_no_password_of_the_account(server, account, user):
    password = issue(user)["password"]
    assert server.sign_in_status(account.email, password) == 401
    with server.client() as client:
        refused(client.get("/api/v1/users/me", auth=(account.email, password)), 403)


def test_it_is_listed_until_it_is_revoked(user, admin):
    first, second = issue(user, "one"), issue(user, "two")
    for client, id in ((admin, first["id"]), (user, SOME_ID), (user, "x")):
        refused(client.delete(f"{APPS}/{id}"), 404)
    answered(user.delete(f"{APPS}/{first['id']}"), 200, {}, private=True)
    refused(user.delete(f"{APPS}/{first['id']}"), 404)
    assert [password["id"] for password in listed(user)] == [second["id"]]


@pytest.mark.parametrize("wish", [{}, {"name": ""}, {"name": 1}, {"name": "x" * 101}, {"name": "\x1b[2J"}])
def test_what_is_no_wish_is_400(user, wish):
    refused(user.post(APPS, json=wish), 400, ANY)
    assert listed(user) == []


def test_other_bodies_and_strangers(user, anonymous):
    refused(user.post(APPS, data={"name": "a"}), 415, ANY)
    for method, path in (("GET", APPS), ("POST", APPS), ("DELETE", f"{APPS}/{SOME_ID}")):
        unauthorized(anonymous.request(method, path, json={"name": "a"}))


def test_one_too_many_is_a_conflict(user):
    for _ in range(20):
        issue(user)
    refused(user.post(APPS, json={"name": "a"}), 409, "no more than 20 app passwords: revoke one first")


def test_an_administrator_sees_and_ends_those_of_others(user, admin):
    issued = issue(user)
    path = f"/api/v1/users/{user_id(user)}/app-passwords"
    assert [password["id"] for password in admin.get(path).json()] == [issued["id"]]
    answered(admin.delete(path), 200, {"ended": 1}, private=True)
    assert listed(user) == []


# Commands

@pytest.fixture(params=["stopped", "running"])
def data(request, launch):
    """A server, stopped or running, with an account."""
    server = launch(**SERVER)
    server.account = server.register("ada@example.com")
    if request.param == "stopped":
        server.stop()
    return server


def printed(server, *arguments):
    done = server.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def status_of(server, key):
    with server.client() as client:
        return client.get("/api/v1/users/me", auth=(server.account.email, key)).status_code


def test_keys_by_command(data):
    wish = ("ada@example.com", "--name", "nightly job", "--expires", "600", "--read-only")
    key = printed(data, "api-key", "issue", *wish).removesuffix("\n")
    assert re.fullmatch("sdk_[A-Za-z0-9_-]{43}[0-9a-f]{8}", key)
    line = printed(data, "api-key", "list", "ADA@example.com")
    id, issued, used, ends, rights, name = line.rstrip("\n").split(" ", 5)
    assert used == "never" and rights == "read-only" and "nightly" in name and issued < ends and key not in line
    (listed,) = json.loads(printed(data, "api-key", "list", "ada@example.com", "--json"))
    assert listed["id"] == id and listed["read_only"] is True and "key" not in listed
    was_running = data.process is not None
    if was_running:
        # What a command issues or ends, the very next request sees.
        assert status_of(data, key) == 200
    else:
        data.start()
        assert status_of(data, key) == 200
        data.stop()
    assert printed(data, "api-key", "revoke", "ada@example.com", id) == f"revoked {id} of ada@example.com\n"
    if not was_running:
        data.start()
    assert status_of(data, key) == 403
    assert printed(data, "api-key", "list", "ada@example.com") == ""
    assert not [line for line in data.log if key in line]


def test_app_passwords_by_command(data):
    password = printed(data, "app-password", "issue", "ada@example.com", "--name", "tv").removesuffix("\n")
    assert FORM.fullmatch(password)
    id, issued, used, name = printed(data, "app-password", "list", "ada@example.com").split()
    assert used == "never" and "tv" in name and password not in (id, issued)
    if data.process is not None:
        with data.signed_in(data.account) as client:
            assert [listed["id"] for listed in listed(client)] == [id]
    printed(data, "app-password", "revoke", "ada@example.com", id)
    assert printed(data, "app-password", "list", "ada@example.com", "--json") == "[]\n"


def test_commands_refuse_in_one_line(data):
    for arguments, part in (
            (("api-key", "issue", "nobody@example.com", "--name", "a"), "no user nobody@example.com"),
            (("api-key", "revoke", "ada@example.com", SOME_ID), "none of the API keys"),
            (("app-password", "revoke", "ada@example.com", SOME_ID), "none of the app passwords"),
            (("api-key", "issue", "ada@example.com"), "--name"),
            (("app-password", "list"), "needs an EMAIL")):
        done = data.run(*arguments)
        assert done.returncode > 0 and part in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
