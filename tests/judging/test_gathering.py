"""Every check that was collected has a Judgement in the end, whatever became of the worker and of the run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Literal, cast

import pytest

from conformance.judging.gathering import Gathering, send
from conformance.judging.verdict import Judgement, Verdict
from conformance.tables import catalogue

CATALOGUE = catalogue.load()
CHECK = "conformance/test_ordering.py::test_pre_stop_runs_once_in_the_life_of_an_instance"
NODEID = f"{CHECK}[php-two-freezes]"
OTHER = f"{CHECK}[go-two-freezes]"


def _report(nodeid: str = NODEID, outcome: Literal["passed", "failed"] = "passed", why: str = "") -> pytest.TestReport:
    return pytest.TestReport(nodeid, ("", None, ""), {}, outcome, why or None, "call")


def _judgement(verdict: Verdict, nodeid: str = NODEID) -> Judgement:
    return Judgement(
        requirement="pre-stop.runs-once",
        level="MUST",
        family="pre-stop",
        runtime="php",
        scenario="two-freezes",
        verdict=verdict,
        message="as a test has it",
        nodeid=nodeid,
    )


def _gathered(verdict: Verdict, *, collected: tuple[str, ...] = (NODEID, OTHER)) -> Gathering:
    """One of the collected checks is judged already."""
    gathering = Gathering(CATALOGUE)
    gathering.pytest_xdist_node_collection_finished(object(), collected)
    report = _report()
    send(report, _judgement(verdict))
    gathering.pytest_runtest_logreport(report)
    return gathering


def test_a_judgement_comes_out_of_the_report_that_it_was_sent_in() -> None:
    assert _gathered(Verdict.PASS).judgements == [_judgement(Verdict.PASS)]


def test_reports_of_a_check_that_carry_none_are_no_judgement() -> None:
    gathering = Gathering(CATALOGUE)
    gathering.pytest_runtest_logreport(_report())
    assert gathering.judgements == []


def test_a_check_whose_worker_died_is_inconclusive() -> None:
    gathering = Gathering(CATALOGUE)
    gathering.pytest_runtest_logreport(_report(outcome="failed", why="worker 'gw0' crashed"))
    (lost,) = gathering.judgements
    assert (lost.verdict, lost.runtime, lost.scenario) == (Verdict.INCONCLUSIVE, "php", "two-freezes")
    assert "worker died" in lost.message
    assert "gw0" in lost.message


@pytest.mark.parametrize("nodeid", ["tests/test_other.py::test_of_somebody[else]", CHECK])
def test_a_failure_of_what_is_no_item_of_a_check_is_no_judgement(nodeid: str) -> None:
    gathering = Gathering(CATALOGUE)
    gathering.pytest_runtest_logreport(_report(nodeid, outcome="failed"))
    assert gathering.judgements == []


@pytest.mark.parametrize(("interrupted", "words"), [(True, "was interrupted"), (False, "workers had died")])
def test_a_check_that_a_run_did_not_come_to_is_inconclusive_with_the_reason(interrupted: bool, words: str) -> None:
    gathering = _gathered(Verdict.PASS)
    gathering.judge_what_was_not_reached(interrupted=interrupted, ends_at_red=False)
    judged, missing = gathering.judgements
    assert judged == _judgement(Verdict.PASS)
    assert (missing.verdict, missing.nodeid) == (Verdict.INCONCLUSIVE, OTHER)
    assert words in missing.message


def test_who_asked_for_the_end_at_the_first_red_verdict_is_told_of_no_missing_one() -> None:
    gathering = _gathered(Verdict.FAIL)
    gathering.judge_what_was_not_reached(interrupted=False, ends_at_red=True)
    assert len(gathering.judgements) == 1


def test_a_run_that_was_to_end_at_red_and_ended_without_is_told_of_what_is_missing() -> None:
    gathering = _gathered(Verdict.PASS)
    gathering.judge_what_was_not_reached(interrupted=True, ends_at_red=True)
    assert len(gathering.judgements) == 2


def test_nothing_is_missing_where_all_is_judged() -> None:
    gathering = _gathered(Verdict.PASS, collected=(NODEID,))
    gathering.judge_what_was_not_reached(interrupted=True, ends_at_red=False)
    assert len(gathering.judgements) == 1


def test_what_this_process_collects_is_expected_as_what_workers_do() -> None:
    gathering = Gathering(CATALOGUE)
    gathering.pytest_collection_finish(cast("pytest.Session", SimpleNamespace(items=[SimpleNamespace(nodeid=NODEID)])))
    gathering.judge_what_was_not_reached(interrupted=True, ends_at_red=False)
    assert [one.nodeid for one in gathering.judgements] == [NODEID]
