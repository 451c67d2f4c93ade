"""Whether a black box was noticed, by what, and if not, why, from what its drives have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Judgement, Verdict
from conformance.proof import notices
from conformance.proof.faults import Broken, Fault
from conformance.proof.kills import KEPT_MESSAGE, Sight
from conformance.proof.notices import MEANING, Look, Why, look, noticed
from conformance.tables import catalogue
from runtimes.subjects import Subject, discover
from tests.faults.builders import judgement, sight

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN, OTHER = "pre-stop.runs-once", "logs.pre-stop-start-and-end"
(GO,) = [one for one in discover() if isinstance(one, Subject) and one.name == "go"]
FAULT = Fault("go/" + OWN, catalogue.load().requirement(OWN), "Runs it twice.", Broken.RUNTIME, GO)
NEEDS = "no witness: this is judged by records"


def fails(requirement: str, rung: str = "lines", **changes: str) -> Judgement:
    return judgement(requirement, Verdict.FAIL, rung=rung, **changes)


def looked(*sights: Sight, of_reference: Sequence[str] = (), not_judged: str = "") -> Look:
    return look(FAULT, sights, of_reference=of_reference, not_judged=not_judged)


def test_it_is_noticed_by_a_fail_and_the_look_says_by_which_requirement_and_on_which_rung() -> None:
    found = looked(sight(judgement(OTHER), fails(OWN, "wire", message="two")))
    assert (found.noticed, found.by_own, found.rung, found.requirements) == (True, True, "wire", (OWN,))
    assert (found.notices[0].scenario, found.notices[0].message) == ("two-freezes", "two")
    assert (found.why, found.reason) == ("", "")


def test_its_own_requirement_comes_first_and_the_rung_is_that_one() -> None:
    found = looked(sight(fails(OTHER, "lines"), fails(OWN, "wire")))
    assert found.requirements == (OWN, OTHER)
    assert found.rung == "wire"


def test_it_is_noticed_by_the_check_of_another_requirement_too() -> None:
    found = looked(sight(judgement(OWN), fails(OTHER, "kernel")))
    assert (found.noticed, found.by_own, found.rung) == (True, False, "kernel")


def test_a_fail_that_the_unbroken_reference_has_notices_nothing() -> None:
    found = looked(sight(fails(OTHER)), of_reference=[OTHER])
    assert (found.noticed, found.why) == (False, Why.LIKE_THE_REFERENCE)
    assert OTHER in found.reason
    assert looked(sight(fails(OTHER), fails(OWN)), of_reference=[OTHER]).requirements == (OWN,)


def test_a_fail_in_a_drive_without_the_fault_in_force_notices_nothing() -> None:
    assert not noticed([sight(fails(OWN), in_force=False)])
    assert looked(sight(fails(OWN), in_force=False)).why == Why.NOT_IN_FORCE


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.FAIL])
def test_only_a_fail_notices(verdict: Verdict) -> None:
    assert not noticed([sight(judgement(OWN, verdict))])
    assert not looked(sight(judgement(OWN, verdict))).noticed


def test_a_fail_of_a_certain_requirement_can_be_asked_for() -> None:
    assert noticed([sight(fails(OTHER))])
    assert not noticed([sight(fails(OTHER))], OWN)
    assert noticed([sight(fails(OTHER), fails(OWN))], OWN)


@pytest.mark.parametrize(
    ("sights", "not_judged", "why", "says"),
    [
        ([sight(spoilt=True, trouble="no engine")], "", Why.SPOILT, "two-freezes: no engine"),
        ([], NEEDS, Why.NOT_DRIVEN, NEEDS),
        ([sight(in_force=False, ready=False, trouble="it exited")], "", Why.NOT_STARTED, "it exited"),
        ([sight(in_force=False), sight(in_force=False)], "", Why.NOT_IN_FORCE, "2 drives"),
        ([sight(in_force=False)], NEEDS, Why.NOT_IN_FORCE, NEEDS),
        ([sight(judgement(OTHER))], NEEDS, Why.NEEDS_RECORDS, NEEDS),
        (
            [sight(judgement(OWN), in_force=False), sight(judgement(OTHER), scenario="telemetry")],
            "",
            Why.NOT_IN_FORCE_WHERE_JUDGED,
            "done in telemetry",
        ),
        (
            [sight(judgement(OWN, rung="lines"), judgement(OWN, Verdict.NOT_APPLICABLE))],
            "",
            Why.SEEN_TO_HOLD,
            "judged by lines in two-freezes",
        ),
        (
            [sight(judgement(OWN, Verdict.NOT_APPLICABLE, message="its log has no Start line"))],
            "",
            Why.NO_WITNESS,
            "its log has no Start line",
        ),
    ],
)  # fmt: skip
def test_what_is_not_noticed_has_a_reason_from_what_was_driven_and_judged(
    sights: list[Sight], not_judged: str, why: Why, says: str
) -> None:
    found = looked(*sights, not_judged=not_judged)
    assert (found.noticed, found.why) == (False, why)
    assert found.reason == f"{MEANING[why]}: {says}"


def test_every_reason_has_its_meaning_in_words() -> None:
    assert set(MEANING) == set(Why)
    assert all(MEANING.values())


def test_a_look_counts_the_drives_in_force_and_bounds_its_messages() -> None:
    found = looked(sight(fails(OWN, message="x" * 5000)), sight(in_force=False, scenario="one-freeze"))
    assert (found.in_force, found.scenarios, found.seconds) == (1, ("two-freezes", "one-freeze"), 1.0)
    assert len(found.notices[0].message) == KEPT_MESSAGE
    assert (found.fault, found.requirement, found.runtime, found.text) == (FAULT.id, OWN, "go", "Runs it twice.")


def test_what_a_drive_has_shown_not_to_hold_is_every_fail_of_it() -> None:
    assert notices.fails([sight(fails(OWN), judgement(OTHER, Verdict.NOT_TESTABLE)), sight(fails(OTHER))]) == (
        fails(OWN),
        fails(OTHER),
    )
