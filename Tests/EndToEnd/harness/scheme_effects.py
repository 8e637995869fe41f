"""What tells that a setting of Basic, of Digest or of users' credentials has changed while the server runs."""

import base64
import time

from harness.digest import Digest, challenges
from harness.effects import setting
from harness.wire import ask

ME = "/users/me"
BASIC = {"auth.schemes": ["basic"]}
DIGEST = {"auth.schemes": ["session", "digest"]}


def sign_in(live, account):
    pair = base64.b64encode(f"{account.email}:{account.password}".encode()).decode()
    assert ask(live.server, ME, "Authorization: Basic " + pair).status_code == 200


def verified(live, accounts, rounds):
    """How many passwords were verified while all of these signed in so many times."""
    before = len(live.server.events("sign_in"))
    for _ in range(rounds):
        for account in accounts:
            sign_in(live, account)
    # Lines come a little after answers, and in order: the one of this registration comes last.
    done = len(live.server.events("registered")) + 1
    live.server.register()
    live.server.await_events("registered", count=done)
    return len(live.server.events("sign_in")) - before


@setting("auth.basicCache.lifetime", 0, BASIC)
def how_long_passwords_are_remembered(live):
    account = live.server.register()
    assert verified(live, [account], 3) == 1
    yield
    assert verified(live, [account], 3) == 3


@setting("auth.basicCache.capacity", 16, BASIC)
def how_many_passwords_are_remembered(live):
    accounts = [live.server.register() for _ in range(40)]
    assert verified(live, accounts, 2) == 40
    yield
    assert verified(live, accounts, 2) >= 40 + 24


@setting("digest.allowMD5", True, DIGEST)
def weaker_challenges(live):
    assert [found["algorithm"] for found in challenges(ask(live.server, ME))] == ["SHA-256"]
    yield
    assert [found["algorithm"] for found in challenges(ask(live.server, ME))] == ["SHA-256", "MD5"]


@setting("digest.nonceLifetime", 1, DIGEST)
def how_long_nonces_are_good(live):
    account = live.server.register()
    with live.server.signed_in(account) as client:
        issued = client.post("/app-passwords", json={"name": "a device"}).json()
    digest = Digest(issued["username"], issued["password"], challenges(ask(live.server, ME))[0]["nonce"])
    time.sleep(1.1)
    assert ask(live.server, ME, "Authorization: " + digest(ME)).status_code == 200
    yield
    answer = ask(live.server, ME, "Authorization: " + digest(ME, 2))
    assert answer.status_code == 401 and challenges(answer)[0]["stale"] == "true"


def kept(key, path, most):
    @setting(key, most - 1, {key: most})
    def how_many_of_a_user_there_may_be(live):
        with live.server.signed_in(live.server.register()) as client:
            statuses = [client.post(path, json={"name": "one"}).status_code for _ in range(most)]
            assert statuses == [201] * most
            yield
            id = client.get(path).json()[0]["id"]
            assert client.delete(f"{path}/{id}").status_code == 200
            assert client.post(path, json={"name": "one"}).status_code == 409


kept("apiKeys.perUser", "/api/v1/users/me/keys", 3)
kept("appPasswords.perUser", "/app-passwords", 3)
