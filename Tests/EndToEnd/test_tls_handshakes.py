"""Handshakes as no honest client makes them: what is offered and must not be taken, and those that never end."""

import socket
import ssl
import statistics
import threading
import time

import pytest

from harness.server import Server
from harness.tls import Secure, client_hello, make_pair
from harness.wire import get

STATUS = b'{"status":"OK"}\n'
HEAD_DEADLINE = 3


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    pair = make_pair(tmp_path_factory.mktemp("pki"))
    server = Server(
        tmp_path_factory.mktemp("server"),
        env={**pair.environment, "SESSIOND_TIMEOUTS_HEAD": str(HEAD_DEADLINE), "SESSIOND_SERVER_LOOPS": "2"}).start()
    yield Secure(server, pair)
    server.stop()


def first_flight(secure, hello):
    """What the server says to a ClientHello; it must go on serving others."""
    with socket.create_connection(secure.address, 10) as wire:
        wire.sendall(hello)
        try:
            answer = wire.recv(65536)
        except ConnectionResetError:
            answer = b""
    assert secure.client().get("/api/v1/status").content == STATUS
    return answer


def legacy_hello(tls12=True):
    context = ssl.create_default_context()
    if tls12:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return client_hello(context)


def compression_at(hello):
    """Where the list of compression methods begins (RFC 8446 §4.1.2): after random, session and ciphers."""
    position = 5 + 4 + 2 + 32
    position += 1 + hello[position]
    return position + 2 + int.from_bytes(hello[position:position + 2], "big")


def with_lengths(hello, change):
    """Makes the lengths of the record and of the message fit again."""
    record, message = int.from_bytes(hello[3:5], "big") + change, int.from_bytes(hello[6:9], "big") + change
    return hello[:3] + record.to_bytes(2, "big") + hello[5:6] + message.to_bytes(3, "big") + hello[9:]


def offering_compression(hello):
    at = compression_at(hello)
    assert hello[at:at + 2] == b"\x01\x00"
    return with_lengths(hello[:at] + b"\x02\x01\x00" + hello[at + 2:], 1)


def is_alert(answer, description):
    return answer[:1] == b"\x15" and answer[5:7] == bytes([2, description])


# What is offered and must not be taken


def test_compression_is_not_taken(secure):
    """DEFLATE first (RFC 3749): the server takes "null", in TLS 1.2 the last octet of what it chose."""
    answer = first_flight(secure, offering_compression(legacy_hello()))
    assert answer[:1] == b"\x16" and answer[5:6] == b"\x02", answer[:16]
    session = answer[5 + 4 + 34]
    assert answer[5 + 4 + 34 + 1 + session + 2] == 0
    assert "Compression: NONE" in secure.s_client("-tls1_2", "-comp")[1]


def test_compression_beside_tls_1_3_is_an_illegal_parameter(secure):
    assert is_alert(first_flight(secure, offering_compression(legacy_hello(tls12=False))), 47)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_early_data_is_not_taken(secure, tmp_path, version):
    session, early = tmp_path / "session", tmp_path / "early"
    early.write_bytes(get(secure, "/api/v1/status"))
    code, text = secure.s_client(version, "-sess_out", str(session), "-ign_eof", text=get(secure, "/").decode())
    assert code == 0 and "Max Early Data: 0" in text if version == "-tls1_3" else code == 0, text
    text = secure.s_client(version, "-sess_in", str(session), "-early_data", str(early), "-ign_eof",
                           text=get(secure, "/").decode())[1]
    assert "Reused, " in text and "Early data was accepted" not in text and STATUS.decode() not in text, text
    assert text.count("HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("offered, chosen", [
    (None, "No ALPN negotiated"), ("http/1.1", "ALPN protocol: http/1.1"), ("h2,http/1.1", "ALPN protocol: http/1.1"),
    ("http/1.1,h2", "ALPN protocol: http/1.1"),
    ("h2", None), ("http/1.0", None), ("http/1.1x", None), ("HTTP/1.1", None), ("h", None)])
def test_alpn_with_nothing_in_common_is_an_alert(secure, version, offered, chosen):
    """RFC 7301 §3.2: the fatal alert no_application_protocol."""
    code, text = secure.s_client(version, *(["-alpn", offered] if offered else []))
    if chosen is None:
        assert code != 0 and "alert no application protocol" in text and "SSL alert number 120" in text, text
    else:
        assert code == 0 and chosen in text, text


