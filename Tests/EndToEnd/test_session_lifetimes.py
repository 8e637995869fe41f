"""docs/CONFIGURATION.md and docs/HTTP.md: how long sessions live, remembered ones, how many, which end."""

import contextlib
import re
import sqlite3
import time

import pytest

from harness.expect import cookies_set, refused
from harness.server import run
from harness.wire import eventually

LOGINS = ["/sessions", "/api/v1/auth_session/login"]
YEARS_100 = 3155760000


def settings(**values):
    return {"SESSIOND_SESSIONS_" + name: str(value) for name, value in values.items()}


def sign_in(server, account, path="/sessions", cookie=None, **more):
    """The one `Set-Cookie` of a sign-in, and its token."""
    with server.client(cookie) as client:
        answer = client.post(path, data={"email": account.email, "password": account.password} | more)
    assert answer.status_code == 200, answer.content
    (field,) = cookies_set(answer)
    return field, field.partition(";")[0].removeprefix("session_id=")


def seen(server):
    """(created, seen) of the only session on disk, in milliseconds."""
    with contextlib.closing(sqlite3.connect(server.data)) as data:
        (row,) = data.execute("SELECT created_at, seen_at FROM sessions").fetchall()
        return row


def shown(directory, **env):
    """Settings as `config show` prints them: the lines below `sessions:`."""
    done = run("config", "show", cwd=directory, env=env)
    assert done.returncode == 0, done.stderr
    block = re.search(r"\n    sessions: \{\n(.*?)\n    \},", done.stdout, re.S)[1]
    remembered = re.search(r"remembered: \{(.*?)\}", block, re.S)[1]

    def number(name, text):
        return int(re.search(rf"\b{name}: (-?\d+)", text)[1])

    ordinary = block.replace(remembered, "")
    return (number("lifetime", ordinary), number("idleTimeout", ordinary),
            number("lifetime", remembered), number("idleTimeout", remembered))


# Remembered


@pytest.mark.parametrize("path", LOGINS)
@pytest.mark.parametrize("value", ["on", "1", "true", "yes", "ON", "Yes"])
def test_who_asks_to_be_remembered_is(server, account, path, value):
    field, token = sign_in(server, account, path, remember=value)
    assert field == f"session_id={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"
    assert server.profile_status(token) == 200


@pytest.mark.parametrize("path", LOGINS)
@pytest.mark.parametrize("value", [None, "", "0", "off", "false", "no", "2", " on", "on ", "onn", "on,on", "\u0131"])
def test_who_does_not_is_not(server, account, path, value):
    field, token = sign_in(server, account, path, **({} if value is None else {"remember": value}))
    assert field == f"session_id={token}; Path=/; HttpOnly; SameSite=Lax"


def test_the_first_of_two_answers_counts(server, account):
    with server.client() as client:
        for values, is_remembered in ((["on", "off"], True), (["off", "on"], False)):
            form = [("email", account.email), ("password", account.password)] + [("remember", v) for v in values]
            (field,) = cookies_set(client.post("/sessions", data=form))
            assert ("Max-Age" in field) == is_remembered


def test_a_remembered_session_has_a_lifetime_of_its_own(launch):
    server = launch(env=settings(LIFETIME=2, IDLE_TIMEOUT=0, REMEMBERED_LIFETIME=3600, REMEMBERED_IDLE_TIMEOUT=0))
    account = server.register()
    (_, ordinary), (field, remembered) = sign_in(server, account), sign_in(server, account, remember="on")
    assert field.endswith("; Max-Age=3600")
    assert [server.profile_status(t) for t in (ordinary, remembered)] == [200, 200]
    assert eventually(lambda: server.profile_status(ordinary) == 403, seconds=5)
    assert server.profile_status(remembered) == 200
    server.restart()
    assert [server.profile_status(t) for t in (ordinary, remembered)] == [403, 200]


def test_a_remembered_session_may_be_the_shorter_one(launch):
    server = launch(env=settings(REMEMBERED_LIFETIME=2))
    account = server.register()
    (_, ordinary), (_, remembered) = sign_in(server, account), sign_in(server, account, remember="on")
    assert eventually(lambda: server.profile_status(remembered) == 403, seconds=5)
    assert server.profile_status(ordinary) == 200


# Idle timeout


