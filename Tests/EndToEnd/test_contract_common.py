"""docs/HTTP.md: what every answer has."""

import datetime
import email.utils

import pytest

from harness.client import fresh_email
from harness.expect import ANY, allows, answered, common, no_store, refused
from harness.wire import Wire, get

# Method, path and the status without a credential, one per kind of answer.
OPEN_ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/api/v1/status", 200),
    ("GET", "/api/v1/unauthorized", 401),
    ("GET", "/api/v1/forbidden", 403),
    ("GET", "/api/v1/users", 401),
    ("GET", "/profile", 403),
    ("GET", "/nowhere", 401),
    ("POST", "/", 405),
    ("POST", "/users", 400),
    ("POST", "/sessions", 401),
    ("POST", "/api/v1/auth_session/login", 400),
    ("PUT", "/reset_password", 403),
]


def test_status_is_compact_json_with_one_line_end(anonymous):
    answer = anonymous.get("/api/v1/status")
    assert answer.content == b'{"status":"OK"}\n'
    answered(answer, 200, {"status": "OK"})


@pytest.mark.parametrize("method,path,status", OPEN_ANSWERS)
def test_every_answer_has_the_fields_of_every_answer(anonymous, method, path, status):
    answer = anonymous.request(method, path)
    common(answer, status)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content.endswith(b"\n") and answer.content.count(b"\n") == 1
    assert "<" not in answer.text


def test_date_is_now_in_the_http_form(anonymous):
    date = anonymous.get("/api/v1/status").headers["Date"]
    assert date.endswith(" GMT")
    age = datetime.datetime.now(datetime.timezone.utc) - email.utils.parsedate_to_datetime(date)
    assert abs(age.total_seconds()) < 3


def test_request_ids_are_unique(anonymous):
    ids = {anonymous.get("/api/v1/status").headers["X-Request-Id"] for _ in range(50)}
    assert len(ids) == 50


def test_unauthorized_and_forbidden_answer_what_they_say(anonymous, user):
    for client in (anonymous, user):
        refused(client.get("/api/v1/unauthorized"), 401)
        refused(client.get("/api/v1/forbidden"), 403)


def test_not_found_and_method_not_allowed_have_the_standard_texts(user):
    refused(user.get("/nowhere"), 404)
    refused(user.get("/api/v1/nowhere"), 404)
    answer = user.request("PATCH", "/profile")
    refused(answer, 405)
    allows(answer, "GET")


@pytest.mark.parametrize("path,method,allowed", [
    ("/", "POST", {"GET", "HEAD"}),
    ("/api/v1/status", "DELETE", {"GET", "HEAD"}),
    ("/api/v1/status", "POST", {"GET", "HEAD"}),
    ("/api/v1/stats", "PUT", {"GET", "HEAD"}),
    ("/api/v1/users", "PATCH", {"GET", "HEAD", "POST"}),
    ("/api/v1/users/me", "POST", {"GET", "HEAD"}),
    ("/api/v1/auth_session/login", "GET", {"POST"}),
    ("/api/v1/auth_session/logout", "POST", {"DELETE"}),
    ("/users", "PATCH", {"POST"}),
    ("/sessions", "PUT", {"POST", "DELETE"}),
    ("/profile", "DELETE", {"GET", "HEAD"}),
    ("/reset_password", "PATCH", {"POST", "PUT"}),
    ("/api/v1/users/me", "QUERY", {"GET", "HEAD"}),
])
def test_a_wrong_method_is_told_the_right_ones(admin, path, method, allowed):
    answer = admin.request(method, path)
    refused(answer, 405)
    assert method not in allows(answer, *allowed)


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/api/v1/stats", "/api/v1/users/me", "/users/me",
                                  "/profile", "/api/v1/users"])
def test_head_answers_like_get_without_content(admin, path):
    full, head = admin.get(path), admin.head(path)
    assert full.status_code == head.status_code == 200
    assert head.content == b""
    for name in ("Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"):
        assert head.headers.get(name) == full.headers.get(name), name