@pytest.mark.parametrize("name", [
    None, "localhost", "other.example", "LOCALHOST", "a" * 63 + ".example", ".".join(["a" * 62] * 4), "127.0.0.1",
    "_", "-", "*", "../../etc/passwd", "a'; DROP TABLE users; --"])
def test_any_server_name_gets_the_same_certificate(secure, name):
    """SNI chooses nothing here, and is no Host."""
    code, text = secure.s_client(*(["-servername", name] if name else ["-noservername"]), "-ign_eof",
                                 text=get(secure, "/api/v1/status").decode())
    assert code == 0 and "Verify return code: 0 (ok)" in text and '{"status":"OK"}' in text, text


@pytest.mark.parametrize("names", [
    b"", b"\x00\x00", b"\x00\x05\x00\x00\x02a\x00", b"\x00\x05\x01\x00\x02ab", b"\x00\xff\x00\x00\x02ab",
    b"\x00\x08\x00\x00\x01a\x00\x00\x01b", b"\x00\x05\x00\x00\x02ab!"])
def test_a_malformed_server_name_is_an_alert(secure, names):
    """Empty, with a zero octet, of an unknown type, too short, two of a kind, something behind it (RFC 6066 §3)."""
    answer = first_flight(secure, naming(names))
    assert answer[:1] == b"\x15", answer[:16]


def test_a_name_without_an_octet_is_none(secure):
    """OpenSSL lets it pass. Here it chooses nothing."""
    assert first_flight(secure, naming(b"\x00\x03\x00\x00\x00"))[:1] == b"\x16"


def naming(names):
    """A ClientHello with another content of the server_name extension."""
    hello = legacy_hello()
    at = compression_at(hello)
    at += 1 + hello[at] + 2
    ours = b"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09localhost"
    changed = hello.replace(ours, b"\x00\x00" + len(names).to_bytes(2, "big") + names)
    assert hello.count(ours) == 1
    change = len(changed) - len(hello)
    length = int.from_bytes(hello[at - 2:at], "big") + change
    return with_lengths(changed[:at - 2] + length.to_bytes(2, "big") + changed[at:], change)


# Handshakes that never end


def test_five_hundred_that_never_end_are_cut_and_harm_nobody(secure):
    """A third says nothing, a third stops half way, a third sends an octet a second."""
    hello = client_hello()
    wires = [(socket.create_connection(secure.address, 10), time.monotonic()) for _ in range(500)]
    for index, (wire, _) in enumerate(wires):
        if index % 3 == 1:
            wire.sendall(hello if index % 2 else hello[:-1])
        wire.setblocking(False)
    stop, times, lives = threading.Event(), [], {}

    def ask():
        with secure.wire() as other:
            while not stop.is_set():
                begin = time.monotonic()
                assert other.send(get(secure, "/api/v1/status", close=False)).read().content == STATUS
                times.append(time.monotonic() - begin)
                stop.wait(0.002)

    asking = threading.Thread(target=ask)
    asking.start()
    begin, sent = time.monotonic(), 0
    while len(lives) < len(wires) and time.monotonic() - begin < HEAD_DEADLINE + 5:
        if time.monotonic() - begin > sent:
            drip(wires[2::3], hello, sent)
            sent += 1
        for index, (wire, opened) in enumerate(wires):
            if index not in lives and is_over(wire):
                lives[index] = time.monotonic() - opened
        time.sleep(0.02)
    stop.set()
    asking.join(10)
    for wire, _ in wires:
        wire.close()
    assert len(lives) == 500
    # The tick that looks comes once a second.
    assert HEAD_DEADLINE - 1.1 < min(lives.values()) and max(lives.values()) < HEAD_DEADLINE + 1.5, (
        min(lives.values()), max(lives.values()))
    assert len(times) > 100 and statistics.quantiles(times, n=100)[98] < 0.1, (len(times), max(times))
    assert secure.client().get("/api/v1/status").content == STATUS


def drip(wires, hello, index):
    for wire, _ in wires:
        try:
            wire.send(hello[index:index + 1])
        except OSError:
            pass


def is_over(wire):
    """Whether the server has closed; what it said is read."""
    try:
        while wire.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
