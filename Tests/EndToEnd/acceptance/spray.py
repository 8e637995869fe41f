"""200 addresses guess one account's password for some seconds; its owner signs in meanwhile from a known device.

The hash is the default, as against real attackers."""

import threading
import time

from program import Verdict, percentile, serving

from harness.spray import Source, addresses, cookie

ADDRESSES = 200
SECONDS = 12
# As config/sessiond.json5 has them.
BURST, PER_HOUR = 20, 4


class Attacker(threading.Thread):
    """One address that guesses as fast as it is answered."""

    def __init__(self, server, address, email, end):
        super().__init__()
        self.server, self.address, self.email, self.end = server, address, email, end
        self.answers = []
        self.problem = None

    def run(self):
        try:
            with Source(self.server, self.address, timeout=60) as source:
                while time.monotonic() < self.end:
                    status, head, _ = source.sign_in(self.email, f"guess {len(self.answers)}")
                    self.answers.append((status, head.get("Retry-After")))
                    time.sleep(0.05)
        except OSError as error:
            self.problem = error


def delays(seconds):
    """Tries that the doubling delays let through in that time, after the burst."""
    spent, delay, tries = 0, 1, 0
    while spent + delay <= seconds:
        spent, delay, tries = spent + delay, 2 * delay, tries + 1
    return tries


def main():
    verdict = Verdict("spray")
    with serving(cheap=False, log_format="text", flags=["--quiet"]) as server:
        account = server.register()
        with Source(server, "127.0.0.1") as owner:
            device = cookie(owner.sign_in(account.email, account.password)[1], "device")
        begun = time.monotonic()
        attackers = [Attacker(server, address, account.email, begun + SECONDS) for address in addresses(ADDRESSES)]
        for attacker in attackers:
            attacker.start()
        owned, strange = [], []
        # From elsewhere, as with a phone: by the cookie alone.
        with Source(server, "127.2.0.1", timeout=60) as owner:
            while time.monotonic() < begun + SECONDS:
                start = time.monotonic()
                owned.append((owner.sign_in(account.email, account.password, Cookie=f"device={device}")[0],
                              time.monotonic() - start))
                time.sleep(0.2)
        for attacker in attackers:
            attacker.join()
        seconds = time.monotonic() - begun
        answers = [answer for attacker in attackers for answer in attacker.answers]
        verdict.check(not any(attacker.problem for attacker in attackers), "every address was answered")
        guesses = sum(status == 401 for status, _ in answers)
        allowed = BURST + delays(seconds) + int(seconds * PER_HOUR / 3600) + 1
        verdict.check(BURST <= guesses <= allowed,
                      f"{guesses} guesses were looked at, of {len(answers)} from {ADDRESSES} addresses in "
                      f"{seconds:.1f} s; {allowed} are put up with")
        others = {status for status, _ in answers} - {401}
        verdict.check(others == {429}, f"the rest was answered {sorted(others)}")
        verdict.check(all(wait and int(wait) > 0 for status, wait in answers if status == 429),
                      "each 429 says when to come back")
        verdict.check({status for status, _ in owned} == {200},
                      f"{len(owned)} sign-ins from the owner's device meanwhile, p99 "
                      f"{percentile([took for _, took in owned], 0.99) * 1000:.0f} ms")
        with Source(server, "127.3.0.1", timeout=60) as owner:
            waited = time.monotonic()
            while not strange or strange[-1] == 429:
                status, head, _ = owner.sign_in(account.email, account.password)
                strange.append(status)
                if status == 429:
                    time.sleep(min(60, int(head["Retry-After"])))
            verdict.check(strange[-1] == 200 and len(strange) <= 3,
                          f"the owner from an unknown device afterwards: {strange}, "
                          f"in after {time.monotonic() - waited:.0f} s")
    verdict.exit()


main()
