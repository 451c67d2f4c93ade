"""What a freeze stops, and what it leaves whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import no_worse, status_of, told_success
from conformance.judging.expect import NotTestable, Observation, completed_freezes, one_clock, require, seen
from conformance.judging.witnesses import (
    beats_between_calls,
    by_processes,
    cpu_time_allowed_ns,
    kernel_around,
    kernel_inside,
    one_process,
    proves_rest,
    why_no_kernel,
)
from fixtures.history.events import Call, EngineState, FunctionRecord, LaterWork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.history import Freeze, History

FREEZING = (
    "two-freezes",
    "no-hook-configured",
    "single-run",
    "overlapping-requests",
    "freezes-of-several-lengths",
    "buffered-metrics",
    "hooks-throw",
)
LEAVING_WORK = ("freezes-of-several-lengths", "single-run")
BEATS_MISSED = 3
"""A frozen window counts when at least so many beats of the heartbeat are missing from it. The platform holds a freeze
for five times as many of those that it saw before: on a busy machine they come ever more slowly."""
BURST_NS, BURST_OF = 70_000_000, 20
"""A heartbeat that catches up after a thaw: so many beats in that time, and twice as many as before the freeze."""
TICKS_A_SECOND = 100
"""What the kernel tells of the start of a process is in hundredths of a second."""


def nothing_runs_while_frozen(history: History) -> None:
    """Nothing ran inside any strict frozen window, by the kernel and by the heartbeat; one of them has to have seen it.

    The kernel: frozen by its word, and no CPU time. The heartbeat: no beat and no record inside, beats before it, and a
    window wide enough.
    """
    freezes = completed_freezes(history)
    at_rest = [_used_no_cpu_time(history, number, freeze) for number, freeze in enumerate(freezes, 1)]
    if not all(at_rest):
        one_clock(history)
        seen(history.ticks(), "a beat of the function's heartbeat", at_least=BEATS_MISSED)
    if history.clock.shared:
        _shows_no_sign_of_life(history, freezes, at_rest)
    states = [event for event in history.of(EngineState) if event.status != "paused"]
    require(
        not states,
        expected="the engine to call the instance paused",
        seen="another state",
        evidence=states,
        certain=True,
    )


def _used_no_cpu_time(history: History, number: int, freeze: Freeze) -> bool:
    """Whether the kernel says so; a :class:`Violation` where it says the contrary, False where it says too little."""
    readings = kernel_inside(history, freeze)
    if readings is None:
        return False
    first, last = readings
    loose = [reading for reading in readings if reading.frozen is False]
    require(
        not loose,
        expected=f"the kernel to hold the container frozen inside freeze {number}",
        seen="by its word it may run",
        evidence=(freeze.frozen, *loose, freeze.thaw_begun),
        certain=True,
    )
    used = last.cpu_ns - first.cpu_ns
    require(
        0 <= used <= cpu_time_allowed_ns(first, last),
        expected=f"no CPU time of the container inside freeze {number}",
        seen=f"the kernel counted {used / 1e6:.3g} ms of CPU time inside freeze {number}",
        evidence=(freeze.frozen, first, last, freeze.thaw_begun),
        certain=True,
    )
    return proves_rest(first, last)


def _shows_no_sign_of_life(history: History, freezes: Sequence[Freeze], at_rest: Sequence[bool]) -> None:
    own_work = [*history.ticks(), *history.of(FunctionRecord), *history.of(LaterWork)]
    distances = sorted(later.t - earlier.t for heart in history.hearts() for earlier, later in pairwise(heart))
    for number, (freeze, judged) in enumerate(zip(freezes, at_rest, strict=True), 1):
        assert freeze.frozen is not None
        assert freeze.thaw_begun is not None
        low, high = freeze.frozen.t, freeze.thaw_begun.t
        if beats_between_calls(history, freeze):
            beat = distances[len(distances) // 2]
            if high - low < BEATS_MISSED * beat and not judged:
                raise NotTestable(
                    expected=f"a frozen window of at least {BEATS_MISSED} beats",
                    seen=f"{(high - low) / 1e6:.1f} ms, at {beat / 1e6:.1f} ms a beat",
                    evidence=(freeze.frozen, freeze.thaw_begun),
                )
        elif not judged:
            raise NotTestable(
                expected=f"a beat before freeze {number} while no call was under way, or the kernel's word on it",
                seen=f"none, so that silence inside the freeze says nothing; and {why_no_kernel(history)}",
                evidence=(freeze.begun,),
            )
        inside = [event for event in own_work if low < event.t < high]
        require(
            not inside,
            expected=f"no sign of life of the function inside freeze {number}",
            seen=f"{len(inside)}, the first {(inside[0].t - low) / 1e6:.1f} ms after the freeze" if inside else "none",
            evidence=(freeze.frozen, *inside[:5], freeze.thaw_begun),
        )


@judges("freeze.nothing-runs", on=FREEZING)
def test_nothing_of_the_function_runs_while_it_is_frozen(history: History) -> None:
    nothing_runs_while_frozen(history)


@judges("freeze.runs-on-after-the-thaw", on=FREEZING)
def test_the_same_process_runs_on_after_the_thaw(history: History) -> None:
    thawed = seen([freeze for freeze in history.freezes() if freeze.thawed is not None], "a thaw")
    loaded = [record for record in history.of(FunctionRecord) if record.edge == "loaded"]
    if history.keeps_records:
        seen(loaded, "the function's word that it was loaded")
    # Several processes may have loaded it from the start: that is another requirement's business.
    # And another process that is loaded late is not the one that ran before.
    shared, begun = history.clock.shared, thawed[0].begun
    late = [record for record in loaded if (record.t if shared else record.read_t) > begun.t]
    known = {record.pid for record in loaded if record not in late}
    anew = [record for record in late if record.pid is None or record.pid in known or not known]
    require(
        not anew,
        expected="the function to be loaded before the first freeze, and not anew",
        seen=f"{len(loaded)} times{by_processes(loaded)}",
        evidence=[*loaded, begun],
        certain=True,
    )
    same = [_is_the_same_process(history, number, freeze) for number, freeze in enumerate(thawed, 1)]
    if not all(same):
        one_clock(history)
    if history.clock.shared:
        for freeze, judged in zip(thawed, same, strict=True):
            if beats_between_calls(history, freeze):
                _the_heartbeat_goes_on(history, freeze)
            elif not judged:
                raise NotTestable(
                    expected="a beat before the freeze while no call was under way, or the kernel's word on the thaw",
                    seen=f"none, so that silence after the thaw says nothing; and {why_no_kernel(history)}",
                    evidence=(freeze.begun, freeze.thawed),
                )


def _is_the_same_process(history: History, number: int, freeze: Freeze) -> bool:
    """Whether the kernel says so; a :class:`Violation` where it says the contrary, False where it says too little."""
    readings = kernel_around(history, freeze)
    if readings is None:
        return False
    before, after = readings[0].first, readings[1].first
    assert before is not None
    assert after is not None
    later_s = (after.started - before.started) / TICKS_A_SECOND
    require(
        one_process(before, after),
        expected="the container's first process to be the same before and after a thaw",
        seen=f"the kernel saw process {before.pid} before thaw {number}, and process {after.pid} after it, which was "
        f"started {later_s:+.2f} s from the other",
        evidence=(readings[0], freeze.thaw_begun, freeze.thawed, readings[1]),
        certain=True,
    )
    return True


def _the_heartbeat_goes_on(history: History, freeze: Freeze) -> None:
    thawed = freeze.thawed
    assert thawed is not None
    for heart in history.hearts():
        after = [tick for tick in heart if tick.t > thawed.t]
        before = [tick for tick in heart if tick.t < thawed.t]
        if not before:
            continue
        require(
            bool(after), expected="beats of the heartbeat after the thaw", seen="none", evidence=(thawed, heart[-1])
        )
        require(
            after[0].n > before[-1].n,
            expected="the heartbeat to count on after the thaw",
            seen=f"beat {after[0].n} after beat {before[-1].n}",
            evidence=(before[-1], thawed, after[0]),
        )


@judges("freeze.serves-after-the-thaw", on=("two-freezes", "overlapping-requests", "no-hook-configured"))
def test_an_invocation_after_a_thaw_is_served_as_one_before(history: History) -> None:
    thaws = seen([freeze.thawed for freeze in history.freezes() if freeze.thawed is not None], "a thaw")
    first = seen(history.exchanges(Call.INVOKE), "an invocation")[0]
    if first.answered is None or first.sent.t > thaws[0].t:
        raise NotTestable(
            expected="an invocation that is answered before the freeze",
            seen="none",
            evidence=(first.sent, first.answer),
        )
    served = _served(history)
    if first.sent.request_id not in served:
        raise NotTestable(expected="a run of the handler before the freeze", seen="none", evidence=(first.sent,))
    after = [exchange for exchange in history.exchanges(Call.INVOKE) if exchange.sent.t > thaws[0].t]
    for exchange in seen(after, "an invocation after the thaw"):
        told = status_of(exchange.answered) if exchange.answered is not None else "no answer"
        require(
            no_worse(exchange, first),
            expected=f"{status_of(first.answered)}, as before the freeze",
            seen=told,
            evidence=(first.answered, exchange.sent, exchange.answer),
            certain=True,
        )
        require(
            exchange.sent.request_id in served,
            expected="a run of the handler, as before the freeze"
            if history.keeps_records
            else "success, as before the freeze",
            seen=f"{told}, and {'no run of the handler' if history.keeps_records else 'no success'}",
            evidence=(first.answered, exchange.sent, exchange.answer),
        )


def _served(history: History) -> set[str | None]:
    """The request IDs that the handler ran for; without its records, those that were answered as carried out."""
    if history.keeps_records:
        return {run.request_id for run in history.runs(Call.INVOKE)}
    return {exchange.sent.request_id for exchange in history.exchanges(Call.INVOKE) if told_success(exchange)}


@judges("freeze.later-work-rests", on=LEAVING_WORK)
def test_work_that_an_invocation_left_behind_rests_while_frozen(history: History) -> None:
    one_clock(history)
    work = seen(history.of(LaterWork), "work that outlived its invocation")
    started = {run.start.request_id: run.end or run.start for run in history.runs(Call.INVOKE)}
    due_inside = 0
    for freeze in completed_freezes(history):
        assert freeze.frozen is not None
        assert freeze.thaw_begun is not None
        low, high = freeze.frozen.t, freeze.thaw_begun.t
        due_inside += sum(
            low < started[event.request_id].t + event.after_ms * 1_000_000 < high
            for event in work
            if event.request_id in started
        )
        inside = [event for event in work if low < event.t < high]
        require(
            not inside,
            expected="no work of an earlier invocation to end inside the freeze",
            seen=f"{len(inside)} pieces, the first {(inside[0].t - low) / 1e6:.1f} ms after the freeze"
            if inside
            else "",
            evidence=(freeze.frozen, *inside, freeze.thaw_begun),
            certain=True,
        )
    if due_inside == 0:
        raise NotTestable(expected="work that was due inside a freeze", seen="all of it was due outside", evidence=work)


@judges("freeze.when-later-work-ends", on=LEAVING_WORK)
def test_when_work_that_was_due_inside_a_freeze_ends(history: History) -> None:
    one_clock(history)
    told = []
    thaws = [freeze.thaw_begun for freeze in history.freezes() if freeze.thaw_begun is not None]
    for event in seen(history.of(LaterWork), "work that outlived its invocation"):
        before = [thaw for thaw in thaws if thaw.t < event.t]
        told.append(f"{(event.t - before[-1].t) / 1e6:.0f} ms after a thaw" if before else "before the first freeze")
    raise Observation("ended " + ", ".join(told), evidence=history.of(LaterWork))


@judges("freeze.connection-survives", on=("kept-alive-connection",))
def test_a_connection_that_is_kept_open_can_be_used_after_the_thaw(history: History) -> None:
    freezes = completed_freezes(history)
    invocations = seen(history.exchanges(Call.INVOKE), "an invocation", at_least=2)
    answered = [exchange for exchange in history.exchanges() if exchange.answered is not None]
    used = [exchange.answered.connection for exchange in answered if exchange.answered is not None]
    seen([number for number in used if number > 0], "an answer over a connection that is kept open")
    if all(exchange.answered is not None and exchange.answered.closes for exchange in answered):
        raise Observation(
            "the server says with every answer that it closes the connection: there is none for a freeze to outlast",
            evidence=[exchange.answer for exchange in answered],
        )
    unanswered = sum(exchange.answered is None for exchange in history.exchanges())
    require(
        all(exchange.answered is not None for exchange in invocations) and len(set(used)) == 1,
        expected="every request to be answered over one connection",
        seen=f"{unanswered} without an answer, {len(set(used))} connections{_closed_by(history, freezes)}",
        evidence=[exchange.answer for exchange in history.exchanges()],
    )


def _closed_by(history: History, freezes: Sequence[Freeze]) -> str:
    """Words for the freeze that the connection did not outlast: the first request after it got no answer over it."""
    for number, freeze in enumerate(freezes, 1):
        assert freeze.thaw_begun is not None
        assert freeze.frozen is not None
        before = [one for one in history.exchanges() if one.sent.t < freeze.begun.t]
        after = [one for one in history.exchanges() if one.sent.t > freeze.thaw_begun.t]
        if not before or not after or before[-1].answered is None:
            continue
        kept = before[-1].answered.connection
        if after[0].answered is None or after[0].answered.connection != kept:
            frozen_s = (freeze.thaw_begun.t - freeze.frozen.t) / 1e9
            return (
                f": it was gone after freeze {number}, which took {frozen_s:.2f} s; a server that closes an idle "
                "connection after a few seconds does so at the thaw, under the next request (vendor: 15 minutes)"
            )
    return ""


@judges("freeze.time-runs-once", on=FREEZING)
def test_the_heartbeat_counts_on_without_a_gap_or_a_repetition(history: History) -> None:
    completed_freezes(history)
    seen(history.ticks(), "a beat of the function's heartbeat", at_least=2)
    for heart in history.hearts():
        wrong = [later for earlier, later in pairwise(heart) if later.n != earlier.n + 1]
        require(
            not wrong,
            expected=f"beats {heart[0].n} to {heart[-1].n}, each once and in the order of their times",
            seen=f"beat {wrong[0].n} out of its turn" if wrong else "",
            evidence=wrong[:5],
        )
    _catching_up(history)


def _catching_up(history: History) -> None:
    """A note of beats that were made up for after a thaw: nothing in the source forbids it, and it is no other time."""
    for number, freeze in enumerate(history.freezes(), 1):
        if freeze.thawed is None:
            continue
        for heart in history.hearts():
            before = [later.t - earlier.t for earlier, later in pairwise(heart) if later.t < freeze.begun.t]
            since = freeze.thawed.t
            burst = [tick for tick in heart if since < tick.t < since + BURST_NS]
            usual = sorted(before)[len(before) // 2] if before else BURST_NS
            if len(burst) >= BURST_OF and BURST_NS // usual < len(burst) // 2:
                raise Observation(
                    f"{len(burst)} beats within {BURST_NS / 1e6:.0f} ms after thaw {number}, where {BURST_NS // usual} "
                    "are usual: the function made up for what it had missed",
                    evidence=(freeze.thawed, *burst[:5]),
                )
