"""The status of a run: green only where something was seen, and where the report of it is whole."""

from __future__ import annotations

import pytest

from conformance.judging.exit_status import NOTHING_OBSERVED, after_judging, after_writing
from conformance.judging.verdict import Judgement, Verdict

OK = pytest.ExitCode.OK
INTERRUPTED = pytest.ExitCode.INTERRUPTED


def _judgements(*verdicts: Verdict) -> list[Judgement]:
    return [
        Judgement(
            requirement="a.b",
            level="MUST",
            family="a",
            runtime="go",
            scenario="two-freezes",
            verdict=verdict,
            message="",
            nodeid="",
        )
        for verdict in verdicts
    ]


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.GAP])
def test_a_run_that_observed_something_keeps_its_status(verdict: Verdict) -> None:
    assert after_judging(OK, _judgements(Verdict.NOT_APPLICABLE, verdict)) == OK


def test_a_run_in_which_nothing_applied_does_not_look_green() -> None:
    assert after_judging(OK, _judgements(Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)) == NOTHING_OBSERVED


def test_a_process_that_judged_nothing_keeps_its_status() -> None:
    assert after_judging(OK, []) == OK


def test_what_pytest_says_of_a_run_that_is_not_green_stays() -> None:
    assert after_judging(INTERRUPTED, _judgements(Verdict.NOT_APPLICABLE)) == INTERRUPTED
    assert after_writing(INTERRUPTED, ["index.html could not be made"]) == INTERRUPTED
    assert after_writing(NOTHING_OBSERVED, ["index.html could not be made"]) == NOTHING_OBSERVED


def test_a_green_run_whose_report_is_not_whole_is_not_green() -> None:
    assert after_writing(OK, ["index.html could not be made"]) == pytest.ExitCode.TESTS_FAILED
    assert after_writing(OK, []) == OK
