"""HTTP/1.1 by the byte (RFC 9112): what must work, what must be refused, what must never be answered twice."""

import socket
import struct

import pytest

from harness.expect import ANY, answered, common, refused
from harness.wire import Closed, Wire, ask, chunked, get, post

STATUS = "/api/v1/status"
OK = {"status": "OK"}
CRLF = "\r\n"


@pytest.fixture(scope="module")
def form(server):
    """A form that signs in."""
    account = server.register("wire@example.com")
    return f"email={account.email}&password=correct+horse".encode()


def alive(server):
    answered(ask(server, STATUS), 200, OK)


def one(server, data, method="GET", half_close=False):
    """Sends bytes; the only answer before the server closes."""
    with Wire(server) as wire:
        wire.send(data)
        if half_close:
            wire.half_close()
        answers = wire.read_all([method])
    assert len(answers) == 1, answers
    return answers[0]


# What has to work

def test_fifty_pipelined_requests_are_answered_in_order(server):
    paths = [STATUS if n % 3 else "/" for n in range(49)]
    with Wire(server) as wire:
        wire.send(b"".join(get(server, p, close=False) for p in paths) + get(server, STATUS))
        answers = wire.read_all()
    wanted = [OK if p == STATUS else {"message": "Bienvenue"} for p in [*paths, STATUS]]
    assert len(answers) == 50
    for answer, value in zip(answers, wanted):
        answered(answer, 200, value)


def test_pipelined_slow_and_quick_requests_keep_their_order(launch):
    server = launch(cheap=False)
    account = server.register()
    form = f"email={account.email}&password=correct+horse".encode()
    with Wire(server) as wire:
        for _ in range(4):
            wire.send(post(server, "/sessions", form) + get(server, STATUS, close=False))
        wire.send(get(server, "/"))
        answers = wire.read_all(["POST", "GET"] * 4 + ["GET"])
    assert [a.status_code for a in answers] == [200] * 9
    assert [b"logged in" in a.content for a in answers] == [True, False] * 4 + [False]


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_a_request_in_pieces_of_any_size(server, form, size):
    for data, method in ((get(server, STATUS), "GET"), (post(server, "/sessions", form, close=True), "POST"),
                         (post(server, "/sessions", chunked(form[:9], form[9:]), "Transfer-Encoding: chunked",
                               length=False, close=True), "POST")):
        with Wire(server) as wire:
            for start in range(0, len(data), size):
                wire.send(data[start:start + size])
            answers = wire.read_all([method])
        assert [a.status_code for a in answers] == [200]


def test_chunked_forms(server, form):
    for parts in ([form], [form[:1], form[1:]], [form[n:n + 1] for n in range(len(form))]):
        data = post(server, "/sessions", chunked(*parts), "Transfer-Encoding: chunked", length=False)
        with Wire(server) as wire:
            wire.send(data + get(server, STATUS))
            assert [a.status_code for a in wire.read_all(["POST", "GET"])] == [200, 200]


def test_chunk_extensions_and_trailers_are_consumed(server, form):
    body = b'%x;name="v;\\"x";other\r\n%s\r\n0;last\r\nX-Trailer: 1\r\nContent-Length: 5\r\n\r\n' % (len(form), form)
    data = post(server, "/sessions", body, "Transfer-Encoding: ChUnKeD", length=False)
    with Wire(server) as wire:
        wire.send(data + get(server, STATUS))
        assert [a.status_code for a in wire.read_all(["POST", "GET"])] == [200, 200]


def test_head_has_no_content_and_the_next_request_is_answered(server):
    with Wire(server) as wire:
        wire.send(get(server, STATUS, method="HEAD", close=False) * 2 + get(server, STATUS))
        answers = wire.read_all(["HEAD", "HEAD", "GET"])
    assert [a.status_code for a in answers] == [200] * 3
    assert [a.content for a in answers] == [b"", b"", b'{"status":"OK"}\n']
    assert answers[0].headers["Content-Length"] == answers[2].headers["Content-Length"] == "16"


def test_expect_gets_100_before_the_body(server, form):
    with Wire(server) as wire:
        head = post(server, "/sessions", b"", "Expect: 100-continue", length=len(form), close=True)
        wire.send(head)
        assert wire.read("POST").status_code == 100
        wire.send(form)
        assert [a.status_code for a in wire.read_all(["POST"])] == [200]


def test_expect_with_a_body_that_is_too_large_gets_413_at_once(server):
    head = post(server, "/sessions", b"", "Expect: 100-continue", length=10_000_000)
    refused(one(server, head, "POST"), 413, ANY)


def test_expect_with_the_body_behind_it_is_answered_once(server, form):
    with Wire(server) as wire:
        wire.send(post(server, "/sessions", form, "Expect: 100-continue", close=True))
        answers = wire.read_all(["POST", "POST"])
    assert [a.status_code for a in answers if a.status_code != 100] == [200]


