"""What must hold on every History, whatever happened in it: the laws that generated sequences are judged by.

A law is a requirement of the catalogue, without a scenario that was made for it. ``due`` says from the driver's own
steps whether there is something to look at; where there is, a law that then sees nothing is NOT_TESTABLE, as any check
is. Where a check of a ``test_*.py`` holds on every History, it is the law. Those written here are those that
scenarios get more simply because they know what they did.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance import (
    test_arguments,
    test_freeze,
    test_instance,
    test_logs,
    test_ordering,
    test_time_and_metering,
)
from conformance.judging.evidence import told_failure, told_success, what_came
from conformance.judging.expect import (
    NotTestable,
    Outcome,
    Violation,
    completed_freezes,
    describe,
    one_clock,
    require,
    seen,
)
from conformance.test_shared_state import PER_INVOCATION, PER_PRE_FREEZE
from fixtures.history.events import (
    HOOKS,
    Billed,
    Call,
    CallerAnswered,
    FreezeBegun,
    HookConfigured,
    StopBegun,
    ThawBegun,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fixtures.history.events import Event
    from fixtures.history.history import Exchange, Freeze, History, Run


@dataclass(frozen=True)
class Law:
    """One requirement as a law. ``due``: whether, by the driver's own steps, a History has something to look at."""

    requirement: str
    due: Callable[[History], bool]
    judge: Callable[[History], None]


@dataclass(frozen=True)
class Finding:
    """What became of a law on one History. ``outcome`` is None where it held."""

    law: Law
    outcome: Outcome | None


def findings(history: History, laws: Sequence[Law]) -> list[Finding]:
    """What becomes of each of ``laws`` that has something to look at in ``history``, in their order."""
    found = []
    for law in laws:
        if not law.due(history):
            continue
        try:
            law.judge(history)
        except Outcome as outcome:
            found.append(Finding(law, outcome))
        else:
            found.append(Finding(law, None))
    return found


def judge(history: History, laws: Sequence[Law]) -> list[str]:
    """Judge ``history`` by all ``laws``; answers with the requirements of those that looked at something.

    Raises:
        Violation: laws are broken; the text names the requirement of each.
        NotTestable: none is broken, and one did not see what it had to look at; or none had anything to look at.
    """
    found = findings(history, laws)
    for kind in (Violation, NotTestable):
        hits = [(one.law.requirement, one.outcome) for one in found if isinstance(one.outcome, kind)]
        if hits:
            raise kind(
                expected="; ".join(f"{requirement}: {outcome.expected}" for requirement, outcome in hits),
                seen="; ".join(f"{requirement}: {outcome.seen}" for requirement, outcome in hits),
                evidence=[event for _, outcome in hits for event in outcome.evidence],
            )
    if not found:
        raise NotTestable(expected="something that a law can look at", seen="a History without it")
    return [one.law.requirement for one in found]


# ------------------------------------------------------------------------------------------------ what is due


def _always(_: History) -> bool:
    return True


def _came(kind: type[Event]) -> Callable[[History], bool]:
    return lambda history: bool(history.of(kind))


def _sent(*calls: Call) -> Callable[[History], bool]:
    return lambda history: any(history.exchanges(call) for call in calls)


def _configured(history: History, hook: Call) -> bool:
    return any(event.hook is hook for event in history.of(HookConfigured))


def _freeze_with_pre_freeze(history: History) -> bool:
    return _configured(history, Call.PRE_FREEZE) and bool(history.of(FreezeBegun))


def _stop_with_pre_stop(history: History) -> bool:
    return _configured(history, Call.PRE_STOP) and bool(history.of(StopBegun))


def _pre_freeze_after_an_invocation(history: History) -> bool:
    invocations, hooks = history.exchanges(Call.INVOKE), history.exchanges(Call.PRE_FREEZE)
    return bool(invocations and hooks) and invocations[0].sent.t < hooks[-1].sent.t


def _pre_stop_after_something(history: History) -> bool:
    return _stop_with_pre_stop(history) and _sent(Call.INVOKE, Call.PRE_FREEZE)(history)


def _thawed_and_stopped(history: History) -> bool:
    return bool(history.of(ThawBegun)) and bool(history.of(StopBegun))


# ------------------------------------------------------------------------------------------------ laws of this module


