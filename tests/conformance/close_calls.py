"""Histories that lie close beside a line that one check draws, and what that check has to say of each.

A fault of ``faults.py`` says which checks of a whole scenario turn red. A close call is about one check only: the last
History that is still right, the first that is wrong, and the one in which just too little was seen. What the other
checks say of it is no matter here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.scenarios.scenarios import PRE_FREEZE_SENTINEL, SLOW_HOOK_MS
from fixtures.history.events import (
    Answered,
    AnyEvent,
    Billed,
    Call,
    CallerAnswered,
    CallerAsked,
    ConfigurationRefused,
    ConfigurationTaken,
    EngineEvent,
    EngineState,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookConfigured,
    HookGivenUp,
    HookWithoutEffect,
    LaterWork,
    LogLine,
    MetricsFlushed,
    Ready,
    RequestSent,
    SinkReceived,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
    Unanswered,
)
from fixtures.history.history import Trouble
from fixtures.history.spans import APART_NS
from tests.conformance.builders import (
    AUTHOR,
    FULL,
    MS,
    OLD,
    PARTIAL,
    SILENT,
    a_run,
    a_span,
    altered,
    log_line,
    moved,
    records_of,
    shifted,
    spans_sent,
    told,
    with_events,
    without,
)
from tests.conformance.faults import (
    BUFFERED,
    BUFFERED_WITHOUT,
    CALLING_BACK_TWICE,
    EIGHT,
    FAILED_INVOCATION,
    HANGING,
    INITIALIZER,
    KEPT_ALIVE,
    NEVER_FROZEN,
    NO_HOOK,
    OVERLAPPING,
    SENTINEL,
    SEVERAL_LENGTHS,
    SINGLE_RUN,
    SLOW,
    STAGGERED,
    TELEMETRY,
    TELEMETRY_WITHOUT,
    THROWING,
    TWO_ANYWAY,
    TWO_FREEZES,
    UNINVITED,
    WHILE_FROZEN,
    WHILE_PRE_FREEZE,
    answered,
    end_of,
    lines_of,
)

if TYPE_CHECKING:
    from fixtures.history.history import History
    from runtimes.subjects import Subject

    Change = Callable[[History], History]
    Pick = Callable[[History], Iterable[AnyEvent]]
    Times = Callable[[History], int]

IN_THE_CONSOLE, BY_SDK, UPDATED = "created-in-the-console", "created-with-the-sdk", "updated-in-the-console"
MISTAKEN = "mistaken-update"
ONE_HANDLER_FOR_BOTH = 'preFreeze: {handler: "index.preStop"}, preStop: {handler: "index.preStop"}'
PRE_STOP_EMPTIED, PRE_FREEZE_EMPTIED = "pre-stop-set-to-nothing", "pre-freeze-set-to-nothing"
REJECTING, MISSING, FLOODING = "hooks-reject", "hooks-are-missing", "hooks-flood-the-log"


class Says(StrEnum):
    """What a check says of a History."""

    HOLDS = "holds"
    NOTED = "holds, with a note"
    VIOLATED = "violated"
    UNTESTABLE = "not testable"


HOLDS, NOTED, VIOLATED, UNTESTABLE = Says.HOLDS, Says.NOTED, Says.VIOLATED, Says.UNTESTABLE


@dataclass(frozen=True)
class CloseCall:
    """One History and one check's word on it. ``shows``: exactly the events that the check must cite, where given."""

    requirement: str
    scenario: str
    what: str
    says: Says
    change: Change
    subject: Subject = FULL
    shows: Pick | None = None


# ------------------------------------------------------------------------------------------------ picking events


def every(kind: type[AnyEvent], where: Callable[[Any], bool] = lambda _: True) -> Pick:
    return lambda history: [event for event in history.of(kind) if where(event)]


def nth(kind: type[AnyEvent], number: int, where: Callable[[Any], bool] = lambda _: True) -> Pick:
    return lambda history: [[event for event in history.of(kind) if where(event)][number]]


def runs(call: Call, numbers: slice = slice(None)) -> Pick:
    return lambda history: [record for run in history.runs(call)[numbers] for record in records_of(run)]


def start(call: Call, number: int = 0) -> Pick:
    return lambda history: [history.runs(call)[number].start]


def starts(call: Call) -> Pick:
    return lambda history: [run.start for run in history.runs(call)]


def end(call: Call, number: int = 0) -> Pick:
    return lambda history: [end_of(history, call, number)]


def sent(call: Call, numbers: slice = slice(None)) -> Pick:
    return lambda history: [exchange.sent for exchange in history.exchanges(call)[numbers]]


def answer(call: Call, number: int = 0) -> Pick:
    return lambda history: [answered(history.exchanges(call)[number])]


def line(call: Call, number: int, edge: str) -> Pick:
    return lambda history: lines_of(history, call, history.exchanges(call)[number].sent.request_id, edge)


def engine(action: str) -> Pick:
    return lambda history: history.engine(action)


# ------------------------------------------------------------------------------------------------ changing them


def gone(*picks: Pick) -> Change:
    return lambda history: without(history, *(event for pick in picks for event in pick(history)))


