"""docs/HTTP.md, "Several credentials in one request": each rule."""

import json

import pytest

from harness.client import Client
from harness.expect import cookies_set, refused
from harness.tokens import TOKEN, bearer, grant, parts
from harness.wire import ask

SERVER = {"env": {"SESSIOND_AUTH_SCHEMES": "digest,basic,bearer,session"}}
ME = "/users/me"
ENDED = "A" * 43
BAD_FIELDS = ["Bearer x", "Basic %%%", 'Digest username="x"', "Negotiate x", "x"]


def email(answer):
    return json.loads(answer.content)["email"] if answer.status_code == 200 else answer.status_code


@pytest.fixture
def other(server):
    """Somebody else than `account`."""
    return server.register()


@pytest.fixture
def beside(server, account):
    """A request for the own account with these cookies, and a field."""
    def request(field=None, *cookies, path=ME):
        lines = [f"Cookie: session_id={cookie}" for cookie in cookies]
        return ask(server, path, *lines, *([f"Authorization: {field}"] if field is not None else []))

    return request


@pytest.fixture
def cookie(server, account):
    return server.token(account)


def test_a_live_cookie_counts_before_any_field_and_whatever_the_order_of_the_schemes(
        server, anonymous, account, other, cookie, beside):
    for field in ["Bearer " + grant(anonymous, other)["access_token"], *BAD_FIELDS]:
        assert email(beside(field, cookie)) == account.email, field
    with server.client(cookie) as client:
        assert email(client.get(ME, auth=(other.email, other.password))) == account.email
        before = server.events("sign_in")
        assert email(client.get(ME, auth=(other.email, "wrong"))) == account.email
        assert server.events("sign_in") == before


def test_without_a_live_cookie_the_field_decides(anonymous, account, beside):
    token = grant(anonymous, account)["access_token"]
    for cookies in [(), ("",), (ENDED,), (ENDED, "")]:
        assert email(beside("Bearer " + token, *cookies)) == account.email


def test_the_first_live_one_of_several_cookies_counts(account, cookie, beside):
    assert email(beside(None, ENDED, cookie)) == account.email
    assert email(beside("Bearer x", ENDED, cookie)) == account.email


@pytest.mark.parametrize("field", BAD_FIELDS)
def test_there_is_one_try(field, beside):
    refused(beside(field), 403)
    refused(beside(field, ENDED), 403)
    refused(beside(field, path="/sessions"), 401)
    refused(beside(field, ENDED, path="/sessions"), 401)


def test_two_fields_are_no_request(server, anonymous, account):
    token = "Authorization: Bearer " + grant(anonymous, account)["access_token"]
    assert ask(server, ME, token).status_code == 200
    assert ask(server, ME, token, token).status_code == 400


@pytest.mark.parametrize("off", ["bearer", "basic", "digest"])
def test_a_scheme_that_is_off_opens_nothing(launch, off):
    on = [word for word in ("session", "bearer", "basic", "digest") if word != off]
    server = launch(env={"SESSIOND_AUTH_SCHEMES": ",".join(on)})
    account = server.register()
    with server.signed_in(account) as client, server.client() as stranger:
        key = client.post("/api/v1/users/me/keys", json={"name": "k"}).json()["key"]
        basic = stranger.get(ME, auth=(account.email, account.password)).status_code
        by_key = stranger.get(ME, headers=bearer(key)).status_code
        challenges = stranger.get(ME).raw.headers.getlist("WWW-Authenticate")
    assert (basic, by_key) == (403 if off == "basic" else 200, 403 if off == "bearer" else 200)
    assert [c.split()[0].lower().replace("cookie", "session") for c in challenges] == on


def test_the_order_is_that_of_the_challenges(anonymous):
    answer = anonymous.get(ME)
    assert [c.split()[0] for c in answer.raw.headers.getlist("WWW-Authenticate")] == [
        "Digest", "Basic", "Bearer", "Cookie"]


def test_what_has_the_form_of_a_key_is_no_password(server, anonymous, account):
    with server.signed_in(account) as client:
        key = client.post("/api/v1/users/me/keys", json={"name": "k"}).json()["key"]
    broken = key[:-1] + ("0" if key[-1] != "0" else "1")
    named = server.register()
    with server.signed_in(named) as client:
        assert client.put("/api/v1/users/me/password", json={
            "current_password": named.password, "new_password": broken}).status_code == 200
    assert email(anonymous.get(ME, auth=(named.email, broken))) == 403
    assert Client(server.base).post("/sessions", data={"email": named.email, "password": broken}).status_code == 200
    assert email(anonymous.get(ME, auth=(account.email, key))) == account.email
    assert email(anonymous.get(ME, auth=(named.email, key))) == 403


def test_a_token_in_a_query_or_a_form_is_none(server, anonymous, account):
    token = grant(anonymous, account)["access_token"]
    refused(anonymous.get(ME, params={"access_token": token}), 401)
    refused(anonymous.request("DELETE", "/sessions", data={"access_token": token}), 403)
    assert email(anonymous.get(ME, headers=bearer(token))) == account.email


def subject(answer):
    assert answer.status_code == 200, answer.text
    return parts(answer.json()["access_token"])[1]


def test_a_request_for_a_token_takes_the_refresh_token_then_the_form_then_basic_then_the_cookie(server, cookie):
    shown = {name: server.register() for name in ("refresh", "form", "basic")}
    ids = {}
    for name, account in shown.items():
        with server.signed_in(account) as client:
            ids[name] = client.get(ME).json()["id"]
    with server.client(cookie) as client:
        ids["cookie"] = client.get(ME).json()["id"]
        own = client.get("/sessions/whoami").json()["session"]["id"]
        refresh = {"grant_type": "refresh_token", "refresh_token": grant(Client(server.base), shown["refresh"])["refresh_token"]}
        form = {"email": shown["form"].email, "password": shown["form"].password}
        basic = (shown["basic"].email, shown["basic"].password)
        assert subject(client.post(TOKEN, data={**refresh, **form}, auth=basic))["sub"] == ids["refresh"]
        assert subject(client.post(TOKEN, data=form, auth=basic))["sub"] == ids["form"]
        assert subject(client.post(TOKEN, auth=basic))["sub"] == ids["basic"]
        assert subject(client.post(TOKEN))["sid"] == own
        # One try here too: the next in the row is not asked.
        for options in ({"data": {"grant_type": "refresh_token", "refresh_token": "x"}, "auth": basic},
                        {"data": {**form, "password": "wrong"}, "auth": basic}, {"auth": (basic[0], "wrong")},
                        {"headers": bearer("x")}):
            assert client.post(TOKEN, **options).status_code == 400
        # The cookie's session went on through all of it.
        assert client.get("/sessions/whoami").json()["session"]["id"] == own


def test_on_an_open_path_a_cookie_is_looked_at_where_it_is_replaced(server, account, cookie):
    with server.client(cookie) as client:
        for field in BAD_FIELDS:
            assert client.get("/api/v1/status", headers={"Authorization": field}).status_code == 200
        token = grant(client, account)["access_token"]
        form = {"email": account.email, "password": account.password}
        answer = client.post("/sessions", data=form, headers=bearer(token))
        assert answer.status_code == 200 and cookies_set(answer)
        # The cookie's session has ended, that of the token has not.
        assert server.client(cookie).get(ME).status_code == 403
        assert Client(server.base).get(ME, headers=bearer(token)).status_code == 200
