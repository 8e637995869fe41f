"""docs/HTTP.md: users by the Simple API, as administrator; who may do what is in test_contract_access.py."""

import datetime
import json
import time
import urllib.parse
import uuid

import pytest

from harness.client import fresh_email
from harness.expect import ANY, answered, answered_user, instant, refused, user as user_object

JSON = {"Content-Type": "application/json"}


def created(client, **fields):
    body = {"email": fresh_email(), "password": "correct horse"} | fields
    return answered_user(client.post("/api/v1/users", json=body), 201, email=body["email"])


def test_stats_counts_users(launch):
    server = launch()
    server.register("first@example.com")
    plain = server.register()
    with server.signed_in(plain) as client:
        answered(client.get("/api/v1/stats"), 200, {"users": 2}, private=True)
        server.register()
        answered(client.get("/api/v1/stats"), 200, {"users": 3}, private=True)


def test_creates_a_user(admin, server):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    email = fresh_email()
    body = {"email": email, "password": "correct horse", "first_name": "Ada", "last_name": "Lovelace",
            "id": "mine", "is_admin": True, "created_at": "1815-12-10T00:00:00", "unknown": [1, {"a": None}]}
    value = answered_user(
        admin.post("/api/v1/users", json=body), 201, email=email, first_name="Ada", last_name="Lovelace")
    assert uuid.UUID(value["id"]) and value["created_at"] == value["updated_at"]
    assert before <= instant(value["created_at"]) <= before + datetime.timedelta(seconds=5)
    answered(admin.get(f"/api/v1/users/{value['id']}"), 200, value, private=True)
    assert server.sign_in_status(email, "correct horse") == 200
    with server.client(server.token(type(server.admin)(email, "correct horse"))) as other:
        refused(other.get("/api/v1/users"), 403)  # `is_admin` was ignored


def test_names_are_null_when_not_given(admin):
    value = created(admin)
    assert value["first_name"] is None and value["last_name"] is None
    value = created(admin, first_name=None, last_name=None)
    assert value["first_name"] is None and value["last_name"] is None


@pytest.mark.parametrize("name", [
    "José", "日本語", "👩‍🚀", 'quote " and \\ backslash', "a/b", "<script>alert(1)</script>", "tab\tline\nend",
    "\u2028", "'; DROP TABLE users; --", "x" * 200])
def test_any_text_survives_the_way_through(admin, name):
    value = admin.post(
        "/api/v1/users", json={"email": fresh_email(), "password": "correct horse", "first_name": name}).json()
    assert value["first_name"] == name
    assert admin.get(f"/api/v1/users/{value['id']}").json() == value


def test_unicode_is_not_escaped(admin):
    value = created(admin, first_name="José 👩‍🚀")
    assert '"first_name":"José 👩‍🚀"'.encode() in admin.get(f"/api/v1/users/{value['id']}").content


@pytest.mark.parametrize("media", [
    "application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"])
def test_json_media_types(admin, media):
    body = json.dumps({"email": fresh_email(), "password": "correct horse"})
    assert admin.post("/api/v1/users", data=body, headers={"Content-Type": media}).status_code == 201


@pytest.mark.parametrize("body", [
    b"", b"{", b"nonsense", b"[]", b'["email"]', b'"text"', b"5", b"null", b"true", b"{'email':'a@b.cd'}",
    b'{"email":"a@b.cd","password":"correct horse"', b'{"email":"a@b.cd","password":"correct horse"}}',
    b'{"email":"\xff\xfe","password":"correct horse"}', b"[" * 30_000, b'{"a":' * 10_000, b"\x00", b"{\"email\":}"])
def test_no_json_object_is_wrong_format(admin, body):
    refused(admin.post("/api/v1/users", data=body, headers=JSON), 400, "Wrong format")


