"""Runs every acceptance program, or those named; exits with 1 if one failed. For `make acceptance`."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAMS = ["kill9", "crash", "full_disk", "backup", "expiry", "hashing_storm", "load", "slow_clients",
            "refresh_storm", "idle_connections", "descriptors", "drain", "reload", "million", "sign_ins", "sign_in_flood",
            "sign_in_timing", "spray", "revocation", "revocation_by_account", "token_revocation",
            "honesty", "mail_outage", "mail_timing", "basic_cost", "api_schema"]
# Those that need a program which `make setup-test` does not install.
OPTIONAL = {"slowhttp": "slowhttptest"}


def main():
    names = sys.argv[1:] or PROGRAMS + (["cases"] if os.environ.get("SESSIOND_HTTP_CASES") else [])
    if not sys.argv[1:]:
        names += [name for name, program in OPTIONAL.items() if shutil.which(program)]
    results = {}
    for name in names:
        begun = time.monotonic()
        code = subprocess.run([sys.executable, str(FOLDER / f"{name}.py")], cwd=FOLDER, check=False).returncode
        results[name] = (code, time.monotonic() - begun)
    print("== acceptance")
    for name, (code, seconds) in results.items():
        print(f"   {'ok  ' if code == 0 else 'FAIL'} {name} ({seconds:.0f} s)")
    sys.exit(any(code for code, _ in results.values()))


main()
