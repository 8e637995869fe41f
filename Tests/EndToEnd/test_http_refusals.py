"""HTTP/1.1 by the byte (RFC 9112): limits and grammar; every refusal is JSON with the fields of every answer."""

import pytest

from harness.expect import ANY, answered, refused
from harness.wire import Wire, ask, chunked, get, one, post

STATUS = "/api/v1/status"
OK = {"status": "OK"}
CRLF = "\r\n"


def alive(server):
    answered(ask(server, STATUS), 200, OK)


# Limits: at it and one past it

def line_of(length):
    """A request line of that many octets without its end."""
    line = f"GET {STATUS}?q= HTTP/1.1"
    return line.replace("q=", "q=" + "a" * (length - len(line)))


def test_the_request_line_limit(server):
    for length, status in ((8_192, 200), (8_193, 414), (60_000, 414)):
        line = line_of(length)
        assert len(line) == length
        answer = one(server, f"{line}\r\nHost: {server.authority}\r\nConnection: close\r\n\r\n".encode())
        if status == 200:
            answered(answer, 200, OK)
        else:
            refused(answer, status, ANY)
    alive(server)


def test_the_field_limits(server):
    host = f"Host: {server.authority}\r\nConnection: close\r\n"
    for size, status in ((16_384, 200), (16_400, 431), (100_000, 431)):
        fields = host + "X-Pad: " + "a" * (size - len(host) - len("X-Pad: \r\n")) + CRLF
        assert len(fields) == size
        answer = one(server, f"GET {STATUS} HTTP/1.1\r\n{fields}\r\n".encode())
        assert answer.status_code == status
        if status == 431:
            refused(answer, 431, ANY)
    for count, status in ((100, 200), (101, 431)):
        fields = host + "".join(f"X-{n}: 1\r\n" for n in range(count - 2))
        assert one(server, f"GET {STATUS} HTTP/1.1\r\n{fields}\r\n".encode()).status_code == status
    alive(server)


def test_the_body_limit_holds_for_both_framings(server):
    for size, status in ((65_536, 401), (65_537, 413)):
        body = b"email=" + b"a" * (size - 6)
        refused(one(server, post(server, "/sessions", body, close=True), "POST"), status, ANY)
        parts = [body[n:n + 5_000] for n in range(0, size, 5_000)]
        data = post(server, "/sessions", chunked(*parts), "Transfer-Encoding: chunked", length=False, close=True)
        refused(one(server, data, "POST"), status, ANY)
    refused(one(server, post(server, "/sessions", b"a=b", length=10**12), "POST"), 413, ANY)
    alive(server)


