"""docs/HTTP.md: the filter before every request."""

import base64

import pytest

from harness.expect import ANY, allows, answered, common, refused
from harness.wire import ask

UNKNOWN_TOKEN = "A" * 43
SOME_ID = "6f1c2f6e-3d83-4e56-9d31-0d2b3b5f9a10"
# Answer 401 without a credential and 403 with one that names nobody.
PROTECTED = [
    ("GET", "/api/v1/stats"),
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("GET", "/api/v1/users/me"),
    ("GET", f"/api/v1/users/{SOME_ID}"),
    ("PUT", f"/api/v1/users/{SOME_ID}"),
    ("DELETE", f"/api/v1/users/{SOME_ID}"),
    ("GET", "/api/v1/users/not-an-id"),
    ("DELETE", "/api/v1/auth_session/logout"),
    ("GET", "/users/me"),
    # Of the form API only these methods of the path are open: POST, POST, POST and PUT.
    ("GET", "/users"),
    ("DELETE", "/users"),
    ("PUT", "/sessions"),
    ("GET", "/reset_password"),
    ("DELETE", "/reset_password"),
    # Before 404.
    ("GET", "/nowhere"),
    ("POST", "/nowhere"),
    ("GET", "/api"),
    ("GET", "/api/v1"),
    ("GET", "/api/v1/nowhere"),
    ("GET", "/favicon.ico"),
    # Before 405.
    ("PATCH", "/api/v1/users"),
    ("POST", "/api/v1/stats"),
    ("GET", "/api/v1/auth_session/logout"),
]
# The form API says 403 in both cases.
FORM_API = [("GET", "/profile"), ("DELETE", "/sessions"), ("GET", "/profile/"), ("DELETE", "/sessions/")]


@pytest.mark.parametrize("method,path", PROTECTED)
def test_no_credential_is_401_before_404_and_405(anonymous, method, path):
    answer = anonymous.request(method, path)
    refused(answer, 401, private=True)
    assert answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("method,path", PROTECTED)
def test_a_cookie_that_names_nobody_is_403(server, method, path):
    with server.client(UNKNOWN_TOKEN) as client:
        refused(client.request(method, path), 403, private=True)


@pytest.mark.parametrize("method,path", PROTECTED[:4])
@pytest.mark.parametrize("value", [
    "Basic " + base64.b64encode(b"admin@example.com:correct horse").decode(), "Bearer x", "nonsense"])
def test_an_authorization_that_names_nobody_is_403(anonymous, method, path, value):
    refused(anonymous.request(method, path, headers={"Authorization": value}), 403, private=True)


@pytest.mark.parametrize("method,path", FORM_API)
def test_the_form_api_says_403_with_and_without_a_cookie(server, anonymous, method, path):
    refused(anonymous.request(method, path), 403, private=True)
    with server.client(UNKNOWN_TOKEN) as client:
        refused(client.request(method, path), 403, private=True)
    with server.client("") as client:
        refused(client.request(method, path), 403, private=True)


@pytest.mark.parametrize("cookie", [
    "session_id=", 'session_id=""', "session_id", "other=1", "Session_Id=" + UNKNOWN_TOKEN,
    "xsession_id=" + UNKNOWN_TOKEN, "session_id2=" + UNKNOWN_TOKEN, "other=session_id=" + UNKNOWN_TOKEN])
def test_an_empty_or_foreign_cookie_is_no_credential(anonymous, cookie):
    refused(anonymous.get("/api/v1/users", headers={"Cookie": cookie}), 401, private=True)


@pytest.mark.parametrize("token", [
    "x", "A" * 42, "A" * 44, "A" * 4000, "../../etc/passwd", "' OR 1=1 --", "%41" * 43, "null"])
def test_any_other_value_is_a_credential_that_names_nobody(anonymous, token):
    refused(anonymous.get("/api/v1/users", headers={"Cookie": "session_id=" + token}), 403, private=True)


