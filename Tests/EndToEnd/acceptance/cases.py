"""Runs a corpus of raw HTTP cases kept outside this repository, on sessiond and on nginx: SESSIOND_HTTP_CASES names it.

The program is called with --host, --port, --path, --post-path, --form and --json. sessiond is judged: each case that it
misses must stand below with a reason. nginx is only reported. It proxies to a second server of its own that answers 200
to everything: so it reads bodies to their end before it answers, which `return 200` alone does not, and what is scored
is nginx's reading alone."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from program import Verdict, serving

from harness.peer import Peer, version
from harness.server import free_port

# What sessiond misses, by the id of the case, and why that is right.
REASONS = {}
LEVELS = ["all", "must", "should", "hardening", "critical"]


def run(program, port, path, post_path, form):
    """The corpus on one server, as the JSON that it writes."""
    with tempfile.TemporaryDirectory(prefix="sessiond-cases-") as folder:
        result = pathlib.Path(folder, "result.json")
        done = subprocess.run(
            [sys.executable, program, "--host", "127.0.0.1", "--port", str(port), "--path", path, "--post-path",
             post_path, "--form", form, "--json", result, "--quiet"], capture_output=True, text=True, check=False)
        if not result.exists():
            sys.exit(f"the corpus did not run: {done.stdout}{done.stderr}")
        return json.loads(result.read_text())


def score(name, result):
    totals = result["totals"]
    counts = ", ".join(f"{level} {totals[level]['pass']}/{totals[level]['of']}" for level in LEVELS)
    return f"{name}: {counts}; smuggled: {len(result['smuggled'])}, down: {len(result['server_down'])}"


def misses(result):
    return [case for case in result["cases"] if case["verdict"] != "pass"]


def ours(verdict, program, reply_path):
    with serving(env={"SESSIOND_SERVER_REPLY_PATH": reply_path}) as server:
        account = server.register("cases@example.com")
        form = f"email={account.email.replace('@', '%40')}&password=correct+horse"
        result = run(program, server.port, "/api/v1/status", "/sessions", form)
    name = f"sessiond, reply path {reply_path}"
    verdict.figure(score(name, result))
    for case in misses(result):
        reason = REASONS.get(case["id"])
        verdict.figure(f"missed {case['id']} ({case['level']}): {case['title']}: {case['note']}")
        verdict.check(reason, f"{case['id']}: {reason or 'no reason is known'}")
    verdict.check(not result["smuggled"], f"{name}: nothing smuggled")
    verdict.check(not result["server_down"], f"{name}: the server stayed up")


def theirs(verdict, program):
    port, inner = free_port(), free_port()
    blocks = (
        f"server {{ listen 127.0.0.1:{port}; client_max_body_size 64k; large_client_header_buffers 4 16k;\n"
        f"  location / {{ proxy_pass http://127.0.0.1:{inner}; }} }}\n"
        f"server {{ listen 127.0.0.1:{inner}; large_client_header_buffers 4 64k; location / {{ return 200 ok; }} }}\n")
    with Peer([port, inner], blocks):
        result = run(program, port, "/status", "/sessions", "email=cases%40example.com&password=correct+horse")
    verdict.figure(score(f"nginx {version()}", result))
    verdict.figure("nginx misses " + " ".join(case["id"] for case in misses(result)))


def main():
    verdict = Verdict("external HTTP cases, sessiond and nginx")
    program = os.environ.get("SESSIOND_HTTP_CASES")
    if not program:
        sys.exit("SESSIOND_HTTP_CASES names no program")
    for reply_path in ("fast", "library"):
        ours(verdict, program, reply_path)
    theirs(verdict, program)
    verdict.exit()


main()
