"""Two certificates on one listener, tickets over time and reloads, and TLS connections that are too many."""

import signal
import socket
import ssl
import subprocess
import time

import pytest

from harness.server import run
from harness.tls import Pair, Secure, let_expire, make_pair
from harness.wire import eventually, get

STATUS = b'{"status":"OK"}\n'
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
RSA = ("rsa:2048",)


def start(launch, pair, alternate=None, **env):
    more = {} if alternate is None else {
        "SESSIOND_TLS_ALTERNATE_CERTIFICATE": str(alternate.certificate),
        "SESSIOND_TLS_ALTERNATE_KEY": str(alternate.key)}
    return Secure(launch(env={**pair.environment, **more, **env}), pair)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    return make_pair(folder), make_pair(folder, "rsa", RSA)


def signed_by(folder, name, kind):
    """A certificate that an authority of its own signed, with the authority's as chain; and the authority's."""
    authority = make_pair(folder, f"ca-{name}", kind)
    pair, request = Pair(folder / f"{name}.crt", folder / f"{name}.key"), folder / f"{name}.csr"
    for command in (
            ["req", "-new", "-newkey", *kind, "-nodes", "-subj", "/CN=localhost", "-keyout", pair.key, "-out", request],
            ["x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key, "-CAcreateserial",
             "-days", "2", "-out", pair.certificate]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    pair.certificate.write_bytes(pair.certificate.read_bytes() + authority.certificate.read_bytes())
    return pair, authority


# Two certificates


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_ecdsa_is_preferred_and_rsa_is_there(launch, tmp_path, version):
    """Each with its own chain."""
    (ecdsa, ca_ecdsa), (rsa, ca_rsa) = (
        signed_by(tmp_path, "ecdsa", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")), signed_by(tmp_path, "rsa", RSA))
    secure = start(launch, ecdsa, rsa)
    for signatures, kind, ca in (
            ("RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256", "ECDSA", ca_ecdsa),
            ("RSA-PSS+SHA256:RSA+SHA256", "RSA", ca_rsa)):
        code, text = secure.s_client(
            version, "-sigalgs", signatures, "-showcerts", "-CAfile", str(ca.certificate), "-ign_eof",
            text=get(secure, "/api/v1/status").decode())
        assert code == 0 and "Verify return code: 0 (ok)" in text and '{"status":"OK"}' in text, text
        assert f"Peer signature type: {kind}" in text, text
        assert text.count("BEGIN CERTIFICATE") == 2, text


@pytest.mark.parametrize("wrong, words", [
    ("missing", ["no.crt", "No such file or directory"]),
    ("missing key", ["no.key", "No such file or directory"]),
    ("same kind", ["other.crt", "same kind", "server.crt"]),
    ("swapped", ["server.key", "does not belong", "rsa.crt"]),
    ("no key", ["tls.alternateKey"]),
    ("encrypted", ["locked.key", "cannot use the TLS key"]),
])
def test_a_second_pair_that_does_not_fit_keeps_it_from_starting(pairs, tmp_path, wrong, words):
    ecdsa, rsa = pairs
    other, locked = make_pair(tmp_path, "other"), tmp_path / "locked.key"
    subprocess.run(["openssl", "rsa", "-aes256", "-passout", "pass:abcd", "-in", rsa.key, "-out", locked], check=True,
                   capture_output=True)
    certificate, key = {
        "missing": (tmp_path / "no.crt", rsa.key), "missing key": (rsa.certificate, tmp_path / "no.key"),
        "same kind": (other.certificate, other.key), "swapped": (rsa.certificate, ecdsa.key),
        "no key": (rsa.certificate, ""), "encrypted": (rsa.certificate, locked)}[wrong]
    done = run("serve", "--port", "0", cwd=tmp_path, env={
        **ecdsa.environment, "SESSIOND_TLS_ALTERNATE_CERTIFICATE": str(certificate),
        "SESSIOND_TLS_ALTERNATE_KEY": str(key)})
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and len(lines) == 1, done.stderr
    assert all(word in lines[0] for word in words), lines


def served_kinds(secure):
    """SHA-256 of what ECDSA clients and RSA clients are shown."""
    found = []
    for ciphers in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
        with socket.create_connection(secure.address, 10) as plain, context.wrap_socket(plain) as tls:
            found.append(tls.getpeercert(binary_form=True))
    return found


def test_a_reload_changes_both_or_neither(launch, pairs, tmp_path):
    ecdsa, rsa = make_pair(tmp_path, "live"), make_pair(tmp_path, "live-rsa", RSA)
    before = [ecdsa.der, rsa.der]
    secure = start(launch, ecdsa, rsa)
    assert served_kinds(secure) == before
    # A new first one, and a second one that fits no more.
    ecdsa.replace_by(pairs[0])
    rsa.certificate.write_bytes(pairs[1].certificate.read_bytes())
    secure.server.process.send_signal(signal.SIGHUP)
    kept, = secure.server.await_events("certificate kept")
    assert "live-rsa.key" in kept["error"] and "does not belong" in kept["error"]
    assert served_kinds(secure) == before
    rsa.key.write_bytes(pairs[1].key.read_bytes())
    secure.server.process.send_signal(signal.SIGHUP)
    secure.server.await_events("certificate reloaded")
    assert eventually(lambda: served_kinds(secure) == [pairs[0].der, pairs[1].der])


def test_both_are_warned_about(launch, tmp_path):
    ecdsa, rsa = let_expire(make_pair(tmp_path)), let_expire(make_pair(tmp_path, "rsa", RSA))
    warning, = start(launch, ecdsa, rsa).server.await_events("certificate")
    assert warning["level"] == "warning"
    assert all(word in warning["warning"] for word in ("server.crt", "rsa.crt", "expired"))


# Tickets


class Resuming:
    """A client that keeps the session of its first connection, and tries it on each further one."""

    def __init__(self, secure, version):
        self.secure, self.context, self.session = secure, secure.context(version), None

    def visit(self, keeps=False):
        """One request; whether it was on a resumed session."""
        with socket.create_connection(self.secure.address, 10) as plain:
            with self.context.wrap_socket(plain, server_hostname="localhost", session=self.session) as tls:
                tls.sendall(get(self.secure, "/api/v1/status"))
                text = b""
                while data := tls.recv(65536):
                    text += data
                assert text.endswith(STATUS)
                if keeps or self.session is None:
                    self.session = tls.session
                return tls.session_reused


@pytest.mark.parametrize("version", VERSIONS)
def test_every_loop_resumes(launch, pairs, version):
    client = Resuming(start(launch, pairs[0], SESSIOND_SERVER_LOOPS="4"), version)
    assert not client.visit()
    # Sixteen connections from sixteen ports: all on one loop once in a thousand million times.
    assert all(client.visit() for _ in range(16))


@pytest.mark.parametrize("version", VERSIONS)
def test_sessions_outlive_a_reload(launch, tmp_path, version):
    live, rsa = make_pair(tmp_path, "live"), make_pair(tmp_path, "rsa", RSA)
    secure = start(launch, live, SESSIOND_SERVER_LOOPS="2")
    client = Resuming(secure, version)
    assert not client.visit()
    for count, other in enumerate((make_pair(tmp_path, "next"), rsa), 1):
        live.replace_by(other)
        secure.server.process.send_signal(signal.SIGHUP)
        secure.server.await_events("certificate reloaded", count=count)
        assert eventually(lambda wanted=other: secure.served() == wanted.der)
        assert all(client.visit() for _ in range(4))


def test_a_session_ends_and_one_that_goes_on_does_not(launch, pairs):
    """The client of TLS 1.3 gets a new ticket each time, and goes on through three changes of the key."""
    secure = start(launch, pairs[0], SESSIOND_TLS_TICKET_LIFETIME="4", SESSIOND_SERVER_LOOPS="2")
    clients, begin = [Resuming(secure, version) for version in VERSIONS], time.monotonic()
    going_on = Resuming(secure, ssl.TLSVersion.TLSv1_3)
    assert not any(client.visit() for client in [*clients, going_on])
    while (age := time.monotonic() - begin) < 13:
        assert going_on.visit(keeps=True), age
        if age < 2.5:
            assert all(client.visit() for client in clients), age
        time.sleep(0.5)
    assert not any(client.visit() for client in clients)


# One connection too many


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_one_connection_too_many_is_told_so(launch, pairs, version, method):
    secure = start(launch, pairs[0], SESSIOND_CONNECTIONS_TOTAL="1")
    with secure.wire() as first:
        assert first.send(get(secure, "/", close=False)).read().status_code == 200
        with secure.wire(version) as second:
            # One that waits for 100 with its content, or two at once.
            fields = ["Content-Length: 3", "Expect: 100-continue"] if method == "POST" else []
            request = get(secure, "/", *fields, method=method, close=False)
            answer = second.send(request if fields else request * 2).read(method)
            # close_notify, and nothing about the second request.
            assert not second.read_all()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.headers["Connection"] == "close"
        assert method == "HEAD" or b"Too many connections" in answer.content
        assert first.send(get(secure, "/", close=False)).read().status_code == 200
    assert secure.server.await_events("too many connections")[0]["shed"] == 1
    assert eventually(lambda: secure.client().get("/").status_code == 200)


def test_many_too_many_are_closed_at_once_but_for_a_few(launch, pairs):
    """So an attacker who has every place makes us pay for no more than a few handshakes a second."""
    secure = start(launch, pairs[0], SESSIOND_CONNECTIONS_TOTAL="1", SESSIOND_SERVER_LOOPS="1")
    with secure.wire() as first:
        assert first.send(get(secure, "/", close=False)).read().status_code == 200
        told, held, begin = 0, [], time.monotonic()
        for _ in range(400):
            try:
                held.append(secure.wire())
            except (ssl.SSLError, ConnectionError):
                continue
            told += 1
        seconds = time.monotonic() - begin
        # These say nothing: sixteen at once is the end of it, and nobody waits for them.
        assert 1 <= told <= 16, (told, seconds)
        assert first.send(get(secure, "/", close=False)).read().status_code == 200
        for wire in held:
            with wire:
                wire.send(get(secure, "/"))
                assert [answer.status_code for answer in wire.read_all()] == [503]
        told, begin = 0, time.monotonic()
        while (seconds := time.monotonic() - begin) < 2:
            try:
                with secure.wire() as wire:
                    wire.send(get(secure, "/")).read()
                    told += 1
            except (ssl.SSLError, ConnectionError):
                continue
        assert 16 <= told <= 16 * (seconds + 2), (told, seconds)
    shed = sum(event["shed"] for event in secure.server.await_events("too many connections"))
    assert shed > 400 and eventually(lambda: secure.client().get("/").status_code == 200)


def test_one_too_many_that_asks_nothing_is_closed(launch, pairs):
    secure = start(launch, pairs[0], SESSIOND_CONNECTIONS_TOTAL="1", SESSIOND_TIMEOUTS_IDLE_UNDER_PRESSURE="1",
                   SESSIOND_TIMEOUTS_HEAD="2")
    with secure.wire() as first:
        first.send(get(secure, "/", close=False)).read()
        with secure.wire() as silent, secure.wire() as slow:
            slow.send(b"GET / HTTP/1.1\r\n")
            assert not silent.read_all()
            assert [answer.status_code for answer in slow.read_all()] == [408]
