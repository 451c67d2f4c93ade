"""Faults, each as one change to a conformant History, and the checks that must turn red for it.

``red`` maps a requirement to a piece of what its check must have expected or seen. It is the whole list: any other
check that judges the same subject on the same scenario has to stay green. Where a fault takes away what a neighbour
must have seen, that neighbour is listed in ``untestable``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.scenarios import PRE_FREEZE_SENTINEL, PRE_STOP_SENTINEL
from fixtures.history.events import (
    Answered,
    AnyEvent,
    Call,
    CallerAnswered,
    EngineState,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookConfigured,
    HookRefused,
    HookWithoutEffect,
    LogLine,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
    Unanswered,
)
from fixtures.history.history import Exchange, History, Trouble
from tests.conformance.builders import (
    FULL,
    MS,
    PARTIAL,
    SILENT,
    a_run,
    altered,
    log_line,
    moved,
    records_of,
    shifted,
    with_events,
    without,
    without_any,
)

if TYPE_CHECKING:
    from runtimes.subjects import Subject

TWO_FREEZES = "two-freezes"
OVERLAPPING = "overlapping-requests"
NEVER_FROZEN = "stop-without-freeze"
SENTINEL = "hooks-hand-back-a-sentinel"
NO_HOOK = "no-hook-configured"
UNINVITED = "uninvited-pre-freeze"
SINGLE_RUN = "single-run"


@dataclass(frozen=True)
class Fault:
    """One change, and what has to come of it. Its name is the name of the change."""

    change: Callable[[History], History]
    scenario: str
    red: dict[str, str]
    untestable: frozenset[str] = frozenset()
    subject: Subject = FULL

    @property
    def name(self) -> str:
        return self.change.__name__


FAULTS: list[Fault] = []


def fault(
    scenario: str, *, red: dict[str, str], untestable: tuple[str, ...] = (), subject: Subject = FULL
) -> Callable[[Callable[[History], History]], Callable[[History], History]]:
    """Put a change into :data:`FAULTS`."""

    def register(change: Callable[[History], History]) -> Callable[[History], History]:
        FAULTS.append(Fault(change, scenario, red, frozenset(untestable), subject))
        return change

    return register


def answered(exchange: Exchange) -> Answered:
    """An exchange's answer, which a conformant History has."""
    assert exchange.answered is not None
    return exchange.answered


def end_of(history: History, call: Call, number: int) -> FunctionRecord:
    """The end record of a run, which a conformant History has."""
    end = history.runs(call)[number].end
    assert end is not None
    return end


def lines_of(history: History, call: Call, request_id: str, edge: str = "") -> tuple[LogLine, ...]:
    """The Start and End lines of one call."""
    return tuple(
        marker.line for marker in history.markers(call) if marker.request_id == request_id and edge in (marker.edge, "")
    )


