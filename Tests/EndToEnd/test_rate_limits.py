"""Rate limits on the wire: who is refused, with what, and who is not."""

import base64
import concurrent.futures
import socket
import time

import pytest

from harness.client import fresh_email
from harness.reload import Reloading
from harness.server import run
from harness.spray import Source, addresses, cookie
from harness.wire import Wire, post

BURST = 5
LIMITS = {"SESSIOND_RATE_LIMITS_ACCOUNT_BURST": str(BURST), "SESSIOND_RATE_LIMITS_SOURCE_BURST": "30",
          "SESSIOND_RATE_LIMITS_SOURCE_PER_HOUR": "60"}
SERVER = {"env": LIMITS}
# Each test comes from addresses of its own.
_blocks = iter(range(10, 250))


@pytest.fixture
def places():
    return addresses(250, block=next(_blocks))


def wrong(server, places, email):
    """Status of one wrong sign-in from each address."""
    statuses = []
    for place in places:
        with Source(server, place) as source:
            statuses.append(source.sign_in(email, "wrong")[0])
    return statuses


def test_429_says_when_to_come_back(server, places):
    email = fresh_email()
    assert wrong(server, places[:BURST], email) == [401] * BURST
    with Source(server, places[99]) as source:
        status, head, text = source.sign_in(email, "wrong")
    assert (status, text) == (429, '{"error":"Too many requests"}\n')
    assert head["Retry-After"] == "1" and head["Content-Type"] == "application/json"
    assert head["RateLimit"] == '"account";r=0;t=1'
    assert head["RateLimit-Policy"] == f'"account";q={BURST};w={BURST * 900}'
    assert "WWW-Authenticate" not in head and "Set-Cookie" not in head


def test_both_apis_and_spellings_count_together(server, places):
    account = server.register()
    spellings = [account.email, account.email.upper(), f"  {account.email}\t", account.email.title()]
    for number in range(BURST):
        with Source(server, places[number]) as source:
            path = ("/sessions", "/api/v1/auth_session/login")[number % 2]
            assert source.ask("POST", path, {"email": spellings[number % 4], "password": "wrong"})[0] == 401
    for number, spelling in enumerate(spellings):
        with Source(server, places[100 + number]) as source:
            assert source.sign_in(spelling, account.password)[0] == 429


def test_a_known_and_an_unknown_account_look_alike(server, places):
    known, unknown = server.register().email, fresh_email()
    answers = []
    for email, block in ((known, places[:20]), (unknown, places[20:40])):
        answers.append(wrong(server, block, email))
    assert answers[0] == answers[1] == [401] * BURST + [429] * (20 - BURST)


def test_the_owners_device_and_address_get_in(server, places):
    account = server.register()
    with Source(server, places[0]) as owner:
        status, head, _ = owner.sign_in(account.email, account.password)
        assert status == 200
        device = cookie(head, "device")
        lines = head.get_all("Set-Cookie")
        assert lines[0].startswith("session_id=") and len(device) <= 80
        assert lines[1] == f"device={device}; Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000"
    wrong(server, places[1:20], account.email)
    with Source(server, places[50]) as elsewhere:
        assert elsewhere.sign_in(account.email, account.password)[0] == 429
        for forged in (device[:-1] + ("A" if device[-1] != "A" else "B"), "", "x" * 68):
            assert elsewhere.sign_in(account.email, account.password, Cookie=f"device={forged}")[0] == 429
        status, head, _ = elsewhere.sign_in(account.email, account.password, Cookie=f"device={device}")
        assert status == 200 and cookie(head, "device") is None
    with Source(server, places[0]) as home:
        assert home.sign_in(account.email, account.password)[0] == 200


def test_a_device_is_known_after_a_restart_and_a_stranger_after_a_new_password(launch):
    server = launch(env=LIMITS)
    account = server.register()
    with Source(server, "127.2.0.1") as owner:
        device = cookie(owner.sign_in(account.email, account.password)[1], "device")
    server.restart()
    wrong(server, addresses(BURST, block=3), account.email)
    with Source(server, "127.2.0.2") as owner:
        assert owner.sign_in(account.email, account.password)[0] == 429
        assert owner.sign_in(account.email, account.password, Cookie=f"device={device}")[0] == 200
    assert server.run("user", "set-password", account.email, password="another horse").returncode == 0
    with Source(server, "127.2.0.3") as owner:
        assert owner.sign_in(account.email, "another horse", Cookie=f"device={device}")[0] == 429


def test_an_unknown_device_gets_in_after_the_delay(server, places):
    account = server.register()
    wrong(server, places[:BURST], account.email)
    with Source(server, places[60]) as owner:
        status, head, _ = owner.sign_in(account.email, account.password)
        assert status == 429
        time.sleep(int(head["Retry-After"]))
        assert owner.sign_in(account.email, account.password)[0] == 200


def test_refused_tries_do_not_make_the_delay_longer(server, places):
    email = fresh_email()
    assert wrong(server, places[:100], email).count(401) == BURST
    with Source(server, places[200]) as source:
        time.sleep(int(source.sign_in(email, "wrong")[1]["Retry-After"]))
        assert source.sign_in(email, "wrong")[0] == 401
        assert source.sign_in(email, "wrong")[1]["Retry-After"] == "2"


