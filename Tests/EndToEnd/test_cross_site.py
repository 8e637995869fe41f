"""docs/HTTP.md: requests that another site's page makes, as raw fields; test_browser.py has the real browser."""

import pytest

from harness.expect import refused, session_cookie
from harness.server import run
from harness.wire import get, one, post

EVIL = "https://evil.example"
FORM = {"email": "eve@example.com", "password": "correct horse"}
SIGNS = {
    "fetch metadata": {"Sec-Fetch-Site": "cross-site"},
    "origin": {"Origin": EVIL},
    "null origin": {"Origin": "null"},
    "referer": {"Referer": EVIL + "/attack.html"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "sibling": {"Sec-Fetch-Site": "same-site", "Origin": "http://sub.example"},
    "sibling without a name": {"Sec-Fetch-Site": "same-site"},
}


@pytest.fixture(params=SIGNS)
def sign(request):
    return SIGNS[request.param]


def test_sign_in_from_another_site(server, anonymous, sign, account):
    form = {"email": account.email, "password": account.password}
    for path in ("/sessions", "/api/v1/auth_session/login"):
        answer = anonymous.post(path, data=form, headers=sign)
        refused(answer, 403)
        assert "Set-Cookie" not in answer.headers


def test_registration_and_reset_from_another_site(anonymous, sign, account):
    refused(anonymous.post("/users", data=FORM, headers=sign), 403)
    refused(anonymous.post("/reset_password", data={"email": account.email}, headers=sign), 403)
    token = anonymous.post("/reset_password", data={"email": account.email}).json()["reset_token"]
    change = {"email": account.email, "reset_token": token, "new_password": "evil"}
    refused(anonymous.put("/reset_password", data=change, headers=sign), 403)
    assert anonymous.post("/sessions", data={"email": account.email, "password": account.password}).status_code == 200
    refused(anonymous.post("/sessions", data=FORM), 401)


def test_what_a_session_may_do(admin, sign, account):
    users = admin.get("/api/v1/users").json()
    victim = next(user["id"] for user in users if user["email"] == account.email)
    refused(admin.post("/api/v1/users", json=FORM, headers=sign), 403)
    refused(admin.put(f"/api/v1/users/{victim}", json={"disabled": True}, headers=sign), 403)
    refused(admin.delete(f"/api/v1/users/{victim}", headers=sign), 403)
    for path in ("/sessions", "/sessions?others=true", "/api/v1/auth_session/logout"):
        refused(admin.delete(path, headers=sign), 403)
    assert admin.get("/profile", headers=sign).status_code == 200
    assert admin.get("/api/v1/users").json() == users


def test_own_pages_and_no_pages(server, anonymous, account):
    form = {"email": account.email, "password": account.password}
    for headers in ({}, {"Origin": server.base, "Sec-Fetch-Site": "same-origin"}, {"Origin": server.base.upper()},
                    {"Referer": server.base + "/login?x"}, {"Sec-Fetch-Site": "none"},
                    {"Sec-Fetch-Site": "same-origin", "Origin": "null"}):
        session_cookie(anonymous.post("/sessions", data=form, headers=headers))


def test_two_origins(server, form):
    for fields in ((f"Origin: {server.base}", f"Origin: {EVIL}"), (f"Origin: {server.base}",) * 2):
        assert one(server, post(server, "/sessions", form, *fields, close=True), "POST").status_code == 403


def test_a_method_cannot_be_overridden(server, account):
    token = server.token(account)
    with server.client(token) as client:
        client.get("/sessions?_method=DELETE", headers={"X-HTTP-Method-Override": "DELETE"})
        override = {"X-HTTP-Method-Override": "DELETE"}
        client.post("/sessions?_method=DELETE", data={"_method": "DELETE"}, headers=override)
    assert server.profile_status(token) == 200


@pytest.mark.parametrize("path", ["/api/v1/users", "/profile"])
def test_cors_is_off_unless_origins_are_listed(server, path):
    ask = get(server, path, f"Origin: {EVIL}", "Access-Control-Request-Method: PUT", method="OPTIONS")
    answer = one(server, ask, "OPTIONS")
    assert answer.status_code in (401, 403)
    assert not [name for name in answer.headers if name.lower().startswith(("access-control", "vary"))]


def test_cors_for_a_listed_origin(launch):
    page = "https://app.example"
    server = launch(env={"SESSIOND_CORS_ORIGINS": page + ",http://localhost:3000"})
    account = server.register()
    asks = {"Origin": page, "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "content-type"}
    with server.client() as client:
        for path in ("/sessions", "/api/v1/users/6f1c2f6e-3d83-4e56-9d31-0d2b3b5f9a10"):
            answer = client.options(path, headers=asks)
            assert answer.status_code == 204 and answer.content == b""
            assert answer.headers["Access-Control-Allow-Origin"] == page
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
            assert "DELETE" in answer.headers["Access-Control-Allow-Methods"].split(", ")
            assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"].split(", ")
            assert int(answer.headers["Access-Control-Max-Age"]) > 0 and answer.headers["Vary"] == "Origin"
        answer = client.options("/sessions", headers={**asks, "Origin": EVIL})
        # The path is open, so it tells its methods; to a browser this is a refusal.
        assert answer.status_code == 204 and "Access-Control-Allow-Origin" not in answer.headers
        form = {"email": account.email, "password": account.password}
        there = {"Origin": page, "Sec-Fetch-Site": "cross-site"}
        answer = client.post("/sessions", data=form, headers=there)
        assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == page
        answer = client.get("/api/v1/forbidden", headers={"Origin": page})
        assert answer.status_code == 403 and answer.headers["Access-Control-Allow-Origin"] == page
        refused(client.delete("/sessions", headers={"Origin": EVIL}), 403)
        assert client.delete("/sessions", headers=there).status_code == 302


def test_a_star_is_no_origin(tmp_path):
    done = run("config", "check", cwd=tmp_path, env={"SESSIOND_CORS_ORIGINS": "*"})
    assert done.returncode == 1 and "cors.origins" in done.stderr
