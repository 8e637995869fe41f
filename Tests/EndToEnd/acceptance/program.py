"""What every acceptance program does: print figures, collect failures, exit with 1 if there are any."""

import contextlib
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.server import Server, run  # noqa: E402  (needs the path above)


class Verdict:
    """The checks of one program."""

    def __init__(self, title):
        self.failures = []
        print(f"== {title}", flush=True)

    def figure(self, text):
        print("   " + text, flush=True)

    def check(self, holds, claim):
        print(f"   {'ok  ' if holds else 'FAIL'} {claim}", flush=True)
        if not holds:
            self.failures.append(claim)

    def exit(self):
        sys.exit(1 if self.failures else 0)


@contextlib.contextmanager
def serving(**settings):
    """A server on an empty data file; its end must be orderly."""
    with tempfile.TemporaryDirectory(prefix="sessiond-acceptance-") as folder:
        server = Server(folder, **settings).start()
        try:
            yield server
            if server.process is not None:
                server.stop()
        finally:
            server.kill9()


def unlimited():
    """The flags that switch rate limits off, where the server has some."""
    with tempfile.TemporaryDirectory() as folder:
        return ["--no-rate-limit"] if "--no-rate-limit" in run("help", "serve", cwd=folder).stdout else []


def percentile(values, share):
    """The value below which that share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def resident(server):
    """Resident memory in MB."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
