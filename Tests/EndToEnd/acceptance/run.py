"""Runs every acceptance program, or those named; exits with 1 if one failed. For `make acceptance`."""

import os
import pathlib
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAMS = ["kill9", "expiry", "hashing_storm", "load"]


def main():
    names = sys.argv[1:] or PROGRAMS + (["cases"] if os.environ.get("SESSIOND_HTTP_CASES") else [])
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
