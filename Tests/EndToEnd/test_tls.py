"""TLS on its own listener: handshakes, what is refused, the contract through it, limits, reload."""

import select
import socket
import ssl
import time

import pytest

from harness import expect
from harness.curl import Curl
from harness.server import Server
from harness.tls import Secure, client_hello, make_pair
from harness.wire import Closed, chunked, get, post

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
STATUS = b'{"status":"OK"}\n'


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def secure(pair, tmp_path_factory):
    """The TLS side of the module's server."""
    server = Server(
        tmp_path_factory.mktemp("server"),
        env={**pair.environment, "SESSIOND_TLS_HSTS": "600", "SESSIOND_TIMEOUTS_HEAD": "2",
             "SESSIOND_TIMEOUTS_BODY": "3", "SESSIOND_TIMEOUTS_WRITE_STALL": "2"}).start()
    server.admin = server.register("admin@example.com")
    yield Secure(server, pair)
    server.stop()


def start(launch, pair, **env):
    return Secure(launch(env={**pair.environment, **env}), pair)


# Handshake


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl_trusts_it_and_gets_an_answer(secure, tmp_path, version):
    answer = Curl(secure, tmp_path)(
        "/api/v1/status", f"--tlsv{version}", "--tls-max", version, "--cacert", secure.pair.certificate)
    assert (answer.status_code, answer.content) == (200, STATUS)


@pytest.mark.parametrize("option", ["-tls1", "-tls1_1"])
def test_older_versions_are_refused(secure, option):
    code, text = secure.s_client(option, "-cipher", "ALL:@SECLEVEL=0")
    assert code != 0 and "alert protocol version" in text, text


@pytest.mark.parametrize("cipher", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"])
def test_ciphers_without_forward_secrecy_or_aead_are_refused(secure, cipher):
    code, text = secure.s_client("-tls1_2", "-cipher", cipher + ":@SECLEVEL=0")
    assert code != 0 and "alert handshake failure" in text, text


def test_alpn_is_http_1_1_or_nothing(secure):
    for offered in ("http/1.1", "h2,http/1.1"):
        assert "ALPN protocol: http/1.1" in secure.s_client("-alpn", offered)[1]
    code, text = secure.s_client("-alpn", "h2")
    assert code != 0 and "alert no application protocol" in text, text


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_is_resumed_and_ends_cleanly(secure, tmp_path, version):
    request = get(secure, "/api/v1/status").decode()
    session = str(tmp_path / "session")
    for option, word in (("-sess_out", "New, "), ("-sess_in", "Reused, ")):
        code, text = secure.s_client(version, option, session, "-ign_eof", text=request)
        assert code == 0 and word in text and '{"status":"OK"}' in text, text
        assert "unexpected eof" not in text and "Verify return code: 0 (ok)" in text, text


def test_renegotiation_is_refused(secure):
    code, text = secure.s_client("-tls1_2", text="R\n")
    assert "no renegotiation" in text, text
    assert code != 0


@pytest.mark.parametrize("seconds_between", [0.05, None])
def test_an_unfinished_handshake_is_cut_by_the_deadline(secure, seconds_between):
    hello, begin = client_hello(), time.monotonic()
    with socket.create_connection(secure.address, 10) as wire:
        if seconds_between is None:
            wire.sendall(hello[:-1])
        else:
            try:
                for index in range(len(hello) - 1):
                    wire.sendall(hello[index:index + 1])
                    wire.settimeout(seconds_between)
                    try:
                        if not wire.recv(1):
                            break
                    except TimeoutError:
                        pass
            except (ConnectionResetError, BrokenPipeError):
                pass
        wire.settimeout(10)
        try:
            assert wire.recv(1) == b""
        except ConnectionResetError:
            pass
    assert 0.9 < time.monotonic() - begin < 3.5


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 64, b"\x00" * 5])
def test_what_is_no_tls_gets_no_http(secure, noise):
    with socket.create_connection(secure.address, 10) as wire:
        wire.sendall(noise)
        try:
            assert b"HTTP" not in wire.recv(65536)
        except ConnectionResetError:
            pass
    assert secure.client().get("/api/v1/status").content == STATUS


# The contract


@pytest.mark.parametrize("version", VERSIONS)
def test_the_whole_journey(secure, version):
    name = f"ada{version}@example.com"
    with secure.client() as client:
        form = {"email": name, "password": "lovelace-1843"}
        assert client.post("/users", data=form).status_code == 200
        answer = client.post("/sessions", data=form)
        cookie, = expect.cookies_set(answer)
        pair, *attributes = cookie.split("; ")
        assert pair.startswith("__Host-session_id=") and attributes == ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=600"
        assert client.get("/profile").json() == {"email": name}
        answer = client.post("/api/v1/auth_session/login", data=form)
        assert "Secure" in expect.cookies_set(answer)[0].split("; ")
        assert client.get("/api/v1/users/me").json()["email"] == name
        answer = client.delete("/sessions")
        assert answer.status_code == 302 and "Secure" in expect.cookies_set(answer)[0].split("; ")
        assert client.get("/profile").status_code == 403


def test_plain_http_beside_it_is_as_before(secure):
    with secure.server.client() as client:
        answer = client.post("/sessions", data={"email": "admin@example.com", "password": "correct horse"})
        expect.session_cookie(answer)
        assert "Strict-Transport-Security" not in answer.headers


