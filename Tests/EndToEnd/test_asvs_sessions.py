"""docs/ASVS.md: requirements of OWASP ASVS 5.0, chapter 7, sessions, under config/production.json5.

The environment changes the mail server, with its certificate, and the cost of hashing; flags, port and data file."""

import base64
import re

import pytest

from harness.client import Client, fresh_email
from harness.expect import refused
from harness.production import (  # noqa: F401  (the fixtures)
    COOKIE, ME, NEW, PASSWORD, Person, admin, ask_for_reset, change, clocked, numbers, person, redeem, server, sink,
    tokens_to, user)
from harness.sessions import SOME_ID

# 7.1 Documentation

def test_7_1_1_the_lifetimes_that_are_documented_are_those_in_force(tmp_path):
    said, hold = numbers(tmp_path, "sessions.lifetime", "sessions.idle", "sessions.remembered", "sessions.reauth")
    assert len(said) == 5 and said == hold


def test_7_1_2_the_number_of_sessions_that_is_documented_is_that_in_force(server, tmp_path):
    said, hold = numbers(tmp_path, "sessions.perUser")
    assert len(said) == 1 and said == hold
    someone, tokens = person(server, fresh_email()), []
    for _ in range(20):
        tokens.append(someone.token)
        someone.token = None
        assert someone.sign_in() == 200
    assert [someone.status(token) for token in [*tokens, someone.token]] == [403] + [200] * 20


# 7.2 Tokens

def test_7_2_1_the_server_alone_says_what_a_token_is_worth(user):
    changed = [user.token[:at] + ("A" if user.token[at] != "A" else "B") + user.token[at + 1:] for at in range(42)]
    assert {user.status(token) for token in [*changed, "A" * 43, user.token.swapcase()]} == {403}
    assert user.status() == 200
    assert user.server.run("session", "revoke", user.email, "--all").returncode == 0
    assert user.status() == 403


def test_7_2_2_no_static_secret_is_a_session(server, user):
    with Client(server.base) as client:
        for headers in ({"Authorization": f"Bearer {user.token}"}, {"X-API-Key": user.token}, {"X-Session": user.token}):
            assert client.get(ME, headers=headers).status_code in (401, 403)
        assert client.get(ME, params={COOKIE: user.token}).status_code == 401
    first = user.token
    assert user.sign_in() == 200 and user.token != first