@pytest.mark.parametrize("head,piece", [
    (b"GET /", b"a" * 4_096), (b"GET / HTTP/1.1\r\nX-Pad: ", b"a" * 4_096),
    (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n" * 512), (b"", b"\r\n" * 2_048)])
def test_a_head_without_end_is_refused_before_it_is_buffered(server, head, piece):
    with Wire(server) as wire:
        wire.send(head)
        sent = 0
        while wire.is_silent(0.02):
            wire.send(piece)
            sent += len(piece)
            assert sent < 200_000, "still reads"
        answer = wire.read()
        assert answer.status_code in (400, 414, 431)
        refused(answer, answer.status_code, ANY)
    alive(server)


# What must be refused, in JSON, with the fields of every answer

def with_fields(*fields, line=f"GET {STATUS} HTTP/1.1", host=True):
    return CRLF.join([line, *(["Host: HOST"] if host else []), *fields, "", ""])


REFUSED = {
    "no version": (f"GET {STATUS}\r\n\r\n", {400, 505}),
    "no Host": (with_fields(host=False), {400}),
    "two Hosts": (with_fields("Host: HOST"), {400}),
    "different Hosts": (with_fields("Host: evil.example"), {400}),
    "Host with a path": (with_fields("Host: a/b", host=False), {400}),
    "Host with a space": (with_fields("Host: a b", host=False), {400}),
    "Host list": (with_fields("Host: a,b", host=False), {400}),
    "space before the colon": (with_fields("X-A : b"), {400}),
    "space before the colon of Host": (with_fields("Host : HOST", host=False), {400}),
    "line folding": (with_fields("X-A: b", " c"), {400}),
    "white space before the first field": (with_fields(" Host: HOST", host=False), {400}),
    "field without colon": (with_fields("nonsense"), {400}),
    "empty field name": (with_fields(": x"), {400}),
    "field name with a bracket": (with_fields("X[]: x"), {400}),
    "NUL in a value": (with_fields("X-A: b\x00c"), {400}),
    "CR in a value": (with_fields("X-A: b\rc"), {400}),
    "bare LF": (with_fields("X-A: b\nX-C: d"), {400}),
    "bare LF ends": (f"GET {STATUS} HTTP/1.1\nHost: HOST\n\n", {400}),
    "two spaces": (with_fields(line=f"GET  {STATUS} HTTP/1.1"), {400}),
    "tab": (with_fields(line=f"GET\t{STATUS} HTTP/1.1"), {400, 501}),
    "space behind the version": (with_fields(line=f"GET {STATUS} HTTP/1.1 "), {400, 505}),
    "lower-case version": (with_fields(line=f"GET {STATUS} http/1.1"), {400, 505}),
    "version 1.": (with_fields(line=f"GET {STATUS} HTTP/1."), {400, 505}),
    "version 01.1": (with_fields(line=f"GET {STATUS} HTTP/01.1"), {400, 505}),
    "version 2.0": (with_fields(line=f"GET {STATUS} HTTP/2.0"), {505}),
    "version 9.9": (with_fields(line=f"GET {STATUS} HTTP/9.9"), {505}),
    "unknown method": (with_fields(line=f"BREW {STATUS} HTTP/1.1"), {501}),
    "lower-case method": (with_fields(line=f"get {STATUS} HTTP/1.1"), {501}),
    "method with a bracket": (with_fields(line=f"G(T {STATUS} HTTP/1.1"), {400}),
    "CONNECT": (with_fields(line="CONNECT HOST HTTP/1.1"), {400, 405, 501}),
    "fragment": (with_fields(line=f"GET {STATUS}#x HTTP/1.1"), {400}),
    "NUL in the target": (with_fields(line=f"GET {STATUS}\x00 HTTP/1.1"), {400}),
    "non-ASCII in the target": (with_fields(line=f"GET {STATUS}\xff HTTP/1.1"), {400}),
    "no leading slash": (with_fields(line="GET status HTTP/1.1"), {400}),
    "asterisk with GET": (with_fields(line="GET * HTTP/1.1"), {400}),
    "binary": ("\x01\x02\x03\xfe\xff\r\n\r\n", {400}),
    "TLS": ("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + "Z" * 100 + "\r\n\r\n", {400}),
    "unknown expectation": (with_fields("Expect: miracles"), {417}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_in_json_and_the_connection_closed(server, name):
    text, statuses = REFUSED[name]
    answer = one(server, text.replace("HOST", server.authority).encode("latin-1"))
    assert answer.status_code in statuses
    refused(answer, answer.status_code, ANY)
    assert answer.headers["Connection"].lower() == "close"
    alive(server)


def test_a_valid_request_before_an_invalid_one_is_answered(server):
    with Wire(server) as wire:
        wire.send(get(server, STATUS, close=False) + b"NONSENSE\r\n\r\n" + get(server, STATUS))
        answers = wire.read_all()
    assert [a.status_code for a in answers] == [200, 400]


def test_a_response_is_never_split(server):
    for value in ("%0d%0aX-Evil:%201", "%0aX-Evil:%201"):
        answer = ask(server, "/" + value)
        assert "X-Evil" not in answer.headers and answer.status_code in (400, 401)
    email = "a%0d%0aSet-Cookie:%20x=y@example.com"
    answer = one(server, post(server, "/users", f"email={email}&password=correct+horse".encode(), close=True), "POST")
    assert "Set-Cookie" not in answer.headers
    refused(answer, 400, ANY)
