"""docs/HTTP.md: the journey that must pass unchanged, with `requests` as it comes and with curl."""

import concurrent.futures

import requests

from harness.expect import answered, encoded

EMAIL, PASSWORD, NEW_PASSWORD = "guillaume@holberton.io", "b4l0u", "t4rt1fl3tt3"


def walk(base, email):
    """Every step with one plain `requests.Session` and with single calls, as the original's client did."""
    with requests.Session() as session:
        form = {"email": email, "password": PASSWORD}
        answer = session.post(f"{base}/users", data=form, timeout=30)
        answered(answer, 200, {"email": email, "message": "user created"})
        answer = session.post(f"{base}/users", data=form, timeout=30)
        assert (answer.status_code, answer.reason.upper()) == (400, "BAD REQUEST")
        assert answer.json() == {"message": "email already registered"}

        answer = session.post(f"{base}/sessions", data=form | {"password": NEW_PASSWORD}, timeout=30)
        assert (answer.status_code, answer.reason.upper()) == (401, "UNAUTHORIZED")
        assert not answer.cookies and not session.cookies

        answer = session.get(f"{base}/profile", timeout=30)
        assert (answer.status_code, answer.reason.upper()) == (403, "FORBIDDEN")
        answer = session.get(f"{base}/profile", data=form, timeout=30)
        assert (answer.status_code, answer.reason.upper()) == (403, "FORBIDDEN")

        answer = session.post(f"{base}/sessions", data=form, timeout=30)
        answered(answer, 200, {"email": email, "message": "logged in"})
        token = answer.cookies.get("session_id")
        assert token and session.cookies.get("session_id") == token

        answer = session.get(f"{base}/profile", timeout=30)
        answered(answer, 200, {"email": email})
        answer = requests.get(f"{base}/profile", cookies={"session_id": token}, timeout=30)
        answered(answer, 200, {"email": email})

        answer = session.delete(f"{base}/sessions", timeout=30)
        answered(answer, 200, {"message": "Bienvenue"})
        assert [r.status_code for r in answer.history] == [302]
        assert answer.url == f"{base}/"
        assert session.cookies.get("session_id") is None
        answer = requests.get(f"{base}/profile", cookies={"session_id": token}, timeout=30)
        assert answer.status_code == 403

        answer = session.post(f"{base}/reset_password", data={"email": email}, timeout=30)
        reset = answer.json()["reset_token"]
        answered(answer, 200, {"email": email, "reset_token": reset})
        form = {"email": email, "reset_token": reset, "new_password": NEW_PASSWORD}
        answer = session.put(f"{base}/reset_password", data=form, timeout=30)
        answered(answer, 200, {"email": email, "message": "Password updated"})

        answer = session.post(f"{base}/sessions", data={"email": email, "password": PASSWORD}, timeout=30)
        assert (answer.status_code, answer.reason.upper()) == (401, "UNAUTHORIZED")
        answer = session.post(f"{base}/sessions", data={"email": email, "password": NEW_PASSWORD}, timeout=30)
        answered(answer, 200, {"email": email, "message": "logged in"})
    return email


def test_with_requests(launch):
    assert walk(launch().base, EMAIL) == EMAIL


def test_with_requests_at_the_address_the_original_had(launch):
    server = launch(env={"AUTH_TYPE": "session_auth"}, host="localhost")
    assert walk(f"http://localhost:{server.port}", EMAIL) == EMAIL


def test_twenty_accounts_in_parallel(launch):
    server = launch(cheap=False)
    emails = [f"guillaume{n}@holberton.io" for n in range(20)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert list(pool.map(lambda email: walk(server.base, email), emails)) == emails


def test_one_account_walked_again_after_deletion(server, admin):
    walk(server.base, EMAIL)
    found = [u["id"] for u in admin.get("/api/v1/users").json() if u["email"] == EMAIL]
    assert len(found) == 1
    assert admin.delete(f"/api/v1/users/{found[0]}").status_code == 200
    walk(server.base, EMAIL)


def test_with_curl(server, curl):
    email = "curl." + EMAIL
    form = ["-d", "email=" + email, "-d"]
    answer = curl("/users", *form, "password=" + PASSWORD)
    assert (answer.status_code, answer.content) == (200, encoded({"email": email, "message": "user created"}))
    answer = curl("/users", *form, "password=" + PASSWORD)
    assert (answer.status_code, answer.content) == (400, encoded({"message": "email already registered"}))

    answer = curl("/sessions", *form, "password=" + NEW_PASSWORD)
    assert answer.status_code == 401 and answer.reason.upper() == "UNAUTHORIZED"
    assert "set-cookie" not in answer.heads.lower() and curl.cookie() is None
    assert curl("/profile").status_code == 403
    assert curl("/profile", "-X", "GET", *form, "password=" + PASSWORD).status_code == 403

    answer = curl("/sessions", *form, "password=" + PASSWORD)
    assert (answer.status_code, answer.content) == (200, encoded({"email": email, "message": "logged in"}))
    token = curl.cookie()
    assert len(token) == 43
    answer = curl("/profile")
    assert (answer.status_code, answer.content) == (200, encoded({"email": email}))
    assert curl("/profile", "-b", "session_id=" + token, jar=False).status_code == 200

    answer = curl("/sessions", "-X", "DELETE")
    assert answer.status_code == 302 and answer.redirect_url == server.base + "/"
    assert curl.cookie() is None
    answer = curl(answer.redirect_url.removeprefix(server.base))
    assert (answer.status_code, answer.content) == (200, encoded({"message": "Bienvenue"}))
    assert curl("/profile").status_code == 403
    assert curl("/profile", "-b", "session_id=" + token, jar=False).status_code == 403

    answer = curl("/reset_password", "-d", "email=" + email)
    assert answer.status_code == 200
    reset = answer.content.decode().partition('"reset_token":"')[2].partition('"')[0]
    answer = curl("/reset_password", "-X", "PUT", *form, "reset_token=" + reset, "-d", "new_password=" + NEW_PASSWORD)
    assert (answer.status_code, answer.content) == (200, encoded({"email": email, "message": "Password updated"}))
    assert curl("/sessions", *form, "password=" + PASSWORD).status_code == 401
    assert curl("/sessions", *form, "password=" + NEW_PASSWORD).status_code == 200


def test_curl_follows_the_redirect(server, curl):
    account = server.register()
    assert curl("/sessions", "-d", "email=" + account.email, "-d", "password=" + account.password).status_code == 200
    token = curl.cookie()
    # -X holds for the redirected request too, so a DELETE arrives at `/`: only the way there is of interest.
    answer = curl("/sessions", "-L", "-X", "DELETE")
    assert answer.redirects == 1 and answer.statuses[0] == 302 and len(answer.statuses) == 2
    assert server.profile_status(token) == 403
    answer = curl("/", "-L")
    assert (answer.status_code, answer.redirects) == (200, 0)
    assert answer.content == encoded({"message": "Bienvenue"})


def test_with_curl_and_multipart_forms(server, curl):
    email = "multipart." + EMAIL
    assert curl("/users", "-F", "email=" + email, "-F", "password=" + PASSWORD).status_code == 200
    assert curl("/sessions", "-F", "email=" + email, "-F", "password=" + PASSWORD).status_code == 200
    assert curl("/profile").content == encoded({"email": email})
    assert curl("/sessions", "-X", "DELETE", "-F", "a=b").status_code == 302
    assert curl("/profile").status_code == 403
