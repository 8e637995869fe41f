"""The passwords that scripts/make-common-passwords.py gathers are refused, every one, and others are not."""

import importlib.util
import json
import random
import socket
import string
import subprocess
import sys
import urllib.parse

import pytest

from harness.client import fresh_email
from harness.server import ROOT

# A hundred thousand registrations.
SERVER = {"flags": ["--no-rate-limit"]}
SCRIPT = ROOT / "scripts" / "make-common-passwords.py"
# 100,000 registrations from one address.
SERVER = {"flags": ["--no-rate-limit"]}


def words():
    spec = importlib.util.spec_from_file_location("make_common_passwords", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.words()


def bodies(server, passwords):
    """The answers to registrations with these passwords, pipelined on one connection."""
    requests = []
    for number, password in enumerate(passwords, 1):
        form = urllib.parse.urlencode({"email": f"{random.getrandbits(64):x}@example.com", "password": password})
        last = "Connection: close\r\n" if number == len(passwords) else ""
        requests.append(f"POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        f"{last}Content-Length: {len(form)}\r\n\r\n{form}")
    with socket.create_connection(server.address, timeout=30) as wire:
        wire.sendall("".join(requests).encode())
        answers = b"".join(iter(lambda: wire.recv(65536), b""))
    return [json.loads(part.split(b"\r\n\r\n")[1]) for part in answers.split(b"HTTP/1.1 ")[1:]]


def test_the_table_is_what_the_script_makes():
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_word_of_the_lists_is_refused(server):
    common = words()
    assert len(common) >= 100_000
    answers = []
    for start in range(0, len(common), 100):
        answers += bodies(server, common[start:start + 100])
    reasons = {"password is too common": lambda word: len(word.encode()) >= 5,
               "password is too short (at least 5 bytes)": lambda word: len(word.encode()) < 5}
    assert len(answers) == len(common)
    for word, answer in zip(common, answers):
        assert reasons[answer["error"]](word), word


def test_other_passwords_are_not(server):
    made = random.Random(5)
    passwords = ["".join(made.choices(string.ascii_lowercase + string.digits, k=10)) for _ in range(2_000)]
    answers = [answer for start in range(0, 2_000, 100) for answer in bodies(server, passwords[start:start + 100])]
    assert [answer.get("message") for answer in answers] == ["user created"] * 2_000


@pytest.mark.parametrize("email,password,reason", [
    (None, "PassWord1", "password is too common"),
    (None, "\u041f\u0430\u0440\u043e\u043b\u044c", "password is too common"),
    ("grace.hopper@example.com", "Grace.Hopper", "password is the email address"),
    ("grace.hopper@example.com", "GRACE.hopper@Example.com", "password is the email address"),
])
def test_both_apis_and_a_reset_say_why(server, anonymous, admin, email, password, reason):
    email = email or fresh_email()
    answer = anonymous.post("/users", data={"email": email, "password": password})
    assert (answer.status_code, answer.json()) == (400, {"error": reason})
    answer = admin.post("/api/v1/users", json={"email": email, "password": password})
    assert (answer.status_code, answer.json()) == (400, {"error": "Can't create User: " + reason})
    account = server.register(email)
    token = anonymous.post("/reset_password", data={"email": email}).json()["reset_token"]
    form = {"email": email, "reset_token": token, "new_password": password}
    answer = anonymous.put("/reset_password", data=form)
    assert (answer.status_code, answer.json()) == (400, {"error": reason})
    assert server.sign_in_status(email, account.password) == 200
    with server.signed_in(account) as client:
        assert client.delete("/api/v1/users/" + client.get("/users/me").json()["id"]).status_code == 200


def test_they_can_be_allowed(launch):
    server = launch(env={"SESSIOND_PASSWORDS_REFUSE_COMMON": "false"})
    server.register("grace.hopper@example.com", "grace.hopper")
    server.register(password="password")
