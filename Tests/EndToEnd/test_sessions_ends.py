"""Ending sessions of other users, by an administrator or a command; an end holds everywhere at once."""

import concurrent.futures
import threading
import time

import pytest

from harness.expect import answered, clears_cookie, cookies_set, refused
from harness.sessions import KEYS, own_id, sessions, user_id, values
from harness.wire import Wire, get

SERVER = {"flags": ["--loops", "2"]}


# Of other users

def test_an_administrator_sees_and_ends_those_of_others(server, admin, account):
    tokens = [server.token(account) for _ in range(3)]
    with server.client(tokens[0]) as client:
        path = f"/api/v1/users/{user_id(client)}/sessions"
        assert [s["current"] for s in client.get(path).json()] == [s["current"] for s in sessions(client)]
    answer = admin.get(path)
    listed = answered(answer, 200, answer.json(), private=True)
    assert [sorted(s) for s in listed] == [KEYS] * 3 and not any(s["current"] for s in listed)
    answer = admin.delete(path)
    answered(answer, 200, {"ended": 3}, private=True)
    assert cookies_set(answer) == []
    assert [server.profile_status(t) for t in tokens] == [403] * 3
    answered(admin.get(path), 200, [])
    answered(admin.delete(path), 200, {"ended": 0})
    for method in ("GET", "DELETE"):
        refused(admin.request(method, "/api/v1/users/00000000-0000-4000-8000-000000000000/sessions"), 404)
        refused(admin.request(method, "/api/v1/users/me/sessions"), 404)


def test_a_user_ends_all_of_its_own_and_loses_its_cookie(server, account):
    with server.signed_in(account) as client, server.signed_in(account) as other:
        answer = client.delete(f"/api/v1/users/{user_id(client)}/sessions")
        answered(answer, 200, {"ended": 2}, private=True)
        clears_cookie(answer)
        assert client.get("/profile").status_code == other.get("/profile").status_code == 403


@pytest.mark.parametrize("access", ["self", "authenticated"])
def test_nobody_else_may(launch, access):
    server = launch(env={"SESSIOND_ACCESS_USERS": access})
    boss = server.register()
    with server.signed_in(boss) as admin, server.signed_in(server.register()) as client:
        for method in ("GET", "DELETE"):
            refused(client.request(method, f"/api/v1/users/{user_id(admin)}/sessions"), 403, private=True)
            missing = client.request(method, "/api/v1/users/00000000-0000-4000-8000-000000000000/sessions")
            refused(missing, 403, private=True)
        for value in (True, False, "x"):
            refused(client.put(f"/api/v1/users/{user_id(admin)}", json={"disabled": value}), 403)
            refused(client.put(f"/api/v1/users/{user_id(client)}", json={"disabled": value}), 403)
        assert admin.get("/profile").status_code == client.get("/profile").status_code == 200


def test_a_disabled_user_is_refused_everywhere_at_once(server, admin, account):
    tokens = [server.token(account) for _ in range(3)]
    with server.client(tokens[0]) as client:
        path = f"/api/v1/users/{user_id(client)}"
        reset = client.post("/reset_password", data={"email": account.email}).json()["reset_token"]
    before = admin.get(path).json()
    assert sorted(admin.put(path, json={"disabled": True}).json()) == sorted(before)
    assert [server.profile_status(t) for t in tokens] == [403] * 3
    form = {"email": account.email, "password": account.password}
    with server.client() as client:
        wrong = client.post("/sessions", data=form | {"password": "wrong password"})
        for answer in (client.post("/sessions", data=form), wrong):
            refused(answer, 401)
            assert cookies_set(answer) == []
        refused(client.post("/api/v1/auth_session/login", data=form), 401, "wrong email or password")
        refused(client.post("/reset_password", data={"email": account.email}), 403)
        change = {"email": account.email, "reset_token": reset, "new_password": "another one"}
        refused(client.put("/reset_password", data=change), 403)
    refused(admin.put(path, json={"disabled": "false"}), 400, "disabled is not a boolean")
    assert server.sign_in_status(*values(account)) == 401
    assert admin.put(path, json={"disabled": False}).status_code == 200
    assert server.sign_in_status(*values(account)) == 200
    assert [server.profile_status(t) for t in tokens] == [403] * 3
    refused(admin.put(f"/api/v1/users/{user_id(admin)}", json={"disabled": True}), 400,
            "an administrator cannot disable itself")


def test_a_disabled_user_stays_so_over_a_restart(launch):
    server = launch()
    server.register()
    account = server.register()
    assert server.run("user", "disable", account.email).returncode == 0
    server.restart()
    assert server.sign_in_status(*values(account)) == 401


# At once, everywhere

def test_an_end_holds_on_the_very_next_request_of_any_connection(server, account):
    """Connections enough that both loops have some; each waits for nothing."""
    with server.signed_in(account) as killer:
        for number in range(25):
            token = server.token(account)
            request = get(server, "/sessions/whoami", "Cookie: session_id=" + token, close=False)
            wires = [Wire(server) for _ in range(8)]
            try:
                for wire in wires:
                    assert wire.send(request).read().status_code == 200
                with server.client(token) as client:
                    name = own_id(client)
                way = ("/sessions/" + name, "/sessions?others=true")[number % 2]
                assert killer.delete(way).status_code == 200
                assert [wire.send(request).read().status_code for wire in wires] == [401] * 8
            finally:
                for wire in wires:
                    wire.socket.close()


