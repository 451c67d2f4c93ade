"""Faults, each as one change to a conformant History, and the checks that must turn red for it.

``red`` maps a requirement to a piece of what its check must have expected or seen. It is the whole list: any other
check that judges the same subject on the same scenario has to stay green. Where a fault takes away what a neighbour
must have seen, that neighbour is listed in ``untestable``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.scenarios.scenarios import PRE_FREEZE_SENTINEL, PRE_STOP_SENTINEL, SLOW_HOOK_MS
from fixtures.history.events import (
    HOOKS,
    Answered,
    AnyEvent,
    Billed,
    Call,
    CallerAnswered,
    CallerAsked,
    CallerHungUp,
    ConfigurationRefused,
    ConfigurationTaken,
    EngineEvent,
    EngineState,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookConfigured,
    HookGivenUp,
    HookRefused,
    HookWithoutEffect,
    KernelSeen,
    LaterWork,
    LogLine,
    MetricsFlushed,
    RequestSent,
    SinkFull,
    SinkReceived,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
    Unanswered,
    WrongSignatureEntered,
)
from fixtures.history.history import Exchange, History, Trouble
from fixtures.platform.metering import bill_of
from tests.conformance.builders import (
    AUTHOR,
    FIRST_PROCESS,
    FULL,
    MS,
    OLD,
    PARTIAL,
    SILENT,
    a_run,
    altered,
    blocked_between_calls,
    log_line,
    moved,
    rebilled,
    records_of,
    seen_by_the_kernel,
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
EIGHT = "eight-at-once"
STAGGERED = "staggered-requests"
TWO_ANYWAY = "two-at-once-anyway"
WHILE_PRE_FREEZE = "request-while-pre-freeze-runs"
WHILE_FROZEN = "request-while-frozen"
SLOW = "slow-pre-freeze"
SEVERAL_LENGTHS = "freezes-of-several-lengths"
KEPT_ALIVE = "kept-alive-connection"
BUFFERED = "buffered-metrics"
BUFFERED_WITHOUT = "buffered-metrics-without-hooks"
HOUR = 3_600_000 * MS
TELEMETRY = "telemetry"
TELEMETRY_WITHOUT = "telemetry-without-hooks"
THROWING = "hooks-throw"
HANGING = "hooks-never-end"
FLOODING = "hooks-flood-the-log"
CALLING_BACK_TWICE = "hooks-call-back-twice"
WRONG_SIGNATURE = "hooks-have-a-wrong-signature"
FAILED_INVOCATION = "failing-invocation"
OUTLASTING = "invocation-outlasts-its-timeout"
HANGING_UP = "caller-hangs-up"
INITIALIZER = "initializer"


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


def given_up(history: History, hook: Call) -> History:
    """The platform waited for the answer to the first request for ``hook`` until its timeout, and got none."""
    exchange = history.exchanges(hook)[0]
    answer = answered(exchange)
    event = HookGivenUp(t=answer.t, hook=hook, request_id=exchange.sent.request_id, timeout_s=10)
    return rebilled(with_events(without(history, answer), event))


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
        "logs.written-before-the-freeze",
        "logs.found-by-instance",
        "logs.found-by-instance-and-hook",
        "logs.found-by-request",
        "hooks.get-on-their-own-paths",
        "hooks.path-is-known",
        "freeze.time-runs-once",
        "time.caller-waits-for-no-pre-freeze",
        "metering.hooks-are-billed",
        "metering.hooks-are-no-requests",
        "metering.one-millisecond",
        "metering.compute-units",
        "metering.frozen-time-is-free",
        "hooks.answered-in-time",
        "hooks.answered-as-carried-out",
        "logs.no-error-where-none-was",
    ),
)
def the_instance_never_becomes_ready(history: History) -> History:
    until_start = without_any(history, lambda event: not isinstance(event, HookConfigured | StartBegun))
    return msgspec.structs.replace(until_start, trouble=Trouble("subject", "it never listened", "container c"))


@fault(
    NEVER_FROZEN,
    red={
        "hooks.answered-in-time": "the function's PreStop ended after 60 ms, and the runtime never answers for it",
    },
    untestable=("hooks.answered-as-carried-out", "pre-stop.finished-before-the-stop", "metering.hooks-are-billed"),
)
def pre_stop_ends_and_is_never_answered(history: History) -> History:
    return given_up(history, Call.PRE_STOP)


@fault(NEVER_FROZEN, red={"hooks.answered-as-carried-out": "status 500, 0 bytes: ''; a hook that is answered so makes"})
def pre_stop_is_answered_with_500_though_it_ended(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_STOP)[0]), status=500)


@fault(TWO_FREEZES, red={"hooks.answered-as-carried-out": "status 200, x-fc-status 404"})
def a_header_says_that_a_pre_freeze_failed_that_ended(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_FREEZE)[0]), headers={"x-fc-status": "404"})


@fault(EIGHT, red={"logs.no-error-where-none-was": "1 of 10 tell one: 'FC Invoke End RequestId: invoke-1, Error: "})
def the_end_line_of_an_invocation_that_ended_tells_an_error(history: History) -> History:
    (end,) = lines_of(history, Call.INVOKE, "invoke-1", "end")
    return altered(history, end, text=f"{end.text}, Error: Handled function error")


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


@fault(OVERLAPPING, red={"instance.answers-every-invocation": "status 200, x-fc-status 404"})
def a_good_answer_tells_the_platform_that_the_function_failed(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[0]), headers={"x-fc-status": "404"})


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


@fault(SENTINEL, red={"pre-freeze.after-the-last-response": "1 requests without a response"})
def pre_freeze_starts_before_the_caller_has_its_response(history: History) -> History:
    hook = history.runs(Call.PRE_FREEZE)[1]
    answer = history.caller_answers()[1]
    return shifted(history, answer, by=hook.start.t + MS // 2 - answer.t)


@fault(
    OVERLAPPING,
    red={
        "pre-freeze.after-the-last-response": "1 requests without a response",
        "time.caller-waits-for-no-pre-freeze": "PreFreeze ran inside",
    },
)
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
    return rebilled(shifted(history, answer, by=-30 * MS))


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


WITHOUT_PRE_STOP = (
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
    "hooks.answered-as-carried-out",
)
"""What cannot be judged on that scenario where PreStop, its only hook, never ran."""


@fault(
    NEVER_FROZEN,
    red={"pre-stop.runs-before-the-stop": "none"},
    untestable=("hooks.get-on-their-own-paths", *WITHOUT_PRE_STOP),
)
def pre_stop_is_dead_code_although_its_path_says_200(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


@fault(
    NEVER_FROZEN,
    red={"pre-stop.runs-before-the-stop": "none", "hooks.get-on-their-own-paths": "GET /preStop"},
    untestable=WITHOUT_PRE_STOP,
)
def the_platform_asks_for_pre_stop_at_a_path_where_no_code_is(history: History) -> History:
    exchange = history.exchanges(Call.PRE_STOP)[0]
    changed = altered(
        without(history, *records_of(history.runs(Call.PRE_STOP)[0])), exchange.sent, target="GET /preStop"
    )
    return altered(changed, answered(exchange), status=404)


@fault(EIGHT, red={"pre-stop.runs-once": "2: PreStop"})
def pre_stop_runs_twice(history: History) -> History:
    return duplicated(history, Call.PRE_STOP, 0)


@fault(NEVER_FROZEN, red={"pre-stop.comes-last": "Invoke invoke-2"})
def an_invocation_is_under_way_when_pre_stop_starts(history: History) -> History:
    end = end_of(history, Call.INVOKE, 1)
    return shifted(history, end, by=history.runs(Call.PRE_STOP)[0].start.t + MS - end.t)


@fault(
    NEVER_FROZEN,
    red={
        "pre-stop.finished-before-the-stop": "PreStop pre-stop-3",
        # What has not ended when the stop begins has not run to its end before it.
        "pre-stop.runs-before-the-stop": "PreStop pre-stop-3",
    },
)
def the_stop_begins_while_pre_stop_runs(history: History) -> History:
    stop = history.of(StopBegun)[0]
    return shifted(history, stop, by=history.runs(Call.PRE_STOP)[0].start.t + MS - stop.t)


@fault(OVERLAPPING, red={"pre-stop.finished-before-the-stop": "after the answer"})
def pre_stop_is_answered_before_it_has_ended(history: History) -> History:
    return rebilled(shifted(history, answered(history.exchanges(Call.PRE_STOP)[0]), by=-30 * MS))


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
    start = history.runs(Call.INVOKE)[0].start
    return altered(history, start, event="{}", event_bytes=2, event_sha256=hashlib.sha256(b"{}").hexdigest())


@fault(OVERLAPPING, red={"invoke.event-as-sent": "the event is '{}'"})
def the_handler_is_given_another_event_whose_digest_nobody_tells(history: History) -> History:
    start = history.runs(Call.INVOKE)[0].start
    return altered(history, start, event="{}", event_bytes=None, event_sha256=None)


@fault("events-as-they-are", red={"invoke.event-as-sent": ": 4096 of 6291360 bytes"})
def a_large_event_is_cut(history: History) -> History:
    start = history.runs(Call.INVOKE)[-1].start
    return altered(history, start, event_bytes=4096, event_sha256="0" * 64)


@fault("events-as-they-are", red={"invoke.event-as-sent": "SHA-256 000000000000"})
def an_event_of_the_same_size_is_another(history: History) -> History:
    return altered(history, history.runs(Call.INVOKE)[1].start, event_sha256="0" * 64)


@fault(NEVER_FROZEN, red={"invoke.event-as-sent": "arguments: context"})
def the_handler_is_given_no_event(history: History) -> History:
    return altered(history, history.runs(Call.INVOKE)[0].start, args=["context"], event=None)


@fault(TWO_FREEZES, red={"pre-freeze.context-request-id": "None"})
def pre_freeze_finds_no_request_id(history: History) -> History:
    start = history.runs(Call.PRE_FREEZE)[0].start
    return altered(history, start, context={**start.context, "request_id": None})


@fault(
    TWO_FREEZES,
    # Its record is a line that names two requests.
    red={"pre-freeze.context-request-id": "invoke-1", "logs.found-by-request": "1 of other requests"},
)
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


@fault(SENTINEL, red={"results.fail-no-hook": "FC PreStop End RequestId: pre-stop-5, Error: "})
def a_hook_fails_for_what_it_hands_back(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_STOP)
    (end,) = lines_of(history, Call.PRE_STOP, exchange.sent.request_id, "end")
    return altered(history, end, text=f"{end.text}, Error: Unhandled function error")


@fault(SENTINEL, red={"results.fail-no-hook": "status 404"})
def a_hook_is_answered_as_failed_for_what_it_hands_back(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_FREEZE)[1]), status=404)


@fault(SENTINEL, red={"results.change-no-status": "status 404"})
def what_pre_freeze_handed_back_becomes_the_status_of_the_next_response(history: History) -> History:
    return altered(history, history.caller_answers()[1], status=404)


def _without_the_freeze(history: History, number: int) -> History:
    """The platform has called this freeze off; it runs from its begin to the end of the thaw."""
    freeze = history.freezes()[number]
    states, paused, unpaused = history.of(EngineState), history.engine("pause"), history.engine("unpause")
    return without(
        history,
        freeze.begun,
        freeze.frozen,
        freeze.thaw_begun,
        freeze.thawed,
        *(events[number] for events in (states, paused, unpaused)),
    )


@fault(SENTINEL, red={"results.change-no-freeze-and-no-stop": "1 freezes and 1 ends"})
def what_pre_freeze_handed_back_keeps_the_instance_from_its_second_freeze(history: History) -> History:
    return without(history, history.engine("pause")[1])


@fault(
    SENTINEL,
    red={"results.change-no-freeze-and-no-stop": "1 freezes and 1 ends"},
)
def what_pre_freeze_handed_back_calls_the_second_freeze_off(history: History) -> History:
    return _without_the_freeze(history, 1)


@fault(
    SENTINEL,
    red={"results.change-no-freeze-and-no-stop": "2 freezes and 0 ends"},
)
def what_pre_stop_handed_back_calls_the_stop_off(history: History) -> History:
    return without(history, *history.of(StopBegun), *history.of(Stopped), *history.engine("die"))


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


@fault(TWO_FREEZES, red={"unsupported.freeze-happens-without-hook": "1"}, subject=PARTIAL)
def the_second_freeze_is_called_off_for_want_of_a_hook(history: History) -> History:
    return _without_the_freeze(history, 1)


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
    # The beat that would have been the first after the thaw comes too early.
    first = next(tick for tick in history.ticks() if tick.t > window.frozen.t)
    return shifted(history, first, by=window.frozen.t + 30 * MS - first.t)


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


@fault(
    NO_HOOK,
    red={"freeze.runs-on-after-the-thaw": "beat 1 after beat", "freeze.time-runs-once": "beat 1 out of its turn"},
)
def the_heartbeat_begins_anew_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[1]
    return altered(history, next(tick for tick in history.ticks() if tick.t > thawed.t), n=1)


def _more_cpu_time_in_the_first_freeze(history: History) -> History:
    thaw = history.of(ThawBegun)[0]
    changed = history
    for reading in history.of(KernelSeen):
        if reading.t > thaw.t - MS:
            changed = altered(changed, reading, cpu_ns=reading.cpu_ns + 31_900_000)
    return changed


def _a_fresh_process_for_the_first_thaw(history: History) -> History:
    thawed = history.of(Thawed)[0]
    fresh = msgspec.structs.replace(FIRST_PROCESS, started=FIRST_PROCESS.started + 120)
    changed = history
    for reading in history.of(KernelSeen):
        if reading.t > thawed.t:
            changed = altered(changed, reading, processes=(fresh,) if reading.processes else ())
    return changed


CPU_TIME = "the kernel counted 31.9 ms of CPU time inside freeze 1"
ANOTHER_PROCESS = "saw process 1 before thaw 1, and process 1 after it, which was started +1.20 s from the other"


@fault(TWO_FREEZES, red={"freeze.nothing-runs": CPU_TIME})
def only_the_kernel_sees_that_something_runs_in_the_freeze(history: History) -> History:
    return _more_cpu_time_in_the_first_freeze(seen_by_the_kernel(history))


@fault(TWO_FREEZES, red={"freeze.nothing-runs": CPU_TIME})
def something_runs_in_the_freeze_of_a_function_that_stands_still_between_calls(history: History) -> History:
    return _more_cpu_time_in_the_first_freeze(seen_by_the_kernel(blocked_between_calls(history)))


@fault(
    SINGLE_RUN,
    red={"freeze.nothing-runs": CPU_TIME, "unsupported.freeze-happens-without-hook": CPU_TIME},
    subject=SILENT,
)
def something_runs_in_the_freeze_of_a_function_without_a_web_server(history: History) -> History:
    return _more_cpu_time_in_the_first_freeze(seen_by_the_kernel(blocked_between_calls(history)))


@fault(TWO_FREEZES, red={"freeze.nothing-runs": "by its word it may run"})
def a_function_that_stands_still_between_calls_is_not_frozen(history: History) -> History:
    seen = seen_by_the_kernel(blocked_between_calls(history))
    return altered(seen, next(one for one in seen.of(KernelSeen) if one.frozen), frozen=False)


@fault(TWO_FREEZES, red={"freeze.runs-on-after-the-thaw": ANOTHER_PROCESS})
def only_the_kernel_sees_that_another_process_is_there_after_the_thaw(history: History) -> History:
    return _a_fresh_process_for_the_first_thaw(seen_by_the_kernel(history))


@fault(TWO_FREEZES, red={"freeze.runs-on-after-the-thaw": ANOTHER_PROCESS})
def another_process_follows_one_that_stands_still_between_calls(history: History) -> History:
    return _a_fresh_process_for_the_first_thaw(seen_by_the_kernel(blocked_between_calls(history)))


@fault(NO_HOOK, red={"freeze.runs-on-after-the-thaw": "none"})
def the_heartbeat_stands_still_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[0]
    return without_any(history, lambda event: isinstance(event, Tick) and event.t > thawed.t)


@fault(OVERLAPPING, red={"freeze.serves-after-the-thaw": "status 202"})
def an_invocation_after_the_thaw_is_served_with_another_status(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[-1]), status=202)


@fault(OVERLAPPING, red={"freeze.serves-after-the-thaw": "no answer", "instance.answers-every-invocation": "no answer"})
def an_invocation_after_the_thaw_is_not_answered(history: History) -> History:
    return rebilled(without(history, answered(history.exchanges(Call.INVOKE)[-1])))


# ------------------------------------------------------------------------------------------------ logs


@fault(SEVERAL_LENGTHS, red={"logs.pre-freeze-start-and-end": "one End line of PreFreeze"})
def pre_freeze_leaves_no_end_line(history: History) -> History:
    return without(history, *lines_of(history, Call.PRE_FREEZE, "pre-freeze-2", "end"))


@fault(NEVER_FROZEN, red={"logs.pre-stop-start-and-end": "RequestId: invoke-1"})
def pre_stop_starts_under_another_request_id(history: History) -> History:
    (start,) = lines_of(history, Call.PRE_STOP, "pre-stop-3", "start")
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


@fault(
    OVERLAPPING,
    red={
        "logs.pre-stop-start-and-end": "one End line of PreStop",
        # What was never written is found by no query.
        "logs.found-by-request": "of other requests",
        "logs.found-by-instance": "the End line of every request for PreStop",
        "logs.found-by-instance-and-hook": "lines of PreStop",
    },
)
def pre_stop_leaves_no_end_line(history: History) -> History:
    request_id = history.exchanges(Call.PRE_STOP)[0].sent.request_id
    return without(history, *lines_of(history, Call.PRE_STOP, request_id, "end"))


@fault(TWO_FREEZES, red={"logs.written-before-the-freeze": "FC Invoke End"})
def the_end_line_of_an_invocation_lies_in_a_buffer_until_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[0]
    (line,) = lines_of(history, Call.INVOKE, history.exchanges(Call.INVOKE)[0].sent.request_id, "end")
    return shifted(history, line, by=thawed.t + MS - line.t)


@fault(TWO_FREEZES, red={"logs.found-by-request": "1 of other requests"})
def a_line_of_pre_freeze_names_another_request_too(history: History) -> History:
    hook = history.runs(Call.PRE_FREEZE)[0]
    return with_events(history, log_line(hook.start.t + 5 * MS, "pre-freeze-2 writes out what invoke-1 has left"))


# ------------------------------------------------------------------------------------------------ concurrency


@fault(EIGHT, red={"concurrency.declared-is-taken": "at most 7"})
def one_request_has_to_wait_until_another_has_ended(history: History) -> History:
    runs = history.runs(Call.INVOKE)
    first_end = min(run.end.t for run in runs if run.end is not None)
    return shifted(history, runs[-1].start, by=first_end + MS - runs[-1].start.t)


@fault(TWO_ANYWAY, red={"concurrency.one-at-a-time-is-kept": "2 at once"}, subject=OLD)
def a_second_request_does_not_wait_for_the_first(history: History) -> History:
    return shifted(history, history.runs(Call.INVOKE)[1].start, by=-30 * MS)


@fault(EIGHT, red={"concurrency.function-is-loaded-once": "2 times"})
def two_first_requests_load_the_function_twice(history: History) -> History:
    (loaded,) = (record for record in history.of(FunctionRecord) if record.edge == "loaded")
    return with_events(history, moved(loaded, 2 * MS))


@fault(STAGGERED, red={"concurrency.requests-share-the-state": "2, 2, 6"})
def two_overlapping_requests_read_the_same_value(history: History) -> History:
    return altered(history, history.caller_answers()[1], body="2")


@fault(WHILE_PRE_FREEZE, red={"pre-freeze.again-after-it-was-overtaken": "0"})
def pre_freeze_does_not_run_again_after_a_request_has_overtaken_it(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_FREEZE)[1]))


@fault(WHILE_PRE_FREEZE, red={"pre-freeze.again-after-it-was-overtaken": "2"})
def pre_freeze_runs_twice_after_a_request_has_overtaken_it(history: History) -> History:
    return duplicated(history, Call.PRE_FREEZE, 1)


@fault(WHILE_FROZEN, red={"invoke.thaws-a-frozen-instance": "2 runs"})
def a_request_that_waited_for_the_thaw_is_served_twice(history: History) -> History:
    return duplicated(history, Call.INVOKE, 1)


@fault(WHILE_FROZEN, red={"invoke.thaws-a-frozen-instance": "2 runs"})
def a_request_that_was_sent_to_the_frozen_instance_too_is_served_twice(history: History) -> History:
    sent, thaw = history.exchanges(Call.INVOKE)[1].sent, history.of(ThawBegun)[0]
    return duplicated(shifted(history, sent, by=thaw.t - MS - sent.t), Call.INVOKE, 1)


@fault(SLOW, red={"invoke.thaws-a-frozen-instance": "no successful answer"})
def a_request_that_waited_for_the_thaw_fails(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[1]), status=502)


# ------------------------------------------------------------------------------------------------ time


@fault(TWO_FREEZES, red={"time.caller-waits-for-no-pre-freeze": "of a caller's time"})
def a_caller_who_asks_while_pre_freeze_runs_has_to_wait_for_it(history: History) -> History:
    asked, hook = history.of(CallerAsked)[1], history.runs(Call.PRE_FREEZE)[0]
    return shifted(history, asked, by=hook.start.t + MS - asked.t)


@fault(SLOW, red={"time.slow-pre-freeze-slows-no-caller": "ms"})
def a_caller_waits_longer_than_pre_freeze_takes(history: History) -> History:
    return shifted(history, history.of(CallerAsked)[0], by=-(SLOW_HOOK_MS + 50) * MS)


@fault(
    SLOW,
    red={
        "time.slow-pre-freeze-slows-no-caller": "ms",
        # It is the same wait, told in another way.
        "time.caller-waits-for-no-pre-freeze": "of a caller's time",
    },
)
def a_caller_has_to_wait_for_a_slow_pre_freeze(history: History) -> History:
    asked, hook = history.of(CallerAsked)[1], history.runs(Call.PRE_FREEZE)[0]
    return shifted(history, asked, by=hook.start.t + MS - asked.t)


# ------------------------------------------------------------------------------------------------ metering


def _billed(history: History, billed_ms: int) -> History:
    """Another time on the bill, and the compute units that it comes to."""
    (bill,) = history.of(Billed)
    return altered(history, bill, billed_ms=billed_ms, cu=billed_ms / 1000 * bill.memory_mb / 1024)


@fault(
    TWO_FREEZES,
    red={
        "metering.hooks-are-billed": "44 ms",
        # Both hold the bill against the same reckoning.
        "metering.one-millisecond": "44 ms",
    },
)
def hooks_are_not_billed(history: History) -> History:
    own = without_any(history, lambda event: isinstance(event, RequestSent) and event.call in HOOKS)
    return _billed(history, bill_of(own, 256).billed_ms)


@fault(TWO_FREEZES, red={"metering.one-millisecond": "300 ms"})
def time_is_billed_by_the_tenth_of_a_second(history: History) -> History:
    return _billed(history, -(-history.of(Billed)[0].billed_ms // 100) * 100)


@fault(NEVER_FROZEN, red={"metering.hooks-are-no-requests": "3"})
def a_hook_is_counted_as_a_request(history: History) -> History:
    return altered(history, history.of(Billed)[0], requests=3)


@fault(EIGHT, red={"metering.overlap-is-billed-once": "ms of all requests added up"})
def every_request_is_billed_by_itself(history: History) -> History:
    exchanges = history.exchanges()
    return _billed(history, sum(answered(one).t - one.sent.t for one in exchanges) // MS)


@fault(SEVERAL_LENGTHS, red={"metering.frozen-time-is-free": "ms frozen"})
def frozen_time_is_billed(history: History) -> History:
    frozen_ns = sum(
        freeze.thaw_begun.t - freeze.frozen.t for freeze in history.freezes() if freeze.frozen and freeze.thaw_begun
    )
    return _billed(history, history.of(Billed)[0].billed_ms + frozen_ns // MS)


@fault(NEVER_FROZEN, red={"metering.compute-units": "CU"})
def compute_units_are_seconds_times_megabytes(history: History) -> History:
    (bill,) = history.of(Billed)
    return altered(history, bill, cu=bill.cu * 1024)


# ------------------------------------------------------------------------------------------------ metrics


@fault(BUFFERED, red={"metrics.written-before-the-freeze": "nothing"})
def pre_freeze_writes_only_after_the_thaw(history: History) -> History:
    flushed = history.of(MetricsFlushed)[0]
    return shifted(history, flushed, by=history.of(Thawed)[0].t + MS - flushed.t)


@fault(BUFFERED, red={"metrics.none-is-lost": "first, second"})
def what_was_buffered_after_the_first_freeze_is_lost(history: History) -> History:
    return altered(history, history.of(MetricsFlushed)[1], values=[])


@fault(BUFFERED, red={"metrics.none-is-lost": "first, second, third, third"}, subject=PARTIAL)
def pre_stop_writes_a_metric_twice(history: History) -> History:
    return altered(history, history.of(MetricsFlushed)[0], values=["first", "second", "third", "third"])


@fault(BUFFERED_WITHOUT, red={"metrics.lost-without-hooks": "first"})
def the_stop_writes_out_what_no_hook_did(history: History) -> History:
    begun = history.of(StopBegun)[0]
    return with_events(history, MetricsFlushed(t=begun.t + MS, request_id=None, values=["first"]))


# ------------------------------------------------------------------------------------------------ telemetry


@fault(TELEMETRY, red={"telemetry.left-before-the-freeze": "“first” came 145.0 ms after the freeze had begun"})
def spans_wait_for_the_thaw(history: History) -> History:
    return sent_at(history, 0, history.of(FreezeBegun)[0].t + 145 * MS)


@fault(TELEMETRY, red={"telemetry.left-before-the-freeze": "of 1 of 2 invocations no span came at all"})
def a_span_from_before_the_freeze_is_lost(history: History) -> History:
    received = history.of(SinkReceived)[0]
    return altered(history, received, spans=received.spans[1:])


@fault(TELEMETRY, red={"telemetry.left-before-the-stop": "of 1 of 1 invocations no span came at all"})
def the_last_invocations_span_is_lost(history: History) -> History:
    return without(history, history.of(SinkReceived)[1])


@fault(TELEMETRY, red={"telemetry.left-before-the-stop": "“third” came 20.0 ms after the stop had begun"})
def the_last_span_is_sent_at_sigterm(history: History) -> History:
    return sent_at(history, 1, history.of(StopBegun)[0].t + 20 * MS)


def sent_at(history: History, number: int, t: int) -> History:
    """``history`` in which one request came to the sink at another time."""
    received = history.of(SinkReceived)[number]
    return shifted(history, received, by=t - received.t)


# ------------------------------------------------------------------------------------------------ failing


@fault(THROWING, red={"failing-hooks.freeze-follows": "0 freezes"})
def a_pre_freeze_that_throws_keeps_the_instance_from_its_freeze(history: History) -> History:
    return without(history, *history.engine("pause"))


@fault(HANGING, red={"failing-hooks.stop-follows": "0 ends"})
def a_pre_stop_that_never_ends_keeps_the_instance_from_its_end(history: History) -> History:
    return without(history, *history.engine("die"))


@fault("hooks-call-back-an-error", red={"failing-hooks.next-invocation-is-clean": "failed as planned"})
def the_invocation_after_a_failed_pre_freeze_tells_its_failure(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[1]), body="failed as planned")


@fault("hooks-close-the-connection", red={"failing-hooks.next-invocation-is-clean": "no answer"}, subject=AUTHOR)
def the_invocation_after_a_closed_connection_is_not_answered(history: History) -> History:
    return without(history, answered(history.exchanges(Call.INVOKE)[1]))


@fault("hooks-reject", red={"failing-hooks.end-line-tells": "'FC PreStop End RequestId: pre-stop-4'"})
def the_end_line_of_a_failed_hook_is_that_of_any_hook(history: History) -> History:
    (end,) = lines_of(history, Call.PRE_STOP, "pre-stop-4", "end")
    return altered(history, end, text=end.text.partition(",")[0])


@fault("hooks-are-missing", red={"failing-hooks.end-line-tells": "none"}, subject=PARTIAL)
def a_hook_that_is_missing_leaves_no_end_line(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_STOP)
    return without(history, *lines_of(history, Call.PRE_STOP, exchange.sent.request_id, "end"))


@fault(CALLING_BACK_TWICE, red={"failing-hooks.no-second-answer": "2 End lines"})
def a_second_call_of_the_callback_ends_the_hook_again(history: History) -> History:
    (end,) = lines_of(history, Call.PRE_FREEZE, "pre-freeze-2", "end")
    return with_events(history, moved(end, MS))


@fault(FLOODING, red={"failing-hooks.flood-keeps-the-lines": "start"})
def the_end_line_of_a_hook_is_lost_in_the_flood(history: History) -> History:
    return without(history, *lines_of(history, Call.PRE_FREEZE, "pre-freeze-2", "end"))


@fault(FLOODING, red={"logs.lines-around": "'FC PreFreeze End RequestId: pre-freeze-2' and"})
def what_a_hook_has_written_comes_after_its_end_line(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_FREEZE)
    (end,) = lines_of(history, Call.PRE_FREEZE, exchange.sent.request_id, "end")
    (start,) = lines_of(history, Call.PRE_FREEZE, exchange.sent.request_id, "start")
    return altered(history, end, t=start.t + 1, read_t=start.read_t + 1)


@fault(HANGING, red={"hooks.timeout-is-honoured": "given up after 1300 ms"})
def pre_freeze_is_given_up_too_late(history: History) -> History:
    return shifted(history, history.of(HookGivenUp)[0], by=300 * MS)


@fault("hooks-outlast-their-timeout", red={"hooks.timeout-is-honoured": "it was not given up"})
def pre_stop_is_waited_for_however_long_it_takes(history: History) -> History:
    return without(history, history.of(HookGivenUp)[1])


@fault(FAILED_INVOCATION, red={"failing-invocation.is-answered-as-failed": "status 200"})
def an_invocation_that_threw_is_answered_as_a_success(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[1]), status=200, headers={})


@fault(FAILED_INVOCATION, red={"failing-invocation.pre-freeze-runs-all-the-same": "0"})
def pre_freeze_does_not_run_after_a_failed_invocation(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_FREEZE)[0]))


@fault(FAILED_INVOCATION, red={"failing-invocation.next-invocation-is-clean": "status 502"})
def the_invocation_after_a_failed_one_fails_too(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[2]), status=502)


@fault("stop-that-lingers", red={"pre-stop.leaves-nothing-behind": "'connection closed', +200.0 ms"})
def pre_stop_closes_a_connection_after_it_was_answered(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_STOP)
    return with_events(history, log_line(answered(exchange).t + 200 * MS, "connection closed"))


@fault("stop-that-lingers", red={"pre-stop.leaves-nothing-behind": "a record, +200.0 ms"})
def pre_stop_leaves_work_behind(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_STOP)
    return with_events(history, LaterWork(t=answered(exchange).t + 200 * MS, request_id="r", after_ms=200))


@fault(OVERLAPPING, red={"logs.own-request-id": "1 of 3 carry another or none: "}, subject=PARTIAL)
def a_handlers_logger_takes_the_request_id_of_another_invocation(history: History) -> History:
    first, other = [line for line in history.of(LogLine) if "a line of the handler's own" in line.text][:2]
    return altered(history, first, text=first.text.replace(first.text.split()[1], other.text.split()[1], 1))


@fault(OUTLASTING, red={"failing-invocation.late-answer-reaches-nobody": "status 200, 1 bytes: '9'"})
def the_answer_of_an_invocation_that_was_given_up_reaches_the_next_caller(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[1]), body="9", body_bytes=1)


@fault(HANGING_UP, red={"pre-freeze.after-an-abandoned-invocation": "it started -"})
def pre_freeze_runs_beside_an_invocation_whose_caller_has_hung_up(history: History) -> History:
    run = history.runs(Call.PRE_FREEZE)[0]
    return shifted(history, *records_of(run), by=history.of(CallerHungUp)[0].t + 9 * MS - run.start.t)


@fault(FAILED_INVOCATION, red={"failing-invocation.end-line-tells": "'FC Invoke End RequestId: invoke-2'"})
def the_end_line_of_a_failed_invocation_is_that_of_any_invocation(history: History) -> History:
    (end,) = lines_of(history, Call.INVOKE, "invoke-2", "end")
    return altered(history, end, text=end.text.partition(",")[0])


# ------------------------------------------------------------------------------------------------ freeze, continued


@fault(
    SEVERAL_LENGTHS,
    red={
        "freeze.later-work-rests": "1 pieces",
        # Whatever the function does inside a freeze is also a sign of its life.
        "freeze.nothing-runs": "after the freeze",
    },
)
def a_timer_of_an_earlier_invocation_fires_in_the_freeze(history: History) -> History:
    frozen, work = history.of(Frozen)[2], history.of(LaterWork)[2]
    return shifted(history, work, by=frozen.t + 400 * MS - work.t)


@fault(KEPT_ALIVE, red={"freeze.connection-survives": "2 connections"})
def the_connection_does_not_survive_the_freeze(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INVOKE)[1]), connection=2)


@fault(
    KEPT_ALIVE,
    red={
        "instance.answers-every-invocation": "no answer",
        "freeze.connection-survives": "2 connections: it was gone after freeze 2, which took 7.00 s",
    },
)
def the_connection_does_not_survive_the_longer_freeze(history: History) -> History:
    *_, invocation = history.exchanges(Call.INVOKE)
    (stop,) = history.exchanges(Call.PRE_STOP)
    return without(altered(history, answered(stop), connection=2), answered(invocation))


@fault(KEPT_ALIVE, red={"instance.answers-every-invocation": "no answer", "freeze.connection-survives": "1 without"})
def the_kept_connection_takes_a_request_and_brings_no_answer(history: History) -> History:
    return without(history, answered(history.exchanges(Call.INVOKE)[1]))


@fault(TWO_FREEZES, red={"freeze.time-runs-once": "out of its turn"})
def a_beat_is_left_out_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[0]
    return without(history, [tick for tick in history.ticks() if tick.t > thawed.t][2])


# ------------------------------------------------------------------------------------------------ paths


@fault(TWO_FREEZES, red={"hooks.get-on-their-own-paths": "POST /pre-freeze"})
def pre_freeze_is_asked_for_by_post(history: History) -> History:
    return altered(history, history.exchanges(Call.PRE_FREEZE)[0].sent, target="POST /pre-freeze")


@fault(NEVER_FROZEN, red={"hooks.get-on-their-own-paths": "met as GET /invoke"}, subject=AUTHOR)
def pre_stop_meets_its_function_on_another_path(history: History) -> History:
    return altered(history, history.runs(Call.PRE_STOP)[0].start, path="/invoke")


@fault(
    TWO_FREEZES,
    red={
        "hooks.path-is-known": "GET /pre-stop",
        "pre-stop.runs-before-the-stop": "none",
    },
    untestable=(
        "pre-stop.runs-once",
        "pre-stop.comes-last",
        "pre-stop.finished-before-the-stop",
        "pre-stop.no-event",
        "pre-stop.context-request-id",
        "state.pre-stop-shares-it",
        "logs.pre-stop-start-and-end",
    ),
)
def a_catch_all_answers_for_pre_stop(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


# ------------------------------------------------------------------------------------------------ configuration


def _taken(history: History, refusal: ConfigurationRefused) -> History:
    """What was refused is taken."""
    taken = ConfigurationTaken(t=refusal.t, by=refusal.by, text=refusal.text)
    return with_events(without(history, refusal), taken)


@fault("created-in-the-console", red={"configuration.console-creation-takes-no-hook": "it was taken"})
def a_creation_in_the_console_takes_hooks(history: History) -> History:
    return _taken(history, history.of(ConfigurationRefused)[0])


@fault("created-in-the-console", red={"configuration.console-creation-takes-no-hook": "PreStop"}, subject=PARTIAL)
def a_hook_that_was_refused_runs_all_the_same(history: History) -> History:
    return with_events(history, *a_run(Call.PRE_STOP, "nobody-asked", history.of(StopBegun)[0].t - 2 * MS))


@fault("updated-in-the-console", red={"configuration.console-update-sets-hooks": "0"})
def an_update_in_the_console_sets_no_pre_stop(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


def _unconfigured(history: History) -> History:
    """The platform has dropped the hooks: it says nothing of them, and neither asks for one nor runs one."""
    runs = [run for hook in HOOKS for run in history.runs(hook)]
    lines = [marker.line for hook in HOOKS for marker in history.markers(hook)]
    exchanges = [exchange for hook in HOOKS for exchange in history.exchanges(hook)]
    calls = [event for exchange in exchanges for event in (exchange.sent, exchange.answer)]
    return without(
        history, *history.of(HookConfigured), *(record for run in runs for record in records_of(run)), *lines, *calls
    )


@fault(
    "updated-in-the-console",
    red={"configuration.console-update-sets-hooks": "0"},
    untestable=("configuration.each-hook-has-its-own",),
)
def an_update_in_the_console_is_dropped(history: History) -> History:
    return _unconfigured(history)


@fault(
    "created-with-the-sdk",
    red={"configuration.sdk-creation-sets-hooks": "0"},
    untestable=("configuration.each-hook-has-its-own",),
)
def a_creation_with_the_sdk_drops_its_hooks(history: History) -> History:
    return _unconfigured(history)


@fault("mistaken-update", red={"configuration.mistakes-change-nothing": "0"})
def an_update_that_was_refused_clears_both_hooks(history: History) -> History:
    return _unconfigured(history)


@fault("malformed-handler", red={"configuration.handler-names-file-and-function": "0"}, subject=PARTIAL)
def a_refused_handler_clears_both_hooks(history: History) -> History:
    return _unconfigured(history)


@fault("created-with-the-sdk", red={"configuration.sdk-creation-sets-hooks": "0"})
def a_creation_with_the_sdk_sets_no_pre_freeze(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_FREEZE)[0]))


@fault("created-with-the-sdk", red={"configuration.each-hook-has-its-own": "9 s"})
def both_hooks_get_the_timeout_of_pre_stop(history: History) -> History:
    return altered(history, history.of(HookConfigured)[0], timeout_s=9)


@fault("updated-in-the-console", red={"configuration.each-hook-has-its-own": "index.preStop, index.preStop"})
def both_hooks_get_the_handler_of_pre_stop(history: History) -> History:
    return altered(history, history.of(HookConfigured)[0], handler="index.preStop")


@fault("pre-freeze-set-to-nothing", red={"configuration.empty-handler-disables-pre-freeze": "PreFreeze nobody-asked"})
def a_disabled_pre_freeze_runs(history: History) -> History:
    return with_events(history, *a_run(Call.PRE_FREEZE, "nobody-asked", history.of(FreezeBegun)[0].t - 2 * MS))


@fault("pre-freeze-set-to-nothing", red={"configuration.empty-handler-disables-pre-freeze": "0"})
def with_pre_freeze_pre_stop_is_disabled_too(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


@fault("pre-stop-set-to-nothing", red={"configuration.empty-handler-disables-pre-stop": "PreStop nobody-asked"})
def a_disabled_pre_stop_runs(history: History) -> History:
    return with_events(history, *a_run(Call.PRE_STOP, "nobody-asked", history.of(StopBegun)[0].t - 2 * MS))


@fault("pre-stop-set-to-nothing", red={"configuration.timeout-is-void-without-a-handler": "'', 9 s"})
def a_timeout_keeps_a_disabled_hook_alive(history: History) -> History:
    t = history.of(StartBegun)[0].t - MS
    return with_events(history, HookConfigured(t=t, hook=Call.PRE_STOP, handler="", timeout_s=9))


@fault("pre-stop-set-to-nothing", red={"configuration.left-out-pre-freeze-is-kept": "0"})
def a_pre_freeze_that_was_left_out_is_disabled(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_FREEZE)[0]))


@fault("pre-stop-left-out", red={"configuration.left-out-pre-stop-is-kept": "0"})
def a_pre_stop_that_was_left_out_is_disabled(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


@fault("mistaken-update", red={"configuration.mistakes-change-nothing": "1 taken"})
def an_update_with_a_blank_handler_is_taken(history: History) -> History:
    return _taken(history, history.of(ConfigurationRefused)[1])


@fault("mistaken-update", red={"configuration.mistakes-change-nothing": "0"}, subject=PARTIAL)
def an_update_that_was_refused_disables_pre_stop(history: History) -> History:
    return without(history, *records_of(history.runs(Call.PRE_STOP)[0]))


@fault("mistaken-update", red={"configuration.mistakes-are-named": "something is wrong"})
def a_mistake_is_told_without_its_place(history: History) -> History:
    return altered(history, history.of(ConfigurationRefused)[0], mistakes="something is wrong")


@fault("malformed-handler", red={"configuration.handler-names-file-and-function": "it was taken"}, subject=PARTIAL)
def a_handler_without_a_file_is_taken(history: History) -> History:
    return _taken(history, history.of(ConfigurationRefused)[0])


@fault("malformed-handler", red={"configuration.handler-names-file-and-function": "is wrong"}, subject=PARTIAL)
def a_handler_without_a_file_is_refused_and_not_named(history: History) -> History:
    return altered(history, history.of(ConfigurationRefused)[0], mistakes="something is wrong")


@fault("hooks-are-missing", red={"configuration.handler-names-file-and-function": "PreStop pre-stop-"}, subject=PARTIAL)
def a_hook_runs_whatever_its_handler_names(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_STOP)
    return with_events(history, *a_run(Call.PRE_STOP, exchange.sent.request_id, exchange.sent.t + MS // 4))


# ------------------------------------------------------------------------------------------------ initializer


@fault(INITIALIZER, red={"initializer.once-before-the-first-invocation": "Initialize initialize-1"})
def the_initializer_runs_twice(history: History) -> History:
    run = history.runs(Call.INITIALIZE)[0]
    return with_events(history, *(moved(record, 2 * MS) for record in records_of(run)))


@fault(INITIALIZER, red={"initializer.once-before-the-first-invocation": "Initialize initialize-1"})
def the_initializer_ends_beside_the_first_invocation(history: History) -> History:
    end = end_of(history, Call.INITIALIZE, 0)
    return shifted(history, end, by=history.runs(Call.INVOKE)[0].start.t + MS - end.t)


@fault(INITIALIZER, red={"initializer.answered-as-carried-out": "status 500, "})
def the_initializer_is_answered_with_500_though_it_ended(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.INITIALIZE)[0]), status=500)


@fault(INITIALIZER, red={"initializer.no-event": "event, context, callback"})
def the_initializer_is_given_an_event(history: History) -> History:
    return altered(history, history.runs(Call.INITIALIZE)[0].start, args=["event", "context", "callback"])


@fault(INITIALIZER, red={"initializer.shares-the-state": "0"})
def the_initializer_works_in_a_process_of_its_own(history: History) -> History:
    return altered(history, history.runs(Call.INVOKE)[0].start, counter=0)


@fault(INITIALIZER, red={"initializer.start-and-end": "start initialize-1"})
def the_initializer_leaves_no_end_line(history: History) -> History:
    return without(history, *lines_of(history, Call.INITIALIZE, "initialize-1", "end"))


# ------------------------------------------------------------------------------------------------ an old library


@fault("uninvited-hooks", red={"unsupported.java-core-below-1-4": "PreStop pre-stop-3"}, subject=OLD)
def an_old_library_runs_a_hook_for_an_uninvited_request(history: History) -> History:
    sent = history.exchanges(Call.PRE_STOP)[0].sent
    return with_events(history, *a_run(Call.PRE_STOP, sent.request_id, sent.t + MS // 4))


# ------------------------------------------------------------------------------------------------ what is observed


@dataclass(frozen=True)
class Sight:
    """A change after which a check that cannot fail has to tell something else. ``tells``: a piece of what it tells."""

    change: Callable[[History], History]
    scenario: str
    requirement: str
    tells: str
    subject: Subject = FULL

    @property
    def name(self) -> str:
        return self.change.__name__


SIGHTS: list[Sight] = []


def sight(
    scenario: str, requirement: str, tells: str, *, subject: Subject = FULL
) -> Callable[[Callable[[History], History]], Callable[[History], History]]:
    """Put a change into :data:`SIGHTS`."""

    def register(change: Callable[[History], History]) -> Callable[[History], History]:
        SIGHTS.append(Sight(change, scenario, requirement, tells, subject))
        return change

    return register


@sight(WHILE_PRE_FREEZE, "invoke.served-while-pre-freeze-runs", "ran after PreFreeze had ended")
def the_handler_waits_for_pre_freeze(history: History) -> History:
    hook, run = end_of(history, Call.PRE_FREEZE, 0), history.runs(Call.INVOKE)[1]
    return shifted(history, *records_of(run), by=hook.t + MS - run.start.t)


@sight("another-method", "hooks.another-method", "HEAD /pre-stop runs the hook, which no platform asks for: status 405")
def head_runs_the_hook(history: History) -> History:
    sent = history.exchanges(Call.PRE_STOP)[0].sent
    return with_events(history, *a_run(Call.PRE_STOP, sent.request_id, sent.t + MS // 4))


@sight(OUTLASTING, "failing-invocation.freeze-beside-one-given-up", "PreFreeze ran after the handler had ended")
def the_handler_ends_before_pre_freeze_finds_it(history: History) -> History:
    run, hook = history.runs(Call.INVOKE)[0], history.runs(Call.PRE_FREEZE)[0]
    end = FunctionRecord(
        t=hook.start.t - MS,
        read_t=hook.start.t,
        edge="end",
        call=Call.INVOKE,
        request_id=run.start.request_id,
        counter=2,
        result="2",
    )
    return with_events(history, end)


@sight(THROWING, "failing-hooks.what-the-runtime-answers", "PreFreeze: status 500; PreStop: status 404")
def the_runtime_answers_a_failed_pre_freeze_with_500(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_FREEZE)[0]), status=500)


@sight("pre-freeze-ends-the-process", "failing-hooks.pre-freeze-ends-the-process", "exit code 1; frozen 1 times")
def the_instance_outlives_its_process_until_after_the_freeze(history: History) -> History:
    died = history.engine("die")[0]
    return with_events(altered(history, died, exit_code=1), EngineEvent(t=died.t - MS, action="pause"))


@sight("pre-stop-ends-the-process", "failing-hooks.pre-stop-ends-the-process", "exit code 1; frozen 0 times")
def the_instance_ends_with_another_exit_code(history: History) -> History:
    return altered(history, history.engine("die")[0], exit_code=1)


@sight(SENTINEL, "results.dropped-by-the-runtime", "what a hook hands back is put into 1 of 3 answers to hooks")
def the_answer_to_pre_stop_shows_what_it_handed_back(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_STOP)[0]), body=PRE_STOP_SENTINEL)


@sight(SENTINEL, "results.dropped-by-the-runtime", "what a hook hands back is put into 1 of 3 answers to hooks")
def a_header_of_the_answer_shows_what_pre_freeze_handed_back(history: History) -> History:
    answer = answered(history.exchanges(Call.PRE_FREEZE)[0])
    return altered(history, answer, headers={"x-result": PRE_FREEZE_SENTINEL})


@sight(TELEMETRY_WITHOUT, "telemetry.late-or-lost-without-hooks", "2 spans left before the freeze; of 1 invocations")
def spans_leave_before_the_freeze_without_a_hook(history: History) -> History:
    return sent_at(history, 0, history.of(FreezeBegun)[0].t - MS)


@sight(TELEMETRY_WITHOUT, "telemetry.late-or-lost-without-hooks", "of 2 invocations no span left at all")
def a_span_is_lost_in_the_freeze(history: History) -> History:
    received = history.of(SinkReceived)[0]
    return altered(history, received, spans=received.spans[1:])


@sight(WRONG_SIGNATURE, "failing-hooks.wrong-signature", "entered with nothing; entered with context")
def a_hook_with_a_wrong_signature_is_given_nothing(history: History) -> History:
    return altered(history, history.of(WrongSignatureEntered)[0], args=[])


@sight(WRONG_SIGNATURE, "failing-hooks.wrong-signature", "it was never entered")
def a_hook_with_a_wrong_signature_is_not_entered(history: History) -> History:
    return without(history, *history.of(WrongSignatureEntered))


@sight(SEVERAL_LENGTHS, "freeze.when-later-work-ends", "before the first freeze, 11 ms after a thaw")
def work_of_the_first_invocation_ends_before_the_freeze(history: History) -> History:
    work = history.of(LaterWork)[0]
    return shifted(history, work, by=history.of(FreezeBegun)[0].t - MS - work.t)


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


def a_drive_that_broke_off_before_the_first_freeze(history: History) -> History:
    """The instance ended by itself."""
    until = history.of(FreezeBegun)[0].t
    rest = without_any(history, lambda event: event.t >= until)
    return msgspec.structs.replace(rest, trouble=Trouble("subject", "the instance ended by itself", "a container"))


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


def hooks_that_nobody_asked_for(history: History) -> History:
    """The platform sent no request for a hook."""
    return without_any(history, lambda event: isinstance(event, RequestSent) and event.call is not Call.INVOKE)


def invocations_that_nobody_sent(history: History) -> History:
    """The platform sent no invocation."""
    return without_any(history, lambda event: isinstance(event, RequestSent) and event.call is Call.INVOKE)


def requests_that_do_not_overlap(history: History) -> History:
    """The scenario lost the requests that were to overlap with an earlier one."""
    gone, until = [], 0
    for exchange in history.exchanges():
        if exchange.sent.t < until:
            gone.append(exchange.sent)
        else:
            until = exchange.answer.t if exchange.answer is not None else until
    return without(history, *gone)


def callers_whose_asking_nobody_saw(history: History) -> History:
    """When a caller's time begins is not known."""
    return without_any(history, lambda event: isinstance(event, CallerAsked))


