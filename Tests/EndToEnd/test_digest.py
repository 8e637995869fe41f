"""Digest (RFC 7616) with real clients, and by the byte."""

import concurrent.futures
import json
import random
import re
import time

import httpx
import pytest
import requests
from requests.auth import HTTPDigestAuth

from harness.browser import chromium
from harness.curl import Curl
from harness.digest import Digest, Relay, challenges, md5_alone, parameters, quoted
from harness.server import Server, run
from harness.wire import Wire, ask, get

ME = "/users/me"
SCHEMES = {"SESSIOND_AUTH_SCHEMES": "session,digest"}
WITH_MD5 = {**SCHEMES, "SESSIOND_DIGEST_ALLOW_MD5": "true"}
SERVER = {"env": SCHEMES}


class Device:
    """An account with an app password."""

    def __init__(self, server, email=None):
        self.server, self.account = server, server.register(email)
        with server.signed_in(self.account) as client:
            answer = client.post("/app-passwords", json={"name": "a device"})
            assert answer.status_code == 201, answer.text
            self.secret, self.id, self.name = (answer.json()[k] for k in ("password", "id", "username"))

    @property
    def credentials(self):
        return self.name, self.secret

    def digest(self, algorithm="SHA-256"):
        """By hand, with a fresh nonce."""
        found = {c["algorithm"]: c["nonce"] for c in challenges(ask(self.server, ME))}
        return Digest(self.name, self.secret, found[algorithm], algorithm)

    def status(self, authorization, target=ME, method="GET"):
        return ask(self.server, target, "Authorization: " + authorization, method=method).status_code


@pytest.fixture(scope="module")
def device(server):
    return Device(server)


@pytest.fixture(scope="module")
def md5(tmp_path_factory):
    """A server that allows MD5 as well, and a device."""
    running = Server(tmp_path_factory.mktemp("md5"), env=WITH_MD5).start()
    yield Device(running)
    running.stop()


def session(credentials):
    client = requests.Session()
    client.trust_env = False
    client.auth = HTTPDigestAuth(*credentials)
    return client


def is_me(answer, device):
    return answer.status_code == 200 and json.loads(answer.content)["email"] == device.account.email


# Clients


def test_curl(device, curl):
    answer = curl(ME + "?a=b&c", "--digest", "-u", ":".join(device.credentials), jar=False)
    assert is_me(answer, device) and answer.statuses == [401, 200]
    assert curl(ME, "--digest", "-u", f"{device.name}:{device.account.password}", jar=False).status_code == 403


def test_curl_with_any_scheme_and_with_a_body(device, curl):
    assert is_me(curl(ME, "--anyauth", "-u", ":".join(device.credentials), jar=False), device)
    path = "/api/v1/users/" + json.loads(curl(ME, "--digest", "-u", ":".join(device.credentials), jar=False).content)["id"]
    answer = curl(path, "--digest", "-u", ":".join(device.credentials), "-X", "PUT", "-H",
                  "Content-Type: application/json", "-d", '{"first_name":"Ada"}', jar=False)
    assert answer.status_code == 200 and json.loads(answer.content)["first_name"] == "Ada"


def test_curl_with_md5(md5, tmp_path):
    with Relay(md5.server, md5_alone) as relay:
        answer = Curl(relay, tmp_path)(ME, "--digest", "-u", ":".join(md5.credentials), jar=False)
    assert is_me(answer, md5) and answer.statuses == [401, 200]
    assert is_me(Curl(md5.server, tmp_path)(ME, "--digest", "-u", ":".join(md5.credentials), jar=False), md5)


def test_curl_with_a_stale_nonce(device, tmp_path):
    foreign = "0" * 64

    def rewrite(challenge):
        """The first nonce that the client sees is no good."""
        return challenge if "stale" in challenge else re.sub('nonce="[^"]*"', f'nonce="{foreign}"', challenge)

    with Relay(device.server, rewrite) as relay:
        answer = Curl(relay, tmp_path)(ME, "--digest", "-u", ":".join(device.credentials), jar=False)
    assert is_me(answer, device) and answer.statuses == [401, 401, 200] and "stale=true" in answer.heads