def twice(*picks: Pick, by: int = MS // 10) -> Change:
    return lambda history: with_events(history, *(moved(event, by) for pick in picks for event in pick(history)))


def later(by: int, *picks: Pick) -> Change:
    return lambda history: shifted(history, *(event for pick in picks for event in pick(history)), by=by)


def now(pick: Pick, **changes: Any) -> Change:
    def change(history: History) -> History:
        changed = history
        for event in list(pick(history)):
            changed = altered(changed, event, **changes)
        return changed

    return change


def also(*changes: Change) -> Change:
    def change(history: History) -> History:
        for one in changes:
            history = one(history)
        return history

    return change


def at(pick: Pick, t: Callable[[History], int]) -> Change:
    """Those events at another time, a nanosecond apart."""

    def change(history: History) -> History:
        events = {id(event): number for number, event in enumerate(pick(history))}
        return told(
            history,
            [
                moved(event, t(history) + events[id(event)] - event.t) if id(event) in events else event
                for event in history.events
            ],
        )

    return change


def begun(history: History, freeze: int = 0) -> int:
    return history.freezes()[freeze].begun.t


def both(*picks: Pick) -> Pick:
    return lambda history: [event for pick in picks for event in pick(history)]


def late_span(history: History, *, ended: int) -> History:
    """One more span, which comes after the thaw."""
    thawed = history.of(Thawed)[0].t
    return with_events(history, spans_sent(thawed + MS, a_span("late", ended - 1, ended)))


def after_the_stop(history: History, *, ended: int) -> History:
    """One more span, which comes when the stop has begun."""
    return with_events(history, spans_sent(history.of(StopBegun)[0].t + MS, a_span("late", ended - 1, ended)))


def called_too(call: Call, by: int) -> Change:
    """A hook is called once more, so long after its first call, and nothing comes of it."""

    def change(history: History) -> History:
        first = history.exchanges(call)[0].sent
        more = msgspec.structs.replace(first, t=first.t + by, exchange=99, request_id="called-too")
        return with_events(history, more)

    return change


def _answered_with_pre_freeze(history: History) -> History:
    """The second invocation is answered at the nanosecond at which PreFreeze is called, and its span is lost."""
    called = history.exchanges(Call.PRE_FREEZE)[0].sent.t
    late = at(answer(Call.INVOKE, 1), lambda _: called)(history)
    received = late.of(SinkReceived)[0]
    return altered(late, received, spans=received.spans[:1])


def retimed(history: History, *, began: Times | None, ended: Times | None) -> History:
    """One more span that comes with the first ones, and whose times are others than theirs."""
    received = history.of(SinkReceived)[0]
    first = received.spans[0]
    more = a_span("more", began(history) if began else first.began, ended(history) if ended else first.ended)
    return altered(history, received, spans=(*received.spans, more))


def with_status(call: Call, number: int, status: int) -> Change:
    return lambda history: altered(history, answered(history.exchanges(call)[number]), status=status)


def another_run(call: Call, t: Callable[[History], int], request_id: str = "another", **more: Any) -> Change:
    return lambda history: with_events(history, *a_run(call, request_id, t(history), **more))


def billed(by_ms: int) -> Change:
    def change(history: History) -> History:
        (bill,) = history.of(Billed)
        total = bill.billed_ms + by_ms
        return altered(history, bill, billed_ms=total, cu=total / 1000 * bill.memory_mb / 1024)

    return change


STOP_WITHOUT_END = gone(every(Stopped))
KILLS = every(EngineEvent, lambda event: event.action == "kill")
SECOND_FREEZE_GONE = gone(nth(FreezeBegun, 1), nth(Frozen, 1))


def _first_after_the_thaw(history: History) -> list[AnyEvent]:
    thawed = history.of(Thawed)[0]
    return [next(tick for tick in history.ticks() if tick.t > thawed.t)]


def _last_before_the_thaw(history: History) -> Tick:
    thawed = history.of(Thawed)[0]
    return [tick for tick in history.ticks() if tick.t < thawed.t][-1]


def _the_last_number_again(history: History) -> History:
    (tick,) = _first_after_the_thaw(history)
    return altered(history, tick, n=_last_before_the_thaw(history).n)


def _six_beats_in_the_freeze(history: History) -> History:
    window = history.freezes()[0]
    assert window.frozen is not None
    t = window.frozen.t
    return with_events(history, *(Tick(t=t + (number + 1) * MS, n=900 + number) for number in range(6)))


def _beats_in_the_freeze(history: History) -> list[AnyEvent]:
    window = history.freezes()[0]
    assert window.frozen is not None
    assert window.thaw_begun is not None
    inside = [tick for tick in history.ticks() if window.frozen.t < tick.t < window.thaw_begun.t]
    return [window.frozen, *inside[:5], window.thaw_begun]


def _seven_beats_numbered_wrongly(history: History) -> History:
    changed = history
    for number, tick in enumerate(history.ticks()[1:14:2]):
        changed = altered(changed, tick, n=500 + number * 3)
    return changed


def _wrong_beats(history: History) -> Iterable[AnyEvent]:
    ticks = history.ticks()
    return [tick for before, tick in pairwise(ticks) if tick.n != before.n + 1][:5]


def _narrow_window(ms: int) -> Change:
    def change(history: History) -> History:
        window = history.freezes()[0]
        assert window.frozen is not None
        assert window.thaw_begun is not None
        return shifted(history, window.frozen, by=window.thaw_begun.t - ms * MS - window.frozen.t)

    return change


def _closes_each(history: History) -> History:
    for number in range(len(history.exchanges())):
        history = altered(history, answered(history.exchanges()[number]), connection=number + 1, closes=True)
    return history


def _start_of(call: Call) -> Callable[[History], int]:
    return lambda history: history.runs(call)[0].start.t


def _end_of(call: Call) -> Callable[[History], int]:
    return lambda history: end_of(history, call, 0).t


def _after_the_thaw(history: History) -> int:
    return history.of(Thawed)[0].t + MS


def _the_only_beat_before_at_the_freeze(history: History) -> History:
    early = [tick for tick in history.ticks() if tick.t < begun(history)]
    changed = without(history, *early[1:])
    return shifted(changed, early[0], by=begun(history) - early[0].t)


def _two_answers(history: History) -> History:
    first_two = {event.request_id for event in history.caller_answers()[:2]}
    return without(history, *(event for event in history.caller_answers() if event.request_id not in first_two))


def _given_up(after_ns: int) -> Change:
    def change(history: History) -> History:
        changed = history
        for event in history.of(HookGivenUp):
            (request,) = (one for one in history.exchanges() if one.sent.request_id == event.request_id)
            changed = shifted(changed, event, by=request.sent.t + after_ns - event.t)
        return changed

    return change


def _stopped_after(ns: int) -> Change:
    return lambda history: shifted(
        history, history.of(Stopped)[0], by=history.of(StopBegun)[0].t + ns - history.of(Stopped)[0].t
    )


def _silence(call: Call, number: int) -> Change:
    def change(history: History) -> History:
        gone_ = answered(history.exchanges(call)[number])
        silence = Unanswered(
            t=gone_.t, exchange=gone_.exchange, call=gone_.call, request_id=gone_.request_id, why="nothing came"
        )
        return with_events(without(history, gone_), silence)

    return change


def _one_after_the_other_but_one(history: History) -> History:
    """Of the requests only the first two are left."""
    return without(history, *(event for run in history.runs(Call.INVOKE)[2:] for event in records_of(run)))


def _named(call: Call, number: int, edge: str, other: int) -> Change:
    """A line of one request with the ID of another."""

    def change(history: History) -> History:
        ids = [exchange.sent.request_id for exchange in history.exchanges(call)]
        (found,) = lines_of(history, call, ids[number], edge)
        return altered(history, found, text=found.text.replace(ids[number], ids[other]))

    return change


def _a_stranger(history: History) -> History:
    t = history.of(StopBegun)[0].t - 5 * MS
    lines = (log_line(t + n, f"FC Invoke {edge} RequestId: stranger") for n, edge in enumerate(("Start", "End")))
    return with_events(history, *a_run(Call.INVOKE, "stranger", t), *lines)


def _a_bill_of(ms: int) -> Change:
    def change(history: History) -> History:
        (bill,) = history.of(Billed)
        return altered(history, bill, billed_ms=ms, cu=ms / 1000 * bill.memory_mb / 1024)

    return change


def _the_sum_of_all(history: History) -> int:
    return sum(answered(one).t - one.sent.t for one in history.exchanges())


def _all_requests_billed_at_once(history: History) -> History:
    return _a_bill_of(-(-_the_sum_of_all(history) // MS))(history)


def _without_text(text: str) -> Change:
    def change(history: History) -> History:
        changed = history
        for event in history.of(ConfigurationRefused):
            changed = altered(changed, event, mistakes=event.mistakes.replace(text, "something"))
        return changed

    return change


def _context(pick: Pick, **shown: str) -> Change:
    def change(history: History) -> History:
        changed = history
        for event in pick(history):
            assert isinstance(event, RequestSent | FunctionRecord)
            changed = altered(changed, event, context={**event.context, **shown})
        return changed

    return change


def _taken_and_another_refused(way: str) -> Change:
    def change(history: History) -> History:
        (refusal,) = history.of(ConfigurationRefused)
        taken = ConfigurationTaken(t=refusal.t, by=refusal.by, text=refusal.text)
        return with_events(altered(history, refusal, by=way), taken)

    return change


def _another_end(request_id: str) -> Change:
    def change(history: History) -> History:
        t = history.of(StopBegun)[0].t - 1
        return with_events(history, log_line(t, f"FC PreStop End RequestId: {request_id}, Error: another"))

    return change


def _half_the_frozen_time(more_ms: int) -> Change:
    def change(history: History) -> History:
        edges = [(one.frozen, one.thaw_begun) for one in history.freezes()]
        frozen_ns = sum(thaw.t - frozen.t for frozen, thaw in edges if frozen is not None and thaw is not None)
        return billed(frozen_ns // 2 // MS + more_ms)(history)

    return change


def _second_pause_gone(history: History) -> History:
    return without(history, history.engine("pause")[1])


def _trouble(history: History) -> History:
    return msgspec.structs.replace(history, trouble=Trouble("subject", "it ended", "container c"))


_never_entered = gone(every(Frozen), every(ThawBegun), every(Thawed), every(StopBegun), engine("pause"))


def _asked_by_the_second(history: History) -> Iterable[AnyEvent]:
    request_id = history.exchanges(Call.INVOKE)[1].sent.request_id
    return [event for event in history.of(CallerAsked) if event.request_id == request_id]


def _frozen(history: History) -> int:
    return history.of(Frozen)[0].t


def _in_the_window(ms: int) -> Callable[[History], int]:
    """So many milliseconds after the window's end."""
    return lambda history: history.of(ThawBegun)[0].t + ms * MS


def _flood(history: History) -> list[LogLine]:
    run = history.runs(Call.PRE_FREEZE)[0]
    assert run.end is not None
    return [event for event in history.of(LogLine) if run.start.read_t < event.read_t < run.end.read_t]


def _first_flood_line(history: History) -> Iterable[AnyEvent]:
    return _flood(history)[:1]


def _start_behind_the_first(history: History) -> History:
    return at(line(Call.PRE_FREEZE, 0, "start"), lambda h: _flood(h)[0].t + 1)(history)


def _end_before_the_last(history: History) -> History:
    return at(line(Call.PRE_FREEZE, 0, "end"), lambda h: _flood(h)[-1].t - 1)(history)


def _a_pair_of(request_id: str) -> Change:
    def change(history: History) -> History:
        t = history.of(StopBegun)[0].t - 5
        edges = enumerate(("Start", "End"))
        return with_events(
            history, *(log_line(t + n, f"FC PreFreeze {edge} RequestId: {request_id}") for n, edge in edges)
        )

    return change


def _second_answer(history: History) -> list[AnyEvent]:
    answer = history.exchanges(Call.INVOKE)[1].answer
    return [answer] if answer is not None else []


CLOSE_CALLS: list[CloseCall] = [
    # -------------------------------------------------------------------------------------------- instance
    CloseCall("instance.answers-every-invocation", TWO_FREEZES, "nobody saw it ready", UNTESTABLE, gone(every(Ready))),
    CloseCall(
        "instance.answers-every-invocation", TWO_FREEZES, "an empty answer", VIOLATED, now(answer(Call.INVOKE), body="")
    ),
    *(
        CloseCall(
            "instance.answers-every-invocation",
            TWO_FREEZES,
            f"status 200, x-fc-status {told}",
            says,
            now(answer(Call.INVOKE), headers={"x-fc-status": told}),
        )
        for told, says in (("404", VIOLATED), ("200", HOLDS))
    ),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "a stop without an end", UNTESTABLE, STOP_WITHOUT_END),
    CloseCall(
        "instance.ends-on-sigterm", TWO_FREEZES, "an exit code of 143", HOLDS, now(every(Stopped), exit_code=143)
    ),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "an exit code of 1", HOLDS, now(every(Stopped), exit_code=1)),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "after exactly the grace", VIOLATED, _stopped_after(5_000 * MS)),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "just within it", HOLDS, _stopped_after(5_000 * MS - 1)),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "asked by SIGTERM", HOLDS, now(KILLS, signal=15)),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "asked by SIGINT", UNTESTABLE, now(KILLS, signal=2)),
    CloseCall("instance.ends-on-sigterm", TWO_FREEZES, "nobody tells the signal", HOLDS, gone(KILLS)),
    # -------------------------------------------------------------------------------------------- ordering
    CloseCall("pre-freeze.once-per-freeze", TWO_FREEZES, "no run at all", UNTESTABLE, gone(runs(Call.PRE_FREEZE))),
    CloseCall(
        "pre-freeze.after-the-last-response",
        SENTINEL,
        "a response after the hook's start, and who waited",
        VIOLATED,
        lambda history: shifted(
            history,
            history.caller_answers()[1],
            by=history.runs(Call.PRE_FREEZE)[1].start.t + MS // 2 - history.caller_answers()[1].t,
        ),
        shows=lambda history: [history.runs(Call.PRE_FREEZE)[1].start, history.caller_answers()[1]],
    ),
    CloseCall(
        "pre-freeze.never-beside-an-invocation",
        OVERLAPPING,
        "one run of the handler",
        UNTESTABLE,
        gone(runs(Call.INVOKE, slice(1, None))),
    ),
    CloseCall("pre-freeze.never-beside-an-invocation", EIGHT, "two that overlap", HOLDS, _one_after_the_other_but_one),
    CloseCall("pre-stop.runs-once", TWO_FREEZES, "a stop without an end", UNTESTABLE, STOP_WITHOUT_END),
    CloseCall(
        "pre-stop.comes-last",
        NEVER_FROZEN,
        "nothing else ran",
        UNTESTABLE,
        gone(runs(Call.INVOKE), runs(Call.PRE_FREEZE)),
    ),
    CloseCall(
        "pre-stop.comes-last",
        NEVER_FROZEN,
        "a first PreStop before the last invocation",
        VIOLATED,
        another_run(Call.PRE_STOP, lambda history: history.runs(Call.INVOKE)[1].start.t - MS // 2, "early"),
    ),
    CloseCall(
        "hooks.path-is-known",
        TWO_FREEZES,
        "one of two requests for PreFreeze ran",
        HOLDS,
        gone(runs(Call.PRE_FREEZE, slice(1))),
    ),
    CloseCall(
        "hooks.path-is-known",
        TWO_FREEZES,
        "neither of two requests for PreFreeze ran",
        VIOLATED,
        gone(runs(Call.PRE_FREEZE)),
        shows=both(sent(Call.PRE_FREEZE, slice(1)), answer(Call.PRE_FREEZE)),
    ),
    CloseCall(
        "hooks.each-on-its-own-request",
        NEVER_FROZEN,
        "nobody asked for a hook, and none ran",
        UNTESTABLE,
        gone(sent(Call.PRE_STOP), runs(Call.PRE_STOP)),
    ),
    CloseCall(
        "hooks.each-on-its-own-request",
        NEVER_FROZEN,
        "nobody asked for the hook that ran",
        UNTESTABLE,
        gone(sent(Call.PRE_STOP)),
    ),
    CloseCall(
        "hooks.get-on-their-own-paths", TWO_FREEZES, "GET /a", VIOLATED, now(sent(Call.PRE_FREEZE), target="GET /a")
    ),
    CloseCall(
        "hooks.get-on-their-own-paths", TWO_FREEZES, "GET /z", VIOLATED, now(sent(Call.PRE_FREEZE), target="GET /z")
    ),
    CloseCall(
        "hooks.get-on-their-own-paths",
        NEVER_FROZEN,
        "met on /a",
        VIOLATED,
        now(start(Call.PRE_STOP), path="/a"),
        subject=AUTHOR,
    ),
    CloseCall(
        "hooks.get-on-their-own-paths",
        NEVER_FROZEN,
        "met on /z",
        VIOLATED,
        now(start(Call.PRE_STOP), path="/z"),
        subject=AUTHOR,
    ),
    # -------------------------------------------------------------------------------------------- arguments
    CloseCall(
        "pre-freeze.no-event",
        TWO_FREEZES,
        "another argument",
        VIOLATED,
        now(start(Call.PRE_FREEZE), args=["a", "context"]),
    ),
    CloseCall(
        "pre-freeze.no-event",
        TWO_FREEZES,
        "an event that is not kept",
        VIOLATED,
        now(start(Call.PRE_FREEZE), args=["event", "context", "callback"]),
    ),
    CloseCall(
        "invoke.event-as-sent",
        "events-as-they-are",
        "bytes that are no text, without their digest",
        UNTESTABLE,
        now(start(Call.INVOKE, 1), event_sha256=None),
    ),
    CloseCall(
        "invoke.event-as-sent",
        TWO_FREEZES,
        "arguments in another order",
        VIOLATED,
        now(start(Call.INVOKE), args=["context", "event"]),
    ),
    CloseCall(
        "invoke.event-as-sent", TWO_FREEZES, "other arguments", VIOLATED, now(start(Call.INVOKE), args=["z", "context"])
    ),
    CloseCall(
        "hooks.context-function",
        TWO_FREEZES,
        "the name that only a later request has",
        VIOLATED,
        also(
            _context(sent(Call.PRE_FREEZE, slice(1, 2)), function_name="later"),
            _context(start(Call.PRE_FREEZE), function_name="later"),
        ),
    ),
    # -------------------------------------------------------------------------------------------- results
    CloseCall("results.never-in-a-response", SENTINEL, "no later response", UNTESTABLE, gone(nth(CallerAnswered, 1))),
    CloseCall(
        "results.never-in-a-response",
        SENTINEL,
        "in the answer over the wire",
        VIOLATED,
        now(answer(Call.INVOKE, 1), body=PRE_FREEZE_SENTINEL),
    ),
    CloseCall("results.change-no-status", SENTINEL, "no response before", UNTESTABLE, gone(nth(CallerAnswered, 0))),
    CloseCall("results.change-no-status", SENTINEL, "no response after", UNTESTABLE, gone(nth(CallerAnswered, 1))),
    CloseCall(
        "results.change-no-status", SENTINEL, "a lower status", VIOLATED, now(nth(CallerAnswered, 1), status=199)
    ),
    CloseCall("results.change-no-freeze-and-no-stop", SENTINEL, "a freeze too many", VIOLATED, twice(engine("pause"))),
    CloseCall("results.change-no-freeze-and-no-stop", SENTINEL, "two ends", VIOLATED, twice(engine("die"))),
    # -------------------------------------------------------------------------------------------- state
    CloseCall("state.invocations-share-it", NO_HOOK, "one response", UNTESTABLE, gone(nth(CallerAnswered, 1))),
    CloseCall(
        "state.invocations-share-it", NO_HOOK, "a greater counter", VIOLATED, now(nth(CallerAnswered, 1), body="9")
    ),
    CloseCall(
        "state.pre-freeze-shares-it", TWO_FREEZES, "one invocation", UNTESTABLE, gone(runs(Call.INVOKE, slice(1, None)))
    ),
    CloseCall(
        "state.pre-freeze-shares-it", TWO_FREEZES, "a smaller counter", VIOLATED, now(nth(CallerAnswered, 1), body="1")
    ),
    CloseCall(
        "state.pre-stop-shares-it", NEVER_FROZEN, "a greater counter", VIOLATED, now(start(Call.PRE_STOP), counter=9)
    ),
    CloseCall("state.pre-stop-shares-it", NEVER_FROZEN, "no end before", UNTESTABLE, gone(end(Call.INVOKE, 1))),
    CloseCall(
        "state.pre-stop-shares-it",
        NEVER_FROZEN,
        "no counter before",
        UNTESTABLE,
        now(end(Call.INVOKE, 1), counter=None),
    ),
    CloseCall("state.pre-stop-shares-it", NEVER_FROZEN, "a 0 before", UNTESTABLE, now(end(Call.INVOKE, 1), counter=0)),
    CloseCall(
        "state.pre-stop-shares-it", NEVER_FROZEN, "another beginning", VIOLATED, now(end(Call.INVOKE, 1), counter=1)
    ),
    # -------------------------------------------------------------------------------------------- freeze
    CloseCall("freeze.nothing-runs", TWO_FREEZES, "a narrow window", UNTESTABLE, _narrow_window(20)),
    CloseCall(
        "freeze.nothing-runs",
        NO_HOOK,
        "no beat before the freeze",
        UNTESTABLE,
        lambda history: without(history, *(tick for tick in history.ticks() if tick.t < begun(history))),
    ),
    CloseCall("freeze.nothing-runs", NO_HOOK, "created", VIOLATED, now(every(EngineState), status="created")),
    CloseCall(
        "freeze.nothing-runs",
        TWO_FREEZES,
        "six beats inside",
        VIOLATED,
        _six_beats_in_the_freeze,
        shows=_beats_in_the_freeze,
    ),
    CloseCall(
        "freeze.runs-on-after-the-thaw",
        TWO_FREEZES,
        "never loaded",
        UNTESTABLE,
        gone(every(FunctionRecord, lambda record: record.edge == "loaded")),
    ),
    CloseCall(
        "freeze.runs-on-after-the-thaw",
        TWO_FREEZES,
        "the last number again",
        VIOLATED,
        _the_last_number_again,
        shows=lambda history: [_last_before_the_thaw(history), history.of(Thawed)[0], *_first_after_the_thaw(history)],
    ),
    CloseCall(
        "freeze.runs-on-after-the-thaw",
        NO_HOOK,
        "no beat after the thaw",
        VIOLATED,
        lambda history: without(history, *(tick for tick in history.ticks() if tick.t > history.of(Thawed)[0].t)),
        shows=lambda history: [history.of(Thawed)[0], history.ticks()[-1]],
    ),
    CloseCall(
        "freeze.serves-after-the-thaw",
        TWO_FREEZES,
        "no invocation before the freeze",
        UNTESTABLE,
        gone(sent(Call.INVOKE, slice(1))),
    ),
    CloseCall(
        "freeze.later-work-rests", SEVERAL_LENGTHS, "an invocation without an end", HOLDS, gone(end(Call.INVOKE, 1))
    ),
    CloseCall(
        "freeze.connection-survives", KEPT_ALIVE, "a connection for each answer, closed after it", NOTED, _closes_each
    ),
    CloseCall(
        "freeze.connection-survives", KEPT_ALIVE, "one invocation", UNTESTABLE, gone(sent(Call.INVOKE, slice(1, None)))
    ),
    CloseCall(
        "freeze.time-runs-once",
        TWO_FREEZES,
        "never frozen",
        UNTESTABLE,
        gone(every(FreezeBegun), every(Frozen), every(ThawBegun), every(Thawed)),
    ),
    CloseCall(
        "freeze.time-runs-once",
        TWO_FREEZES,
        "one beat",
        UNTESTABLE,
        lambda history: without(history, *history.ticks()[1:]),
    ),
    CloseCall(
        "freeze.time-runs-once", TWO_FREEZES, "two beats", HOLDS, lambda history: without(history, *history.ticks()[2:])
    ),
    CloseCall(
        "freeze.time-runs-once",
        TWO_FREEZES,
        "many beats out of turn",
        VIOLATED,
        _seven_beats_numbered_wrongly,
        shows=_wrong_beats,
    ),
    # -------------------------------------------------------------------------------------------- logs
    CloseCall(
        "logs.invoke-start-and-end",
        OVERLAPPING,
        "one ID twice, one never",
        VIOLATED,
        _named(Call.INVOKE, 1, "start", 0),
    ),
    CloseCall("logs.invoke-start-and-end", OVERLAPPING, "a run that nobody sent", VIOLATED, _a_stranger),
    CloseCall(
        "logs.written-before-the-freeze",
        TWO_FREEZES,
        "a later call without an end record",
        HOLDS,
        gone(end(Call.INVOKE, 1)),
    ),
    CloseCall(
        "logs.found-by-instance-and-hook", TWO_FREEZES, "an ID too low", VIOLATED, _named(Call.PRE_FREEZE, 1, "end", 0)
    ),
    CloseCall(
        "logs.found-by-instance-and-hook", TWO_FREEZES, "an ID too high", VIOLATED, _named(Call.PRE_FREEZE, 0, "end", 1)
    ),
    CloseCall(
        "logs.found-by-request", TWO_FREEZES, "a Start too many", VIOLATED, twice(line(Call.PRE_STOP, 0, "start"))
    ),
    # -------------------------------------------------------------------------------------------- concurrency
    CloseCall(
        "concurrency.declared-is-taken",
        EIGHT,
        "one more at once",
        HOLDS,
        lambda history: with_events(
            history,
            *a_run(Call.INVOKE, "ninth", history.runs(Call.INVOKE)[-1].start.t, lasts=2 * MS),
        ),
    ),
    CloseCall(
        "concurrency.one-at-a-time-is-kept",
        TWO_ANYWAY,
        "one run",
        UNTESTABLE,
        gone(runs(Call.INVOKE, slice(1))),
        subject=OLD,
    ),
    CloseCall(
        "concurrency.function-is-loaded-once", EIGHT, "one run", UNTESTABLE, gone(runs(Call.INVOKE, slice(1, None)))
    ),
    CloseCall("concurrency.function-is-loaded-once", EIGHT, "two runs", HOLDS, gone(runs(Call.INVOKE, slice(2, None)))),
    CloseCall("concurrency.requests-share-the-state", STAGGERED, "two responses", HOLDS, _two_answers),
    CloseCall(
        "concurrency.requests-share-the-state",
        STAGGERED,
        "one response",
        UNTESTABLE,
        lambda history: without(history, *history.caller_answers()[1:]),
    ),
    CloseCall(
        "concurrency.requests-share-the-state",
        STAGGERED,
        "a greater value",
        VIOLATED,
        now(nth(CallerAnswered, 0), body="9"),
    ),
    CloseCall(
        "concurrency.requests-share-the-state", STAGGERED, "no number", VIOLATED, now(nth(CallerAnswered, 0), body="x")
    ),
    CloseCall(
        "pre-freeze.again-after-it-was-overtaken",
        WHILE_PRE_FREEZE,
        "one response",
        UNTESTABLE,
        gone(nth(CallerAnswered, 0)),
    ),
    CloseCall(
        "pre-freeze.again-after-it-was-overtaken",
        WHILE_PRE_FREEZE,
        "no run at all",
        UNTESTABLE,
        gone(runs(Call.PRE_FREEZE)),
    ),
    CloseCall(
        "pre-freeze.again-after-it-was-overtaken",
        WHILE_PRE_FREEZE,
        "another run after the thaw",
        HOLDS,
        another_run(Call.PRE_FREEZE, lambda history: history.of(StopBegun)[0].t - 2 * MS),
    ),
    CloseCall(
        "invoke.served-while-pre-freeze-runs",
        WHILE_PRE_FREEZE,
        "PreFreeze never ended",
        UNTESTABLE,
        gone(end(Call.PRE_FREEZE)),
    ),
    CloseCall(
        "invoke.thaws-a-frozen-instance", WHILE_FROZEN, "a lower status", VIOLATED, with_status(Call.INVOKE, 1, 199)
    ),
    CloseCall(
        "invoke.thaws-a-frozen-instance", WHILE_FROZEN, "no run for it", VIOLATED, gone(runs(Call.INVOKE, slice(1, 2)))
    ),
    # -------------------------------------------------------------------------------------------- time, metering
    CloseCall("metering.hooks-are-billed", TWO_FREEZES, "a millisecond less", HOLDS, billed(-1)),
    CloseCall("metering.hooks-are-billed", TWO_FREEZES, "two less", VIOLATED, billed(-2)),
    CloseCall("metering.hooks-are-no-requests", TWO_FREEZES, "too few", VIOLATED, now(every(Billed), requests=0)),
    CloseCall("metering.overlap-is-billed-once", EIGHT, "exactly", HOLDS, lambda history: history),
    CloseCall("metering.overlap-is-billed-once", EIGHT, "nothing", VIOLATED, _a_bill_of(0)),
    CloseCall("metering.overlap-is-billed-once", EIGHT, "all of them", VIOLATED, _all_requests_billed_at_once),
    CloseCall("metering.overlap-is-billed-once", EIGHT, "as many as there were", HOLDS, billed(+8)),
    CloseCall("metering.overlap-is-billed-once", EIGHT, "much more", VIOLATED, billed(+100_000)),
    CloseCall("metering.frozen-time-is-free", TWO_FREEZES, "rounded up", HOLDS, billed(0)),
    CloseCall("metering.one-millisecond", TWO_FREEZES, "nothing was answered", UNTESTABLE, gone(every(Answered))),
    CloseCall("metering.compute-units", TWO_FREEZES, "nothing", VIOLATED, _a_bill_of(0)),
    CloseCall("metering.compute-units", TWO_FREEZES, "less than nothing", VIOLATED, _a_bill_of(-1)),
    CloseCall("metering.compute-units", TWO_FREEZES, "one millisecond", HOLDS, _a_bill_of(1)),
    CloseCall(
        "metering.compute-units",
        TWO_FREEZES,
        "half a unit too many",
        VIOLATED,
        lambda history: altered(history, history.of(Billed)[0], cu=history.of(Billed)[0].cu + 0.5),
    ),
    # -------------------------------------------------------------------------------------------- metrics
    CloseCall("metrics.written-before-the-freeze", BUFFERED, "two ends", UNTESTABLE, gone(end(Call.INVOKE, 2))),
    CloseCall("metrics.written-before-the-freeze", BUFFERED, "one freeze", UNTESTABLE, SECOND_FREEZE_GONE),
    CloseCall(
        "metrics.written-before-the-freeze",
        BUFFERED,
        "in another order",
        VIOLATED,
        now(nth(MetricsFlushed, 0), values=["second", "first"]),
    ),
    CloseCall("metrics.lost-without-hooks", BUFFERED_WITHOUT, "a stop without an end", UNTESTABLE, STOP_WITHOUT_END),
    # -------------------------------------------------------------------------------------------- telemetry
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "sent before, read in the freeze",
        HOLDS,
        at(nth(SinkReceived, 0), lambda h: h.of(ThawBegun)[0].t - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "with the thaw",
        VIOLATED,
        at(nth(SinkReceived, 0), lambda h: h.of(ThawBegun)[0].t),
        shows=both(nth(SinkReceived, 0), nth(FreezeBegun, 0)),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "sent twice, and the second time late",
        HOLDS,
        lambda h: with_events(h, moved(h.of(SinkReceived)[0], 1_000 * MS)),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "a late span that ended with the call of PreFreeze",
        HOLDS,
        lambda h: late_span(h, ended=h.exchanges(Call.PRE_FREEZE)[0].sent.t),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "a late span that ended just before the call of PreFreeze",
        VIOLATED,
        lambda h: late_span(h, ended=h.exchanges(Call.PRE_FREEZE)[0].sent.t - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "no PreFreeze, a late span that ended before the freeze",
        VIOLATED,
        lambda h: late_span(without(h, h.exchanges(Call.PRE_FREEZE)[0].sent), ended=begun(h) - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "sent with the stop",
        VIOLATED,
        at(nth(SinkReceived, 1), lambda h: h.of(StopBegun)[0].t),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "sent just before the stop",
        HOLDS,
        at(nth(SinkReceived, 1), lambda h: h.of(StopBegun)[0].t - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "no PreFreeze was called, and a span of before is lost",
        VIOLATED,
        also(
            lambda h: without(h, h.exchanges(Call.PRE_FREEZE)[0].sent),
            lambda h: altered(h, h.of(SinkReceived)[0], spans=h.of(SinkReceived)[0].spans[1:]),
        ),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "PreFreeze was called, and a span of before is lost",
        HOLDS,
        lambda h: altered(h, h.of(SinkReceived)[0], spans=h.of(SinkReceived)[0].spans[1:]),
    ),
    *(
        CloseCall("telemetry.left-before-the-freeze", TELEMETRY, what, says, partial(retimed, began=began, ended=ended))
        for what, says, began, ended in (
            ("a span from just before the start", HOLDS, lambda h: h.of(StartBegun)[0].t - APART_NS, None),
            ("a span from before the start", UNTESTABLE, lambda h: h.of(StartBegun)[0].t - APART_NS - 1, None),
            ("a span that ends after it came", UNTESTABLE, None, lambda h: h.of(SinkReceived)[0].t + APART_NS + 1),
            ("a span that ends as it comes", HOLDS, None, lambda h: h.of(SinkReceived)[0].t + APART_NS),
            ("a span that ends as it begins", HOLDS, None, lambda h: h.of(SinkReceived)[0].spans[0].began),
            ("a span that ends before it begins", UNTESTABLE, None, lambda h: h.of(StartBegun)[0].t),
        )
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "an answer with the call of PreFreeze, and no span of it",
        VIOLATED,
        _answered_with_pre_freeze,
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "an answer with the call of PreFreeze, and no span of it",
        VIOLATED,
        _answered_with_pre_freeze,
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a late span that ended with the call of PreFreeze",
        VIOLATED,
        lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_FREEZE)[0].sent.t),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a late span that ended just before the call of PreFreeze",
        HOLDS,
        lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_FREEZE)[0].sent.t - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a late span that ended with the call of PreStop",
        HOLDS,
        lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_STOP)[0].sent.t),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a late span that ended just before the call of PreStop",
        VIOLATED,
        lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_STOP)[0].sent.t - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "no PreStop, a late span that ended before the stop",
        VIOLATED,
        lambda h: after_the_stop(without(h, h.exchanges(Call.PRE_STOP)[0].sent), ended=h.of(StopBegun)[0].t - 1),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "a late span that ended after the first of two calls of PreFreeze",
        VIOLATED,
        also(
            called_too(Call.PRE_FREEZE, -20 * MS),
            lambda h: late_span(h, ended=h.exchanges(Call.PRE_FREEZE)[1].sent.t - 1),
        ),
    ),
    CloseCall(
        "telemetry.left-before-the-freeze",
        TELEMETRY,
        "a call of PreFreeze after the thaw, a late span that ended with the first",
        HOLDS,
        also(
            called_too(Call.PRE_FREEZE, 200 * MS), lambda h: late_span(h, ended=h.exchanges(Call.PRE_FREEZE)[0].sent.t)
        ),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a late span that ended before the last of two calls of PreFreeze",
        HOLDS,
        also(
            called_too(Call.PRE_FREEZE, -20 * MS),
            lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_FREEZE)[1].sent.t - 1),
        ),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a late span that ended after the first of two calls of PreStop",
        VIOLATED,
        also(
            called_too(Call.PRE_STOP, -5 * MS),
            lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_STOP)[1].sent.t - 1),
        ),
    ),
    CloseCall(
        "telemetry.left-before-the-stop",
        TELEMETRY,
        "a call of PreStop after the stop, a late span that ended with the first",
        HOLDS,
        also(
            called_too(Call.PRE_STOP, 70 * MS), lambda h: after_the_stop(h, ended=h.exchanges(Call.PRE_STOP)[0].sent.t)
        ),
    ),
    CloseCall(
        "telemetry.late-or-lost-without-hooks",
        TELEMETRY_WITHOUT,
        "a stop without an end",
        UNTESTABLE,
        STOP_WITHOUT_END,
    ),
    # -------------------------------------------------------------------------------------------- failing hooks
    CloseCall("failing-hooks.freeze-follows", THROWING, "two freezes", VIOLATED, twice(engine("pause"))),
    CloseCall(
        "failing-hooks.freeze-follows",
        THROWING,
        "frozen before the hook",
        VIOLATED,
        at(engine("pause"), lambda history: history.exchanges(Call.PRE_FREEZE)[0].sent.t - MS),
    ),
    CloseCall("failing-hooks.stop-follows", THROWING, "two ends", VIOLATED, twice(engine("die"))),
    CloseCall(
        "failing-hooks.stop-follows",
        THROWING,
        "ended before the hook",
        VIOLATED,
        at(engine("die"), lambda history: history.exchanges(Call.PRE_STOP)[0].sent.t - MS),
    ),
    CloseCall(
        "failing-hooks.next-invocation-is-clean",
        THROWING,
        "no invocation before",
        UNTESTABLE,
        gone(sent(Call.INVOKE, slice(1))),
    ),
    CloseCall(
        "failing-hooks.next-invocation-is-clean", THROWING, "an end unseen", UNTESTABLE, gone(end(Call.INVOKE, 1))
    ),
    CloseCall(
        "failing-hooks.next-invocation-is-clean", THROWING, "a lower status", VIOLATED, with_status(Call.INVOKE, 1, 199)
    ),
    CloseCall(
        "failing-hooks.next-invocation-is-clean",
        THROWING,
        "a higher status",
        VIOLATED,
        with_status(Call.INVOKE, 1, 201),
    ),
    CloseCall(
        "failing-hooks.next-invocation-is-clean",
        THROWING,
        "an empty body",
        VIOLATED,
        now(answer(Call.INVOKE, 1), body=""),
    ),
    CloseCall(
        "failing-hooks.end-line-tells", REJECTING, "two End lines", VIOLATED, twice(line(Call.PRE_STOP, 0, "end"))
    ),
    CloseCall(
        "failing-hooks.no-second-answer",
        CALLING_BACK_TWICE,
        "no End line",
        VIOLATED,
        gone(line(Call.PRE_FREEZE, 0, "end")),
    ),
    CloseCall("hooks.timeout-is-honoured", HANGING, "too early", VIOLATED, _given_up(1_000 * MS - 1)),
    CloseCall("hooks.timeout-is-honoured", HANGING, "a little later", HOLDS, _given_up(1_100 * MS)),
    CloseCall("hooks.timeout-is-honoured", HANGING, "at the last moment", HOLDS, _given_up(1_250 * MS)),
    CloseCall("hooks.timeout-is-honoured", HANGING, "just after it", VIOLATED, _given_up(1_250 * MS + MS // 2)),
    # -------------------------------------------------------------------------------------------- failing invocations
    *(
        CloseCall(
            "failing-invocation.is-answered-as-failed",
            FAILED_INVOCATION,
            f"status 200, x-fc-status {told}",
            says,
            also(with_status(Call.INVOKE, 1, 200), now(_second_answer, headers={"x-fc-status": told})),
        )
        for told, says in (("404", HOLDS), ("200", VIOLATED))
    ),
    CloseCall(
        "failing-invocation.is-answered-as-failed",
        FAILED_INVOCATION,
        "two invocations",
        UNTESTABLE,
        gone(sent(Call.INVOKE, slice(2, None))),
    ),
    *(
        CloseCall(
            "failing-invocation.is-answered-as-failed",
            FAILED_INVOCATION,
            f"status {status}",
            says,
            also(with_status(Call.INVOKE, 1, status), now(_second_answer, headers={})),
        )
        for status, says in ((199, NOTED), (200, VIOLATED), (201, VIOLATED), (299, VIOLATED), (300, NOTED))
    ),
    CloseCall(
        "failing-invocation.pre-freeze-runs-all-the-same",
        FAILED_INVOCATION,
        "another run before the failure",
        HOLDS,
        another_run(Call.PRE_FREEZE, lambda history: history.exchanges(Call.INVOKE)[1].sent.t - 3 * MS),
    ),
    CloseCall(
        "failing-invocation.pre-freeze-runs-all-the-same",
        FAILED_INVOCATION,
        "another run after the freeze",
        HOLDS,
        another_run(Call.PRE_FREEZE, lambda history: history.of(StopBegun)[0].t - 2 * MS),
    ),
    CloseCall(
        "failing-invocation.pre-freeze-runs-all-the-same",
        FAILED_INVOCATION,
        "two runs",
        VIOLATED,
        twice(runs(Call.PRE_FREEZE, slice(1))),
    ),
    CloseCall(
        "failing-invocation.next-invocation-is-clean",
        FAILED_INVOCATION,
        "two invocations",
        UNTESTABLE,
        gone(sent(Call.INVOKE, slice(2, None))),
    ),
    CloseCall(
        "failing-invocation.next-invocation-is-clean",
        FAILED_INVOCATION,
        "no answer before",
        UNTESTABLE,
        gone(answer(Call.INVOKE)),
        shows=sent(Call.INVOKE, slice(1)),
    ),
    CloseCall(
        "failing-invocation.next-invocation-is-clean",
        FAILED_INVOCATION,
        "a lower status",
        VIOLATED,
        with_status(Call.INVOKE, 2, 199),
        shows=lambda history: [
            answered(history.exchanges(Call.INVOKE)[1]),
            history.exchanges(Call.INVOKE)[2].sent,
            answered(history.exchanges(Call.INVOKE)[2]),
        ],
    ),
    CloseCall(
        "failing-invocation.end-line-tells",
        FAILED_INVOCATION,
        "two End lines",
        VIOLATED,
        twice(line(Call.INVOKE, 1, "end")),
    ),
    CloseCall(
        "failing-invocation.end-line-tells",
        FAILED_INVOCATION,
        "no End line",
        VIOLATED,
        gone(line(Call.INVOKE, 1, "end")),
    ),
    # -------------------------------------------------------------------------------------------- initializer
    CloseCall("initializer.no-event", INITIALIZER, "nothing", VIOLATED, now(start(Call.INITIALIZE), args=[])),
    CloseCall(
        "initializer.no-event", INITIALIZER, "another", VIOLATED, now(start(Call.INITIALIZE), args=["a", "context"])
    ),
    CloseCall("initializer.shares-the-state", INITIALIZER, "no initializer", UNTESTABLE, gone(runs(Call.INITIALIZE))),
    CloseCall(
        "initializer.shares-the-state", INITIALIZER, "a greater counter", VIOLATED, now(start(Call.INVOKE), counter=101)
    ),
    CloseCall(
        "initializer.start-and-end",
        INITIALIZER,
        "two Start lines",
        VIOLATED,
        lambda history: altered(
            history,
            next(iter(line(Call.INITIALIZE, 0, "end")(history))),
            text=f"FC Initialize Start RequestId: {history.exchanges(Call.INITIALIZE)[0].sent.request_id}",
        ),
    ),
    # -------------------------------------------------------------------------------------------- configuration
    CloseCall(
        "configuration.empty-handler-disables-pre-freeze",
        PRE_FREEZE_EMPTIED,
        "a stop without an end",
        UNTESTABLE,
        STOP_WITHOUT_END,
    ),
    CloseCall(
        "configuration.console-update-sets-hooks",
        UPDATED,
        "taken in an earlier way",
        UNTESTABLE,
        now(every(ConfigurationTaken), by="a way"),
    ),
    CloseCall(
        "configuration.console-update-sets-hooks",
        UPDATED,
        "taken in a later way",
        UNTESTABLE,
        now(every(ConfigurationTaken), by="way"),
    ),
    CloseCall(
        "configuration.console-update-sets-hooks", UPDATED, "PreStop twice", VIOLATED, twice(runs(Call.PRE_STOP))
    ),
    CloseCall(
        "configuration.console-creation-takes-no-hook",
        IN_THE_CONSOLE,
        "refused in an earlier way",
        UNTESTABLE,
        now(every(ConfigurationRefused), by="a way"),
    ),
    CloseCall(
        "configuration.console-creation-takes-no-hook",
        IN_THE_CONSOLE,
        "refused in a later way",
        UNTESTABLE,
        now(every(ConfigurationRefused), by="way"),
    ),
    CloseCall(
        "configuration.console-creation-takes-no-hook",
        IN_THE_CONSOLE,
        "only a creation without hooks",
        UNTESTABLE,
        now(every(ConfigurationRefused), text="handler: index.handler"),
    ),
    CloseCall(
        "configuration.console-creation-takes-no-hook",
        IN_THE_CONSOLE,
        "only an update with hooks",
        UNTESTABLE,
        also(
            gone(every(ConfigurationRefused)),
            now(every(ConfigurationTaken), by="update", text="preStop: {handler: index.preStop}"),
        ),
    ),
    CloseCall(
        "configuration.each-hook-has-its-own",
        BY_SDK,
        "a shorter timeout",
        VIOLATED,
        now(nth(HookConfigured, 0), timeout_s=1),
    ),
    CloseCall(
        "configuration.each-hook-has-its-own",
        BY_SDK,
        "one handler that the file names for both",
        HOLDS,
        also(
            now(every(ConfigurationTaken), text=ONE_HANDLER_FOR_BOTH),
            now(every(HookConfigured), handler="index.preStop"),
        ),
    ),
    CloseCall(
        "configuration.each-hook-has-its-own",
        BY_SDK,
        "one handler for both, one of which is configured",
        HOLDS,
        also(
            now(every(ConfigurationTaken), text=ONE_HANDLER_FOR_BOTH),
            gone(nth(HookConfigured, 0)),
            now(every(HookConfigured), handler="index.preStop"),
        ),
    ),
    CloseCall(
        "configuration.timeout-is-void-without-a-handler",
        PRE_STOP_EMPTIED,
        "never frozen",
        UNTESTABLE,
        gone(every(FreezeBegun), every(Frozen), every(ThawBegun), every(Thawed)),
    ),
    *(
        CloseCall(
            "configuration.timeout-is-void-without-a-handler",
            PRE_STOP_EMPTIED,
            f"taken as {way}",
            UNTESTABLE,
            now(every(ConfigurationTaken), by=way),
        )
        for way in ("a way", "way")
    ),
    *(
        CloseCall(
            "configuration.timeout-is-void-without-a-handler",
            PRE_STOP_EMPTIED,
            f"only {text}",
            UNTESTABLE,
            now(every(ConfigurationTaken), text=text),
        )
        for text in ('handler: ""', "timeout: 9")
    ),
    *(
        CloseCall(
            "configuration.mistakes-change-nothing",
            MISTAKEN,
            f"refused as {way}",
            UNTESTABLE,
            now(every(ConfigurationRefused), by=way),
        )
        for way in ("a way", "way")
    ),
    CloseCall(
        "configuration.mistakes-change-nothing",
        MISTAKEN,
        "one update",
        UNTESTABLE,
        lambda history: without(history, *history.of(ConfigurationRefused)[1:]),
    ),
    CloseCall(
        "configuration.mistakes-change-nothing",
        MISTAKEN,
        "something else is taken",
        HOLDS,
        lambda history: with_events(
            history, ConfigurationTaken(t=history.of(ConfigurationRefused)[0].t + 1, by="way", text="")
        ),
    ),
    *(
        CloseCall("configuration.mistakes-are-named", MISTAKEN, f"no {text}", VIOLATED, _without_text(text))
        for text in ("preFreeze", "preStop")
    ),
    CloseCall(
        "configuration.mistakes-are-named",
        MISTAKEN,
        "no line",
        VIOLATED,
        also(*(_without_text(f":{number}:") for number in range(1, 40))),
    ),
    # -------------------------------------------------------------------------------------------- unsupported
    CloseCall(
        "unsupported.pre-freeze-cannot-be-configured",
        TWO_FREEZES,
        "a request for it",
        VIOLATED,
        lambda history: with_events(
            history,
            RequestSent(
                t=begun(history) - MS, exchange=99, call=Call.PRE_FREEZE, request_id="asked", event=None, context={}
            ),
        ),
        subject=PARTIAL,
    ),
    CloseCall(
        "unsupported.pre-freeze-cannot-be-configured",
        TWO_FREEZES,
        "an uninvited request for it",
        HOLDS,
        lambda history: with_events(
            history,
            RequestSent(
                t=begun(history) - MS,
                exchange=99,
                call=Call.PRE_FREEZE,
                request_id="asked",
                event=None,
                context={},
                uninvited=True,
            ),
        ),
        subject=PARTIAL,
    ),
    *(
        CloseCall(
            "unsupported.path-is-no-invocation",
            UNINVITED,
            f"status {status}",
            says,
            with_status(Call.PRE_FREEZE, 0, status),
            subject=PARTIAL,
        )
        for status, says in ((199, HOLDS), (200, VIOLATED), (201, VIOLATED), (299, VIOLATED), (300, HOLDS))
    ),
    CloseCall(
        "unsupported.path-is-no-invocation",
        UNINVITED,
        "an invocation without a run",
        HOLDS,
        gone(runs(Call.INVOKE, slice(1))),
        subject=PARTIAL,
    ),
    CloseCall(
        "unsupported.path-is-no-invocation",
        UNINVITED,
        "silence",
        UNTESTABLE,
        _silence(Call.PRE_FREEZE, 0),
        subject=PARTIAL,
    ),
    CloseCall(
        "unsupported.freeze-happens-without-hook",
        TWO_FREEZES,
        "a freeze too many",
        VIOLATED,
        twice(engine("pause")),
        subject=PARTIAL,
    ),
    CloseCall(
        "unsupported.no-web-server-no-hook",
        SINGLE_RUN,
        "one of them",
        UNTESTABLE,
        gone(nth(HookWithoutEffect, 0)),
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-no-hook",
        SINGLE_RUN,
        "a stop without an end",
        UNTESTABLE,
        STOP_WITHOUT_END,
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-still-stops",
        SINGLE_RUN,
        "a third pause",
        VIOLATED,
        lambda history: with_events(history, moved(history.engine("pause")[0], 1)),
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-still-stops",
        SINGLE_RUN,
        "one freeze, two pauses",
        VIOLATED,
        SECOND_FREEZE_GONE,
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-still-stops",
        SINGLE_RUN,
        "three freezes, two pauses",
        VIOLATED,
        lambda history: with_events(history, moved(history.of(FreezeBegun)[0], 1)),
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-still-stops",
        SINGLE_RUN,
        "three of both",
        VIOLATED,
        lambda history: with_events(
            history, moved(history.of(FreezeBegun)[0], 1), moved(history.engine("pause")[0], 1)
        ),
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-still-stops",
        SINGLE_RUN,
        "one of both",
        VIOLATED,
        also(SECOND_FREEZE_GONE, lambda history: without(history, history.engine("pause")[1])),
        subject=SILENT,
    ),
    CloseCall(
        "unsupported.no-web-server-still-stops",
        SINGLE_RUN,
        "two ends",
        VIOLATED,
        twice(engine("die")),
        subject=SILENT,
    ),
    CloseCall("hooks.not-configured-not-run", NO_HOOK, "one freeze", UNTESTABLE, SECOND_FREEZE_GONE),
    CloseCall("hooks.not-configured-not-run", NO_HOOK, "a stop without an end", UNTESTABLE, STOP_WITHOUT_END),
    # -------------------------------------------------------------------------------------------- and a few more
    *(
        CloseCall(
            "configuration.console-creation-takes-no-hook",
            IN_THE_CONSOLE,
            f"taken, and another refused as {way}",
            VIOLATED,
            _taken_and_another_refused(way),
        )
        for way in ("a way", "way")
    ),
    *(
        CloseCall(
            "configuration.console-creation-takes-no-hook",
            IN_THE_CONSOLE,
            f"only taken as {way}",
            UNTESTABLE,
            also(
                gone(every(ConfigurationRefused)),
                now(every(ConfigurationTaken), by=way, text="preStop: {handler: index.preStop}"),
            ),
        )
        for way in ("a way", "way")
    ),
    *(
        CloseCall(
            "failing-hooks.end-line-tells", REJECTING, f"an End line of {other} beside it", HOLDS, _another_end(other)
        )
        for other in ("a", "z")
    ),
    *(
        CloseCall(
            "failing-hooks.flood-keeps-the-lines",
            FLOODING,
            f"only an End line of {other}",
            VIOLATED,
            also(gone(line(Call.PRE_STOP, 0, "end")), _another_end(other)),
        )
        for other in ("a", "z")
    ),
    *(
        CloseCall(
            "results.change-no-status",
            SENTINEL,
            f"it handed back {result}",
            UNTESTABLE,
            also(now(end(Call.PRE_FREEZE), result=result), now(end(Call.PRE_FREEZE, 1), result=result)),
        )
        for result in ("", "z")
    ),
    CloseCall(
        "state.pre-stop-shares-it", NEVER_FROZEN, "less than 0 before", VIOLATED, now(end(Call.INVOKE, 1), counter=-1)
    ),
    CloseCall("metering.frozen-time-is-free", TWO_FREEZES, "half of it", HOLDS, _half_the_frozen_time(0)),
    CloseCall("metering.frozen-time-is-free", TWO_FREEZES, "more than half", VIOLATED, _half_the_frozen_time(2)),
    CloseCall(
        "unsupported.no-web-server-no-hook",
        SINGLE_RUN,
        "another hook",
        UNTESTABLE,
        now(every(HookWithoutEffect), hook=Call.INITIALIZE),
        subject=SILENT,
    ),
    CloseCall(
        "logs.pre-stop-start-and-end",
        NEVER_FROZEN,
        "a second pair of lines",
        VIOLATED,
        twice(line(Call.PRE_STOP, 0, "start"), line(Call.PRE_STOP, 0, "end")),
    ),
    CloseCall("metering.frozen-time-is-free", TWO_FREEZES, "exactly too much", VIOLATED, _half_the_frozen_time(1)),
    CloseCall("metering.one-millisecond", TWO_FREEZES, "a whole millisecond more", VIOLATED, billed(+1)),
    CloseCall("metering.one-millisecond", TWO_FREEZES, "a whole millisecond less", VIOLATED, billed(-1)),
    CloseCall(
        "metering.overlap-is-billed-once",
        EIGHT,
        "a millisecond for each call",
        HOLDS,
        lambda history: billed(len(history.exchanges()))(history),
    ),
    CloseCall(
        "freeze.nothing-runs",
        TWO_FREEZES,
        "frozen and never thawed",
        UNTESTABLE,
        gone(every(ThawBegun), every(Thawed), every(StopBegun)),
    ),
    CloseCall("freeze.nothing-runs", TWO_FREEZES, "a window of exactly three beats", HOLDS, _narrow_window(30)),
    # -------------------------------------------------------------------------------------------- at one nanosecond
    # What happened at the very moment of an edge belongs to one side of it: which one, each check says here.
    *(
        CloseCall(requirement, scenario, f"{what}, at the same nanosecond", says, change)
        for requirement, scenario, what, says, change in (
            (
                "pre-freeze.runs-before-every-freeze",
                TWO_FREEZES,
                "PreFreeze and the freeze",
                VIOLATED,
                at(runs(Call.PRE_FREEZE, slice(1)), begun),
            ),
            (
                "pre-freeze.runs-before-every-freeze",
                TWO_FREEZES,
                "the second PreFreeze and the first freeze",
                HOLDS,
                at(runs(Call.PRE_FREEZE, slice(1, 2)), begun),
            ),
            (
                "pre-freeze.after-the-last-response",
                TWO_FREEZES,
                "a request and PreFreeze",
                HOLDS,
                at(sent(Call.INVOKE, slice(1, 2)), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "pre-freeze.after-the-last-response",
                TWO_FREEZES,
                "the response and PreFreeze",
                HOLDS,
                at(nth(CallerAnswered, 0), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "pre-freeze.never-beside-an-invocation",
                OVERLAPPING,
                "an invocation's end and PreFreeze",
                HOLDS,
                at(end(Call.INVOKE, 2), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "pre-freeze.never-beside-an-invocation",
                OVERLAPPING,
                "PreFreeze's end and an invocation",
                HOLDS,
                another_run(Call.INVOKE, _end_of(Call.PRE_FREEZE)),
            ),
            (
                "pre-freeze.finished-before-the-freeze",
                TWO_FREEZES,
                "PreFreeze's end and the freeze",
                HOLDS,
                also(at(answer(Call.PRE_FREEZE), lambda h: begun(h) + 1), at(end(Call.PRE_FREEZE), begun)),
            ),
            (
                "pre-freeze.finished-before-the-freeze",
                TWO_FREEZES,
                "PreFreeze's start and the freeze",
                HOLDS,
                also(
                    at(answer(Call.PRE_FREEZE), lambda h: begun(h) + 5),
                    at(runs(Call.PRE_FREEZE, slice(1)), begun),
                ),
            ),
            (
                "pre-stop.finished-before-the-stop",
                NEVER_FROZEN,
                "PreStop's end and its answer",
                HOLDS,
                at(end(Call.PRE_STOP), lambda h: answered(h.exchanges(Call.PRE_STOP)[0]).t),
            ),
            (
                "pre-stop.runs-before-the-stop",
                NEVER_FROZEN,
                "PreStop's end and the stop",
                HOLDS,
                at(end(Call.PRE_STOP), lambda h: h.of(StopBegun)[0].t),
            ),
            (
                "pre-stop.comes-last",
                NEVER_FROZEN,
                "an invocation's end and PreStop",
                HOLDS,
                at(end(Call.INVOKE, 1), _start_of(Call.PRE_STOP)),
            ),
            (
                "hooks.context-function",
                TWO_FREEZES,
                "the request and the run",
                HOLDS,
                at(sent(Call.PRE_FREEZE, slice(1)), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "results.never-in-a-response",
                SENTINEL,
                "the response and the hook",
                UNTESTABLE,
                at(nth(CallerAnswered, 1), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "results.change-no-status",
                SENTINEL,
                "the response before and the hook",
                HOLDS,
                at(nth(CallerAnswered, 0), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "results.change-no-status",
                SENTINEL,
                "the response after and the hook",
                UNTESTABLE,
                at(nth(CallerAnswered, 1), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "state.pre-stop-shares-it",
                NEVER_FROZEN,
                "the last invocation and PreStop",
                VIOLATED,
                at(runs(Call.INVOKE, slice(1, 2)), _start_of(Call.PRE_STOP)),
            ),
            (
                "freeze.nothing-runs",
                TWO_FREEZES,
                "a record and the freeze's window",
                HOLDS,
                at(end(Call.PRE_FREEZE), lambda h: h.of(Frozen)[0].t),
            ),
            (
                "freeze.nothing-runs",
                TWO_FREEZES,
                "a record and the window's end",
                HOLDS,
                at(end(Call.PRE_FREEZE), lambda h: h.of(ThawBegun)[0].t),
            ),
            (
                "freeze.nothing-runs",
                NO_HOOK,
                "the only beat before and the freeze",
                UNTESTABLE,
                _the_only_beat_before_at_the_freeze,
            ),
            (
                "freeze.serves-after-the-thaw",
                TWO_FREEZES,
                "the invocation and the thaw",
                UNTESTABLE,
                at(sent(Call.INVOKE, slice(1, 2)), lambda h: h.of(Thawed)[0].t),
            ),
            (
                "freeze.later-work-rests",
                SEVERAL_LENGTHS,
                "work and the window",
                HOLDS,
                at(nth(LaterWork, 2), lambda h: h.of(Frozen)[2].t),
            ),
            (
                "freeze.later-work-rests",
                SEVERAL_LENGTHS,
                "work and the window's end",
                HOLDS,
                at(nth(LaterWork, 2), lambda h: h.of(ThawBegun)[2].t),
            ),
            (
                "initializer.once-before-the-first-invocation",
                INITIALIZER,
                "its end and the invocation",
                HOLDS,
                at(end(Call.INITIALIZE), _start_of(Call.INVOKE)),
            ),
            (
                "logs.lines-enclose-the-run",
                NEVER_FROZEN,
                "Start line and start read",
                HOLDS,
                lambda h: now(line(Call.PRE_STOP, 0, "start"), read_t=h.runs(Call.PRE_STOP)[0].start.read_t)(h),
            ),
            (
                "logs.lines-enclose-the-run",
                NEVER_FROZEN,
                "End line and end read",
                HOLDS,
                lambda h: now(line(Call.PRE_STOP, 0, "end"), read_t=end_of(h, Call.PRE_STOP, 0).read_t)(h),
            ),
            (
                "logs.written-before-the-freeze",
                TWO_FREEZES,
                "a late line's answer and the freeze",
                VIOLATED,
                also(at(answer(Call.PRE_FREEZE), begun), at(line(Call.PRE_FREEZE, 0, "end"), _after_the_thaw)),
            ),
            (
                "logs.written-before-the-freeze",
                TWO_FREEZES,
                "a late line's run's end and the freeze",
                VIOLATED,
                also(at(end(Call.PRE_FREEZE), begun), at(line(Call.PRE_FREEZE, 0, "end"), _after_the_thaw)),
            ),
            (
                "logs.written-before-the-freeze",
                TWO_FREEZES,
                "a line and the thaw",
                VIOLATED,
                at(line(Call.PRE_FREEZE, 0, "end"), lambda h: h.of(ThawBegun)[0].t),
            ),
            (
                "pre-freeze.again-after-it-was-overtaken",
                WHILE_PRE_FREEZE,
                "the response and the second PreFreeze",
                HOLDS,
                at(start(Call.PRE_FREEZE, 1), lambda h: h.caller_answers()[-1].t),
            ),
            (
                "pre-freeze.again-after-it-was-overtaken",
                WHILE_PRE_FREEZE,
                "the second PreFreeze and the freeze",
                VIOLATED,
                at(runs(Call.PRE_FREEZE, slice(1, 2)), begun),
            ),
            (
                "invoke.served-while-pre-freeze-runs",
                WHILE_PRE_FREEZE,
                "the request and PreFreeze",
                UNTESTABLE,
                at(sent(Call.INVOKE, slice(1, None)), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "invoke.thaws-a-frozen-instance",
                WHILE_FROZEN,
                "the request and the thaw",
                HOLDS,
                at(sent(Call.INVOKE, slice(1, 2)), lambda h: h.of(ThawBegun)[0].t),
            ),
            (
                "metrics.written-before-the-freeze",
                BUFFERED,
                "the writing and the freeze",
                VIOLATED,
                at(nth(MetricsFlushed, 0), begun),
            ),
            (
                "failing-hooks.freeze-follows",
                THROWING,
                "the request and the pause",
                VIOLATED,
                at(engine("pause"), lambda h: h.exchanges(Call.PRE_FREEZE)[0].sent.t),
            ),
            (
                "failing-hooks.stop-follows",
                THROWING,
                "the request and the end",
                VIOLATED,
                at(engine("die"), lambda h: h.exchanges(Call.PRE_STOP)[0].sent.t),
            ),
            (
                "failing-hooks.next-invocation-is-clean",
                THROWING,
                "the next request and the hook's",
                UNTESTABLE,
                at(sent(Call.INVOKE, slice(1, 2)), lambda h: h.exchanges(Call.PRE_FREEZE)[0].sent.t),
            ),
            (
                "failing-hooks.next-invocation-is-clean",
                THROWING,
                "the earlier request and the hook's",
                UNTESTABLE,
                at(sent(Call.INVOKE, slice(1)), lambda h: h.exchanges(Call.PRE_FREEZE)[0].sent.t),
            ),
            (
                "failing-invocation.pre-freeze-runs-all-the-same",
                FAILED_INVOCATION,
                "the failing request and PreFreeze",
                VIOLATED,
                at(start(Call.PRE_FREEZE), lambda h: h.exchanges(Call.INVOKE)[1].sent.t),
            ),
            (
                "failing-invocation.pre-freeze-runs-all-the-same",
                FAILED_INVOCATION,
                "PreFreeze and the freeze",
                VIOLATED,
                at(runs(Call.PRE_FREEZE, slice(1)), begun),
            ),
            (
                "time.caller-waits-for-no-pre-freeze",
                TWO_FREEZES,
                "the response and PreFreeze",
                HOLDS,
                at(nth(CallerAnswered, 0), _start_of(Call.PRE_FREEZE)),
            ),
            (
                "time.caller-waits-for-no-pre-freeze",
                TWO_FREEZES,
                "PreFreeze's end and the next question",
                HOLDS,
                at(nth(CallerAsked, 1), _end_of(Call.PRE_FREEZE)),
            ),
            (
                "time.slow-pre-freeze-slows-no-caller",
                SLOW,
                "a timer one millisecond early",
                HOLDS,
                at(end(Call.PRE_FREEZE), lambda h: h.runs(Call.PRE_FREEZE)[0].start.t + (SLOW_HOOK_MS - 1) * MS),
            ),
            (
                "time.slow-pre-freeze-slows-no-caller",
                SLOW,
                "as long as PreFreeze",
                VIOLATED,
                at(
                    nth(CallerAsked, 0),
                    lambda h: h.caller_answers()[0].t - (_end_of(Call.PRE_FREEZE)(h) - _start_of(Call.PRE_FREEZE)(h)),
                ),
            ),
        )
    ),
    # -------------------------------------------------------------------------------------------- numbers
    *(
        CloseCall(
            "instance.answers-every-invocation",
            TWO_FREEZES,
            f"status {status}",
            says,
            with_status(Call.INVOKE, 0, status),
        )
        for status, says in ((199, VIOLATED), (200, HOLDS), (299, HOLDS), (300, VIOLATED))
    ),
    *(
        CloseCall(
            "invoke.event-as-sent",
            TWO_FREEZES,
            f"an event of which {kept} characters are kept",
            says,
            also(
                now(sent(Call.INVOKE), event="e" * 300, event_sha256=None),
                now(starts(Call.INVOKE), event="e" * kept, event_sha256=None),
            ),
        )
        for kept, says in ((255, VIOLATED), (256, HOLDS), (257, VIOLATED))
    ),
    CloseCall("freeze.nothing-runs", TWO_FREEZES, "a window of less than three beats", UNTESTABLE, _narrow_window(29)),
    CloseCall(
        "time.slow-pre-freeze-slows-no-caller",
        SLOW,
        "a timer two milliseconds early",
        UNTESTABLE,
        at(end(Call.PRE_FREEZE), lambda h: h.runs(Call.PRE_FREEZE)[0].start.t + (SLOW_HOOK_MS - 2) * MS),
    ),
    *(
        CloseCall(
            "instance.ends-on-sigterm",
            TWO_FREEZES,
            f"an exit code of {code}",
            HOLDS,
            now(every(Stopped), exit_code=code),
        )
        for code in (136, 138)
    ),
    # -------------------------------------------------------------------------------------------- what came later
    CloseCall(
        "configuration.sdk-creation-sets-hooks",
        BY_SDK,
        "taken in another way",
        UNTESTABLE,
        now(every(ConfigurationTaken), by="a way"),
    ),
    CloseCall("results.change-no-freeze-and-no-stop", SENTINEL, "a stop without an end", VIOLATED, STOP_WITHOUT_END),
    *(
        CloseCall("unsupported.freeze-happens-without-hook", TWO_FREEZES, what, says, also(*changes), subject=PARTIAL)
        for what, says, changes in (
            ("it ended early, in its first freeze", HOLDS, (SECOND_FREEZE_GONE, _second_pause_gone, _trouble)),
            ("it ended early, in no freeze", UNTESTABLE, (_never_entered, _trouble)),
            ("no freeze is entered", VIOLATED, (_never_entered,)),
            (
                "a third freeze",
                VIOLATED,
                (lambda h: with_events(h, moved(h.of(FreezeBegun)[0], 1), moved(h.engine("pause")[0], 1)),),
            ),
        )
    ),
    *(
        CloseCall("invoke.thaws-a-frozen-instance", WHILE_FROZEN, what, says, also(*changes))
        for what, says, changes in (
            (
                "it is sent while frozen, as its caller asked",
                HOLDS,
                (at(_asked_by_the_second, _in_the_window(-2)), at(sent(Call.INVOKE, slice(1, 2)), _in_the_window(-1))),
            ),
            (
                "asked at the nanosecond of the freeze",
                UNTESTABLE,
                (at(_asked_by_the_second, _frozen), at(sent(Call.INVOKE, slice(1, 2)), _in_the_window(-1))),
            ),
            (
                "asked before, sent at the nanosecond of the thaw",
                UNTESTABLE,
                (at(_asked_by_the_second, _frozen), at(sent(Call.INVOKE, slice(1, 2)), _in_the_window(0))),
            ),
        )
    ),
    *(
        CloseCall("logs.lines-around", FLOODING, what, says, also(*changes))
        for what, says, changes in (
            ("the Start line behind the first line", VIOLATED, (_start_behind_the_first,)),
            ("the End line before the last line", VIOLATED, (_end_before_the_last,)),
            ("and lines of an earlier ID", VIOLATED, (_start_behind_the_first, _a_pair_of("a"))),
            ("and lines of a later ID", VIOLATED, (_start_behind_the_first, _a_pair_of("z"))),
            ("two Start lines", HOLDS, (twice(line(Call.PRE_FREEZE, 0, "start")),)),
            ("a run without an end", HOLDS, (gone(end(Call.PRE_FREEZE)),)),
            (
                "the first line names its request",
                HOLDS,
                (_start_behind_the_first, now(_first_flood_line, text="of pre-freeze-2")),
            ),
        )
    ),
    CloseCall(
        "pre-freeze.finished-before-the-freeze",
        TWO_FREEZES,
        "another clock",
        UNTESTABLE,
        later(-5_000 * MS, start(Call.PRE_STOP)),
    ),
    *(
        CloseCall("pre-stop.finished-before-the-stop", NEVER_FROZEN, what, says, also(*changes))
        for what, says, changes in (
            (
                "under way by another clock",
                UNTESTABLE,
                (
                    later(-5_000 * MS, start(Call.INVOKE)),
                    at(every(StopBegun), lambda h: _start_of(Call.PRE_STOP)(h) + 1),
                ),
            ),
            ("under way", VIOLATED, (at(every(StopBegun), lambda h: _start_of(Call.PRE_STOP)(h) + 1),)),
            (
                "the stop and its start, at the same nanosecond",
                HOLDS,
                (at(every(StopBegun), _start_of(Call.PRE_STOP)),),
            ),
            ("the stop and its end, at the same nanosecond", HOLDS, (at(every(StopBegun), _end_of(Call.PRE_STOP)),)),
        )
    ),
]
