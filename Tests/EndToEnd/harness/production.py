"""A server with config/production.json5, and clients that speak to it as the proxy in front would."""

import json
import re

from harness.client import Client
from harness.server import ROOT, run
from harness.spray import Source, cookie

PRODUCTION = ROOT / "config" / "production.json5"
COOKIE = "__Host-session_id"
PASSWORD = "correct horse battery"


def settings(tmp_path):
    """Every setting in force with that file and nothing else: key to value."""
    done = run("config", "show", "--config", str(PRODUCTION), cwd=tmp_path, cheap=False)
    assert done.returncode == 0, done.stderr
    found, sections, value = {}, [], None
    for line in done.stdout.splitlines():
        line = re.sub(r"  // .*$", "", line).strip()
        if value is not None:  # a list over several lines
            value += line
        elif line.endswith(": {"):
            sections.append(line.partition(":")[0])
        elif line == "},":
            sections.pop()
        elif re.match(r"\w+: ", line):
            value = line
        if value is not None and (not value.partition(": ")[2].startswith("[") or value.endswith("],")):
            name, _, text = value.removesuffix(",").partition(": ")
            found[".".join([*sections, name])] = json.loads(text.replace(",]", "]"))
            value = None
    return found


class Person:
    """Somebody with an account, at one address of this machine, who keeps the newest session cookie."""

    def __init__(self, server, email, password=PASSWORD, address="127.0.0.1"):
        self.server, self.email, self.password, self.address = server, email, password, address
        self.token = self.device = None

    def sign_in(self, password=None, path="/sessions", **form):
        """The status of a sign-in; the cookies are kept."""
        fields = {"email": self.email, "password": password or self.password, **form}
        with Source(self.server, self.address) as source:
            status, head, _ = source.ask("POST", path, fields, **self.cookies())
        self.token = cookie(head, COOKIE) or self.token
        self.device = cookie(head, "__Host-device") or self.device
        return status

    def cookies(self):
        pairs = [(COOKIE, self.token), ("__Host-device", self.device)]
        text = "; ".join(f"{name}={value}" for name, value in pairs if value)
        return {"Cookie": text} if text else {}

    def ask(self, method, path, **options):
        """A request with the cookies."""
        with Client(self.server.base) as client:
            return client.request(method, path, headers=self.cookies(), **options)

    def status(self, token=None):
        """What the session is worth, or another token."""
        with Client(self.server.base) as client:
            headers = {"Cookie": f"{COOKIE}={token or self.token}"}
            return client.get("/profile", headers=headers).status_code


def add(server, email, password=PASSWORD, *flags):
    """An account made as the operator makes it."""
    return server.run("user", "add", email, *flags, password=password)


def person(server, email, *flags, address="127.0.0.1"):
    """A new account, signed in."""
    done = add(server, email, PASSWORD, *flags)
    assert done.returncode == 0, done.stderr
    someone = Person(server, email, address=address)
    assert someone.sign_in() == 200
    return someone
