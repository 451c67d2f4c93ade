"""Events of a History in words: what a reader of the HTML page is told instead of the raw JSON.

Pure, and without markup. Texts that came from the instance are shortened here and made fit to be shown by
whoever prints them. An event keeps its index in the History, because verdicts cite events by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from fixtures.history.events import (
    Answered,
    Billed,
    CallerAnswered,
    CallerAsked,
    CallerHungUp,
    ConfigurationRefused,
    ConfigurationTaken,
    EngineEvent,
    EngineState,
    Event,
    FaultTaken,
    FreezeBegun,
    FreezeRefused,
    Frozen,
    FunctionRecord,
    HookConfigured,
    HookGivenUp,
    HookRefused,
    HookWithoutEffect,
    KernelSeen,
    KernelUnseen,
    LaterWork,
    LogLine,
    MetricsFlushed,
    PathTried,
    Ready,
    RequestSent,
    SinkFull,
    SinkOpened,
    SinkReceived,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
    Unanswered,
    UnknownPathAsked,
    WrongSignatureEntered,
)
from fixtures.history.markers import read_marker
from reports.text import bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import ListeningSocket
    from fixtures.history.history import History

TEXT_LIMIT = 300
"""Most characters of one text of the instance that are shown."""

LOG_LIMIT = 200
"""Most log lines of one History that are shown."""

LINE_LIMIT = 500
"""Most lines of one History that are shown in all."""

CHATTER_LIMIT = 12
"""Log lines in a row, none of them a marker, that are all shown; a longer stretch keeps its first and last ones."""
CHATTER_EDGE = 4
"""How many lines at either end of a longer stretch are shown."""

NAMED_LIMIT = 8
"""Most processes, and most sockets, that one reading of the kernel's names in its line."""

PROCESSES_LIMIT = 64
"""Most processes of one History that are shown."""

NS_PER_MS = 1_000_000

_BORDERS = (FreezeBegun, Frozen, ThawBegun, Thawed, StopBegun, Stopped)


@dataclass(frozen=True)
class Line:
    """One event, or a folded stretch of like ones under the first one's index. ``ms``: since the start began."""

    index: int
    ms: float
    witness: str
    what: str


@dataclass(frozen=True)
class EventList:
    """The lines of a History and a remark on each kind of lines that was left out."""

    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Process:
    """A process of the instance by the kernel's word, and when it was there.

    Times: milliseconds since the start began.
    """

    pid: int
    name: str
    parent: int
    first_ms: float
    last_ms: float


def origin(history: History) -> int:
    """The time that all others are shown relative to: the start of the instance, else the first event."""
    for event in history.events:
        if isinstance(event, StartBegun):
            return event.t
    return history.events[0].t if history.events else 0


def cited(history: History, evidence: Sequence[int]) -> tuple[Line, ...]:
    """The events that a verdict cites. An index that the History does not have is said, not dropped."""
    zero = origin(history)
    lines: list[Line] = []
    for index in evidence:
        if 0 <= index < len(history.events):
            lines.append(_line(index, history.events[index], zero))
        else:
            what = f"the history has no event {index}, it has {len(history.events)}"
            lines.append(Line(index, 0.0, "report", what))
    return tuple(lines)


def event_list(history: History) -> EventList:
    """All events in order; ticks between freezes are folded into one line, and so is the middle of long log output."""
    zero = origin(history)
    folded = _chatter(history)
    lines: list[Line] = []
    stretch: list[tuple[int, Tick]] = []
    place = 0
    logged = 0
    for index, event in enumerate(history.events):
        if isinstance(event, Tick):
            if not stretch:
                place = len(lines)
            stretch.append((index, event))
            continue
        if isinstance(event, _BORDERS) and stretch:
            lines.insert(place, _ticks(stretch, zero))
            stretch = []
        if index in folded:
            if folded[index]:
                lines.append(_chat(index, folded[index], event, zero))
            continue
        if isinstance(event, LogLine):
            logged += 1
            if logged > LOG_LIMIT:
                continue
        lines.append(_line(index, event, zero))
    if stretch:
        lines.insert(place, _ticks(stretch, zero))
    remarks: list[str] = []
    if logged > LOG_LIMIT:
        remarks.append(f"{logged - LOG_LIMIT} more log lines are only in the history file.")
    if len(lines) > LINE_LIMIT:
        remarks.append(f"{len(lines) - LINE_LIMIT} further events are only in the history file.")
    return EventList(tuple(lines[:LINE_LIMIT]), tuple(remarks))