def test_pipelined_requests_are_answered_after_a_half_close(server):
    with Wire(server) as wire:
        wire.send(get(server, STATUS, close=False) * 10)
        wire.half_close()
        answers = wire.read_all()
    assert [a.status_code for a in answers] == [200] * 10


def test_a_slow_request_is_answered_after_a_half_close(launch):
    server = launch(cheap=False)
    account = server.register()
    form = f"email={account.email}&password=correct+horse".encode()
    with Wire(server) as wire:
        wire.send(post(server, "/sessions", form) + get(server, STATUS, close=False))
        wire.half_close()
        answers = wire.read_all(["POST", "GET"])
    assert [a.status_code for a in answers] == [200, 200]


def test_clients_that_vanish_while_they_wait_harm_nobody(launch):
    server = launch(cheap=False)
    account = server.register()
    form = f"email={account.email}&password=correct+horse".encode()
    for number in range(30):
        wire = Wire(server)
        wire.send(post(server, "/sessions", form[:-5] if number % 3 == 0 else form, length=len(form)))
        if number % 2:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
    assert server.sign_in_status(account.email, account.password) == 200
    alive(server)


def test_connection_close_ends_the_connection(server):
    for fields in (["Connection: close"], ["Connection: X-Foo, Close"]):
        with Wire(server) as wire:
            wire.send(get(server, STATUS, *fields, close=False) + get(server, STATUS))
            answers = wire.read_all()
        assert len(answers) == 1 and answers[0].headers["Connection"].lower() == "close"


def test_a_connection_is_kept_by_default(server):
    with Wire(server) as wire:
        for _ in range(20):
            wire.send(get(server, STATUS, close=False))
            answered(wire.read(), 200, OK)
        assert wire.is_silent()


def test_http_1_0_closes_unless_asked_to_keep(server):
    answered(one(server, get(server, STATUS, version="HTTP/1.0", close=False)), 200, OK)
    with Wire(server) as wire:
        for _ in range(3):
            wire.send(get(server, STATUS, "Connection: keep-alive", version="HTTP/1.0", close=False))
            answer = wire.read()
            answered(answer, 200, OK)
            assert answer.headers["Connection"].lower() == "keep-alive"


def test_white_space_case_and_an_empty_line_before_the_request(server):
    host = server.authority
    for data in (
            f"GET {STATUS} HTTP/1.1\r\nhOsT:\t {host} \t\r\nCoNnEcTiOn:close\r\nX-Empty:\r\n\r\n",
            f"\r\nGET {STATUS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
            f"GET http://{host}{STATUS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"):
        answered(one(server, data.encode()), 200, OK)


def test_a_get_with_a_body_is_answered_and_the_body_is_not_a_request(server):
    hidden = get(server, "/nowhere", close=False)
    for method in ("GET", "DELETE", "PUT", "HEAD", "OPTIONS"):
        with Wire(server) as wire:
            wire.send(post(server, STATUS, hidden, method=method) + get(server, STATUS))
            answers = wire.read_all([method, "GET"])
        assert len(answers) == 2 and answers[1].status_code == 200, (method, answers)


def test_ipv6(launch):
    server = launch(host="::1")
    assert server.authority == f"[::1]:{server.port}"
    account = server.register()
    with server.signed_in(account) as client:
        answered(client.get("/profile"), 200, {"email": account.email}, private=True)
    answered(ask(server, STATUS), 200, OK)


def test_localhost(launch):
    server = launch(host="localhost")
    with server.client() as client:
        answered(client.get(f"http://localhost:{server.port}{STATUS}"), 200, OK)


def test_every_address_of_the_machine(launch):
    server = launch(host="*")
    with server.client() as client:
        for host in ("127.0.0.1", "[::1]"):
            answered(client.get(f"http://{host}:{server.port}{STATUS}"), 200, OK)


@pytest.mark.parametrize("path", ["fast", "library"])
def test_both_reply_paths_say_the_same(launch, path):
    server = launch(env={"SESSIOND_SERVER_REPLY_PATH": path})
    account = server.register()
    form = f"email={account.email}&password=correct+horse".encode()
    with Wire(server) as wire:
        wire.send(get(server, STATUS, close=False) * 5)
        for _ in range(5):
            answered(wire.read(), 200, OK)
        wire.send(post(server, "/sessions", form) + get(server, "/nowhere", close=False))
        answer = wire.read("POST")
        answered(answer, 200, {"email": account.email, "message": "logged in"}, private=True)
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        refused(wire.read(), 401, private=True)
        wire.send(get(server, "/nowhere", "Cookie: " + cookie, method="HEAD", close=False))
        assert wire.read("HEAD").status_code == 404
        wire.send(get(server, STATUS, method="OPTIONS", close=False))
        assert wire.read("OPTIONS").status_code == 204
        wire.send(get(server, "/sessions", "Cookie: " + cookie, method="DELETE"))
        answers = wire.read_all(["DELETE"])
        assert [a.status_code for a in answers] == [302]
        common(answers[0], 302)


