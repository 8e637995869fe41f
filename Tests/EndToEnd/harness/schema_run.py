"""schemathesis over /openapi.json: every operation, data that the schema allows and data that it does not."""

import collections
import json
import pathlib
import subprocess
import sys

from harness.server import ROOT, binary, environment

HARNESS = ROOT / "Tests" / "EndToEnd" / "harness"
PHASES = "examples,coverage,fuzzing,stateful"
# Bounds that a schema can say, so that the two can be compared: characters count from 8 on, and a list of common
# passwords is no schema. Limits on tries would end the run.
SERVER = {
    "env": {"SESSIOND_PASSWORDS_MIN_LENGTH": "8", "SESSIOND_PASSWORDS_REFUSE_COMMON": "false",
            "SESSIOND_AUTH_SCHEMES": "session,bearer,basic,digest"},
    "flags": ["--no-rate-limit"],
}


class SchemaRun:
    """One run, to its end, as somebody: `administrator-session`, `user-basic`, …"""

    def __init__(self, server, identity, examples, seed, *more, document=None, timeout=1_200):
        counts = pathlib.Path(server.directory) / f"counts-{identity}.json"
        if document is None:
            # From a file: of a document on the server schemathesis leaves out the operation that serves it.
            document = pathlib.Path(server.directory) / "openapi.json"
            with server.client() as client:
                document.write_bytes(client.get("/openapi.json").content)
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(HARNESS / "schemathesis.toml"), "run",
            str(document), "--url", server.base, "--checks", "all", "--mode", "all",
            "--phases", PHASES, "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure",
            "--generation-database", "none", "--no-color", *more]
        done = subprocess.run(
            command, cwd=server.directory, text=True, capture_output=True, timeout=timeout, check=False,
            env=environment({
                "SCHEMA_BASE": server.base, "SCHEMA_FOLDER": str(server.directory), "SCHEMA_IDENTITY": identity,
                "SCHEMA_COUNTS": str(counts), "SESSIOND_BINARY": binary(), "PYTHONPATH": str(HARNESS.parent),
                "NO_PROXY": "*", "PYTHONHASHSEED": "0"}))
        self.passed = done.returncode == 0
        self.output = f"seed {seed}\n{done.stdout}\n{done.stderr}"
        # Operation ("GET /users/{id}") to status to number of answers.
        self.statuses = collections.defaultdict(collections.Counter)
        for label, status, count in json.loads(counts.read_text()) if counts.exists() else []:
            self.statuses[label][status] += count

    @property
    def cases(self):
        return sum(sum(counter.values()) for counter in self.statuses.values())

    def failures(self):
        """How often each operation stands above a failure in the output."""
        return collections.Counter(
            line.strip("_ ") for line in self.output.splitlines() if line.startswith("___"))

    def table(self):
        """A line for each operation: answers, failures, and how often each status came."""
        failures = self.failures()
        return [f"{label:42} {sum(counter.values()):7} {failures[label]:4}  "
                + " ".join(f"{status}×{count}" for status, count in sorted(counter.items()))
                for label, counter in sorted(self.statuses.items())]
