"""Socket activation and reports to the service manager."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from harness.expect import answered
from harness.server import ROOT, binary, environment
from harness.systemd import Manager, activation
from harness.wire import Wire, ask, post

STATUS = "/api/v1/status"


@pytest.fixture
def place():
    """A short directory: a socket's path has 107 octets at most."""
    directory = tempfile.mkdtemp(prefix="sd")
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0), backlog=100) as opened:
        yield opened


@pytest.fixture(params=["path", "abstract"])
def manager(request, place):
    opened = Manager(f"@sessiond-{os.getpid()}-{time.monotonic_ns()}" if request.param == "abstract" else place + "/notify")
    yield opened
    opened.close()


@pytest.mark.parametrize("loops", ["1", "2", "4"])
def test_serves_on_an_inherited_socket_and_on_no_other(launch, listener, place, loops):
    server = launch(flags=["--loops", loops], env={"SESSIOND_SERVER_SOCKET": place + "/http"}, **activation(listener))
    assert server.address == listener.getsockname()
    assert not os.path.exists(place + "/http")
    for _ in range(50):
        answered(ask(server, STATUS), 200, {"status": "OK"})
    server.stop()
    assert [e["address"] for e in server.events("listening")] == [server.authority]


def test_what_it_inherits_is_not_handed_on(launch, listener):
    server = launch(**activation(listener))
    facts = pathlib.Path(f"/proc/{server.pid}/fdinfo/3").read_text().splitlines()
    flags = [line.split()[1] for line in facts if line.startswith("flags:")]
    assert int(flags[0], 8) & os.O_CLOEXEC


def test_several_sockets_of_both_kinds(launch, listener, place):
    with socket.socket(socket.AF_UNIX) as local, socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as both:
        local.bind(place + "/http")
        local.listen()
        server = launch(**activation(listener, local, both))
        port = both.getsockname()[1]
        addresses = [e["address"] for e in server.await_events("listening", count=3)]
        assert addresses == [server.authority, f"[0:0:0:0:0:0:0:0]:{port}", f"unix:{place}/http"]
        subprocess.run(["curl", "-sS", "--fail", "--unix-socket", place + "/http", "http://x" + STATUS], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["curl", "-sS", "--fail", "--noproxy", "*", f"http://127.0.0.1:{port}" + STATUS], check=True,
                       stdout=subprocess.DEVNULL)
        server.stop()
        assert [e["peer"] for e in server.events("request")] == ["unix", "127.0.0.1"]
        assert os.path.exists(place + "/http")  # systemd's, not ours


def test_a_restart_refuses_nobody(launch, listener):
    server = launch(**activation(listener))
    server.stop()
    with socket.create_connection(listener.getsockname(), timeout=30) as waiting:
        waiting.sendall(b"GET /api/v1/status HTTP/1.0\r\n\r\n")
        server.start()
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")


def seconds_of_loops(pid):
    """CPU time of all loops so far."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().startswith("loop-"):
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def test_loops_sleep_while_a_client_waits_for_the_next_server(launch, listener):
    """The socket stays open outside: a loop that was still told of it could do nothing and would spin."""
    server = launch(flags=["--loops", "2"], cheap=False, **activation(listener), env={
        "SESSIOND_PASSWORDS_WORKERS": "1", "SESSIOND_PASSWORDS_HASH_ITERATIONS": "15",
        "SESSIOND_SERVER_DRAIN_TIMEOUT": "60"})  # Hashes stand behind everything else that the machine does.
    account = server.register()
    body = f"email={account.email}&password=correct+horse".encode()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Wire(server, timeout=30)) for _ in range(8)]
        for client in clients:
            client.send(post(server, "/sessions", body, close=True))
        # One hash later the loops, which do nothing else, have read them all.
        clients[0].read_all(["POST"])
        server.terminate()
        stack.enter_context(socket.create_connection(listener.getsockname(), timeout=30))
        before = seconds_of_loops(server.pid)
        for client in clients[1:6]:
            client.read_all(["POST"])
        assert seconds_of_loops(server.pid) - before < 0.2
        for client in clients[6:]:
            assert client.read_all(["POST"])[0].status_code == 200
        server.wait()


def test_sockets_of_another_process_are_not_ours(launch, listener):
    server = launch(env={"LISTEN_PID": "1"}, **activation(listener))
    assert server.address[1] != listener.getsockname()[1]
    answered(ask(server, STATUS), 200, {"status": "OK"})


@pytest.mark.parametrize("count, reason", [
    ("x", 'LISTEN_FDS is "x"; allowed: a whole number from 0 to 64'),
    ("-1", 'LISTEN_FDS is "-1"; allowed: a whole number from 0 to 64'),
    ("65", 'LISTEN_FDS is "65"; allowed: a whole number from 0 to 64'),
    ("2", "cannot listen on inherited descriptor 4: it is not a listening stream socket"),
])
def test_what_was_not_handed_over_keeps_it_from_starting(listener, tmp_path, count, reason):
    inherited = activation(listener)
    done = subprocess.run(
        [*inherited["prefix"], binary(), "serve", "--data", "sessiond.db"], pass_fds=inherited["pass_fds"], cwd=tmp_path,
        env=environment({"LISTEN_FDS": count}), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and f"sessiond: {reason}\n" in done.stderr


def test_says_when_it_serves_and_when_it_stops(launch, manager):
    server = launch(env=manager.env)
    assert manager.next()["READY"] == "1"
    answered(ask(server, STATUS), 200, {"status": "OK"})
    server.stop()
    assert manager.next()["STOPPING"] == "1"
    manager.socket.settimeout(0)
    with pytest.raises(BlockingIOError):
        manager.next()  # nobody asked for a heartbeat


def test_does_not_say_ready_when_it_cannot_serve(manager, listener, tmp_path):
    port = listener.getsockname()[1]
    done = subprocess.run(
        [binary(), "serve", "--port", str(port), "--data", "sessiond.db"], cwd=tmp_path, env=environment(manager.env),
        capture_output=True, timeout=30, check=False)
    assert done.returncode == 1
    manager.socket.settimeout(0)
    with pytest.raises(BlockingIOError):
        manager.next()


def test_the_heart_beats_twice_in_each_watchdog_interval(launch, manager):
    launch(env=manager.env | {"WATCHDOG_USEC": "400000"})
    assert manager.next()["READY"] == "1"
    manager.until("WATCHDOG")
    start = time.monotonic()
    for _ in range(5):
        assert manager.next() == {"WATCHDOG": "1"}
    # Five times 0.2 s; on a busy machine later, and never much sooner.
    assert 0.75 < time.monotonic() - start < 2.0


def test_the_heart_of_another_process_is_not_ours(launch, manager):
    server = launch(env=manager.env | {"WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"})
    server.stop()
    assert [list(m)[0] for m in manager.until("STOPPING")] == ["READY", "STOPPING"]


def test_serves_without_a_manager_that_is_gone(launch, place):
    server = launch(env={"NOTIFY_SOCKET": place + "/nobody"})
    answered(ask(server, STATUS), 200, {"status": "OK"})
    assert len(server.events("cannot reach the service manager")) == 1


def test_the_units_are_valid_and_hardened(tmp_path):
    for name in ("sessiond.service", "sessiond.socket"):
        text = (ROOT / "config" / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/local/bin/sessiond", binary()))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())], capture_output=True,
                          text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "sessiond" in line] == [] and done.returncode == 0
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", tmp_path / "sessiond.service"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
