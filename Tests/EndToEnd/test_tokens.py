"""docs/HTTP.md, "Tokens": issue, use, refresh, sign-out, commands."""

import concurrent.futures
import time

import pytest
import requests

from harness.expect import no_store, refused
from harness.server import run
from harness.tokens import KEYS, TOKEN, bearer, grant, parts, whoami


def oauth_error(answer, error):
    assert answer.status_code == 400, (answer.status_code, answer.text)
    body = answer.json()
    assert sorted(body) == ["error", "error_description"] and body["error"] == error and body["error_description"]
    no_store(answer)
    assert answer.headers["Pragma"] == "no-cache" and "Set-Cookie" not in answer.headers
    return body["error_description"]


# Issue


def test_a_password_gives_a_token_of_a_session_of_its_own(server, anonymous):
    account = server.register()
    answer = anonymous.post(TOKEN, data={"grant_type": "password", "username": account.email, "password": account.password})
    assert answer.status_code == 200
    body = answer.json()
    assert sorted(body) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert body["token_type"] == "Bearer" and body["expires_in"] == 600
    no_store(answer)
    assert answer.headers["Pragma"] == "no-cache" and "Set-Cookie" not in answer.headers
    header, claims, _ = parts(body["access_token"])
    assert sorted(header) == ["alg", "kid", "typ"] and header["typ"] == "at+jwt" and header["alg"] == "EdDSA"
    assert claims["iss"] == claims["aud"] == "sessiond" and claims["exp"] == claims["iat"] + 600
    me = anonymous.get("/sessions/whoami", headers=bearer(body["access_token"])).json()
    assert me["session"]["id"] == claims["sid"] and me["user"]["id"] == claims["sub"]
    assert anonymous.get("/profile", headers=bearer(body["access_token"])).json() == {"email": account.email}
    # The word of the scheme in any case, one space or more.
    for scheme in ("bearer ", "BEARER   "):
        assert anonymous.get("/profile", headers={"Authorization": scheme + body["access_token"]}).status_code == 200


def test_a_cookie_gives_a_token_of_the_same_session(server):
    account = server.register()
    with server.signed_in(account) as client:
        session = client.get("/sessions/whoami").json()["session"]["id"]
        answer = client.post(TOKEN)
        assert parts(answer.json()["access_token"])[1]["sid"] == session
        assert len(client.get("/sessions").json()) == 1
        # A password beside the cookie is another sign-in, and the cookie's session goes on.
        assert parts(grant(client, account)["access_token"])[1]["sid"] != session
        assert len(client.get("/sessions").json()) == 2


def test_basic_is_a_password_too(server, anonymous):
    account = server.register()
    answer = anonymous.post(TOKEN, auth=(account.email, account.password))
    assert whoami(anonymous, answer.json()["access_token"]) == 200
    oauth_error(anonymous.post(TOKEN, auth=(account.email, "wrong")), "invalid_grant")


