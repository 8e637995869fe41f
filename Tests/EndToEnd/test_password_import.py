"""Users of other servers: hashes made by Python's own libraries sign in, and are Argon2id afterwards."""

import csv
import io
import sqlite3
import subprocess
import time
import unicodedata
import warnings

import argon2
import bcrypt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from harness.client import Account, fresh_email
from harness.server import binary, environment

with warnings.catch_warnings(action="ignore"):  # of Python's `crypt`, which passlib would use if it could
    from passlib.hash import pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512, scrypt, sha512_crypt

django_settings.configure()
PASSWORD = "correct h\u00f6rse 🔑"
OURS = "$argon2id$v=19$m=64,t=1,p=1$"


def argon2_hash(password, kind=argon2.Type.ID, **costs):
    return argon2.PasswordHasher(type=kind, **costs).hash(password)


def bcrypt_hash(password, prefix=b"2b", cost=12):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost, prefix=prefix)).decode()


# Each with the costs that the library takes by itself, and again with others.
FORMATS = {
    "bcrypt 2b": bcrypt_hash,
    "bcrypt 2a": lambda password: bcrypt_hash(password, b"2a", 5),
    "bcrypt 2y": lambda password: bcrypt_hash(password, cost=4).replace("$2b$", "$2y$"),  # as PHP calls it
    "sha512-crypt": sha512_crypt.hash,
    "sha512-crypt, 5000 rounds": sha512_crypt.using(rounds=5000).hash,
    "scrypt": scrypt.hash,
    "scrypt, two lanes": scrypt.using(rounds=14, block_size=4, parallelism=2).hash,
    "pbkdf2-sha1": pbkdf2_sha1.hash,
    "pbkdf2-sha256": pbkdf2_sha256.hash,
    "pbkdf2-sha512": pbkdf2_sha512.hash,
    "Django's pbkdf2": lambda password: PBKDF2PasswordHasher().encode(password, PBKDF2PasswordHasher().salt()),
    "argon2id": argon2_hash,
    "argon2id, one lane": lambda password: argon2_hash(password, time_cost=2, memory_cost=19456, parallelism=1),
    "argon2i": lambda password: argon2_hash(password, argon2.Type.I),
}


def table(*rows, columns=("email", "password_hash")):
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


def imported(server, text, *options):
    """`sessiond user import -` with this text; (exit code, last line of stdout, lines of stderr)."""
    data = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run([binary(), "user", "import", "-", "--data", str(server.data), *options], input=data,
                          capture_output=True, env=environment(server.env), timeout=60)
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode().splitlines()


def stored_hash(server, email):
    with sqlite3.connect(f"file:{server.data}?mode=ro", uri=True) as data:
        return data.execute("SELECT password_hash FROM users WHERE email = ?", (email,)).fetchone()[0]


@pytest.mark.parametrize("made", FORMATS.values(), ids=FORMATS)
def test_a_foreign_hash_signs_in_and_becomes_argon2id(server, made):
    email = fresh_email()
    with warnings.catch_warnings(action="ignore"):
        foreign = made(PASSWORD)
    assert imported(server, table((email, foreign))) == (0, "imported 1, skipped 0, refused 0", [])
    assert stored_hash(server, email) == foreign
    for wrong in ("wrong", PASSWORD + "x", PASSWORD[:-1], PASSWORD + "\0", ""):
        assert server.sign_in_status(email, wrong) == 401
    assert stored_hash(server, email) == foreign
    assert server.sign_in_status(email, PASSWORD) == 200
    ours = stored_hash(server, email)
    assert ours.startswith(OURS)
    assert argon2.PasswordHasher().verify(ours, PASSWORD)
    assert server.sign_in_status(email, PASSWORD) == 200
    assert server.sign_in_status(email, "wrong") == 401
    assert stored_hash(server, email) == ours


def test_our_hashes_verify_with_argon2_cffi(launch):
    server = launch(cheap=False)
    account = server.register(password=PASSWORD)
    ours = stored_hash(server, account.email)
    assert ours.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert argon2.PasswordHasher().verify(ours, PASSWORD)
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(ours, PASSWORD + "x")


def test_bcrypt_reads_72_octets_once_and_argon2id_all_from_then_on(server):
    email, password = fresh_email(), "x" * 72 + " and more"
    assert imported(server, table((email, bcrypt_hash(password[:72], cost=4))))[0] == 0
    assert server.sign_in_status(email, password[:71]) == 401
    assert server.sign_in_status(email, password) == 200
    assert server.sign_in_status(email, password[:72] + " and less") == 401
    assert server.sign_in_status(email, password) == 200