def test_7_2_3_tokens_have_256_bits_and_do_not_repeat(server, user):
    tokens = set()
    for _ in range(200):
        assert user.sign_in() == 200
        tokens.add(user.token)
    assert len(tokens) == 200
    octets = [base64.urlsafe_b64decode(token + "=") for token in tokens]
    assert {len(one) for one in octets} == {32}
    for at in range(256):  # 200 throws of a coin: outside of 60 to 140 once in 10^8
        assert 50 < sum(one[at // 8] >> at % 8 & 1 for one in octets) < 150


def test_7_2_4_signing_in_makes_a_new_token_and_ends_the_old_one(user):
    old = user.token
    planted = "A" * 43
    user.token = planted
    assert user.sign_in() == 200 and user.token not in (old, planted)
    assert [user.status(planted), user.status(old)] == [403, 200]
    user.token, shown = old, old
    assert user.sign_in() == 200
    assert [user.status(shown), user.status()] == [403, 200]
    shown = user.token
    assert change(user, NEW).status_code == 200
    assert user.status(shown) == 403


# 7.3 Timeouts

@pytest.mark.faketime
def test_7_3_1_half_an_hour_without_a_request_ends_a_session(clocked):
    someone, clock = clocked
    clock.set("+1790")
    assert someone.status() == 200
    clock.set("+3580")
    assert someone.status() == 200
    clock.set("+5390")
    assert someone.status() == 403


@pytest.mark.faketime
def test_7_3_2_twelve_hours_end_a_session_that_is_used(clocked):
    someone, clock = clocked
    for seconds in range(1_500, 43_100, 1_500):
        clock.set(f"+{seconds}")
        assert someone.status() == 200, seconds
    clock.set("+43210")
    assert someone.status() == 403


# 7.4 Ends

@pytest.mark.parametrize("method,path", [("DELETE", "/sessions"), ("DELETE", "/api/v1/auth_session/logout")])
def test_7_4_1_sign_out_ends_the_session_and_nothing_is_kept(user, method, path):
    assert user.ask("GET", "/profile").headers["Cache-Control"] == "no-store"
    answer = user.ask(method, path)
    assert answer.status_code in (200, 302)
    assert f"{COOKIE}=; " in answer.headers["Set-Cookie"] and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert user.status() == 403


@pytest.mark.parametrize("command", ["disable", "delete"])
def test_7_4_2_no_session_outlives_its_account(server, admin, user, command):
    other = Person(server, user.email)
    assert other.sign_in() == 200
    path = "/api/v1/users/" + user.ask("GET", ME).json()["id"]
    body = {"disabled": True}
    answer = admin.ask("PUT", path, json=body) if command == "disable" else admin.ask("DELETE", path)
    assert answer.status_code == 200
    assert [user.status(), other.status(), user.sign_in()] == [403, 403, 401]


def test_7_4_3_a_new_password_ends_all_other_sessions(server, sink, user):
    other = Person(server, user.email)
    assert other.sign_in() == 200
    answer = change(user, NEW)
    kept = re.match(f"{COOKIE}=([^;]+)", answer.headers["Set-Cookie"])[1]
    assert [other.status(), user.status(), user.status(kept)] == [403, 403, 200]
    ask_for_reset(server, user.email)
    (mail,) = tokens_to(sink, user.email)
    assert redeem(server, user.email, mail.token, PASSWORD).status_code == 200
    assert user.status(kept) == 403


def test_7_4_5_an_administrator_ends_the_sessions_of_a_user(server, admin, user):
    path = "/api/v1/users/" + user.ask("GET", ME).json()["id"] + "/sessions"
    refused(person(server, fresh_email()).ask("DELETE", path), 403)
    assert user.status() == 200
    assert admin.ask("DELETE", path).json() == {"ended": 1}
    assert [user.status(), admin.status()] == [403, 200]


# 7.5 Abuse

def test_7_5_1_another_address_demands_the_password_and_proof(server, sink, user):
    new = fresh_email()
    refused(user.ask("PUT", ME + "/email", json={"email": new, "password": "a wrong one"}), 403, "wrong password")
    assert user.ask("PUT", ME + "/email", json={"email": new}).status_code == 400
    profile = user.ask("GET", ME).json()
    user.ask("PUT", f"/api/v1/users/{profile['id']}", json={"email": new})
    assert user.ask("GET", "/profile").json() == {"email": user.email}
    assert user.ask("PUT", ME + "/email", json={"email": new, "password": PASSWORD}).status_code == 202
    (mail,) = tokens_to(sink, new)
    assert user.ask("GET", "/profile").json() == {"email": user.email}
    assert user.ask("POST", ME + "/email/confirm", json={"token": mail.token}).status_code == 200
    assert user.ask("GET", "/profile").json() == {"email": new}


@pytest.mark.faketime
def test_7_5_2_users_see_their_sessions_and_end_them_after_signing_in_again(clocked):
    someone, clock = clocked
    other = Person(someone.server, someone.email)
    assert other.sign_in() == 200
    for seconds in (1_500, 3_000, 3_700):
        clock.set(f"+{seconds}")
        assert [someone.status(), other.status()] == [200, 200]
    listed = someone.ask("GET", "/sessions").json()
    assert len(listed) == 2
    (name,) = [session["id"] for session in listed if not session["current"]]
    for path in (f"/sessions/{name}", "/sessions?others=true", f"/sessions/{SOME_ID}"):
        refused(someone.ask("DELETE", path), 403, "Sign in again")
    assert other.status() == 200
    assert someone.sign_in() == 200
    assert someone.ask("DELETE", f"/sessions/{name}").status_code == 200
    assert [other.status(), someone.status()] == [403, 200]


# 7.6 Federation

def test_7_6_2_a_session_begins_with_the_users_own_sign_in_only(server, user):
    form = {"email": user.email, "password": PASSWORD}
    with Client(server.base) as client:
        for path in ("/sessions", "/api/v1/auth_session/login", "/", "/api/v1/status"):
            answer = client.get(path, params=form)
            assert COOKIE not in answer.headers.get("Set-Cookie", ""), path
        for fields in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            answer = client.post("/sessions", data=form, headers=fields)
            refused(answer, 403)
            assert "Set-Cookie" not in answer.headers