def test_of_many_that_end_one_session_exactly_one_is_told(server, account):
    crowd = [server.signed_in(account) for _ in range(6)]
    barrier = threading.Barrier(len(crowd))

    def end(client, name):
        barrier.wait()
        return client.delete("/sessions/" + name).status_code

    with concurrent.futures.ThreadPoolExecutor(len(crowd)) as pool:
        for _ in range(20):
            with server.signed_in(account) as client:
                name = own_id(client)
            statuses = sorted(pool.map(lambda client, name=name: end(client, name), crowd))
            assert statuses == [200] + [404] * (len(crowd) - 1)
    for client in crowd:
        client.close()


def test_what_was_ended_stays_so_after_kill9(launch):
    server = launch()
    account = server.register()
    tokens = [server.token(account) for _ in range(4)]
    with server.client(tokens[0]) as client:
        with server.client(tokens[1]) as other:
            name = own_id(other)
        answered(client.delete("/sessions/" + name), 200, {})
        server.kill9()
        server.start()
        assert [server.profile_status(t) for t in tokens] == [200, 403, 200, 200]
    with server.client(tokens[0]) as client:
        answered(client.delete("/sessions?others=true"), 200, {"ended": 2})
        server.kill9()
        server.start()
    assert [server.profile_status(t) for t in tokens] == [200, 403, 403, 403]


def test_an_old_sign_in_loses_its_power_over_others(launch):
    server = launch(env={"SESSIOND_SESSIONS_REAUTHENTICATE_AFTER": "1"})
    boss, account = server.register(), server.register()
    with server.signed_in(account) as client:
        path = f"/api/v1/users/{user_id(client)}"
    with server.signed_in(boss) as admin:
        refusals = [("GET", path + "/sessions", None), ("DELETE", path + "/sessions", None),
                    ("PUT", path, {"disabled": True}), ("DELETE", path, None)]
        time.sleep(1.1)
        for method, target, body in refusals:
            refused(admin.request(method, target, json=body), 403, "Sign in again", private=True)
        assert admin.get(f"/api/v1/users/{user_id(admin)}/sessions").status_code == 200
        # The sign-in replaces the session.
        form = {"email": boss.email, "password": boss.password}
        token = admin.post("/sessions", data=form).cookies["session_id"]
        refused(admin.get("/profile"), 403)
    with server.client(token) as admin:
        assert admin.get(path + "/sessions").status_code == 200


# On the command line

@pytest.mark.parametrize("state", ["running", "stopped"])
def test_lists_and_revokes_on_the_command_line(launch, state):
    server = launch()
    account, other = server.register(), server.register()
    tokens, kept = [server.token(account) for _ in range(4)], server.token(other)
    with server.client(tokens[1]) as client:
        name = own_id(client)
    if state == "stopped":
        server.stop()
    listed = server.run("session", "list", account.email)
    as_json = server.run("session", "list", "--json", account.email)
    assert listed.returncode == as_json.returncode == 0, listed.stderr + as_json.stderr
    assert listed.stdout.count("\n") == 4 and name in listed.stdout and "127.0.0.1" in listed.stdout
    assert as_json.stdout.count('"id":') == 4 and '"current"' not in as_json.stdout
    assert not any(token in listed.stdout + as_json.stdout for token in [*tokens, kept])
    done = server.run("session", "revoke", account.email, name)
    assert (done.returncode, done.stdout) == (0, f"ended 1 session of {account.email}\n"), done.stderr
    for wrong in ((account.email, name), (other.email, name), (account.email, tokens[0]), (account.email,),
                  ("nobody@example.com", "--all"), (account.email, "--all", name)):
        done = server.run("session", "revoke", *wrong)
        assert done.returncode > 0 and done.stdout == "" and tokens[0] not in done.stderr
    if state == "running":
        assert [server.profile_status(t) for t in tokens] == [200, 403, 200, 200]
    done = server.run("session", "revoke", "--all", account.email)
    assert (done.returncode, done.stdout) == (0, f"ended 3 sessions of {account.email}\n"), done.stderr
    if state == "stopped":
        server.start()
    assert [server.profile_status(t) for t in [*tokens, kept]] == [403] * 4 + [200]


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_disables_and_enables_on_the_command_line(launch, state):
    server = launch()
    account = server.register()
    token = server.token(account)
    if state == "stopped":
        server.stop()
    assert server.run("user", "disable", account.email).stdout == f"{account.email} is now disabled\n"
    assert f"{account.email} (disabled)\n" in server.run("user", "list").stdout
    assert '"isDisabled":true' in server.run("user", "list", "--json").stdout
    if state == "stopped":
        server.start()
    assert server.profile_status(token) == 403 and server.sign_in_status(*values(account)) == 401
    assert server.run("user", "enable", account.email).stdout == f"{account.email} is no longer disabled\n"
    assert "disabled" not in server.run("user", "list").stdout
    assert server.profile_status(token) == 403 and server.sign_in_status(*values(account)) == 200
    assert server.run("user", "disable", "nobody@example.com").returncode > 0


def test_a_client_cannot_write_to_the_terminal_of_the_list(launch):
    server = launch()
    account = server.register()
    with server.client() as client:
        client.headers["User-Agent"] = "\x9b[2J\u202e".encode("utf-8")
        assert client.post("/sessions", data={"email": account.email, "password": account.password}).ok
    done = server.run("session", "list", account.email)
    assert done.returncode == 0 and "\x9b" not in done.stdout and "\u202e" not in done.stdout
