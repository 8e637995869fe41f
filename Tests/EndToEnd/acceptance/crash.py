"""kill -9 at random moments while many register, log in and out, reset and revoke: every acknowledged answer holds.

  crash.py [--rounds 100] [--seed 1]"""

import argparse
import contextlib
import random
import threading
import time

from program import Verdict, serving  # First: it knows where the harness is.

from person import Fact, Person, Unanswered, untrue  # isort: skip

PEOPLE = 8


def live(person, ended):
    while not ended.is_set():
        with contextlib.suppress(Unanswered):
            person.act()
            continue
        if not person.on_doubt:
            return


def round_of(server, generator, seconds):
    """Lets people act until the server is killed; returns them."""
    people = [Person(server.base, generator.random()) for _ in range(PEOPLE)]
    ended = threading.Event()
    threads = [threading.Thread(target=live, args=(p, ended)) for p in people]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.kill9()
    ended.set()
    for thread in threads:
        thread.join()
    return people


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    verdict = Verdict(f"kill -9 under everything, seed {options.seed}")
    generator = random.Random(options.seed)
    acknowledged, facts, lost, resurrected, wrong, earlier = 0, 0, [], [], [], []
    # Looking whether a password holds makes sessions: they must not end those that are compared.
    with serving(log_format="text", flags=["--quiet", "--no-rate-limit"],
                 env={"SESSIOND_SESSIONS_PER_USER": "1000"}) as server:
        server.register()  # The administrator, who is none of them.
        for _ in range(options.rounds):
            people = round_of(server, generator, generator.uniform(0.02, 0.5))
            server.start()
            journals = [j for p in people for j in p.journals]
            # Also what held before: a later crash must not bring it back.
            for journal in journals + generator.sample(earlier, min(5, len(earlier))):
                missing, back = untrue(server, journal)
                lost += missing
                resurrected += back
                facts += sum(f is not Fact.UNKNOWN for f in journal.sessions.values()) + 1
            acknowledged += sum(p.acknowledged for p in people)
            wrong += [w for p in people for w in p.wrong]
            earlier += [j for j in journals if j.exists is not Fact.UNKNOWN and len(j.passwords) == 1]
    for text in (lost + resurrected + wrong)[:20]:
        verdict.figure(text)
    verdict.figure(f"{options.rounds} rounds, {acknowledged} answers acknowledged, {facts} facts compared")
    verdict.check(facts > options.rounds, "there was something to lose")
    verdict.check(not wrong, f"{len(wrong)} answers that nobody expected")
    verdict.check(not lost, f"{len(lost)} lost")
    verdict.check(not resurrected, f"{len(resurrected)} resurrected")
    verdict.exit()


main()
