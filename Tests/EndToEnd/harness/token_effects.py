"""What tells that a setting of tokens has changed while the server runs."""

from harness.effects import setting
from harness.tokens import KEYS, TOKEN, bearer, grant, parts, whoami
from harness.wire import eventually


def said(key, to, read, before, after):
    """A setting that shows in the answer of the token endpoint."""
    @setting(key, to)
    def look(live):
        account = live.server.register()
        with live.server.client() as client:
            assert read(grant(client, account)) == before
            yield
            assert read(grant(client, account)) == after


def claim(name):
    return lambda answer: parts(answer["access_token"])[1][name]


said("tokens.issuer", "https://id.example.org", claim("iss"), "sessiond", "https://id.example.org")
said("tokens.audience", "api", claim("aud"), "sessiond", "api")
said("tokens.lifetime", 30, lambda answer: answer["expires_in"], 600, 30)


def algorithms(live):
    with live.server.client() as client:
        return [key["alg"] for key in client.get(KEYS).json()["keys"]]


@setting("tokens.algorithm", "ES256")
def what_new_keys_sign_with(live):
    assert algorithms(live) == ["EdDSA"]
    yield
    assert eventually(lambda: algorithms(live) == ["EdDSA", "ES256"])


@setting("tokens.rotation.interval", 1)
def how_long_a_key_signs(live):
    assert len(algorithms(live)) == 1
    yield
    assert eventually(lambda: len(algorithms(live)) == 2)


@setting("tokens.rotation.lead", 0)
def when_a_new_key_signs(live):
    assert live.server.run("key", "rotate").stdout.split()[2] == "next"
    yield
    assert live.server.run("key", "rotate").stdout.split()[2] == "signs"


@setting("tokens.verification", "stateless")
def what_a_token_is_held_against(live):
    account = live.server.register()
    with live.server.client() as client:
        token = grant(client, account)["access_token"]
        assert client.delete("/sessions", headers=bearer(token)).status_code == 302
        assert whoami(client, token) == 401
        yield
        assert whoami(client, token) == 200


@setting("tokens.refreshGrace", 0)
def who_is_a_thief(live):
    account = live.server.register()
    with live.server.client() as client:
        def refreshed_twice():
            form = {"grant_type": "refresh_token", "refresh_token": grant(client, account)["refresh_token"]}
            return [client.post(TOKEN, data=form).status_code for _ in range(3)][-1]
        assert refreshed_twice() == 200
        yield
        assert eventually(lambda: refreshed_twice() == 400)
