"""HTTP/1.1 by the byte: what no client library would send, and what came back, checked strictly."""

import select
import socket
import time

from requests.structures import CaseInsensitiveDict


class Answer:
    """One response as read from the socket."""

    def __init__(self, status_code, reason, fields, content):
        self.status_code, self.reason, self.fields, self.content = status_code, reason, fields, content
        self.headers = CaseInsensitiveDict(reversed(fields))  # of several the first

    def __repr__(self):
        return f"<{self.status_code} {self.reason} {self.content[:200]!r}>"


class Closed(Exception):
    """The server closed before a whole response was there."""


class Wire:
    """One connection."""

    def __init__(self, server, timeout=10):
        self.socket = socket.create_connection(server.address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = server.authority.encode()
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(self.buffer)
        self.buffer += data

    def read(self, method="GET"):
        """The next response, interim ones included. Framing must be by Content-Length."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, reason = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        fields = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            assert colon and name == name.strip() and "\r" not in line and "\n" not in line, line
            fields.append((name, value.strip(" \t")))
        lengths = [value for name, value in fields if name.lower() == "content-length"]
        assert not any(name.lower() == "transfer-encoding" for name, _ in fields), lines
        status = int(status)
        if status < 200 or status == 204:
            assert not lengths, "Content-Length in a response without content (RFC 9110 §8.6)"
            length = 0
        else:
            assert len(lengths) == 1, lines
            length = 0 if method == "HEAD" else int(lengths[0])
        while len(rest) < length:
            self._more()
            rest = self.buffer.partition(b"\r\n\r\n")[2]
        self.buffer = rest[length:]
        return Answer(status, reason, fields, rest[:length])

    def read_all(self, methods=()):
        """Every response until the server closes; nothing else may come."""
        answers, methods = [], list(methods)
        while True:
            method = methods[len(answers)] if len(answers) < len(methods) else "GET"
            try:
                answers.append(self.read(method))
            except Closed as end:
                assert not end.args[0], f"stray bytes {end.args[0][:80]!r} after {answers}"
                return answers

    def is_silent(self, seconds=0.2):
        """Whether nothing comes, and the connection stays open, for a while."""
        return not self.buffer and not select.select([self.socket], [], [], seconds)[0]


def get(server, target, *fields, method="GET", version="HTTP/1.1", close=True):
    """The bytes of a request without content; `target` is sent as it is."""
    lines = [f"{method} {target} {version}", f"Host: {server.authority}", *fields]
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(server, target, body, *fields, method="POST", length=None, close=False,
         media="application/x-www-form-urlencoded"):
    """The bytes of a request with content; `length=False` leaves Content-Length out."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {server.authority}", f"Content-Type: {media}"]
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += fields
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def chunked(*parts):
    """A body in the chunked coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def ask(server, target, *fields, method="GET"):
    """One request on its own connection, the target byte for byte."""
    with Wire(server) as wire:
        wire.send(get(server, target, *fields, method=method))
        return wire.read(method)


def one(server, data, method="GET"):
    """Sends bytes on their own connection; the only answer before the server closes."""
    with Wire(server) as wire:
        wire.send(data)
        answers = wire.read_all([method])
    assert len(answers) == 1, answers
    return answers[0]


def eventually(condition, seconds=10, pause=0.05):
    """Polls until the condition holds; false if it never did."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
