"""ab and wrk, and what they report."""

import dataclasses
import re
import subprocess


@dataclasses.dataclass
class Run:
    """The figures of one run."""

    command: str
    output: str
    code: int
    complete: int
    failed: int
    non_2xx: int
    kept_alive: int
    per_second: float
    wanted: int

    def problems(self):
        """What went wrong, in words; empty for a clean run."""
        found = []
        if self.code != 0:
            found.append(f"exit code {self.code}: {self.output[-500:]}")
        if self.failed or self.non_2xx:
            found.append(f"{self.failed} failed, {self.non_2xx} non-2xx: {self.output[-2000:]}")
        if self.complete < self.wanted:
            found.append(f"{self.complete} of {self.wanted} requests")
        return found

    def __str__(self):
        return (f"{self.command}\n    {self.complete} requests, {self.per_second:.0f}/s, {self.failed} failed, "
                f"{self.non_2xx} non-2xx, {self.kept_alive} kept alive")


def _figure(pattern, text):
    match = re.search(pattern, text)
    return float(match[1]) if match else 0


def _run(command, timeout):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(command, -1, str(late.stdout), str(late.stderr))


def ab(server, path, requests, concurrency, keep_alive, cookie=None, form=None, timeout=300):
    """`ab -n -c [-k]`; with `form`, the file is posted."""
    command = ["ab", "-q", *(["-k"] if keep_alive else []), "-c", str(concurrency), "-n", str(requests)]
    if cookie:
        command += ["-C", cookie]
    if form:
        # -l: each answer has another cookie, so lengths may differ.
        command += ["-l", "-p", str(form), "-T", "application/x-www-form-urlencoded"]
    done = _run([*command, server.base + path], timeout)
    text = done.stdout + done.stderr
    return Run(
        _shown(command) + " " + path, text, done.returncode, int(_figure(r"Complete requests:\s+(\d+)", text)),
        int(_figure(r"Failed requests:\s+(\d+)", text)) + int(_figure(r"Write errors:\s+(\d+)", text)),
        int(_figure(r"Non-2xx responses:\s+(\d+)", text)), int(_figure(r"Keep-Alive requests:\s+(\d+)", text)),
        _figure(r"Requests per second:\s+([\d.]+)", text), requests)


def wrk(server, path, connections, seconds, cookie=None, script=None, authorization=None):
    """`wrk -t1 -c -d`, with a Lua script that makes the requests if given."""
    # wrk counts an answer after more than its timeout as an error: 2 s by default, too little under a sanitizer.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    if cookie:
        command += ["-H", "Cookie: " + cookie]
    if authorization:
        command += ["-H", "Authorization: " + authorization]
    if script:
        command += ["-s", str(script)]
    done = _run([*command, server.base + path], seconds + 60)
    text = done.stdout + done.stderr
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    complete = int(_figure(r"(\d+) requests in", text))
    return Run(
        _shown(command) + " " + path, text, done.returncode, complete,
        sum(map(int, errors.groups())) if errors else 0, int(_figure(r"Non-2xx or 3xx responses: (\d+)", text)),
        complete, _figure(r"Requests/sec:\s+([\d.]+)", text), 1)


def _shown(command):
    """The command without the value of a credential."""
    return re.sub(r"session_id=\S+|Authorization: \S+ \S+", "…", " ".join(command))
