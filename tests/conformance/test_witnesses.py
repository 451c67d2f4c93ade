"""The words in which a freeze that nobody could see is told, and spans that come late or not at all."""

from __future__ import annotations

import pytest

from conformance.judging.expect import NotTestable, Observation, Violation
from conformance.judging.witnesses import why_no_kernel
from conformance.test_telemetry import (
    test_how_late_spans_leave_without_hooks_and_which_are_lost as tell_what_is_late,
)
from conformance.test_telemetry import (
    test_spans_that_had_ended_when_pre_freeze_was_called_leave_before_the_freeze as judge_the_freeze,
)
from fixtures.history.events import Call, KernelUnseen, SinkReceived, Thawed
from tests.conformance.builders import (
    BASE,
    FULL,
    MS,
    a_span,
    altered,
    conformant,
    seen_by_the_kernel,
    spans_sent,
    with_events,
)


def test_the_first_reason_why_the_kernel_was_not_seen_is_told() -> None:
    history = conformant(FULL, "two-freezes")
    assert why_no_kernel(history) == "the kernel was not asked"
    assert why_no_kernel(seen_by_the_kernel(history)) == "its readings do not suffice"
    unseen = [KernelUnseen(t=BASE + number, reason=f"reason {number}") for number in range(2)]
    assert why_no_kernel(with_events(history, *unseen)) == "reason 0"


def test_why_no_span_could_be_read_is_told_by_the_first_request_that_says_so() -> None:
    history = conformant(FULL, "telemetry")
    for number, received in enumerate(history.of(SinkReceived)):
        history = altered(history, received, spans=(), problem=f"problem {number}")
    with pytest.raises(NotTestable) as raised:
        judge_the_freeze(history)
    assert raised.value.seen == "problem 0"
    for received in history.of(SinkReceived):
        history = altered(history, received, problem="")
    with pytest.raises(NotTestable) as raised:
        judge_the_freeze(history)
    assert raised.value.seen == "2 requests came to the sink, none of them with a span"


@pytest.mark.parametrize(("late", "more"), [(1, ""), (4, ""), (5, ""), (6, "; and 1 more"), (7, "; and 2 more")])
def test_five_late_spans_are_named_and_the_others_counted(late: int, more: str) -> None:
    history = conformant(FULL, "telemetry")
    ended = history.exchanges(Call.PRE_FREEZE)[0].sent.t - MS
    spans = [a_span(f"{number}-late", ended - 1, ended) for number in range(late)]
    with pytest.raises(Violation) as raised:
        judge_the_freeze(with_events(history, spans_sent(history.of(Thawed)[0].t, *spans)))
    named = raised.value.seen.removesuffix(more)
    assert "more" not in named
    assert named.count(" came ") == min(late, 5)
    assert raised.value.seen == named + more


def test_what_left_late_without_hooks_is_told_of_spans_that_had_ended_before_the_freeze() -> None:
    with pytest.raises(Observation) as raised:
        tell_what_is_late(conformant(FULL, "telemetry-without-hooks"))
    assert raised.value.seen == (
        "0 spans left before the freeze; “first” left 4946.0 ms after the freeze had begun; "
        "“second” left 4946.0 ms after the freeze had begun; of 1 invocations no span left at all"
    )


def test_a_span_that_ended_after_the_freeze_was_not_due_before_it() -> None:
    history = conformant(FULL, "telemetry-without-hooks")
    received = history.of(SinkReceived)[0]
    after = history.of(Thawed)[0].t + MS
    later = altered(history, received, spans=(*received.spans, a_span("third", after, after + 1)))
    with pytest.raises(Observation) as raised:
        tell_what_is_late(later)
    assert "third" not in raised.value.seen
    assert raised.value.seen.startswith("0 spans left before the freeze")
