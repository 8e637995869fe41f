"""docs/HTTP.md: 5 to 256 bytes of any Unicode, never truncated."""

import pytest

from harness.client import fresh_email, multipart
from harness.expect import ANY, answered, answered_user, refused


def register(client, password):
    email = fresh_email()
    return email, client.post("/users", data={"email": email, "password": password})


ACCEPTED = ["b4l0u", "x" * 256, "é" * 128, "ééa", "👩‍🚀", "ключик", "correct horse", " five", "five ", "     ",
            "a\tb\nc", "'; DROP TABLE users; --", "%00%0a+&=", "\u202eabcde", "nul\x00 inside"]
REFUSED = ["four", "éé", "\U0001f600", "x" * 257, "é" * 128 + "x", "x" * 5000]


@pytest.mark.parametrize("password", ACCEPTED)
def test_accepts_from_5_to_256_bytes(server, anonymous, admin, password):
    assert 5 <= len(password.encode()) <= 256
    email, answer = register(anonymous, password)
    answered(answer, 200, {"email": email, "message": "user created"})
    assert server.sign_in_status(email, password) == 200
    assert server.sign_in_status(email, password + "x") == 401
    assert server.sign_in_status(email, password[:-1]) == 401
    email = fresh_email()
    answered_user(admin.post("/api/v1/users", json={"email": email, "password": password}), 201)
    assert server.sign_in_status(email, password) == 200


@pytest.mark.parametrize("password", REFUSED)
def test_refuses_shorter_and_longer_ones(server, anonymous, admin, password):
    assert not 5 <= len(password.encode()) <= 256
    email, answer = register(anonymous, password)
    assert password not in refused(answer, 400, ANY)
    assert server.sign_in_status(email, password) == 401
    text = refused(admin.post("/api/v1/users", json={"email": email, "password": password}), 400, ANY)
    assert text.startswith("Can't create User: ") and password not in text


@pytest.mark.parametrize("password,other", [
    ("x" * 255 + "a", "x" * 255 + "b"),
    ("x" * 255 + "a", "x" * 255),
    ("x" * 72 + "a" * 10, "x" * 72 + "b" * 10),  # where bcrypt stops
    ("abcde\x00one", "abcde\x00two"),  # where C stops
    ("abcde\x00one", "abcde"),
    (" spaces ", "spaces"),
    ("Case Matters", "case matters"),
    ("caf\u00e9s", "cafes"),
])
def test_no_byte_is_cut_off_or_folded(server, anonymous, password, other):
    email, answer = register(anonymous, password)
    assert answer.status_code == 200
    assert server.sign_in_status(email, other) == 401
    assert server.sign_in_status(email, password) == 200


def test_multipart_keeps_every_byte(server, anonymous):
    email, password = fresh_email(), "line\r\nend -- boundary? \u00e9\ttab"
    answer = anonymous.post("/users", files=multipart({"email": email, "password": password}))
    assert answer.status_code == 200
    assert server.sign_in_status(email, password) == 200
    assert server.sign_in_status(email, password.replace("\r\n", "\n")) == 401


def test_the_least_length_is_configurable(launch):
    server = launch(env={"SESSIOND_PASSWORDS_MIN_LENGTH": "12"})
    with server.client() as client:
        refused(register(client, "x" * 11)[1], 400, ANY)
        assert register(client, "x" * 12)[1].status_code == 200


def test_a_password_is_stored_hashed_with_argon2id(launch):
    server = launch()
    account = server.register(password="unmistakable-password-1")
    server.token(account)
    server.stop()
    content = b"".join(f.read_bytes() for f in server.directory.iterdir() if f.is_file())
    assert b"unmistakable-password-1" not in content
    assert b"$argon2id$v=19$m=64,t=1,p=1$" in content


def test_a_hash_of_other_parameters_still_signs_in(launch):
    server = launch()
    account = server.register()
    server.stop()
    server.env["SESSIOND_PASSWORDS_HASH_ITERATIONS"] = "2"
    server.start()
    assert server.sign_in_status(account.email, "not this one") == 401
    assert server.sign_in_status(account.email, account.password) == 200
    assert server.sign_in_status(account.email, account.password) == 200
    server.stop()
    content = b"".join(f.read_bytes() for f in server.directory.iterdir() if f.is_file())
    assert b"$argon2id$v=19$m=64,t=2,p=1$" in content, "not rehashed at sign-in"
