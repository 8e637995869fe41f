"""schemathesis over /openapi.json for minutes: each identity and scheme, every check; a table of what was asked.

  api_schema.py [EXAMPLES [SEED]]"""

import random
import sys

from program import Verdict, serving

from harness.schema_run import SERVER, SchemaRun

EXAMPLES = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
IDENTITIES = ["administrator-session", "user-session", "administrator-basic", "user-basic", "user-bearer", "user-key"]


def main():
    verdict = Verdict(f"schemathesis over /openapi.json, {EXAMPLES} examples an operation, seed {SEED}")
    for identity in IDENTITIES:
        with serving(**SERVER) as server:
            server.register("admin@example.com")
            done = SchemaRun(server, identity, EXAMPLES, SEED)
            verdict.figure(f"{identity}: {done.cases} answers; operation, answers, failures, statuses")
            for line in done.table():
                verdict.figure("  " + line)
            doubts = sum(count for counter in done.statuses.values()
                         for status, count in counter.items() if status >= 500)
            verdict.check(done.passed, f"{identity}: no check failed")
            verdict.check(doubts == 0, f"{identity}: {doubts} answers of 5xx")
            if not done.passed:
                print(done.output)
    verdict.exit()


main()