def test_checks_put_the_idle_end_off(launch):
    server = launch(env=settings(IDLE_TIMEOUT=2))
    account = server.register()
    idle, used = server.token(account), server.token(account)
    with server.client(used) as client:
        for _ in range(8):
            time.sleep(0.4)
            assert client.get("/profile").status_code == 200
    assert server.profile_status(idle) == 403
    time.sleep(2.1)
    with server.client(used) as client:
        refused(client.get("/profile"), 403, private=True)
        refused(client.get("/api/v1/users/me"), 403, private=True)


def test_when_a_session_was_asked_for_survives_an_orderly_stop(launch):
    server = launch(env=settings(IDLE_TIMEOUT=3600))
    token = server.token(server.register())
    time.sleep(0.3)
    assert server.profile_status(token) == 200
    # Not written by the check itself: that goes to the disk in turn.
    created, before = seen(server)
    assert before == created
    server.stop()
    assert 250 <= seen(server)[1] - created < 30_000
    server.start()
    assert server.profile_status(token) == 200


def test_an_idle_timeout_counts_over_a_restart(launch):
    # An eighth of it, at least a second, is given in doubt.
    server = launch(env=settings(IDLE_TIMEOUT=2))
    token = server.token(server.register())
    server.stop()
    time.sleep(1)
    server.start()
    assert server.profile_status(token) == 200
    server.stop()
    time.sleep(3.1)
    server.start()
    assert server.profile_status(token) == 403


def test_a_lifetime_counts_over_a_restart(launch):
    server = launch(env=settings(LIFETIME=4, IDLE_TIMEOUT=0))
    token = server.token(server.register())
    born = time.monotonic()
    server.restart()
    if time.monotonic() - born < 3:
        assert server.profile_status(token) == 200
    assert eventually(lambda: server.profile_status(token) == 403, seconds=8)
    assert 3 < time.monotonic() - born < 7


def test_a_shorter_lifetime_holds_for_sessions_that_are_there(launch):
    server = launch(env=settings(LIFETIME=0, IDLE_TIMEOUT=0))
    token = server.token(server.register())
    server.stop()
    server.env |= settings(LIFETIME=2)
    time.sleep(1)
    server.start()
    assert eventually(lambda: server.profile_status(token) == 403, seconds=5)


# The original's variables


@pytest.mark.parametrize("env,wanted", [
    ({}, (43200, 7200)),
    ({"SESSION_DURATION": "60"}, (60, 0)),
    ({"SESSION_DURATION": "0"}, (0, 0)),
    ({"SESSION_DURATION": "-7"}, (-7, 0)),
    ({"SESSION_DURATION": "60", "SESSIOND_SESSIONS_IDLE_TIMEOUT": "9"}, (60, 9)),
    ({"SESSION_DURATION": "60", "SESSIOND_SESSIONS_LIFETIME": "8"}, (8, 0)),
    ({"AUTH_TYPE": "session_auth"}, (0, 0)),
    ({"AUTH_TYPE": "session_auth", "SESSION_DURATION": "60"}, (60, 0)),
    ({"AUTH_TYPE": "session_exp_auth"}, (43200, 0)),
    ({"AUTH_TYPE": "session_db_auth"}, (43200, 0)),
    ({"AUTH_TYPE": "session_db_auth", "SESSIOND_SESSIONS_IDLE_TIMEOUT": "9"}, (43200, 9)),
    ({"AUTH_TYPE": "basic_auth"}, (43200, 7200)),
])
def test_what_the_originals_variables_make_of_it(tmp_path, env, wanted):
    assert shown(tmp_path, **env) == (*wanted, 2592000, 1209600)


@pytest.mark.parametrize("word", ["session_auth", "session_exp_auth", "session_db_auth"])
def test_the_originals_sessions_do_not_idle_out(launch, word):
    server = launch(env={"AUTH_TYPE": word, "SESSION_DURATION": "3600"} | settings(REMEMBERED_IDLE_TIMEOUT=1))
    account = server.register()
    (_, ordinary), (_, remembered) = sign_in(server, account), sign_in(server, account, remember="on")
    time.sleep(1.2)
    assert [server.profile_status(t) for t in (ordinary, remembered)] == [200, 403]


# How many


@pytest.mark.parametrize("env", [{}, {"AUTH_TYPE": "session_auth"}])
def test_the_twenty_first_session_ends_the_first(launch, env):
    server = launch(env=env)
    account, other = server.register(), server.register()
    theirs = server.token(other)
    tokens = [server.token(account) for _ in range(20)]
    assert [server.profile_status(t) for t in tokens] == [200] * 20
    tokens += [server.token(account) for _ in range(2)]
    assert [server.profile_status(t) for t in tokens] == [403] * 2 + [200] * 20
    assert server.profile_status(theirs) == 200
    server.restart()
    assert [server.profile_status(t) for t in tokens] == [403] * 2 + [403 if env else 200] * 20


