"""Every check on Histories that are conformant, that have one fault, and that lack what the check must have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.expect import NotTestable, Violation
from tests.conformance.builders import SUBJECTS, conformant, empty
from tests.conformance.checking import CASES, REGISTERED, judged_by, not_passed, outcome
from tests.conformance.faults import FAULTS, LACKS, Fault

if TYPE_CHECKING:
    from runtimes.subjects import Subject

REQUIREMENTS = {registered.requirement for registered in REGISTERED.values()}
IDS = [f"{REGISTERED[name].requirement}-{of.name}-{scenario}" for name, of, scenario in CASES]


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=IDS)
def test_a_check_passes_on_a_conformant_history(name: str, of: Subject, scenario: str) -> None:
    raised = outcome(name, conformant(of, scenario))
    assert raised is None, str(raised)


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_a_check_judges_a_subject_of_the_tests_on_each_of_its_scenarios(name: str) -> None:
    covered = {scenario for of in SUBJECTS for scenario in judged_by(name, of)}
    assert covered == set(REGISTERED[name].on)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_turns_exactly_its_checks_red(fault: Fault) -> None:
    history = fault.change(conformant(fault.subject, fault.scenario))
    raised = not_passed(history, fault.subject, fault.scenario)
    violated = {requirement for requirement, one in raised.items() if isinstance(one, Violation)}
    untestable = {requirement for requirement, one in raised.items() if isinstance(one, NotTestable)}
    assert violated == set(fault.red)
    assert untestable == set(fault.untestable)
    for requirement, piece in fault.red.items():
        assert piece in str(raised[requirement])
        evidence = raised[requirement].evidence
        assert evidence, f"{requirement} shows no evidence"
        assert all(any(event is known for known in history.events) for event in evidence)


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=IDS)
def test_a_check_passes_on_no_empty_history(name: str, of: Subject, scenario: str) -> None:
    raised = outcome(name, empty(of, scenario))
    assert raised is not None
    assert isinstance(raised, NotTestable)


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=IDS)
def test_a_check_that_cannot_see_what_it_must_see_says_so(name: str, of: Subject, scenario: str) -> None:
    for lack in LACKS[REGISTERED[name].requirement]:
        raised = outcome(name, lack(conformant(of, scenario)))
        assert isinstance(raised, NotTestable), f"{lack.__name__}: {raised!r}"
        assert raised.expected
        assert raised.seen


def test_every_check_has_a_fault_that_turns_it_red() -> None:
    assert {requirement for fault in FAULTS for requirement in fault.red} == REQUIREMENTS


def test_every_check_has_something_that_it_must_have_seen() -> None:
    assert set(LACKS) == REQUIREMENTS


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_nearly_every_fault_turns_one_check_red_and_the_others_say_which_neighbours_follow() -> None:
    alone = {next(iter(fault.red)) for fault in FAULTS if len(fault.red) == 1 and not fault.untestable}
    # Both can be broken only together with what they are about: there is no start without an instance, and no
    # second code on a hook's request that is not also a run too many somewhere else.
    assert REQUIREMENTS - alone == {
        "instance.becomes-ready",
        "hooks.each-on-its-own-request",
        "results.never-in-a-response",
    }
