"""What one request, and each part of its way, may ask of the allocator (Benchmarks/allocations.json): never more than
last time. docs/benchmarks/allocations.md lists who asks, and says how to lower a limit."""

import os

import pytest

from harness.allocations import Counted, bench, compare, parts, requests

pytestmark = pytest.mark.skipif(
    "SESSIOND_SANITIZER" in os.environ, reason="the sanitizers have an allocator of their own, and build without optimisation")


def judge(figures, kind, capsys):
    grown, shrunk = compare(figures, kind)
    if shrunk:
        with capsys.disabled():
            print(f"\n{kind} that take less than they may; `make bench-allocations ARGS=--limits` lowers it:", *shrunk, sep="\n  ")
    assert grown == []


def test_no_request_allocates_more_than_it_may(tmp_path, capsys):
    counted = Counted(tmp_path)
    try:
        judge(requests(counted), "requests", capsys)
    finally:
        counted.stop()


@pytest.mark.skipif(
    "SESSIOND_BENCH" not in os.environ and not os.access(bench(), os.X_OK), reason="no sessiond-bench beside the program")
def test_no_part_allocates_more_than_it_may(capsys):
    judge(parts(), "parts", capsys)


def test_the_counter_sees_what_a_request_adds(tmp_path):
    counted = Counted(tmp_path)
    try:
        before = counted.figures
        assert counted.server.profile_status(counted.token) == 200
        after = counted.figures
        assert after[0] > before[0] and after[1] > before[1]
    finally:
        counted.stop()
