"""docs/HTTP.md, Access: administrator, ordinary user, and the original's rule."""

import uuid

import pytest

from harness.client import Account, fresh_email
from harness.expect import answered, answered_user, refused


def ids(server, *accounts):
    """The ids of accounts."""
    found = []
    for account in accounts:
        with server.signed_in(account) as client:
            found.append(client.get("/users/me").json()["id"])
    return found


def test_the_first_account_is_administrator_and_the_second_is_not(launch):
    server = launch()
    first, second = server.register(), server.register()
    with server.signed_in(first) as client:
        assert [u["email"] for u in client.get("/api/v1/users").json()] == [first.email, second.email]
    with server.signed_in(second) as client:
        refused(client.get("/api/v1/users"), 403, private=True)


def test_becoming_administrator_is_logged(launch):
    server = launch()
    server.register("boss@example.com")
    server.stop()
    assert any("admin" in line.lower() for line in server.log)


def test_the_first_account_stays_the_only_one_after_deletion_and_restart(launch):
    server = launch()
    first = server.register()
    with server.signed_in(first) as client:
        me = client.get("/users/me").json()["id"]
        answered(client.delete(f"/api/v1/users/{me}"), 200, {})
    server.restart()
    second = server.register()
    with server.signed_in(second) as client:
        refused(client.get("/api/v1/users"), 403)  # "ever registered"


def test_first_user_is_admin_can_be_switched_off(launch):
    server = launch(env={"SESSIOND_REGISTRATION_FIRST_USER_IS_ADMIN": "false"})
    with server.signed_in(server.register()) as client:
        refused(client.get("/api/v1/users"), 403)


def test_an_ordinary_user_reads_changes_and_deletes_itself(server, user):
    me = answered_user(user.get("/api/v1/users/me"), 200)
    path = f"/api/v1/users/{me['id']}"
    answered(user.get(path), 200, me, private=True)
    answered_user(user.put(path, json={"first_name": "Own"}), 200, first_name="Own")
    answered(user.delete(path), 200, {}, private=True)
    refused(user.get(path), 403)
    assert server.sign_in_status(user.account.email, user.account.password) == 401


def test_an_ordinary_user_may_not_touch_others(server, user, account, admin):
    other, boss = ids(server, server.register(), server.admin)
    for foreign in (other, boss, str(uuid.uuid4())):
        path = f"/api/v1/users/{foreign}"
        refused(user.get(path), 403, private=True)
        refused(user.put(path, json={"first_name": "Mallory"}), 403, private=True)
        refused(user.delete(path), 403, private=True)
    refused(user.get("/api/v1/users"), 403, private=True)
    refused(user.get("/api/v1/users?limit=1"), 403, private=True)
    assert admin.get(f"/api/v1/users/{other}").json()["first_name"] is None


def test_an_ordinary_user_may_not_create_users_when_registration_is_closed(launch):
    server = launch(env={"SESSIOND_REGISTRATION_OPEN": "false"})
    for email, flags in (("boss@example.com", ["--admin"]), ("plain@example.com", [])):
        assert server.run("user", "add", email, *flags, password="correct horse").returncode == 0
    body = {"email": "third@example.com", "password": "correct horse"}
    with server.signed_in(Account("plain@example.com", "correct horse")) as client:
        refused(client.post("/api/v1/users", json=body), 403, private=True)
    assert server.sign_in_status("third@example.com", "correct horse") == 401
    with server.signed_in(Account("boss@example.com", "correct horse")) as client:
        answered_user(client.post("/api/v1/users", json=body), 201)


@pytest.mark.parametrize("path", ["/api/v1/stats", "/api/v1/users/me", "/users/me", "/profile"])
def test_what_every_signed_in_user_may_read(user, path):
    assert user.get(path).status_code == 200


def test_the_originals_rule_lets_every_signed_in_user_do_everything(launch):
    server = launch(env={"SESSIOND_ACCESS_USERS": "authenticated"})
    first, plain = server.register(), server.register()
    boss, own = ids(server, first, plain)
    with server.client() as client:
        refused(client.get("/api/v1/users"), 401)
    with server.signed_in(plain) as client:
        assert [u["id"] for u in client.get("/api/v1/users").json()] == [boss, own]
        assert client.get(f"/api/v1/users/{boss}").json()["email"] == first.email
        answered_user(client.put(f"/api/v1/users/{boss}", json={"last_name": "X"}), 200, last_name="X")
        answer = client.post("/api/v1/users", json={"email": fresh_email(), "password": "correct horse"})
        answered_user(answer, 201)
        refused(client.get(f"/api/v1/users/{uuid.uuid4()}"), 404)
        refused(client.put(f"/api/v1/users/{uuid.uuid4()}", data=b"x"), 404)
        answered(client.delete(f"/api/v1/users/{boss}"), 200, {})
        refused(client.delete(f"/api/v1/users/{boss}"), 404)
