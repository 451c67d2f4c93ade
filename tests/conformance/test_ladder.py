"""What is judged on which evidence: no requirement on less than it names, and each on everything that it names.

The conformant Histories and the faults of the other tests are judged once more as those of an image without the
generated function, once more as those of one that writes no Start and End lines either, and once more without what it
has sent out.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import pytest

from conformance.judging import checks
from conformance.judging.checks import Case
from conformance.judging.evidence import rungs, without_lines, without_records, without_sink
from conformance.judging.judging import judge
from conformance.judging.verdict import Verdict
from conformance.tables.catalogue import Level
from conformance.tables.rungs import Rung
from fixtures.history.events import KernelSeen, KernelUnseen, SinkReceived, UnknownPathAsked
from fixtures.history.history import History, Trouble
from tests.conformance.builders import BASE, FULL, MS, PROFILE, conformant, seen_by_the_kernel, with_events, without
from tests.conformance.checking import CASES, CATALOGUE, FUNCTIONS, WRITTEN
from tests.conformance.faults import FAULTS, Fault
from tests.conformance.faults_without_records import MORE

if TYPE_CHECKING:
    from conformance.judging.verdict import Judgement
    from runtimes.subjects import Subject

Judged: TypeAlias = "tuple[tuple[str, Rung, Judgement], ...]"
"""Checks by name, the rung that a History was left with, and what was judged then."""
TODAY = datetime.date(2026, 11, 22)
LADDER = (Rung.RECORDS, Rung.LINES, Rung.SINK, Rung.KERNEL, Rung.WIRE)
"""The rungs that a History of these tests can end at."""
WHAT_IS_JUDGED = {name: CATALOGUE.requirement(registered.requirement) for name, registered in WRITTEN.items()}


def left_with(rung: Rung, history: History) -> History:
    """``history`` as it is where ``rung`` is the strongest evidence."""
    if rung is Rung.RECORDS:
        return history
    control = UnknownPathAsked(t=BASE + 320 * MS, target="GET /0123abcd", request_id="control", status=404)
    stripped = with_events(without_records(history), control)
    if rung is not Rung.LINES:
        stripped = without_lines(stripped)
    if rung in (Rung.KERNEL, Rung.WIRE):
        stripped = without_sink(stripped)
    read = stripped.of(KernelSeen)
    if rung is Rung.WIRE:
        return without(stripped, *read) if read else stripped
    return stripped if read else seen_by_the_kernel(stripped)


def verdict_on(name: str, of: Subject, history: History) -> Judgement:
    error: BaseException | None = None
    try:
        FUNCTIONS[name](history)
    except Exception as raised:  # noqa: BLE001 - which kind it is says what the verdict is
        error = raised
    case = Case(WHAT_IS_JUDGED[name], of, history.scenario)
    return judge(case, nodeid=name, history=history, error=error, declared=(), today=TODAY)


@pytest.fixture(scope="module")
def on_conformant() -> Judged:
    """Every check on every conformant History, on each rung."""
    return tuple(
        (name, rung, verdict_on(name, of, left_with(rung, conformant(of, scenario))))
        for name, of, scenario in CASES
        for rung in LADDER
    )


@pytest.fixture(scope="module")
def on_faults() -> Judged:
    """Every check on every History with a fault, on each rung."""
    found = []
    for fault in (*FAULTS, *MORE):
        history = fault.change(conformant(fault.subject, fault.scenario))
        for rung in LADDER:
            left = left_with(rung, history)
            found += [
                (name, rung, verdict_on(name, of, left))
                for name, of, scenario in CASES
                if of is fault.subject and scenario == fault.scenario
            ]
    return tuple(found)


def test_the_rungs_of_a_history_are_told_by_what_is_in_it() -> None:
    history = conformant(FULL, "two-freezes")
    assert rungs(history) == (Rung.RECORDS, Rung.LINES, Rung.WIRE)
    assert rungs(left_with(Rung.LINES, history)) == (Rung.LINES, Rung.KERNEL, Rung.WIRE)
    assert rungs(left_with(Rung.KERNEL, history)) == (Rung.KERNEL, Rung.WIRE)
    assert rungs(left_with(Rung.WIRE, history)) == (Rung.WIRE,)


def test_a_kernel_that_could_not_be_asked_is_no_evidence() -> None:
    history = left_with(Rung.WIRE, conformant(FULL, "two-freezes"))
    assert rungs(with_events(history, KernelUnseen(t=BASE, reason="the engine is elsewhere"))) == (Rung.WIRE,)


def test_the_sink_is_a_witness_where_something_has_come_or_the_generated_function_had_to_send() -> None:
    history = conformant(FULL, "telemetry")
    assert rungs(history) == (Rung.RECORDS, Rung.LINES, Rung.SINK, Rung.WIRE)
    assert rungs(left_with(Rung.SINK, history)) == (Rung.SINK, Rung.KERNEL, Rung.WIRE)
    silent = without(history, *history.of(SinkReceived))
    assert Rung.SINK in rungs(silent)
    assert Rung.SINK not in rungs(without_records(silent))
    assert Rung.SINK not in rungs(without_sink(history))


def test_an_image_with_the_function_whose_lines_are_missing_is_judged_by_their_absence() -> None:
    assert Rung.LINES in rungs(without_lines(conformant(FULL, "two-freezes")))


def test_on_less_evidence_than_its_requirement_names_nothing_is_judged(
    on_conformant: Judged, on_faults: Judged
) -> None:
    judged = (*on_conformant, *on_faults)
    low = [(name, one) for name, rung, one in judged if rung.height > WHAT_IS_JUDGED[name].needs.height]
    assert low
    for name, one in low:
        assert one.verdict is Verdict.NOT_APPLICABLE, name
        assert one.message.startswith("no witness: "), name
        assert one.rung == ""


def test_a_conformant_instance_is_red_on_no_evidence(on_conformant: Judged) -> None:
    red = {(name, rung, one.message) for name, rung, one in on_conformant if one.verdict.red}
    assert red == set()


def test_a_verdict_stands_on_the_strongest_evidence_that_is_named_and_there(
    on_conformant: Judged, on_faults: Judged
) -> None:
    for name, rung, one in (*on_conformant, *on_faults):
        if one.verdict.observed:
            there = [each for each in WHAT_IS_JUDGED[name].stands_on if each.height >= rung.height]
            # Where the generated function is, the lines of the log are always looked for.
            assert one.rung == there[0], name


def test_a_requirement_can_hold_on_all_evidence_that_it_names(on_conformant: Judged) -> None:
    passed = {(one.requirement, one.rung) for _, _, one in on_conformant if one.verdict is Verdict.PASS}
    assert passed == {(one.id, rung) for one in WHAT_IS_JUDGED.values() for rung in one.stands_on}


def test_a_requirement_can_be_broken_on_all_evidence_that_it_names(on_faults: Judged) -> None:
    failed = {(one.requirement, one.rung) for _, _, one in on_faults if one.verdict is Verdict.FAIL}
    can_fail = [one for one in WHAT_IS_JUDGED.values() if one.level is not Level.NOTE]
    assert failed == {(one.id, rung) for one in can_fail for rung in one.stands_on}


@pytest.mark.parametrize("fault", MORE, ids=[fault.name for fault in MORE])
def test_a_fault_shows_on_the_least_evidence_that_its_requirement_names(fault: Fault) -> None:
    for requirement, piece in fault.red.items():
        history = fault.change(conformant(fault.subject, fault.scenario))
        left = left_with(CATALOGUE.requirement(requirement).needs, history)
        name = next(name for name, one in WHAT_IS_JUDGED.items() if one.id == requirement)
        one = verdict_on(name, fault.subject, left)
        assert one.verdict is Verdict.FAIL, one.message
        assert piece in one.message
        assert one.evidence


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_what_a_requirement_names_beside_its_least_evidence_is_really_looked_at(name: str) -> None:
    """Else a verdict would claim evidence that it does not stand on."""
    requirement = WHAT_IS_JUDGED[name]
    if len(requirement.stands_on) == 1:
        return
    held = [(of, conformant(of, scenario)) for one, of, scenario in CASES if one == name]
    silent = [(of, msgspec.structs.replace(without_records(one), keeps_records=True)) for of, one in held]
    broken = [
        (fault.subject, fault.change(conformant(fault.subject, fault.scenario)))
        for fault in FAULTS
        if fault.scenario in WRITTEN[name].on
    ]
    assert any(
        verdict_on(name, of, one).verdict is not verdict_on(name, of, left_with(requirement.needs, one)).verdict
        for of, one in (*silent, *broken)
    )


# ------------------------------------------------------------------------------------------------ another image


@pytest.mark.parametrize(
    ("rung", "judged_of_it"), [(Rung.LINES, 51), (Rung.SINK, 27), (Rung.KERNEL, 24), (Rung.WIRE, 22)]
)
def test_an_image_of_an_authors_own_is_judged_by_what_is_there(rung: Rung, judged_of_it: int) -> None:
    """A web server with both hooks, driven through what it can be driven through without the generated function."""
    of = replace(FULL, keeps_records=False)
    judged, red = set(), []
    for name, registered in WRITTEN.items():
        for case in checks.cases(WHAT_IS_JUDGED[name], registered.on, [of], PROFILE):
            if case.not_applicable:
                continue
            one = verdict_on(name, of, left_with(rung, conformant(FULL, case.scenario)))
            if one.verdict.red:
                red.append(one)
            elif one.verdict.observed and WHAT_IS_JUDGED[name].family != "initializer":
                judged.add(one.requirement)
    assert red == []
    assert len(judged) == judged_of_it


def test_an_image_without_the_function_is_not_driven_for_what_only_that_could_show() -> None:
    of = replace(FULL, keeps_records=False)
    requirement = CATALOGUE.requirement("pre-freeze.no-event")
    (case,) = checks.cases(requirement, ("two-freezes",), [of], PROFILE)
    assert case.not_applicable.startswith("no witness: this is judged by records; to be judged, give the runtime")
    (case,) = checks.cases(CATALOGUE.requirement("failing-hooks.freeze-follows"), ("hooks-throw",), [of], PROFILE)
    assert "hooks-throw is about what the generated function does" in case.not_applicable


def test_what_has_no_witness_says_in_one_line_what_would_make_it_visible() -> None:
    history = left_with(Rung.WIRE, conformant(FULL, "two-freezes"))
    one = verdict_on("test_pre_freeze_runs_to_its_end_before_every_freeze", FULL, history)
    assert one.verdict is Verdict.NOT_APPLICABLE
    assert "records or lines" in one.message
    assert "'FC Invoke Start RequestId: <id>'" in one.message
    assert "\n" not in one.message


def test_the_shape_of_a_broken_drive_is_red_with_any_evidence() -> None:
    history = left_with(Rung.WIRE, conformant(FULL, "two-freezes"))
    ended = msgspec.structs.replace(history, trouble=Trouble("subject", "it ended", "container c"), events=())
    one = verdict_on("test_the_process_ends_by_itself_when_it_is_asked_to", FULL, ended)
    assert one.verdict is Verdict.NOT_TESTABLE
