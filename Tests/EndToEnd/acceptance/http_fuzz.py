"""Hostile requests over sockets: nothing may end the server or be answered 500, and nginx may not be the stricter.

  http_fuzz.py [--count 100000] [--seconds 0] [--seed 1]

SESSIOND_BINARY should be a build with AddressSanitizer (`make http-fuzz`). A find is printed with its seed and octets."""

import argparse
import contextlib
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import mutation
from program import Verdict, serving

from harness.server import free_port

BATCH = 500
# Connections that are open at once.
WIDTH = 50
# One that is reset at any octet, one that is sent in pieces.
RESET, SPLIT = 0.15, 0.3
STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) ")
# Where ours answers 2xx and nginx refuses, and why that is right.
DOCUMENTED = [
    ("a tab is white space around a value (RFC 9110 §5.6.3); nginx takes it for a part of it",
     re.compile(rb"\r\n(Content-Length|Transfer-Encoding|Expect|Host):[ \t]*\t|\r\nContent-Length:[^\r\n]*\t[ \t]*\r",
                re.I)),
    ("an empty Host is what a client without an authority must send (RFC 9112 §3.2); nginx refuses it",
     re.compile(rb"\r\nHost:[ \t]*\r\n", re.I)),
]


def connect(address):
    wire = socket.create_connection(address, timeout=20)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def send(generator, wire, data):
    """In one piece or several, to its end or to any octet; false: it was reset."""
    end = len(data)
    reset = generator.random() < RESET
    if reset:
        end = generator.randint(0, end)
    at = 0
    while at < end:
        size = generator.randint(1, end) if generator.random() < SPLIT else end
        wire.sendall(data[at:min(end, at + size)])
        at += size
    if reset:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.close()
    return not reset


def read_all(wire):
    """Everything until the server closes; the client has no more to say."""
    data = b""
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_WR)
        while piece := wire.recv(65536):
            data += piece
    wire.close()
    return data


def batch(generator, address, count):
    """Sends that many; what was answered, by what was sent."""
    found = []
    for start in range(0, count, WIDTH):
        open_now = []
        for _ in range(min(WIDTH, count - start)):
            data, wire = mutation.hostile(generator), connect(address)
            with contextlib.suppress(ConnectionError):
                if send(generator, wire, data):
                    open_now.append((data, wire))
        found += [(data, read_all(wire)) for data, wire in open_now]
    return found


def alive(address):
    with connect(address) as wire:
        wire.sendall(mutation.get())
        return wire.recv(65536).startswith(b"HTTP/1.1 200 ")


def attack(verdict, options):
    statuses, done, begun = {}, 0, time.monotonic()
    with serving(log_format="text", flags=["--quiet"]) as server:
        while done < options.count and not (options.seconds and time.monotonic() - begun > options.seconds):
            seed = f"{options.seed}/{done}"
            for data, answer in batch(random.Random(seed), server.address, BATCH):
                if answer and not answer.startswith(b"HTTP/1.1 "):
                    verdict.check(False, f"seed {seed}: no HTTP: {answer[:80]!r} after {data!r}")
                for status in STATUS.findall(answer):
                    statuses[int(status)] = statuses.get(int(status), 0) + 1
                    if status == b"500":
                        verdict.check(False, f"seed {seed}: answered 500: {data!r}")
            done += BATCH
            if server.process.poll() is not None or not alive(server.address):
                verdict.check(False, f"seed {seed}: the server is gone or answers nothing:\n{server.tail()}")
                return
        # In the log, or in the exit code that `serving` looks at.
        clean = not any("AddressSanitizer" in line for line in server.log)
    verdict.figure(f"{done} connections in {time.monotonic() - begun:.0f} s, answers {dict(sorted(statuses.items()))}")
    verdict.check(done > 0 and statuses.get(200, 0) > 0, "some requests were served")
    verdict.check(clean, "no sanitizer report")
    verdict.check(statuses.get(500, 0) == 0, f"{statuses.get(500, 0)} answers 500")


@contextlib.contextmanager
def nginx():
    """Debian's nginx, answering 200 to everything, without a reason of its own to refuse."""
    with tempfile.TemporaryDirectory(prefix="sessiond-nginx-") as folder:
        port = free_port()
        pathlib.Path(folder, "nginx.conf").write_text(
            "daemon off; master_process off; pid nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 1024; }\n"
            "http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n"
            "  uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
            f"  server {{ listen 127.0.0.1:{port}; client_max_body_size 64k; "
            "large_client_header_buffers 4 16k; location / { return 200 ok; } } }\n")
        process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", "nginx.conf"],
                                   stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while True:
                try:
                    connect(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    if time.monotonic() > deadline or process.poll() is not None:
                        raise
                    time.sleep(0.05)
            yield "127.0.0.1", port
        finally:
            process.terminate()
            process.wait(10)


def first_status(address, data):
    """The status of the first final answer; 0: closed without one."""
    with contextlib.suppress(ConnectionError):
        wire = connect(address)
        wire.sendall(data)
        return next((int(s) for s in STATUS.findall(read_all(wire)) if s[:1] != b"1"), 0)
    return 0


def compare(verdict, options):
    """nginx refuses and ours serves: then something may pass nginx's checks and ours would not have stopped it."""
    generator = random.Random(f"{options.seed}/nginx")
    known, lenient, stricter, agreed = {}, [], 0, 0
    # Every path is open and its answer 200: what differs is framing alone.
    with serving(log_format="text", flags=["--quiet"], env={"SESSIOND_AUTH_FILTER": "none"}) as server, nginx() as other:
        for _ in range(options.compared):
            data = mutation.framed(generator)
            ours, theirs = first_status(server.address, data), first_status(other, data)
            # POST / has no handler: past the gate it is 404 or 405 with a route's answer.
            served = ours in (200, 201, 204, 301, 302, 401, 403, 404) or ours == 405 and not data.startswith(b"CONNECT")
            refused = theirs == 0 or theirs >= 400
            if served and refused:
                reason = next((why for why, pattern in DOCUMENTED if pattern.search(data)), None)
                if reason:
                    known[reason] = known.get(reason, 0) + 1
                else:
                    lenient.append((ours, theirs, data))
            elif served == (not refused):
                agreed += 1
            else:
                stricter += 1
    verdict.figure(f"{options.compared} compared with nginx: {agreed} alike, ours the stricter side {stricter} times")
    for why, count in known.items():
        verdict.figure(f"documented, {count} times: {why}")
    for ours, theirs, data in lenient[:10]:
        verdict.figure(f"ours {ours}, nginx {theirs}: {data[:400]!r}")
    verdict.check(not lenient, f"ours is the lenient side {len(lenient)} times")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000, help="connections with hostile requests")
    parser.add_argument("--compared", type=int, default=10_000, help="requests that nginx gets too")
    parser.add_argument("--seconds", type=float, default=0, help="end after this time; 0: after the count")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    verdict = Verdict(f"hostile requests, seed {options.seed}")
    attack(verdict, options)
    compare(verdict, options)
    verdict.exit()


main()
