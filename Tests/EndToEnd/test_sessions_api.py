"""docs/HTTP.md, Sessions: what a user sees of its own sessions, and how it ends them."""

import datetime

import pytest

from harness.expect import ANY, answered, clears_cookie, common, cookies_set, instant, no_store, refused, user
from harness.sessions import KEYS, SOME_ID, own_id, sessions, token_of, unauthorized, user_id, values
from harness.wire import Wire, ask, get

UNKNOWN = "A" * 43


# What one sees

def test_the_list_tells_when_where_and_with_what(server, account):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    with server.client() as client:
        client.headers["User-Agent"] = 'Browser/1 "q" \\ é'.encode("utf-8")
        form = {"email": account.email, "password": account.password, "remember": "on"}
        assert client.post("/sessions", data=form).status_code == 200
        (session,) = sessions(client)
    assert session["address"] == "127.0.0.1"
    assert session["user_agent"] == 'Browser/1 "q" \\ é'
    assert session["current"] is True and session["remembered"] is True
    assert before <= instant(session["created_at"])
    left = instant(session["expires_at"]) - instant(session["last_seen_at"])
    assert left == datetime.timedelta(days=14)


def test_the_list_is_in_order_of_creation_and_ones_own(server, account):
    tokens = [server.token(account) for _ in range(5)]
    server.token(server.admin)
    listed = []
    for token in tokens:
        with server.client(token) as client:
            listed.append([(s["id"], s["current"]) for s in sessions(client)])
    ids = [[session for session, _ in one] for one in listed]
    assert len(set(ids[0])) == 5 and ids == [ids[0]] * 5
    current = [[session for session, is_current in one if is_current] for one in listed]
    assert sorted(sum(current, [])) == sorted(ids[0])


def test_no_token_is_in_the_list_nor_in_whoami(server, account):
    token = server.token(account)
    with server.client(token) as client:
        for path in ("/sessions", "/sessions/whoami"):
            assert token not in client.get(path).text
        # Nor does the name of a session open anything.
        assert server.profile_status(own_id(client)) == 403


def test_whoami_tells_session_and_user(server, account):
    with server.signed_in(account) as client:
        answer = client.get("/sessions/whoami")
        value = answered(answer, 200, answer.json(), private=True)
        assert sorted(value) == ["session", "user"] and cookies_set(answer) == []
        assert user(value["user"]) == client.get("/users/me").json()
        (listed,) = sessions(client)
        assert sorted(value["session"]) == [key for key in KEYS if key not in ("address", "user_agent")]
        for key in ("id", "created_at", "current", "remembered"):
            assert value["session"][key] == listed[key]


def test_whoami_with_a_password_has_no_session(launch):
    server = launch(env={"AUTH_TYPE": "basic_auth"})
    account = server.register()
    with server.client() as client:
        answer = client.get("/sessions/whoami", auth=(account.email, account.password))
        value = answered(answer, 200, answer.json(), private=True)
        assert value["session"] is None and value["user"]["email"] == account.email
        unauthorized(client.get("/sessions/whoami", auth=(account.email, "wrong password")))
        answered(client.get("/sessions", auth=(account.email, account.password)), 200, [])


def test_sessions_in_memory_have_no_address(launch):
    server = launch(env={"AUTH_TYPE": "session_exp_auth", "SESSION_DURATION": "60"})
    with server.signed_in(server.register()) as client:
        (session,) = client.get("/sessions").json()
        assert session["address"] is None and session["user_agent"] is None
        answered(client.delete("/sessions/" + session["id"]), 200, {}, private=True)
        unauthorized(client.get("/sessions/whoami"))


def test_a_session_without_end_expires_never(launch):
    server = launch(env={"AUTH_TYPE": "session_auth"})
    with server.signed_in(server.register()) as client:
        assert client.get("/sessions").json()[0]["expires_at"] is None
        assert client.get("/sessions/whoami").json()["session"]["expires_at"] is None


def test_head_options_and_a_trailing_slash(server, user):
    for path in ("/sessions", "/sessions/", "/sessions/whoami", "/sessions/whoami/"):
        full, head = user.get(path), user.head(path)
        common(head, 200)
        assert head.content == b"" and head.headers["Content-Length"] == full.headers["Content-Length"]
        no_store(head)
    me = user_id(user)
    for path, allowed in {
            "/sessions": "GET, HEAD, POST, DELETE, OPTIONS", "/sessions/whoami": "GET, HEAD, OPTIONS",
            "/sessions/" + SOME_ID: "DELETE, OPTIONS",
            f"/api/v1/users/{me}/sessions/": "GET, HEAD, DELETE, OPTIONS"}.items():
        answer = user.options(path)
        common(answer, 204)
        assert sorted(answer.headers["Allow"].split(", ")) == sorted(allowed.split(", "))
    refused(user.delete("/sessions/whoami"), 405)
    refused(user.get("/sessions/" + SOME_ID), 405)
    refused(user.put("/sessions"), 405)


# Without a user

@pytest.mark.parametrize("method,path", [
    ("GET", "/sessions"), ("GET", "/sessions/"), ("GET", "/sessions/whoami"), ("DELETE", "/sessions/" + SOME_ID),
    ("DELETE", "/sessions/x"), ("GET", f"/api/v1/users/{SOME_ID}/sessions"), ("DELETE", "/api/v1/users/x/sessions")])
