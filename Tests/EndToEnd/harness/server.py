"""The built binary as a child process: started on a free port, watched through its log, stopped and checked."""

import ipaddress
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

from harness.client import Account, Client, fresh_email

ROOT = pathlib.Path(__file__).resolve().parents[3]
# What the program reads from its environment; nothing of the caller's may leak into a test.
OURS = re.compile(r"^(SESSIOND_.*|API_HOST|API_PORT|AUTH_TYPE|SESSION_NAME|SESSION_DURATION)$")
# Makes a hash cost microseconds instead of 15 ms.
CHEAP_HASHING = {"SESSIOND_PASSWORDS_HASH_MEMORY_KIB": "64", "SESSIOND_PASSWORDS_HASH_ITERATIONS": "1"}
# Seconds. A start takes milliseconds; a sanitizer on a loaded machine takes longer.
START_DEADLINE = 30
STOP_DEADLINE = 30


def binary():
    """The program under test: SESSIOND_BINARY, or the release build of this repository."""
    path = os.environ.get("SESSIOND_BINARY") or ROOT / ".build" / "release-static" / "release" / "sessiond"
    return os.path.abspath(path)


def environment(extra=None, cheap=True):
    """The caller's environment without what sessiond reads, plus `extra`."""
    result = {k: v for k, v in os.environ.items() if not OURS.match(k)}
    if cheap:
        result.update(CHEAP_HASHING)
    result.update(extra or {})
    return result


