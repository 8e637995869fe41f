"""docs/ASVS.md: requirements of OWASP ASVS 5.0, chapter 6, authentication, under config/production.json5.

The environment changes the mail server, with its certificate, and the cost of hashing; flags, port and data file."""

import base64
import gzip
import importlib.resources
import json

import pytest

from harness.client import Client, fresh_email
from harness.expect import USER_KEYS, refused
from harness.production import (  # noqa: F401  (the fixtures)
    ME, NEW, PASSWORD, PRODUCTION, Person, add, admin, ask_for_reset, change, clocked, documented, numbers, person,
    redeem, server, settings, sink, tokens_to, user)
from harness.server import Server
from harness.spray import Source, addresses

# 6.1 Documentation

def test_6_1_1_the_limits_that_are_documented_are_those_in_force(tmp_path):
    said, hold = numbers(tmp_path, "rateLimits.")
    assert len(said) == 12 and said == hold


def test_6_1_2_the_words_that_do_not_count_are_documented(tmp_path):
    said, hold = numbers(tmp_path, "passwords.words")
    assert len(said) == 1 and said == hold


def test_6_1_3_every_way_in_is_documented(tmp_path):
    holds = settings(tmp_path)
    idle = {"/", "/livez", "/readyz", "/openapi.json", "/api/v1/status", "/api/v1/unauthorized", "/api/v1/forbidden",
            "/.well-known/jwks.json"}
    ways = {path.replace("\\", "") for path in documented("Ways in")}
    assert {way for way in ways if "/" in way} == set(holds["auth.openPaths"]) - idle
    assert holds["auth.schemes"] == ["session", "bearer"] and holds["auth.filter"] == "schemes"


# 6.2 Passwords

def test_6_2_1_passwords_have_at_least_12_octets_and_8_characters(server, user):
    for password in ("elevenchars", "\U0001f600" * 7, "ключик"):
        for done in (add(server, fresh_email(), password).stderr, change(user, password).text):
            assert "password is too short" in done
    for password in ("twelve chars", "\U0001f600" * 8, "ключключ"):
        assert add(server, fresh_email(), password).returncode == 0


def test_6_2_2_users_change_their_password(user):
    assert change(user, NEW).status_code == 200
    assert [user.sign_in(), user.sign_in(NEW)] == [401, 200]


def test_6_2_3_a_change_demands_the_current_password(user):
    refused(change(user, NEW, "a wrong password"), 403, "wrong password")
    answer = user.ask("PUT", ME + "/password", json={"new_password": NEW})
    refused(answer, 400, "current_password missing")
    assert [user.sign_in(NEW), user.sign_in()] == [401, 200]


def leaked():
    """The list that was made of leaks: of it, what is as long as production demands."""
    django = importlib.resources.files("django.contrib.auth") / "common-passwords.txt.gz"
    words = gzip.decompress(django.read_bytes()).decode().split()
    return [word for word in words if len(word.encode()) >= 12]