def test_requests(device):
    with session(device.credentials) as client:
        answers = [client.get(device.server.base + ME + f"?turn={turn}") for turn in range(5)]
    assert all(is_me(answer, device) for answer in answers)
    assert [len(answer.history) for answer in answers] == [1, 0, 0, 0, 0]
    counts = [parameters(answer.headers["Authentication-Info"])["nc"] for answer in answers]
    assert counts == [f"{turn:08x}" for turn in range(1, 6)]


def test_requests_with_md5(md5):
    with session(md5.credentials) as client:
        answer = client.get(md5.server.base + ME)
    # Of two challenges it takes the last.
    assert is_me(answer, md5) and 'algorithm="MD5"' in answer.request.headers["Authorization"]


def test_requests_with_a_stale_nonce_and_after_a_restart(launch):
    device = Device(launch(env={**SCHEMES, "SESSIOND_DIGEST_NONCE_LIFETIME": "1"}))
    with session(device.credentials) as client:
        assert is_me(client.get(device.server.base + ME), device)
        time.sleep(1.1)
        answer = client.get(device.server.base + ME)
        assert is_me(answer, device) and "stale=true" in answer.history[0].headers["WWW-Authenticate"]
        # The nonce is of a key that nobody knows any more.
        device.server.restart()
        answer = client.get(device.server.base + ME)
        assert is_me(answer, device) and "stale=true" in answer.history[0].headers["WWW-Authenticate"]


@pytest.mark.parametrize("hides_sha", [False, True])
def test_httpx(md5, hides_sha):
    with (Relay(md5.server, md5_alone) as relay,
          httpx.Client(auth=httpx.DigestAuth(*md5.credentials), trust_env=False) as client):
        base = relay.base if hides_sha else md5.server.base
        answers = [client.get(base + ME) for _ in range(3)]
        assert all(is_me(answer, md5) for answer in answers)
        assert [len(answer.history) for answer in answers] == [1, 0, 0]
        assert ("algorithm=MD5" in answers[0].request.headers["Authorization"]) == hides_sha


def test_the_browsers_own_dialog(launch):
    server = launch(env=SCHEMES)
    device = Device(server)
    server.stop()
    server.env["SESSIOND_AUTH_SCHEMES"] = "digest"
    server.start()
    with chromium() as browser:
        for secret, status in [(device.secret, 200), (device.account.password, 403)]:
            credentials = {"username": device.name, "password": secret}
            context = browser.new_context(http_credentials=credentials)
            page = context.new_page()
            answer = page.goto(server.base + ME)
            assert answer.status == status
            if status == 200:
                assert json.loads(answer.body())["email"] == device.account.email
                assert page.goto(server.base + ME + "?again").status == 200
            context.close()


def test_a_browser_sees_no_challenge_beside_another_scheme(server):
    assert challenges(ask(server, ME, "Accept: text/html")) == []
    assert len(challenges(ask(server, ME))) == 1


def test_a_name_that_is_not_ascii(server, curl):
    device = Device(server, "jäsøn@example.org")
    assert is_me(curl(ME, "--digest", "-u", ":".join(device.credentials), jar=False), device)
    digest = device.digest()
    raw = "Authorization: " + digest(ME).encode().decode("latin-1")
    assert ask(server, ME, raw).status_code == 200
    encoded = digest(ME, 2, username=None, **{"username*": "UTF-8''j%C3%A4s%C3%B8n%40example.org"})
    assert device.status(encoded) == 200
    hashed = digest.hash(f"{device.name}:sessiond")
    assert device.status(digest(ME, 3, username=quoted(hashed), userhash="true")) == 200


# Nonces and counts


def test_a_replay_is_refused_and_may_be_tried_again(device):
    digest = device.digest()
    assert device.status(digest(ME)) == 200
    answer = ask(device.server, ME, "Authorization: " + digest(ME))
    assert answer.status_code == 401 and challenges(answer)[0]["stale"] == "true"
    assert "Authentication-Info" not in answer.headers
    assert device.status(digest(ME, 2)) == 200


def test_counts_out_of_order_as_far_as_the_window_goes(device):
    digest = device.digest()
    for count, status in [(500, 200), (500, 401), (373, 200), (372, 401), (374, 200), (0xffffffff, 200), (501, 401)]:
        assert device.status(digest(ME, count)) == status