def free_port(host="127.0.0.1"):
    """A port that was free a moment ago."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Server:
    """One data file and the process that serves it; may be started many times."""

    # Those that run now, for the report of a failing test.
    running = []

    def __init__(self, directory, env=None, host="127.0.0.1", port=0, config=None, log_format="json",
                 flags=(), cheap=True, umask=-1, prefix=(), pass_fds=()):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "sessiond.db"
        self.env = dict(env or {})
        self.host, self.wanted_port, self.log_format = host, port, log_format
        self.config, self.flags, self.cheap, self.umask = config, tuple(flags), cheap, umask
        # A command that runs the program in its own place, such as prlimit, and descriptors for it.
        self.prefix, self.pass_fds = tuple(prefix), tuple(pass_fds)
        self.process = None
        self.log = []
        self.address = None
        self.admin = None
        self._changed = threading.Condition()
        self._reader = None

    # Life

    def start(self):
        """Starts the process and returns when it accepts connections."""
        assert self.process is None, "already started"
        port = self.wanted_port
        if self.log_format == "text" and port == 0:
            port = free_port(self.host)  # only JSON lines tell which port it became
        command = [*self.prefix, binary(), "serve", "--host", self.host, "--port", str(port), "--data", str(self.data)]
        command += ["--log-format", self.log_format]
        if self.config is not None:
            command += ["--config", str(self.config)]
        self.address = None
        self.process = subprocess.Popen(
            command + list(self.flags), cwd=self.directory, env=environment(self.env, self.cheap),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, umask=self.umask,
            pass_fds=self.pass_fds)
        Server.running.append(self)
        self._reader = threading.Thread(target=self._read, args=(self.process, len(self.log)), daemon=True)
        self._reader.start()
        try:
            if self.log_format == "text":
                self._wait_for_port(port)
            else:
                self._wait_for_listening()
        except BaseException:
            self.kill9()
            raise
        return self

    def stop(self):
        """SIGTERM, then exit code 0: anything else fails the test."""
        self.terminate()
        return self.wait()

    def terminate(self):
        assert self.process.poll() is None, "the server died before it was stopped:\n" + self.tail()
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        """Waits for the end of the process, which must be orderly."""
        try:
            code = self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError("did not stop on SIGTERM:\n" + self.tail()) from None
        self._ended()
        assert code == 0, f"exit code {code} after SIGTERM:\n" + self.tail()

    def kill9(self):
        """Ends the process as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._ended()

    def restart(self):
        """Stops in order and starts on the same data file; the port may change."""
        self.stop()
        return self.start()

    def _ended(self):
        self._reader.join(10)
        self.process.stderr.close()
        self.process = None
        Server.running.remove(self)

    # Log

    def _read(self, process, start):
        for line in process.stderr:
            with self._changed:
                self.log.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
                if self.address is None:
                    self.address = listening_address(self.log[start:])

    def _wait_for_listening(self):
        deadline = time.monotonic() + START_DEADLINE
        with self._changed:
            while self.address is None:
                assert self.process.poll() is None, "the server did not start:\n" + self.tail()
                assert time.monotonic() < deadline, "no `listening` line:\n" + self.tail()
                self._changed.wait(0.05)

    def _wait_for_port(self, port):
        deadline = time.monotonic() + START_DEADLINE
        while True:
            assert self.process.poll() is None, "the server did not start:\n" + self.tail()
            assert time.monotonic() < deadline, "does not accept connections:\n" + self.tail()
            try:
                socket.create_connection((self.host, port), timeout=1).close()
            except ConnectionRefusedError:
                time.sleep(0.01)
            else:
                self.address = (self.host, port)
                return

    def tail(self, lines=60):
        """The last log lines, for a message."""
        return "\n".join(self.log[-lines:]) or "(nothing on stderr)"

    def events(self, name=None):
        """The log as objects, all or those of one event."""
        found = [json.loads(line) for line in self.log]
        return [e for e in found if name is None or e["event"] == name]

    def await_events(self, name, wanted=lambda event: True, count=1):
        """The events of this name that are wanted, once there are so many: lines come a little after answers."""
        deadline = time.monotonic() + START_DEADLINE
        with self._changed:
            while len(found := [e for e in self.events(name) if wanted(e)]) < count:
                assert time.monotonic() < deadline, f"no {count} × `{name}`:\n" + self.tail()
                self._changed.wait(0.05)
        return found

    # Where it is

    @property
    def port(self):
        return self.address[1]

    @property
    def authority(self):
        host, port = self.address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def base(self):
        return "http://" + self.authority

    @property
    def pid(self):
        return self.process.pid

    # What tests do with it again and again

    def client(self, token=None):
        """A new client, with that session cookie if given."""
        return Client(self.base, token)

    def register(self, email=None, password="correct horse"):
        """A new account by the form API."""
        account = Account(email or fresh_email(), password)
        with self.client() as client:
            answer = client.post("/users", data={"email": account.email, "password": password})
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return account

    def token(self, account, password=None):
        """A new session of an account: its token."""
        form = {"email": account.email, "password": password or account.password}
        with self.client() as client:
            answer = client.post("/sessions", data=form)
            assert answer.status_code == 200, (answer.status_code, answer.text)
            return answer.cookies["session_id"]

    def signed_in(self, account):
        """A client with a new session of an account."""
        return self.client(self.token(account))

    def profile_status(self, token):
        """What a session token is worth now: 200 or 403."""
        with self.client(token) as client:
            return client.get("/profile").status_code

    def sign_in_status(self, email, password):
        """What a password is worth now: 200 or 401."""
        with self.client() as client:
            return client.post("/sessions", data={"email": email, "password": password}).status_code

    def run(self, *arguments, password=None):
        """A `sessiond` command on this data file."""
        return run(*arguments, "--data", str(self.data), cwd=self.directory, env=self.env, password=password)


def listening_address(lines):
    """(host, port) of the first `listening` event, or nothing yet."""
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("event") == "listening":
            host, _, port = entry["address"].rpartition(":")
            return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    return None


def run(*arguments, cwd, env=None, password=None, cheap=True, timeout=30):
    """Runs the program to its end; `password` becomes the first line of its standard input."""
    return subprocess.run(
        [binary(), *arguments], cwd=cwd, env=environment(env, cheap), text=True, capture_output=True, timeout=timeout,
        input=password + "\n" if password is not None else "", check=False)
