"""What nginx and sessiond take the same octets for, each on its own.

nginx proxies to a backend that writes down every request; sessiond's requests are those of its log and answers. What
sessiond saw must be the beginning of what nginx saw: same number at most, same methods, paths and ends of bodies. Then
nobody can show nginx one request and sessiond another."""

import contextlib
import dataclasses
import random
import re
import socket
import urllib.parse

import mutation
from program import serving
from recorder import Recorder
from views import Answered, RequestLog, source

from harness.peer import Peer
from harness.server import free_port

PROXY = ("client_max_body_size 64k; large_client_header_buffers 4 16k; proxy_ignore_client_abort on;"
         "proxy_set_header Host $http_host;")


def path(target):
    """As RFC 3986 reads it, for what sessiond lets through: decoded, without query and dot segments."""
    decoded = urllib.parse.unquote(target.partition("?")[0], errors="replace")
    segments = []
    parts = decoded.split("/")[1:]
    for part in parts:
        if part == "..":
            del segments[-1:]
        elif part != ".":
            segments.append(part)
    if parts and parts[-1] in (".", ".."):
        segments.append("")
    return decoded if decoded == "*" else "/" + "/".join(segments)


# A field whose white space decides something, with a tab.
FIELD = re.compile(
    rb"(?<=\r\n)((?:Content-Length|Transfer-Encoding|Expect|Host|Connection):)([^\r\n]*\t[^\r\n]*)(?=\r\n)", re.I)
# Where sessiond serves what nginx refuses, and why that is right. To be excused it is not enough to look like it: once
# it is replaced as said, nginx must see what sessiond saw before.
DOCUMENTED = [
    ("`OPTIONS *` asks about the server as a whole (RFC 9112 §3.2.4); nginx refuses it",
     lambda data: re.sub(rb"OPTIONS \* HTTP/", b"OPTIONS /* HTTP/", data)),
    ("an empty Host is what a client without an authority must send (RFC 9112 §3.2); nginx refuses it",
     lambda data: re.sub(rb"\r\nHost:[ \t]*\r\n", b"\r\nHost: a\r\n", data, flags=re.I)),
    ("a tab is white space around a value (RFC 9110 §5.6.3); nginx takes it for a part of it",
     lambda data: FIELD.sub(lambda field: field[1] + b" " + field[2].strip(b" \t"), data)),
    ("dot segments end at the root (RFC 3986 §5.2.4); nginx refuses a path that climbs further",
     lambda data: re.sub(rb" (/[^ ?\r\n]*\.\.)(?=[ /?])",
                         lambda target: b" " + path(target[1].decode("latin-1")).encode("latin-1", "replace"), data)),
]


@dataclasses.dataclass(frozen=True)
class Request:
    """As far as both sides can be asked. `email` is None where the body had no effect to be seen by."""

    method: str
    path: str
    email: str | None


def ask(port, number, data):
    """All that comes back on a connection of its own, from an address of its own."""
    wire = send(port, number, data)
    return finish(wire)


def send(port, number, data):
    wire = socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source(number), 0))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(ConnectionError):
        wire.sendall(data)
    return wire


def finish(wire):
    """Everything until the server closes; the client has no more to say."""
    answer = b""
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        while piece := wire.recv(65536):
            answer += piece
    wire.close()
    return answer


def same(ours, theirs):
    """One request of sessiond's and one of nginx's."""
    if ours.method != theirs.method or ours.path != path(theirs.target):
        return False
    if ours.email is None:
        return True
    form = urllib.parse.parse_qsl(theirs.body.decode("latin-1"), keep_blank_values=True)
    return ours.email == next((value.strip() for name, value in form if name == "email"), None)


def begins(ours, theirs):
    """Whether what sessiond saw is the beginning of what nginx saw."""
    return len(ours) <= len(theirs) and all(map(same, ours, theirs))


def excuse(nginx, data, ours):
    """Why sessiond may see more here; None: it may not."""
    reasons = []
    # An address can be registered once, so a second look at sessiond would not show it: what it saw first counts.
    wanted = [dataclasses.replace(request, path="/*") if request.path == "*" else request for request in ours]
    for why, mend in DOCUMENTED:
        mended = mend(data)
        if mended != data:
            data = mended
            reasons.append(why)
            if begins(wanted, nginx(data)):
                return "; ".join(reasons)
    return None


def case(generator, number):
    if generator.random() < 0.2:
        return mutation.hostile(generator)
    return mutation.in_doubt(generator, number)


def compare(verdict, count, seed):
    generator = random.Random(f"{seed}/nginx")
    port, found = free_port(), []
    with Recorder() as recorder, Peer([port], (
            f"server {{ listen 127.0.0.1:{port}; {PROXY} proxy_set_header X-Client $remote_addr;\n"
            f"location / {{ proxy_pass http://127.0.0.1:{recorder.port}; }} }}")):
        def nginx(data, number=0):
            ask(port, number, data)
            return recorder.take(source(number))

        # Every path is open: what differs is framing alone.
        with serving(env={"SESSIOND_AUTH_FILTER": "none"}) as server:
            for number in range(count):
                data = case(generator, number)
                found.append((data, Answered.all(ask(server.port, number, data)), nginx(data, number)))
            server.stop()
            judge(verdict, found, RequestLog(server).passed(), nginx)


def judge(verdict, found, log, nginx):
    known, lenient, alike, stricter, served, bodies = {}, [], 0, 0, 0, 0
    for number, (data, answers, theirs) in enumerate(found):
        emails = {answer.identity: answer.email for answer in answers}
        ours = [Request(e["method"], e["path"], emails.get(e["id"])) for e in log.pop(source(number), [])]
        served += len(ours)
        bodies += sum(request.email is not None for request in ours)
        if begins(ours, theirs):
            alike += len(ours) == len(theirs)
            stricter += len(ours) < len(theirs)
        elif why := excuse(nginx, data, ours):
            known[why] = known.get(why, 0) + 1
        else:
            lenient.append((ours, theirs, data))
    verdict.figure(f"{len(found)} connections compared with nginx: {alike} read alike, ours the stricter side {stricter} "
                   f"times; {served} requests served, {bodies} bodies whose end the answer showed")
    for why, times in known.items():
        verdict.figure(f"documented, {times} times: {why}")
    for ours, theirs, data in lenient[:10]:
        verdict.figure(f"ours {ours}, nginx {theirs}: {data[:600]!r}")
    verdict.check(not lenient, f"ours is the lenient side {len(lenient)} times")
    verdict.check(not log, f"requests of {len(log)} unknown clients")
    verdict.check(served > len(found) / 2 and bodies > len(found) / 20, "both had something to read")
