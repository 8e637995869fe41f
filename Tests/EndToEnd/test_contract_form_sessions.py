"""docs/HTTP.md: sign-in, profile and sign-out by the form API."""

import statistics
import time

import pytest

from harness.client import multipart
from harness.expect import answered, clears_cookie, common, cookies_set, no_store, refused, session_cookie


def form(account, **fields):
    return {"email": account.email, "password": account.password} | fields


def test_sign_in_sets_the_cookie(server, anonymous, account):
    answer = anonymous.post("/sessions", data=form(account))
    assert answer.content == b'{"email":"%s","message":"logged in"}\n' % account.email.encode()
    answered(answer, 200, {"email": account.email, "message": "logged in"}, private=True)
    with server.client(session_cookie(answer)) as client:
        profile = client.get("/profile")
        assert profile.content == b'{"email":"%s"}\n' % account.email.encode()
        answered(profile, 200, {"email": account.email}, private=True)


def test_sign_in_reads_multipart_forms(anonymous, account):
    answer = anonymous.post("/sessions", files=multipart(form(account)))
    answered(answer, 200, {"email": account.email, "message": "logged in"}, private=True)
    session_cookie(answer)


@pytest.mark.parametrize("change", [
    {"password": "not this one"}, {"password": ""}, {"email": "nobody@example.com"}, {"email": ""},
    {"email": "no address"}, {"email": "' OR '1'='1"}, {"password": "correct horse\x00"}, {"email": "x" * 5000}])
def test_a_failed_sign_in_is_401_and_sets_no_cookie(anonymous, account, change):
    answer = anonymous.post("/sessions", data=form(account, **change))
    refused(answer, 401, private=True)
    assert cookies_set(answer) == [] and not anonymous.cookies


@pytest.mark.parametrize("missing", ["email", "password", None])
def test_a_missing_field_is_401(anonymous, account, missing):
    fields = {k: v for k, v in form(account).items() if k != missing} if missing else {}
    answer = anonymous.post("/sessions", data=fields)
    refused(answer, 401, private=True)
    assert cookies_set(answer) == []


def test_another_media_type_is_401(anonymous, account):
    refused(anonymous.post("/sessions", json=form(account)), 401, private=True)
    body = f"email={account.email}&password=correct+horse"
    refused(anonymous.post("/sessions", data=body, headers={"Content-Type": "text/plain"}), 401, private=True)
    refused(anonymous.post("/sessions?" + body), 401, private=True)


def test_the_first_of_duplicate_fields_wins(anonymous, account):
    wrong_first = [("email", account.email), ("password", "wrong one"), ("password", account.password)]
    refused(anonymous.post("/sessions", data=wrong_first), 401)
    right_first = [("email", account.email), ("password", account.password), ("password", "wrong one")]
    assert anonymous.post("/sessions", data=right_first).status_code == 200


def test_an_unknown_email_takes_as_long_as_a_wrong_password(launch):
    server = launch(cheap=False)
    account = server.register()
    times = {account.email: [], "nobody@example.com": []}
    with server.client() as client:
        for _ in range(12):
            for email, found in times.items():
                start = time.perf_counter()
                answer = client.post("/sessions", data={"email": email, "password": "not this one"})
                found.append(time.perf_counter() - start)
                assert answer.status_code == 401
    known, unknown = (statistics.median(found) for found in times.values())
    assert known > 0.003, "hashing is too quick to tell"
    assert 0.6 < unknown / known < 1.6, times


def test_sign_out_redirects_to_the_root_and_ends_the_session(server, account):
    token = server.token(account)
    with server.client(token) as client:
        answer = client.delete("/sessions")
        common(answer, 302)
        no_store(answer)
        assert answer.headers["Location"] == "/"
        clears_cookie(answer)
        refused(client.get("/profile"), 403, private=True)
        refused(client.delete("/sessions"), 403, private=True)


def test_sign_out_with_a_form_body_works(server, account):
    for options in ({"data": {"session_id": "x"}}, {"files": multipart({"session_id": "x"})}):
        with server.signed_in(account) as client:
            assert client.delete("/sessions", **options).status_code == 302
            assert client.get("/profile").status_code == 403


def test_one_account_has_many_sessions_and_ends_one_at_a_time(server, account):
    tokens = [server.token(account) for _ in range(10)]
    assert len(set(tokens)) == 10
    assert [server.profile_status(t) for t in tokens] == [200] * 10
    for ended in range(10):
        with server.client(tokens[ended]) as client:
            assert client.delete("/sessions").status_code == 302
        wanted = [403] * (ended + 1) + [200] * (9 - ended)
        assert [server.profile_status(t) for t in tokens] == wanted


def test_a_get_with_a_form_body_needs_the_cookie_all_the_same(server, anonymous, account):
    refused(anonymous.get("/profile", data=form(account)), 403, private=True)
    refused(anonymous.get("/profile", data={"session_id": "x" * 43}), 403, private=True)
    with server.signed_in(account) as client:
        answered(client.get("/profile", data={"email": "other@example.com"}), 200, {"email": account.email})


def test_a_token_elsewhere_than_in_the_cookie_counts_nothing(server, anonymous, account):
    token = server.token(account)
    refused(anonymous.get("/profile?session_id=" + token), 403)
    refused(anonymous.get("/profile", headers={"session_id": token}), 403)
    refused(anonymous.get("/profile", headers={"Authorization": "Bearer " + token}), 403)
    refused(anonymous.get("/profile", headers={"X-Session-Id": token}), 403)