@pytest.mark.parametrize("target,status", [
    ("/", 200), ("/api/v1/status", 200), ("/api/v1/status/", 200), ("/api/v1/unauthorized", 401),
    ("/api/v1/forbidden", 403), ("/api/v1/status?a=b", 200), ("/api/v1/status?", 200), ("/?x", 200),
    ("/api/v1/%73tatus", 200), ("/api/v1/users/../status", 200), ("/api/v1/./status", 200)])
def test_open_paths_match_on_the_decoded_normalised_path(server, target, status):
    answer = ask(server, target)
    common(answer, status)
    if status == 401:
        refused(answer, 401)


@pytest.mark.parametrize("target", [
    "/api/v1/statusXYZ", "/api/v1/status/x", "/api/v1/x/api/v1/status", "/api/v1/%73tatus/../users",
    "/api/v1/status/../users", "/api/v1/status/%2e%2e/users", "/api/v1/status/%2E./users", "/api/v1/STATUS",
    "/api/v1/statu", "/api/v1/status;x=1", "/api/v1/users?/api/v1/status", "/api/v1/users?x=/api/v1/status",
    "/api/v1/%2573tatus", "/api/v1/unauthorizedX", "/api/v1/auth_session/loginX", "/api/v1/auth_session",
    "/x/../api/v1/users", "/users/me", "/API/v1/status"])
def test_nothing_else_is_open(server, target):
    refused(ask(server, target), 401, private=True)


@pytest.mark.parametrize("target", [
    "/api/v1/status%00", "/api/v1/status/..%2fusers", "/api/v1/status%2f..%2fusers", "/api/v1/status/..;/users",
    "/api/v1/status%5c..%5cusers", "/api/v1/%zz", "/api/v1/status%", "/api/v1/status/%c0%ae%c0%ae/users",
    "//api/v1/users", "/..//api/v1/users", "/../../etc/passwd"])
def test_an_odd_target_never_gets_past_the_filter(server, target):
    answer = ask(server, target)
    assert answer.status_code in (400, 401)
    refused(answer, answer.status_code, ANY if answer.status_code == 400 else None)


def test_with_a_credential_an_unknown_path_is_404_and_a_wrong_method_405(user):
    for path in ("/nowhere", "/api", "/api/v1/nowhere", "/api/v1/statusXYZ", "/api/v1/x/api/v1/status"):
        refused(user.get(path), 404)
    answer = user.request("PATCH", "/api/v1/users")
    refused(answer, 405)
    allows(answer, "GET", "POST")


def test_an_open_path_ignores_a_bad_credential(server):
    with server.client(UNKNOWN_TOKEN) as client:
        answered(client.get("/api/v1/status", headers={"Authorization": "nonsense"}), 200, {"status": "OK"})
        answered(client.get("/"), 200, {"message": "Bienvenue"})


def test_an_open_path_with_a_wrong_method_is_405_without_a_credential(anonymous):
    for method, path in (("POST", "/"), ("DELETE", "/api/v1/status"), ("GET", "/api/v1/auth_session/login")):
        answer = anonymous.request(method, path)
        refused(answer, 405)
        assert method not in allows(answer)


def test_an_entry_with_a_star_opens_a_prefix_and_the_list_replaces_the_default(launch, tmp_path):
    config = tmp_path / "open.json5"
    config.write_text('{auth: {openPaths: ["/", "/api/v1/stat*"]}}')
    server = launch(config=config)
    with server.client() as client:
        answered(client.get("/api/v1/status"), 200, {"status": "OK"})
        answered(client.get("/api/v1/stats"), 200, {"users": 0})
        answered(client.get("/"), 200, {"message": "Bienvenue"})
        for path in ("/api/v1/sta", "/api/v1/users", "/x/api/v1/stats", "/api/v1/forbidden"):
            refused(client.get(path), 401)
    refused(ask(server, "/api/v1/status/../users"), 401)
