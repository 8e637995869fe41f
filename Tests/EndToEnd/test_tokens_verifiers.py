"""docs/HTTP.md, "Tokens": the libraries that other services verify our tokens with, also while keys are rotated."""

import json
import threading
import time
import warnings

import jwt
import pytest
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

from harness.tokens import KEYS, TOKEN, bearer, grant, whoami

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # deprecated
    from authlib.jose import JsonWebKey, JsonWebToken

ALGORITHMS = ["EdDSA", "ES256", "RS256"]


class AuthlibValidator(JWTBearerTokenValidator):
    """As the documentation of Authlib has it."""

    def __init__(self, keys):
        super().__init__(issuer="https://id.example.org", resource_server="api")
        self.keys = keys

    def get_jwks(self):
        return joserfc_jwk.KeySet.import_key_set(self.keys)


def verify(token, keys, algorithm):
    """The claims, as PyJWT, joserfc and Authlib see them: all the same."""
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWKSet.from_dict(keys)[header["kid"]]
    first = jwt.decode(token, key, algorithms=[algorithm], audience="api", issuer="https://id.example.org",
                       options={"require": ["exp", "iat", "sub", "jti"]})
    second = joserfc_jwt.decode(token, joserfc_jwk.KeySet.import_key_set(keys), algorithms=[algorithm])
    if algorithm == "EdDSA":
        # Not among those that Authlib's validator takes.
        third = JsonWebToken([algorithm]).decode(token, JsonWebKey.import_key_set(keys), claims_cls=JWTAccessTokenClaims)
        third.validate()
    else:
        authlib = AuthlibValidator(keys)
        third = authlib.authenticate_token(token)
        authlib.validate_token(third, scopes=None, request=None)
    assert first == second.claims == dict(third)
    assert second.header["typ"] == "at+jwt"
    return first


# RFC 9864 renames EdDSA to Ed25519, which few verifiers know yet.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated", "ignore::DeprecationWarning")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_three_libraries_verify_our_tokens(launch, algorithm):
    server = launch(env={"SESSIOND_TOKENS_ALGORITHM": algorithm, "SESSIOND_TOKENS_AUDIENCE": "api",
                         "SESSIOND_TOKENS_ISSUER": "https://id.example.org"})
    account = server.register()
    with server.client() as client:
        token = grant(client, account)["access_token"]
        answer = client.get(KEYS)
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        keys = answer.json()
        assert [key["alg"] for key in keys["keys"]] == [algorithm]
        for key in keys["keys"]:
            assert key["use"] == "sig" and not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
            assert joserfc_jwk.import_key(key).thumbprint() == key["kid"]
        claims = verify(token, keys, algorithm)
        assert claims["sub"] == client.get("/users/me", headers=bearer(token)).json()["id"]
        assert whoami(client, token) == 200
        changed = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
        assert whoami(client, changed) == 401
    with pytest.raises(jwt.InvalidSignatureError):
        verify(changed, keys, algorithm)


# A verifier that asks for each unknown key needs no lead. PyJWT asks for one only every 30 seconds, and else when its
# copy of the set is too old: the lead must be longer than that.
@pytest.mark.parametrize(("lead", "patience"), [(0, {"cooldown_duration": 0}), (3, {"lifespan": 1})])
def test_twenty_rotations_under_load_fail_nobody(launch, lead, patience):
    server = launch(env={"SESSIOND_TOKENS_ROTATION_LEAD": str(lead)})
    account = server.register()
    done, failures, checks = threading.Event(), [], [0] * 3

    def verify_all(number):
        keys = jwt.PyJWKClient(server.base + KEYS, **patience)
        with server.client() as client:
            pair = grant(client, account)
            held = []
            while not done.is_set():
                try:
                    answer = client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]})
                    pair = answer.json()
                    held = [*held[-5:], pair["access_token"]]
                    for token in held:
                        key = keys.get_signing_key_from_jwt(token)
                        jwt.decode(token, key, algorithms=["EdDSA"], audience="sessiond")
                        assert whoami(client, token) == 200
                        checks[number] += 1
                except Exception as failure:  # pylint: disable=broad-exception-caught
                    failures.append(repr(failure))

    threads = [threading.Thread(target=verify_all, args=(number,)) for number in range(len(checks))]
    for thread in threads:
        thread.start()
    kids = set()
    try:
        for _ in range(20):
            done_one = server.run("key", "rotate")
            assert done_one.returncode == 0, done_one.stderr
            kids.add(done_one.stdout.split()[0])
            time.sleep(0.1)
        time.sleep(lead + 0.5)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == [] and len(kids) == 20 and all(count > 20 for count in checks)
    listed = json.loads(server.run("key", "list", "--json").stdout)
    assert kids < {key["id"] for key in listed} and [key["state"] for key in listed][-1] == "signs"
