"""The sessions of users, as docs/HTTP.md shows them."""

import re

from harness.expect import answered, instant, refused

KEYS = ["address", "created_at", "current", "expires_at", "id", "last_seen_at", "remembered", "user_agent"]
# The name of no session.
SOME_ID = "0123456789abcdef0123456789abcdef"


def sessions(client):
    """The caller's sessions, each of the right form."""
    answer = client.get("/sessions")
    value = answered(answer, 200, answer.json(), private=True)
    for session in value:
        assert sorted(session) == KEYS
        assert re.fullmatch("[0-9a-f]{32}", session["id"])
        assert instant(session["created_at"]) <= instant(session["last_seen_at"]) < instant(session["expires_at"])
        assert isinstance(session["current"], bool) and isinstance(session["remembered"], bool)
    return value


def own_id(client):
    """The name of the session that asks."""
    (current,) = [session["id"] for session in sessions(client) if session["current"]]
    return current


def user_id(client):
    """The id of the user that asks."""
    return client.get("/users/me").json()["id"]


def unauthorized(answer):
    """401 with a challenge: what newer routes say without a user."""
    refused(answer, 401, private=True)
    assert answer.headers["WWW-Authenticate"]


def token_of(client):
    """The session token that a client of `server.client` shows."""
    return client.headers["Cookie"].partition("=")[2]


def values(account):
    """For functions that take an email and a password."""
    return account.email, account.password