@pytest.mark.parametrize("loops", ["1", "2", "7"])
def test_any_number_of_loops(launch, loops):
    server = launch(flags=["--loops", loops])
    account = server.register()
    token = server.token(account)
    assert [server.profile_status(token) for _ in range(30)] == [200] * 30


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


# Framing that two parsers could read in two ways: never a second answer, never an account signed in twice

LENGTHS = ["-1", "+5", "0x10", "5 5", "", "5.0", "5,6", "5, 5x", "1_0", "5Z", "99999999999999999999999"]
CODINGS = ["xchunked", "chunke", "gzip", "identity", "chunked, identity", "chunked, chunked", "chunked;q=1",
           "\x0bchunked", ",chunked", "chunked x", ""]


def framed(server, body, *fields):
    lines = ["POST /sessions HTTP/1.1", f"Host: {server.authority}",
             "Content-Type: application/x-www-form-urlencoded", *fields]
    return (CRLF.join(lines) + CRLF * 2).encode("latin-1") + body


def refused_framing(server, data):
    """At most one answer, no success, and the connection closed."""
    hidden = get(server, STATUS, close=False)
    with Wire(server) as wire:
        wire.send(data + hidden)
        answers = wire.read_all(["POST"])
    assert len(answers) == 1 and answers[0].status_code in (400, 413, 501), answers
    refused(answers[0], answers[0].status_code, ANY)


@pytest.mark.parametrize("value", LENGTHS)
def test_a_malformed_content_length_is_refused(server, form, value):
    refused_framing(server, framed(server, form, f"Content-Length: {value}"))


@pytest.mark.parametrize("value", CODINGS)
def test_an_unknown_transfer_coding_is_refused(server, form, value):
    refused_framing(server, framed(server, form, f"Transfer-Encoding: {value}"))
    refused_framing(server, framed(server, form, f"Transfer-Encoding: {value}", f"Content-Length: {len(form)}"))


def test_two_framings_are_refused(server, form):
    body = chunked(form)
    for fields in (
            [f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"],
            ["Transfer-Encoding: chunked", "Content-Length: 0"],
            ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
            ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
            [f"Content-Length: {len(body)}", "Content-Length: 0"],
            [f"Content-Length: {len(body)}", "Transfer-Encoding : chunked"],
            [f"Content-Length: {len(body)}", "Transfer-Encoding:", " chunked"],
            ["Content-Length : 5"]):
        refused_framing(server, framed(server, body, *fields))


@pytest.mark.parametrize("size", ["0x{}", "+{}", "-{}", " {}", "", "zz", "{}_0", "{}g", "{} 1", "{}\x00",
                                  "1000000000000000{}", "ffffffffffffffff", "7fffffffffffffff"])
def test_a_malformed_chunk_size_is_refused(server, form, size):
    size = size.format("%x" % len(form)).encode("latin-1")
    refused_framing(server, framed(server, size + b"\r\n" + form + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))


def test_chunk_data_of_another_length_is_refused(server, form):
    for size in (len(form) - 1, len(form) + 1):
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, form)
        refused_framing(server, framed(server, body, "Transfer-Encoding: chunked"))


def test_chunked_in_http_1_0_is_refused(server, form):
    data = framed(server, chunked(form), "Transfer-Encoding: chunked", "Connection: keep-alive")
    refused_framing(server, data.replace(b"HTTP/1.1", b"HTTP/1.0"))


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_that_ends_early_is_never_taken_as_complete(server, framing):
    body = b"email=early@example.com&password=correct+horse"
    if framing == "length":
        data = post(server, "/users", body, length=len(body) + 10)
    else:
        data = post(server, "/users", chunked(body)[:-5], "Transfer-Encoding: chunked", length=False)
    with Wire(server) as wire:
        wire.send(data)
        wire.half_close()
        try:
            answers = wire.read_all(["POST"])
        except Closed:
            answers = []
    assert all(a.status_code >= 400 for a in answers)
    assert server.sign_in_status("early@example.com", "correct horse") == 401


def test_a_hidden_request_in_a_body_is_never_answered(server):
    hidden = get(server, STATUS, close=False)
    for path in ("/sessions", "/users", "/nowhere", STATUS):
        for method in ("POST", "PUT", "DELETE", "GET", "PATCH"):
            for data in (
                    post(server, path, hidden, method=method),
                    post(server, path, chunked(hidden), "Transfer-Encoding: chunked", method=method, length=False)):
                with Wire(server) as wire:
                    wire.send(data + get(server, STATUS))
                    answers = wire.read_all([method, "GET"])
                assert len(answers) == 2 and answers[1].status_code == 200, (path, method, answers)


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


def test_many_idle_connections_do_not_hinder_the_next(server):
    idle = [Wire(server) for _ in range(300)]
    try:
        for _ in range(10):
            alive(server)
    finally:
        for wire in idle:
            wire.socket.close()
    alive(server)
