"""A server with config/production.json5, and clients that speak to it as the proxy in front would."""

import json
import re

import pytest

from harness.client import Client, fresh_email
from harness.faketime import FakeClock
from harness.mail import TOKEN, Sink
from harness.server import ROOT, Server, run
from harness.spray import Source, cookie
from harness.tls import make_pair
from harness.wire import eventually

PRODUCTION = ROOT / "config" / "production.json5"
COOKIE = "__Host-session_id"
PASSWORD = "correct horse battery"
NEW = "another horse entirely"
ME = "/api/v1/users/me"


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


def change(someone, new, current=None):
    body = {"current_password": current or someone.password, "new_password": new}
    return someone.ask("PUT", ME + "/password", json=body)


def tokens_to(sink, address):
    """The mails with a token to an address, once there is one. Others are notices."""
    def found():
        return [mail for mail in list(sink.mails) if mail.recipients == [address] and TOKEN.search(mail.text)]

    assert eventually(found, seconds=20)
    return found()


def ask_for_reset(server, email):
    with Client(server.base) as client:
        return client.post("/reset_password", data={"email": email})


def redeem(server, email, token, password=NEW):
    with Client(server.base) as client:
        return client.put("/reset_password", data={"email": email, "reset_token": token, "new_password": password})


# What docs/ASVS.md says

def documented(section):
    """The rows of a table of docs/ASVS.md: first column to second."""
    text = (ROOT / "docs" / "ASVS.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(.+?)` \| (.+?) \|", text, re.M))


def numbers(tmp_path, *prefixes):
    """What docs/ASVS.md says of settings and what holds."""
    said, holds = documented("Numbers in production"), settings(tmp_path)
    keys = [key for key in said if key.startswith(prefixes)]
    return {key: said[key] for key in keys}, {key: f"`{json.dumps(holds[key])}`" for key in keys}


# Fixtures

@pytest.fixture(scope="module")
def sink(tmp_path_factory):
    with Sink(make_pair(tmp_path_factory.mktemp("mail"), "mail")) as running:
        yield running


@pytest.fixture(scope="module")
def server(sink, tmp_path_factory):
    mail = {"SESSIOND_MAIL_SERVER": f"smtp://localhost:{sink.port}",
            "SESSIOND_MAIL_AUTHORITIES": str(sink.pair.certificate)}
    running = Server(tmp_path_factory.mktemp("server"), config=PRODUCTION, env=mail).start()
    yield running
    running.stop()


@pytest.fixture
def user(server):
    return person(server, fresh_email())


@pytest.fixture(scope="module")
def admin(server):
    return person(server, "admin@example.com", "--admin")


@pytest.fixture
def clocked(tmp_path):
    """A person, and a clock on which all of the server's clocks go."""
    clock = FakeClock(tmp_path, steady=True)
    running = clock.server(tmp_path / "server", SESSIOND_RESET_DELIVERY="off")
    running.config = PRODUCTION
    someone = Person(running, fresh_email())
    # Not with the library: a command has no use for another clock.
    done = run("user", "add", someone.email, "--config", str(PRODUCTION), "--data", str(running.data), cwd=tmp_path,
               password=PASSWORD)
    assert done.returncode == 0, done.stderr
    clock.start(running)
    assert someone.sign_in() == 200
    yield someone, clock
    running.kill9()
    clock.clean()