def test_a_session_that_is_used_leaves_as_any_other(launch):
    server = launch(env=settings(PER_USER=2))
    account = server.register()
    tokens = [server.token(account) for _ in range(2)]
    assert server.profile_status(tokens[0]) == 200
    tokens.append(server.token(account))
    assert [server.profile_status(t) for t in tokens] == [403, 200, 200]


# In the place of another


@pytest.mark.parametrize("env", [{}, {"AUTH_TYPE": "session_auth"}])
@pytest.mark.parametrize("path", LOGINS)
def test_a_sign_in_ends_the_session_that_it_shows_on_all_loops(launch, path, env):
    server = launch(env=env | {"SESSIOND_SERVER_LOOPS": "4"})
    account, other = server.register(), server.register()
    for whose in (account, other):  # a session of somebody else's in that browser ends as well
        old, kept = server.token(whose), server.token(whose)
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(server.client(old)) for _ in range(24)]
            assert [c.get("/profile").status_code for c in clients] == [200] * 24
            _, new = sign_in(server, account, path, cookie=old)
            assert [c.get("/profile").status_code for c in clients] == [403] * 24
        assert [server.profile_status(t) for t in (new, kept)] == [200, 200]


def test_a_sign_in_that_fails_ends_nothing(server, account):
    token = server.token(account)
    with server.client(token) as client:
        for path in LOGINS:
            form = {"email": account.email, "password": "not this one"}
            assert client.post(path, data=form).status_code == 401
            assert client.post(path, data={"email": account.email}).status_code in (400, 401)
    assert server.profile_status(token) == 200


# Settings


@pytest.mark.parametrize("name,value,allowed", [
    ("LIFETIME", YEARS_100 + 1, str(YEARS_100)), ("LIFETIME", "1.5", "whole number"), ("LIFETIME", "", "whole number"),
    ("IDLE_TIMEOUT", -1, "0 to"), ("IDLE_TIMEOUT", YEARS_100 + 1, str(YEARS_100)), ("IDLE_TIMEOUT", "2h", "0 to"),
    ("REMEMBERED_LIFETIME", 0, "1 to"), ("REMEMBERED_LIFETIME", -1, "1 to"),
    ("REMEMBERED_LIFETIME", YEARS_100 + 1, str(YEARS_100)), ("REMEMBERED_IDLE_TIMEOUT", -1, "0 to"),
    ("REMEMBERED_IDLE_TIMEOUT", YEARS_100 + 1, str(YEARS_100)), ("PER_USER", 0, "1 to"), ("PER_USER", 1001, "1000"),
    ("PER_USER", -1, "1 to")])
def test_a_setting_out_of_range_is_refused(tmp_path, name, value, allowed):
    env = settings(**{name: value})
    done = run("serve", "--port", "0", "--data", str(tmp_path / "x.db"), cwd=tmp_path, env=env)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "SESSIOND_SESSIONS_" + name in line and allowed in line


@pytest.mark.parametrize("name,value", [
    ("LIFETIME", YEARS_100), ("LIFETIME", 0), ("LIFETIME", -1), ("LIFETIME", -2**63), ("LIFETIME", 1),
    ("IDLE_TIMEOUT", 0), ("IDLE_TIMEOUT", YEARS_100), ("REMEMBERED_LIFETIME", 1), ("REMEMBERED_LIFETIME", YEARS_100),
    ("REMEMBERED_IDLE_TIMEOUT", 0), ("REMEMBERED_IDLE_TIMEOUT", YEARS_100), ("PER_USER", 1), ("PER_USER", 1000)])
def test_the_ends_of_the_ranges_work(launch, name, value):
    server = launch(env=settings(**{name: value}))
    account = server.register()
    tokens = [sign_in(server, account)[1], sign_in(server, account, remember="on")[1]]
    with contextlib.closing(sqlite3.connect(server.data)) as data:
        assert data.execute("SELECT count(*) FROM sessions").fetchone()[0] == (1 if (name, value) == ("PER_USER", 1) else 2)
    if value != 1:  # else the first is gone, or will be soon
        server.restart()
        assert [server.profile_status(t) for t in tokens] == [200, 200]