def a_pre_freeze_that_is_not_slow(history: History) -> History:
    """The function did not do what it was told."""
    end, start = end_of(history, Call.PRE_FREEZE, 0), history.runs(Call.PRE_FREEZE)[0].start
    return shifted(history, end, by=start.t + MS - end.t)


def an_instance_without_a_bill(history: History) -> History:
    """The drive ended before the bill was written."""
    return without(history, *history.of(Billed))


def work_that_never_ends(history: History) -> History:
    """The function did not do what it was told, or its log was not read to its end."""
    return without(history, *history.of(LaterWork))


def work_that_was_due_outside_of_every_freeze(history: History) -> History:
    """The machine was slow, and the freeze came too late."""
    changed = history
    for work in history.of(LaterWork):
        changed = altered(changed, work, after_ms=0)
    return changed


def connections_that_nobody_counts(history: History) -> History:
    """The wire opened one for each request."""
    changed = history
    for answer in history.of(Answered):
        changed = altered(changed, answer, connection=0)
    return changed


def configurations_that_nobody_wrote(history: History) -> History:
    """Nobody deployed anything."""
    return without_any(history, lambda event: isinstance(event, ConfigurationTaken | ConfigurationRefused))


def a_log_without_start_and_end_lines(history: History) -> History:
    """The runtime writes none, and nothing can be asked of its log."""
    return without(history, *(marker.line for marker in history.markers()))


