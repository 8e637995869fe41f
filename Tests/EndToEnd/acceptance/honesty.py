"""200 and 403 are facts: full speed on ten thousand cookies while others come and go, each answer compared.

  honesty.py [MINUTES]

Two wrk ask: one for sessions that live all the time, one for sessions that ended before. A side client signs in and
out 200 times a second and keeps a journal; checks of its cookies must say what the journal says, unless the cookie
changed during the check."""

import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time

from program import Verdict, serving
from wires import Wire

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 10
USERS, EACH = 500, 20
DEAD = 1_000
SIDE_USERS = 50
SIDE_CLIENTS = 4
PER_SECOND = 200
SCRIPT = pathlib.Path(__file__).with_name("honesty.lua")


def in_parallel(server, count, work, items):
    """Does `work(wire, item)` for each item, on so many connections; returns what it returns."""
    results, todo = [], iter(items)
    lock = threading.Lock()

    def run():
        wire = Wire(server)
        while True:
            with lock:
                item = next(todo, None)
            if item is None:
                return
            results.append(work(wire, item))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def wrk(server, tokens, name, expected, connections, seconds):
    """Starts wrk on these cookies."""
    cookies = pathlib.Path(server.directory) / name
    cookies.write_text("\n".join(tokens) + "\n")
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(SCRIPT), server.base],
        env=os.environ | {"COOKIES": str(cookies), "EXPECTED": str(expected)}, stdout=subprocess.PIPE, text=True)


class Journal:
    """The side client's cookies: what it was told of each."""

    def __init__(self):
        # Token to "live", "ending" from before the sign-out is sent, "ended" when it is acknowledged.
        self.states = {}
        self.recent = []
        self.rounds = 0
        self.counts = {"live": 0, "ended": 0, "either": 0}
        self.wrong = []

    def come_and_go(self, server, emails, pace, until):
        wire, due, kept = Wire(server), time.monotonic(), []
        while time.monotonic() < until:
            due += pace
            time.sleep(max(0, due - time.monotonic()))
            token = wire.sign_in(random.choice(emails))
            self.states[token] = "live"
            self.recent = [*self.recent[-63:], token]
            kept.append(token)
            if len(kept) > 8:
                # Not the oldest of its user that would have to leave: a user has far fewer than the most.
                leaving = kept.pop(0)
                self.states[leaving] = "ending"
                status = wire.ask("DELETE", "/sessions", leaving)[0]
                assert status == 302, status
                self.states[leaving] = "ended"
            self.rounds += 1

    def check(self, server, until):
        wire = Wire(server)
        while time.monotonic() < until:
            if not self.recent:
                time.sleep(0.01)
                continue
            time.sleep(0.001)  # To the others their turn: all share one interpreter.
            token = random.choice(self.recent)
            before = self.states[token]
            status = wire.ask("GET", "/profile", token)[0]
            after = self.states[token]
            fact = before if before == after and before != "ending" else "either"
            self.counts[fact] += 1
            if status not in {"live": (200,), "ended": (403,), "either": (200, 403)}[fact]:
                self.wrong.append((status, before, after))


def main():
    verdict = Verdict(f"honesty: {MINUTES:g} minutes")
    seconds = max(1, int(60 * MINUTES))
    with serving(env={"AUTH_TYPE": "session_db_auth"}, log_format="text",
                 flags=["--quiet", "--no-rate-limit"]) as server:
        emails = [f"user{n}@example.com" for n in range(USERS)]
        side = [f"side{n}@example.com" for n in range(SIDE_USERS)]
        gone = [f"gone{n}@example.com" for n in range(DEAD // EACH)]
        in_parallel(server, 8, Wire.register, [*emails, *side, *gone])
        live = in_parallel(server, 8, Wire.sign_in, EACH * emails)
        dead = in_parallel(server, 8, Wire.sign_in, EACH * gone)
        ended = in_parallel(server, 8, lambda wire, token: wire.ask("DELETE", "/sessions", token)[0], dead)
        verdict.check(set(ended) == {302}, f"{len(live)} cookies live, {len(ended)} ended")
        fast = [wrk(server, live, "live", 200, 24, seconds), wrk(server, dead, "dead", 403, 8, seconds)]
        journal, until = Journal(), time.monotonic() + seconds
        if os.geteuid() == 0:
            # The side client keeps its pace beside two wrk at full speed; its threads inherit this.
            os.setpriority(os.PRIO_PROCESS, 0, -10)
        pace, parts = SIDE_CLIENTS / PER_SECOND, [side[n::SIDE_CLIENTS] for n in range(SIDE_CLIENTS)]
        threads = [threading.Thread(target=journal.come_and_go, args=(server, part, pace, until)) for part in parts]
        threads += [threading.Thread(target=journal.check, args=(server, until)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for process, claim in zip(fast, ("live cookies: false 401/403", "ended cookies: false 200"), strict=True):
            output = process.communicate()[0]
            right, wrong = map(int, re.search(r"judged (\d+) right (\d+) wrong", output).groups())
            trouble = re.search(r"Socket errors.*", output)
            verdict.check(right > 0 and wrong == 0 and not trouble,
                          f"{claim}: {wrong} of {right + wrong}{trouble[0] if trouble else ''}")
        for thread in threads:
            thread.join()
    verdict.figure(f"{journal.rounds / seconds:.0f} sign-ins a second, and as many sign-outs")
    verdict.check(journal.rounds >= 0.9 * PER_SECOND * seconds, f"{journal.rounds} rounds of the side client")
    counts = journal.counts
    verdict.check(
        not journal.wrong and counts["live"] and counts["ended"],
        f"{counts['live']} checks of cookies that came and went while they lived, {counts['ended']} after their end, "
        f"{counts['either']} during: {len(journal.wrong)} wrong {journal.wrong[:3]}")
    verdict.exit()


main()
