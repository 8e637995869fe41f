"""The servers that are compared: each on one port of 127.0.0.1, on the cores it is given, measured through /proc."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tests" / "EndToEnd"), str(HERE.parent / "Tests" / "EndToEnd" / "acceptance")]

from harness.server import Server, free_port  # noqa: E402  (needs the path above)
from many import fill  # noqa: E402

START_DEADLINE = 30


class Contender:
    """A running server. `sample` gives what its processes have used so far."""

    def __init__(self, name, pid, base, stop, tokens=()):
        self.name, self.pid, self.base, self._stop, self.tokens = name, pid, base, stop, tokens

    def pids(self):
        """The process and its children: gunicorn and nginx have workers."""
        found, new = [], [self.pid]
        while new:
            found += new
            new = [int(child) for pid in new for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                   for child in (task / "children").read_text().split()]
        return found

    def sample(self):
        """Seconds of processor time: all, user, system. The first is exact, the others count ticks."""
        exact = user = system = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                exact += int((task / "schedstat").read_text().split()[0]) / 1e9
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user += int(fields[11]) / os.sysconf("SC_CLK_TCK")
            system += int(fields[12]) / os.sysconf("SC_CLK_TCK")
        return exact, user, system

    def resident(self):
        """MB."""
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) / 1024
        return total

    def stop(self):
        self._stop()


def _await(base):
    deadline = time.monotonic() + START_DEADLINE
    while True:
        try:
            with urllib.request.urlopen(base + "/api/v1/status", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _child(name, command, port, tokens=(), env=None):
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)

    def stop():
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)

    base = f"http://127.0.0.1:{port}"
    try:
        _await(base)
    except BaseException:
        process.kill()
        raise
    return Contender(name, process.pid, base, stop, tokens)


def sessiond(folder, sessions, loops=1, cores="0", name="sessiond", **settings):
    """Ours, with everything on but the request log; its sessions are made in the data file beforehand."""
    directory = pathlib.Path(folder) / name.replace(" ", "-")
    directory.mkdir()
    env = {"SESSIOND_SERVER_LOOPS": str(loops)} | {"SESSIOND_" + key: value for key, value in settings.items()}
    server = Server(directory, env=env, log_format="text", flags=["--quiet"], prefix=("taskset", "-c", cores))
    server.start()
    server.stop()
    tokens = fill(server, sessions, max(2, sessions // 20), 86_400, known=min(sessions, 10_000))
    server.start()
    return Contender(name, server.pid, server.base, server.stop, tokens)


def visitors(folder, ours):
    """What the others are told of our sessions: a file of "token email whoami"."""
    path = pathlib.Path(folder) / "sessions"
    with path.open("w", encoding="ascii") as file:
        for token in ours.tokens:
            asked = urllib.request.Request(ours.base + "/sessions/whoami", headers={"Cookie": "session_id=" + token})
            with urllib.request.urlopen(asked) as answer:
                text = answer.read().decode().strip()
            email = text.split('"email":"')[1].split('"')[0]
            file.write(f"{token} {email} {text}\n")
    return path


def baseline(folder, sessions):
    """Raw C on evhttp."""
    program = pathlib.Path(folder) / "evhttp-baseline"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "evhttp-baseline.c", "-levent"], check=True)
    port = free_port()
    return _child("evhttp in C", ["taskset", "-c", "0", program, str(port), sessions], port)


def nginx(folder):
    """A constant, whatever is asked."""
    port, directory = free_port(), pathlib.Path(folder) / "nginx"
    directory.mkdir()
    text = (HERE / "nginx.conf").read_text().replace("PORT", str(port)).replace("DIRECTORY", str(directory))
    (directory / "nginx.conf").write_text(text)
    return _child("nginx, a constant", ["taskset", "-c", "0", "nginx", "-p", directory, "-c", "nginx.conf"], port)


def flask(sessions):
    """Flask under gunicorn: one worker that keeps connections, since it gets one core."""
    port = free_port()
    command = ["taskset", "-c", "0", sys.executable, "-m", "gunicorn", "--chdir", HERE, "-w", "1", "-k", "gthread",
               "--threads", "4", "--worker-connections", "1000", "--keep-alive", "60", "-b", f"127.0.0.1:{port}",
               "--log-level", "warning", "app:app"]
    return _child("Flask", command, port, env={"SESSIONS": str(sessions)})


@contextlib.contextmanager
def running(*makers):
    """Contenders, stopped in the end whatever happens. A maker may be a function of those before it."""
    made = []
    try:
        for make in makers:
            made.append(make(made))
        yield made
    finally:
        for contender in reversed(made):
            contender.stop()