def test_64_parallel_requests_share_a_nonce(device):
    digest = device.digest()
    counts = list(range(1, 65))
    random.Random(7).shuffle(counts)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        assert set(pool.map(lambda count: device.status(digest(ME, count)), counts)) == {200}
        assert set(pool.map(lambda count: device.status(digest(ME, count)), counts)) == {401}


def test_pipelined(device):
    digest = device.digest()
    with Wire(device.server) as wire:
        wire.send(b"".join(
            get(device.server, ME, "Authorization: " + digest(ME, count), close=False) for count in range(1, 11)))
        answers = [wire.read() for _ in range(10)]
    assert {answer.status_code for answer in answers} == {200}
    assert [parameters(a.headers["Authentication-Info"])["nc"] for a in answers] == [f"{n:08x}" for n in range(1, 11)]


def test_the_answer_proves_the_server(device):
    digest = device.digest()
    answer = ask(device.server, ME, "Authorization: " + digest(ME))
    info = parameters(answer.headers["Authentication-Info"])
    key = digest.hash(f"{device.name}:sessiond:{device.secret}")
    wanted = digest.hash(":".join([key, digest.nonce, "00000001", "c", "auth", digest.hash(":" + ME)]))
    assert info == {"qop": "auth", "rspauth": wanted, "cnonce": "c", "nc": "00000001"}


def test_an_aging_nonce_is_followed_by_another(launch):
    device = Device(launch(env={**SCHEMES, "SESSIOND_DIGEST_NONCE_LIFETIME": "2"}))
    digest = device.digest()
    time.sleep(1.1)
    answer = ask(device.server, ME, "Authorization: " + digest(ME))
    digest.nonce = parameters(answer.headers["Authentication-Info"])["nextnonce"]
    time.sleep(1)
    assert device.status(digest(ME)) == 200


# What is proved


def test_method_and_target_cannot_be_changed(device):
    digest = device.digest()
    assert device.status(digest(ME), method="HEAD") == 403
    assert device.status(digest(ME, method="HEAD")) == 403
    assert device.status(digest(ME), target=ME + "?a=b") == 403
    assert device.status(digest(ME), target="/profile") == 403
    assert device.status(digest(ME, uri=quoted("/profile"))) == 403
    assert device.status(digest(ME, method="HEAD"), method="HEAD") == 200
    target = device.server.base + ME + "?x=%41"
    assert device.status(digest(target, 2), target=target) == 200


def test_quotes_and_backslashes(device):
    digest = device.digest()
    key = digest.hash(f"{device.name}:sessiond:{device.secret}")
    proof = digest.hash(":".join([key, digest.nonce, "00000001", 'a"b\\c', "auth", digest.hash("GET:" + ME)]))
    fields = {"cnonce": quoted('a"b\\c'), "response": quoted(proof), "opaque": quoted('x", uri="/')}
    answer = ask(device.server, ME, "Authorization: " + digest(ME, **fields))
    assert answer.status_code == 200 and 'cnonce="a\\"b\\\\c"' in answer.headers["Authentication-Info"]
    escaped = '"' + "".join("\\" + letter for letter in device.name) + '"'
    assert device.status(digest(ME, 2, username=escaped)) == 200


def test_the_login_password_and_nobody_are_refused_alike(device):
    for name, secret in [(device.name, device.account.password), (device.name, ""), ("nobody@example.org", device.secret)]:
        digest = device.digest()
        digest.name, digest.secret = name, secret
        answer = ask(device.server, ME, "Authorization: " + digest(ME))
        assert answer.status_code == 403
        # Where the newer routes say 401, with a fresh nonce.
        answer = ask(device.server, "/sessions/whoami", "Authorization: " + digest("/sessions/whoami"))
        assert answer.status_code == 401 and "stale" not in challenges(answer)[0]
        assert challenges(answer)[0]["nonce"] != digest.nonce


def test_a_revoked_app_password_is_dead_the_next_time(server):
    device = Device(server)
    digest = device.digest()
    assert device.status(digest(ME)) == 200
    with server.signed_in(device.account) as client:
        assert client.delete("/app-passwords/" + device.id).status_code == 200
    assert device.status(digest(ME, 2)) == 403


