"""Jumps of the real program's clocks, by libfaketime. Every case of the table is in Tests/AuthTests/ClockJumpTests.swift."""

import contextlib
import datetime
import sqlite3
import time

import pytest

from harness.faketime import FakeClock
from harness.wire import eventually

pytestmark = pytest.mark.faketime


@pytest.fixture
def begin(tmp_path):
    """Starts a server with a clock of its own; `begin(SETTING=value)` gives (server, clock)."""
    made = []

    def start(steady=False, **settings):
        clock = FakeClock(tmp_path, steady)
        server = clock.server(tmp_path / "server", **{"SESSIOND_SESSIONS_" + k: str(v) for k, v in settings.items()})
        made.append((server, clock))
        return clock.start(server), clock

    yield start
    for server, clock in made:
        if server.process is not None:
            server.kill9()
        clock.clean()


def restart(server, clock, offset):
    """An orderly stop, and a start with the clock there."""
    server.stop()
    clock.set(offset)
    clock.start(server)


def years_off(server):
    """How far the clock of the server is from ours, by its log, in years."""
    server.profile_status("A" * 43)
    logged = datetime.datetime.fromisoformat(server.await_events("request")[-1]["time"])
    return (logged - datetime.datetime.now(datetime.timezone.utc)) / datetime.timedelta(days=365)


def rows(server):
    with contextlib.closing(sqlite3.connect(server.data)) as data:
        return data.execute("SELECT count(*) FROM sessions").fetchone()[0]


def test_the_clock_of_the_server_jumps_at_all(begin):
    server, clock = begin()
    assert abs(years_off(server)) < 0.01
    for offset, years in (("+10y", 10), ("-1y", -1), ("+0", 0)):
        clock.set(offset)
        assert eventually(lambda: abs(years_off(server) - years) < 0.01)


@pytest.mark.parametrize("offset", ["+2h", "+10y", "-2h", "-1y"])
def test_setting_the_clock_ends_no_session(begin, offset):
    server, clock = begin(LIFETIME=3600, IDLE_TIMEOUT=1800)
    account = server.register()
    token = server.token(account)
    clock.set(offset)
    assert server.profile_status(token) == 200
    later = server.token(account)
    clock.set("+0")
    assert [server.profile_status(t) for t in (token, later)] == [200, 200]


@pytest.mark.parametrize("offset", ["-1y", "+1y"])
def test_setting_the_clock_prolongs_no_session(begin, offset):
    server, clock = begin(LIFETIME=3, IDLE_TIMEOUT=0)
    token = server.token(server.register())
    born = time.monotonic()
    clock.set(offset)
    assert server.profile_status(token) == 200
    assert eventually(lambda: server.profile_status(token) == 403, seconds=8)
    assert 2 <= time.monotonic() - born < 6


@pytest.mark.parametrize("limit", ["LIFETIME", "IDLE_TIMEOUT"])
def test_a_suspend_counts(begin, limit):
    server, clock = begin(steady=True, **{limit: 3600})
    token = server.token(server.register())
    clock.set("+3590")
    # A check would put the idle end off.
    assert limit == "IDLE_TIMEOUT" or server.profile_status(token) == 200
    clock.set("+3610")
    assert server.profile_status(token) == 403


def test_a_restart_knows_how_long_it_was_away(begin):
    server, clock = begin(LIFETIME=3600, IDLE_TIMEOUT=0)
    token = server.token(server.register())
    restart(server, clock, "+3590")
    assert server.profile_status(token) == 200
    restart(server, clock, "+3610")
    assert server.profile_status(token) == 403
    # That clock was wrong, and is corrected within the minute.
    restart(server, clock, "+0")
    assert server.profile_status(token) == 200


def test_after_a_restart_with_an_earlier_clock_a_session_lives_no_longer_than_a_new_one(begin):
    server, clock = begin(LIFETIME=4, IDLE_TIMEOUT=0)
    token = server.token(server.register())
    restart(server, clock, "-1y")
    begun = time.monotonic()
    assert server.profile_status(token) == 200
    assert eventually(lambda: server.profile_status(token) == 403, seconds=8)
    assert time.monotonic() - begun < 7


@pytest.mark.parametrize("lifetime,idle", [(2, 0), (3600, 2)])
def test_what_ended_stays_ended_after_a_restart_with_an_earlier_clock(begin, lifetime, idle):
    server, clock = begin(LIFETIME=lifetime, IDLE_TIMEOUT=idle)
    token = server.token(server.register())
    clock.set("-1y")
    time.sleep(2.2)
    assert server.profile_status(token) == 403
    assert eventually(lambda: rows(server) == 0)
    restart(server, clock, "-1y")
    assert server.profile_status(token) == 403


def test_whoever_has_all_sessions_can_sign_in_after_the_clock_was_set_back(begin):
    server, clock = begin(PER_USER=3)
    account = server.register()
    old = [server.token(account) for _ in range(3)]
    clock.set("-1d")
    new = []
    for _ in range(3):
        new.append(server.token(account))
        assert [server.profile_status(t) for t in new] == [200] * len(new)
    assert [server.profile_status(t) for t in old] == [403] * 3