def test_head_of_an_error_has_no_content(server):
    with Wire(server) as wire:
        wire.send(get(server, "/api/v1/users", method="HEAD", close=False))
        assert wire.read("HEAD").status_code == 401
        wire.send(get(server, "/api/v1/status"))
        assert [a.status_code for a in wire.read_all()] == [200]


@pytest.mark.parametrize("path,methods", [
    ("/", ["GET", "HEAD"]), ("/api/v1/status", ["GET", "HEAD"]), ("/api/v1/auth_session/login", ["POST"])])
def test_options_of_an_open_path(anonymous, path, methods):
    answer = anonymous.options(path)
    common(answer, 204)
    assert answer.content == b"" and "Content-Length" not in answer.headers
    allows(answer, *methods)


@pytest.mark.parametrize("path,methods", [
    ("/profile", ["GET", "HEAD"]), ("/sessions", ["POST", "DELETE"]), ("/api/v1/users", ["GET", "HEAD", "POST"]),
    ("/reset_password", ["POST", "PUT"])])
def test_options_of_a_protected_path_with_a_credential(user, path, methods):
    answer = user.options(path)
    common(answer, 204)
    allows(answer, *methods)


def test_options_of_a_protected_path_passes_the_filter_too(anonymous):
    refused(anonymous.options("/api/v1/users"), 401)


def test_a_trailing_slash_is_tolerated_without_a_redirect(anonymous, user):
    answered(anonymous.get("/api/v1/status/"), 200, {"status": "OK"})
    refused(anonymous.get("/api/v1/unauthorized/"), 401)
    refused(anonymous.get("/api/v1/forbidden/"), 403)
    answered(user.get("/profile/"), 200, {"email": user.account.email}, private=True)
    me = user.get("/api/v1/users/me").json()
    for path in ("/api/v1/users/me/", "/users/me/", f"/api/v1/users/{me['id']}/"):
        answered(user.get(path), 200, me, private=True)
    form = {"email": fresh_email(), "password": "correct horse"}
    answered(anonymous.post("/users/", data=form), 200, {"email": form["email"], "message": "user created"})
    answered(anonymous.post("/sessions/", data=form), 200, {"email": form["email"], "message": "logged in"})
    assert anonymous.post("/api/v1/auth_session/login/", data=form).status_code == 200
    reset = anonymous.post("/reset_password/", data=form)
    assert reset.status_code == 200
    form = {"email": form["email"], "reset_token": reset.json()["reset_token"], "new_password": "another one"}
    assert anonymous.put("/reset_password/", data=form).status_code == 200


def test_what_depends_on_a_credential_is_not_stored(anonymous, user, account):
    for path in ("/profile", "/api/v1/users/me", "/users/me", "/api/v1/stats", "/api/v1/users", "/nowhere"):
        no_store(anonymous.get(path))
        no_store(user.get(path))
    form = {"email": account.email, "password": account.password}
    wrong = form | {"password": "not this one"}
    for path in ("/sessions", "/api/v1/auth_session/login"):
        no_store(anonymous.post(path, data=form))
        no_store(anonymous.post(path, data=wrong))
    no_store(anonymous.post("/reset_password", data=form))
    no_store(user.delete("/sessions"))


def test_a_401_carries_a_challenge_but_none_of_a_scheme_that_is_off(anonymous):
    for path in ("/api/v1/users", "/api/v1/unauthorized"):
        challenge = anonymous.get(path).headers["WWW-Authenticate"]
        assert challenge and "basic" not in challenge.lower() and "digest" not in challenge.lower()


def test_a_body_past_the_limit_is_413(anonymous):
    refused(anonymous.post("/users", data=b"email=" + b"a" * 65_531), 413, ANY)
    edge = b"email=" + b"a" * 65_530
    assert len(edge) == 65_536
    refused(anonymous.post("/users", data=edge, headers={"Content-Type": "application/x-www-form-urlencoded"}),
            400, ANY)


def test_the_body_limit_is_configurable(launch):
    server = launch(env={"SESSIOND_LIMITS_BODY": "1024"})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with server.client() as client:
        assert client.post("/sessions", data=b"email=" + b"x" * 1_018, headers=form).status_code == 401
        refused(client.post("/sessions", data=b"email=" + b"x" * 1_019, headers=form), 413, ANY)
