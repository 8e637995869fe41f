"""Tokens that nobody should take, each sent to a route that says 401 and one that says 403; never a 5xx.

What only the server's own key could have signed (claims that are wrong in themselves) is in AccessTokensTests.swift.
"""

import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from harness.tokens import KEYS, TOKEN, b64, bearer, grant, parts, unb64, whoami
from harness.wire import Wire, get

ED25519, P256 = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def sign(algorithm, message):
    """A signature by a key of the attacker's."""
    if algorithm == "EdDSA":
        return ED25519.sign(message)
    if algorithm == "RS256":
        return RSA.sign(message, padding.PKCS1v15(), SHA256())
    r, s = utils.decode_dss_signature(P256.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def text(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def forged(header, claims, algorithm="EdDSA"):
    signed = b64(text(header)) + "." + b64(text(claims))
    return signed + "." + b64(sign(algorithm, signed.encode()))


def mac(header, claims, secret):
    signed = b64(text(header)) + "." + b64(text(claims))
    return signed + "." + b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


def flipped(octets, bit):
    return octets[:bit // 8] + bytes([octets[bit // 8] ^ 1 << bit % 8]) + octets[bit // 8 + 1:]


def next_character(part):
    """Another spelling of the same octets: the unused bits of the last character are not zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1]


def hostile(token, jwk):  # pylint: disable=too-many-locals
    """Name and text of each, made from a good token and the public key."""
    header, claims, signature = parts(token)
    head, body, tail = token.split(".")
    kid, algorithm = header["kid"], header["alg"]
    own = {**jwk, "x": b64(ED25519.public_key().public_bytes_raw()), "kty": "OKP", "crv": "Ed25519"}
    public = unb64(jwk.get("x") or jwk["n"])
    der = P256.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    now = int(time.time())

    for word in ("none", "None", "NONE", "nOnE", "", None):
        yield f"alg {word!r} without signature", f"{b64(text({**header, 'alg': word}))}.{body}."
        yield f"alg {word!r} with the signature", f"{b64(text({**header, 'alg': word}))}.{body}.{tail}"
    for name, secret in {"public key": public, "JWK": text(jwk).encode(), "DER": der, "empty": b"", "kid": kid.encode()}.items():
        yield f"HS256 with {name}", mac({**header, "alg": "HS256"}, claims, secret)
    yield "HS512", mac({**header, "alg": "HS512"}, claims, public)
    for other in ("EdDSA", "ES256", "RS256"):
        yield f"{other} of a stranger's key under our kid", forged({**header, "alg": other}, claims, other)
        yield f"{other} of a stranger's key under our header", forged(header, claims, other)
    for word in ("ES384", "PS256", "RS1", "EdDSA ", "eddsa", "Ed25519", "dir", "\0", 5, [algorithm], {}):
        yield f"alg {word!r}", f"{b64(text({**header, 'alg': word}))}.{body}.{tail}"
    for word in ("unknown", "", "../../../../dev/null", "/etc/passwd", "' OR 1=1 --", "' UNION SELECT 'x", kid + " ",
                 kid + "\0", kid.lower(), kid[:-1], "x" * 3_000, None, 0, [kid], {"a": kid}, "http://127.0.0.1/"):
        yield f"kid {str(word)[:30]!r}", forged({**header, "kid": word}, claims)
    yield "no kid", forged({k: v for k, v in header.items() if k != "kid"}, claims)
    yield "no alg", forged({k: v for k, v in header.items() if k != "alg"}, claims)
    for word in ("JWT", "jwt", "AT+JWT", "application/at+jwt", "dpop+jwt", "logout+jwt", "", None, 1):
        yield f"typ {word!r}", f"{b64(text({**header, 'typ': word}))}.{body}.{tail}"
    yield "no typ", f"{b64(text({k: v for k, v in header.items() if k != 'typ'}))}.{body}.{tail}"
    more = {"jwk": own, "jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/cert", "x5c": [b64(der)],
            "x5t": "x", "cty": "JWT", "zip": "DEF", "crit": ["exp"], "epk": own, "enc": "A128GCM"}
    for name, value in more.items():
        yield f"header with {name}", forged({**header, name: value}, claims)
    yield "b64 false", forged({**header, "b64": False, "crit": ["b64"]}, claims)
    yield "crit empty", forged({**header, "crit": []}, claims)
    for name in ("iss", "aud", "sub", "sid", "exp", "iat"):
        yield f"claims without {name}", forged(header, {k: v for k, v in claims.items() if k != name})
    changes = {"iss": "evil", "aud": ["sessiond"], "exp": now + 10 ** 9, "nbf": now + 600, "iat": now + 600,
               "sub": "00000000-0000-4000-8000-000000000000", "sid": "0" * 32}
    for name, value in changes.items():
        changed = b64(text({**claims, name: value}))
        yield f"our signature under another {name}", f"{head}.{changed}.{tail}"
        yield f"stranger's signature with another {name}", forged(header, {**claims, name: value})
    yield "exp a string", forged(header, {**claims, "exp": str(now + 60)})
    yield "exp NaN", forged(header, text(claims).replace(str(claims["exp"]), "NaN"))
    yield "exp infinite", forged(header, text(claims).replace(str(claims["exp"]), "1e999"))
    yield "duplicate alg", forged(text(header).replace("{", '{"alg":"none",', 1), claims)
    yield "duplicate alg last", forged(text(header).replace("}", ',"alg":"none"}', 1), claims)
    yield "duplicate sub", forged(header, text(claims).replace("{", '{"sub":"x",', 1))
    yield "escaped duplicate", forged(text(header).replace("}", ',"\\u0061lg":"none"}', 1), claims)
    yield "header an array", forged([header], claims)
    yield "claims an array", forged(header, [claims])
    yield "claims a string", forged(header, '"x"')
    yield "claims no JSON", forged(header, "{")
    yield "claims with NUL", forged(header, text(claims) + "\0")
    yield "deep nesting", forged(header, '{"a":' * 600 + "1" + "}" * 600)
    yield "deep header", forged("[" * 1_500, claims)
    yield "other spacing", f"{b64(json.dumps(header))}.{body}.{tail}"
    yield "other order", f"{b64(text(dict(reversed(header.items()))))}.{body}.{tail}"
    for bit in (0, 7, 255, 256, len(signature) * 8 - 1):
        yield f"signature bit {bit}", f"{head}.{body}.{b64(flipped(signature, bit))}"
    yield "signature truncated", f"{head}.{body}.{b64(signature[:-1])}"
    yield "signature longer", f"{head}.{body}.{b64(signature + bytes(1))}"
    yield "signature of zeros", f"{head}.{body}.{b64(bytes(len(signature)))}"
    yield "signature of ones", f"{head}.{body}." + b64(bytes([255]) * len(signature))
    yield "signature empty", f"{head}.{body}."
    half = len(signature) // 2
    yield "signature in DER", f"{head}.{body}." + b64(utils.encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")))
    yield "padding", token + "=" * (-len(tail) % 4 or 4)
    yield "padding within", f"{head}=.{body}.{tail}"
    if len(tail) % 4:
        yield "unused bits of the signature", f"{head}.{body}.{next_character(tail)}"
    if "_" in tail:
        yield "an octet beyond ASCII", f"{head}.{body}.{tail.replace('_', chr(0xe9), 1)}"
    yield "standard alphabet", f"{head}.{body}.{tail[:-2]}+/"
    yield "line end", token[:40] + "%0a" + token[40:]
    yield "two tokens", token + "," + token
    yield "token twice", token + " " + token
    yield "extra part", token + ".x"
    yield "empty extra part", token + "."
    yield "leading dot", "." + token
    yield "JWE", ".".join([b64(text({"alg": "dir", "enc": "A128GCM"})), "", b64("x"), b64("x"), b64("x")])
    yield "five parts", f"{head}.{body}.{tail}.{body}.{tail}"
    yield "two parts", f"{head}.{body}"
    yield "one part", head
    yield "no body", f"{head}..{tail}"
    yield "dots", ".."
    yield "JSON serialization", text({"payload": body, "protected": head, "signature": tail})
    yield "huge", f"{head}.{body * 20}.{tail}"
    yield "huge dots", "." * 7_000
    yield "lower case", token.lower()
    yield "quoted", f'"{token}"'


SERVERS = {algorithm: {"SESSIOND_TOKENS_ALGORITHM": algorithm} for algorithm in ("EdDSA", "ES256", "RS256")}


@pytest.mark.parametrize("algorithm", SERVERS)
def test_every_hostile_token_is_refused(launch, algorithm):
    server = launch(env=SERVERS[algorithm])
    account = server.register()
    with server.client() as client:
        token = grant(client, account)["access_token"]
        cases = dict(hostile(token, client.get(KEYS).json()["keys"][0]))
        assert len(cases) >= 100
        wrong = {}
        for name, text_ in cases.items():
            statuses = (whoami(client, text_), client.get("/users/me", headers=bearer(text_)).status_code,
                        client.delete("/sessions", headers=bearer(text_)).status_code)
            if statuses != (401, 403, 403):
                wrong[name] = statuses
        assert wrong == {}
        assert whoami(client, token) == 200
    assert server.events("unexpected error") == []


def test_raw_octets_are_refused(server, anonymous):
    token = grant(anonymous, server.register())["access_token"]
    for text_, statuses in ((token + "\0", {400}), (token[:9] + "\xff" + token[9:], {401}), ("", {401}), (" ", {401}),
                            ("\t" + token, {401, 200}), (token + "\t", {200})):
        with Wire(server) as wire:
            asking = get(server, "/sessions/whoami", "Authorization: Bearer " + text_)
            assert wire.send(asking).read().status_code in statuses, text_[:20]
    two = get(server, "/sessions/whoami", f"Authorization: Bearer {token}\r\nAuthorization: Bearer {token}")
    with Wire(server) as wire:
        assert wire.send(two).read().status_code == 400


def test_a_token_for_another_issuer_or_audience_is_refused(launch):
    """Signed by the same key: the operator has changed the settings meanwhile."""
    server = launch()
    account = server.register()
    with server.client() as client:
        token = grant(client, account)["access_token"]
    for name in ("ISSUER", "AUDIENCE"):
        server.stop()
        server.env = {"SESSIOND_TOKENS_" + name: "other"}
        server.start()
        with server.client() as client:
            assert whoami(client, token) == 401
            assert whoami(client, grant(client, account)["access_token"]) == 200
    reasons = {line["reason"] for line in server.await_events("token_refused", count=2)}
    assert reasons == {"wrong_claims"}


def test_a_token_of_another_server_is_refused(launch):
    one, other = launch(), launch()
    account = one.register("ada@example.com")
    other.register("ada@example.com")
    with one.client() as here, other.client() as there:
        token = grant(here, account)["access_token"]
        assert (whoami(here, token), whoami(there, token)) == (200, 401)


def test_an_access_token_renews_nothing(server, anonymous):
    """Neither as a refresh token nor for another access token; nor is a refresh token one for access."""
    pair = grant(anonymous, server.register())
    form = {"grant_type": "refresh_token", "refresh_token": pair["access_token"]}
    assert anonymous.post(TOKEN, data=form).json()["error"] == "invalid_grant"
    assert anonymous.post(TOKEN, headers=bearer(pair["access_token"])).json()["error"] == "invalid_request"
    assert whoami(anonymous, pair["refresh_token"]) == 401
