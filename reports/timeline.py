"""A History as a drawing: where each bar, span and mark lies. Pure geometry; the template makes SVG of it.

The axis is linear in time, so that a long freeze looks long. What is shorter than a visible bar is drawn
as wide as one; the list of events beside the drawing has the exact times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from conformance.judging.witnesses import kernel_inside
from fixtures.history.events import (
    Billed,
    Call,
    CallerAnswered,
    CallerAsked,
    CallerHungUp,
    ConfigurationRefused,
    ConfigurationTaken,
    Event,
    HookGivenUp,
    LaterWork,
    LogLine,
    MetricsFlushed,
    Ready,
    SinkFull,
    SinkReceived,
    StartBegun,
    WrongSignatureEntered,
)
from reports.words import LOG_LIMIT, NS_PER_MS, origin, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from fixtures.history.history import Freeze, History

    _Scale = Callable[[int], float]
    _MsScale = Callable[[float], float]

LEFT, RIGHT, WIDTH = 84.0, 8.0, 960.0
ROW, GAP = 16.0, 12.0
TIGHT_ROW = 5.5
"""Height of a row in a lane with more than ``ROOMY`` rows."""
ROOMY = 8
ROWS_LIMIT = 40
"""Most bars above each other in a lane; further ones are drawn into the last row."""
BARS_LIMIT = 300
SHORTEST = 2.5
"""Width of the narrowest bar, in units of the drawing."""
SIGNS = {
    ConfigurationTaken: "taken",
    ConfigurationRefused: "refused",
    HookGivenUp: "given-up",
    WrongSignatureEntered: "wrong-signature",
    MetricsFlushed: "flushed",
    LaterWork: "later-work",
    SinkReceived: "sent-out",
    SinkFull: "sink-full",
}
"""Events that have a sign of their own, and its name. What the meter reads is told by the description."""
SIGN_WIDTH = 10.0
"""How far apart two signs stand at least, in units of the drawing."""


@dataclass(frozen=True)
class Bar:
    """Something that lasted. ``open``: its end was never seen, it is drawn to the edge."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str
    open: bool


@dataclass(frozen=True)
class Mark:
    """Something without a length."""

    x: float
    kind: str
    title: str


@dataclass(frozen=True)
class Lane:
    """A named strip. ``y`` is its upper edge; ``crowd``: the most that was under way in it at one moment."""

    label: str
    y: float
    height: float
    crowd: int = 1


@dataclass(frozen=True)
class Timeline:
    """All that is drawn, in units of the drawing, and a description in words."""

    width: float
    height: float
    axis: tuple[tuple[float, str], ...]
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    freezes: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    """Start and End markers in the log."""
    lines: tuple[float, ...]
    """Other log lines."""
    marks_y: float
    ticks: tuple[float, ...]
    ticks_y: float
    signs: tuple[Mark, ...]
    """Events of :data:`SIGNS`."""
    signs_y: float
    edges: tuple[Mark, ...]
    bottom: float
    description: str

    # What is drawn by the hundred is one SVG path each.

    @property
    def grid_path(self) -> str:
        """The lines of the axis."""
        return "".join(f"M{x} 16V{self.bottom}" for x, _ in self.axis)

    @property
    def lines_path(self) -> str:
        """Other log lines, each a dot."""
        y = self.marks_y + 8
        return "".join(f"M{x} {y}h0" for x in self.lines)

    @property
    def ticks_path(self) -> str:
        """The beats of the heartbeat, each a short stroke."""
        y = self.ticks_y + 2
        return "".join(f"M{x} {y}v9" for x in self.ticks)


@dataclass(frozen=True)
class _Span:
    start: int
    end: int | None
    kind: str
    title: str


