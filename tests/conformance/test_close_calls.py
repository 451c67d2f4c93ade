"""What each check says of Histories close beside its line, and that it does not hang on how request IDs are spelled."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.judging.expect import NotTestable, Observation, Violation
from conformance.test_concurrency import most_at_once
from fixtures.history.events import Call, FunctionRecord
from fixtures.history.history import History, Run
from tests.conformance.builders import conformant, told
from tests.conformance.checking import CASES, NOTES, WRITTEN, judged_by, not_passed, outcome
from tests.conformance.close_calls import CLOSE_CALLS, CloseCall, Says
from tests.conformance.faults import FAULTS, Fault
from tests.conformance.kernel_calls import KERNEL_CALLS
from tests.conformance.real_calls import REAL_CALLS

if TYPE_CHECKING:
    from runtimes.subjects import Subject

CHECK_OF = {registered.requirement: name for name, registered in WRITTEN.items()}


CALLS = [*CLOSE_CALLS, *KERNEL_CALLS, *REAL_CALLS]


@pytest.mark.parametrize("call", CALLS, ids=[f"{one.requirement}-{one.what}" for one in CALLS])
def test_a_check_draws_its_line_where_it_should(call: CloseCall) -> None:
    name = CHECK_OF[call.requirement]
    assert call.scenario in judged_by(name, call.subject)
    history = call.change(conformant(call.subject, call.scenario))
    raised = outcome(name, history)
    said = {
        type(None): Says.HOLDS,
        # A note that the check always has is no word on this History.
        Observation: Says.HOLDS if name in NOTES else Says.NOTED,
        Violation: Says.VIOLATED,
        NotTestable: Says.UNTESTABLE,
    }[type(raised)]
    assert said is call.says, str(raised)
    if call.shows is not None:
        assert raised is not None
        assert list(map(id, raised.evidence)) == list(map(id, call.shows(history)))


def test_every_close_call_has_a_name_of_its_own() -> None:
    names = [(one.requirement, one.scenario, one.subject.name, one.what) for one in CALLS]
    assert len(set(names)) == len(names)


# ------------------------------------------------------------------------------------------------ request IDs


def spelled_anew(history: History) -> History:
    """The same History with other request IDs: those that sorted first now sort last."""
    ids = sorted({exchange.sent.request_id for exchange in history.exchanges()}, key=lambda one: (-len(one), one))
    numbers = count(900, -1)
    text = msgspec.json.encode(history).decode()
    order = sorted(ids)
    new = {old: f"request-{next(numbers)}" for old in order}
    for old in ids:
        text = text.replace(f'"{old}"', f'"{new[old]}"').replace(f"RequestId: {old}", f"RequestId: {new[old]}")
    changed = msgspec.json.decode(text, type=History)
    return told(changed, list(changed.events))


@pytest.mark.parametrize(("name", "of", "scenario"), CASES, ids=[f"{n}-{of.name}-{s}" for n, of, s in CASES])
def test_a_check_does_not_depend_on_how_request_ids_are_spelled(name: str, of: Subject, scenario: str) -> None:
    before, raised = outcome(name, conformant(of, scenario)), outcome(name, spelled_anew(conformant(of, scenario)))
    assert not isinstance(raised, Violation | NotTestable), str(raised)
    assert (raised and raised.seen) == (before and before.seen)


@pytest.mark.parametrize(
    "fault",
    # A line that names two requests in its words is no longer one when the IDs are others.
    [fault for fault in FAULTS if "names_another_request" not in fault.name],
    ids=lambda fault: fault.name,
)
def test_a_fault_does_not_depend_on_how_request_ids_are_spelled(fault: Fault) -> None:
    history = spelled_anew(fault.change(conformant(fault.subject, fault.scenario)))
    raised = not_passed(history, fault.subject, fault.scenario)
    assert {requirement for requirement, one in raised.items() if isinstance(one, Violation)} == set(fault.red)
    assert {requirement for requirement, one in raised.items() if isinstance(one, NotTestable)} == fault.untestable


# ------------------------------------------------------------------------------------------------ reckoning


def a_run_of(start: int, end: int | None) -> Run:
    first = FunctionRecord(t=start, read_t=start, edge="start", call=Call.INVOKE, request_id="one")
    last = (
        FunctionRecord(t=end, read_t=end, edge="end", call=Call.INVOKE, request_id="one") if end is not None else None
    )
    return Run(Call.INVOKE, first, last)


@pytest.mark.parametrize(
    ("intervals", "most"),
    [
        ([], 0),
        ([(0, 10)], 1),
        ([(0, 10), (10, 20)], 1),
        ([(0, 10), (5, 20), (12, 25), (13, 25)], 3),
        ([(0, None), (5, 6), (7, 8)], 2),
    ],
)
def test_the_most_at_once_are_those_that_overlap_at_one_moment(
    intervals: list[tuple[int, int | None]], most: int
) -> None:
    assert most_at_once([a_run_of(*interval) for interval in intervals]) == most
