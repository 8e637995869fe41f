"""Asks at an even pace over keep-alive connections, in a process of its own, until its standard input closes.

  probe.py HOST PORT TOKEN

Prints one JSON list of [monotonic seconds, latency in ms, status]. A request that was due while the one before was
still unanswered counts from when it was due, so that a stall is not hidden."""

import gc
import json
import socket
import sys
import threading
import time

PATHS = ["/api/v1/status", "/profile", "/api/v1/users/me", "/nowhere"]
# Seconds between two requests of one connection.
PACE = 0.005


def ask(host, port, token, path, stop, found):
    wire = socket.create_connection((host, port), timeout=30)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: session_id={token}\r\n\r\n".encode()
    due = time.monotonic()
    while not stop.is_set():
        due += PACE
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
            start = time.monotonic()
        else:
            start = due
        wire.sendall(request)
        answer = b""
        while True:
            piece = wire.recv(65536)
            if not piece:
                found.append((start, 1e6, 0))
                return
            answer += piece
            head, end, body = answer.partition(b"\r\n\r\n")
            if end:
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                if len(body) >= length:
                    break
        found.append((start, (time.monotonic() - start) * 1000, int(answer[9:12])))
    wire.close()


def main():
    host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    gc.disable()
    stop, found = threading.Event(), []
    threads = [threading.Thread(target=ask, args=(host, port, token, p, stop, found)) for p in PATHS]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()
    json.dump(found, sys.stdout)


main()