def test_what_is_refused(server, anonymous):
    account = server.register()
    wrong = {"email": account.email, "password": "wrong"}
    texts = {oauth_error(anonymous.post(TOKEN, data=wrong), "invalid_grant"),
             oauth_error(anonymous.post(TOKEN, data={**wrong, "email": "nobody@example.com"}), "invalid_grant")}
    assert len(texts) == 1
    for form in ({}, {"email": account.email}, {"password": "x"}, {"email": "", "password": "x"},
                 {"grant_type": "refresh_token"}, {"grant_type": "refresh_token", "refresh_token": ""}):
        oauth_error(anonymous.post(TOKEN, data=form), "invalid_request")
    for header in ("Basic %%%", "Bearer " + grant(anonymous, account)["access_token"], "Digest x", "x"):
        oauth_error(anonymous.post(TOKEN, headers={"Authorization": header}), "invalid_request")
    for word in ("client_credentials", "authorization_code", "PASSWORD", ""):
        oauth_error(anonymous.post(TOKEN, data={**wrong, "grant_type": word}), "unsupported_grant_type")
    for text in ("unknown", "sessiond_rt_" + "A" * 64, "\0", "x" * 9_000):
        oauth_error(anonymous.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": text}), "invalid_grant")
    oauth_error(anonymous.post(TOKEN, data=b"email=%", headers={"Content-Type": "application/x-www-form-urlencoded"}),
                "invalid_request")
    right = [("email", account.email), ("password", account.password)]
    for twice in [*right, ("grant_type", "password")]:
        oauth_error(anonymous.post(TOKEN, data=[*right, ("grant_type", "password"), twice]), "invalid_request")
    assert anonymous.post(TOKEN, json=wrong).status_code == 415
    assert anonymous.get(TOKEN).status_code == 405


@pytest.mark.parametrize("schemes", ["session", "session,basic"])
def test_without_bearer_there_are_no_tokens(launch, schemes):
    server = launch(env={"SESSIOND_AUTH_SCHEMES": schemes})
    account = server.register()
    with server.client() as client:
        answer = client.post(TOKEN, data={"email": account.email, "password": account.password})
        refused(answer, 501, "Bearer tokens are not enabled")
        assert client.get(KEYS).json() == {"keys": []}
        assert "Bearer" not in client.get("/sessions/whoami").headers["WWW-Authenticate"]
    assert "not enabled" in server.run("key", "list").stderr


@pytest.mark.parametrize("word", ["none", "auth", "basic_auth", "session_auth", "session_exp_auth", "session_db_auth"])
def test_the_originals_modes_know_no_tokens(launch, word):
    server = launch(env={"AUTH_TYPE": word})
    with server.client() as client:
        assert client.post(TOKEN, data={"email": "a", "password": "b"}).status_code == 501


# Use


def test_challenges(server, anonymous):
    account = server.register()
    token = grant(anonymous, account)["access_token"]
    challenge = anonymous.get("/sessions/whoami").headers["WWW-Authenticate"]
    assert 'Bearer realm="sessiond"' in challenge and "error" not in challenge
    answer = anonymous.get("/sessions/whoami", headers=bearer(token[:-2]))
    assert answer.status_code == 401
    assert 'Bearer realm="sessiond", error="invalid_token", error_description=' in answer.headers["WWW-Authenticate"]
    # The routes of the original say 403.
    assert anonymous.get("/users/me", headers=bearer(token[:-2])).status_code == 403
    assert anonymous.get("/users/me", headers=bearer(token)).status_code == 200


def test_a_token_in_query_or_form_is_nothing(server, anonymous):
    token = grant(anonymous, server.register())["access_token"]
    assert anonymous.get("/sessions/whoami", params={"access_token": token}).status_code == 401
    assert anonymous.request("DELETE", "/sessions", data={"access_token": token}).status_code == 403
    assert whoami(anonymous, token) == 200


@pytest.mark.parametrize(("path", "status"), [("/sessions", 302), ("/api/v1/auth_session/logout", 200)])
def test_sign_out_ends_the_session_behind_the_token(server, anonymous, path, status):
    account = server.register()
    pair, other = grant(anonymous, account), grant(anonymous, account)
    assert anonymous.delete(path, headers=bearer(pair["access_token"])).status_code == status
    with server.client() as elsewhere:
        assert whoami(elsewhere, pair["access_token"]) == 401
        assert whoami(elsewhere, other["access_token"]) == 200
    oauth_error(anonymous.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}),
                "invalid_grant")


def test_sign_out_is_true_for_the_same_token_on_another_connection(server):
    account = server.register()
    with server.client() as here, server.client() as there:
        for _ in range(50):
            token = grant(here, account)["access_token"]
            assert whoami(there, token) == 200
            assert here.delete("/sessions", headers=bearer(token)).status_code == 302
            assert whoami(there, token) == 401


def test_tokens_survive_a_restart(launch):
    server = launch()
    account = server.register()
    with server.client() as client:
        pair, keys = grant(client, account), client.get(KEYS).json()
    server.restart()
    with server.client() as client:
        assert client.get(KEYS).json() == keys
        assert whoami(client, pair["access_token"]) == 200
        answer = client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]})
        assert answer.status_code == 200


def test_stateless_goes_by_signature_and_clock(launch):
    server = launch(env={"SESSIOND_TOKENS_VERIFICATION": "stateless", "SESSIOND_TOKENS_LIFETIME": "30"})
    account = server.register()
    with server.client() as client:
        token = grant(client, account)["access_token"]
        assert client.delete("/sessions", headers=bearer(token)).status_code == 302
        answer = client.get("/sessions/whoami", headers=bearer(token))
        assert answer.status_code == 200 and answer.json()["session"] is None
        assert client.delete("/sessions", headers=bearer(token)).status_code == 403
    assert server.run("user", "disable", account.email).returncode == 0
    with server.client() as client:
        assert whoami(client, token) == 401


# Refresh