@pytest.mark.parametrize("media", [
    None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data", "json"])
def test_another_media_type_is_wrong_format(admin, media):
    body = json.dumps({"email": fresh_email(), "password": "correct horse"}).encode()
    headers = {"Content-Type": media} if media else {}
    refused(admin.post("/api/v1/users", data=body, headers=headers), 400, "Wrong format")


@pytest.mark.parametrize("body,text", [
    ({}, "email missing"),
    ({"password": "correct horse"}, "email missing"),
    ({"email": None, "password": "correct horse"}, "email missing"),
    ({"email": "", "password": "correct horse"}, "email missing"),
    ({"email": "", "password": ""}, "email missing"),
    ({"email": "a@b.cd"}, "password missing"),
    ({"email": "a@b.cd", "password": None}, "password missing"),
    ({"email": "a@b.cd", "password": ""}, "password missing"),
    # The address is judged only after both are there.
    ({"email": "no address", "password": ""}, "password missing"),
    ({"email": 5}, "password missing"),
])
def test_missing_fields_in_their_order(admin, body, text):
    refused(admin.post("/api/v1/users", json=body), 400, text)


@pytest.mark.parametrize("fields", [
    {"email": 5}, {"email": {"a": 1}}, {"email": ["a@b.cd"]}, {"email": True}, {"password": 12345678},
    {"password": ["correct horse"]}, {"first_name": 5}, {"last_name": {"a": "b"}}, {"email": "no address"},
    {"email": "@example.com"}, {"email": "a@"}, {"email": "a b@example.com"}, {"email": "a@b@example.com"},
    {"email": "a@example..com"}, {"email": "a@exam ple.com"}, {"email": "a\r\nb@example.com"},
    {"email": "a\u0000@example.com"}, {"email": "x" * 300 + "@example.com"}, {"password": "four"},
    {"password": "x" * 257}])
def test_what_cannot_be_created_says_why(admin, fields):
    body = {"email": fresh_email(), "password": "correct horse"} | fields
    text = refused(admin.post("/api/v1/users", json=body), 400, ANY)
    assert text.startswith("Can't create User: ") and len(text) > len("Can't create User: ")
    assert "Optional" not in text and ".swift" not in text
    if isinstance(body["password"], str):
        assert body["password"] not in text


def test_a_registered_address_cannot_be_created_again(admin, server):
    email = "Taken.Address@Example.com"
    created(admin, email=email)
    for again in (email, email.lower(), email.upper(), f"  {email}\t"):
        text = refused(admin.post("/api/v1/users", json={"email": again, "password": "another one"}), 400, ANY)
        assert text.startswith("Can't create User: ")
    assert server.sign_in_status(email, "correct horse") == 200
    assert server.sign_in_status(email, "another one") == 401


def test_reads_users_in_order_of_creation(launch):
    server = launch()
    first = server.register("zoe@example.com")
    with server.signed_in(first) as client:
        emails = ["zoe@example.com", "bob@example.com", "ann@example.com", "Carl@example.com", "abe@example.com"]
        for email in emails[1:]:
            created(client, email=email)
        answer = client.get("/api/v1/users")
        everyone = [user_object(u) for u in answer.json()]
        answered(answer, 200, everyone, private=True)
        assert [u["email"] for u in everyone] == emails
        assert "Link" not in answer.headers

        for limit, pages in ((1, 5), (2, 3), (4, 2), (5, 1), (100, 1)):
            assert read_pages(client, limit) == (everyone, pages)
        after = everyone[2]["id"]
        answered(client.get("/api/v1/users", params={"after": after}), 200, everyone[3:], private=True)
        answered(client.get("/api/v1/users", params={"after": everyone[-1]["id"]}), 200, [], private=True)
        answer = client.get("/api/v1/users", params={"limit": 1, "after": after})
        answered(answer, 200, everyone[3:4], private=True)
        for limit in ("0", "-1", "many", ""):
            refused(client.get("/api/v1/users", params={"limit": limit}), 400, ANY)


def read_pages(client, limit):
    """All users by following the `next` links, and how many pages that took."""
    found, pages, path = [], 0, f"/api/v1/users?limit={limit}"
    while path:
        answer = client.get(path)
        assert answer.status_code == 200 and len(answer.json()) <= limit
        found += answer.json()
        pages += 1
        assert pages < 20
        link = answer.links.get("next")
        path = urllib.parse.urljoin(answer.url, link["url"]).removeprefix(client.base) if link else None
    return found, pages


def test_reads_one_user(admin, server, account):
    with server.signed_in(account) as owner:
        me = answered_user(owner.get("/api/v1/users/me"), 200, email=account.email)
    answered(admin.get(f"/api/v1/users/{me['id']}"), 200, me, private=True)


def test_users_me_with_and_without_the_prefix(user):
    me = answered_user(user.get("/api/v1/users/me"), 200, email=user.account.email)
    answered(user.get("/users/me"), 200, me, private=True)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("identifier", [
    "6f1c2f6e-3d83-4e56-9d31-0d2b3b5f9a10", "1", "not-an-id", "6f1c2f6e3d834e569d310d2b3b5f9a1", "x" * 500,
    "%27%20OR%201%3D1", "null", "6f1c2f6e-3d83-4e56-9d31-0d2b3b5f9a10x", "%F0%9F%91%A9", "-1"])
def test_an_unknown_or_malformed_id_is_404(admin, method, identifier):
    refused(admin.request(method, f"/api/v1/users/{identifier}"), 404, private=True)


def test_changes_names(admin):
    value = created(admin, first_name="Ada", last_name="Byron")
    path = f"/api/v1/users/{value['id']}"
    value = answered_user(
        admin.put(path, json={"last_name": "Lovelace"}), 200, first_name="Ada", last_name="Lovelace")
    answered(admin.get(path), 200, value, private=True)
    answered_user(admin.put(path, json={"first_name": None}), 200, first_name="Ada", last_name="Lovelace")
    answered_user(admin.put(path, json={}), 200, first_name="Ada", last_name="Lovelace")
    answered_user(admin.put(path, json={"first_name": ""}), 200, first_name="", last_name="Lovelace")


def test_a_change_ignores_every_other_key(admin, server):
    value = created(admin)
    body = {"email": "else@example.com", "password": "changed by put", "id": "x", "created_at": "x",
            "is_admin": True, "first_name": "New"}
    changed = answered_user(admin.put(f"/api/v1/users/{value['id']}", json=body), 200, first_name="New")
    assert {k: changed[k] for k in ("id", "email", "created_at")} == {
        k: value[k] for k in ("id", "email", "created_at")}
    assert server.sign_in_status(value["email"], "correct horse") == 200


def test_a_change_moves_updated_at(admin):
    value = created(admin)
    time.sleep(1.1)  # the field has whole seconds
    changed = admin.put(f"/api/v1/users/{value['id']}", json={"first_name": "Later"}).json()
    assert changed["created_at"] == value["created_at"] and changed["updated_at"] > value["updated_at"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'"x"', b"5"])
def test_a_change_that_is_no_json_object_is_wrong_format(admin, body):
    value = created(admin)
    refused(admin.put(f"/api/v1/users/{value['id']}", data=body, headers=JSON), 400, "Wrong format")
    answered(admin.get(f"/api/v1/users/{value['id']}"), 200, value)


def test_a_change_of_another_media_type_is_wrong_format(admin):
    value = created(admin)
    refused(admin.put(f"/api/v1/users/{value['id']}", data={"first_name": "x"}), 400, "Wrong format")


def test_an_unknown_id_is_told_before_the_format(admin):
    refused(admin.put(f"/api/v1/users/{uuid.uuid4()}", data=b"nonsense", headers=JSON), 404)


@pytest.mark.parametrize("name", [5, ["x"], {"a": 1}, True])
def test_a_name_that_is_no_text_is_refused(admin, name):
    value = created(admin)
    refused(admin.put(f"/api/v1/users/{value['id']}", json={"first_name": name}), 400, ANY)
    answered(admin.get(f"/api/v1/users/{value['id']}"), 200, value)


def test_deletes_a_user_and_every_session_with_it(admin, server, account):
    tokens = [server.token(account) for _ in range(3)]
    with server.client(tokens[0]) as owner:
        me = owner.get("/users/me").json()
    answered(admin.delete(f"/api/v1/users/{me['id']}"), 200, {}, private=True)
    for token in tokens:
        with server.client(token) as gone:
            refused(gone.get("/profile"), 403)
            refused(gone.get("/api/v1/users/me"), 403)
    refused(admin.get(f"/api/v1/users/{me['id']}"), 404)
    refused(admin.delete(f"/api/v1/users/{me['id']}"), 404)
    assert server.sign_in_status(account.email, account.password) == 401
    assert account.email not in admin.get("/api/v1/users").text


def test_a_deleted_address_may_register_anew_without_the_old_sessions(admin, server, account):
    token = server.token(account)
    with server.client(token) as owner:
        old = owner.get("/users/me").json()
        reset = owner.post("/reset_password", data={"email": account.email}).json()["reset_token"]
    admin.delete(f"/api/v1/users/{old['id']}")
    server.register(account.email, "second life")
    assert server.profile_status(token) == 403
    with server.client() as client:
        form = {"email": account.email, "reset_token": reset, "new_password": "taken over"}
        refused(client.put("/reset_password", data=form), 403)
    assert server.sign_in_status(account.email, "second life") == 200