def processes(history: History) -> tuple[Process, ...]:
    """Every process that the kernel showed, in the order in which it did; the same number twice is two processes."""
    zero = origin(history)
    found: dict[tuple[int, int], Process] = {}
    for event in history.of(KernelSeen):
        ms = round((event.t - zero) / NS_PER_MS, 1) + 0.0
        for one in event.processes:
            before = found.get((one.pid, one.started))
            found[one.pid, one.started] = Process(
                one.pid, _short(one.name), one.parent, before.first_ms if before is not None else ms, ms
            )
    return tuple(found.values())[:PROCESSES_LIMIT]


def listening(history: History) -> str:
    """On what the instance listens by the kernel's last word on it; empty where that was never read."""
    read = [event.listening for event in history.of(KernelSeen) if event.listening is not None]
    return (_sockets(read[-1]) or "nothing") if read else ""


def _chatter(history: History) -> dict[int, int]:
    """The events that are folded into one line: index -> how many follow from there, 0 for those that are counted.

    A stretch is log lines with neither a marker nor the edge of a freeze or of the stop in between. Other events
    do not end it: they come in between by the accident of scheduling.
    """
    folded: dict[int, int] = {}
    stretch: list[int] = []

    def fold() -> None:
        if len(stretch) > CHATTER_LIMIT:
            middle = stretch[CHATTER_EDGE:-CHATTER_EDGE]
            folded.update(dict.fromkeys(middle, 0))
            folded[middle[0]] = len(middle)
        stretch.clear()

    for index, event in enumerate(history.events):
        if isinstance(event, LogLine) and read_marker(event) is None:
            stretch.append(index)
        elif isinstance(event, (*_BORDERS, LogLine)):
            fold()
    fold()
    return folded


def _chat(index: int, number: int, first: Event, zero: int) -> Line:
    what = f"log: {number} more lines, which are only in the history file"
    return Line(index, round((first.t - zero) / NS_PER_MS, 1) + 0.0, first.witness.value, what)


