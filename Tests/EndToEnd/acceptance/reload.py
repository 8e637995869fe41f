"""SIGHUP under load, good and bad configurations in turns: no request fails, no connection is lost, sessions live on,
and in the end the last good configuration is in force."""

import os
import pathlib
import signal
import tempfile
import threading
import time

from program import Verdict, percentile, serving

from harness.reload import Reloading
from harness.tls import Secure, make_pair
from harness.wire import Wire, get, post

ROUNDS, PEOPLE = 50, 16
# Seconds between two SIGHUPs.
PAUSE = 0.2
# What one that keeps its connection asks, and what it must be told under each of the good configurations.
ASKED = [("/api/v1/status", {200}), ("/profile", {200}), ("/api/v1/users/me", {200}), ("/api/v1/users", {200, 403})]
BAD = ["{", "{passwords: {minLength: 0}}", "{limits: {bodies: 1}}", None, "certificate"]


class Tally:
    """What all clients saw."""

    def __init__(self):
        self.answers, self.failures, self.milliseconds = {}, [], []
        self.stop = threading.Event()
        self.lock = threading.Lock()

    def note(self, kind, seconds):
        with self.lock:
            self.answers[kind] = self.answers.get(kind, 0) + 1
            self.milliseconds.append(seconds * 1000)

    def guard(self, work, *arguments):
        """A thread that does this until all stop; whatever it throws is a failure."""
        def run():
            try:
                while not self.stop.is_set():
                    work(*arguments)
            except Exception as error:  # pylint: disable=broad-except
                with self.lock:
                    self.failures.append(repr(error))
        return threading.Thread(target=run)


def ask(tally, kind, wire, data, wanted, method="GET"):
    begun = time.monotonic()
    answer = wire.send(data).read(method)
    assert answer.status_code in wanted, (kind, answer)
    assert answer.headers.get("Connection") != "close" or b"Connection: close" in data, (kind, answer.headers)
    tally.note(kind, time.monotonic() - begun)


def keep_asking(tally, kind, server, make_wire, token):
    """One connection for as long as it goes."""
    with make_wire() as wire:
        while not tally.stop.is_set():
            for path, wanted in ASKED:
                ask(tally, kind, wire, get(server, path, f"Cookie: session_id={token}; __Host-session_id={token}", close=False), wanted)


def ask_anew(tally, kind, server, make_wire, token):
    """A connection for one request."""
    with make_wire() as wire:
        ask(tally, kind, wire, get(server, "/profile", f"Cookie: session_id={token}; __Host-session_id={token}"), {200})


def sign_in_and_out(tally, server, account):
    """A session that lives across some reloads."""
    form = f"email={account.email}&password={account.password.replace(' ', '+')}".encode()
    with Wire(server, timeout=30) as wire:
        answer = wire.send(post(server, "/sessions", form)).read("POST")
        assert answer.status_code == 200, answer
        cookie = "Cookie: " + answer.headers["Set-Cookie"].partition(";")[0]
        ask(tally, "new session", wire, get(server, "/profile", cookie, close=False), {200})
        ask(tally, "signed out", wire, get(server, "/sessions", cookie, method="DELETE", close=False), {302})


def settings(pair, number):
    """The good configuration of a round: everything moves, nothing that an honest client would notice."""
    return {
        "tls.certificate": str(pair.certificate), "tls.key": str(pair.key), "tls.port": 0, "tls.hsts": number,
        "limits.body": 60_000 + number, "limits.fieldBytes": 16_000 + number, "limits.fieldCount": 50 + number,
        "timeouts.idle": 30 + number, "timeouts.handling": 30 + number, "connections.perAddress": 8_000 + number,
        "connections.requests": 1_000_000 + number, "sessions.lifetime": 43_200 + number,
        "passwords.minLength": 5 + number % 3, "access.users": ["self", "authenticated"][number % 2],
        "registration.open": number % 2 == 0, "auth.schemes": [["session"], ["session", "basic"]][number % 2],
        "log.quiet": False}