def test_a_source_is_refused_over_all_accounts(server, places):
    with Source(server, places[0]) as source:
        answers = [source.sign_in(fresh_email(), "wrong") for _ in range(40)]
    statuses = [status for status, _, _ in answers]
    assert statuses[:30] == [401] * 30 and set(statuses[31:]) == {429}
    assert answers[-1][1]["RateLimit-Policy"] == '"source";q=30;w=1800'


def test_a_field_of_an_untrusted_peer_makes_no_other_source(server, places):
    with Source(server, places[0]) as source:
        statuses = [source.sign_in(fresh_email(), "wrong", X_Forwarded_For=f"192.0.2.{n}",
                                   Forwarded=f"for=192.0.2.{n}")[0] for n in range(40)]
    assert statuses.count(401) in (30, 31)


def test_pipelining_gets_no_more(server):
    email = fresh_email()
    data = b"".join(post(server, "/sessions", f"email={email}&password=wrong".encode()) for _ in range(20))
    with Wire(server) as wire:
        wire.send(data)
        assert [wire.read("POST").status_code for _ in range(20)] == [401] * BURST + [429] * (20 - BURST)


def test_parallel_tries_get_no_more(launch):
    """With the default hash: all of them are there before the first answer is."""
    server = launch(env=LIMITS, cheap=False)
    email = fresh_email()
    data = post(server, "/sessions", f"email={email}&password=wrong".encode())
    wires = [Wire(server, timeout=60) for _ in range(100)]
    for wire in wires:
        wire.send(data)
    statuses = [wire.read("POST").status_code for wire in wires]
    for wire in wires:
        wire.socket.close()
    assert sorted(statuses) == [401] * BURST + [429] * (100 - BURST)


def test_right_passwords_are_never_too_many(server):
    account = server.register()

    def some(number):
        with Source(server, f"127.0.0.{1 + number % 2}") as source:
            return [source.sign_in(account.email, account.password)[0] for _ in range(25)]

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        statuses = [status for found in pool.map(some, range(32)) for status in found]
    assert statuses == [200] * 800


def test_basic_is_429_too(launch):
    server = launch(env=LIMITS | {"AUTH_TYPE": "basic_auth"})
    account = server.register()

    def ask(place, password):
        word = base64.b64encode(f"{account.email}:{password}".encode()).decode()
        with Source(server, place) as source:
            return source.ask("GET", "/api/v1/users/me", Authorization=f"Basic {word}")[0]

    assert ask("127.4.0.1", account.password) == 200
    assert [ask(place, "wrong") for place in addresses(8, block=5)] == [403] * BURST + [429] * 3
    # A client that came with the right password before goes on.
    assert ask("127.4.0.1", account.password) == 200
    assert ask("127.4.0.2", account.password) == 429


def test_ipv6_neighbours_are_one_source(launch):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    # All of a /64 is ::1 on this machine: a trusted proxy says which.
    server = launch(env=LIMITS | {"SESSIOND_PROXIES_TRUSTED": "127.0.0.1"})
    with Source(server, "127.0.0.1") as source:
        statuses = [source.sign_in(fresh_email(), "wrong", X_Forwarded_For=f"2001:db8:0:1::{n:x}")[0]
                    for n in range(1, 41)]
        assert statuses.count(401) in (30, 31)
        assert source.sign_in(fresh_email(), "wrong", X_Forwarded_For="2001:db8:0:2::1")[0] == 401


def test_registrations_and_resets_are_counted(launch):
    server = launch(env={"SESSIOND_RATE_LIMITS_REQUESTS_BURST": "4", "SESSIOND_RATE_LIMITS_RESETS_BURST": "2"})
    account = server.register()
    with Source(server, "127.6.0.1") as source:
        forms = [{"email": fresh_email(), "password": "correct horse"} for _ in range(6)]
        assert [source.ask("POST", "/users", form)[0] for form in forms] == [200] * 4 + [429] * 2
    with Source(server, "127.6.0.2") as source:
        form = {"email": account.email}
        answers = [source.ask("POST", "/reset_password", form) for _ in range(3)]
        assert [status for status, _, _ in answers] == [200, 200, 429]
        assert answers[-1][1]["Retry-After"] == "60"


def test_the_switch_turns_all_off(launch):
    for options in ({"flags": ["--no-rate-limit"]}, {"env": {"SESSIOND_RATE_LIMITS_ENABLED": "false"}}):
        server = launch(**{**options, "env": {**LIMITS, **options.get("env", {})}})
        email = fresh_email()
        with Source(server, "127.0.0.1") as source:
            assert {source.sign_in(email, "wrong")[0] for _ in range(50)} == {401}


def test_production_warns_of_the_switch(tmp_path):
    done = run("config", "check", "--production", "--no-rate-limit", cwd=tmp_path)
    assert done.returncode == 1 and "rateLimits.enabled" in done.stderr


def test_a_reload_keeps_what_was_counted(launch, tmp_path):
    live = Reloading(launch, tmp_path, {"rateLimits.account.burst": BURST})
    email = fresh_email()
    assert wrong(live.server, addresses(BURST + 1, block=7), email)[-1] == 429
    live.change({"rateLimits.account.burst": BURST, "rateLimits.source.burst": 7})
    assert wrong(live.server, ["127.8.0.1"], email) == [429]
