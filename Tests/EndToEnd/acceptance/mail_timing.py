"""Asking for a reset mail takes the same time for known and unknown addresses; so does the request after it."""

import bisect
import math
import statistics
import time

from program import Verdict, serving

from harness.mail import Sink
from harness.wire import Wire, get, post

ROUNDS = 1_500


def distribution_distance(a, b):
    """The statistic of Kolmogorov and Smirnov, and its p-value (asymptotic)."""
    a, b = sorted(a), sorted(b)
    distance = max(abs(bisect.bisect_right(a, x) / len(a) - bisect.bisect_right(b, x) / len(b)) for x in a + b)
    size = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    z = (size + 0.12 + 0.11 / size) * distance
    p = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * z * z) for k in range(1, 101))
    return distance, min(1, max(0, p))


def main():
    verdict = Verdict("mail timing")
    with Sink() as sink, serving(env=sink.environment(), flags=["--quiet"], log_format="text") as server:
        known = [server.register() for _ in range(ROUNDS)]
        first, second = {True: [], False: []}, {True: [], False: []}
        with Wire(server, timeout=60) as wire:
            def timed(request):
                begun = time.perf_counter()
                assert wire.send(request).read().status_code == 200
                return (time.perf_counter() - begun) * 1e6

            for number, account in enumerate(known):
                name = account.email.removeprefix("person")
                pair = [(True, account.email), (False, "nobody" + name)]
                for is_known, email in pair if number % 2 else reversed(pair):
                    first[is_known].append(timed(post(server, "/reset_password", f"email={email}".encode(), close=False)))
                    second[is_known].append(timed(get(server, "/api/v1/status", close=False)))
    for what, times in (("the request", first), ("the next one", second)):
        medians = {key: statistics.median(values) for key, values in times.items()}
        difference = abs(medians[True] - medians[False]) / medians[False]
        distance, p = distribution_distance(times[True], times[False])
        verdict.figure(f"{what}: medians {medians[True]:.0f} and {medians[False]:.0f} us, D {distance:.3f}, p {p:.3f}")
        verdict.check(p > 0.05 or difference < 0.01, f"{what}: known and unknown are alike ({difference:.2%})")
    verdict.exit()


main()