def test_md5_is_off_by_default(device):
    digest = device.digest()
    digest.algorithm = "MD5"
    assert device.status(digest(ME)) == 403
    assert device.status(digest(ME, algorithm=None)) == 403


def test_without_an_algorithm_it_is_md5(md5):
    digest = md5.digest("MD5")
    assert md5.status(digest(ME, algorithm=None)) == 200
    assert [c["algorithm"] for c in challenges(ask(md5.server, ME))] == ["SHA-256", "MD5"]


def test_md5_that_the_system_has_not_is_refused_at_the_start(tmp_path):
    """As under FIPS: OpenSSL without the provider that has MD5."""
    (tmp_path / "openssl.cnf").write_text(
        "openssl_conf = main\n[main]\nproviders = all\n[all]\nbase = base\n[base]\nactivate = 1\n")
    without = {"OPENSSL_CONF": str(tmp_path / "openssl.cnf")}
    assert run("config", "check", cwd=tmp_path, env=without).returncode == 0
    done = run("config", "check", cwd=tmp_path, env={**without, "SESSIOND_DIGEST_ALLOW_MD5": "true"})
    assert done.returncode == 1 and "digest.allowMD5 is true" in done.stderr and "no MD5" in done.stderr
    assert run("config", "check", cwd=tmp_path, env={"SESSIOND_DIGEST_ALLOW_MD5": "true"}).returncode == 0


HOSTILE = [
    "", " ", ",", ",,,,", "=", "x", "username", 'username="', 'username="x', 'username="\\"', '"="', "a=b=c",
    'username="x", username="y"', ", ".join(f"p{n}=v" for n in range(2000)), "username=" + '"' + "x" * 12000 + '"',
    "nc=" + "f" * 9000, 'uri="' + "/" * 9000 + '"', "\t\t\t", "=,=,=,", "\\", '"\\', "username*=UTF-8''%", ";", "é",
]
CHANGES = [
    {"response": '""'}, {"response": quoted("0" * 64)}, {"response": quoted("z" * 64)}, {"response": quoted("0" * 4000)},
    {"nonce": '""'}, {"nonce": quoted("0" * 64)}, {"nonce": quoted("f" * 64)}, {"nonce": quoted("é" * 32)},
    {"nonce": quoted("0" * 9000)}, {"nc": "00000000"}, {"nc": "ffffffff"}, {"nc": "-0000001"}, {"nc": "0x000001"},
    {"nc": '"00000001'}, {"nc": None}, {"cnonce": '""'}, {"cnonce": None}, {"cnonce": quoted("x" * 9000)},
    {"qop": None}, {"qop": "auth-int"}, {"qop": quoted("auth,auth-int")}, {"algorithm": "MD5"}, {"algorithm": "none"},
    {"algorithm": "SHA-256-sess"}, {"algorithm": "SHA-512-256"}, {"algorithm": '""'}, {"realm": quoted("other")},
    {"realm": None}, {"uri": quoted("*")}, {"uri": quoted("")}, {"uri": quoted("http://")}, {"uri": quoted("/%zz")},
    {"uri": quoted("/%00")}, {"uri": quoted("//users/me")}, {"uri": quoted("\x01")}, {"uri": None}, {"username": None},
    {"username": quoted("")}, {"username": quoted("a" * 9000)}, {"username": quoted("\xff\xfe")}, {"userhash": "true"},
    {"userhash": "perhaps"}, {"username*": "UTF-8''x"}, {"username": None, "username*": "UTF-8''%FF"},
    {"username": None, "username*": "x"}, {"username": None, "username*": quoted("UTF-8''x")},
]


def test_hostile_values_are_refused(device):
    digest = device.digest()
    values = ["Digest " + value for value in HOSTILE] + [digest(ME, **changes) for changes in CHANGES]
    for value in values:
        answer = ask(device.server, ME, "Authorization: " + value.encode().decode("latin-1"))
        assert answer.status_code in (400, 401, 403, 431), (value[:200], answer)
    assert device.status(digest(ME, 7)) == 200


def test_the_log_has_no_secret(device):
    digest = device.digest()
    assert device.status(digest(ME)) == 200
    log = "\n".join(device.server.log)
    assert device.secret not in log and digest.nonce not in log and digest.hash(f"{device.name}:sessiond") not in log
