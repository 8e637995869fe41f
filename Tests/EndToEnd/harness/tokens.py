"""Access tokens as clients and other services meet them."""

import base64
import json

TOKEN, KEYS = "/api/v1/auth_session/token", "/.well-known/jwks.json"


def b64(octets):
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets if isinstance(octets, bytes) else octets.encode()).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token):
    """Header and claims as objects, the signature as octets; nothing is verified."""
    header, claims, signature = token.split(".")
    return json.loads(unb64(header)), json.loads(unb64(claims)), unb64(signature)


def grant(client, account):
    """The answer to a password."""
    answer = client.post(TOKEN, data={"email": account.email, "password": account.password})
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer.json()


def bearer(token):
    return {"Authorization": "Bearer " + token}


def whoami(client, token):
    """The status that a token is worth."""
    return client.get("/sessions/whoami", headers=bearer(token)).status_code
