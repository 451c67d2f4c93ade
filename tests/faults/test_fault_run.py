"""Which drives a run of the faults consists of, with drives that are only pretended."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judging.suite import Suite
from conformance.judging.verdict import Verdict
from conformance.proof import fault_run
from conformance.proof.fault_run import FaultRun, RunBroken, Unit, reference_scenarios
from conformance.proof.faults import Broken, Fault
from conformance.proof.kills import Kill, Sight, Status
from conformance.tables import catalogue
from fixtures.history import store
from runtimes.faults import FaultError
from runtimes.subjects import Subject, discover
from tests.conformance.builders import FULL, conformant
from tests.conformance.builders import PROFILE as OF_TESTS
from tests.conformance.checking import CATALOGUE
from tests.faults.builders import judgement, sight

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = catalogue.load()
PROFILE = catalogue.load_profiles()["seeds"]
(GO,) = [one for one in discover() if isinstance(one, Subject) and one.name == "go"]
SUITE = Suite.of([GO], KNOWN, PROFILE)
OWN = "time.slow-pre-freeze-slows-no-caller"
"""Judged on one scenario only."""
FAULT = Fault("go/" + OWN, KNOWN.requirement(OWN), "Is slow.", Broken.RUNTIME, GO)


class AtOnce(Executor):
    """Pretends every drive as soon as it is asked for."""

    def __init__(self, pretend: Callable[[Unit], Sight]) -> None:
        self.units: deque[Unit] = deque()
        self._pretend = pretend

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert fn is fault_run._drive
        (unit,) = args
        self.units.append(unit)
        future: Future[Any] = Future()
        try:
            future.set_result(self._pretend(unit))
        except Exception as error:  # noqa: BLE001 - the future hands it on
            future.set_exception(error)
        return future


class Heard:
    def __init__(self) -> None:
        self.kills: list[Kill] = []
        self.references: list[str] = []

    def drove_reference(self, name: str, sight: Sight) -> None:
        self.references.append(f"{name} {sight.scenario}")

    def ended(self, kill: Kill) -> None:
        self.kills.append(kill)


def run(
    pretend: Callable[[Unit], Sight], *, whole: bool = False, references: dict[str, tuple[str, ...]] | None = None
) -> tuple[AtOnce, Heard]:
    pool, heard = AtOnce(pretend), Heard()
    outcome = FaultRun([FAULT], references or {}, SUITE, heard, whole=whole).drive(pool)
    assert outcome.kills == heard.kills
    return pool, heard


def killed_by_own(unit: Unit) -> Sight:
    failed = unit.scenario == "slow-pre-freeze"
    return sight(judgement(OWN, Verdict.FAIL if failed else Verdict.PASS), scenario=unit.scenario)


def noticed_by_nobody(unit: Unit) -> Sight:
    return sight(judgement(OWN), scenario=unit.scenario)


def test_a_fault_that_its_own_check_kills_is_driven_through_the_scenarios_of_its_requirement_only() -> None:
    pool, heard = run(killed_by_own)
    assert [unit.scenario for unit in pool.units] == ["slow-pre-freeze"]
    assert [kill.status for kill in heard.kills] == [Status.KILLED_BY_OWN]
    assert heard.kills[0].scenarios == ("slow-pre-freeze",)


def test_a_fault_that_its_own_check_does_not_notice_is_driven_through_the_whole_suite_once() -> None:
    pool, heard = run(noticed_by_nobody)
    driven = [unit.scenario for unit in pool.units]
    assert sorted(driven) == sorted(SUITE.scenarios("go"))
    assert driven[0] == "slow-pre-freeze"
    assert [kill.status for kill in heard.kills] == [Status.SURVIVED]


def test_the_whole_suite_is_driven_where_it_is_asked_for() -> None:
    pool, heard = run(killed_by_own, whole=True)
    assert sorted(unit.scenario for unit in pool.units) == sorted(SUITE.scenarios("go"))
    assert [kill.status for kill in heard.kills] == [Status.KILLED_BY_OWN]


def test_references_are_driven_beside_the_faults_through_the_scenarios_that_are_asked_for() -> None:
    pool, heard = run(killed_by_own, references={"go": ("two-freezes", "stop-without-freeze")})
    assert sorted(heard.references) == ["go stop-without-freeze", "go two-freezes"]
    assert [unit.scenario for unit in pool.units if unit.reference] == ["two-freezes", "stop-without-freeze"]


def test_a_reference_is_driven_through_the_whole_suite_or_where_its_faults_begin() -> None:
    assert reference_scenarios([FAULT, FAULT], SUITE, whole=False) == {"go": ("slow-pre-freeze",)}
    assert reference_scenarios([FAULT], SUITE, whole=True) == {"go": SUITE.scenarios("go")}


def test_what_the_harness_spoils_is_told_and_kills_nothing() -> None:
    _, heard = run(lambda unit: Sight(scenario=unit.scenario, trouble="no engine", spoilt=True))
    (kill,) = heard.kills
    assert kill.status is Status.NOT_STARTED
    assert "slow-pre-freeze: no engine" in kill.spoilt


def test_a_worker_that_dies_breaks_the_run_with_the_name_of_the_drive() -> None:
    def dies(_: Unit) -> Sight:
        raise BrokenProcessPool("gone")

    with pytest.raises(RunBroken, match="a worker process died while go/time"):
        run(dies)


def test_a_run_in_which_nothing_ends_any_more_is_given_up_and_says_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Never(AtOnce):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future()

    monkeypatch.setattr(fault_run, "SILENCE_S", 0.05)
    with pytest.raises(RunBroken, match=r"waited 0\.05 s .* go/time\.slow.* \(slow-pre-freeze\)"):
        FaultRun([FAULT], {}, SUITE, Heard(), whole=False).drive(Never(killed_by_own))


def test_a_fault_whose_requirement_is_judged_nowhere_is_refused() -> None:
    fault = Fault("go/x", KNOWN.requirement("hooks.get-on-their-own-paths"), "x", Broken.RUNTIME, GO)
    with pytest.raises(FaultError, match="no scenario"):
        FaultRun([fault], {}, SUITE, Heard(), whole=False)


def test_the_suite_without_pytest_judges_a_saved_history_as_the_checks_do() -> None:
    suite = Suite.of([FULL], CATALOGUE, OF_TESTS)
    found = suite.judge(conformant(FULL, "two-freezes"))
    assert {one.verdict for one in found} == {Verdict.PASS}
    assert {one.requirement for one in found} == {
        case.requirement.id for case in suite.cases["full"]["two-freezes"].values()
    }
    assert store.file_name("full", "two-freezes") == found[0].history