def planned_to_fail(exchange: Exchange) -> bool:
    """Whether the event of an invocation tells the generated function to throw."""
    try:
        event = json.loads(exchange.sent.event or "")
    except json.JSONDecodeError:
        return False
    return isinstance(event, dict) and bool(event.get("fail"))


def _runs_for_freezes(history: History) -> list[tuple[Freeze, list[Run]]]:
    """Each freeze with the PreFreeze runs that are its own: not one that a request has overtaken."""
    one_clock(history)
    pairs = []
    since = 0
    for freeze in completed_freezes(history):
        until = freeze.begun.t
        # A freeze may follow a freeze without a request in between: then the earlier one is where to begin.
        last = max([since, *(answer.t for answer in history.of(CallerAnswered) if answer.t <= until)])
        pairs.append((freeze, [run for run in history.runs(Call.PRE_FREEZE) if last <= run.start.t < until]))
        since = until
    return pairs


def pre_freeze_runs_before_each_freeze(history: History) -> None:
    """A whole run between the last response, or the freeze before, and the freeze."""
    for number, (freeze, runs) in enumerate(_runs_for_freezes(history), 1):
        require(
            any(run.end is not None and run.end.t <= freeze.begun.t for run in runs),
            expected=f"a run of PreFreeze, from start to end, between the last response and freeze {number}",
            seen=", ".join(map(describe, runs)) or "none",
            evidence=(*(run.start for run in runs), freeze.begun),
        )


def pre_freeze_runs_no_more_than_once_for_a_freeze(history: History) -> None:
    """At most one run between the last response, or the freeze before, and the freeze."""
    for number, (freeze, runs) in enumerate(_runs_for_freezes(history), 1):
        require(
            len(runs) <= 1,
            expected=f"one run of PreFreeze between the last response and freeze {number}",
            seen=", ".join(map(describe, runs)),
            evidence=(*(run.start for run in runs), freeze.begun),
        )


def pre_freeze_runs_beside_nothing_it_must_wait_for(history: History) -> None:
    """Invocations that were sent before PreFreeze have ended when it starts; one sent later has overtaken it."""
    one_clock(history)
    hooks = {run.start.request_id: run for run in history.runs(Call.PRE_FREEZE)}
    seen(list(hooks), "a run of PreFreeze")
    sent = {exchange.sent.request_id: exchange for exchange in history.exchanges(Call.INVOKE)}
    for exchange in history.exchanges(Call.PRE_FREEZE):
        hook = hooks.get(exchange.sent.request_id)
        if hook is None:
            continue
        beside = [
            run
            for run in history.runs(Call.INVOKE)
            if (earlier := sent.get(run.start.request_id or "")) is not None
            and earlier.sent.t < exchange.sent.t
            and _end_of(run, earlier) > hook.start.t
        ]
        require(
            not beside,
            expected="no invocation under way that PreFreeze must wait for",
            seen=f"{describe(hook)} beside {', '.join(map(describe, beside))}",
            evidence=(hook.start, *(run.start for run in beside)),
        )


def _end_of(run: Run, exchange: Exchange) -> float:
    """When an invocation's run was over. One that failed leaves no end record: its answer is its end."""
    if run.end is not None:
        return run.end.t
    return exchange.answer.t if exchange.answer is not None else float("inf")


def the_counter_counts_what_ran(history: History) -> None:
    """An invocation adds 2, one that throws nothing, PreFreeze 1: every reading lies where that puts it."""
    one_clock(history)
    steps = {Call.INVOKE: PER_INVOCATION, Call.PRE_FREEZE: PER_PRE_FREEZE}
    runs = [run for call in (*steps, Call.PRE_STOP) for run in history.runs(call)]
    seen(runs, "a run of the function")
    adding = [run for run in runs if run.end is not None and run.call in steps]
    for run in sorted(runs, key=lambda run: run.start.t):
        for reading in filter(None, (run.start, run.end)):
            own = steps.get(run.call, 0) if reading is run.end else 0
            others = [other for other in adding if other is not run]
            low = own + sum(steps[other.call] for other in others if other.end and other.end.t < reading.t)
            high = own + sum(steps[other.call] for other in others if other.start.t < reading.t)
            require(
                reading.counter is not None and low <= reading.counter <= high,
                expected=f"the counter at {low}" + (f" to {high}" if low != high else ""),
                seen=f"{reading.counter} at the {reading.edge} of {describe(run)}",
                evidence=(reading,),
            )
    values = Counter(run.end.counter for run in adding if run.end is not None)
    twice = [value for value, times in values.items() if times > 1]
    require(
        not twice,
        expected="a value of the counter for each run that adds to it",
        seen=f"the value {', '.join(map(str, twice))} more than once",
        evidence=[run.end for run in adding if run.end is not None and run.end.counter in twice],
    )


