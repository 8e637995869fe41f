"""docs/HTTP.md: password reset."""

import concurrent.futures
import contextlib
import sqlite3

import pytest

from harness.client import multipart
from harness.expect import ANY, answered, refused

NEW = "a new password"


def token_of(client, account):
    answer = client.post("/reset_password", data={"email": account.email})
    token = answer.json()["reset_token"]
    assert isinstance(token, str) and len(token) >= 22
    answered(answer, 200, {"email": account.email, "reset_token": token}, private=True)
    return token


def redemption(account, token, password=NEW):
    return {"email": account.email, "reset_token": token, "new_password": password}


def updated(answer, account):
    answered(answer, 200, {"email": account.email, "message": "Password updated"})


def test_a_token_changes_the_password_once(server, anonymous, account):
    token = token_of(anonymous, account)
    answer = anonymous.put("/reset_password", data=redemption(account, token))
    assert answer.content == b'{"email":"%s","message":"Password updated"}\n' % account.email.encode()
    updated(answer, account)
    assert server.sign_in_status(account.email, account.password) == 401
    assert server.sign_in_status(account.email, NEW) == 200
    refused(anonymous.put("/reset_password", data=redemption(account, token, "a third one")), 403)
    assert server.sign_in_status(account.email, NEW) == 200


def test_multipart_forms_with_post_and_put(server, anonymous, account):
    answer = anonymous.post("/reset_password", files=multipart({"email": account.email}))
    token = answer.json()["reset_token"]
    updated(anonymous.put("/reset_password", files=multipart(redemption(account, token))), account)
    assert server.sign_in_status(account.email, NEW) == 200


@pytest.mark.parametrize("fields", [{}, {"email": ""}, {"email": "nobody@example.com"}, {"email": "no address"}])
def test_an_unknown_or_missing_email_is_403(anonymous, fields):
    refused(anonymous.post("/reset_password", data=fields), 403)


def test_a_token_request_in_another_media_type_is_403(anonymous, account):
    refused(anonymous.post("/reset_password", json={"email": account.email}), 403)
    refused(anonymous.post("/reset_password?email=" + account.email), 403)


def test_the_email_is_compared_without_case_and_answered_as_registered(server, anonymous):
    account = server.register("Reset.Me@Example.com")
    token = anonymous.post("/reset_password", data={"email": " reset.ME@example.com "}).json()["reset_token"]
    form = redemption(account, token) | {"email": "RESET.me@EXAMPLE.com"}
    updated(anonymous.put("/reset_password", data=form), account)


@pytest.mark.parametrize("change", [
    {"reset_token": ""}, {"reset_token": None}, {"reset_token": "x"}, {"reset_token": "A" * 43},
    {"reset_token": "null"}, {"reset_token": "None"}, {"reset_token": "' OR 1=1 --"}, {"reset_token": "x" * 5000},
    {"email": "nobody@example.com"}, {"email": ""}, {"email": None}, {"email": "admin@example.com"}])
def test_a_token_that_is_not_this_emails_is_403(server, anonymous, account, change):
    token = token_of(anonymous, account)
    form = {k: v for k, v in (redemption(account, token) | change).items() if v is not None}
    refused(anonymous.put("/reset_password", data=form), 403)
    assert server.sign_in_status(account.email, account.password) == 200
    assert server.sign_in_status(account.email, NEW) == 401
    updated(anonymous.put("/reset_password", data=redemption(account, token)), account)


def test_a_token_of_one_account_is_nothing_to_another(server, anonymous, account):
    other = server.register()
    token = token_of(anonymous, account)
    token_of(anonymous, other)
    refused(anonymous.put("/reset_password", data=redemption(other, token)), 403)
    assert server.sign_in_status(other.email, other.password) == 200
    assert server.sign_in_status(account.email, account.password) == 200