def draw(history: History) -> Timeline | None:
    """The drawing of a History; None when it has fewer than two moments to draw between."""
    times = [event.t for event in history.events]
    # Configuration precedes the start and is no part of the instance's life.
    zero = origin(history)
    times = [t for t in times if t >= zero]
    if not times or max(times) == zero:
        return None
    last = max(times)
    scale = (WIDTH - LEFT - RIGHT) / (last - zero)

    def x(t: int) -> float:
        return round(LEFT + (min(max(t, zero), last) - zero) * scale, 1)

    def name(what: str, start: int, end: int | None) -> str:
        until = f"{(end - zero) / NS_PER_MS:.1f} ms" if end is not None else "its end was not seen"
        return f"{what}: {(start - zero) / NS_PER_MS:.1f} ms to {until}"

    callers = _callers(history, name)
    requests: list[_Span] = []
    for exchange in history.exchanges():
        call, start, end = exchange.sent.call, exchange.sent.t, exchange.answer.t if exchange.answer else None
        kind = call.value if exchange.answered else f"{call.value} lost"
        requests.append(_Span(start, end, kind, name(f"{call.label} on the wire", start, end)))
    runs: list[_Span] = []
    for call in Call:
        for run in history.runs(call):
            start, end = run.start.t, run.end.t if run.end else None
            runs.append(_Span(start, end, call.value, name(f"{call.label} handler", start, end)))
    top = 22.0
    bars: list[Bar] = []
    lanes: list[Lane] = []
    for label, spans in (("caller", callers), ("wire", requests), ("function", runs)):
        if not spans and label == "caller":
            continue
        placed, height = _stack(spans, x, top)
        bars += placed
        lanes.append(Lane(label, top, height, _crowd(spans)))
        top += height + GAP
    signs = _signs(history, x, zero)
    signs_y = top
    if signs:
        lanes.append(Lane("also", top, ROW))
        top += ROW + GAP
    marks_y = top
    lanes.append(Lane("log", top, ROW))
    top += ROW + GAP
    ticks_y = top
    lanes.append(Lane("ticks", top, ROW - 4))
    bottom = top + ROW

    freezes = tuple(
        Bar(
            x(start),
            16.0,
            max(x(end if end is not None else last) - x(start), SHORTEST),
            bottom - 16.0,
            "freeze",
            name("frozen", start, end) + _counted(history, freeze),
            end is None,
        )
        for freeze in history.freezes()
        for start, end in [
            (
                freeze.frozen.t if freeze.frozen else freeze.begun.t,
                freeze.thaw_begun.t if freeze.thaw_begun else None,
            )
        ]
    )
    return Timeline(
        width=WIDTH,
        height=bottom + 6,
        axis=_axis((last - zero) / NS_PER_MS, lambda ms: round(LEFT + ms * NS_PER_MS * scale, 1)),
        lanes=tuple(lanes),
        bars=tuple(bars[:BARS_LIMIT]),
        freezes=freezes[:BARS_LIMIT],
        marks=_marks(history, x, zero),
        lines=_other_lines(history, x),
        marks_y=marks_y,
        ticks=_thinned(x(tick.t) for tick in history.ticks()),
        ticks_y=ticks_y,
        signs=signs,
        signs_y=signs_y,
        edges=_edges(history, x, zero),
        bottom=bottom,
        description=_describe(history, requests, runs, len(freezes), (last - zero) / NS_PER_MS),
    )


def _counted(history: History, freeze: Freeze) -> str:
    """What the kernel counted inside a freeze."""
    readings = kernel_inside(history, freeze) if freeze.frozen is not None and freeze.thaw_begun is not None else None
    if readings is None:
        return ""
    return f"; the kernel counted {(readings[1].cpu_ns - readings[0].cpu_ns) / NS_PER_MS:.3g} ms of CPU time in it"


def _callers(history: History, name: Callable[[str, int, int | None], str]) -> list[_Span]:
    """The callers' own time. Nothing is drawn of answers whose question is not in the History."""
    answers = {gone.request_id: gone.t for gone in history.of(CallerHungUp)}
    answers |= {answer.request_id: answer.t for answer in history.of(CallerAnswered)}
    return [
        _Span(
            asked.t,
            answers.get(asked.request_id),
            "caller",
            name("a caller waits", asked.t, answers.get(asked.request_id)),
        )
        for asked in history.of(CallerAsked)
    ]


def _signs(history: History, x: _Scale, zero: int) -> tuple[Mark, ...]:
    """Signs that would hide each other stand side by side, so do configurations that precede the instance's start."""
    found: list[Event] = [event for event in history.events if type(event) in SIGNS]
    marks: list[Mark] = []
    for event in found[:BARS_LIMIT]:
        place = max(x(event.t), marks[-1].x + SIGN_WIDTH) if marks else x(event.t)
        title = f"{say(event).splitlines()[0].rstrip(':')} at {(event.t - zero) / NS_PER_MS:.1f} ms"
        marks.append(Mark(min(place, WIDTH - SHORTEST), SIGNS[type(event)], title))
    return tuple(marks)