def rounds(verdict, live, pairs):
    """The reloads themselves; returns the number of the last good configuration."""
    number, refused, taken = 0, 0, []
    for turn in range(ROUNDS):
        pair = pairs[turn % 2]
        bad = BAD[turn // 2 % len(BAD)] if turn % 2 else ""
        if bad == "":
            number = turn + 1
            live.pairs = pair
            live.write(settings(pair, number))
        elif bad == "certificate":
            live.write(settings(pair, 99) | {"tls.certificate": str(pair.key)})
        elif bad is None:
            live.file.unlink()
        else:
            live.write(bad)
        begun = time.monotonic()
        outcome = live.reload()
        taken.append((time.monotonic() - begun) * 1000)
        wanted = "configuration kept" if bad != "" else "configuration reloaded"
        refused += bad != ""
        if outcome["event"] != wanted:
            verdict.check(False, f"round {turn}: {outcome}")
        time.sleep(PAUSE)
    verdict.figure(f"{ROUNDS} × SIGHUP, {refused} of them with a bad configuration; from the signal to the line in the "
                   f"log {percentile(taken, 0.5):.0f} ms, at most {max(taken):.0f} ms")
    return number


def main():
    verdict = Verdict("reload")
    verdict.figure(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before")
    with tempfile.TemporaryDirectory(prefix="sessiond-acceptance-") as folder:
        folder = pathlib.Path(folder)
        pairs = [make_pair(folder, "a"), make_pair(folder, "b")]
        file = folder / "sessiond.json5"
        live = Reloading(lambda **_: None, folder, settings(pairs[0], 0))
        with serving(config=file, flags=["--loops", "2"]) as server:
            live.server = server
            judge(verdict, live, pairs)
    verdict.exit()


def judge(verdict, live, pairs):
    server, secure = live.server, Secure(live.server, pairs[0])
    people = [server.register() for _ in range(PEOPLE)]
    tokens = [server.token(person) for person in people]
    tally = Tally()
    # A new connection sees either certificate.
    both = live.file.with_name("both.crt")
    both.write_text("".join(pair.certificate.read_text() for pair in pairs))
    secure.pair = type(pairs[0])(both, pairs[0].key)
    threads = []
    for number, token in enumerate(tokens):
        plain = number % 4 != 3
        make = (lambda: Wire(server, timeout=30)) if plain else secure.wire
        kind = "kept, plain" if plain else "kept, TLS"
        threads.append(tally.guard(keep_asking, tally, kind, server if plain else secure, make, token))
    threads.append(tally.guard(ask_anew, tally, "anew, plain", server, lambda: Wire(server, timeout=30), tokens[0]))
    threads.append(tally.guard(ask_anew, tally, "anew, TLS", secure, secure.wire, tokens[1]))
    threads.append(tally.guard(sign_in_and_out, tally, server, people[2]))
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    last = rounds(verdict, live, pairs)
    tally.stop.set()
    for thread in threads:
        thread.join()
    verdict.figure(", ".join(f"{kind}: {count}" for kind, count in sorted(tally.answers.items())))
    verdict.figure(f"p50 {percentile(tally.milliseconds, 0.5):.1f} ms, p99 {percentile(tally.milliseconds, 0.99):.1f} ms, "
                   f"at most {max(tally.milliseconds):.0f} ms")
    verdict.check(len(tally.answers) == 6 and min(tally.answers.values()) > 20, "every kind of client was at work")
    verdict.check(not tally.failures, f"{len(tally.failures)} failed: {tally.failures[:3]}")
    verdict.check([server.profile_status(token) for token in tokens] == [200] * PEOPLE, "every session lives")
    with secure.wire() as wire:
        answer = wire.send(get(secure, "/")).read()
    verdict.check(answer.headers.get("Strict-Transport-Security") == f"max-age={last}" and secure.served() == live.pairs.der,
                  "the last good configuration is in force, with its certificate")
    with Wire(server) as wire:
        length = 60_000 + last
        wire.send(post(server, "/sessions", b"", length=length + 1))
        verdict.check(wire.read("POST").status_code == 413, f"a body of {length + 1} octets is too long, as it says")
    errors = [e for e in server.events() if e["level"] == "error" and e["event"] != "configuration kept"]
    verdict.check(not errors, f"{len(errors)} other errors in the log")


main()
