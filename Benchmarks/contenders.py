"""The servers that are compared: each on one port of 127.0.0.1, on the cores it is given, measured through /proc."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tests" / "EndToEnd"), str(HERE.parent / "Tests" / "EndToEnd" / "acceptance")]

from harness.server import Server, free_port  # noqa: E402  (needs the path above)
from harness.tls import make_pair  # noqa: E402
from many import fill  # noqa: E402

SERVER_CORE, CLIENT_CORE, BOTH_CORES = "0", "1", "0,1"
START_DEADLINE = 30
# Cookies that a load shows in turn.
KNOWN = 10_000


class Contender:
    """A running server."""

    def __init__(self, name, pid, port, stop, secure_port=None):
        self.name, self.pid, self.port, self.stop = name, pid, port, stop
        self.base = f"http://127.0.0.1:{port}"
        self.secure_base = f"https://127.0.0.1:{secure_port}" if secure_port else None
        # Of sessiond: the sessions that it knows, and the file with their tokens.
        self.tokens, self.tokens_file = [], None

    def is_alive(self):
        try:
            return "State:\tZ" not in pathlib.Path(f"/proc/{self.pid}/status").read_text()
        except FileNotFoundError:
            return False

    def pids(self):
        """The process and its children: gunicorn and nginx have workers."""
        found, new = [], [self.pid]
        while new:
            found += new
            new = [int(child) for pid in new for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                   for child in (task / "children").read_text().split()]
        return found

    def sample(self):
        """Seconds of processor time used so far: all, user, system. The first is exact, the others count ticks."""
        exact = user = system = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                exact += int((task / "schedstat").read_text().split()[0]) / 1e9
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user += int(fields[11]) / os.sysconf("SC_CLK_TCK")
            system += int(fields[12]) / os.sysconf("SC_CLK_TCK")
        return exact, user, system

    def resident(self):
        """MB (2^20 octets), shared pages of several processes counted in each."""
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) / 1024
        return total


def core_seconds(core):
    """Seconds of work that a core has done so far, whoever's."""
    fields = re.search(rf"^cpu{core} (.*)$", pathlib.Path("/proc/stat").read_text(), re.MULTILINE)[1].split()
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _await(base, process):
    deadline = time.monotonic() + START_DEADLINE
    while True:
        try:
            with urllib.request.urlopen(base + "/api/v1/status", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _child(name, command, port, env=None, secure_port=None):
    command = ["taskset", "-c", SERVER_CORE, *command]
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)

    def stop():
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    contender = Contender(name, process.pid, port, stop, secure_port)
    try:
        _await(contender.base, process)
    except BaseException:
        stop()
        raise
    return contender


def sessiond(folder, sessions=KNOWN, loops=1, cores=SERVER_CORE, name="sessiond", pair=None, **settings):
    """Ours, with everything on but the request log; its sessions are made in the data file beforehand.

    `settings`: as in the environment, without SESSIOND_."""
    directory = pathlib.Path(folder) / name.replace(" ", "-")
    directory.mkdir()
    env = {"SESSIOND_SERVER_LOOPS": str(loops)} | {"SESSIOND_" + key: str(value) for key, value in settings.items()}
    secure_port = free_port() if pair else None
    if pair:
        env |= pair.environment | {"SESSIOND_TLS_PORT": str(secure_port)}
    server = Server(directory, env=env, log_format="text", flags=["--quiet"], prefix=("taskset", "-c", cores),
                    cheap=False)
    tokens = []
    if sessions:
        server.start()
        server.stop()
        tokens = fill(server, sessions, max(2, sessions // 20), 86_400, known=min(sessions, KNOWN))
    server.start()
    contender = Contender(name, server.pid, server.port, server.kill9, secure_port)
    contender.tokens, contender.server = tokens, server
    contender.tokens_file = directory / "tokens"
    contender.tokens_file.write_text("".join(token + "\n" for token in tokens))
    return contender


def visitors(folder, ours):
    """What the others are told of our sessions: a file of "token email whoami"."""
    path = pathlib.Path(folder) / "sessions"
    connection = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=10)
    with path.open("w", encoding="ascii") as file, contextlib.closing(connection):
        for token in ours.tokens:
            connection.request("GET", "/sessions/whoami", headers={"Cookie": "session_id=" + token})
            text = connection.getresponse().read().decode()
            file.write(f"{token} {json.loads(text)['user']['email']} {text.rstrip()}\n")
    return path


def compiled(folder, source, *libraries):
    """A C program of this folder."""
    program = pathlib.Path(folder) / pathlib.Path(source).stem
    if not program.exists():
        subprocess.run(["cc", "-std=gnu11", "-O2", "-o", program, HERE / source, *libraries], check=True)
    return program


def baseline(folder, sessions):
    """Raw C on evhttp."""
    port = free_port()
    program = compiled(folder, "evhttp-baseline.c", "-levent")
    return _child("evhttp in C", [program, str(port), sessions], port)


def nginx(folder, pair):
    """A constant, whatever is asked."""
    port, secure_port, directory = free_port(), free_port(), pathlib.Path(folder) / "nginx"
    directory.mkdir()
    text = (HERE / "nginx.conf").read_text()
    for word, value in (("SECURE_PORT", secure_port), ("PORT", port), ("DIRECTORY", directory),
                        ("CERTIFICATE", pair.certificate), ("KEY", pair.key)):
        text = text.replace(word, str(value))
    (directory / "nginx.conf").write_text(text)
    # Debian has it in a folder that is not on everyone's path.
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    return _child("nginx", [program, "-p", directory, "-c", "nginx.conf"], port, secure_port=secure_port)


def flask(sessions):
    """Flask under gunicorn: one worker, since it gets one core; it keeps connections. More threads are no quicker."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--chdir", HERE, "-w", "1", "-k", "gthread", "--threads", "16",
               "--worker-connections", "2000", "--keep-alive", "60", "-b", f"127.0.0.1:{port}", "--no-control-socket",
               "--log-level", "warning", "app:app"]
    return _child("Flask", command, port, env={"SESSIONS": str(sessions)})


@contextlib.contextmanager
def running():
    """A function that takes a contender into care and gives it back, and a folder: all are stopped in the end."""
    made = []

    def keep(contender):
        made.append(contender)
        return contender

    with tempfile.TemporaryDirectory(prefix="sessiond-bench-") as folder:
        try:
            yield keep, folder
        finally:
            for contender in reversed(made):
                contender.stop()


@contextlib.contextmanager
def four(sessions=KNOWN, wanted=None):
    """The four of the comparison, ours first; all know the same sessions. Also a folder, and who did not start."""
    with running() as (keep, folder):
        pair = make_pair(pathlib.Path(folder))
        ours = keep(sessiond(folder, sessions, pair=pair))
        told = visitors(folder, ours)
        makers = {"evhttp in C": lambda: baseline(folder, told), "nginx": lambda: nginx(folder, pair),
                  "Flask": lambda: flask(told)}
        servers, absent = [ours], []
        for name in makers:
            try:
                if not wanted or name in wanted:
                    servers.append(keep(makers[name]()))
            except (OSError, subprocess.SubprocessError) as error:
                absent.append(f"{name} did not start: {error}")
        yield servers, folder, absent
