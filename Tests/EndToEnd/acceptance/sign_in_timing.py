"""How long a failed sign-in takes tells nothing of the account: known, unknown and disabled ones look alike.

  sign_in_timing.py [TRIES]

Tries of every kind in random order over one kept-alive connection. The two samples of a pair must pass a
Kolmogorov-Smirnov test, and their medians be within 1 %. A test at 5 % fails one time in twenty by chance: a pair that
fails is asked once more. Accounts whose hash is 8 % cheaper must be told apart, or this program sees nothing."""

import gc
import json
import math
import random
import socket
import statistics
import sys
import time
import urllib.parse

from program import Verdict, serving, unlimited

# Of each kind.
TRIES = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
ACCOUNTS = 16
LEVEL = 0.05
APART = 0.01
PATHS = {"forms": "/sessions", "simple": "/api/v1/auth_session/login"}
CHEAPER = {"SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "17900"}


def kolmogorov_smirnov(a, b):
    """The asymptotic probability that two samples of one distribution are as far apart as these."""
    a, b = sorted(a), sorted(b)
    i = j = 0
    apart = 0.0
    while i < len(a) and j < len(b):
        value = min(a[i], b[j])
        while i < len(a) and a[i] == value:
            i += 1
        while j < len(b) and b[j] == value:
            j += 1
        apart = max(apart, abs(i / len(a) - j / len(b)))
    effective = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    x = (effective + 0.12 + 0.11 / effective) * apart
    if x < 0.2:
        return 1.0
    return min(1.0, max(0.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 101))))


class Clockwork:
    """One connection that measures each try."""

    def __init__(self, server):
        self.host = server.authority
        self.wire = socket.create_connection(server.address, timeout=30)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fail(self, path, email, password):
        """Nanoseconds until the 401 was there."""
        body = urllib.parse.urlencode({"email": email, "password": password}).encode()
        data = (f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        begun = time.perf_counter_ns()
        self.wire.sendall(data)
        answer = self.wire.recv(65536)
        took = time.perf_counter_ns() - begun
        while not answer.endswith(b"}\n"):
            answer += self.wire.recv(65536)
        assert answer.startswith(b"HTTP/1.1 401 "), answer
        return took


def emails(kind):
    # All of one length.
    return [f"{kind:_<8}{number:02}@example.com" for number in range(ACCOUNTS)]


def samples(server, kinds, tries):
    """So many tries of each kind in random order: nanoseconds by kind."""
    clockwork, found = Clockwork(server), {kind: [] for kind in kinds}
    for turn in range(-10, tries):
        for kind in random.sample(kinds, len(kinds)):
            api, who = kind
            # The right one, which does not help a disabled account, or one as long.
            password = "correct horse" if who == "disabled" else "correct house"
            took = clockwork.fail(PATHS[api], random.choice(emails(who)), password)
            if turn >= 0:
                found[kind].append(took)
    clockwork.wire.close()
    return found


def compare(found, pair):
    """The probability, the medians' distance in parts of one, and words."""
    a, b = (found[kind] for kind in pair)
    p, (m, n) = kolmogorov_smirnov(a, b), (statistics.median(a), statistics.median(b))
    apart = abs(m - n) / max(m, n)
    return p, apart, (f"{' '.join(pair[0])} and {pair[1][1]}: medians {m / 1e6:.3f} and {n / 1e6:.3f} ms, "
                      f"{100 * apart:.2f} % apart, p = {p:.3f}")


def alike(found, pair):
    p, apart, _ = compare(found, pair)
    return p > LEVEL and apart < APART


def prepare(server):
    """Accounts of every kind; some of them are hashed under cheaper parameters."""
    def register(kind):
        for email in emails(kind):
            server.register(email)

    register("known")
    register("disabled")
    for email in emails("disabled"):
        assert server.run("user", "disable", email).returncode == 0
    server.stop()
    usual, server.env = server.env, {**server.env, **CHEAPER}
    server.start()
    register("cheaper")
    server.stop()
    server.env = usual
    server.start()


def main():
    verdict = Verdict("sign-in timing")
    gc.disable()
    with serving(cheap=False, log_format="text", flags=["--quiet", *unlimited()]) as server:
        prepare(server)
        pairs = [((api, who), (api, "unknown")) for api in PATHS for who in ("known", "disabled")]
        control = (("forms", "cheaper"), ("forms", "unknown"))
        kinds = sorted({kind for pair in [*pairs, control] for kind in pair})
        found = samples(server, kinds, TRIES)
        again = [pair for pair in pairs if not alike(found, pair)]
        for pair in pairs:
            if pair not in again:
                verdict.check(True, compare(found, pair)[2])
        for pair in again:
            verdict.figure("once more: " + compare(found, pair)[2])
            anew = samples(server, list(pair), TRIES)
            verdict.check(alike(anew, pair), compare(anew, pair)[2])
        p, apart, words = compare(found, control)
        verdict.check(p < LEVEL and apart > APART, "told apart: " + words)
        verdict.figure(f"{TRIES} of each of {len(kinds)} kinds: {json.dumps([' '.join(k) for k in kinds])}")
    verdict.exit()


main()
