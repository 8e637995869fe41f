"""Debian's slowhttptest in its slow-header, slow-body and slow-read modes: the service stays available."""

import csv
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from crowd import Probe, described, raise_descriptor_limit
from program import Verdict, serving

# Seconds that each mode runs; the longest deadline is ten.
LENGTH = 25
CONNECTIONS = 2_000
MODES = {
    "slow header": ["-H", "-i", "1"],
    "slow body": ["-B", "-i", "1", "-s", "60000", "-t", "POST"],
    "slow read": ["-X", "-w", "1", "-y", "2", "-n", "1", "-z", "1", "-k", "10"],
}


def main():
    verdict = Verdict("slowhttptest")
    program = shutil.which("slowhttptest")
    if not program:
        sys.exit("slowhttptest is not installed (apt-get install slowhttptest)")
    raise_descriptor_limit()
    with serving(log_format="text", flags=["--quiet"]) as server, tempfile.TemporaryDirectory() as folder:
        token = server.token(server.register())
        for name, mode in MODES.items():
            probe = Probe(server, token)
            time.sleep(1)
            begin = time.monotonic()
            stem = pathlib.Path(folder) / name.replace(" ", "-")
            done = subprocess.run(
                [program, *mode, "-c", str(CONNECTIONS), "-r", "1000", "-l", str(LENGTH), "-p", "2", "-g", "-o", str(stem),
                 "-u", f"{server.base}/api/v1/status"],
                capture_output=True, text=True, check=False)
            meanwhile = [ms for at, ms, _ in probe.results() if at >= begin]
            report = stem.with_suffix(".csv")
            verdict.check(report.exists(), f"{name}: ran, exit code {done.returncode}")
            if not report.exists():
                verdict.figure(done.stdout[-300:] + done.stderr[-300:])
                continue
            rows = list(csv.reader(report.read_text().splitlines()))
            available = rows[0].index("Service Available")
            held = rows[0].index("Connected")
            up = [int(row[available]) > 0 for row in rows[1:]]
            verdict.figure(f"{name}: at most {max(int(row[held]) for row in rows[1:])} of {CONNECTIONS} held")
            verdict.check(all(up), f"{name}: service available in {sum(up)} of {len(up)} seconds")
            verdict.figure(f"{name}: other clients: " + described(meanwhile))
    verdict.exit()


main()
