"""docs/HTTP.md: registration by the form API."""

import concurrent.futures

import pytest

from harness.client import fresh_email, multipart
from harness.expect import ANY, answered, common, encoded, refused

ALREADY = {"message": "email already registered"}


def created(email):
    return {"email": email, "message": "user created"}


def test_root_says_bienvenue(anonymous):
    answer = anonymous.get("/")
    assert answer.content == b'{"message":"Bienvenue"}\n'
    answered(answer, 200, {"message": "Bienvenue"})


def test_registers_and_sets_no_cookie(anonymous):
    email = fresh_email()
    answer = anonymous.post("/users", data={"email": email, "password": "correct horse"})
    assert answer.content == b'{"email":"%s","message":"user created"}\n' % email.encode()
    answered(answer, 200, created(email))
    assert "Set-Cookie" not in answer.headers


def test_registers_by_multipart(server, anonymous):
    fields = {"email": fresh_email(), "password": "correct horse"}
    answered(anonymous.post("/users", files=multipart(fields)), 200, created(fields["email"]))
    assert server.sign_in_status(fields["email"], "correct horse") == 200


@pytest.mark.parametrize("again", [
    lambda e: e, str.lower, str.upper, lambda e: f" {e} ", lambda e: f"\t{e}\n", lambda e: e.swapcase()])
def test_an_address_registers_once_whatever_its_case(server, again):
    email = "Mixed.Case." + fresh_email()
    account = server.register(email, "the first one")
    with server.client() as client:
        answer = client.post("/users", data={"email": again(email), "password": "the second one"})
        common(answer, 400)
        assert answer.content == b'{"message":"email already registered"}\n'
    assert server.sign_in_status(account.email, "the second one") == 401
    assert server.sign_in_status(account.email, "the first one") == 200


def test_an_address_is_stored_as_given_after_trimming(server, anonymous):
    email = "Guillaume.DUPONT." + fresh_email()
    form = {"email": f"  {email}\t ", "password": "correct horse"}
    answered(anonymous.post("/users", data=form), 200, created(email))
    for spelled in (email, email.lower(), email.upper(), f" {email} "):
        answer = anonymous.post("/sessions", data={"email": spelled, "password": "correct horse"})
        answered(answer, 200, {"email": email, "message": "logged in"}, private=True)
        anonymous.cookies.clear()
        with server.client(answer.cookies["session_id"]) as client:
            answered(client.get("/profile"), 200, {"email": email}, private=True)


@pytest.mark.parametrize("fields", [
    {}, {"email": "a@example.com"}, {"password": "correct horse"}, {"email": "", "password": "correct horse"},
    {"email": "a@example.com", "password": ""}, {"email": "   ", "password": "correct horse"},
    {"mail": "a@example.com", "password": "correct horse"}, {"Email": "a@example.com", "password": "correct horse"}])
def test_a_missing_or_empty_field_is_an_error(anonymous, fields):
    refused(anonymous.post("/users", data=fields), 400, ANY)
    if fields:
        refused(anonymous.post("/users", files=multipart(fields)), 400, ANY)


@pytest.mark.parametrize("email", [
    "plain", "@example.com", "a@", "@", "a b@example.com", "a@b@example.com", "a@example..com", "a@.com",
    "a@exam ple.com", "a\r\nBcc: b@example.com", "a@example.com\r\nb", "a\x00@example.com", "<a@example.com>",
    "a@-example.com", "x" * 300 + "@example.com", "a@" + "x" * 300, "a,b@example.com"])
def test_a_bad_address_is_an_error(anonymous, email):
    refused(anonymous.post("/users", data={"email": email, "password": "correct horse"}), 400, ANY)


@pytest.mark.parametrize("email", [
    "a@localhost", "first.last+tag@sub.example.co.uk", "o'brien@example.com", "dömäne@exämple.com", "用户@例子.广告",
    "x" * 64 + "@example.com"])
def test_unusual_addresses_register(server, email):
    account = server.register(email)
    with server.signed_in(account) as client:
        answer = client.get("/profile")
        answered(answer, 200, {"email": email}, private=True)


def test_the_first_of_duplicate_fields_wins(server, anonymous):
    first, second = fresh_email(), fresh_email()
    form = [("email", first), ("email", second), ("password", "the first one"), ("password", "the second one")]
    answered(anonymous.post("/users", data=form), 200, created(first))
    assert server.sign_in_status(first, "the first one") == 200
    assert server.sign_in_status(first, "the second one") == 401
    assert server.sign_in_status(second, "the first one") == 401
    files = [(name, (None, value)) for name, value in form]
    answer = anonymous.post("/users", files=files)
    common(answer, 400)
    assert answer.content == encoded(ALREADY)


def test_an_empty_first_field_is_not_filled_by_the_second(anonymous):
    form = [("email", ""), ("email", fresh_email()), ("password", "correct horse")]
    refused(anonymous.post("/users", data=form), 400, ANY)


def test_other_media_types_have_no_fields(server, anonymous):
    email = fresh_email()
    refused(anonymous.post("/users", json={"email": email, "password": "correct horse"}), 400, ANY)
    body = f"email={email}&password=correct+horse"
    refused(anonymous.post("/users", data=body, headers={"Content-Type": "text/plain"}), 400, ANY)
    refused(anonymous.post("/users?" + body), 400, ANY)
    assert server.sign_in_status(email, "correct horse") == 401


def test_a_form_with_a_charset_is_a_form(anonymous):
    email = fresh_email()
    headers = {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    body = f"email={email.replace('@', '%40')}&password=correct+horse"
    answered(anonymous.post("/users", data=body, headers=headers), 200, created(email))


def test_plus_and_percent_are_decoded_once(server):
    account = server.register(password="a+b c%20d&e=f")
    assert server.sign_in_status(account.email, "a+b c%20d&e=f") == 200
    assert server.sign_in_status(account.email, "a b c d&e=f") == 401


def test_of_parallel_registrations_of_one_address_one_wins(server):
    email = fresh_email()

    def register(number):
        with server.client() as client:
            password = f"password {number}"
            return client.post("/users", data={"email": email, "password": password}), password

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(register, range(20)))
    winners = [(a, p) for a, p in answers if a.status_code == 200]
    assert len(winners) == 1
    answered(winners[0][0], 200, created(email))
    for answer, _ in answers:
        if answer is not winners[0][0]:
            assert answer.status_code == 400 and answer.content == encoded(ALREADY)
    assert server.sign_in_status(email, winners[0][1]) == 200


def test_registration_can_be_closed(launch):
    server = launch(env={"SESSIOND_REGISTRATION_OPEN": "false"})
    with server.client() as client:
        email = fresh_email()
        refused(client.post("/users", data={"email": email, "password": "correct horse"}), 403)
        assert client.post("/sessions", data={"email": email, "password": "correct horse"}).status_code == 401
    assert server.run("user", "add", "boss@example.com", "--admin", password="correct horse").returncode == 0
    with server.client() as client:
        assert client.post(
            "/sessions", data={"email": "boss@example.com", "password": "correct horse"}).status_code == 200
        assert client.get("/profile").status_code == 200
