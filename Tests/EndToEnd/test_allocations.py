"""What one request, and each part of its way, may ask of the allocator (Benchmarks/allocations.json): never more than
last time. docs/benchmarks/allocations.md lists who asks, and says how to lower a limit."""

import json
import os

import pytest

import harness.allocations
from harness.allocations import Counted, bench, compare, parts, requests

pytestmark = pytest.mark.skipif(
    "SESSIOND_SANITIZER" in os.environ, reason="the sanitizers have an allocator of their own, and build without optimisation")


def judge(figures, kind, capsys):
    grown, shrunk = compare(figures, kind)
    if shrunk:
        with capsys.disabled():
            print(f"\n{kind} that take less than they may; `make bench-allocations ARGS=--limits` lowers it:", *shrunk, sep="\n  ")
    assert not grown, "more than is allowed:\n" + "\n".join(grown)


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


@pytest.fixture
def limits(tmp_path, monkeypatch):
    """Ten allowed, of one thing."""
    file = tmp_path / "limits.json"
    file.write_text(json.dumps({"requests": {"a request": 10}}))
    monkeypatch.setattr(harness.allocations, "LIMITS", file)


@pytest.mark.parametrize("figures, has_grown, has_shrunk", [
    ({"a request": 10.0}, False, False),
    ({"a request": 10.5}, False, False),
    ({"a request": 10.51}, True, False),
    ({"a request": 9.5}, False, False),
    ({"a request": 9.49}, False, True),
    ({"a request": 10.0, "one that is not listed": 0.0}, True, False),
    ({}, True, False),
])
def test_half_an_allocation_more_is_growth(limits, figures, has_grown, has_shrunk):
    grown, shrunk = compare(figures, "requests")
    assert (bool(grown), bool(shrunk)) == (has_grown, has_shrunk)
