"""Which drives a run of black boxes consists of, with drives that are only pretended."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from conformance.proof import black_box
from conformance.proof.fault_run import BlackBoxRun, Looks, RunBroken, Unit, black_box_references
from conformance.proof.faults import Broken, Fault
from conformance.proof.kills import Sight
from conformance.proof.notices import Look, Why
from conformance.tables import catalogue
from runtimes.subjects import Subject, discover
from tests.faults.builders import judgement, sight
from tests.faults.test_fault_run import AtOnce

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = catalogue.load()
PROFILE = catalogue.load_profiles()["seeds"]
GO, NO_WEB = (
    black_box.as_black_box(next(one for one in discover() if isinstance(one, Subject) and one.name == name))
    for name in ("go", "custom-container-noweb")
)
SUITES = black_box.Suites.of([GO, NO_WEB], KNOWN, PROFILE)
OWN, OTHER = "freeze.nothing-runs", "instance.ends-on-sigterm"
FAULT = Fault("go/" + OWN, KNOWN.requirement(OWN), "Runs on.", Broken.RUNTIME, GO)
ALL = SUITES.scenarios(GO, OWN)
JUDGED = SUITES.own(GO, OWN)
PLANNED = SUITES.planned(GO, OWN)


class Heard:
    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.references: list[str] = []

    def drove_reference(self, name: str, sight: Sight) -> None:
        self.references.append(f"{name} {sight.scenario}")

    def looked(self, found: Look) -> None:
        self.looks.append(found)


def run(
    pretend: Callable[[Unit], Sight], fault: Fault = FAULT, references: dict[str, tuple[str, ...]] | None = None
) -> tuple[list[str], Heard, Looks]:
    """The scenarios of the fault in their order, what was heard meanwhile, and what came out."""
    pool, heard = AtOnce(pretend), Heard()
    outcome = BlackBoxRun([fault], references or {}, SUITES, heard).drive(pool)
    assert len(outcome.looks) == len(heard.looks) == 1
    return [unit.scenario for unit in pool.units if not unit.reference], heard, outcome


def failing(requirement: str, scenario: str) -> Callable[[Unit], Sight]:
    """Drives of which those through one scenario show that one requirement does not hold."""
    return lambda unit: sight(
        judgement(
            requirement,
            Verdict.FAIL if unit.scenario == scenario else Verdict.PASS,
            scenario=unit.scenario,
            rung="wire",
        ),
        scenario=unit.scenario,
    )


def test_there_are_several_scenarios_of_its_own_and_others() -> None:
    assert 1 < len(JUDGED) < len(ALL)
    assert PLANNED
    assert not {*PLANNED} & {*ALL}


def test_a_fault_is_driven_through_one_scenario_after_another_until_its_own_check_notices_it() -> None:
    driven, heard, _ = run(failing(OWN, ALL[1]))
    assert driven == list(ALL[:2])
    assert heard.looks[0].noticed


def test_where_another_check_notices_it_the_scenarios_of_its_own_are_driven_to_their_end() -> None:
    driven, _, outcome = run(failing(OTHER, ALL[0]))
    assert driven == list(ALL[: len(JUDGED)])
    assert outcome.looks[0].requirements == (OTHER,)


def test_after_those_of_its_own_any_check_ends_it() -> None:
    driven, _, _ = run(failing(OTHER, ALL[len(JUDGED) + 1]))
    assert driven == list(ALL[: len(JUDGED) + 2])


def test_what_nobody_notices_is_driven_through_everything_once_and_through_plans_last() -> None:
    driven, _, outcome = run(failing(OWN, "nowhere"))
    assert driven == [*ALL, *PLANNED]
    assert outcome.looks[0].why == Why.SEEN_TO_HOLD


def test_what_cannot_be_driven_is_looked_at_all_the_same() -> None:
    requirement = KNOWN.requirement("unsupported.no-web-server-no-hook")
    fault = Fault("custom-container-noweb/x", requirement, "Calls it.", Broken.RUNTIME, NO_WEB)
    driven, _, outcome = run(failing(OWN, "nowhere"), fault)
    assert driven == []
    assert outcome.looks[0].why == Why.NOT_DRIVEN
    assert "judged by records" in outcome.looks[0].reason


def test_a_reference_that_fails_too_takes_the_notice_back() -> None:
    driven, heard, outcome = run(failing(OWN, ALL[0]), references={"go": ALL[:1]})
    assert heard.references == [f"go {ALL[0]}"]
    assert driven == list(ALL[:1])
    assert [one.verdict for one in outcome.references["go"][0].judgements] == [Verdict.FAIL]
    assert outcome.looks[0].why == Why.LIKE_THE_REFERENCE


def test_references_are_driven_through_all_that_black_boxes_of_theirs_are_where_there_is_anything() -> None:
    without = Fault("custom-container-noweb/x", FAULT.requirement, "x.", Broken.RUNTIME, NO_WEB)
    assert black_box_references([FAULT, without], SUITES) == {"go": (*SUITES.scenarios(GO), *PLANNED)}


def test_what_only_a_plan_shows_is_told_as_such() -> None:
    driven, _, outcome = run(failing(OWN, PLANNED[0]))
    assert driven == [*ALL, PLANNED[0]]
    (seen,) = outcome.looks
    assert seen.noticed
    assert seen.by_own
    assert not seen.without_a_plan
    (early,) = run(failing(OWN, ALL[0]))[2].looks
    assert early.without_a_plan


def test_a_worker_that_dies_breaks_the_run_with_the_name_of_the_drive() -> None:
    def dies(_: Unit) -> Sight:
        raise BrokenProcessPool("gone")

    with pytest.raises(RunBroken, match=r"a worker process died while go/freeze\.nothing-runs"):
        run(dies)
