"""What an empty server takes: time to its first answer, memory, wake-ups while nobody asks, octets of the program."""

import contextlib
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time

import contenders
from harness.server import binary, environment, free_port

STARTS, FIRST_STARTS = 20, 5
# Seconds.
IDLE, SETTLE, LOOK = 60, 3, 0.1
DEADLINE = 10
REQUEST = b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
IN_MEMORY = {"SESSIOND_SESSIONS_DURABLE": "false"}


@contextlib.contextmanager
def started(folder, env=None):
    """A server with its defaults; gives the process and the milliseconds from before its exec to a whole 200."""
    port = free_port()
    command = [binary(), "serve", "--port", str(port), "--data", str(pathlib.Path(folder) / "sessiond.db"), "--quiet"]
    env = environment(env, cheap=False)
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                wire = socket.create_connection(("127.0.0.1", port), DEADLINE)
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.perf_counter() > begin + DEADLINE:
                    raise
        with wire:
            wire.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"}\n"):
                answer += wire.recv(4096) or b"}\n"
        took = (time.perf_counter() - begin) * 1_000
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise OSError("the first answer is not a 200")
        yield process, took
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def start_times(count, env=None, fresh=False):
    """Milliseconds of so many starts, on a data file that is there or on a new one each."""
    found = []
    with contextlib.ExitStack() as stack:
        folder = None
        for _ in range(count if fresh else count + 1):
            if fresh or folder is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sessiond-bench-"))
            with started(folder, env) as (_, took):
                found.append(round(took, 2))
    return found if fresh else found[1:]


def memory(pid):
    """MB (2^20 octets): resident in all, and of that private memory, which no file backs."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {name: round(int(re.search(rf"{field}:\s+(\d+)", text)[1]) / 1024, 1)
            for name, field in (("resident", "VmRSS"), ("private", "RssAnon"))}


def switches(pid):
    """How often each thread has left the processor, by thread and name: it wakes as often."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        text = (task / "status").read_text()
        count = sum(map(int, re.findall(r"voluntary_ctxt_switches:\s+(\d+)", text)))
        found[f"{(task / 'comm').read_text().strip()} {task.name}"] = count
    return found


def wake_ups(pid, seconds):
    """By thread: its name, how often it woke, and the shortest pause between two wake-ups, to a tenth of a second."""
    first = last = switches(pid)
    moments = {thread: [] for thread in first}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(LOOK)
        now = switches(pid)
        for thread, count in now.items():
            moments.setdefault(thread, []).extend([time.monotonic()] * (count - last.get(thread, count)))
        last = now
    return [{"thread": thread.rpartition(" ")[0], "wake_ups": last[thread] - first.get(thread, last[thread]),
             "shortest_pause": round(min((b - a for a, b in zip(at, at[1:])), default=seconds), 1)}
            for thread, at in moments.items() if thread in last]


def program_size():
    """Octets, as built and without symbols."""
    with tempfile.TemporaryDirectory(prefix="sessiond-bench-") as folder:
        stripped = pathlib.Path(folder) / "stripped"
        subprocess.run(["strip", "-o", stripped, binary()], check=True)
        return {"built": pathlib.Path(binary()).stat().st_size, "stripped": stripped.stat().st_size}


def measure(given, keep):
    found = {"failures": [], "program": program_size(), "starts": {
        "on its data file": start_times(STARTS), "sessions in memory": start_times(STARTS, IN_MEMORY),
        "on no data file": start_times(FIRST_STARTS, fresh=True)}}
    keep(found)
    with tempfile.TemporaryDirectory(prefix="sessiond-bench-") as folder, started(folder) as (process, _):
        found["memory"] = {"after the first answer": memory(process.pid)}
        time.sleep(SETTLE)
        found["idle"] = {"seconds": given.idle, "threads": wake_ups(process.pid, given.idle)}
        found["memory"]["after the idle time"] = memory(process.pid)
    return found


def say(found):
    for name, times in found["starts"].items():
        median, most = statistics.median(times), max(times)
        print(f"   first answer, {name}: median {median:.1f}, most {most:.1f} ms of {len(times)}")
    for name, figures in found["memory"].items():
        print(f"   {name}: {figures['resident']} MB resident, {figures['private']} MB of it private")
    for row in found["idle"]["threads"]:
        print(f"   idle {found['idle']['seconds']} s: {row['thread']} woke {row['wake_ups']} times, shortest pause"
              f" {row['shortest_pause']} s")
    print(f"   program: {found['program']['built']:,} octets, {found['program']['stripped']:,} without symbols")
