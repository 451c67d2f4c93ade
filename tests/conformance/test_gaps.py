"""Declared gaps: which failure they excuse, and when they turn red themselves."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from conformance.judging import gaps
from conformance.judging.gaps import Gap, GapError
from conformance.judging.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 22)
GAP = Gap(
    requirement="pre-stop.runs-once",
    runtime="nodejs",
    reason="the pool stops each worker",
    expires=datetime.date(2026, 12, 31),
    message="expected one run of PreStop",
)
MESSAGE = "expected one run of PreStop; seen: 2"
FILE = """
[[gap]]
requirement = "pre-stop.runs-once"
runtime = "nodejs"
reason = "the pool stops each worker"
expires = 2026-12-31
message = "expected one run of PreStop"
"""


def test_a_declared_failure_becomes_a_gap_that_shows_reason_date_and_message() -> None:
    verdict, message = gaps.apply(GAP, Verdict.FAIL, MESSAGE, TODAY)
    assert verdict is Verdict.GAP
    assert message == f"the pool stops each worker (until 2026-12-31): {MESSAGE}"


def test_a_gap_still_holds_on_its_last_day_and_is_red_on_the_next() -> None:
    assert gaps.apply(GAP, Verdict.FAIL, MESSAGE, GAP.expires)[0] is Verdict.GAP
    verdict, message = gaps.apply(GAP, Verdict.FAIL, MESSAGE, GAP.expires + datetime.timedelta(days=1))
    assert verdict is Verdict.FAIL
    assert "expired on 2026-12-31" in message
    assert MESSAGE in message


def test_a_gap_whose_requirement_holds_is_stale_and_red() -> None:
    verdict, message = gaps.apply(GAP, Verdict.PASS, "", TODAY)
    assert verdict is Verdict.FAIL
    assert "stale" in message


def test_another_failure_than_the_declared_one_is_red() -> None:
    verdict, message = gaps.apply(GAP, Verdict.FAIL, "expected something else", TODAY)
    assert verdict is Verdict.FAIL
    assert "another failure" in message
    assert "expected something else" in message


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTABLE])
def test_a_gap_excuses_nothing_that_is_no_failure(verdict: Verdict) -> None:
    assert gaps.apply(GAP, verdict, MESSAGE, TODAY) == (verdict, MESSAGE)


@pytest.mark.parametrize(
    ("versions", "version", "covers"),
    [
        ("", "18.19", True),
        ("", ".NET 8.0", True),
        (">=18,<20", "18.19", True),
        (">=18,<20", "20.0", False),
        ("==3.11", "3.11", True),
        (">=8", ".NET 8.0", False),
    ],
)
def test_a_gap_covers_the_versions_in_its_range(versions: str, version: str, covers: bool) -> None:
    gap = Gap(GAP.requirement, GAP.runtime, GAP.reason, GAP.expires, GAP.message, versions)
    assert gap.covers(GAP.requirement, GAP.runtime, version) is covers


def test_a_gap_covers_its_own_requirement_and_runtime_only() -> None:
    assert GAP.covers("pre-stop.comes-last", "nodejs", "18") is False
    assert not GAP.covers("pre-stop.runs-once", "php", "18")


def test_the_first_declaration_that_covers_a_case_counts() -> None:
    first = Gap(GAP.requirement, GAP.runtime, "the first", GAP.expires, GAP.message, ">=20")
    second = Gap(GAP.requirement, GAP.runtime, "the second", GAP.expires, GAP.message)
    assert gaps.find((first, second), GAP.requirement, GAP.runtime, "18") is second
    assert gaps.find((first, second), GAP.requirement, GAP.runtime, "20") is first
    assert gaps.find((), GAP.requirement, GAP.runtime, "18") is None


def test_gaps_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(FILE)
    assert gaps.load(path) == (GAP,)


def test_an_empty_file_declares_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text("")
    assert gaps.load(path) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FILE.replace('"nodejs"', '""'), "runtime"),
        (FILE.replace("expires = 2026-12-31\n", ""), "expires"),
        (FILE.replace("2026-12-31", '"soon"'), "expires"),
        (FILE.replace('message = "expected one run of PreStop"\n', ""), "message"),
        (FILE + 'version = ">=18"\n', "version"),
        (FILE + 'versions = "eighteen"\n', "eighteen"),
        ("[[gap]\n", "gaps.toml"),
    ],
)
def test_a_malformed_file_is_refused_with_file_and_entry(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(text)
    with pytest.raises(GapError, match=message) as raised:
        gaps.load(path)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GapError, match=r"gaps\.toml: cannot be read"):
        gaps.load(tmp_path / "gaps.toml")


def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(GapError, match=r"gaps\.toml"):
        gaps.load(path)


def test_a_reason_may_be_as_short_as_one_likes_but_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(FILE.replace(GAP.reason, "x"))
    assert gaps.load(path)[0].reason == "x"
    path.write_text(FILE.replace(GAP.reason, ""))
    with pytest.raises(gaps.GapError, match="length >= 1"):
        gaps.load(path)


def test_a_file_with_an_unknown_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(f"{FILE}\n[[gaps]]\n")
    with pytest.raises(gaps.GapError, match="unknown field `gaps`"):
        gaps.load(path)
