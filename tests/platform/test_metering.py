"""The bill of an instance: by the platform's meter, and from a finished History."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.history.events import (
    Answered,
    AnyEvent,
    Call,
    EngineEvent,
    FreezeBegun,
    Frozen,
    RequestSent,
    Stopped,
    ThawBegun,
    Unanswered,
)
from fixtures.platform.metering import Bill, Meter, MeterError, bill_of
from tests.reports.builders import driven, history

MS = 1_000_000
GB = 1024


@dataclass(frozen=True)
class Span:
    """One call from ``begin`` to ``end``, nanoseconds."""

    call: Call
    begin: int
    end: int


TIMES = st.integers(0, 50 * MS)
SPANS = st.builds(
    lambda call, begin, length: Span(call, begin, begin + length), st.sampled_from(list(Call)), TIMES, TIMES
)
LIVES = st.lists(SPANS, max_size=8)


def metered(spans: list[Span], memory_mb: int = GB) -> Bill:
    meter = Meter()
    for number, span in enumerate(spans):
        meter.begin(span.call, f"r{number}", span.begin)
    for number, span in enumerate(spans):
        meter.end(f"r{number}", span.end)
    return meter.bill(memory_mb)


def sent(t: int, exchange: int, call: Call = Call.INVOKE, *, uninvited: bool = False) -> RequestSent:
    return RequestSent(
        t=t,
        exchange=exchange,
        call=call,
        request_id=f"r{exchange}",
        event=None,
        context={},
        uninvited=uninvited,
    )


def answered(t: int, exchange: int, call: Call = Call.INVOKE) -> Answered:
    return Answered(
        t=t, exchange=exchange, call=call, request_id=f"r{exchange}", status=200, headers={}, body="", body_bytes=0
    )


def unanswered(t: int, exchange: int, call: Call = Call.INVOKE) -> Unanswered:
    return Unanswered(t=t, exchange=exchange, call=call, request_id=f"r{exchange}", why="it took too long")


def events(spans: list[Span]) -> list[AnyEvent]:
    return [
        event
        for number, span in enumerate(spans)
        for event in (sent(span.begin, number, span.call), answered(span.end, number, span.call))
    ]


def test_the_page_s_example_comes_to_one_cu() -> None:
    # 1 GB; PreFreeze begins at t1, two requests overlap, the second ends at t6, one second later.
    t1, t6 = 5_000 * MS, 6_000 * MS
    life = [
        Span(Call.PRE_FREEZE, t1, t1 + 300 * MS),
        Span(Call.INVOKE, t1 + 200 * MS, t1 + 700 * MS),
        Span(Call.INVOKE, t1 + 500 * MS, t6),
    ]
    assert metered(life) == Bill(busy_ns=1_000 * MS, billed_ms=1_000, requests=2, cu=1.0)
    assert bill_of(history(events(life)), GB) == metered(life)


def test_memory_is_charged_in_gb_of_1024_mb() -> None:
    assert metered([Span(Call.INVOKE, 0, 1_000 * MS)], memory_mb=256).cu == 0.25


def test_nothing_that_ran_costs_nothing() -> None:
    assert Meter().bill(GB) == bill_of(history(), GB) == Bill(0, 0, 0, 0.0)


def test_time_between_two_calls_costs_nothing() -> None:
    assert metered([Span(Call.INVOKE, 0, 5 * MS), Span(Call.INVOKE, 905 * MS, 910 * MS)]).billed_ms == 10


def test_two_calls_at_once_cost_as_one_and_count_as_two() -> None:
    assert metered([Span(Call.INVOKE, 0, 5 * MS), Span(Call.INVOKE, 0, 5 * MS)]) == metered(
        [Span(Call.INVOKE, 0, 5 * MS), Span(Call.INVOKE, 2 * MS, 3 * MS)]
    )


@pytest.mark.parametrize("hook", [Call.INITIALIZE, Call.PRE_FREEZE, Call.PRE_STOP])
def test_a_hook_costs_like_an_invocation_and_is_no_request(hook: Call) -> None:
    as_hook, as_invocation = metered([Span(hook, 0, 7 * MS)]), metered([Span(Call.INVOKE, 0, 7 * MS)])
    assert as_hook.cu == as_invocation.cu
    assert (as_hook.requests, as_invocation.requests) == (0, 1)


@pytest.mark.parametrize(("busy_ns", "billed_ms"), [(0, 0), (1, 1), (MS - 1, 1), (MS, 1), (MS + 1, 2)])
def test_a_begun_millisecond_is_charged_whole(busy_ns: int, billed_ms: int) -> None:
    assert metered([Span(Call.INVOKE, 7, 7 + busy_ns)]).billed_ms == billed_ms


def test_the_sum_is_rounded_and_not_each_part() -> None:
    assert metered([Span(Call.INVOKE, at * MS, at * MS + MS // 4) for at in range(8)]).billed_ms == 2


def test_a_call_that_still_runs_is_charged_up_to_the_moment_of_the_bill() -> None:
    meter = Meter()
    meter.begin(Call.INVOKE, "r1", 0)
    meter.begin(Call.INVOKE, "r2", 3 * MS)
    assert meter.bill(GB).billed_ms == 3
    assert meter.bill(GB, until_ns=9 * MS).billed_ms == 9
    meter.end("r1", 4 * MS)
    meter.end("r2", 5 * MS)
    assert meter.bill(GB, until_ns=9 * MS).billed_ms == 5


def test_a_meter_refuses_what_cannot_have_happened() -> None:
    meter = Meter()
    with pytest.raises(MeterError, match="ends and does not run"):
        meter.end("r1", 1)
    meter.begin(Call.INVOKE, "r1", 10)
    with pytest.raises(MeterError, match="begins a second time"):
        meter.begin(Call.INVOKE, "r1", 11)
    with pytest.raises(MeterError, match="ends 1 ns before it begins"):
        meter.end("r1", 9)
    assert meter.bill(GB, until_ns=10) == Bill(0, 0, 1, 0.0)


def test_a_request_id_can_be_used_again_when_its_call_has_ended() -> None:
    # PreFreeze carries the ID of the invocation before it in vendor samples.
    meter = Meter()
    meter.begin(Call.INVOKE, "r1", 0)
    meter.end("r1", MS)
    meter.begin(Call.PRE_FREEZE, "r1", MS)
    meter.end("r1", 3 * MS)
    assert meter.bill(GB) == Bill.of(3 * MS, 1, GB)


def test_a_meter_can_be_told_from_many_threads_at_once() -> None:
    meter = Meter()

    def work(lane: int) -> None:
        for turn in range(200):
            meter.begin(Call.INVOKE, f"{lane}-{turn}", turn * MS)
            meter.end(f"{lane}-{turn}", turn * MS + lane)

    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.bill(GB) == Bill.of(200 * 8, 1600, GB)


@given(LIVES)
def test_the_meter_and_the_history_come_to_the_same_bill(life: list[Span]) -> None:
    assert bill_of(history(events(life)), 512) == metered(life, 512)


@given(LIVES.flatmap(lambda life: st.tuples(st.just(life), st.permutations(life))))
def test_the_order_in_which_overlapping_calls_are_told_does_not_matter(lives: tuple[list[Span], list[Span]]) -> None:
    assert metered(lives[0]) == metered(lives[1])


@given(LIVES, SPANS)
def test_a_further_call_never_lowers_the_bill(life: list[Span], further: Span) -> None:
    before, after = metered(life), metered([*life, further])
    assert before.busy_ns <= after.busy_ns <= before.busy_ns + further.end - further.begin
    assert before.billed_ms <= after.billed_ms
    assert before.cu <= after.cu


@given(LIVES, SPANS, st.data())
def test_a_hook_cut_in_two_costs_the_same(life: list[Span], span: Span, data: st.DataObject) -> None:
    cut = data.draw(st.integers(span.begin, span.end))
    halves = [Span(Call.PRE_STOP, span.begin, cut), Span(Call.PRE_STOP, cut, span.end)]
    assert metered([*life, *halves]) == metered([*life, Span(Call.PRE_STOP, span.begin, span.end)])


@given(st.lists(SPANS, min_size=1, max_size=8))
def test_no_more_is_charged_than_has_passed_and_no_less_than_the_longest_call(life: list[Span]) -> None:
    bill = metered(life)
    assert bill.busy_ns <= max(span.end for span in life) - min(span.begin for span in life)
    assert bill.busy_ns >= max(span.end - span.begin for span in life)
    assert bill.busy_ns <= bill.billed_ms * MS < bill.busy_ns + MS


@given(LIVES, TIMES)
def test_the_moment_at_which_a_clock_began_does_not_matter(life: list[Span], shift: int) -> None:
    assert metered(life) == metered([Span(span.call, span.begin + shift, span.end + shift) for span in life])


def test_a_probe_that_no_platform_would_send_is_not_charged() -> None:
    made = history([sent(0, 1, Call.PRE_STOP, uninvited=True), answered(9 * MS, 1, Call.PRE_STOP)])
    assert bill_of(made, GB) == Bill(0, 0, 0, 0.0)


def test_a_call_that_was_given_up_is_charged_until_then() -> None:
    made = history([sent(0, 1, Call.PRE_FREEZE), unanswered(9 * MS, 1, Call.PRE_FREEZE)])
    assert bill_of(made, GB) == Bill.of(9 * MS, 0, GB)


@pytest.mark.parametrize("end", [Stopped(t=4 * MS, exit_code=0), EngineEvent(t=4 * MS, action="die", exit_code=3)])
def test_a_call_without_an_answer_ran_until_its_instance_ended(end: AnyEvent) -> None:
    made = history([sent(0, 1), end, EngineEvent(t=9 * MS, action="destroy")])
    assert bill_of(made, GB) == Bill.of(4 * MS, 1, GB)


def test_a_call_without_an_answer_or_an_end_ran_until_the_last_event() -> None:
    assert bill_of(history([sent(0, 1), FreezeBegun(t=6 * MS)]), GB) == Bill.of(6 * MS, 1, GB)


def test_frozen_time_costs_nothing_even_under_a_request() -> None:
    made = history(
        [sent(0, 1), FreezeBegun(t=2 * MS), Frozen(t=3 * MS), ThawBegun(t=103 * MS), answered(105 * MS, 1)],
    )
    assert bill_of(made, GB) == Bill.of(5 * MS, 1, GB)


def test_a_freeze_that_nothing_ends_lasts_to_the_last_event() -> None:
    made = history([sent(0, 1), FreezeBegun(t=2 * MS), Frozen(t=3 * MS), unanswered(50 * MS, 1)])
    assert bill_of(made, GB) == Bill.of(3 * MS, 1, GB)


def test_a_whole_life_with_freezes_is_charged_for_its_calls_alone() -> None:
    # Three invocations of 24 ms, a PreFreeze of 14 ms after each, a PreStop of 18 ms.
    assert bill_of(history(driven()), GB) == Bill.of((3 * 24 + 3 * 14 + 18) * MS, 3, GB)
