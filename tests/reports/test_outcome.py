"""Which of pytest's outcomes each verdict is shown as."""

from __future__ import annotations

from typing import Literal

import pytest

from conformance.judging.verdict import Verdict
from reports.formats.outcome import leave_out_what_has_no_line, present
from tests.reports.builders import judgement


def _shown(
    verdict: Verdict, message: str = "seen", before: Literal["passed", "failed", "skipped"] = "failed"
) -> pytest.TestReport:
    report = pytest.TestReport("", ("", None, ""), {}, before, "a traceback", "call")
    present(report, judgement(verdict, message=message))
    return report


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Verdict.PASS, "passed"),
        (Verdict.FAIL, "failed"),
        (Verdict.NOT_TESTABLE, "failed"),
        (Verdict.INCONCLUSIVE, "failed"),
        (Verdict.GAP, "skipped"),
    ],
)
@pytest.mark.parametrize("before", ["passed", "failed"])
def test_a_verdict_has_its_outcome_whatever_the_check_itself_did(
    verdict: Verdict, outcome: str, before: Literal["passed", "failed"]
) -> None:
    assert _shown(verdict, before=before).outcome == outcome


def test_a_check_that_does_not_apply_stays_skipped_with_its_own_reason() -> None:
    shown = _shown(Verdict.NOT_APPLICABLE, before="skipped")
    assert (shown.outcome, shown.longrepr) == ("skipped", "a traceback")


def test_a_check_that_was_called_and_had_no_witness_is_skipped_with_what_would_make_it_visible() -> None:
    shown = _shown(Verdict.NOT_APPLICABLE, "no witness: write lines", before="failed")
    assert shown.outcome == "skipped"
    assert shown.longrepr == ("", 1, "Skipped: no witness: write lines")


@pytest.mark.parametrize(("rung", "told"), [("lines", [("judged by", "lines")]), ("", [])])
def test_what_a_verdict_stands_on_is_a_property_of_its_report(rung: str, told: list[tuple[str, str]]) -> None:
    report = pytest.TestReport("", ("", None, ""), {}, "passed", None, "call")
    present(report, judgement(rung=rung))
    assert report.user_properties == told


def test_a_declared_gap_is_an_expected_failure_with_its_message() -> None:
    assert _shown(Verdict.GAP, "declared until spring").wasxfail == "declared until spring"


def test_a_red_verdict_says_in_one_line_what_it_is_of_whom_and_why() -> None:
    told = str(_shown(Verdict.FAIL, "expected one run, seen two").longrepr)
    of = judgement(Verdict.FAIL)
    assert told == f"FAIL {of.requirement} ({of.runtime}): expected one run, seen two"


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.GAP])
def test_what_an_instance_said_does_not_reach_the_terminal_as_it_is(verdict: Verdict) -> None:
    shown = _shown(verdict, "said \x1b[2J")
    assert "\x1b" not in str(shown.longrepr)
    assert "\x1b" not in getattr(shown, "wasxfail", "")


def _interrupted() -> None:
    raise KeyboardInterrupt("signal 15")


def test_an_interrupt_at_an_instruction_without_a_line_is_told_all_the_same() -> None:
    code = _interrupted.__code__
    no_location = bytes([0x80 | 15 << 3 | 7]) * (len(code.co_code) // 16 + 1)
    _interrupted.__code__ = code.replace(co_linetable=no_location)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            _interrupted()
        with pytest.raises(TypeError):
            caught.getrepr()
        leave_out_what_has_no_line(caught)
        assert "signal 15" in str(caught.getrepr())
        assert [entry.name for entry in caught.traceback] == [
            "test_an_interrupt_at_an_instruction_without_a_line_is_told_all_the_same"
        ]
    finally:
        _interrupted.__code__ = code
