"""Hooks of schemathesis: who asks, and what no schema can say. Loaded by its own process, see `schema_run`."""

import atexit
import base64
import collections
import itertools
import json
import os
import time
import unicodedata

import schemathesis
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import UseAfterFree

from harness.client import Client
from harness.server import run

BASE = os.environ["SCHEMA_BASE"]
FOLDER = os.environ["SCHEMA_FOLDER"]
ROLE, SCHEME = os.environ["SCHEMA_IDENTITY"].split("-")
PASSWORD = "correct horse"
# Octets; a schema counts characters (docs/HTTP.md).
LONGEST = {"email": 254, "password": 256, "new_password": 256, "first_name": 1024, "last_name": 1024}
# Where there comes from what these revoke.
ISSUING = {"revokeKey": "/api/v1/users/me/keys", "revokeAppPassword": "/app-passwords"}

numbers = itertools.count(1)
# Addresses that are taken.
registered = {"admin@example.com"}
counts = collections.Counter()
turns = collections.Counter()


def address(word):
    registered.add(fresh := f"{word}{next(numbers)}@example.com")
    return fresh


def every_other(operation):
    """True and false by turns."""
    turns[operation] += 1
    return turns[operation] % 2


class Identity:
    """An account with a session. What the run does to it is mended by taking another one."""

    current = {}
    # The credentials there ever were, as a request has them.
    issued = set()

    def __init__(self, role):
        self.email = address(role)
        self.client = Client(BASE)
        form = {"email": self.email, "password": PASSWORD}
        assert self.client.post("/users", data=form).status_code == 200
        if role == "administrator":
            done = run("user", "set-admin", self.email, "--data", os.path.join(FOLDER, "sessiond.db"), cwd=FOLDER)
            assert done.returncode == 0, done.stderr
        answer = self.client.post("/sessions", data=form)
        assert answer.status_code == 200, answer.text
        self.born = time.monotonic()
        self.id = self.client.get("/users/me").json()["id"]
        self.credential = self.show(answer.cookies["session_id"])
        self.issued.add(self.credential)

    def show(self, cookie):
        """The credential that requests get."""
        if SCHEME == "session":
            return cookie
        if SCHEME == "bearer":
            return "Bearer " + self.client.post("/api/v1/auth_session/token").json()["access_token"]
        password = PASSWORD
        if SCHEME == "key":
            password = self.client.post("/api/v1/users/me/keys", json={"name": "schema"}).json()["key"]
        return "Basic " + base64.b64encode(f"{self.email}:{password}".encode()).decode()

    @classmethod
    def of(cls, role=ROLE):
        """The one that asks now."""
        if role not in cls.current or not cls.current[role].is_alive():
            cls.current[role] = cls(role)
        return cls.current[role]

    def is_fresh(self):
        """Tokens expire."""
        return time.monotonic() - self.born < 60

    def is_alive(self):
        """Whether session and credential are good."""
        fields = {} if SCHEME == "session" else {"Authorization": self.credential, "Cookie": None}
        return self.is_fresh() and all(
            self.client.get("/sessions/whoami", headers=more).status_code == 200 for more in ({}, fields))

    def confirmation_token(self):
        """That of a change of address that waits."""
        body = {"email": address("new"), "password": PASSWORD}
        return self.client.put("/api/v1/users/me/email", json=body).json()["confirmation_token"]

    def credential_id(self, path):
        """That of a credential that is there: a new one, unless there are as many as may be."""
        answer = self.client.post(path, json={"name": "schema"})
        return answer.json()["id"] if answer.status_code == 201 else self.client.get(path).json()[-1]["id"]

    def reset_token(self):
        return self.client.post("/reset_password", data={"email": self.email}).json()["reset_token"]


def identity():
    found = Identity.current.get(ROLE)
    return found if found and found.is_fresh() else Identity.of()


def place(case):
    """Where a request has its credential: (mapping, name)."""
    if SCHEME == "session":
        case.cookies = case.cookies or {}
        return case.cookies, "session_id"
    return case.headers, "Authorization"


