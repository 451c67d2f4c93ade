"""What becomes of a fault, from what its drives have shown."""

from __future__ import annotations

import pytest

from conformance.judging.verdict import Verdict
from conformance.proof import kills
from conformance.proof.kills import Sight, Status
from tests.faults.builders import judgement, sight

OWN, OTHER = "pre-stop.runs-once", "logs.pre-stop-start-and-end"
OWN_FAILS = judgement(OWN, Verdict.FAIL)
OTHER_FAILS = judgement(OTHER, Verdict.FAIL)


@pytest.mark.parametrize(
    ("sights", "status"),
    [
        ([sight(OWN_FAILS)], Status.KILLED_BY_OWN),
        ([sight(OTHER_FAILS, OWN_FAILS)], Status.KILLED_BY_OWN),
        ([sight(judgement(OWN)), sight(OWN_FAILS)], Status.KILLED_BY_OWN),
        ([sight(OTHER_FAILS, judgement(OWN))], Status.KILLED_BY_OTHER),
        ([sight(judgement(OWN), judgement(OTHER))], Status.SURVIVED),
        ([], Status.NOT_STARTED),
        ([sight(OWN_FAILS, in_force=False)], Status.NOT_STARTED),
        ([sight(in_force=False, ready=False, trouble="it exited")], Status.NOT_STARTED),
    ],
)
def test_a_fault_is_killed_by_the_check_that_says_fail(sights: list[Sight], status: Status) -> None:
    assert kills.status_of(OWN, sights) is status


def test_a_red_verdict_of_a_drive_without_the_fault_in_force_kills_nothing() -> None:
    assert kills.status_of(OWN, [sight(OWN_FAILS, in_force=False), sight(judgement(OWN))]) is Status.SURVIVED


@pytest.mark.parametrize("verdict", [Verdict.NOT_TESTABLE, Verdict.INCONCLUSIVE, Verdict.GAP, Verdict.NOT_APPLICABLE])
def test_a_verdict_that_has_not_seen_the_requirement_broken_kills_nothing(verdict: Verdict) -> None:
    assert kills.status_of(OWN, [sight(judgement(OWN, verdict))]) is Status.SURVIVED


def test_the_red_verdicts_are_kept_in_their_order_with_a_bounded_message() -> None:
    long = judgement(OTHER, Verdict.NOT_TESTABLE, message="x" * 5000, scenario="one-freeze")
    found = kills.reds([sight(judgement(OWN), OWN_FAILS), sight(long)])
    assert [(one.requirement, one.verdict) for one in found] == [(OWN, Verdict.FAIL), (OTHER, Verdict.NOT_TESTABLE)]
    assert found[1].scenario == "one-freeze"
    assert len(found[1].message) == kills.KEPT_MESSAGE
