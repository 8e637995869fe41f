"""What every answer of the contract has, asserted to the byte."""

import datetime
import json
import re
import uuid

# The standard error texts (docs/HTTP.md).
TEXTS = {401: "Unauthorized", 403: "Forbidden", 404: "Not found", 405: "Method not allowed"}
REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed", 431: "Request Header Fields Too Large", 501: "Not Implemented",
    503: "Service Unavailable", 505: "HTTP Version Not Supported",
}
# For a text the contract leaves to us.
ANY = object()
USER_KEYS = ["created_at", "email", "first_name", "id", "last_name", "updated_at"]
# Path, HttpOnly and SameSite in the contract's order; the token is 32 bytes in base64url.
SESSION_COOKIE = re.compile(r"session_id=([A-Za-z0-9_-]{43}); Path=/; HttpOnly; SameSite=Lax")


def encoded(value):
    """JSON as the server writes it: compact, keys sorted, UTF-8, one line end."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def common(answer, status):
    """Status, reason phrase and the fields of every answer."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer.reason.lower() == REASONS[status].lower()
    assert answer.headers.get("X-Content-Type-Options") == "nosniff"
    assert answer.headers.get("X-Request-Id")
    assert "Date" in answer.headers


def no_store(answer):
    """The answer depends on a credential: nobody may keep it."""
    assert answer.headers.get("Cache-Control") == "no-store"


def answered(answer, status, value, private=False):
    """An answer with exactly this JSON."""
    common(answer, status)
    assert answer.content == encoded(value)
    assert answer.headers["Content-Type"] == "application/json"
    if private:
        no_store(answer)
    return value


def refused(answer, status, text=None, private=False):
    """An error answer: one shape, `{"error":"<text>"}`; without a text, the standard one."""
    common(answer, status)
    assert answer.headers["Content-Type"] == "application/json"
    found = json.loads(answer.content)
    assert list(found) == ["error"] and isinstance(found["error"], str) and found["error"]
    assert answer.content == encoded(found)
    if text is not ANY:
        assert found["error"] == (TEXTS[status] if text is None else text)
    if private:
        no_store(answer)
    return found["error"]


def instant(text):
    """A time of the contract: UTC, whole seconds, no zone letter."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text), text
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


def user(value):
    """A user object U: these keys and no other, of the right form."""
    assert sorted(value) == USER_KEYS
    assert str(uuid.UUID(value["id"])) == value["id"].lower()
    assert isinstance(value["email"], str)
    assert instant(value["created_at"]) <= instant(value["updated_at"])
    for name in ("first_name", "last_name"):
        assert value[name] is None or isinstance(value[name], str)
    return value


def answered_user(answer, status, **fields):
    """An answer that is one user with these fields."""
    value = user(answer.json())
    answered(answer, status, value, private=True)
    for name, wanted in fields.items():
        assert value[name] == wanted
    return value


def cookies_set(answer):
    """The values of all Set-Cookie fields, in order, but for the one that makes a device known: it comes last."""
    fields = answer.raw.headers.getlist("Set-Cookie")
    device = [f for f in fields if f.startswith(("device=", "__Host-device="))]
    assert fields[len(fields) - len(device):] == device and len(device) <= 1, fields
    return fields[:len(fields) - len(device)]


def session_cookie(answer):
    """The token of the one cookie that a sign-in sets."""
    fields = cookies_set(answer)
    assert len(fields) == 1, fields
    match = SESSION_COOKIE.fullmatch(fields[0])
    assert match, "not the contract's Set-Cookie"
    return match[1]


def clears_cookie(answer, name="session_id"):
    """The answer takes the cookie away: empty, same path, in the past."""
    fields = cookies_set(answer)
    assert len(fields) == 1, fields
    pair, *attributes = [part.strip() for part in fields[0].split(";")]
    assert pair in (f"{name}=", f'{name}=""')
    assert "Path=/" in attributes
    assert "Max-Age=0" in attributes or any(a.startswith("Expires=Thu, 01 Jan 1970") for a in attributes)


def allows(answer, *methods):
    """The Allow field names at least these methods."""
    found = {word.strip() for word in answer.headers["Allow"].split(",")}
    assert found >= set(methods), found
    return found
