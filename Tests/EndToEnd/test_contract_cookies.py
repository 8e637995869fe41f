"""docs/HTTP.md: cookies and tokens."""

import string

import pytest

from harness.expect import SESSION_COOKIE, answered, cookies_set, refused, session_cookie

UNKNOWN = "A" * 43
DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def sign_in(client, account, path="/sessions", **options):
    return client.post(path, data={"email": account.email, "password": account.password}, **options)


def profile(client, cookie):
    return client.get("/profile", headers={"Cookie": cookie})


@pytest.mark.parametrize("path", ["/sessions", "/api/v1/auth_session/login"])
def test_the_cookie_to_the_letter(anonymous, account, path):
    answer = sign_in(anonymous, account, path)
    token = session_cookie(answer)
    assert cookies_set(answer) == [f"session_id={token}; Path=/; HttpOnly; SameSite=Lax"]
    assert anonymous.cookies["session_id"] == token


def test_tokens_are_new_each_time(server, account):
    tokens = [server.token(account) for _ in range(50)]
    assert len(set(tokens)) == 50 and len({t[:8] for t in tokens}) == 50


def test_of_two_cookies_of_that_name_the_first_valid_one_counts(server, anonymous, account):
    other = server.register()
    mine, theirs = server.token(account), server.token(other)
    for cookie, email in (
            (f"session_id={mine}; session_id={theirs}", account.email),
            (f"session_id={theirs}; session_id={mine}", other.email),
            (f"session_id={UNKNOWN}; session_id={mine}", account.email),
            (f"session_id=; session_id={mine}", account.email),
            (f"session_id=x; a=b; session_id={UNKNOWN}; session_id={theirs}", other.email),
            (f"session_id={mine}; session_id={UNKNOWN}", account.email)):
        answered(profile(anonymous, cookie), 200, {"email": email}, private=True)
    refused(profile(anonymous, f"session_id={UNKNOWN}; session_id=x"), 403, private=True)


@pytest.mark.parametrize("form", [
    'session_id="{}"', "session_id={}", "session_id={};", "a=b; session_id={}; c=d", "a=b;session_id={}",
    "a; session_id={}", 'a="x;y"; session_id={}', "session_id = {}", "a=b;   session_id={}", "=x; session_id={}",
    "a=b=c; session_id={}"])
def test_accepted_forms_of_the_field(server, anonymous, account, form):
    cookie = form.format(server.token(account))
    answered(profile(anonymous, cookie), 200, {"email": account.email}, private=True)


@pytest.mark.parametrize("form", [
    "session_id={}x", "session_id=x{}", "SESSION_ID={}", "session_id={},a=b", "xsession_id={}", "session_id=%22{}%22",
    "a=session_id={}", "session_id='{}'", "session_id={}%20", "session_id={}="])
def test_what_is_not_the_token_is_refused(server, anonymous, account, form):
    refused(profile(anonymous, form.format(server.token(account))), 403, private=True)


def test_every_letter_of_the_token_counts(server, anonymous, account):
    token = server.token(account)
    for place in range(43):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1:]
        assert profile(anonymous, "session_id=" + changed).status_code == 403
    # 43 letters carry 258 bits for 256: the spare two must not open a second spelling.
    for twin in DIGITS:
        wanted = 200 if twin == token[-1] else 403
        assert profile(anonymous, f"session_id={token[:-1]}{twin}").status_code == wanted
    assert profile(anonymous, "session_id=" + token.swapcase()).status_code == 403


def test_a_token_of_the_clients_never_becomes_a_session(server, anonymous, account):
    planted = "B" * 43
    for path in ("/sessions", "/api/v1/auth_session/login"):
        answer = sign_in(anonymous, account, path, headers={"Cookie": f"session_id={planted}"})
        assert answer.status_code == 200 and session_cookie(answer) != planted
        assert server.profile_status(planted) == 403


def test_signing_in_with_a_valid_cookie_issues_a_new_one(server, anonymous, account):
    token = server.token(account)
    answer = sign_in(anonymous, account, headers={"Cookie": f"session_id={token}"})
    fresh = session_cookie(answer)
    assert fresh != token and server.profile_status(fresh) == 200


def test_signing_in_as_another_user_gives_that_users_session(server, anonymous, account):
    other = server.register()
    answer = sign_in(anonymous, other, headers={"Cookie": f"session_id={server.token(account)}"})
    with server.client(session_cookie(answer)) as client:
        answered(client.get("/profile"), 200, {"email": other.email})


def test_an_ended_token_stays_ended(server, anonymous, account):
    token = server.token(account)
    with server.client(token) as client:
        client.delete("/sessions")
    sign_in(anonymous, account, headers={"Cookie": f"session_id={token}"})
    assert server.profile_status(token) == 403


def test_forwarded_fields_of_a_stranger_change_nothing(anonymous, account):
    headers = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https", "X-Forwarded-Ssl": "on"}
    answer = sign_in(anonymous, account, headers=headers)
    assert SESSION_COOKIE.fullmatch(cookies_set(answer)[0])


def test_secure_always(launch):
    server = launch(env={"SESSIOND_SESSIONS_COOKIE_SECURE": "always"})
    account = server.register()
    with server.client() as client:
        answer = sign_in(client, account)
    (field,) = cookies_set(answer)
    assert "Secure" in [part.strip() for part in field.split(";")]
    token = field.partition(";")[0].removeprefix("session_id=")
    assert len(token) == 43 and server.profile_status(token) == 200


def test_the_cookies_name_is_configurable(launch):
    server = launch(env={"SESSIOND_SESSIONS_COOKIE_NAME": "sid"})
    account = server.register()
    with server.client() as client:
        token = sign_in(client, account).cookies["sid"]
        assert len(token) == 43
        assert client.get("/profile").status_code == 200
    with server.client() as client:
        refused(client.get("/api/v1/users/me", headers={"Cookie": "session_id=" + token}), 401)
        assert client.get("/profile", headers={"Cookie": "sid=" + token}).status_code == 200


def test_a_token_is_stored_hashed(launch):
    server = launch()
    token = server.token(server.register())
    for file in server.directory.iterdir():
        if file.is_file():
            assert token.encode() not in file.read_bytes(), file.name
    server.stop()
    assert token.encode() not in b"".join(f.read_bytes() for f in server.directory.iterdir() if f.is_file())
