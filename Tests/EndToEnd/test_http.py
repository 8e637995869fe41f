"""HTTP/1.1 by the byte (RFC 9112): what has to work."""

import socket
import struct

import pytest

from harness.expect import ANY, answered, common, refused
from harness.wire import Wire, ask, chunked, get, one, post

STATUS = "/api/v1/status"
OK = {"status": "OK"}


def alive(server):
    answered(ask(server, STATUS), 200, OK)


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


def test_many_idle_connections_do_not_hinder_the_next(server):
    idle = [Wire(server) for _ in range(300)]
    try:
        for _ in range(10):
            alive(server)
    finally:
        for wire in idle:
            wire.socket.close()
    alive(server)