def _stack(spans: Iterable[_Span], x: _Scale, top: float) -> tuple[list[Bar], float]:
    """Bars that overlap in the drawing go into rows below each other: the bars, and the height of all rows."""
    free: list[float] = []
    placed: list[tuple[_Span, int, float, float]] = []
    for span in sorted(spans, key=lambda span: span.start):
        left = min(x(span.start), WIDTH - RIGHT - SHORTEST)
        right = max(WIDTH - RIGHT if span.end is None else x(span.end), left + SHORTEST)
        row = next((index for index, edge in enumerate(free) if edge <= left), len(free))
        row = min(row, ROWS_LIMIT - 1)
        if row == len(free):
            free.append(right)
        else:
            free[row] = right + 0.5
        placed.append((span, row, left, round(right - left, 1)))
    rows = max(len(free), 1)
    step = ROW if rows <= ROOMY else TIGHT_ROW
    thickness = step - (3.0 if rows <= ROOMY else 1.5)
    bars = [
        Bar(left, top + row * step + 1, width, thickness, span.kind, span.title, span.end is None)
        for span, row, left, width in placed
    ]
    return bars, rows * step


def _crowd(spans: Sequence[_Span]) -> int:
    """Counted from the times themselves: in the drawing also those overlap that merely come close together."""
    # At one moment an end comes before a start, so that what follows without a pause is no crowd.
    edges = [(span.start, 1) for span in spans] + [(span.end, -1) for span in spans if span.end is not None]
    under_way: Iterator[int] = accumulate((step for _, step in sorted(edges)), initial=0)
    return max(under_way)


def _marks(history: History, x: _Scale, zero: int) -> tuple[Mark, ...]:
    return tuple(
        Mark(
            x(marker.line.t),
            marker.edge,
            f"{marker.call.label} {marker.edge} in the log at {(marker.line.t - zero) / NS_PER_MS:.1f} ms",
        )
        for marker in history.markers()[:LOG_LIMIT]
    )


def _other_lines(history: History, x: _Scale) -> tuple[float, ...]:
    marked = {id(marker.line) for marker in history.markers()}
    return _thinned(x(line.t) for line in history.of(LogLine) if id(line) not in marked)


def _thinned(places: Iterable[float]) -> tuple[float, ...]:
    """Places that cannot be told apart in the drawing are drawn once."""
    return tuple(sorted({math.floor(place * 2) / 2 for place in places}))


def _edges(history: History, x: _Scale, zero: int) -> tuple[Mark, ...]:
    begun, ended = history.stop()
    known = [
        *((event, "start", "start") for event in history.of(StartBegun)[:1]),
        *((event, "ready", "ready") for event in history.of(Ready)[:1]),
        *(((begun, "stop", "stop"),) if begun else ()),
        *(((ended, "stopped", "ended"),) if ended else ()),
    ]
    return tuple(
        Mark(x(event.t), kind, f"{title} at {(event.t - zero) / NS_PER_MS:.1f} ms") for event, kind, title in known
    )


def _axis(total_ms: float, x: _MsScale) -> tuple[tuple[float, str], ...]:
    """Round steps of 1, 2 or 5, about eight of them."""
    raw = total_ms / 8
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return tuple((x(index * step), f"{index * step:g}") for index in range(int(total_ms / step) + 1))


def _describe(history: History, requests: Sequence[_Span], runs: Sequence[_Span], freezes: int, total_ms: float) -> str:
    numbers = {call.label: sum(run.kind == call for run in runs) for call in Call}
    ran = ", ".join(f"{number} {label}" for label, number in numbers.items() if number) or "none"
    meters = history.of(Billed)
    return (
        f"{total_ms:.0f} ms: {len(requests)} requests on the wire, handler runs seen by the function: {ran}; "
        f"{freezes} freezes, {len(history.markers())} log markers, {len(history.ticks())} ticks"
        + (f"; {say(meters[-1])}." if meters else ".")
    )
