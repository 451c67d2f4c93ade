"""When the hooks run, how often, and after what.

Interval claims compare the function's clock with the driver's, so each check first asks for the proof that they
are one clock. Overlapping intervals are told from ordered ones; nothing is claimed inside a bracket.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import ran, what_came
from conformance.judging.expect import (
    NotTestable,
    Observation,
    completed_freezes,
    describe,
    milliseconds,
    one_clock,
    require,
    seen,
)
from fixtures.history.events import HOOKS, Call, CallerHungUp, FunctionRecord, LaterWork, LogLine, MetricsFlushed
from fixtures.history.markers import read_marker

if TYPE_CHECKING:
    from fixtures.history.history import Freeze, History, Ran

FREEZING = (
    "two-freezes",
    "overlapping-requests",
    "hooks-hand-back-a-sentinel",
    "eight-at-once",
    "thirty-two-at-once",
    "staggered-requests",
    "request-while-frozen",
    "freezes-of-several-lengths",
    "buffered-metrics",
    "slow-pre-freeze",
)
OVERLAPPING = ("overlapping-requests", "eight-at-once", "thirty-two-at-once", "staggered-requests")
STOPPING = (
    "two-freezes",
    "overlapping-requests",
    "stop-without-freeze",
    "eight-at-once",
    "request-while-frozen",
    "failing-invocation",
    "buffered-metrics",
)


LINGERS_NS, SETTLES_NS = 300_000_000, 20_000_000
"""A stop has to come so long after PreStop's answer; and what is written together with the answer is none of it."""

COUNTED = re.compile(r"\d+")
"""What differs between two lines that tell the same of two moments."""


def runs_by_freeze(history: History) -> list[tuple[Freeze, list[Ran]]]:
    """Each freeze with the PreFreeze runs that began since the one before it."""
    pairs: list[tuple[Freeze, list[Ran]]] = []
    since = 0
    for freeze in completed_freezes(history):
        until = freeze.begun.t
        pairs.append((freeze, [run for run in ran(history, Call.PRE_FREEZE) if since <= run.began < until]))
        since = until
    return pairs


@judges("pre-freeze.runs-before-every-freeze", on=FREEZING)
def test_pre_freeze_runs_to_its_end_before_every_freeze(history: History) -> None:
    one_clock(history)
    for number, (freeze, runs) in enumerate(runs_by_freeze(history), 1):
        whole = [run for run in runs if run.whole]
        require(
            bool(whole),
            expected=f"a run of PreFreeze, from start to end, before freeze {number}",
            seen="none" if not runs else f"a run without an end: {describe(runs[0])}",
            evidence=(freeze.begun, *(run.start for run in runs)),
        )


@judges("pre-freeze.once-per-freeze", on=FREEZING)
def test_pre_freeze_runs_once_for_one_freeze(history: History) -> None:
    one_clock(history)
    seen(ran(history, Call.PRE_FREEZE), "a run of PreFreeze")
    for number, (freeze, runs) in enumerate(runs_by_freeze(history), 1):
        require(
            len(runs) <= 1,
            expected=f"one run of PreFreeze before freeze {number}",
            seen=f"{len(runs)}: {', '.join(map(describe, runs))}",
            evidence=(freeze.begun, *(run.start for run in runs)),
        )


@judges("pre-freeze.after-the-last-response", on=FREEZING)
def test_pre_freeze_starts_after_the_last_response(history: History) -> None:
    one_clock(history)
    callers = seen(history.caller_answers(), "a response to a caller")
    for run in seen(ran(history, Call.PRE_FREEZE), "a run of PreFreeze"):
        asked_before = [
            exchange.sent.request_id for exchange in history.exchanges(Call.INVOKE) if exchange.sent.t < run.began
        ]
        answered_before = {answer.request_id for answer in callers if answer.t <= run.began}
        open_still = [request_id for request_id in asked_before if request_id not in answered_before]
        late = [answer for answer in callers if answer.request_id in open_still]
        require(
            not open_still,
            expected="PreFreeze to start after every request before it has its response",
            seen=f"{len(open_still)} requests without a response when it started"
            + "".join(f"; {answer.request_id} came {milliseconds(run.began, answer.t)} later" for answer in late),
            evidence=(run.start, *late),
        )


@judges("pre-freeze.never-beside-an-invocation", on=OVERLAPPING)
def test_pre_freeze_runs_beside_no_invocation(history: History) -> None:
    one_clock(history)
    invocations = seen(ran(history, Call.INVOKE), "a run of the handler", at_least=2)
    if not any(_overlap(a, b) for a in invocations for b in invocations if a is not b):
        raise NotTestable(
            expected="invocations that overlap in the instance",
            seen="the handler ran them one after the other",
            evidence=[run.start for run in invocations],
        )
    for hook in seen(ran(history, Call.PRE_FREEZE), "a run of PreFreeze"):
        beside = [run for run in invocations if _overlap(hook, run)]
        require(
            not beside,
            expected="no invocation under way while PreFreeze runs",
            seen=f"{describe(hook)} beside {', '.join(map(describe, beside))}",
            evidence=(hook.start, hook.end, *(run.start for run in beside)),
        )