def test_without_a_user_it_is_401(server, anonymous, method, path):
    unauthorized(anonymous.request(method, path))
    with server.client(UNKNOWN) as stranger, server.client("") as empty:
        unauthorized(stranger.request(method, path))
        unauthorized(empty.request(method, path))
    unauthorized(anonymous.request(method, path, auth=("nobody@example.com", "wrong password")))


def test_head_of_whoami_without_a_user_is_401_without_content(server):
    with Wire(server) as wire:
        wire.send(get(server, "/sessions/whoami", method="HEAD"))
        (answer,) = wire.read_all(["HEAD"])
    assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("query", ["", "?others=true", "?others=TRUE", "?others"])
def test_delete_sessions_without_a_user_is_403_as_ever(server, anonymous, query):
    refused(anonymous.delete("/sessions" + query), 403, private=True)
    with server.client(UNKNOWN) as stranger:
        refused(stranger.delete("/sessions" + query), 403, private=True)


# Ending

def test_ends_another_of_ones_own(server, account):
    with server.signed_in(account) as mine, server.signed_in(account) as other:
        name = own_id(other)
        answer = mine.delete("/sessions/" + name)
        answered(answer, 200, {}, private=True)
        assert cookies_set(answer) == []
        refused(other.get("/profile"), 403)
        unauthorized(other.get("/sessions/whoami"))
        refused(mine.delete("/sessions/" + name), 404)
        assert mine.get("/profile").status_code == 200


def test_ending_the_current_one_clears_the_cookie(server, curl, account):
    assert curl("/sessions", "-d", f"email={account.email}", "-d", f"password={account.password}").status_code == 200
    assert curl.cookie() is not None
    with server.client(curl.cookie()) as client:
        name = own_id(client)
    assert curl("/sessions/" + name, "-X", "DELETE").status_code == 200
    assert curl.cookie() is None
    with server.signed_in(account) as client:
        clears_cookie(client.delete("/sessions/" + own_id(client) + "/"))


def test_a_foreign_an_unknown_and_a_hostile_id_are_404_alike(server, user):
    with server.signed_in(server.admin) as admin:
        foreign = own_id(admin)
    mine = own_id(user)
    answers = set()
    for name in (foreign, SOME_ID, foreign.upper(), mine.upper(), mine + "0", mine[:-1], mine[:-1] + "g", "0", "x",
                 "0x" + mine[2:], "+" + mine[1:], "-" + mine[1:], mine + "%20", "%00"[:1] + "20" + mine, "a" * 6_000,
                 "%C3%A9" * 16, "''--", "..;", mine + ";x=1", "null", "whoamI", "%EF%BC%90" * 32):
        answer = ask(server, "/sessions/" + name, "Cookie: " + "session_id=" + token_of(user), method="DELETE")
        assert answer.status_code == 404, name
        answers.add((answer.content, answer.headers.get("Set-Cookie")))
    assert len(answers) == 1
    assert user.get("/profile").status_code == 200 and server.sign_in_status(*values(server.admin)) == 200


@pytest.mark.parametrize("name", ["%2F", "..%2Fwhoami", "%5C", "%00", "%0a", "%zz", "%"])
def test_the_gate_refuses_what_could_be_read_in_two_ways(server, user, name):
    answer = ask(server, "/sessions/" + name, "Cookie: session_id=" + token_of(user), method="DELETE")
    assert answer.status_code == 400
    assert user.get("/profile").status_code == 200


def test_dots_are_resolved_before_the_route_is_found(server, user):
    cookie = "Cookie: session_id=" + token_of(user)
    assert ask(server, "/sessions/x/../whoami", cookie).status_code == 200
    assert ask(server, "/sessions/%77hoami", cookie).status_code == 200
    assert ask(server, "/sessions//whoami", cookie).status_code == 404
    assert ask(server, "/sessions/x/whoami", cookie, method="DELETE").status_code == 404


def test_ends_the_others(server, account):
    tokens = [server.token(account) for _ in range(4)]
    foreign = server.token(server.admin)
    with server.client(tokens[2]) as client:
        answer = client.delete("/sessions?others=true")
        answered(answer, 200, {"ended": 3}, private=True)
        assert cookies_set(answer) == [] and "Location" not in answer.headers
        assert [server.profile_status(t) for t in tokens] == [403, 403, 200, 403]
        assert server.profile_status(foreign) == 200
        answered(client.delete("/sessions/?x=1&others=true&others=false"), 200, {"ended": 0})


@pytest.mark.parametrize("query", ["others", "others=", "others=TRUE", "others=True", "others=1", "others=yes",
                                   "others=false", "others=false&others=true", "others=true%00", "others=%ff",
                                   "%6fthers=no", "others=true;x"])
def test_others_is_true_or_a_bad_request(server, account, query):
    with server.signed_in(account) as client, server.signed_in(account) as other:
        refused(client.delete("/sessions?" + query), 400, ANY)
        assert client.get("/profile").status_code == other.get("/profile").status_code == 200


@pytest.mark.parametrize("query", ["", "?", "?Others=true", "?other=true", "?x=%ff"])
def test_without_the_parameter_it_is_the_302_of_the_contract(server, account, query):
    with server.signed_in(account) as client, server.signed_in(account) as other:
        answer = client.delete("/sessions" + query)
        common(answer, 302)
        assert answer.headers["Location"] == "/" and answer.content == b""
        clears_cookie(answer)
        assert client.get("/profile").status_code == 403 and other.get("/profile").status_code == 200