def duplicated(history: History, call: Call, number: int) -> History:
    """A second run beside the first, by records and by log, a tenth of a millisecond later."""
    run = history.runs(call)[number]
    events: tuple[AnyEvent, ...] = (*records_of(run), *lines_of(history, call, run.start.request_id or ""))
    return with_events(history, *(moved(event, MS // 10) for event in events))


# ------------------------------------------------------------------------------------------------ instance


@fault(
    TWO_FREEZES,
    red={"instance.becomes-ready": "never listened"},
    untestable=(
        "instance.answers-every-invocation",
        "instance.ends-on-sigterm",
        "pre-freeze.runs-before-every-freeze",
        "pre-freeze.once-per-freeze",
        "pre-freeze.after-the-last-response",
        "pre-freeze.finished-before-the-freeze",
        "pre-stop.runs-before-the-stop",
        "pre-stop.runs-once",
        "pre-stop.comes-last",
        "pre-stop.finished-before-the-stop",
        "hooks.each-on-its-own-request",
        "pre-freeze.no-event",
        "pre-stop.no-event",
        "invoke.event-as-sent",
        "pre-freeze.context-request-id",
        "pre-stop.context-request-id",
        "invoke.context-request-id",
        "hooks.context-function",
        "hooks.context-region",
        "state.pre-freeze-shares-it",
        "state.pre-stop-shares-it",
        "freeze.nothing-runs",
        "freeze.runs-on-after-the-thaw",
        "freeze.serves-after-the-thaw",
        "logs.pre-freeze-start-and-end",
        "logs.pre-stop-start-and-end",
        "logs.invoke-start-and-end",
        "logs.lines-enclose-the-run",
    ),
)
def the_instance_never_becomes_ready(history: History) -> History:
    until_start = without_any(history, lambda event: not isinstance(event, HookConfigured | StartBegun))
    return msgspec.structs.replace(until_start, trouble=Trouble("subject", "it never listened", "container c"))


@fault(OVERLAPPING, red={"instance.answers-every-invocation": "'something else'"})
def an_invocation_is_answered_with_what_no_handler_handed_back(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[1]), body="something else")


@fault(OVERLAPPING, red={"instance.answers-every-invocation": "the connection ended"})
def an_invocation_stays_without_an_answer(history: History) -> History:
    answer = answered(history.exchanges(Call.INVOKE)[1])
    silence = Unanswered(
        t=answer.t,
        exchange=answer.exchange,
        call=answer.call,
        request_id=answer.request_id,
        why="the connection ended",
    )
    return with_events(without(history, answer), silence)


@fault(OVERLAPPING, red={"instance.answers-every-invocation": "and more"})
def an_answer_has_no_end(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[0]), cut=True)


@fault(TWO_FREEZES, red={"instance.ends-on-sigterm": "exit code 137"})
def the_process_has_to_be_killed(history: History) -> History:
    return altered(history, history.of(Stopped)[0], exit_code=137)


@fault(NEVER_FROZEN, red={"instance.ends-on-sigterm": "exit code 0 after 5."})
def the_process_ends_only_when_the_grace_is_over(history: History) -> History:
    return shifted(history, history.of(Stopped)[0], *history.engine("die"), by=5_000 * MS)


# ------------------------------------------------------------------------------------------------ ordering


@fault(SENTINEL, red={"pre-freeze.runs-before-every-freeze": "before freeze 2"})
def pre_freeze_does_not_run_before_the_second_freeze_although_its_path_says_200(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_FREEZE)[1]))


@fault(SENTINEL, red={"pre-freeze.runs-before-every-freeze": "a run without an end"})
def pre_freeze_is_broken_off(history: History) -> History:
    return without(history, end_of(history, Call.PRE_FREEZE, 1))


@fault(SENTINEL, red={"pre-freeze.once-per-freeze": "2: PreFreeze"})
def pre_freeze_runs_twice(history: History) -> History:
    return duplicated(history, Call.PRE_FREEZE, 0)


@fault(TWO_FREEZES, red={"pre-freeze.after-the-last-response": "1 requests without a response"})
def pre_freeze_starts_before_the_caller_has_its_response(history: History) -> History:
    hook = history.runs(Call.PRE_FREEZE)[0]
    answer = history.caller_answers()[0]
    return shifted(history, answer, by=hook.start.t + MS - answer.t)


@fault(OVERLAPPING, red={"pre-freeze.after-the-last-response": "1 requests without a response"})
def pre_freeze_waits_for_the_first_response_only(history: History) -> History:
    hook, answer = history.runs(Call.PRE_FREEZE)[0], history.caller_answers()[2]
    return shifted(history, answer, by=hook.start.t + MS - answer.t)


@fault(OVERLAPPING, red={"pre-freeze.never-beside-an-invocation": "beside Invoke"})
def an_invocation_works_on_beside_pre_freeze(history: History) -> History:
    end, hook = end_of(history, Call.INVOKE, 2), history.runs(Call.PRE_FREEZE)[0]
    return shifted(history, end, by=hook.start.t + MS - end.t)


