"""Where the time of one drive went, by its History. Pure; nothing here judges.

Every moment from the driver's first step to the last thing that was seen belongs to exactly one phase, so that the
phases of a drive add up to its length. Where two could claim a moment, the one further up in :class:`Phase` has it: the
engine's work comes before everything, a window in which the instance rests before what is under way in it.

A call that takes long because its scenario tells it to (``sleep_ms``), and a hook that is given up at its timeout, are
waits that a check needs; the rest of a call is the function's own. What a function does between its calls, and what it
does of its own between SIGTERM and its end, cannot be told apart here: the one is a wait, the other is the engine's.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from fixtures.history.events import Call, HookGivenUp, Ready, StartBegun, ThawBegun, Witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.history.history import Exchange, History

NS_PER_MS = 1_000_000


class Kind(StrEnum):
    """Who the time is to be asked of."""

    ENGINE = "engine"
    FUNCTION = "function"
    WAIT = "waits a check needs"


class Phase(StrEnum):
    """A part of a drive, in words; those further up come first."""

    START = "start, until the engine says that it runs"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    STOP = "stop, with the function's own end in it"
    FROZEN = "frozen windows"
    READINESS = "from its start until it is ready"
    PLANNED = "calls that are told to take long"
    INITIALIZE = "Initialize"
    PRE_FREEZE = "PreFreeze"
    PRE_STOP = "PreStop"
    INVOKE = "invocations"
    BETWEEN = "between calls: a sign of life, later work, later callers"

    @property
    def kind(self) -> Kind:
        if self in (Phase.START, Phase.PAUSE, Phase.UNPAUSE, Phase.STOP):
            return Kind.ENGINE
        return Kind.WAIT if self in (Phase.FROZEN, Phase.PLANNED, Phase.BETWEEN) else Kind.FUNCTION


OF_CALL = {
    Call.INITIALIZE: Phase.INITIALIZE,
    Call.INVOKE: Phase.INVOKE,
    Call.PRE_FREEZE: Phase.PRE_FREEZE,
    Call.PRE_STOP: Phase.PRE_STOP,
}

Interval = tuple[Phase, int, int]
"""A phase from one time to another, in monotonic nanoseconds; intervals may overlap."""


def span_of(history: History) -> tuple[int, int] | None:
    """When the drive began and ended, in monotonic nanoseconds; None where nothing was seen.

    The function's own readings are not asked: it can write whatever it likes.
    """
    times = [event.t for event in history.events if event.witness is not Witness.FUNCTION]
    return (min(times), max(times)) if times else None


def phases_of(history: History) -> dict[Phase, int]:
    """Nanoseconds of each phase. They add up to the length of :func:`span_of`."""
    found = dict.fromkeys(Phase, 0)
    span = span_of(history)
    if span is None:
        return found
    begin, end = span
    edges: list[tuple[int, int, Phase]] = []
    for phase, low, high in _intervals(history, end):
        if max(low, begin) < min(high, end):
            edges += [(max(low, begin), 1, phase), (min(high, end), -1, phase)]
    under_way: Counter[Phase] = Counter()
    at = begin
    for t, step, phase in sorted(edges):
        found[_first(under_way)] += t - at
        at = t
        under_way[phase] += step
    found[Phase.BETWEEN] += end - at
    return found


def _first(under_way: Counter[Phase]) -> Phase:
    return next((phase for phase in Phase if under_way[phase] > 0), Phase.BETWEEN)


def _intervals(history: History, end: int) -> Iterator[Interval]:
    """Everything that claims time. What never came to its end lasts as long as the drive."""
    yield from _beginning(history, end)
    for freeze in history.freezes():
        frozen = freeze.frozen.t if freeze.frozen is not None else end
        ended = freeze.thaw_begun.t if freeze.thaw_begun is not None else end
        yield Phase.PAUSE, freeze.begun.t, frozen
        yield Phase.FROZEN, frozen, ended
        if isinstance(freeze.thaw_begun, ThawBegun):
            yield Phase.UNPAUSE, ended, freeze.thawed.t if freeze.thawed is not None else end
    stop_begun, stopped = history.stop()
    if stop_begun is not None:
        yield Phase.STOP, stop_begun.t, stopped.t if stopped is not None else end
    given_up = {event.request_id for event in history.of(HookGivenUp)}
    for exchange in history.exchanges():
        low, high = exchange.sent.t, exchange.answer.t if exchange.answer is not None else end
        yield OF_CALL[exchange.sent.call], low, high
        if exchange.sent.request_id in given_up:
            yield Phase.PLANNED, low, high
        else:
            # The end of a call and not its begin: the call that opens a life without a web server is sent before it.
            yield Phase.PLANNED, max(low, high - _told_to_sleep_ns(history, exchange)), high


def _beginning(history: History, end: int) -> Iterator[Interval]:
    begun = next(iter(history.of(StartBegun)), None)
    if begun is None:
        return
    started = next((event.t for event in history.engine("start")), end)
    yield Phase.START, begun.t, started
    yield Phase.READINESS, started, next((event.t for event in history.of(Ready)), end)


def _told_to_sleep_ns(history: History, exchange: Exchange) -> int:
    told = history.plan.get(exchange.sent.call, {})
    if exchange.sent.call is Call.INVOKE and exchange.sent.event:
        # An event that is no JSON object asks for nothing.
        with contextlib.suppress(ValueError, TypeError):
            told = {**told, **json.loads(exchange.sent.event)}
    wish = told.get("sleep_ms", 0)
    return wish * NS_PER_MS if isinstance(wish, int) else 0