def common():
    """The same of all lists that the table is made of."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS
    words = {word for words in FREQUENCY_LISTS.values() for word in words if len(word.encode()) >= 12}
    return sorted(words.union(leaked()))


def test_6_2_4_more_than_3000_common_ones_of_the_demanded_length_are_refused(server, user):
    words = common()
    assert len(words) > 3_000
    for word in words[::200]:
        assert "too common" in change(user, word).text, word
        assert "too common" in add(server, fresh_email(), word.upper()).stderr, word


@pytest.mark.parametrize("password", [
    "onlylowercaseletters", "ONLYUPPERCASELETTERS", "836408125673", "?!?!?!?!?!?!", " " * 12, "только кириллица",
    "\U0001f600" * 8])
def test_6_2_5_any_composition_will_do(server, password):
    email = fresh_email()
    assert add(server, email, password).returncode == 0
    assert Person(server, email, password).sign_in() == 200


@pytest.mark.parametrize("typed", [PASSWORD[:-1], PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), PASSWORD.title()])
def test_6_2_8_a_password_counts_exactly_as_it_was_typed(user, typed):
    assert [user.sign_in(typed), user.sign_in()] == [401, 200]


def test_6_2_8_the_last_octet_of_the_longest_counts(server):
    email = fresh_email()
    assert add(server, email, "x" * 255 + "a").returncode == 0
    assert [Person(server, email).sign_in(p) for p in ("x" * 255 + "b", "x" * 255, "x" * 255 + "a")] == [401, 401, 200]


def test_6_2_9_passwords_of_64_characters_are_taken(server):
    for password in ("aé" * 32, "\U0001f600" * 64):  # 96 octets, and 256
        email = fresh_email()
        assert add(server, email, password).returncode == 0
        assert Person(server, email, password).sign_in() == 200


@pytest.mark.faketime
def test_6_2_10_a_password_is_good_for_years(clocked):
    someone, clock = clocked
    clock.set("+10y")
    assert someone.status() == 403
    assert someone.sign_in() == 200 and someone.status() == 200


def test_6_2_11_names_of_the_service_and_the_own_address_are_refused(server, user):
    for password in ("sessiondsessiond", "Sessiond-2026!", "SESSIOND12345"):
        assert "easily guessed words" in change(user, password).text
        assert "easily guessed words" in add(server, fresh_email(), password).stderr
    assert "is the email address" in change(user, user.email.upper()).text
    assert change(user, "sessiond, correct horse").status_code == 200


def test_6_2_12_leaked_ones_are_refused(user):
    assert len(leaked()) > 150
    for password in leaked()[::10]:
        assert "too common" in change(user, password).text, password


# 6.3 Signing in

def test_6_3_1_guessing_is_slowed_and_the_owner_gets_in(server):
    owner = person(server, fresh_email(), address="127.9.0.1")
    guesses = [Person(server, owner.email, address=place).sign_in("a wrong guess") for place in addresses(30, block=60)]
    assert guesses == [401] * 10 + [429] * 20
    owner.address, owner.token = "127.9.0.2", None
    assert owner.sign_in() == 200, "with the cookie of a known device"
    with Source(server, "127.61.0.1") as source:
        statuses = [source.sign_in(fresh_email(), "a wrong guess")[0] for _ in range(210)]
    assert 200 <= statuses.count(401) <= 202 and set(statuses[203:]) == {429}


def test_6_3_2_a_new_server_has_no_account(tmp_path):
    fresh = Server(tmp_path, config=PRODUCTION, env={"SESSIOND_RESET_DELIVERY": "off"}).start()
    try:
        assert json.loads(fresh.run("user", "list", "--json").stdout or "[]") == []
        for email in ("admin", "root", "sa", "admin@example.com", "root@localhost"):
            assert Person(fresh, email).sign_in("password") == 401
        with Client(fresh.base) as client:
            form = {"email": "first@example.com", "password": PASSWORD}
            refused(client.post("/users", data=form), 403)
    finally:
        fresh.stop()


def test_6_3_4_all_ways_in_have_the_same_controls(server, admin, user):
    """One account over both APIs: the same count, the same answer for the disabled; no Basic."""
    target = person(server, fresh_email(), address="127.10.0.1")
    statuses = [Person(server, target.email, address=place).sign_in("a wrong guess", path)
                for number, place in enumerate(addresses(12, block=62))
                for path in [("/sessions", "/api/v1/auth_session/login")[number % 2]]]
    assert statuses == [401] * 10 + [429] * 2
    assert server.run("user", "disable", user.email).returncode == 0
    assert [user.sign_in(path=path) for path in ("/sessions", "/api/v1/auth_session/login")] == [401, 401]
    word = base64.b64encode(f"{admin.email}:{PASSWORD}".encode()).decode()
    with Client(server.base) as client:
        refused(client.get(ME, headers={"Authorization": f"Basic {word}"}), 403)
        assert "Basic" not in client.get(ME).headers["WWW-Authenticate"]


# 6.4 Recovery

def test_6_4_1_no_password_is_made_up(server, admin):
    """Whoever makes an account gives its password; the only secret that is made is the token for a reset, see 6.4.3."""
    done = server.run("user", "add", fresh_email())
    assert done.returncode != 0
    answer = admin.ask("POST", "/api/v1/users", json={"email": fresh_email()})
    refused(answer, 400, "password missing")
    answer = admin.ask("POST", "/api/v1/users", json={"email": fresh_email(), "password": PASSWORD})
    assert answer.status_code == 201 and sorted(answer.json()) == USER_KEYS
    assert PASSWORD not in answer.text


def test_6_4_2_there_are_no_hints_and_no_questions(user):
    profile = user.ask("GET", ME).json()
    assert sorted(profile) == USER_KEYS
    hints = {"hint": "the horse", "question": "which horse", "answer": "the correct one"}
    changed = user.ask("PUT", f"/api/v1/users/{profile['id']}", json=hints)
    assert sorted(changed.json()) == USER_KEYS and "horse" not in changed.text


def test_6_4_3_a_reset_goes_by_mail_once_and_to_the_owner_alone(server, sink, user):
    other, stranger = person(server, fresh_email()), fresh_email()
    answers = [ask_for_reset(server, email) for email in (user.email, stranger)]
    texts = [answer.text.replace(email, "E") for answer, email in zip(answers, (user.email, stranger))]
    assert [answer.status_code for answer in answers] == [200, 200] and texts[0] == texts[1]
    (mail,) = tokens_to(sink, user.email)
    assert len(mail.token) == 43 and mail.token not in answers[0].text and not sink.to(stranger)
    for email, token in ((other.email, mail.token), (user.email, ""), (user.email, mail.token[:-1] + "~")):
        refused(redeem(server, email, token), 403)
    assert "too short" in redeem(server, user.email, mail.token, "short").text
    assert redeem(server, user.email, mail.token).status_code == 200
    refused(redeem(server, user.email, mail.token), 403)
    assert [user.status(), user.sign_in(), user.sign_in(NEW)] == [403, 401, 200]
    server.await_events("mail sent")
    assert mail.token not in "\n".join(server.log)