def a_log_without_start_lines(history: History) -> History:
    """The runtime writes End lines only."""
    return without(history, *(marker.line for marker in history.markers() if marker.edge == "start"))


def a_function_that_writes_no_line_of_its_own(history: History) -> History:
    """All that the log has is records, and Start and End lines."""
    marked = [marker.line for marker in history.markers()]
    return without(history, *(line for line in history.of(LogLine) if line not in marked))


def an_end_that_the_engine_did_not_tell(history: History) -> History:
    """The engine's stream broke off."""
    return without(history, *history.engine("die"))


def an_instance_that_sends_nothing_out(history: History) -> History:
    """Its function makes no spans, or sends them to somewhere else."""
    return without(history, *history.of(SinkReceived))


def an_instance_that_sends_more_than_is_kept(history: History) -> History:
    """What the sink did not keep may be what is looked for."""
    return with_events(history, SinkFull(t=history.of(SinkReceived)[-1].t, why="the instance has sent too much"))


def spans_by_another_clock(history: History) -> History:
    """The instance's clock is an hour late: nothing says which of its spans had ended when."""
    changed = history
    for received in history.of(SinkReceived):
        late = tuple(
            msgspec.structs.replace(span, began=span.began + HOUR, ended=span.ended + HOUR) for span in received.spans
        )
        changed = altered(changed, received, spans=late)
    return changed


