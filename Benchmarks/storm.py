"""A storm of sign-ins with the real cost of hashes, on two cores: what a steady stream of `/profile` sees meanwhile."""

import concurrent.futures
import contextlib
import os
import pathlib
import subprocess
import time

import contenders
import latency
import loads

ACCOUNTS = 32
# Sign-ins under way at once; the queue of hashes takes 512.
SIGN_INS = 128
RATE, CONNECTIONS = 1_000, 16
# Seconds: of the storm, of the calm before it, and until the storm is there.
SECONDS, CALM, SETTLE = 10, 5, 1
SCRIPT = pathlib.Path(contenders.HERE.parent / "Tests/EndToEnd/acceptance/sign_ins.lua")


@contextlib.contextmanager
def signing_in(server, seconds):
    """wrk signs in all the while; gives a list to which its output is appended in the end."""
    text = []
    storm = subprocess.Popen(
        ["taskset", "-c", contenders.BOTH_CORES, "wrk", "-t1", f"-c{SIGN_INS}", f"-d{seconds}s", "--timeout", "60s",
         "-s", SCRIPT, server.base + "/sessions"],
        env={**os.environ, "ACCOUNTS": str(ACCOUNTS)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield text
    finally:
        try:
            text.append(storm.communicate(timeout=90)[0])
        finally:
            storm.kill()


def measure(given, keep):
    found = {"sign_ins": SIGN_INS, "rate": RATE, "connections": CONNECTIONS, "seconds": SECONDS, "workers": {},
             "failures": []}
    with contenders.running() as (start, folder):
        program = contenders.compiled(folder, "steady.c")
        # 0 is the default, which leaves one core to the checks.
        for workers in (0, 2):
            server = start(contenders.sessiond(folder, 1_000, loops=0, cores=contenders.BOTH_CORES,
                                               name=f"{workers} workers", PASSWORDS_WORKERS=workers))
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                for done in [pool.submit(server.server.register, f"wrk{number}@example.com")
                             for number in range(1, ACCOUNTS + 1)]:
                    done.result()

            def asked(seconds):
                return latency.steady(program, server, server.tokens_file, RATE, seconds, CONNECTIONS,
                                      contenders.BOTH_CORES, spins=False)

            row = found["workers"][str(workers)] = {"calm": asked(CALM)}
            with signing_in(server, SECONDS + 2 * SETTLE) as text:
                time.sleep(SETTLE)
                before = time.monotonic(), server.sample()[0]
                row["storm"] = asked(SECONDS)
                after = time.monotonic(), server.sample()[0]
            row["cores_used"] = round((after[1] - before[1]) / (after[0] - before[0]), 2)
            row["signed_in_per_second"] = loads.figure(r"Requests/sec:\s+([\d.]+)", text[0])
            row["refused"] = loads.figure(r"Non-2xx or 3xx responses: (\d+)", text[0])
            if row["refused"] or row["storm"]["failures"]:
                found["failures"].append(f"{workers} workers: {row['refused']} sign-ins refused, "
                                         f"{row['storm']['failures']} checks failed")
            keep(found)
            server.stop()
    return found


def say(found):
    for workers, row in found["workers"].items():
        print(f"   {'default' if workers == '0' else workers} workers: {row['signed_in_per_second']:.0f} sign-ins a"
              f" second, {row['cores_used']} cores used")
        for name in ("calm", "storm"):
            at = row[name]["intended"]
            print(f"     {name:6} p50 {at['50'] / 1e3:6.2f}  p99 {at['99'] / 1e3:6.2f}  p99.9 {at['99.9'] / 1e3:6.2f}"
                  f"  most {at['100'] / 1e3:6.2f} ms  {row[name]['failures']} failures")