def test_without_hsts_nothing_is_said(launch, pair):
    answer = start(launch, pair).client().get("/")
    assert answer.status_code == 200 and "Strict-Transport-Security" not in answer.headers


# HTTP through TLS


def test_pipelined_requests_are_answered_in_order(secure):
    paths = ["/api/v1/status", "/", "/api/v1/unauthorized", "/nowhere"] * 50
    requests = b"".join(get(secure, path, close=False) for path in paths[:-1]) + get(secure, paths[-1])
    with secure.wire() as wire:
        answers = wire.send(requests).read_all()
    wanted = {"/api/v1/status": 200, "/": 200, "/api/v1/unauthorized": 401, "/nowhere": 401}
    assert [answer.status_code for answer in answers] == [wanted[path] for path in paths]


def test_a_request_in_records_of_one_byte(secure):
    with secure.wire() as wire:
        for octet in get(secure, "/api/v1/status"):
            wire.send(bytes([octet]))
        answer, = wire.read_all()
    assert (answer.status_code, answer.content) == (200, STATUS)


def test_requests_followed_at_once_by_close_notify_are_answered(secure):
    """A half-close (RFC 8446 §6.1): what was asked before it is answered."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = secure.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(secure.address, 10) as wire:
        def pump(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    wire.sendall(outgoing.read())
                    data = wire.recv(65536)
                    incoming.write(data) if data else incoming.write_eof()
        pump(tls.do_handshake)
        for _ in range(3):
            tls.write(get(secure, "/api/v1/status", close=False))
        try:
            tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        wire.sendall(outgoing.read())
        text = b""
        try:
            while data := pump(lambda: tls.read(65536)):
                text += data
        except ssl.SSLZeroReturnError:
            pass
    assert text.count(b"HTTP/1.1 200 OK\r\n") == 3 and text.endswith(STATUS)


@pytest.mark.parametrize("status, data", [
    (400, b"GET / HTTP/1.1\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc"),
    (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\nabc"),
    (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    (400, b"GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n"),
    (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    (431, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    (501, b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
    (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    (413, b"POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 400_000),
])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_refusal_arrives_and_ends_the_connection_cleanly(secure, status, data, version):
    with secure.wire(version) as wire:
        answer = wire.send(data).read()
        with pytest.raises(Closed) as end:
            wire.read()
    expect.refused(answer, status, expect.ANY)
    assert end.value.args == (b"",)
    assert answer.headers["Strict-Transport-Security"] == "max-age=600"


def test_a_chunked_body_and_expect_continue_on_one_connection(secure):
    with secure.wire() as wire:
        for _ in range(5):
            wire.send(post(secure, "/sessions", b"", "Transfer-Encoding: chunked", "Expect: 100-continue", length=False))
            assert wire.read().status_code == 100
            assert wire.is_silent()
            assert wire.send(chunked(b"email=no@example.com", b"&password=wrong")).read().status_code == 401
            assert wire.send(get(secure, "/", close=False)).read().status_code == 200


def test_a_slow_head_and_a_slow_body_are_408(secure):
    for part in (b"GET / HTTP/1.1\r\n", b"POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"):
        with secure.wire() as wire:
            assert wire.send(part).read().status_code == 408
            assert not wire.read_all()


# Large answers


@pytest.fixture(scope="module")
def many(secure):
    """The bytes of a request whose answer is more than three megabytes: two are more than a socket's buffer takes."""
    token = secure.server.token(secure.server.admin)
    with secure.server.client(token) as client:
        for index in range(1500):
            user = {"email": f"u{index}@example.com", "password": "correct horse",
                    "first_name": "x" * 1024, "last_name": "y" * 1024}
            assert client.post("/api/v1/users", json=user).status_code == 201
    return lambda close: get(secure, "/api/v1/users", "Cookie: __Host-session_id=" + token, close=close)


def read_slowly(wire, octets):
    """Takes so many octets at 0.8 MB a second."""
    while len(wire.buffer) < octets:
        wire.buffer += wire.socket.recv(65536)
        time.sleep(len(wire.buffer) / 800_000 - (time.monotonic() - wire.begin)
                   if len(wire.buffer) / 800_000 > time.monotonic() - wire.begin else 0)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_slow_reader_gets_all_while_it_goes_on(secure, many, version):
    """The second answer waits for longer than the stall deadline, and is in the output buffer to its last octet."""
    with secure.wire() as wire:
        whole = wire.send(many(True)).read().content
    assert len(whole) > 3_000_000
    with secure.wire(version, receive_buffer=4096) as wire:
        wire.begin = time.monotonic()
        wire.send(many(False) * 3)
        read_slowly(wire, 4_000_000)
        assert [wire.read().content == whole for _ in range(3)] == [True] * 3
        # What the output buffer had to take leaves evhttp with a write callback: nothing may come of it now.
        wire.send(post(secure, "/sessions", b"email=a&password=b", "Expect: 100-continue")[:-18])
        assert wire.read().status_code == 100
        assert wire.is_silent()
        assert wire.send(b"email=a&password=b").read().status_code == 401
        assert wire.send(get(secure, "/")).read().status_code == 200
        assert not wire.read_all()


def test_a_reader_that_stops_is_reset(secure, many):
    with secure.wire(receive_buffer=4096) as wire:
        wire.send(many(False) * 3)
        watch = select.poll()
        watch.register(wire.socket.fileno(), 0)  # nothing but its end by a reset
        assert watch.poll(15_000)
    assert secure.client().get("/").status_code == 200