@schemathesis.auth(refresh_interval=None)
class Credential:
    """The credential of the identity of now."""

    def get(self, case, context):
        return identity().credential

    def set(self, case, credential, context):
        mapping, name = place(case)
        mapping[name] = credential


def is_counted_alike(name, text):
    """Whether characters and octets, and Unicode's normal form of a password, are on the same side of the limit."""
    forms = {text, unicodedata.normalize("NFC", text)} if "password" in name else {text}
    sizes = [size for form in forms for size in (len(form), len(form.encode("utf-8", "surrogatepass")))]
    return len({size <= LONGEST[name] for size in sizes}) == 1


@schemathesis.hook
def filter_body(context, body):
    """No text that is short in characters and long in octets: which of them counts no schema can say."""
    return not isinstance(body, dict) or all(
        is_counted_alike(name, body[name]) for name in LONGEST if isinstance(body.get(name), str))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Data that the schema allows is not refused because of what the server knows besides."""
    mapping, name = place(case)
    if mapping.get(name) in Identity.issued:
        # Cases are made in advance, and the identity may have gone since.
        mapping[name] = identity().credential
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw["operationId"]
    path = case.path_parameters or {}
    if isinstance(case.body, dict):
        know_better(operation, case.body)
        if operation == "updateUser" and path.get("id") == identity().id and case.body.get("disabled"):
            # An administrator cannot disable itself: 400 (docs/HTTP.md).
            case.body["disabled"] = None
    # Links know better still.
    elif case.meta.phase.name != TestPhase.STATEFUL and path and every_other(operation):
        # Of the caller's own.
        if operation in ISSUING:
            (name,) = path
            path[name] = identity().credential_id(ISSUING[operation])
        elif "id" in path:
            own = identity().client.get("/sessions/whoami").json()
            path["id"] = own["session" if operation == "endSession" else "user"]["id"]


def know_better(operation, body):
    """Puts into a body what only its sender could know; half of the time where anything else is no 400 either."""
    if operation in ("createUser", "register", "requestEmailChange") and body.get("email", "").lower() in registered:
        body["email"] = address("other")
    if operation == "confirmEmail":
        body["token"] = identity().confirmation_token()
    elif every_other(operation):
        if operation in ("changePassword", "requestEmailChange", "deleteOwnUser"):
            body["password" if "password" in body else "current_password"] = PASSWORD
        elif operation in ("signIn", "logIn"):
            body.update(email=identity().email, password=PASSWORD)
        elif operation == "issueToken" and body.get("grant_type") != "refresh_token":
            body.update(email=identity().email, password=PASSWORD)
        elif operation == "resetPassword":
            body.update(email=identity().email, reset_token=identity().reset_token())


@schemathesis.hook
def after_call(context, case, response):
    """Keeps count, and takes another identity when this one has signed out, gone, or changed."""
    counts[case.operation.label, response.status_code] += 1
    if response.status_code < 400 and case.method.upper() != "GET":
        if isinstance(case.body, dict) and isinstance(case.body.get("email"), str):
            registered.add(case.body["email"].lower())
        if case.path.endswith("/confirm") or not identity().is_alive():
            Identity.current.pop(ROLE)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A list whose members were deleted is there still, and empty; a user who was deleted is not."""
    return not (isinstance(failure, UseAfterFree) and response.json() == []
                and failure.free.split()[1] == failure.usage.split()[1])


@schemathesis.check
def a_stranger_is_refused(ctx, response, case):
    """What one user may read of a user, another ordinary one may not."""
    if case.method == "GET" and response.status_code == 200 and "{" in case.path:
        stranger = Identity.of("stranger")
        answer = stranger.client.get(response.request.url)
        if answer.status_code == 200 and stranger.client.get("/users/me").json()["id"] in case.path_parameters.values():
            return
        assert answer.status_code == 403, f"a stranger gets {answer.status_code} for {response.request.url}"


@atexit.register
def write_counts():
    with open(os.environ["SCHEMA_COUNTS"], "w", encoding="utf-8") as file:
        json.dump([[label, status, count] for (label, status), count in counts.items()], file)
