"""What a caller waits for, and what an instance is billed for.

The platform's own meter is held against the same reckoning made anew from the History's requests and answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import ran
from conformance.judging.expect import NotTestable, completed_freezes, one_clock, require, seen
from conformance.scenarios.scenarios import SLOW_HOOK_MS
from fixtures.history.events import HOOKS, Billed, Call, CallerAsked
from fixtures.platform.metering import bill_of

if TYPE_CHECKING:
    from fixtures.history.history import History

METERED = (
    "two-freezes",
    "overlapping-requests",
    "stop-without-freeze",
    "slow-pre-freeze",
    "request-while-pre-freeze-runs",
)
MILLISECOND = 1_000_000
TIMER_EARLY_MS = 1
"""How much less than planned a hook may have slept. Node.js counts whole milliseconds: of 300 timers of 400 ms that
were started at spread moments 144 fired early, the earliest after 399.157 ms."""
MB_PER_GB = 1024


def _bill(history: History) -> Billed:
    return seen(history.of(Billed), "the platform's bill")[0]


@judges("time.caller-waits-for-no-pre-freeze", on=("slow-pre-freeze", "two-freezes", "overlapping-requests"))
def test_a_callers_time_contains_no_pre_freeze(history: History) -> None:
    one_clock(history)
    hooks = seen(ran(history, Call.PRE_FREEZE), "a run of PreFreeze")
    asked = {event.request_id: event for event in history.of(CallerAsked)}
    for answer in seen(history.caller_answers(), "a response"):
        begun = asked.get(answer.request_id)
        if begun is None:
            raise NotTestable(expected="the moment at which the caller asked", seen="none", evidence=(answer,))
        inside = [run for run in hooks if run.began < answer.t and (run.ended is None or run.ended > begun.t)]
        require(
            not inside,
            expected="no PreFreeze between a caller's request and its response",
            seen=f"PreFreeze ran inside {(answer.t - begun.t) / 1e6:.0f} ms of a caller's time",
            evidence=(begun, *(run.start for run in inside), answer),
        )


@judges("time.slow-pre-freeze-slows-no-caller", on=("slow-pre-freeze",))
def test_a_slow_pre_freeze_slows_no_caller(history: History) -> None:
    hook = seen([run for run in ran(history, Call.PRE_FREEZE) if run.whole], "a whole run of PreFreeze")[0]
    assert hook.ended is not None
    took_ns = hook.ended - hook.began
    if took_ns < (SLOW_HOOK_MS - TIMER_EARLY_MS) * MILLISECOND:
        raise NotTestable(
            expected=f"a PreFreeze of {SLOW_HOOK_MS} ms",
            seen=f"one of {took_ns / 1e6:.1f} ms",
            evidence=(hook.start, hook.end),
        )

    asked = {event.request_id: event for event in history.of(CallerAsked)}
    for answer in seen(history.caller_answers(), "a response"):
        begun = asked.get(answer.request_id)
        if begun is None:
            raise NotTestable(expected="the moment at which the caller asked", seen="none", evidence=(answer,))
        require(
            answer.t - begun.t < took_ns,
            expected=f"every caller to wait less than the {took_ns / 1e6:.0f} ms of PreFreeze",
            seen=f"{(answer.t - begun.t) / 1e6:.0f} ms",
            evidence=(begun, answer),
        )


@judges("metering.hooks-are-billed", on=METERED)
def test_hooks_are_billed_as_invocations_are(history: History) -> None:
    hooks = [exchange for hook in HOOKS for exchange in history.exchanges(hook) if exchange.answer is not None]
    seen(hooks, "a hook that was called")
    bill, own = _bill(history), bill_of(history, _bill(history).memory_mb)
    require(
        bill.billed_ms >= own.billed_ms - 1,
        expected=f"at least {own.billed_ms} ms, the time in which an invocation or a hook was under way",
        seen=f"{bill.billed_ms} ms",
        evidence=(bill,),
    )


@judges("metering.hooks-are-no-requests", on=METERED)
def test_hooks_are_not_counted_as_requests(history: History) -> None:
    seen([exchange for hook in HOOKS for exchange in history.exchanges(hook)], "a request for a hook")
    bill = _bill(history)
    invocations = len(history.exchanges(Call.INVOKE))
    require(
        bill.requests == invocations,
        expected=f"{invocations} requests, one for each invocation",
        seen=str(bill.requests),
        evidence=(bill,),
    )


@judges(
    "metering.overlap-is-billed-once",
    on=("overlapping-requests", "eight-at-once", "staggered-requests"),
)
def test_time_in_which_requests_overlap_is_billed_once(history: History) -> None:
    whole = [exchange for exchange in history.exchanges() if exchange.answer is not None]
    one_by_one = sum(exchange.answer.t - exchange.sent.t for exchange in whole if exchange.answer is not None)
    own = bill_of(history, 128)
    if own.busy_ns >= one_by_one:
        raise NotTestable(expected="requests that overlap", seen="they did not")
    bill = _bill(history)
    require(
        bill.billed_ms * MILLISECOND < one_by_one and abs(bill.billed_ms - own.billed_ms) <= len(whole),
        expected=f"about {own.billed_ms} ms, not the {one_by_one / 1e6:.0f} ms of all requests added up",
        seen=f"{bill.billed_ms} ms",
        evidence=(bill,),
    )


@judges("metering.frozen-time-is-free", on=("two-freezes", "no-hook-configured", "freezes-of-several-lengths"))
def test_frozen_time_costs_nothing(history: History) -> None:
    frozen_ns = sum(
        freeze.thaw_begun.t - freeze.frozen.t
        for freeze in completed_freezes(history)
        if freeze.frozen is not None and freeze.thaw_begun is not None
    )
    bill, own = _bill(history), bill_of(history, _bill(history).memory_mb)
    over = bill.billed_ms * MILLISECOND - own.busy_ns
    require(
        # The bill is rounded up by less than a millisecond.
        over < frozen_ns / 2 + MILLISECOND,
        expected=f"{own.billed_ms} ms, and nothing for the {frozen_ns / 1e6:.0f} ms frozen",
        seen=f"{bill.billed_ms} ms",
        evidence=(bill,),
    )


@judges("metering.one-millisecond", on=METERED)
def test_billing_has_a_granularity_of_one_millisecond(history: History) -> None:
    seen([exchange for exchange in history.exchanges() if exchange.answer is not None], "a call that came to its end")
    bill, own = _bill(history), bill_of(history, _bill(history).memory_mb)
    over = bill.billed_ms * MILLISECOND - own.busy_ns
    require(
        -MILLISECOND < over < MILLISECOND,
        expected=f"{own.busy_ns / 1e6:.3f} ms to be billed to the millisecond",
        seen=f"{bill.billed_ms} ms",
        evidence=(bill,),
    )


@judges("metering.compute-units", on=METERED)
def test_compute_units_are_seconds_times_gigabytes(history: History) -> None:
    bill = _bill(history)
    wanted = bill.billed_ms / 1000 * bill.memory_mb / MB_PER_GB
    require(
        bill.billed_ms > 0 and abs(bill.cu - wanted) < 1e-9,
        expected=f"{wanted:.6f} CU for {bill.billed_ms} ms at {bill.memory_mb} MB",
        seen=f"{bill.cu:.6f} CU",
        evidence=(bill,),
    )
