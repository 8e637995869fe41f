"""The program under libfaketime: clocks that jump when the test says so."""

import glob
import os

from harness.server import Server


class FakeClock:
    """Starts servers whose clocks are so far from the real ones. `set` moves them while the servers run.

    The wall clock alone, unless `steady`: then all clocks jump, as after a suspend."""

    def __init__(self, directory, steady=False):
        # MT: the other one reads its file without a lock, and a thread sees "+0" once in some hundred looks.
        (library,) = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.file = directory / "offset"
        self.env = {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1"}
        if not steady:
            self.env["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        self._pids = []
        self.set("+0")

    def set(self, offset):
        """`+2h`, `-1y`, `+90` (seconds): from the real time, not from the last jump."""
        new = self.file.with_suffix(".new")
        new.write_text(offset + "\n")
        new.replace(self.file)  # it is read at every look at a clock, never by half

    def server(self, directory, **settings):
        """A server that is not started yet."""
        directory.mkdir(exist_ok=True)
        # libfaketime changes the environment of the first process it is in, after which Swift finds no arguments.
        return Server(directory, env=self.env | settings, prefix=("env",))

    def start(self, server):
        server.start()
        self._pids.append(server.pid)
        return server

    def clean(self):
        """What libfaketime leaves behind."""
        for pid in self._pids:
            for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
                if os.path.exists(path := "/dev/shm/" + name):
                    os.unlink(path)
