"""docs/HTTP.md: sign-in and sign-out by the Simple API."""

import pytest

from harness.client import multipart
from harness.expect import answered, answered_user, clears_cookie, cookies_set, refused, session_cookie

LOGIN = "/api/v1/auth_session/login"
LOGOUT = "/api/v1/auth_session/logout"


def form(account, **fields):
    return {"email": account.email, "password": account.password} | fields


def test_login_answers_the_user_and_sets_the_cookie(server, anonymous, account):
    answer = anonymous.post(LOGIN, data=form(account))
    value = answered_user(answer, 200, email=account.email)
    token = session_cookie(answer)
    with server.client(token) as client:
        answered(client.get("/api/v1/users/me"), 200, value, private=True)
        answered(client.get("/profile"), 200, {"email": account.email}, private=True)


def test_login_reads_multipart_forms(anonymous, account):
    answered_user(anonymous.post(LOGIN, files=multipart(form(account))), 200, email=account.email)


@pytest.mark.parametrize("fields,text", [
    ({}, "email missing"),
    ({"password": "correct horse"}, "email missing"),
    ({"email": "", "password": "correct horse"}, "email missing"),
    ({"email": "", "password": ""}, "email missing"),
    ({"email": "nobody@example.com"}, "password missing"),
    ({"email": "nobody@example.com", "password": ""}, "password missing"),
])
def test_missing_fields_in_their_order(anonymous, fields, text):
    for options in ({"data": fields}, {"files": multipart(fields)} if fields else {"data": b""}):
        answer = anonymous.post(LOGIN, **options)
        refused(answer, 400, text)
        assert cookies_set(answer) == []


def test_another_media_type_has_no_fields(anonymous, account):
    refused(anonymous.post(LOGIN, json=form(account)), 400, "email missing")


def test_an_unknown_email_and_a_wrong_password_answer_alike(anonymous, account):
    for fields in (form(account, password="not this one"), form(account, email="nobody@example.com"),
                   form(account, email="no address"), form(account, password=account.password + " ")):
        answer = anonymous.post(LOGIN, data=fields)
        refused(answer, 401, "wrong email or password", private=True)
        assert cookies_set(answer) == []


def test_the_originals_answers_can_be_restored(launch):
    server = launch(env={"SESSIOND_LOGIN_UNIFORM_ERRORS": "false"})
    account = server.register()
    with server.client() as client:
        refused(client.post(LOGIN, data=form(account, email="nobody@example.com")), 404,
                "no user found for this email")
        refused(client.post(LOGIN, data=form(account, password="not this one")), 401, "wrong password")
        answered_user(client.post(LOGIN, data=form(account)), 200)


def test_the_query_is_not_the_form(anonymous, account):
    refused(anonymous.post(LOGIN, params=form(account)), 400, "email missing")


def test_logout_ends_the_session_and_clears_the_cookie(server, account):
    token, other = server.token(account), server.token(account)
    with server.client(token) as client:
        answer = client.delete(LOGOUT)
        answered(answer, 200, {}, private=True)
        clears_cookie(answer)
        refused(client.get("/api/v1/users/me"), 403, private=True)
        refused(client.get("/profile"), 403, private=True)
        refused(client.delete(LOGOUT), 403, private=True)
    assert server.profile_status(other) == 200


def test_logout_without_a_cookie_is_401(anonymous):
    refused(anonymous.delete(LOGOUT), 401, private=True)


@pytest.mark.parametrize("register,enter,leave", [
    ("form", LOGIN, LOGOUT), ("form", LOGIN, "/sessions"), ("form", "/sessions", LOGOUT),
    ("simple", "/sessions", "/sessions"), ("simple", "/sessions", LOGOUT), ("simple", LOGIN, "/sessions")])
def test_both_apis_work_on_one_set_of_users_and_sessions(server, admin, register, enter, leave):
    account = server.register()
    if register == "simple":
        account = type(account)("simple." + account.email, "another password")
        answered_user(admin.post("/api/v1/users", json=form(account)), 201)
    with server.client() as client:
        token = session_cookie(client.post(enter, data=form(account)))
    with server.client(token) as client:
        assert client.get("/api/v1/users/me").status_code == client.get("/profile").status_code == 200
        assert client.delete(leave).status_code in (200, 302)
        refused(client.get("/api/v1/users/me"), 403)
        refused(client.get("/profile"), 403)
