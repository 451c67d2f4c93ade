"""Every check on Histories that are conformant, that have one fault, and that lack what the check must have seen.

The checks that judge the log's own answers are broken by a broken log as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import test_logs
from conformance.judging.expect import NotTestable, Observation, Violation
from conformance.tables.catalogue import Level
from fixtures.history.events import KernelUnseen
from fixtures.history.log_query import Log, Reading
from tests.conformance.builders import (
    FULL,
    SUBJECTS,
    blocked_between_calls,
    conformant,
    empty,
    seen_by_the_kernel,
    with_events,
)
from tests.conformance.checking import (
    CASES,
    CATALOGUE,
    NOTES,
    WRITTEN,
    judged_by,
    not_passed,
    outcome,
)
from tests.conformance.faults import (
    FAULTS,
    FLOODING,
    LACKS,
    LACKS_ON_ONE_SCENARIO,
    NO_HOOK,
    OVERLAPPING,
    SIGHTS,
    TWO_FREEZES,
    Fault,
    Sight,
)

if TYPE_CHECKING:
    from fixtures.history.events import Call
    from fixtures.history.log_query import FoundLine, RequestLines
    from runtimes.subjects import Subject

REQUIREMENTS = {registered.requirement for registered in WRITTEN.values()}
OBSERVED = {WRITTEN[name].requirement for name in NOTES}
IDS = [f"{WRITTEN[name].requirement}-{of.name}-{scenario}" for name, of, scenario in CASES]


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=IDS)
def test_a_check_passes_on_a_conformant_history_and_a_note_tells_what_it_saw(
    name: str, of: Subject, scenario: str
) -> None:
    raised = outcome(name, conformant(of, scenario))
    if name in NOTES:
        assert isinstance(raised, Observation)
        assert raised.seen
    else:
        assert raised is None, str(raised)


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_check_judges_a_subject_of_the_tests_on_each_of_its_scenarios(name: str) -> None:
    covered = {scenario for of in SUBJECTS for scenario in judged_by(name, of)}
    assert covered == set(WRITTEN[name].on)


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


@pytest.mark.parametrize("scenario", [TWO_FREEZES, NO_HOOK, OVERLAPPING])
def test_no_check_minds_the_kernel_nor_a_heart_that_stands_still_between_calls_where_the_kernel_looks(
    scenario: str,
) -> None:
    history = conformant(FULL, scenario)
    assert not not_passed(seen_by_the_kernel(history), FULL, scenario)
    assert not not_passed(seen_by_the_kernel(blocked_between_calls(history)), FULL, scenario)


def test_where_nobody_could_see_the_freeze_two_checks_say_so_with_the_reason() -> None:
    blocked = blocked_between_calls(conformant(FULL, TWO_FREEZES))
    unseen = with_events(blocked, KernelUnseen(t=blocked.events[0].t, reason="the engine is elsewhere"))
    raised = not_passed(unseen, FULL, TWO_FREEZES)
    assert set(raised) == {"freeze.nothing-runs", "freeze.runs-on-after-the-thaw"}
    for one in raised.values():
        assert isinstance(one, NotTestable)
        assert "while no call was under way, or the kernel's word" in one.expected
        assert one.seen.endswith("the engine is elsewhere")


@pytest.mark.parametrize("sight", SIGHTS, ids=[sight.name for sight in SIGHTS])
def test_a_note_tells_another_thing_where_another_thing_was_seen(sight: Sight) -> None:
    before = conformant(sight.subject, sight.scenario)
    history = sight.change(before)
    (name,) = (name for name in NOTES if WRITTEN[name].requirement == sight.requirement)
    raised = outcome(name, history)
    assert isinstance(raised, Observation)
    assert sight.tells in raised.seen
    assert raised.evidence
    assert all(any(event is known for known in history.events) for event in raised.evidence)
    assert sight.tells not in str(outcome(name, before))
    assert not not_passed(history, sight.subject, sight.scenario)


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=IDS)
def test_a_check_passes_on_no_empty_history(name: str, of: Subject, scenario: str) -> None:
    raised = outcome(name, empty(of, scenario))
    assert raised is not None
    assert isinstance(raised, NotTestable)


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=IDS)
def test_a_check_that_cannot_see_what_it_must_see_says_so(name: str, of: Subject, scenario: str) -> None:
    requirement = WRITTEN[name].requirement
    for lack in LACKS_ON_ONE_SCENARIO.get((requirement, scenario), LACKS[requirement]):
        raised = outcome(name, lack(conformant(of, scenario)))
        assert isinstance(raised, NotTestable), f"{lack.__name__}: {raised!r}"
        assert raised.expected
        assert raised.seen


# ------------------------------------------------------------------------------------------------ broken logs


class LosesEndLines(Log):
    """Does not find End lines by their instance."""

    def by_instance(self, instance: str) -> tuple[FoundLine, ...]:
        return tuple(line for line in super().by_instance(instance) if " End " not in line.text)


class MixesTheHooks(Log):
    """Finds the lines of every hook for any hook."""

    def by_instance_and_hook(
        self, instance: str, hook: Call | str, reading: Reading = Reading.TOLERANT
    ) -> tuple[FoundLine, ...]:
        return tuple(line for line in self.by_instance(instance) if line.text.startswith("FC Pre"))


class LosesRequests(Log):
    """Does not find the Start line of a request."""

    def by_request(self, request_id: str, reading: Reading = Reading.TOLERANT) -> RequestLines:
        found = super().by_request(request_id, reading)
        return type(found)(tuple(line for line in found.certain if " Start " not in line.text), found.possible)


class LooksBackOnly(Log):
    """Shows the lines before a line and not those after it."""

    def around(self, line: FoundLine, before: int = 5, after: int = 5) -> tuple[FoundLine, ...]:
        return super().around(line, before=before, after=0)


BROKEN_LOGS: list[tuple[type[Log], str, set[str]]] = [
    (LosesEndLines, TWO_FREEZES, {"logs.found-by-instance"}),
    (MixesTheHooks, TWO_FREEZES, {"logs.found-by-instance-and-hook"}),
    (LosesRequests, TWO_FREEZES, {"logs.found-by-request"}),
    (LooksBackOnly, FLOODING, {"logs.lines-around"}),
]


@pytest.mark.parametrize(
    ("broken", "scenario", "red"), BROKEN_LOGS, ids=[broken.__name__ for broken, _, _ in BROKEN_LOGS]
)
def test_a_broken_log_turns_exactly_its_checks_red(
    broken: type[Log], scenario: str, red: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_logs, "Log", broken)
    raised = not_passed(conformant(FULL, scenario), FULL, scenario)
    assert set(raised) == red
    assert all(isinstance(one, Violation) and one.evidence for one in raised.values())


# ------------------------------------------------------------------------------------------------ the tables


def test_every_check_that_can_fail_has_a_fault_that_turns_it_red() -> None:
    by_fault = {requirement for fault in FAULTS for requirement in fault.red}
    assert by_fault == REQUIREMENTS - OBSERVED


def test_every_note_has_something_else_that_it_tells() -> None:
    assert {sight.requirement for sight in SIGHTS} == OBSERVED


def test_only_a_note_is_an_observation() -> None:
    assert {one.id for one in CATALOGUE.requirements if one.level is Level.NOTE} == OBSERVED


def test_every_check_has_something_that_it_must_have_seen() -> None:
    assert set(LACKS) == REQUIREMENTS
    judged = {(one.requirement, scenario) for one in WRITTEN.values() for scenario in one.on}
    assert set(LACKS_ON_ONE_SCENARIO) <= judged


def test_every_change_has_a_name_of_its_own() -> None:
    names = [*(fault.name for fault in FAULTS), *(sight.name for sight in SIGHTS)]
    assert len(set(names)) == len(names)


def test_nearly_every_fault_turns_one_check_red_and_the_others_say_which_neighbours_follow() -> None:
    alone = {next(iter(fault.red)) for fault in FAULTS if len(fault.red) == 1 and not fault.untestable}
    # These can be broken only together with what they are about: there is no start without an instance, no second
    # code on a hook's request that is not also a run too many somewhere else, no work inside a freeze that is no sign
    # of life, no hook left off a bill that is right to the millisecond, no path that leads nowhere and a hook that ran;
    # what was never written is found by no query; of a hook without an answer nothing says that it was answered late.
    assert REQUIREMENTS - OBSERVED - alone == {
        "instance.becomes-ready",
        "hooks.each-on-its-own-request",
        "results.never-in-a-response",
        "freeze.later-work-rests",
        "metering.hooks-are-billed",
        "hooks.path-is-known",
        "logs.found-by-instance",
        "logs.found-by-instance-and-hook",
        "hooks.answered-in-time",
    }