def test_a_token_is_compared_to_the_letter(anonymous, account):
    token = token_of(anonymous, account)
    for other in (token + "A", token[:-1], token.swapcase(), " " + token, token + " ", token + "\x00"):
        refused(anonymous.put("/reset_password", data=redemption(account, other)), 403)


def test_the_newest_token_replaces_older_ones(anonymous, account):
    tokens = [token_of(anonymous, account) for _ in range(3)]
    assert len(set(tokens)) == 3
    for old in tokens[:2]:
        refused(anonymous.put("/reset_password", data=redemption(account, old)), 403)
    updated(anonymous.put("/reset_password", data=redemption(account, tokens[2])), account)


@pytest.mark.parametrize("password", ["", "four", "x" * 257, "\u00e9\u00e9"])
def test_a_refused_password_is_400_and_leaves_the_token(server, anonymous, account, password):
    token = token_of(anonymous, account)
    refused(anonymous.put("/reset_password", data=redemption(account, token, password)), 400, ANY)
    assert server.sign_in_status(account.email, account.password) == 200
    updated(anonymous.put("/reset_password", data=redemption(account, token)), account)


def test_a_missing_new_password_is_400(anonymous, account):
    token = token_of(anonymous, account)
    form = {"email": account.email, "reset_token": token}
    refused(anonymous.put("/reset_password", data=form), 400, ANY)


def test_of_parallel_redemptions_one_wins(server, anonymous, account):
    token = token_of(anonymous, account)

    def redeem(number):
        with server.client() as client:
            form = redemption(account, token, f"parallel {number}")
            return number, client.put("/reset_password", data=form).status_code

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        results = list(pool.map(redeem, range(10)))
    assert sorted(status for _, status in results) == [200] + [403] * 9
    winner = next(number for number, status in results if status == 200)
    statuses = [server.sign_in_status(account.email, f"parallel {n}") for n in range(10)]
    assert statuses == [200 if n == winner else 401 for n in range(10)]


def test_a_reset_ends_every_session_of_that_user_and_of_no_other(server, anonymous, account):
    other = server.register()
    tokens, foreign = [server.token(account) for _ in range(3)], server.token(other)
    token = token_of(anonymous, account)
    assert [server.profile_status(t) for t in tokens] == [200] * 3
    updated(anonymous.put("/reset_password", data=redemption(account, token)), account)
    assert [server.profile_status(t) for t in tokens] == [403] * 3
    assert server.profile_status(foreign) == 200


def test_asking_for_a_token_changes_nothing_else(server, anonymous, account):
    session = server.token(account)
    token_of(anonymous, account)
    assert server.profile_status(session) == 200
    assert server.sign_in_status(account.email, account.password) == 200


def test_an_expired_token_is_403(launch):
    server = launch()
    account = server.register()
    with server.client() as client:
        token = token_of(client, account)
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data)) as data, data:
        tables = [name for (name,) in data.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        (table,) = [name for name in tables if "reset" in name]
        columns = [row[1] for row in data.execute(f"PRAGMA table_info({table})")]
        (column,) = [name for name in columns if "expire" in name]
        data.execute(f"UPDATE {table} SET {column} = 1")  # 1970, whatever the unit
        assert data.total_changes == 1
    server.start()
    with server.client() as client:
        refused(client.put("/reset_password", data=redemption(account, token)), 403)
        updated(client.put("/reset_password", data=redemption(account, token_of(client, account))), account)


def test_a_token_survives_a_restart_and_is_stored_hashed(launch):
    server = launch()
    account = server.register()
    with server.client() as client:
        token = token_of(client, account)
    for file in server.directory.iterdir():
        if file.is_file():
            assert token.encode() not in file.read_bytes(), file.name
    server.restart()
    with server.client() as client:
        updated(client.put("/reset_password", data=redemption(account, token)), account)


def test_delivery_can_be_switched_off(launch):
    server = launch(env={"SESSIOND_RESET_DELIVERY": "off"})
    account = server.register()
    with server.client() as client:
        assert "reset_token" not in client.post("/reset_password", data={"email": account.email}).text