@judges("pre-freeze.after-an-abandoned-invocation", on=("caller-hangs-up",))
def test_pre_freeze_waits_for_an_invocation_whose_caller_has_hung_up(history: History) -> None:
    one_clock(history)
    gone = seen(history.of(CallerHungUp), "a caller who hangs up")[0]
    invocation = next(
        (run for run in ran(history, Call.INVOKE) if run.request_id == gone.request_id and run.ended is not None), None
    )
    if invocation is None or invocation.ended is None or invocation.ended < gone.t:
        raise NotTestable(
            expected="an invocation that goes on when its caller has hung up",
            seen="none" if invocation is None else "it had ended before",
            evidence=(gone,),
        )
    first = seen(ran(history, Call.PRE_FREEZE), "a run of PreFreeze")[0]
    require(
        first.began >= invocation.ended,
        expected="PreFreeze to start after the invocation has ended that nobody waits for any more",
        seen=f"it started {milliseconds(invocation.ended, first.began)}",
        evidence=(gone, first.start, invocation.end),
    )


def _overlap(one: Ran, other: Ran) -> bool:
    one_end = one.ended if one.ended is not None else one.began
    other_end = other.ended if other.ended is not None else other.began
    return one.began < other_end and other.began < one_end


@judges("pre-freeze.finished-before-the-freeze", on=("two-freezes", "overlapping-requests", "slow-pre-freeze"))
def test_pre_freeze_is_answered_when_it_has_ended(history: History) -> None:
    for freeze in completed_freezes(history):
        late = [
            run
            for run in ran(history, Call.PRE_FREEZE)
            if run.began < freeze.begun.t and (run.ended is None or run.ended > freeze.begun.t)
        ]
        require(
            not late,
            expected="no PreFreeze under way when the freeze begins",
            seen=", ".join(map(describe, late)),
            evidence=(freeze.begun, *(run.start for run in late)),
        )
    _answered_no_earlier_than_ended(history, Call.PRE_FREEZE)


@judges("pre-stop.finished-before-the-stop", on=STOPPING)
def test_pre_stop_is_answered_when_it_has_ended(history: History) -> None:
    one_clock(history)
    begun, _ = history.stop()
    late = [
        run
        for run in ran(history, Call.PRE_STOP)
        if begun is not None and run.began < begun.t and (run.ended is None or run.ended > begun.t)
    ]
    require(
        not late,
        expected="no PreStop under way when the stop begins",
        seen=", ".join(map(describe, late)),
        evidence=(begun, *(run.start for run in late)),
    )
    _answered_no_earlier_than_ended(history, Call.PRE_STOP)


def _answered_no_earlier_than_ended(history: History, hook: Call) -> None:
    one_clock(history)
    answered = {
        exchange.sent.request_id: exchange.answered
        for exchange in history.exchanges(hook)
        if exchange.answered is not None
    }
    judged = [run for run in ran(history, hook) if run.request_id in answered]
    for run in seen(judged, f"a run of {hook.label} whose request was answered"):
        answer = answered[run.request_id or ""]
        assert answer is not None
        require(
            run.ended is not None and run.ended <= answer.t,
            expected=f"the answer to {hook.label} after the hook has ended",
            seen="the hook never ended"
            if run.ended is None
            else f"the hook ended {milliseconds(answer.t, run.ended)} after the answer",
            evidence=(run.start, answer, run.end),
        )


@judges("pre-stop.runs-before-the-stop", on=STOPPING)
def test_pre_stop_runs_to_its_end_before_the_stop(history: History) -> None:
    one_clock(history)
    begun, _ = history.stop()
    if begun is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    runs = ran(history, Call.PRE_STOP)
    whole = [run for run in runs if run.whole and run.ended is not None and run.ended <= begun.t]
    require(
        bool(whole),
        expected="a run of PreStop, from start to end, before the stop",
        seen="none" if not runs else ", ".join(map(describe, runs)),
        evidence=(begun, *(run.start for run in runs)),
    )


@judges("pre-stop.runs-once", on=STOPPING)
def test_pre_stop_runs_once_in_the_life_of_an_instance(history: History) -> None:
    if history.stop()[1] is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    runs = seen(ran(history, Call.PRE_STOP), "a run of PreStop")
    require(
        len(runs) == 1,
        expected="one run of PreStop",
        seen=f"{len(runs)}: {', '.join(map(describe, runs))}",
        evidence=[run.start for run in runs],
    )


@judges("pre-stop.comes-last", on=STOPPING)
def test_nothing_of_the_function_runs_after_pre_stop_has_started(history: History) -> None:
    one_clock(history)
    first = seen(ran(history, Call.PRE_STOP), "a run of PreStop")[0]
    others = [run for call in (Call.INVOKE, Call.PRE_FREEZE) for run in ran(history, call)]
    seen(others, "an invocation or another hook")
    answered = {exchange.sent.request_id: exchange.answer.t for exchange in history.exchanges() if exchange.answer}
    # A run that failed leaves no end record: the answer to its request is its end.
    ends = [run.ended if run.ended is not None else answered.get(run.request_id or "") for run in others]
    later = [run for run, end in zip(others, ends, strict=True) if end is None or end > first.began]
    require(
        not later,
        expected="every invocation and every other hook to have ended when PreStop starts",
        seen=", ".join(f"{describe(run)}, started {milliseconds(first.began, run.began)}" for run in later),
        evidence=(first.start, *(run.start for run in later)),
    )


