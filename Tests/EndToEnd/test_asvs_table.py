"""docs/ASVS.md is whole: every requirement once, every test that it names exists, every test of test_asvs*.py is named."""

import ast
import re

import pytest

from harness.server import ROOT

# Levels of the requirements of each section of ASVS 5.0.0, in order.
LEVELS = {
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
}
WANTED = [(f"{section}.{number}", level) for section, levels in LEVELS.items()
          for number, level in enumerate(levels, 1) if level in "12"]
PAGE = (ROOT / "docs" / "ASVS.md").read_text(encoding="utf-8")
ROWS = [tuple(cell.strip() for cell in re.split(r" \|", line[2:])[:5])
        for line in PAGE.splitlines() if re.match(r"\| \d", line)]


def functions(path):
    """The tests of a file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".swift":
        return re.findall(r"\bfunc (\w+)\(", text)
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def named():
    return [tuple(test) for row in ROWS for test in re.findall(r"`([\w/]+\.\w+)::(\w+)`", row[4])]


def test_every_requirement_of_levels_1_and_2_has_one_row():
    assert len(WANTED) == 53
    assert [row[:2] for row in ROWS] == WANTED


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_a_test_or_says_why_not(row):
    number, _, asked, how, tests = row
    assert asked
    assert re.match(r"met\b|partly: .|does not apply: .|not met: .", how), how
    assert tests or not re.match("met|partly", how)
    assert re.fullmatch(r"(`[\w/]+\.\w+::\w+` ?)*", tests), tests
    assert not tests or f"test_{number.replace('.', '_')}_" in tests, "no test of this number"


def test_every_test_that_is_named_exists():
    assert len(named()) > 40
    folders = {"py": ROOT / "Tests" / "EndToEnd", "swift": ROOT / "Tests"}
    missing = [test for test in named() if test[1] not in functions(folders[test[0].rpartition(".")[2]] / test[0])]
    assert missing == []


def test_every_test_of_these_files_is_in_the_row_of_its_number():
    files = ["test_asvs.py", "test_asvs_sessions.py"]
    here = [name for file in files for name in functions(ROOT / "Tests" / "EndToEnd" / file) if name.startswith("test_")]
    rows = [(row[0], test) for row in ROWS for test in re.findall(r"`test_asvs\w*\.py::(\w+)`", row[4])]
    assert sorted(here) == sorted(test for _, test in rows)
    assert [(number, test) for number, test in rows if not test.startswith(f"test_{number.replace('.', '_')}_")] == []