TELEMETRY_LACKS = (
    an_instance_that_sends_nothing_out,
    an_instance_that_sends_more_than_is_kept,
    spans_by_another_clock,
    requests_that_got_no_answer,
)
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
    "pre-stop.comes-last": (a_function_that_says_nothing, a_function_whose_clock_is_another),
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
    "results.fail-no-hook": (a_function_that_says_nothing,),
    "results.change-no-status": (a_function_that_says_nothing, callers_that_got_no_response),
    "results.change-no-freeze-and-no-stop": (
        a_function_that_says_nothing,
        a_drive_that_broke_off_before_the_first_freeze,
    ),
    "unsupported.pre-freeze-cannot-be-configured": (hooks_that_nobody_configured,),
    "unsupported.pre-freeze-never-runs": (a_function_that_says_nothing, an_instance_that_was_never_frozen),
    "unsupported.path-is-no-invocation": (a_function_that_says_nothing, requests_that_got_no_answer),
    "unsupported.freeze-happens-without-hook": (
        a_function_that_says_nothing,
        a_drive_that_broke_off_before_the_first_freeze,
        callers_that_got_no_response,
    ),
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
    "concurrency.declared-is-taken": (a_function_that_says_nothing,),
    "concurrency.one-at-a-time-is-kept": (a_function_that_says_nothing,),
    "concurrency.function-is-loaded-once": (a_function_that_says_nothing,),
    "concurrency.requests-share-the-state": (callers_that_got_no_response,),
    "pre-freeze.again-after-it-was-overtaken": (
        a_function_that_says_nothing,
        a_function_whose_clock_is_another,
        an_instance_that_was_never_frozen,
        callers_that_got_no_response,
    ),
    "invoke.served-while-pre-freeze-runs": (
        a_function_that_says_nothing,
        a_function_whose_clock_is_another,
        invocations_that_nobody_sent,
        requests_that_got_no_answer,
    ),
    "invoke.thaws-a-frozen-instance": (
        a_function_whose_clock_is_another,
        an_instance_that_was_never_frozen,
        invocations_that_nobody_sent,
    ),
    "freeze.later-work-rests": (
        a_function_whose_clock_is_another,
        an_instance_that_was_never_frozen,
        work_that_never_ends,
        work_that_was_due_outside_of_every_freeze,
    ),
    "freeze.when-later-work-ends": (a_function_whose_clock_is_another, work_that_never_ends),
    "freeze.connection-survives": (
        an_instance_that_was_never_frozen,
        invocations_that_nobody_sent,
        connections_that_nobody_counts,
    ),
    "freeze.time-runs-once": (a_function_that_says_nothing,),
    "metrics.written-before-the-freeze": (
        a_function_that_says_nothing,
        a_function_whose_clock_is_another,
        an_instance_that_was_never_frozen,
    ),
    "metrics.none-is-lost": (a_function_that_says_nothing, an_instance_that_was_never_stopped),
    "metrics.lost-without-hooks": (a_function_that_says_nothing, an_instance_that_was_never_stopped),
    "telemetry.left-before-the-freeze": (an_instance_that_was_never_frozen, *TELEMETRY_LACKS),
    "telemetry.left-before-the-stop": (an_instance_that_was_never_stopped, *TELEMETRY_LACKS),
    "telemetry.late-or-lost-without-hooks": (
        an_instance_that_was_never_frozen,
        an_instance_that_was_never_stopped,
        *TELEMETRY_LACKS,
    ),
    "failing-hooks.freeze-follows": (hooks_that_nobody_asked_for,),
    "failing-hooks.stop-follows": (hooks_that_nobody_asked_for,),
    "failing-hooks.next-invocation-is-clean": (
        hooks_that_nobody_asked_for,
        invocations_that_nobody_sent,
        requests_that_got_no_answer,
    ),
    "failing-hooks.end-line-tells": (hooks_that_nobody_asked_for,),
    "failing-hooks.no-second-answer": (hooks_that_nobody_asked_for,),
    "failing-hooks.flood-keeps-the-lines": (hooks_that_nobody_asked_for,),
    "hooks.timeout-is-honoured": (hooks_that_nobody_asked_for,),
    "failing-hooks.what-the-runtime-answers": (hooks_that_nobody_asked_for,),
    "failing-hooks.pre-freeze-ends-the-process": (hooks_that_nobody_asked_for, an_end_that_the_engine_did_not_tell),
    "failing-hooks.pre-stop-ends-the-process": (hooks_that_nobody_asked_for, an_end_that_the_engine_did_not_tell),
    "failing-hooks.wrong-signature": (hooks_that_nobody_asked_for,),
    "failing-invocation.is-answered-as-failed": (invocations_that_nobody_sent,),
    "failing-invocation.pre-freeze-runs-all-the-same": (
        a_function_whose_clock_is_another,
        an_instance_that_was_never_frozen,
        invocations_that_nobody_sent,
    ),
    "pre-stop.leaves-nothing-behind": (
        a_function_that_says_nothing,
        a_function_whose_clock_is_another,
        requests_that_got_no_answer,
    ),
    "hooks.another-method": (hooks_that_nobody_asked_for,),
    "logs.own-request-id": (a_function_that_writes_no_line_of_its_own,),
    "failing-invocation.late-answer-reaches-nobody": (a_function_that_says_nothing, invocations_that_nobody_sent),
    "failing-invocation.freeze-beside-one-given-up": (a_function_whose_clock_is_another, a_function_that_says_nothing),
    "pre-freeze.after-an-abandoned-invocation": (a_function_that_says_nothing, a_function_whose_clock_is_another),
    "failing-invocation.next-invocation-is-clean": (invocations_that_nobody_sent, requests_that_got_no_answer),
    "failing-invocation.end-line-tells": (invocations_that_nobody_sent,),
    "time.caller-waits-for-no-pre-freeze": (
        a_function_that_says_nothing,
        a_function_whose_clock_is_another,
        callers_that_got_no_response,
        callers_whose_asking_nobody_saw,
    ),
    "time.slow-pre-freeze-slows-no-caller": (
        a_function_that_says_nothing,
        a_pre_freeze_that_is_not_slow,
        callers_that_got_no_response,
        callers_whose_asking_nobody_saw,
    ),
    "metering.hooks-are-billed": (an_instance_without_a_bill, hooks_that_nobody_asked_for, requests_that_got_no_answer),
    "metering.hooks-are-no-requests": (an_instance_without_a_bill, hooks_that_nobody_asked_for),
    "metering.overlap-is-billed-once": (an_instance_without_a_bill, requests_that_do_not_overlap),
    "metering.frozen-time-is-free": (an_instance_without_a_bill, an_instance_that_was_never_frozen),
    "metering.one-millisecond": (an_instance_without_a_bill,),
    "metering.compute-units": (an_instance_without_a_bill,),
    "configuration.console-creation-takes-no-hook": (
        an_instance_that_was_never_frozen,
        an_instance_that_was_never_stopped,
        configurations_that_nobody_wrote,
    ),
    "configuration.console-update-sets-hooks": (
        an_instance_that_was_never_frozen,
        an_instance_that_was_never_stopped,
        configurations_that_nobody_wrote,
    ),
    "configuration.sdk-creation-sets-hooks": (
        an_instance_that_was_never_frozen,
        an_instance_that_was_never_stopped,
        configurations_that_nobody_wrote,
    ),
    "configuration.each-hook-has-its-own": (configurations_that_nobody_wrote, hooks_that_nobody_configured),
    "configuration.empty-handler-disables-pre-freeze": (
        a_function_that_says_nothing,
        an_instance_that_was_never_frozen,
        configurations_that_nobody_wrote,
    ),
    "configuration.empty-handler-disables-pre-stop": (
        a_function_that_says_nothing,
        an_instance_that_was_never_stopped,
        configurations_that_nobody_wrote,
    ),
    "configuration.timeout-is-void-without-a-handler": (
        an_instance_that_was_never_started,
        configurations_that_nobody_wrote,
    ),
    "configuration.left-out-pre-freeze-is-kept": (an_instance_that_was_never_frozen, configurations_that_nobody_wrote),
    "configuration.left-out-pre-stop-is-kept": (an_instance_that_was_never_stopped, configurations_that_nobody_wrote),
    "configuration.handler-names-file-and-function": (
        an_instance_that_was_never_frozen,
        configurations_that_nobody_wrote,
    ),
    "configuration.mistakes-change-nothing": (
        an_instance_that_was_never_frozen,
        configurations_that_nobody_wrote,
    ),
    "configuration.mistakes-are-named": (configurations_that_nobody_wrote,),
    "logs.written-before-the-freeze": (a_log_without_start_and_end_lines, an_instance_that_was_never_frozen),
    "logs.found-by-instance": (a_log_without_start_and_end_lines,),
    "logs.found-by-instance-and-hook": (a_log_without_start_and_end_lines,),
    "logs.found-by-request": (a_log_without_start_and_end_lines,),
    "logs.lines-around": (
        a_log_without_start_and_end_lines,
        a_log_without_start_lines,
        a_function_that_says_nothing,
        a_function_that_writes_no_line_of_its_own,
    ),
    "initializer.once-before-the-first-invocation": (a_function_that_says_nothing,),
    "initializer.no-event": (a_function_that_says_nothing,),
    "initializer.shares-the-state": (a_function_that_says_nothing,),
    "initializer.start-and-end": (hooks_that_nobody_asked_for,),
    "hooks.answered-in-time": (hooks_that_nobody_asked_for,),
    "hooks.answered-as-carried-out": (
        hooks_that_nobody_asked_for,
        a_function_that_says_nothing,
        requests_that_got_no_answer,
    ),
    "logs.no-error-where-none-was": (a_log_without_start_and_end_lines,),
    "initializer.answered-as-carried-out": (hooks_that_nobody_asked_for, requests_that_got_no_answer),
    "hooks.path-is-known": (hooks_that_nobody_asked_for, requests_that_got_no_answer),
    "hooks.get-on-their-own-paths": (hooks_that_nobody_asked_for, a_function_that_says_nothing),
    "unsupported.java-core-below-1-4": (
        a_function_that_says_nothing,
        an_instance_that_was_never_frozen,
        hooks_that_nobody_asked_for,
    ),
}
"""For each requirement what takes away something that its check must have seen."""
LACKS_ON_ONE_SCENARIO: dict[tuple[str, str], tuple[Callable[[History], History], ...]] = {
    # Nobody deploys anything there, and the check looks at the requests for hooks instead.
    ("configuration.handler-names-file-and-function", "hooks-are-missing"): (
        an_instance_that_was_never_frozen,
        hooks_that_nobody_configured,
        hooks_that_nobody_asked_for,
        a_function_that_says_nothing,
    ),
}
"""The same for a requirement and a scenario, where the check must have seen something else there."""