@judges("pre-stop.leaves-nothing-behind", on=("stop-that-lingers",))
def test_nothing_of_the_function_goes_on_when_pre_stop_has_been_answered(history: History) -> None:
    one_clock(history)
    begun, _ = history.stop()
    asked, answer = next(
        ((one.sent, one.answered) for one in history.exchanges(Call.PRE_STOP) if one.answered is not None), (None, None)
    )
    seen([run for run in ran(history, Call.PRE_STOP) if run.whole], "a run of PreStop, from start to end")
    if begun is None or asked is None or answer is None or begun.t - answer.t < LINGERS_NS:
        raise NotTestable(
            expected=f"a stop at least {LINGERS_NS / 1e6:.0f} ms after the answer to PreStop",
            seen="none" if begun is None or answer is None else f"{milliseconds(answer.t, begun.t)}",
            evidence=(answer, begun),
        )
    low, high = answer.t + SETTLES_NS, begun.t
    # What was written before PreStop as well, as by a child of the function that goes on and on, is no work of it.
    known = {COUNTED.sub("", line.text) for line in history.of(LogLine) if line.t < asked.t}
    lines = [
        line
        for line in history.of(LogLine)
        if low < line.t < high and read_marker(line) is None and COUNTED.sub("", line.text) not in known
    ]
    work = [*lines, *(one for kind in (LaterWork, MetricsFlushed) for one in history.of(kind) if low < one.t < high)]
    require(
        not work,
        expected="nothing of the function to go on when PreStop has been answered",
        seen=f"{repr(lines[0].text[:160]) if lines else 'a record'}, {milliseconds(answer.t, work[0].t)}"
        if work
        else "",
        evidence=(answer, *work[:5], begun),
        certain=True,
    )


@judges("hooks.another-method", on=("another-method",))
def test_what_another_method_on_the_path_of_a_hook_does(history: History) -> None:
    probe = seen([one for one in history.exchanges(Call.PRE_STOP) if one.sent.uninvited], "the probe")[0]
    runs = [run for run in ran(history, Call.PRE_STOP) if run.request_id == probe.sent.request_id]
    told = "runs the hook, which no platform asks for" if runs else "runs nothing"
    came = what_came(probe.answer).partition(",")[0]
    raise Observation(f"{probe.sent.target} {told}: {came}", evidence=(probe.sent, probe.answer))


@judges("hooks.each-on-its-own-request", on=("two-freezes", "overlapping-requests", "stop-without-freeze"))
def test_a_hook_request_runs_that_hook_and_nothing_else(history: History) -> None:
    sent = {exchange.sent.request_id: exchange.sent for hook in HOOKS for exchange in history.exchanges(hook)}
    seen(list(sent), "a request for a hook")
    judged = 0
    for call in (Call.INVOKE, *HOOKS):
        for run in ran(history, call):
            request = sent.get(run.request_id or "")
            if request is None:
                require(
                    call is Call.INVOKE,
                    expected=f"{call.label} to run for a request for it",
                    seen=f"{describe(run)}, and no request for a hook has this ID",
                    evidence=(run.start,),
                )
                continue
            judged += 1
            require(
                request.call is call,
                expected=f"a request for {request.call.label} to run {request.call.label}",
                seen=f"it ran {describe(run)}",
                evidence=(request, run.start),
            )
    if judged == 0:
        raise NotTestable(expected="a run of the function for a hook's request", seen="there is none")


@judges("hooks.get-on-their-own-paths", on=("two-freezes", "stop-without-freeze"))
def test_a_hook_is_asked_for_by_get_on_its_own_path(history: History) -> None:
    asked = [exchange.sent for hook in HOOKS for exchange in history.exchanges(hook)]
    runs = {run.request_id: run.start for hook in HOOKS for run in ran(history, hook)}
    # What the driver says of itself is enough against it: a request that goes elsewhere may well meet no code.
    for request in asked:
        require(
            request.target in ("", f"GET /{request.call}"),
            expected=f"GET /{request.call}",
            seen=request.target,
            evidence=(request,),
        )
    # It is not enough for it: a request that no code has met shows nothing else.
    for request in seen(
        [request for request in asked if request.request_id in runs], "a run of a hook for its request"
    ):
        wanted, start = f"GET /{request.call}", runs[request.request_id]
        if not request.target:
            raise NotTestable(expected="method and path of the request", seen="not recorded", evidence=(request,))
        # Only authors who serve HTTP themselves see method and path.
        met = wanted
        if isinstance(start, FunctionRecord) and start.path is not None:
            met = f"{start.method} {start.path}"
        require(
            request.target == wanted and met == wanted and request.event is None,
            expected=f"{wanted}, without a body",
            seen=f"{request.target}, which the function met as {met}",
            evidence=(request, start),
        )
