"""Where the time of a drive went: every moment belongs to one phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.proof.phases import Kind, Phase, phases_of, span_of
from fixtures.history.events import (
    AnyEvent,
    Call,
    EngineEvent,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookGivenUp,
    Ready,
    RequestSent,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Unanswered,
)
from tests.conformance.builders import FULL, MS, SILENT, conformant
from tests.reports.builders import history

if TYPE_CHECKING:
    from runtimes.subjects import Subject


def sent(t: int, call: Call, *, exchange: int = 1, event: str | None = None) -> RequestSent:
    return RequestSent(t=t * MS, exchange=exchange, call=call, request_id=f"r-{exchange}", event=event, context={})


def ended(t: int, call: Call, *, exchange: int = 1) -> Unanswered:
    return Unanswered(t=t * MS, exchange=exchange, call=call, request_id=f"r-{exchange}", why="for the test")


def a_life(*more: AnyEvent) -> list[AnyEvent]:
    """Ready after 300 ms of which the engine had 200; a freeze from 400 to 640; a stop from 700 to 800."""
    return [
        StartBegun(t=0),
        EngineEvent(t=200 * MS, action="start"),
        Ready(t=300 * MS),
        FreezeBegun(t=400 * MS),
        Frozen(t=410 * MS),
        ThawBegun(t=610 * MS),
        Thawed(t=640 * MS),
        StopBegun(t=700 * MS, grace_s=5),
        Stopped(t=800 * MS, exit_code=0),
        *more,
    ]


def milliseconds(*events: AnyEvent, **plan: dict[str, str | int | bool]) -> dict[Phase, int]:
    """The phases of a History with these events that are there at all."""
    made = history(events)
    told = {name.replace("_", "-"): wish for name, wish in plan.items()}
    found = phases_of(msgspec.structs.replace(made, plan=told))
    return {phase: ns // MS for phase, ns in found.items() if ns}


def test_every_step_of_a_life_is_a_phase_of_its_own() -> None:
    assert milliseconds(*a_life(sent(320, Call.INVOKE), ended(370, Call.INVOKE))) == {
        Phase.START: 200,
        Phase.READINESS: 100,
        Phase.INVOKE: 50,
        Phase.PAUSE: 10,
        Phase.FROZEN: 200,
        Phase.UNPAUSE: 30,
        Phase.STOP: 100,
        Phase.BETWEEN: 20 + 30 + 60,
    }


@pytest.mark.parametrize("scenario", ["two-freezes", "eight-at-once", "request-while-frozen", "hooks-never-end"])
@pytest.mark.parametrize("subject", [FULL, SILENT], ids=lambda one: one.name)
def test_the_phases_of_a_drive_add_up_to_its_length(subject: Subject, scenario: str) -> None:
    whole = conformant(subject, scenario)
    span = span_of(whole)
    assert span is not None
    assert sum(phases_of(whole).values()) == span[1] - span[0] > 0
    assert min(phases_of(whole).values()) >= 0


def test_calls_at_once_are_counted_once() -> None:
    calls: list[AnyEvent] = [
        sent(310, Call.INVOKE, exchange=1), sent(320, Call.INVOKE, exchange=2),
        ended(350, Call.INVOKE, exchange=1), ended(360, Call.INVOKE, exchange=2),
    ]  # fmt: skip
    assert milliseconds(*a_life(*calls))[Phase.INVOKE] == 50


def test_what_a_hook_is_told_to_sleep_is_a_wait_and_the_rest_is_its_own() -> None:
    found = milliseconds(*a_life(sent(310, Call.PRE_FREEZE), ended(380, Call.PRE_FREEZE)), pre_freeze={"sleep_ms": 60})
    assert (found[Phase.PLANNED], found[Phase.PRE_FREEZE]) == (60, 10)


def test_what_an_invocation_is_told_to_sleep_stands_in_its_event() -> None:
    calls: list[AnyEvent] = [sent(310, Call.INVOKE, event='{"sleep_ms": 20}'), ended(340, Call.INVOKE)]
    found = milliseconds(*a_life(*calls))
    assert (found[Phase.PLANNED], found[Phase.INVOKE]) == (20, 10)


@pytest.mark.parametrize("event", ["no JSON", "[1]", '"text"', '{"sleep_ms": "long"}'])
def test_an_event_that_asks_for_nothing_makes_no_wait(event: str) -> None:
    assert Phase.PLANNED not in milliseconds(*a_life(sent(310, Call.INVOKE, event=event), ended(340, Call.INVOKE)))


def test_a_call_that_ends_sooner_than_it_was_told_to_is_a_wait_no_longer_than_it_took() -> None:
    calls: list[AnyEvent] = [sent(310, Call.PRE_STOP), ended(330, Call.PRE_STOP)]
    found = milliseconds(*a_life(*calls), pre_stop={"sleep_ms": 5000})
    assert found[Phase.PLANNED] == 20
    assert Phase.PRE_STOP not in found


def test_a_hook_that_is_given_up_is_a_wait_from_its_begin() -> None:
    calls: list[AnyEvent] = [
        sent(310, Call.PRE_FREEZE), ended(390, Call.PRE_FREEZE),
        HookGivenUp(t=390 * MS, hook=Call.PRE_FREEZE, request_id="r-1", timeout_s=1),
    ]  # fmt: skip
    assert milliseconds(*a_life(*calls))[Phase.PLANNED] == 80


def test_the_call_that_opens_a_life_without_a_web_server_takes_nothing_from_the_start() -> None:
    opening: list[AnyEvent] = [sent(0, Call.INVOKE, event='{"sleep_ms": 20}'), ended(350, Call.INVOKE)]
    found = milliseconds(*a_life(*opening))
    assert (found[Phase.START], found[Phase.READINESS]) == (200, 100)
    assert (found[Phase.INVOKE], found[Phase.PLANNED]) == (30, 20)


def test_a_stop_ends_a_frozen_window_as_a_thaw_does() -> None:
    events: list[AnyEvent] = [StartBegun(t=0), FreezeBegun(t=MS), Frozen(t=2 * MS), StopBegun(t=9 * MS, grace_s=5)]
    found = milliseconds(EngineEvent(t=MS, action="start"), Ready(t=MS), *events, Stopped(t=20 * MS, exit_code=0))
    assert (found[Phase.FROZEN], found[Phase.STOP]) == (7, 11)
    assert Phase.UNPAUSE not in found


def test_what_never_came_to_its_end_lasts_as_long_as_the_drive() -> None:
    assert milliseconds(
        StartBegun(t=0), EngineEvent(t=9 * MS, action="start"), EngineEvent(t=30 * MS, action="die")
    ) == {
        Phase.START: 9,
        Phase.READINESS: 21,
    }
    frozen = [*a_life()[:5], EngineEvent(t=500 * MS, action="kill")]
    assert milliseconds(*frozen)[Phase.FROZEN] == 90


def test_a_function_that_writes_another_time_does_not_lengthen_its_drive() -> None:
    lie = FunctionRecord(t=10**6 * MS, read_t=350 * MS, edge="loaded")
    assert milliseconds(*a_life(lie)) == milliseconds(*a_life())


def test_a_history_in_which_nothing_was_seen_has_no_phase() -> None:
    assert span_of(history()) is None
    assert milliseconds() == {}


def test_every_phase_is_of_one_kind_and_every_kind_has_phases() -> None:
    assert {phase.kind for phase in Phase} == set(Kind)
    assert Phase.STOP.kind is Kind.ENGINE
    assert Phase.READINESS.kind is Kind.FUNCTION
    assert Phase.PLANNED.kind is Kind.WAIT
