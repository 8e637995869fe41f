"""docs/ASVS.md: requirements of OWASP ASVS 5.0, chapters 6 and 7, under config/production.json5.

The environment changes the port, the data file, the mail server (with a certificate of its own) and the cost of hashing."""

import base64
import gzip
import importlib.resources
import json
import re

import pytest

from harness.client import Client, fresh_email
from harness.expect import USER_KEYS, refused
from harness.faketime import FakeClock
from harness.mail import TOKEN, Sink
from harness.production import COOKIE, PASSWORD, PRODUCTION, Person, add, person, settings
from harness.server import ROOT, Server, run
from harness.sessions import SOME_ID
from harness.spray import Source, addresses
from harness.tls import make_pair
from harness.wire import eventually

NEW = "another horse entirely"
ME = "/api/v1/users/me"


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


def documented(section):
    """The rows of a table of docs/ASVS.md: first column to second."""
    text = (ROOT / "docs" / "ASVS.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(.+?)` \| (.+?) \|", text, re.M))


def numbers(tmp_path, *prefixes):
    """What docs/ASVS.md says of settings and what holds."""
    said, holds = documented("Numbers in production"), settings(tmp_path)
    keys = [key for key in said if key.startswith(prefixes)]
    return {key: said[key] for key in keys}, {key: f"`{json.dumps(holds[key])}`" for key in keys}


# 6.1 Documentation

def test_6_1_1_the_limits_that_are_documented_are_those_in_force(tmp_path):
    said, hold = numbers(tmp_path, "rateLimits.")
    assert len(said) == 12 and said == hold


def test_6_1_2_the_words_that_do_not_count_are_documented(tmp_path):
    said, hold = numbers(tmp_path, "passwords.words")
    assert len(said) == 1 and said == hold


def test_6_1_3_every_way_in_is_documented(tmp_path):
    holds = settings(tmp_path)
    idle = {"/", "/livez", "/readyz", "/api/v1/status", "/api/v1/unauthorized", "/api/v1/forbidden"}
    ways = {path.replace("\\", "") for path in documented("Ways in")}
    assert {way for way in ways if "/" in way} == set(holds["auth.openPaths"]) - idle
    assert holds["auth.schemes"] == ["session"] and holds["auth.filter"] == "schemes"


# 6.2 Passwords

def test_6_2_1_passwords_have_at_least_12_octets_and_8_characters(server, user):
    for password in ("elevenchars", "\U0001f600" * 7, "ключик"):
        for done in (add(server, fresh_email(), password).stderr, change(user, password).text):
            assert "password is too short" in done
    for password in ("twelve chars", "\U0001f600" * 8, "ключключ"):
        assert add(server, fresh_email(), password).returncode == 0


def change(someone, new, current=None):
    body = {"current_password": current or someone.password, "new_password": new}
    return someone.ask("PUT", ME + "/password", json=body)


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
    "onlylowercaseletters", "ONLYUPPERCASELETTERS", "836408125673", "?!?!?!?!?!?!", " " * 12, "только кириллица", "\U0001f600" * 8])
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


# 7.1 Documentation

def test_7_1_1_the_lifetimes_that_are_documented_are_those_in_force(tmp_path):
    said, hold = numbers(tmp_path, "sessions.lifetime", "sessions.idle", "sessions.remembered", "sessions.reauth")
    assert len(said) == 5 and said == hold


def test_7_1_2_the_number_of_sessions_that_is_documented_is_that_in_force(server, tmp_path):
    said, hold = numbers(tmp_path, "sessions.perUser")
    assert len(said) == 1 and said == hold
    someone, tokens = person(server, fresh_email()), []
    for _ in range(20):
        tokens.append(someone.token)
        someone.token = None
        assert someone.sign_in() == 200
    assert [someone.status(token) for token in [*tokens, someone.token]] == [403] + [200] * 20


# 7.2 Tokens

def test_7_2_1_the_server_alone_says_what_a_token_is_worth(user):
    changed = [user.token[:at] + ("A" if user.token[at] != "A" else "B") + user.token[at + 1:] for at in range(42)]
    assert {user.status(token) for token in [*changed, "A" * 43, user.token.swapcase()]} == {403}
    assert user.status() == 200
    assert user.server.run("session", "revoke", user.email, "--all").returncode == 0
    assert user.status() == 403


def test_7_2_2_no_static_secret_is_a_session(server, user):
    with Client(server.base) as client:
        for headers in ({"Authorization": f"Bearer {user.token}"}, {"X-API-Key": user.token}, {"X-Session": user.token}):
            assert client.get(ME, headers=headers).status_code in (401, 403)
        assert client.get(ME, params={COOKIE: user.token}).status_code == 401
    first = user.token
    assert user.sign_in() == 200 and user.token != first