def every_invocation_runs_once_and_is_answered_as_it_ended(history: History) -> None:
    """One start for each request; an end, success and the handler's result, or with a planned failure none of these."""
    for exchange in seen(history.exchanges(Call.INVOKE), "an invocation"):
        fails = planned_to_fail(exchange)
        runs = [run for run in history.runs(Call.INVOKE) if run.start.request_id == exchange.sent.request_id]
        require(
            len(runs) == 1 and (runs[0].end is None) == fails,
            expected="one run of the handler for the request, "
            + ("which fails" if fails else "from its start to its end"),
            seen=", ".join(map(describe, runs)) or "none",
            evidence=(exchange.sent, exchange.answer, *(run.start for run in runs)),
        )
        answer = exchange.answered
        wanted = runs[0].end.result if runs[0].end is not None else None
        good = answer is not None and (
            told_failure(exchange) if fails else told_success(exchange) and answer.body == wanted
        )
        require(
            good,
            expected="an answer that says that the function failed" if fails else f"success and {wanted!r}",
            seen=what_came(exchange.answer),
            evidence=(exchange.sent, exchange.answer),
        )


def the_sequence_is_carried_out(history: History) -> None:
    """The instance does not end by itself, and is there for every step."""
    require(history.trouble is None, expected="every step to be carried out", seen=str(history.trouble))


def request_ids_are_those_that_were_sent(history: History) -> None:
    """Each request has an ID of its own, and no run and no line in the log shows another."""
    sent = Counter(exchange.sent.request_id for exchange in seen(history.exchanges(), "a request"))
    require(
        max(sent.values()) == 1,
        expected="an ID of its own for each request",
        seen=", ".join(request_id for request_id, times in sent.items() if times > 1),
    )
    calls = (Call.INVOKE, *HOOKS)
    strange: list[Event] = [
        run.start for call in calls for run in history.runs(call) if run.start.request_id not in sent
    ]
    strange += [marker.line for marker in history.markers() if marker.request_id not in sent]
    require(
        not strange,
        expected="the request IDs that were sent, and no other",
        seen=f"{len(strange)} records or lines with another",
        evidence=strange,
    )


def end_lines_tell_failures_and_nothing_else(history: History) -> None:
    """The End line of an invocation tells an error exactly where the handler threw."""
    exchanges = {exchange.sent.request_id: exchange for exchange in history.exchanges(Call.INVOKE)}
    ends = [marker for marker in history.markers(Call.INVOKE) if marker.edge == "end"]
    for marker in seen(ends, "an End line of an invocation"):
        exchange = exchanges.get(marker.request_id)
        if exchange is None:
            continue
        fails = planned_to_fail(exchange)
        require(
            marker.failed == fails,
            expected=f"an End line {'with' if fails else 'without'} an error",
            seen=repr(marker.line.text[:160]),
            evidence=(exchange.sent, marker.line),
        )


def the_bill_is_that_of_the_history(history: History) -> None:
    """The meter's bill is the one that the History's requests and answers come to, overlaps once and hooks included."""
    test_time_and_metering.test_billing_has_a_granularity_of_one_millisecond(history)


# ------------------------------------------------------------------------------------------------ the lists

