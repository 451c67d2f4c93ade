"""Why the hooks exist: what an instance has to report leaves it before it is frozen or stopped.

The witness is the sink, which stands outside of the instance: what it has received has left, whatever the instance
says. A span's own times are the instance's word; they only say what had ended when a hook was called, and are not
believed where they cannot be true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.expect import NotTestable, Observation, completed_freezes, require, seen
from fixtures.history.events import Call, SinkFull, SinkReceived, StartBegun
from fixtures.history.spans import APART_NS, began_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import Event, Span
    from fixtures.history.history import Exchange, History

SHOWN = 5
"""Spans that are named in one message."""


@dataclass(frozen=True)
class _Arrival:
    """A span, and the request with which it came to the sink."""

    span: Span
    received: SinkReceived

    @property
    def name(self) -> str:
        return f"“{self.span.name}”"


def _arrivals(history: History) -> Sequence[_Arrival]:
    """The spans that came, each once: a sender that was not answered in time sends again."""
    full = history.of(SinkFull)
    if full:
        raise NotTestable(expected="to see all that the instance sends out", seen=full[0].why, evidence=full)
    first: dict[tuple[str, str], _Arrival] = {}
    for received in history.of(SinkReceived):
        for span in received.spans:
            first.setdefault((span.trace_id, span.span_id), _Arrival(span, received))
    found = list(first.values())
    if not found:
        came = history.of(SinkReceived)
        problems = [event.problem for event in came if event.problem]
        raise NotTestable(
            expected="spans that the instance sends to OTEL_EXPORTER_OTLP_ENDPOINT, as OTLP over HTTP",
            seen=problems[0] if problems else f"{len(came)} requests came to the sink, none of them with a span",
            evidence=came[:SHOWN],
        )
    _fail_on_another_clock(history, found)
    return found


def _fail_on_another_clock(history: History, arrivals: Sequence[_Arrival]) -> None:
    """A span ends after its instance began, and before it has left."""
    begun = next((event.t for event in history.of(StartBegun)), None)
    for one in arrivals:
        early = begun is None or one.span.began < begun - APART_NS
        if early or one.span.ended > one.received.t + APART_NS or one.span.ended < one.span.began:
            raise NotTestable(
                expected="spans whose times lie between the start of their instance and their arrival",
                seen=f"the times of {one.name} do not: the instance's clock is another one",
                evidence=(one.received,),
            )


def _invocations(history: History, since: int, before: int) -> Sequence[Exchange]:
    """The invocations that were answered in that time."""
    answered = [
        one for one in history.exchanges(Call.INVOKE) if one.answered is not None and since <= one.answered.t <= before
    ]
    return seen(answered, "an invocation that was answered")


def _without_a_span(invocations: Sequence[Exchange], arrivals: Sequence[_Arrival]) -> list[Exchange]:
    """The invocations of which no span came at all."""
    return [
        one
        for one in invocations
        if one.answered is not None
        and not any(began_in(arrival.span, one.sent.t, one.answered.t) for arrival in arrivals)
    ]


def _require_all_out(
    history: History, hook: Call, *, since: int, called: int, gone_at: int, border: Event, what: str
) -> None:
    """What had ended when ``hook`` was called is out at ``gone_at``, and nothing of an earlier invocation is lost.

    Args:
        since: what was before is another call's to send.
        border: the event that begins what the spans had to leave before; ``what`` is its name.
    """
    arrivals = _arrivals(history)
    invocations = _invocations(history, since, called)
    late = [one for one in arrivals if since <= one.span.ended < called and one.received.t >= gone_at]
    lost = _without_a_span(invocations, arrivals)
    told = [f"{one.name} came {(one.received.t - border.t) / 1e6:.1f} ms after {what} had begun" for one in late]
    if lost:
        told.append(f"of {len(lost)} of {len(invocations)} invocations no span came at all")
    require(
        not told,
        expected=f"every span that had ended when {hook.label} was called to leave the instance before {what}",
        seen=_list(told),
        evidence=[*_requests(late), *(one.answered for one in lost[:SHOWN]), border],
    )


def _requests(arrivals: Sequence[_Arrival]) -> list[SinkReceived]:
    """The requests with which they came, each once."""
    return list({id(one.received): one.received for one in arrivals[:SHOWN]}.values())


def _list(told: Sequence[str]) -> str:
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(told[:SHOWN]) + more


@judges("telemetry.left-before-the-freeze", on=("telemetry",))
def test_spans_that_had_ended_when_pre_freeze_was_called_leave_before_the_freeze(history: History) -> None:
    since = 0
    for freeze in completed_freezes(history):
        assert freeze.thaw_begun is not None
        calls = [one.sent.t for one in history.exchanges(Call.PRE_FREEZE) if since < one.sent.t <= freeze.begun.t]
        # Nothing runs in a freeze: what comes before the thaw, the kernel had before the freeze.
        _require_all_out(
            history,
            Call.PRE_FREEZE,
            since=since,
            called=calls[-1] if calls else freeze.begun.t,
            gone_at=freeze.thaw_begun.t,
            border=freeze.begun,
            what="the freeze",
        )
        since = freeze.begun.t


@judges("telemetry.left-before-the-stop", on=("telemetry",))
def test_spans_that_had_ended_when_pre_stop_was_called_leave_before_the_stop(history: History) -> None:
    begun, _ = history.stop()
    if begun is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    calls = [one.sent.t for one in history.exchanges(Call.PRE_STOP) if one.sent.t <= begun.t]
    flushed = [one.sent.t for one in history.exchanges(Call.PRE_FREEZE)]
    _require_all_out(
        history,
        Call.PRE_STOP,
        since=flushed[-1] if flushed else 0,
        called=calls[-1] if calls else begun.t,
        gone_at=begun.t,
        border=begun,
        what="the stop",
    )


@judges("telemetry.late-or-lost-without-hooks", on=("telemetry-without-hooks",))
def test_how_late_spans_leave_without_hooks_and_which_are_lost(history: History) -> None:
    freeze = completed_freezes(history)[0]
    assert freeze.thaw_begun is not None
    begun, ended = history.stop()
    if begun is None or ended is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    arrivals = _arrivals(history)
    due = [one for one in arrivals if one.span.ended < freeze.begun.t]
    late = [one for one in due if one.received.t >= freeze.thaw_begun.t]
    lost = _without_a_span(_invocations(history, 0, begun.t), arrivals)
    told = [f"{len(due) - len(late)} spans left before the freeze"]
    told += [
        f"{one.name} left {(one.received.t - freeze.begun.t) / 1e6:.1f} ms after the freeze had begun" for one in late
    ]
    told.append(f"of {len(lost)} invocations no span left at all")
    raise Observation(_list(told), evidence=[*_requests(arrivals), *(one.answered for one in lost[:SHOWN])])
