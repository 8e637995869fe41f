"""The two faults of the original: an account taken over without a token, and a service killed by a bad form."""

import pytest

from harness.client import fresh_email, multipart
from harness.expect import answered, refused
from harness.wire import Wire, post

# How a client may fail to send a token.
NO_TOKEN = [
    ("absent", {}),
    ("empty", {"reset_token": ""}),
    ("null", {"reset_token": "null"}),
    ("None", {"reset_token": "None"}),
    ("nil", {"reset_token": "nil"}),
    ("undefined", {"reset_token": "undefined"}),
    ("zero", {"reset_token": "0"}),
    ("false", {"reset_token": "false"}),
    ("blank", {"reset_token": " "}),
    ("nul", {"reset_token": "\x00"}),
    ("other name", {"token": "", "reset_token[]": ""}),
]


@pytest.mark.parametrize("state", ["never asked for a token", "asked for a token", "has used its token"])
@pytest.mark.parametrize("fields", [f for _, f in NO_TOKEN], ids=[name for name, _ in NO_TOKEN])
def test_without_a_token_no_password_changes(server, anonymous, state, fields):
    account = server.register()
    password = account.password
    if state != "never asked for a token":
        token = anonymous.post("/reset_password", data={"email": account.email}).json()["reset_token"]
    if state == "has used its token":
        password = "a password of mine"
        form = {"email": account.email, "reset_token": token, "new_password": password}
        assert anonymous.put("/reset_password", data=form).status_code == 200
    session = server.token(account, password)
    form = {"email": account.email, "new_password": "taken over"} | fields
    refused(anonymous.put("/reset_password", data=form), 403)
    refused(anonymous.put("/reset_password", files=multipart(form)), 403)
    assert server.sign_in_status(account.email, "taken over") == 401
    assert server.sign_in_status(account.email, password) == 200
    assert server.profile_status(session) == 200


@pytest.mark.parametrize("body", [
    '{"email":"%s","reset_token":null,"new_password":"taken over"}',
    '{"email":"%s","new_password":"taken over"}',
    '{"email":"%s","reset_token":"","new_password":"taken over"}'])
def test_json_with_null_takes_nothing_over(server, anonymous, account, body):
    for media in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        answer = anonymous.put(
            "/reset_password", data=body % account.email, headers={"Content-Type": media})
        refused(answer, 403)
    assert server.sign_in_status(account.email, account.password) == 200


def test_an_empty_email_and_an_empty_token_match_nobody(server, anonymous):
    server.register()
    for form in ({"email": "", "reset_token": ""}, {"reset_token": ""}, {}, {"email": "", "reset_token": "null"}):
        refused(anonymous.put("/reset_password", data=form | {"new_password": "taken over"}), 403)


BOUNDARY = "multipart/form-data; boundary=XX"
FORM = "application/x-www-form-urlencoded"
ODD_BODIES = [
    (FORM, b""),
    (FORM, b"email"),
    (FORM, b"email="),
    (FORM, b"password=correct+horse"),
    (FORM, b"email=a%40example.com"),
    (FORM, b"="),
    (FORM, b"&&&&"),
    (FORM, b"=&=&="),
    (FORM, b"%"),
    (FORM, b"email=%zz&password=%"),
    (FORM, b"email=%ff%fe&password=%ff%ff%ff%ff%ff%ff"),
    (FORM, b"email=%00&password=%00%00%00%00%00"),
    (FORM, bytes(range(256))),
    (FORM, b"email=a%40example.com;password=correct+horse"),
    (FORM, b"email[]=a%40example.com&password[]=correct+horse"),
    (FORM, b"a=b&" * 10_000),
    (FORM, b"email=" + b"%41" * 20_000),
    ("application/json", b'{"email":null,"password":null}'),
    ("application/json", b"null"),
    ("multipart/form-data", b"--XX\r\n"),
    ("multipart/form-data; boundary=", b"----\r\n"),
    (BOUNDARY, b""),
    (BOUNDARY, b"--XX"),
    (BOUNDARY, b"--XX--"),
    (BOUNDARY, b"--XX\r\n\r\n--XX--\r\n"),
    (BOUNDARY, b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n"),
    (BOUNDARY, b'--XX\r\nContent-Disposition: form-data; name="email"\r\n\r\na@example.com'),
    (BOUNDARY, b'--XX\r\nContent-Disposition: form-data; name="email\r\n\r\na@example.com\r\n--XX--\r\n'),
    (BOUNDARY, b"--XX\r\n" * 5_000),
    (BOUNDARY, b"\x00" * 10_000),
    ("multipart/form-data; boundary=" + "x" * 200, b"--" + b"x" * 200 + b"--"),
    ("text/plain", b"email=a@example.com"),
    ("", b"email=a%40example.com"),
    ("\x01nonsense" * 3, b"x"),
]


@pytest.mark.parametrize("path,method", [("/users", "POST"), ("/sessions", "POST"), ("/reset_password", "PUT"),
                                         ("/reset_password", "POST"), ("/api/v1/auth_session/login", "POST")])
def test_no_form_stops_the_service(server, admin, path, method):
    for media, body in ODD_BODIES:
        with Wire(server) as wire:
            wire.send(post(server, path, body, method=method, media=media, close=True))
            answers = wire.read_all([method])
            assert len(answers) == 1, (media, body[:60])
            assert 400 <= answers[0].status_code < 500, (media, body[:60], answers)
            assert answers[0].content.endswith(b"}\n")
    # Everything a newcomer needs still works, and nothing half-made was left behind.
    account = server.register(fresh_email())
    with server.signed_in(account) as client:
        answered(client.get("/profile"), 200, {"email": account.email})
    listed = admin.get("/api/v1/users")
    assert listed.status_code == 200
    assert all("@" in u["email"] for u in listed.json())


def test_odd_bodies_leave_the_service_working_after_a_restart(launch):
    server = launch()
    for media, body in ODD_BODIES:
        with Wire(server) as wire:
            wire.send(post(server, "/users", body, media=media, close=True))
            assert len(wire.read_all(["POST"])) == 1
    account = server.register()
    server.restart()
    with server.signed_in(account) as client:
        assert [u["email"] for u in client.get("/api/v1/users").json()] == [account.email]