@fault(TWO_FREEZES, red={"pre-freeze.finished-before-the-freeze": "after the hook has ended"})
def pre_freeze_is_answered_before_it_has_ended(history: History) -> History:
    answer = answered(history.exchanges(Call.PRE_FREEZE)[0])
    return shifted(history, answer, by=-30 * MS)


@fault(TWO_FREEZES, red={"pre-freeze.finished-before-the-freeze": "took"})
def pre_freeze_goes_on_after_the_thaw(history: History) -> History:
    end = end_of(history, Call.PRE_FREEZE, 0)
    thawed = history.of(Thawed)[0]
    events: tuple[AnyEvent, ...] = (end, *lines_of(history, Call.PRE_FREEZE, "pre-freeze-2", "end"))
    return shifted(history, *events, by=thawed.t + MS - end.t)


@fault(NEVER_FROZEN, red={"pre-stop.runs-before-the-stop": "PreStop pre-stop-3"})
def the_stop_begins_before_pre_stop_has_run(history: History) -> History:
    stop = history.of(StopBegun)[0]
    return shifted(history, stop, by=history.exchanges(Call.PRE_STOP)[0].sent.t - MS - stop.t)


@fault(
    NEVER_FROZEN,
    red={"pre-stop.runs-before-the-stop": "none"},
    untestable=(
        "pre-stop.runs-once",
        "pre-stop.comes-last",
        "pre-stop.finished-before-the-stop",
        "hooks.each-on-its-own-request",
        "pre-stop.no-event",
        "pre-stop.context-request-id",
        "hooks.context-function",
        "hooks.context-region",
        "state.pre-stop-shares-it",
        "logs.pre-stop-start-and-end",
        "logs.lines-enclose-the-run",
    ),
)
def pre_stop_is_dead_code_although_its_path_says_200(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


@fault(OVERLAPPING, red={"pre-stop.runs-once": "2: PreStop"})
def pre_stop_runs_twice(history: History) -> History:
    return duplicated(history, Call.PRE_STOP, 0)


@fault(NEVER_FROZEN, red={"pre-stop.comes-last": "Invoke invoke-2"})
def an_invocation_is_under_way_when_pre_stop_starts(history: History) -> History:
    end = end_of(history, Call.INVOKE, 1)
    return shifted(history, end, by=history.runs(Call.PRE_STOP)[0].start.t + MS - end.t)


@fault(OVERLAPPING, red={"pre-stop.finished-before-the-stop": "after the answer"})
def pre_stop_is_answered_before_it_has_ended(history: History) -> History:
    return shifted(history, answered(history.exchanges(Call.PRE_STOP)[0]), by=-30 * MS)


@fault(
    NEVER_FROZEN,
    red={"hooks.each-on-its-own-request": "it ran PreFreeze"},
    # PreFreeze ran, and nobody had asked for it: there is no request to compare its context with.
    untestable=("hooks.context-function", "hooks.context-region"),
)
def a_request_for_pre_stop_runs_pre_freeze_too(history: History) -> History:
    hook = history.runs(Call.PRE_STOP)[0]
    assert hook.start.counter is not None
    t, counter = hook.start.t - MS // 2, hook.start.counter
    return with_events(history, *a_run(Call.PRE_FREEZE, "pre-stop-3", t, lasts=MS // 4, counter=counter))


@fault(
    OVERLAPPING,
    red={
        "hooks.each-on-its-own-request": "it ran Invoke",
        # The handler is given something that no caller has sent.
        "invoke.event-as-sent": "of its request",
        "invoke.context-request-id": "pre-freeze-4",
        "logs.invoke-start-and-end": "one Start line",
        # It runs while the hook's request is open, and so does the hook.
        "pre-freeze.never-beside-an-invocation": "pre-freeze-4",
    },
)
def a_request_for_pre_freeze_runs_the_handler_too(history: History) -> History:
    hook = history.runs(Call.PRE_FREEZE)[0]
    context = {"request_id": "pre-freeze-4"}
    given: dict[str, Any] = {"args": ["event", "context"], "event": "", "context": context}
    return with_events(history, *a_run(Call.INVOKE, "pre-freeze-4", hook.start.t, **given))


# ------------------------------------------------------------------------------------------------ arguments


@fault(TWO_FREEZES, red={"pre-freeze.no-event": "arguments: event, context, callback"})
def pre_freeze_is_given_an_event(history: History) -> History:
    start = history.runs(Call.PRE_FREEZE)[1].start
    return altered(history, start, args=["event", "context", "callback"], event="{}")


@fault(TWO_FREEZES, red={"pre-freeze.no-event": "the event is '{}'"})
def pre_freeze_is_given_an_event_under_another_name(history: History) -> History:
    return altered(history, history.runs(Call.PRE_FREEZE)[0].start, event="{}")


@fault(NEVER_FROZEN, red={"pre-stop.no-event": "arguments: none"})
def pre_stop_is_given_nothing(history: History) -> History:
    return altered(history, history.runs(Call.PRE_STOP)[0].start, args=[])


@fault(OVERLAPPING, red={"invoke.event-as-sent": "the event is '{}'"})
def the_handler_is_given_another_event(history: History) -> History:
    return altered(history, history.runs(Call.INVOKE)[0].start, event="{}")


@fault(NEVER_FROZEN, red={"invoke.event-as-sent": "arguments: context"})
def the_handler_is_given_no_event(history: History) -> History:
    return altered(history, history.runs(Call.INVOKE)[0].start, args=["context"], event=None)


@fault(TWO_FREEZES, red={"pre-freeze.context-request-id": "invoke-1"})
def pre_freeze_finds_the_invocations_request_id(history: History) -> History:
    start = history.runs(Call.PRE_FREEZE)[0].start
    return altered(history, start, context={**start.context, "request_id": "invoke-1"})


@fault(TWO_FREEZES, red={"pre-stop.context-request-id": "None"})
def pre_stop_finds_no_request_id(history: History) -> History:
    start = history.runs(Call.PRE_STOP)[0].start
    return altered(history, start, context={**start.context, "request_id": None})


@fault(OVERLAPPING, red={"invoke.context-request-id": "invoke-2, invoke-2"})
def overlapping_invocations_share_one_context(history: History) -> History:
    start = history.runs(Call.INVOKE)[0].start
    return altered(history, start, context={**start.context, "request_id": "invoke-2"})


@fault(TWO_FREEZES, red={"hooks.context-function": "function_name 'another'"})
def pre_freeze_finds_another_functions_name(history: History) -> History:
    start = history.runs(Call.PRE_FREEZE)[0].start
    return altered(history, start, context={**start.context, "function_name": "another"})


@fault(NEVER_FROZEN, red={"hooks.context-region": "region None"})
def pre_stop_finds_no_region(history: History) -> History:
    start = history.runs(Call.PRE_STOP)[0].start
    return altered(history, start, context={**start.context, "region": None})


# ------------------------------------------------------------------------------------------------ results


@fault(
    SENTINEL,
    red={
        "results.never-in-a-response": PRE_FREEZE_SENTINEL,
        # The caller's response is where the shared counter is read.
        "state.pre-freeze-shares-it": PRE_FREEZE_SENTINEL,
    },
)
def the_next_response_shows_what_pre_freeze_handed_back(history: History) -> History:
    return altered(history, history.caller_answers()[1], body=PRE_FREEZE_SENTINEL)


@fault(SENTINEL, red={"results.dropped-by-the-runtime": PRE_STOP_SENTINEL})
def the_answer_to_pre_stop_shows_what_it_handed_back(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_STOP)[0]), body=PRE_STOP_SENTINEL)


@fault(SENTINEL, red={"results.dropped-by-the-runtime": "status 200"})
def a_header_of_the_answer_shows_what_pre_freeze_handed_back(history: History) -> History:
    answer = answered(history.exchanges(Call.PRE_FREEZE)[0])
    return altered(history, answer, headers={"x-result": PRE_FREEZE_SENTINEL})


@fault(SENTINEL, red={"results.change-no-status": "status 404"})
def what_pre_freeze_handed_back_becomes_the_status_of_the_next_response(history: History) -> History:
    return altered(history, history.caller_answers()[1], status=404)


@fault(SENTINEL, red={"results.change-no-freeze-and-no-stop": "1 freezes and 1 ends"})
def what_pre_freeze_handed_back_keeps_the_instance_from_its_second_freeze(history: History) -> History:
    return without(history, history.engine("pause")[1])


@fault(SENTINEL, red={"results.change-no-freeze-and-no-stop": "2 freezes and 0 ends"})
def what_pre_stop_handed_back_keeps_the_instance_from_its_end(history: History) -> History:
    return without(history, *history.engine("die"))


# ------------------------------------------------------------------------------------------------ unsupported


@fault(TWO_FREEZES, red={"unsupported.pre-freeze-cannot-be-configured": "it was accepted"}, subject=PARTIAL)
def pre_freeze_is_accepted_where_it_is_not_supported(history: History) -> History:
    refusal = history.of(HookRefused)[0]
    accepted = HookConfigured(t=refusal.t, hook=refusal.hook, handler="index.pre_freeze", timeout_s=10)
    return with_events(without(history, refusal), accepted)


@fault(UNINVITED, red={"unsupported.pre-freeze-never-runs": "PreFreeze pre-freeze-2"}, subject=PARTIAL)
def a_function_of_that_name_runs_for_an_uninvited_request(history: History) -> History:
    sent = history.exchanges(Call.PRE_FREEZE)[0].sent
    return with_events(history, *a_run(Call.PRE_FREEZE, sent.request_id, sent.t + MS // 4))


@fault(
    TWO_FREEZES,
    red={
        "unsupported.pre-freeze-never-runs": "PreFreeze nobody-asked",
        # Nobody had asked for it.
        "hooks.each-on-its-own-request": "no request for a hook has this ID",
    },
    untestable=("hooks.context-function", "hooks.context-region"),
    subject=PARTIAL,
)
def the_runtime_runs_pre_freeze_of_its_own_accord(history: History) -> History:
    last = history.caller_answers()[0]
    return with_events(history, *a_run(Call.PRE_FREEZE, "nobody-asked", last.t + MS))


@fault(UNINVITED, red={"unsupported.path-is-no-invocation": "status 200"}, subject=PARTIAL)
def a_catch_all_route_answers_the_hooks_path_with_success(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_FREEZE)[0]), status=200)


@fault(UNINVITED, red={"unsupported.path-is-no-invocation": "3 runs"}, subject=PARTIAL)
def a_catch_all_route_runs_the_handler_for_the_hooks_path(history: History) -> History:
    sent = history.exchanges(Call.PRE_FREEZE)[0].sent
    return with_events(history, *a_run(Call.INVOKE, sent.request_id, sent.t + MS // 4))


@fault(TWO_FREEZES, red={"unsupported.freeze-happens-without-hook": "1"}, subject=PARTIAL)
def the_engine_confirms_only_one_of_two_freezes(history: History) -> History:
    return without(history, history.engine("pause")[0])


@fault(SINGLE_RUN, red={"unsupported.no-web-server-no-hook": "PreStop"}, subject=SILENT)
def a_hook_runs_where_it_has_no_effect(history: History) -> History:
    return with_events(history, *a_run(Call.PRE_STOP, "nobody-asked", history.of(Thawed)[0].t + MS))


@fault(SINGLE_RUN, red={"unsupported.no-web-server-still-stops": "0 ends"}, subject=SILENT)
def the_engine_does_not_confirm_the_end(history: History) -> History:
    return without(history, *history.engine("die"))


@fault(
    SINGLE_RUN,
    red={
        "unsupported.no-web-server-still-stops": "1 confirmed",
        "unsupported.freeze-happens-without-hook": "1",
    },
    subject=SILENT,
)
def the_engine_does_not_confirm_the_second_freeze(history: History) -> History:
    return without(history, history.engine("pause")[1])


@fault(NO_HOOK, red={"hooks.not-configured-not-run": "PreStop"})
def a_hook_that_nobody_configured_runs(history: History) -> History:
    return with_events(history, *a_run(Call.PRE_STOP, "nobody-asked", history.of(StopBegun)[0].t - 2 * MS))


# ------------------------------------------------------------------------------------------------ state


@fault(NO_HOOK, red={"state.invocations-share-it": "2, 2"})
def every_invocation_begins_with_a_counter_of_its_own(history: History) -> History:
    return altered(history, history.caller_answers()[1], body="2")


@fault(SENTINEL, red={"state.pre-freeze-shares-it": "PreFreeze to find the counter at 2"})
def pre_freeze_works_in_a_process_of_its_own(history: History) -> History:
    return altered(history, history.runs(Call.PRE_FREEZE)[0].start, counter=0)


@fault(SENTINEL, red={"state.pre-freeze-shares-it": "Invoke to find the counter at 3"})
def the_next_invocation_does_not_see_what_pre_freeze_has_done(history: History) -> History:
    return altered(history, history.runs(Call.INVOKE)[1].start, counter=2)


@fault(NEVER_FROZEN, red={"state.pre-stop-shares-it": "PreStop to find the counter at 4"})
def pre_stop_works_in_a_process_of_its_own(history: History) -> History:
    return altered(history, history.runs(Call.PRE_STOP)[0].start, counter=0)


# ------------------------------------------------------------------------------------------------ freeze


def _beat_inside_the_freeze(history: History) -> History:
    window = history.freezes()[0]
    assert window.frozen is not None
    last = [tick for tick in history.ticks() if tick.t < window.frozen.t][-1]
    return with_events(history, Tick(t=window.frozen.t + 30 * MS, n=last.n))


@fault(TWO_FREEZES, red={"freeze.nothing-runs": "the first 30.0 ms after the freeze"})
def a_thread_beats_on_in_the_freeze(history: History) -> History:
    return _beat_inside_the_freeze(history)


@fault(
    SINGLE_RUN,
    red={"freeze.nothing-runs": "30.0 ms", "unsupported.freeze-happens-without-hook": "30.0 ms"},
    subject=SILENT,
)
def a_thread_without_a_web_server_beats_on_in_the_freeze(history: History) -> History:
    return _beat_inside_the_freeze(history)


@fault(NO_HOOK, red={"freeze.nothing-runs": "another state"})
def the_engine_calls_a_frozen_instance_running(history: History) -> History:
    return altered(history, history.of(EngineState)[0], status="running")


@fault(NO_HOOK, red={"freeze.runs-on-after-the-thaw": "2 times"})
def the_function_is_loaded_anew_after_the_thaw(history: History) -> History:
    t = history.of(Thawed)[0].t + MS
    return with_events(history, FunctionRecord(t=t, read_t=t + MS, edge="loaded", counter=0))


@fault(NO_HOOK, red={"freeze.runs-on-after-the-thaw": "beat 1 after beat"})
def the_heartbeat_begins_anew_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[1]
    return altered(history, next(tick for tick in history.ticks() if tick.t > thawed.t), n=1)


@fault(NO_HOOK, red={"freeze.runs-on-after-the-thaw": "none"})
def the_heartbeat_stands_still_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[0]
    return without_any(history, lambda event: isinstance(event, Tick) and event.t > thawed.t)


@fault(OVERLAPPING, red={"freeze.serves-after-the-thaw": "status 202"})
def an_invocation_after_the_thaw_is_served_with_another_status(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[-1]), status=202)


@fault(OVERLAPPING, red={"freeze.serves-after-the-thaw": "no answer", "instance.answers-every-invocation": "no answer"})
def an_invocation_after_the_thaw_is_not_answered(history: History) -> History:
    return without(history, answered(history.exchanges(Call.INVOKE)[-1]))


# ------------------------------------------------------------------------------------------------ logs


@fault(TWO_FREEZES, red={"logs.pre-freeze-start-and-end": "one End line of PreFreeze"})
def pre_freeze_leaves_no_end_line(history: History) -> History:
    return without(history, *lines_of(history, Call.PRE_FREEZE, "pre-freeze-2", "end"))


@fault(TWO_FREEZES, red={"logs.pre-stop-start-and-end": "RequestId: invoke-1"})
def pre_stop_starts_under_another_request_id(history: History) -> History:
    (start,) = lines_of(history, Call.PRE_STOP, "pre-stop-5", "start")
    return altered(history, start, text="FC PreStop Start RequestId: invoke-1")


@fault(OVERLAPPING, red={"logs.invoke-start-and-end": "one Start line of Invoke"})
def an_invocation_starts_twice_in_the_log(history: History) -> History:
    (start,) = lines_of(history, Call.INVOKE, "invoke-1", "start")
    return with_events(history, log_line(start.t + MS, start.text))


@fault(TWO_FREEZES, red={"logs.lines-enclose-the-run": "from the run's start"})
def the_start_line_of_a_hook_comes_when_the_hook_is_half_done(history: History) -> History:
    return shifted(history, *lines_of(history, Call.PRE_FREEZE, "pre-freeze-2", "start"), by=20 * MS)


@fault(NEVER_FROZEN, red={"logs.lines-enclose-the-run": "'FC PreStop End"})
def the_end_line_of_a_hook_comes_before_the_hook_has_ended(history: History) -> History:
    return shifted(history, *lines_of(history, Call.PRE_STOP, "pre-stop-3", "end"), by=-20 * MS)


# ------------------------------------------------------------------------------------------------ nothing to see


def a_function_that_says_nothing(history: History) -> History:
    """Neither records nor beats."""
    return without_any(history, lambda event: isinstance(event, FunctionRecord | Tick))


def a_function_whose_clock_is_another(history: History) -> History:
    """Its readings lie where the driver's own readings say that they cannot be."""
    return altered(history, history.of(FunctionRecord)[0], t=0)


def an_instance_that_was_never_started(history: History) -> History:
    """Not even begun: what an engine's refusal leaves behind."""
    return without_any(history, lambda event: not isinstance(event, HookConfigured | HookRefused))


def an_instance_that_was_never_stopped(history: History) -> History:
    """The drive ended before its end."""
    return without_any(history, lambda event: isinstance(event, StopBegun | Stopped))


def an_instance_that_was_never_frozen(history: History) -> History:
    """The drive ended before the first freeze, or the scenario lost its freezes."""
    return without_any(history, lambda event: isinstance(event, FreezeBegun | Frozen | ThawBegun | Thawed))


def callers_that_got_no_response(history: History) -> History:
    """The platform handed nothing out."""
    return without_any(history, lambda event: isinstance(event, CallerAnswered))


def requests_that_got_no_answer(history: History) -> History:
    """Nothing came back over the wire."""
    return without_any(history, lambda event: isinstance(event, Answered))


def hooks_that_nobody_configured(history: History) -> History:
    """The platform wrote nothing about hooks."""
    return without_any(history, lambda event: isinstance(event, HookConfigured | HookRefused | HookWithoutEffect))


def invocations_that_do_not_overlap(history: History) -> History:
    """The runtime takes one after the other, although it declares more."""
    changed = history
    for number, run in enumerate(history.runs(Call.INVOKE)):
        end = end_of(history, Call.INVOKE, number)
        turn = run.start.t + number * 4 * MS
        changed = shifted(changed, run.start, by=turn - run.start.t)
        changed = shifted(changed, end, by=turn + MS - end.t)
    return changed


LACKS: dict[str, tuple[Callable[[History], History], ...]] = {
    "instance.becomes-ready": (an_instance_that_was_never_started,),
    "instance.answers-every-invocation": (a_function_that_says_nothing,),
    "instance.ends-on-sigterm": (an_instance_that_was_never_stopped,),
    "pre-freeze.runs-before-every-freeze": (an_instance_that_was_never_frozen, a_function_whose_clock_is_another),
    "pre-freeze.once-per-freeze": (a_function_that_says_nothing, a_function_whose_clock_is_another),
    "pre-freeze.after-the-last-response": (callers_that_got_no_response, a_function_whose_clock_is_another),
    "pre-freeze.never-beside-an-invocation": (invocations_that_do_not_overlap, a_function_whose_clock_is_another),
    "pre-freeze.finished-before-the-freeze": (an_instance_that_was_never_frozen, requests_that_got_no_answer),
    "pre-stop.runs-before-the-stop": (an_instance_that_was_never_stopped, a_function_whose_clock_is_another),
    "pre-stop.runs-once": (an_instance_that_was_never_stopped, a_function_that_says_nothing),
    "pre-stop.comes-last": (a_function_that_says_nothing,),
    "pre-stop.finished-before-the-stop": (requests_that_got_no_answer, a_function_whose_clock_is_another),
    "hooks.each-on-its-own-request": (a_function_that_says_nothing,),
    "pre-freeze.no-event": (a_function_that_says_nothing,),
    "pre-stop.no-event": (a_function_that_says_nothing,),
    "invoke.event-as-sent": (a_function_that_says_nothing,),
    "pre-freeze.context-request-id": (a_function_that_says_nothing,),
    "pre-stop.context-request-id": (a_function_that_says_nothing,),
    "invoke.context-request-id": (a_function_that_says_nothing,),
    "hooks.context-function": (a_function_that_says_nothing,),
    "hooks.context-region": (a_function_that_says_nothing,),
    "results.never-in-a-response": (a_function_that_says_nothing, callers_that_got_no_response),
    "results.dropped-by-the-runtime": (a_function_that_says_nothing, requests_that_got_no_answer),
    "results.change-no-status": (a_function_that_says_nothing, callers_that_got_no_response),
    "results.change-no-freeze-and-no-stop": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "unsupported.pre-freeze-cannot-be-configured": (hooks_that_nobody_configured,),
    "unsupported.pre-freeze-never-runs": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "unsupported.path-is-no-invocation": (a_function_that_says_nothing, requests_that_got_no_answer),
    "unsupported.freeze-happens-without-hook": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "unsupported.no-web-server-no-hook": (hooks_that_nobody_configured, an_instance_that_was_never_frozen),
    "unsupported.no-web-server-still-stops": (a_function_that_says_nothing,),
    "hooks.not-configured-not-run": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "state.invocations-share-it": (callers_that_got_no_response,),
    "state.pre-freeze-shares-it": (a_function_that_says_nothing,),
    "state.pre-stop-shares-it": (a_function_that_says_nothing,),
    "freeze.nothing-runs": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "freeze.runs-on-after-the-thaw": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "freeze.serves-after-the-thaw": (an_instance_that_was_never_frozen, requests_that_got_no_answer),
    "logs.pre-freeze-start-and-end": (a_function_that_says_nothing,),
    "logs.pre-stop-start-and-end": (a_function_that_says_nothing,),
    "logs.invoke-start-and-end": (a_function_that_says_nothing,),
    "logs.lines-enclose-the-run": (a_function_that_says_nothing,),
}
"""For each requirement what takes away something that its check must have seen."""
