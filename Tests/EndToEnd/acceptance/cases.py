"""Runs a corpus of raw HTTP cases kept outside this repository: SESSIOND_HTTP_CASES names its program.

The program is called with --host, --port, --path, --post-path and --form, and exits with 0 when every case that must
pass does."""

import os
import subprocess
import sys

from program import Verdict, serving


def main():
    verdict = Verdict("external HTTP cases")
    program = os.environ.get("SESSIOND_HTTP_CASES")
    if not program:
        sys.exit("SESSIOND_HTTP_CASES names no program")
    for path in ("fast", "library"):
        with serving(env={"SESSIOND_SERVER_REPLY_PATH": path}) as server:
            account = server.register("cases@example.com")
            form = f"email={account.email.replace('@', '%40')}&password=correct+horse"
            done = subprocess.run(
                [sys.executable, program, "--host", server.host, "--port", str(server.port), "--path",
                 "/api/v1/status", "--post-path", "/sessions", "--form", form, "--quiet"],
                capture_output=True, text=True, check=False)
            for line in (done.stdout + done.stderr).splitlines():
                verdict.figure(line)
            verdict.check(done.returncode == 0, f"reply path {path}: exit code {done.returncode}")
            verdict.check("smuggled: none" in done.stdout, f"reply path {path}: nothing smuggled")
            verdict.check("down: none" in done.stdout, f"reply path {path}: the server stayed up")
    verdict.exit()


main()
