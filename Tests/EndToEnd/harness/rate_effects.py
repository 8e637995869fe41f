"""What tells that a rate limit has changed while the server runs: what the 429 says of it."""

import time

from harness.client import fresh_email
from harness.effects import setting
from harness.spray import Source


def wrong_sign_in(source, email=None):
    return source.sign_in(email or fresh_email(), "wrong")


def registration(source, email=None):
    return source.ask("POST", "/users", {"email": fresh_email(), "password": "correct horse"})


def reset_request(source, email=None):
    return source.ask("POST", "/reset_password", {"email": email})


def refused(live, ask, email):
    """The head of the 429 that comes in the end."""
    with Source(live.server, "127.9.0.1") as source:
        for _ in range(50):
            status, head, _ = ask(source, email)
            if status == 429:
                return head
    raise AssertionError("nothing was refused")


def limit(name, ask, email):
    """Both settings of a limit of which the client hears."""
    for key, start, to, policies in (
            ("burst", {"burst": 3, "perHour": 2}, 4, ("q=3;w=5400", "q=4;w=7200")),
            ("perHour", {"burst": 3, "perHour": 2}, 3, ("q=3;w=5400", "q=3;w=3600"))):
        def look(live, policies=policies):
            before = refused(live, ask, email)
            assert before["RateLimit-Policy"] == f'"{name}";{policies[0]}'
            yield
            assert refused(live, ask, email)["RateLimit-Policy"] == f'"{name}";{policies[1]}'
        setting(f"rateLimits.{name}.{key}", to,
                {f"rateLimits.{name}.{other}": value for other, value in start.items()})(look)


limit("account", wrong_sign_in, "one@example.com")
limit("source", wrong_sign_in, None)
limit("global", wrong_sign_in, None)
limit("requests", registration, None)
limit("resets", reset_request, "one@example.com")


@setting("rateLimits.account.longestDelay", 1, {"rateLimits.account.burst": 1})
def the_longest_delay(live):
    def delay(email):
        with Source(live.server, "127.9.0.2") as source:
            assert [source.sign_in(email, "wrong")[0] for _ in range(2)] == [401, 429]
            time.sleep(1.05)
            assert source.sign_in(email, "wrong")[0] == 401
            return source.sign_in(email, "wrong")[1]["Retry-After"]
    assert delay(fresh_email()) == "2"
    yield
    assert delay(fresh_email()) == "1"


@setting("rateLimits.enabled", False, {"rateLimits.account.burst": 1})
def the_switch(live):
    email = fresh_email()
    refused(live, wrong_sign_in, email)
    yield
    with Source(live.server, "127.9.0.3") as source:
        assert {source.sign_in(email, "wrong")[0] for _ in range(5)} == {401}