def test_7_2_3_tokens_have_256_bits_and_do_not_repeat(server, user):
    tokens = set()
    for _ in range(200):
        assert user.sign_in() == 200
        tokens.add(user.token)
    assert len(tokens) == 200
    octets = [base64.urlsafe_b64decode(token + "=") for token in tokens]
    assert {len(one) for one in octets} == {32}
    for at in range(256):  # 200 throws of a coin: outside of 60 to 140 once in 10^8
        assert 50 < sum(one[at // 8] >> at % 8 & 1 for one in octets) < 150


def test_7_2_4_signing_in_makes_a_new_token_and_ends_the_old_one(user):
    old = user.token
    planted = "A" * 43
    user.token = planted
    assert user.sign_in() == 200 and user.token not in (old, planted)
    assert [user.status(planted), user.status(old)] == [403, 200]
    user.token, shown = old, old
    assert user.sign_in() == 200
    assert [user.status(shown), user.status()] == [403, 200]
    shown = user.token
    assert change(user, NEW).status_code == 200
    assert user.status(shown) == 403


# 7.3 Timeouts

def test_7_3_1_half_an_hour_without_a_request_ends_a_session(clocked):
    someone, clock = clocked
    clock.set("+1790")
    assert someone.status() == 200
    clock.set("+3580")
    assert someone.status() == 200
    clock.set("+5390")
    assert someone.status() == 403


def test_7_3_2_twelve_hours_end_a_session_that_is_used(clocked):
    someone, clock = clocked
    for seconds in range(1_500, 43_100, 1_500):
        clock.set(f"+{seconds}")
        assert someone.status() == 200, seconds
    clock.set("+43210")
    assert someone.status() == 403


# 7.4 Ends

@pytest.mark.parametrize("method,path", [("DELETE", "/sessions"), ("DELETE", "/api/v1/auth_session/logout")])
def test_7_4_1_sign_out_ends_the_session_and_nothing_is_kept(user, method, path):
    assert user.ask("GET", "/profile").headers["Cache-Control"] == "no-store"
    answer = user.ask(method, path)
    assert answer.status_code in (200, 302)
    assert f"{COOKIE}=; " in answer.headers["Set-Cookie"] and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert user.status() == 403


@pytest.mark.parametrize("command", ["disable", "delete"])
def test_7_4_2_no_session_outlives_its_account(server, admin, user, command):
    other = Person(server, user.email)
    assert other.sign_in() == 200
    path = "/api/v1/users/" + user.ask("GET", ME).json()["id"]
    body = {"disabled": True}
    answer = admin.ask("PUT", path, json=body) if command == "disable" else admin.ask("DELETE", path)
    assert answer.status_code == 200
    assert [user.status(), other.status(), user.sign_in()] == [403, 403, 401]


def test_7_4_3_a_new_password_ends_all_other_sessions(server, sink, user):
    other = Person(server, user.email)
    assert other.sign_in() == 200
    answer = change(user, NEW)
    kept = re.match(f"{COOKIE}=([^;]+)", answer.headers["Set-Cookie"])[1]
    assert [other.status(), user.status(), user.status(kept)] == [403, 403, 200]
    ask_for_reset(server, user.email)
    (mail,) = tokens_to(sink, user.email)
    assert redeem(server, user.email, mail.token, PASSWORD).status_code == 200
    assert user.status(kept) == 403


def test_7_4_5_an_administrator_ends_the_sessions_of_a_user(server, admin, user):
    path = "/api/v1/users/" + user.ask("GET", ME).json()["id"] + "/sessions"
    refused(person(server, fresh_email()).ask("DELETE", path), 403)
    assert user.status() == 200
    assert admin.ask("DELETE", path).json() == {"ended": 1}
    assert [user.status(), admin.status()] == [403, 200]


# 7.5 Abuse

def test_7_5_1_another_address_demands_the_password_and_proof(server, sink, user):
    new = fresh_email()
    refused(user.ask("PUT", ME + "/email", json={"email": new, "password": "a wrong one"}), 403, "wrong password")
    assert user.ask("PUT", ME + "/email", json={"email": new}).status_code == 400
    profile = user.ask("GET", ME).json()
    user.ask("PUT", f"/api/v1/users/{profile['id']}", json={"email": new})
    assert user.ask("GET", "/profile").json() == {"email": user.email}
    assert user.ask("PUT", ME + "/email", json={"email": new, "password": PASSWORD}).status_code == 202
    (mail,) = tokens_to(sink, new)
    assert user.ask("GET", "/profile").json() == {"email": user.email}
    assert user.ask("POST", ME + "/email/confirm", json={"token": mail.token}).status_code == 200
    assert user.ask("GET", "/profile").json() == {"email": new}


def test_7_5_2_users_see_their_sessions_and_end_them_after_signing_in_again(clocked):
    someone, clock = clocked
    other = Person(someone.server, someone.email)
    assert other.sign_in() == 200
    for seconds in (1_500, 3_000, 3_700):
        clock.set(f"+{seconds}")
        assert [someone.status(), other.status()] == [200, 200]
    listed = someone.ask("GET", "/sessions").json()
    assert len(listed) == 2
    (name,) = [session["id"] for session in listed if not session["current"]]
    for path in (f"/sessions/{name}", "/sessions?others=true", f"/sessions/{SOME_ID}"):
        refused(someone.ask("DELETE", path), 403, "Sign in again")
    assert other.status() == 200
    assert someone.sign_in() == 200
    assert someone.ask("DELETE", f"/sessions/{name}").status_code == 200
    assert [other.status(), someone.status()] == [403, 200]


# 7.6 Federation

def test_7_6_2_a_session_begins_with_the_users_own_sign_in_only(server, user):
    form = {"email": user.email, "password": PASSWORD}
    with Client(server.base) as client:
        for path in ("/sessions", "/api/v1/auth_session/login", "/", "/api/v1/status"):
            answer = client.get(path, params=form)
            assert COOKIE not in answer.headers.get("Set-Cookie", ""), path
        for fields in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            answer = client.post("/sessions", data=form, headers=fields)
            refused(answer, 403)
            assert "Set-Cookie" not in answer.headers
