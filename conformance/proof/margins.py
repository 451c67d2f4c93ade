"""How far each check that rests on time was from another verdict. Pure; nothing here judges.

Most checks compare the order of two events of which one causes the other: no load can turn them round. The ones here
rest on a duration instead, their own limit or a wait of the platform. A margin is what is left of it in milliseconds;
at zero the verdict would have been another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from conformance.scenarios.scenarios import BY_NAME, SHORT_TIMEOUT_S, SLOW_HOOK_MS
from conformance.test_failing_calls import TIMED_OUT, TOLERANCE_MS
from conformance.test_freeze import BEATS_MISSED, FREEZING, LEAVING_WORK
from conformance.test_time_and_metering import TIMER_EARLY_MS
from fixtures.history.events import Call, CallerAsked, HookGivenUp, LaterWork, Ready, StartBegun
from runtimes.definition import READY_WITHIN_S, TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures.history.history import Freeze, History

NS_PER_MS = 1e6
ALL: tuple[str, ...] = ()
"""Stands for every scenario."""


@dataclass(frozen=True)
class Margin:
    """What one requirement's verdict has left. ``of``: the margins of a History, in milliseconds.

    ``limit``: what is measured against what, in words; ``on``: the scenarios that it is measured on.
    """

    requirement: str
    limit: str
    on: tuple[str, ...]
    of: Callable[[History], Iterator[float]]


def _ready(history: History) -> Iterator[float]:
    began = next(iter(history.of(StartBegun)), None)
    for ready in history.of(Ready):
        if began is not None:
            yield READY_WITHIN_S * 1000 - (ready.t - began.t) / NS_PER_MS


def _answered(history: History) -> Iterator[float]:
    for exchange in history.exchanges(Call.INVOKE):
        if exchange.answered is not None:
            yield TIMEOUT_S * 1000 - (exchange.answered.t - exchange.sent.t) / NS_PER_MS


def _ended(history: History) -> Iterator[float]:
    begun, stopped = history.stop()
    if begun is not None and stopped is not None:
        yield begun.grace_s * 1000 - (stopped.t - begun.t) / NS_PER_MS


def _given_up(history: History) -> Iterator[float]:
    sent = {exchange.sent.request_id: exchange.sent.t for exchange in history.exchanges()}
    for event in history.of(HookGivenUp):
        yield SHORT_TIMEOUT_S * 1000 + TOLERANCE_MS - (event.t - sent[event.request_id]) / NS_PER_MS


def _first_slow_hook_ns(history: History) -> int | None:
    return next((run.end.t - run.start.t for run in history.runs(Call.PRE_FREEZE) if run.end is not None), None)


def _slow_hook(history: History) -> Iterator[float]:
    took = _first_slow_hook_ns(history)
    if took is not None:
        yield took / NS_PER_MS - (SLOW_HOOK_MS - TIMER_EARLY_MS)


def _callers_wait(history: History) -> Iterator[float]:
    took, asked = _first_slow_hook_ns(history), {event.request_id: event.t for event in history.of(CallerAsked)}
    for answer in history.caller_answers():
        if took is not None and answer.request_id in asked:
            yield (took - (answer.t - asked[answer.request_id])) / NS_PER_MS


def _at_once(history: History) -> Iterator[float]:
    wanted = BY_NAME[history.scenario].requests_at_once
    together = [run for run in history.runs(Call.INVOKE) if run.end is not None][:wanted]
    if len(together) == wanted:
        first_end = min(run.end.t for run in together if run.end is not None)
        yield (first_end - max(run.start.t for run in together)) / NS_PER_MS


def _overtaken(history: History) -> Iterator[float]:
    hook = next(iter(history.runs(Call.PRE_FREEZE)), None)
    if hook is not None and hook.end is not None:
        arrived = [one.sent.t for one in history.exchanges(Call.INVOKE) if hook.start.t < one.sent.t]
        yield from ((hook.end.t - t) / NS_PER_MS for t in arrived[:1])


def _whole(history: History) -> Iterator[tuple[Freeze, int, int]]:
    for freeze in history.freezes():
        if freeze.frozen is not None and freeze.thaw_begun is not None:
            yield freeze, freeze.frozen.t, freeze.thaw_begun.t


def _window(history: History) -> Iterator[float]:
    distances = sorted(later.t - earlier.t for earlier, later in pairwise(history.ticks()))
    if distances:
        for _, low, high in _whole(history):
            yield (high - low - BEATS_MISSED * distances[len(distances) // 2]) / NS_PER_MS


def _due_inside(history: History) -> Iterator[float]:
    ended = {run.start.request_id: (run.end or run.start).t for run in history.runs(Call.INVOKE)}
    due = [
        ended[event.request_id] + event.after_ms * NS_PER_MS
        for event in history.of(LaterWork)
        if event.request_id in ended
    ]
    depths = [min(t - low, high - t) / NS_PER_MS for t in due for _, low, high in _whole(history)]
    if depths:
        # One piece of work that is due inside is enough for the check.
        yield max(depths)


def _lines_out(history: History) -> Iterator[float]:
    answered = {one.sent.request_id: one.answered.t for one in history.exchanges() if one.answered is not None}
    for freeze, _, thawed in _whole(history):
        lines = [
            marker.line.t
            for marker in history.markers()
            if answered.get(marker.request_id or "", freeze.begun.t + 1) <= freeze.begun.t
        ]
        yield from ((thawed - t) / NS_PER_MS for t in lines[-1:])


MARGINS: tuple[Margin, ...] = (
    Margin("instance.becomes-ready", f"{READY_WITHIN_S:g} s until an instance is ready", ALL, _ready),
    Margin("instance.answers-every-invocation", f"{TIMEOUT_S} s until an invocation is answered", ALL, _answered),
    Margin("instance.ends-on-sigterm", "the grace between SIGTERM and SIGKILL", ALL, _ended),
    Margin(
        "hooks.timeout-is-honoured",
        f"a hook is given up within {TOLERANCE_MS} ms after its timeout",
        TIMED_OUT,
        _given_up,
    ),
    Margin(
        "time.slow-pre-freeze-slows-no-caller",
        f"the slow PreFreeze takes {SLOW_HOOK_MS - TIMER_EARLY_MS} ms",
        ("slow-pre-freeze",),
        _slow_hook,
    ),
    Margin(
        "time.slow-pre-freeze-slows-no-caller",
        "a caller waits less than the slow PreFreeze takes",
        ("slow-pre-freeze",),
        _callers_wait,
    ),
    Margin(
        "concurrency.declared-is-taken",
        "the last of the requests at once begins before the first has ended",
        ("overlapping-requests", "eight-at-once", "thirty-two-at-once"),
        _at_once,
    ),
    Margin(
        "pre-freeze.again-after-it-was-overtaken",
        "the request is sent before the overtaken PreFreeze has ended",
        ("request-while-pre-freeze-runs",),
        _overtaken,
    ),
    Margin(
        "freeze.nothing-runs",
        f"a frozen window is longer than {BEATS_MISSED} beats",
        FREEZING,
        _window,
    ),
    Margin(
        "freeze.later-work-rests", "left-behind work is due this far inside a frozen window", LEAVING_WORK, _due_inside
    ),
    Margin(
        "logs.written-before-the-freeze",
        "the engine stamps the last line of a call before the thaw",
        ("two-freezes", "overlapping-requests", "freezes-of-several-lengths"),
        _lines_out,
    ),
)
"""Every check that a slow machine could turn round, by what it rests on."""


def margins_of(history: History) -> Iterator[tuple[Margin, float]]:
    """All margins of a History, in milliseconds."""
    for margin in MARGINS:
        if not margin.on or history.scenario in margin.on:
            for left in margin.of(history):
                yield margin, left