def say(event: Event) -> str:
    """One event in words."""
    match event:
        case HookConfigured():
            return f"{event.hook.label} is configured: {_quote(event.handler)}, timeout {event.timeout_s} s"
        case HookRefused():
            return f"{event.hook.label} is not configured: {_short(event.reason)}"
        case HookWithoutEffect():
            return f"{event.hook.label} is configured without effect: {_short(event.reason)}"
        case ConfigurationTaken():
            return f"the platform takes a configuration, by {_short(event.by)}:\n{_short(event.text.rstrip())}"
        case ConfigurationRefused():
            said = f"the platform refuses a configuration, by {_short(event.by)}:\n{_short(event.text.rstrip())}"
            return f"{said}\nbecause {_short(event.mistakes)}"
        case StartBegun():
            return "cold start: the engine is asked for the container"
        case Ready():
            return "the instance is ready for its first call"
        case RequestSent():
            probe = " (a probe: the hook is not configured)" if event.uninvited else ""
            body = f", event {_quote(event.event)}" if event.event is not None else ""
            return f"{event.call.label} is sent{_id(event.request_id)}{body}{probe}"
        case Answered():
            own = _header(event.headers, "x-fc-status")
            status = f"status {event.status}" + (f", x-fc-status {_short(own)}" if own else "")
            unit = "byte" if event.body_bytes == 1 else "bytes"
            size = f"{event.body_bytes} {unit}{', cut off there' if event.cut else ''}"
            what = f"{status}, {size} {_quote(event.body)}"
            return f"{event.call.label} is answered{_id(event.request_id)}: {what}"
        case Unanswered():
            return f"{event.call.label} stays without an answer{_id(event.request_id)}: {_short(event.why)}"
        case UnknownPathAsked():
            came = f"status {event.status} {_quote(event.body)}" if event.status is not None else _short(event.why)
            return f"the control, {event.target}, a path that nobody knows: {came}"
        case PathTried():
            came = f"status {event.status} {_quote(event.body)}" if event.status is not None else _short(event.why)
            return f"{_short(event.target)} is tried, which is no call: {came}"
        case CallerAsked():
            return f"a caller asks for an invocation{_id(event.request_id)}: the caller's time begins"
        case CallerHungUp():
            return f"the caller hangs up{_id(event.request_id)}: nobody waits for the invocation any more"
        case CallerAnswered():
            result = f"status {event.status} {_quote(event.body)}"
            return f"the caller gets the result{_id(event.request_id)}: {result}"
        case HookGivenUp():
            return (
                f"{event.hook.label} is given up after {event.timeout_s} s{_id(event.request_id)}: the platform goes on"
            )
        case Billed():
            return (
                f"the meter: {event.billed_ms} ms x {event.memory_mb} MB = {event.cu:g} CU, "
                f"{event.requests} request{'' if event.requests == 1 else 's'}"
            )
        case FaultTaken():
            return "the broken platform does the wrong thing that it was made for"
        case FreezeBegun():
            return "freeze: the engine is asked to pause"
        case FreezeRefused():
            return f"the engine cannot pause yet and is asked again: {_short(event.why)}"
        case Frozen():
            return "frozen: the engine has answered the pause"
        case ThawBegun():
            return "thaw: the engine is asked to go on"
        case Thawed():
            return "thawed: the engine has answered"
        case StopBegun():
            return f"stop: SIGTERM, then SIGKILL after {event.grace_s} s"
        case Stopped():
            return f"the container has ended with exit code {event.exit_code}"
        case FunctionRecord():
            return _record(event)
        case Tick():
            return f"tick {event.n}"
        case MetricsFlushed():
            values = ", ".join(event.values)
            return f"buffered metrics are written out{_id(event.request_id or '')}: {_quote(values)}"
        case LaterWork():
            return (
                f"work that outlived its invocation has ended{_id(event.request_id or '')}, it was to take "
                f"{event.after_ms} ms"
            )
        case WrongSignatureEntered():
            return f"a hook declared as for an invocation is entered with {_short(', '.join(event.args)) or 'nothing'}"
        case LogLine():
            marker = read_marker(event)
            spelling = "" if marker is None or marker.strict else " (a marker only in the tolerant reading)"
            glued = " (other things stood on the same line)" if event.part_of else ""
            return f"log: {_short(event.text)}{spelling}{glued}"
        case EngineEvent():
            code = "" if event.exit_code is None else f", exit code {event.exit_code}"
            sent = "" if event.signal is None else f", signal {event.signal}"
            return f"engine event: {_short(event.action)}{sent}{code}"
        case EngineState():
            return f"engine state: {_short(event.status)}"
        case KernelSeen():
            return _kernel(event)
        case KernelUnseen():
            return f"the kernel cannot be asked: {_short(event.reason)}"
        case SinkOpened():
            return f"a sink takes what the instance sends to {_short(event.address)}"
        case SinkReceived():
            return _sent_out(event)
        case SinkFull():
            return f"the sink keeps nothing more: {_short(event.why)}"
    return type(event).__name__


def _line(index: int, event: Event, zero: int) -> Line:
    # Adding 0.0 makes a rounded -0.0, the moment before the start began, an ordinary zero.
    return Line(index, round((event.t - zero) / NS_PER_MS, 1) + 0.0, event.witness.value, say(event))


