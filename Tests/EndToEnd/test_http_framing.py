"""HTTP/1.1 by the byte (RFC 9112 §6): framing that two parsers could read in two ways is never answered twice."""

import pytest

from harness.expect import ANY, refused
from harness.wire import Closed, Wire, chunked, get, post

STATUS = "/api/v1/status"
CRLF = "\r\n"

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