MUST = (
    Law(
        "pre-freeze.runs-before-every-freeze",
        _freeze_with_pre_freeze,
        pre_freeze_runs_before_each_freeze,
    ),
    Law("pre-freeze.once-per-freeze", _freeze_with_pre_freeze, pre_freeze_runs_no_more_than_once_for_a_freeze),
    Law(
        "pre-freeze.after-the-last-response",
        _pre_freeze_after_an_invocation,
        test_ordering.test_pre_freeze_starts_after_the_last_response,
    ),
    Law(
        "pre-freeze.never-beside-an-invocation",
        _pre_freeze_after_an_invocation,
        pre_freeze_runs_beside_nothing_it_must_wait_for,
    ),
    Law(
        "pre-freeze.finished-before-the-freeze",
        _freeze_with_pre_freeze,
        test_ordering.test_pre_freeze_is_answered_when_it_has_ended,
    ),
    Law(
        "pre-freeze.no-event", _sent(Call.PRE_FREEZE), test_arguments.test_pre_freeze_is_given_the_context_and_no_event
    ),
    Law(
        "pre-stop.runs-before-the-stop",
        _stop_with_pre_stop,
        test_ordering.test_pre_stop_runs_to_its_end_before_the_stop,
    ),
    Law("pre-stop.runs-once", _stop_with_pre_stop, test_ordering.test_pre_stop_runs_once_in_the_life_of_an_instance),
    Law(
        "pre-stop.comes-last",
        _pre_stop_after_something,
        test_ordering.test_nothing_of_the_function_runs_after_pre_stop_has_started,
    ),
    Law(
        "pre-stop.finished-before-the-stop",
        _stop_with_pre_stop,
        test_ordering.test_pre_stop_is_answered_when_it_has_ended,
    ),
    Law("pre-stop.no-event", _stop_with_pre_stop, test_arguments.test_pre_stop_is_given_the_context_and_no_event),
    Law(
        "hooks.each-on-its-own-request",
        _sent(*HOOKS),
        test_ordering.test_a_hook_request_runs_that_hook_and_nothing_else,
    ),
    Law(
        "invoke.event-as-sent",
        _sent(Call.INVOKE),
        test_arguments.test_the_handler_is_given_the_event_that_was_sent_and_a_context,
    ),
    Law("freeze.nothing-runs", _came(FreezeBegun), test_freeze.nothing_runs_while_frozen),
    Law("freeze.runs-on-after-the-thaw", _thawed_and_stopped, test_freeze.test_the_same_process_runs_on_after_the_thaw),
    Law(
        "freeze.time-runs-once",
        _thawed_and_stopped,
        test_freeze.test_the_heartbeat_counts_on_without_a_gap_or_a_repetition,
    ),
    Law("state.pre-freeze-shares-it", _sent(Call.INVOKE, *HOOKS), the_counter_counts_what_ran),
    Law(
        "logs.pre-freeze-start-and-end",
        _sent(Call.PRE_FREEZE),
        test_logs.test_pre_freeze_leaves_a_start_and_an_end_line,
    ),
    Law("logs.pre-stop-start-and-end", _stop_with_pre_stop, test_logs.test_pre_stop_leaves_a_start_and_an_end_line),
    Law("metering.one-millisecond", _came(Billed), the_bill_is_that_of_the_history),
    Law(
        "metering.hooks-are-no-requests",
        lambda history: _came(Billed)(history) and _sent(*HOOKS)(history),
        test_time_and_metering.test_hooks_are_not_counted_as_requests,
    ),
    Law(
        "metering.frozen-time-is-free",
        lambda history: _came(Billed)(history) and _came(FreezeBegun)(history),
        test_time_and_metering.test_frozen_time_costs_nothing,
    ),
)
"""Laws that rest on the two source pages."""

SHOULD = (
    Law("instance.becomes-ready", _always, test_instance.test_the_instance_becomes_ready_after_its_start),
    Law("instance.answers-every-invocation", _always, the_sequence_is_carried_out),
    Law(
        "instance.answers-every-invocation",
        _sent(Call.INVOKE),
        every_invocation_runs_once_and_is_answered_as_it_ended,
    ),
    Law(
        "instance.ends-on-sigterm", _came(StopBegun), test_instance.test_the_process_ends_by_itself_when_it_is_asked_to
    ),
    Law("invoke.context-request-id", _sent(Call.INVOKE, *HOOKS), request_ids_are_those_that_were_sent),
    Law("logs.invoke-start-and-end", _sent(Call.INVOKE), test_logs.test_an_invocation_leaves_a_start_and_an_end_line),
    Law("failing-invocation.end-line-tells", _sent(Call.INVOKE), end_lines_tell_failures_and_nothing_else),
)
"""Laws that rest on other vendor material."""