def _ticks(stretch: Sequence[tuple[int, Tick]], zero: int) -> Line:
    index, first = stretch[0]
    last = stretch[-1][1]
    start, end = (first.t - zero) / NS_PER_MS, (last.t - zero) / NS_PER_MS
    if len(stretch) == 1:
        return Line(index, start, first.witness.value, say(first))
    gaps = [(after.t - before.t) / NS_PER_MS for (_, before), (_, after) in pairwise(stretch)]
    what = (
        f"{len(stretch)} ticks, {sum(gaps) / len(gaps):.1f} ms apart on average, {max(gaps):.1f} ms at most, "
        f"from {start:.1f} to {end:.1f} ms"
    )
    return Line(index, start, first.witness.value, what)


def _record(record: FunctionRecord) -> str:
    who = f"{record.call.label} handler" if record.call is not None else "function"
    parts = [f"{who} {_EDGES.get(record.edge, _short(record.edge))}{_id(record.request_id or '')}"]
    if record.args is not None:
        plural = "" if len(record.args) == 1 else "s"
        parts.append(f"{len(record.args)} argument{plural} ({_short(', '.join(record.args))})")
    if record.event is not None:
        parts.append(f"event {_quote(record.event)}")
    if record.counter is not None:
        parts.append(f"counter {record.counter}")
    if record.result is not None:
        parts.append(f"result {_quote(record.result)}")
    if record.method is not None or record.path is not None:
        parts.append(f"{_short(record.method or '?')} {_short(record.path or '?')}")
    return ", ".join(parts)


def _kernel(seen: KernelSeen) -> str:
    parts = [f"kernel, {seen.moment.replace('-', ' ')}: {seen.cpu_ns / NS_PER_MS:.3f} ms of CPU time"]
    if seen.frozen is not None:
        parts.append("frozen" if seen.frozen else "not frozen")
    if seen.processes:
        named = [f"{one.pid} {_quote(one.name)}" for one in seen.processes[:NAMED_LIMIT]]
        number = len(seen.processes) + seen.unread
        more = f" and {number - len(named)} more" if number > len(named) else ""
        parts.append(f"{number} {'process' if number == 1 else 'processes'}: {', '.join(named)}{more}")
    if seen.listening is not None:
        parts.append(f"listens on {_sockets(seen.listening) or 'nothing'}")
    if seen.remark:
        parts.append(_short(seen.remark))
    return "; ".join(parts)


def _sockets(found: Sequence[ListeningSocket]) -> str:
    named = [f"[{one.address}]:{one.port}" if ":" in one.address else f"{one.address}:{one.port}" for one in found]
    more = len(named) - NAMED_LIMIT
    return ", ".join(named[:NAMED_LIMIT]) + (f" and {more} more" if more > 0 else "")


def _sent_out(event: SinkReceived) -> str:
    what = " ".join(_short(word) for word in (event.method, event.path) if word) or "something that is no HTTP"
    unit = "byte" if event.length == 1 else "bytes"
    parts = [f"the instance sends out {what}, {event.length} {unit}{', cut off there' if event.cut else ''}"]
    if event.content_type:
        parts.append(_short(event.content_type))
    if event.spans:
        names = ", ".join(span.name for span in event.spans)
        parts.append(f"{len(event.spans)} span{'' if len(event.spans) == 1 else 's'}: {_quote(names)}")
    elif event.text:
        parts.append(_quote(event.text))
    if event.problem:
        parts.append(f"not read: {_short(event.problem)}")
    return ", ".join(parts)


_EDGES = {"loaded": "is loaded", "start": "begins", "end": "ends"}


def _id(request_id: str) -> str:
    return f" [{_short(request_id)}]" if request_id else ""


def _header(headers: dict[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _short(text: str) -> str:
    return bounded(text, TEXT_LIMIT)


def _quote(text: str) -> str:
    return f"“{_short(text)}”" if text else "(empty)"
