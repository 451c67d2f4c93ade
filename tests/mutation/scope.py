"""What is mutated, by which tests it is judged, and which changes are left out because they change nothing."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
    "conformance/test_*.py",
    "conformance/judging/expect.py",
    "conformance/laws/laws.py",
    "conformance/judging/judging.py",
    "conformance/judging/doubt.py",
    "conformance/judging/evidence.py",
    "conformance/judging/gaps.py",
    "conformance/judging/witnesses.py",
    "conformance/tables/rungs.py",
    "fixtures/history/heartbeat.py",
    "fixtures/history/history.py",
    "fixtures/history/markers.py",
    "fixtures/history/log_query.py",
)
"""The code that judges: the checks, the words and laws they are made of, the views of a History they look through."""
TESTS = (
    "tests/conformance",
    "tests/platform/test_log_query.py",
    "tests/fixtures/test_history.py",
    "tests/fixtures/test_markers.py",
    "tests/fixtures/test_heartbeat.py",
)
"""Unit tests on hand-written Histories. None needs an engine and none waits for the machine's clock, so that a mutant's
end is the same in every run; ``tests/sequences`` drives in real time and is left out for that."""
TABLES = ("tests/conformance/test_catalogue.py",)
"""Those of them that ask whether every requirement has its check; they are asked first."""
WRITERS = frozenset(
    {
        "describe",
        "milliseconds",
        "Trouble.__str__",
        "who_is_first",
        "by_processes",
        "after_pre_freeze",
        "_what_it_did",
        "_in_words",
        "_how_much",
        "_closed_by",
    }
)
"""Functions that only make text for people."""
REQUIRED_PERCENT = 95.0


def modules() -> list[str]:
    """Paths of the mutated modules, from the root of the checkout."""
    return sorted(str(path.relative_to(ROOT)) for pattern in MODULES for path in ROOT.glob(pattern))