def test_a_hash_of_a_decomposed_password_signs_in_by_every_spelling_afterwards(server):
    email, composed = fresh_email(), unicodedata.normalize("NFC", PASSWORD)
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert composed != decomposed
    assert imported(server, table((email, bcrypt_hash(decomposed, cost=4))))[0] == 0
    assert server.sign_in_status(email, composed) == 401
    assert server.sign_in_status(email, decomposed) == 200
    assert server.sign_in_status(email, composed) == 200
    assert argon2.PasswordHasher().verify(stored_hash(server, email), composed)


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_each_bad_line_is_reported_and_the_others_are_imported(launch, state):
    server = launch()
    there = server.register("there@example.com")
    if state == "stopped":
        server.stop()
    good, columns = bcrypt_hash("long enough", cost=4), ("email", "password_hash", "first_name", "is_admin")
    rows = [("ada@example.com", good, "Ada, Countess \"of\"\r\nLovelace", "true"), ("no address", good, "", ""),
            ("THERE@example.com", good, "", ""), ("ADA@example.com", good, "", ""), (good, "ada@example.com", "", ""),
            ("dear@example.com", "$6$rounds=999999999$salt$" + "a" * 86, "", ""),
            ("vast@example.com", "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$" + "A" * 43, "", ""),
            ("plain@example.com", "hunter2", "", ""), ("few@example.com", good), ("who@example.com", good, "", "x"),
            ("bob@example.com", good, "", "")]
    text = "\ufeff" + table(*rows, columns=columns)
    wanted = [(4, "not an email address"), (5, "there is an account"), (6, "in a line before"),
              (7, "not an email address"), (8, "costs too much"), (9, "costs too much"), (10, "not a password hash"),
              (11, "2 fields"), (12, "is_admin")]
    for options, word in ((["--dry-run"], "would import"), ([], "imported")):
        code, summary, lines = imported(server, text, *options)
        assert (code, summary) == (1, f"{word} 2, skipped 1, refused 8")
        reported = sorted((int(line.split()[2].rstrip(":")), line) for line in lines)
        assert [number for number, _ in reported] == [number for number, _ in wanted]
        for (_, line), (_, part) in zip(reported, wanted):
            assert part in line
            assert "$" not in line and "hunter2" not in line
    assert imported(server, table(rows[0][:2], rows[-1][:2]))[:2] == (0, "imported 0, skipped 2, refused 0")
    if state == "stopped":
        server.start()
    listed = server.run("user", "list").stdout.splitlines()
    assert [line.split()[1:3] for line in listed] == [
        ["admin", "there@example.com"], ["admin", "ada@example.com"], ["user", "bob@example.com"]]
    with server.signed_in(Account("ada@example.com", "long enough")) as ada:
        assert ada.get("/users/me").json()["first_name"] == rows[0][2]
    assert server.profile_status(server.token(there)) == 200


@pytest.mark.parametrize("text,problem", [
    ("", "empty"), ("mail,hash\n", "first line"), ("email,password_hash,disabled\n", "first line"),
    ("email,email,password_hash\n", "once"), ("email,password_hash\na@example.com,\"$6$\n", "line 2: a quote"),
    ("email,password_hash\nnew@example.com,{good}\nb@example.com,\"x\"y\n", "line 3: text after"),
    (b"email,password_hash\n" + b"x" * 70000, "line 2: longer"),
])
def test_a_file_that_is_none_changes_nothing(server, text, problem):
    if isinstance(text, str):
        text = text.format(good=bcrypt_hash("long enough", cost=4))
    code, _, lines = imported(server, text)
    assert code == 1 and len(lines) == 1 and problem in lines[0] and "$" not in lines[0]
    assert server.sign_in_status("new@example.com", "long enough") == 401


def test_a_hundred_thousand_lines_take_seconds_while_the_server_answers(launch, tmp_path):
    server = launch()
    good = bcrypt_hash("long enough", cost=4)
    file = tmp_path / "users.csv"
    file.write_text(table(*((f"person{n}@example.net", good, "Grace", "Hopper") for n in range(100_000)),
                          columns=("email", "password_hash", "first_name", "last_name")))
    account, other = server.register(), server.register()
    token, began, slowest = server.token(account), time.monotonic(), 0
    with subprocess.Popen([binary(), "user", "import", str(file), "--data", str(server.data)],
                          stdout=subprocess.PIPE, env=environment(server.env)) as importing:
        while importing.poll() is None:
            asked = time.monotonic()
            assert server.profile_status(token) == 200
            assert server.sign_in_status(other.email, other.password) == 200
            slowest = max(slowest, time.monotonic() - asked)
        assert importing.stdout.read() == b"imported 100000, skipped 0, refused 0\n"
    took = time.monotonic() - began
    print(f"100,000 lines in {took:.1f} s; the slowest check and sign-in meanwhile {slowest * 1000:.0f} ms")
    # Five seconds; under a sanitizer eighty.
    assert took < 300 and slowest < 5
    assert server.sign_in_status("PERSON99999@example.net", "long enough") == 200