def test_a_hundred_parallel_refreshes_are_one_family(server):
    account = server.register()
    with server.client() as client:
        pair = grant(client, account)

        def refresh(_):
            return requests.post(server.base + TOKEN, timeout=30,
                                 data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]})

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(refresh, range(100)))
        assert [answer.status_code for answer in answers] == [200] * 100
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1
        sessions = {parts(answer.json()["access_token"])[1]["sid"] for answer in answers}
        assert sessions == {parts(pair["access_token"])[1]["sid"]}
        assert whoami(client, pair["access_token"]) == 200


def test_a_replay_after_the_window_ends_the_family(launch):
    server = launch(env={"SESSIOND_TOKENS_REFRESH_GRACE": "0"})
    account = server.register()
    with server.client() as client:
        first = grant(client, account)
        bystander = grant(client, account)

        def refresh(token):
            return client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": token})

        second = refresh(first["refresh_token"]).json()
        time.sleep(0.05)
        oauth_error(refresh(first["refresh_token"]), "invalid_grant")
        assert whoami(client, second["access_token"]) == whoami(client, first["access_token"]) == 401
        oauth_error(refresh(second["refresh_token"]), "invalid_grant")
        assert whoami(client, bystander["access_token"]) == 200
    lines = server.await_events("refresh_replayed")
    assert len(lines) == 1 and lines[0]["outcome"] == "refused" and lines[0]["user"]


# Commands and audit


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_commands(launch, state):
    server = launch()
    account = server.register()
    if state == "stopped":
        server.stop()
    issued = server.run("token", "issue", account.email)
    assert issued.returncode == 0, issued.stderr
    rotated = server.run("key", "rotate").stdout.split()
    assert rotated[1:3] == ["EdDSA", "next"]
    listed = [line.split()[2] for line in server.run("key", "list").stdout.splitlines()]
    assert listed == ["signs", "next"]
    if state == "stopped":
        server.start()
    with server.client() as client:
        token = issued.stdout.strip()
        assert whoami(client, token) == 200
        assert [key["kid"] for key in client.get(KEYS).json()["keys"]][-1] == rotated[0]
        revoked = server.run("key", "rotate", "--revoke").stdout.split()
        assert whoami(client, token) == 401
        assert [key["kid"] for key in client.get(KEYS).json()["keys"]] == [revoked[0]]
        assert whoami(client, grant(client, account)["access_token"]) == 200
    assert server.run("token", "issue", "nobody@example.com").returncode == 1
    assert server.run("token", "issue").returncode == 2
    assert server.run("key", "lose").returncode == 2


def test_another_algorithm_is_a_rotation(launch, tmp_path):
    config = tmp_path / "sessiond.json5"
    config.write_text('{tokens: {rotation: {lead: 0}}}')
    server = launch(config=config)
    account = server.register()
    with server.client() as client:
        before = grant(client, account)["access_token"]
        config.write_text('{tokens: {algorithm: "ES256", rotation: {lead: 0}}}')
        server.process.send_signal(1)
        deadline = time.monotonic() + 20
        while parts(after := grant(client, account)["access_token"])[0]["alg"] != "ES256":
            assert time.monotonic() < deadline, server.tail()
            time.sleep(0.1)
        assert whoami(client, before) == whoami(client, after) == 200
        assert [key["alg"] for key in client.get(KEYS).json()["keys"]] == ["EdDSA", "ES256"]
    assert len(server.await_events("key_rotated")) == 1


def test_the_audit_log_names_the_scheme_and_no_token(launch):
    server = launch()
    account = server.register()
    with server.client() as client:
        pair = grant(client, account)
        token = pair["access_token"]
        whoami(client, token + "A")
        client.delete("/sessions", headers=bearer(token))
        whoami(client, token)
    assert server.await_events("token_issued")[0]["grant"] == "password"
    assert [line["reason"] for line in server.await_events("token_refused", count=2)] == ["bad_signature", "session_ended"]
    assert {line["scheme"] for line in server.events("token_refused") + server.await_events("sign_out")} == {"bearer"}
    text = "\n".join(server.log)
    for secret in (token, token.split(".")[2], pair["refresh_token"]):
        assert secret not in text


def test_a_data_file_under_another_key_is_refused(launch, tmp_path):
    server = launch()
    server.stop()
    key = server.data.with_name(server.data.name + ".key")
    key.rename(tmp_path / "elsewhere")
    done = run("key", "list", "--data", str(server.data), cwd=tmp_path)
    assert done.returncode == 1 and "sealed" in done.stderr
    (tmp_path / "elsewhere").rename(key)
    assert server.run("key", "list").returncode == 0
    server.start()
