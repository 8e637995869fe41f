"""SIGTERM under load from clients that retry nothing: what was accepted is answered to the last byte."""

import contextlib
import os
import socket
import threading
import time

from program import Verdict, serving

from harness.wire import get

ROUNDS, CLIENTS = 20, 32


class Tally:
    """What one round's clients saw."""

    def __init__(self):
        self.answered = self.unanswered = self.refused = self.torn = 0
        self.lock = threading.Lock()

    def note(self, **counts):
        with self.lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)


def answer_in(data):
    """How long the first answer is, or nothing when it is not complete."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return None
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    return len(head) + 4 + length if len(body) >= length else None


def keep_asking(server, tally, keep_alive):
    """Asks until a new connection is refused. A connection that ends before its first answer was accepted, and lost;
    on one that lives on, only an end that came before the request could be sent is not a loss (RFC 9112 §9.3.1)."""
    request = get(server, "/api/v1/status", close=not keep_alive)
    while True:
        wire = socket.socket()
        wire.settimeout(20)
        try:
            wire.connect(server.address)
        except OSError:
            tally.note(refused=1)
            wire.close()
            return
        with wire:
            asked = 0
            while True:
                # Whether the server had ended the connection before it could see the request.
                with contextlib.suppress(BlockingIOError):
                    if asked and not wire.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK):
                        break
                data = b""
                try:
                    wire.sendall(request)
                    while answer_in(data) is None:
                        piece = wire.recv(65536)
                        if not piece:
                            break
                        data += piece
                except OSError:
                    pass
                if answer_in(data) is None:
                    # An idle connection that ended while the request was on its way was never read.
                    lost = bool(data) or asked == 0
                    tally.note(torn=int(bool(data)), unanswered=int(lost and not data))
                    break
                asked += 1
                tally.note(answered=1)
                if not keep_alive or b"\r\nconnection: close" in data.lower():
                    break


def round_of(server):
    tally = Tally()
    threads = [threading.Thread(target=keep_asking, args=(server, tally, number % 2 == 0)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while tally.answered < 2_000:
        time.sleep(0.005)
    begun = time.monotonic()
    server.stop()
    ended = time.monotonic() - begun
    for thread in threads:
        thread.join()
    return tally, ended


def main():
    verdict = Verdict("drain")
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    answered = unanswered = torn = 0
    longest = 0.0
    with serving(log_format="text", flags=["--quiet"]) as server:
        for number in range(ROUNDS):
            tally, seconds = round_of(server)
            answered += tally.answered
            unanswered += tally.unanswered
            torn += tally.torn
            longest = max(longest, seconds)
            if number < ROUNDS - 1:
                server.start()
        server.start()
    verdict.figure(f"{ROUNDS} rounds of {CLIENTS} clients, {answered} requests answered, the longest end {longest:.2f} s")
    verdict.check(unanswered == 0, f"{unanswered} accepted and not answered")
    verdict.check(torn == 0, f"{torn} answers cut off")
    verdict.exit()


main()
