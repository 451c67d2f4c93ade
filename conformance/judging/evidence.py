"""Which evidence a History holds, and what ran in the instance by the best of it.

With the generated function in the image its records say what ran. Without them the Start and End lines in the log do:
a line of a hook witnesses that the runtime ran the hook around those lines, not what the hook did, what it was given,
or what state it found. Where neither is there, what ran is not known: who asks for it is told so by :class:`NoWitness`.

Pure: a History in, what it shows out. What follows from it is the checks' business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from conformance.judging.expect import NoWitness
from conformance.tables.rungs import MADE_VISIBLE_BY, Rung
from fixtures.history.clock import prove
from fixtures.history.events import HOOKS, Call, KernelSeen, SinkFull, SinkOpened, SinkReceived, Unanswered, Witness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import Answered, LogLine
    from fixtures.history.history import Exchange, History, Ran
    from fixtures.history.markers import Marker

SUCCESS = range(200, 300)
LINE_LATE_NS = 500_000_000
"""How much later than a line was written the engine may stamp it: 0.2 ms as a rule, 150 ms were seen where it was busy
with freezes of other instances. It goes on reading while an instance is frozen, so that a line that comes after a thaw
was written after it, however short the freeze was."""


# ------------------------------------------------------------------------------------------------ which rungs are there


def rungs(history: History) -> tuple[Rung, ...]:
    """The rungs that ``history`` has, the strongest first.

    With the generated function in it an image is judged as a whole: what has left no record has not run, and a line
    that is missing is missing. Without it a log in which no call has left a line is the log of an image that writes
    none. Likewise the generated function sends what it is told to, and of another image nobody knows that it sends.
    """
    there = {
        Rung.RECORDS: history.keeps_records,
        Rung.LINES: history.keeps_records or any(_speaks_of(history, call) for call in Call),
        Rung.SINK: bool(history.of(SinkReceived)) or (history.keeps_records and bool(history.of(SinkOpened))),
        Rung.KERNEL: bool(history.of(KernelSeen)),
        Rung.WIRE: True,
    }
    return tuple(rung for rung in Rung if there[rung])


def standing(stands_on: Sequence[Rung], history: History) -> Rung | None:
    """The strongest of these rungs that ``history`` has: what a verdict on it stands on. None where it has none."""
    there = rungs(history)
    return next((rung for rung in stands_on if rung in there), None)


def without_records(history: History) -> History:
    """The same History of an instance without the generated function: what that wrote was not seen."""
    events = tuple(event for event in history.events if event.witness is not Witness.FUNCTION)
    return msgspec.structs.replace(history, events=events, clock=prove(events), keeps_records=False)


def without_lines(history: History) -> History:
    """The same History of an instance that writes no Start and End lines."""
    lines = {id(marker.line) for marker in history.markers()}
    return msgspec.structs.replace(history, events=tuple(one for one in history.events if id(one) not in lines))


def without_sink(history: History) -> History:
    """The same History of an instance of which nobody saw what it sends out."""
    seen = (SinkOpened, SinkReceived, SinkFull)
    return msgspec.structs.replace(history, events=tuple(one for one in history.events if not isinstance(one, seen)))


# ------------------------------------------------------------------------------------------------ what ran


@dataclass(frozen=True)
class RunByLines:
    """A run by its Start and End line.

    A line that is stamped after the answer to its request counts as written when that was answered, as long as the
    engine may have been late: up to the next thaw, and to :data:`LINE_LATE_NS`. So a hook that outlasts its answer
    shows in its lines where a freeze comes between, or half a second.
    """

    call: Call
    request_id: str
    start: LogLine
    end: LogLine | None
    began: int
    ended: int | None
    whole: bool


def ran(history: History, call: Call) -> Sequence[Ran]:
    """The runs of the function's code for ``call``, by its records, or else by Start and End lines.

    Raises:
        NoWitness: there is neither, or the log leaves open when they were.
    """
    if history.keeps_records:
        return history.runs(call)
    if not _speaks_of(history, call):
        raise NoWitness(
            expected=f"to see when {call.label} ran",
            seen=f"its log has no Start line of {call.label}: {MADE_VISIBLE_BY[Rung.LINES]}",
        )
    spoilt = next((marker.line for marker in history.markers(call) if marker.spoilt), None)
    if spoilt is not None:
        raise NoWitness(
            expected=f"to see when {call.label} ran",
            seen=f"other things stand on one line with {spoilt.text[:120]!r}, so that it is not known when it was "
            "written: write each line out in one piece, with its end",
        )
    if lies_in_a_buffer(history):
        raise NoWitness(
            expected=f"to see when {call.label} ran",
            seen="every Start line comes after the answer to its request: the lines lie in a buffer of the process; "
            "write each of them out at once",
        )
    return _runs_by_lines(history, call)


def _runs_by_lines(history: History, call: Call) -> Sequence[RunByLines]:
    """An End line joins the earliest open Start line of its request ID, as records do."""
    answered = _answered(history)
    runs: list[RunByLines] = []
    for marker in history.markers(call):
        t = marker.line.t
        if not _comes_late(marker, answered):
            t = min(t, answered[marker.request_id][0])
        if marker.edge == "start":
            runs.append(RunByLines(call, marker.request_id, marker.line, None, t, None, whole=False))
            continue
        for index, run in enumerate(runs):
            if run.end is None and run.request_id == marker.request_id:
                runs[index] = replace(run, end=marker.line, ended=t, whole=not marker.failed)
                break
    return tuple(runs)


def _answered(history: History) -> dict[str, tuple[int, int]]:
    """When each request was answered, and until when a line that was written before can be stamped."""
    thaws = [freeze.thaw_begun.t for freeze in history.freezes() if freeze.thaw_begun is not None]
    answers = {each.sent.request_id: each.answered.t for each in history.exchanges() if each.answered is not None}
    return {
        request_id: (t, min([t + LINE_LATE_NS, *(thaw for thaw in thaws if thaw > t)]))
        for request_id, t in answers.items()
    }


def _comes_late(marker: Marker, answered: dict[str, tuple[int, int]]) -> bool:
    """Whether a line cannot have been written before the answer to its request; also where there is no answer."""
    return marker.request_id not in answered or marker.line.t > answered[marker.request_id][1]


def _speaks_of(history: History, call: Call) -> bool:
    """Whether the log tells of ``call``: a line with an ID that was sent. What tells of one hook tells of all."""
    alike = HOOKS if call in HOOKS else (call,)
    sent = {exchange.sent.request_id for one in alike for exchange in history.exchanges(one)}
    return any(marker.request_id in sent for one in alike for marker in history.markers(one))


def lies_in_a_buffer(history: History) -> bool:
    """Whether lines are there, and each of them only after the answer to its request.

    Those of PreStop say nothing of it: the stop is behind it, and with that the end of every buffer.
    """
    answered = _answered(history)
    starts = [
        marker
        for marker in history.markers()
        if marker.edge == "start" and marker.request_id in answered and marker.call is not Call.PRE_STOP
    ]
    return bool(starts) and all(_comes_late(start, answered) for start in starts)


# ------------------------------------------------------------------------------------------------ how a call ended


STATUS_HEADER: Final = "x-fc-status"
"""Tells the platform what became of an invocation, 200 or 404; where it is missing the call counts as carried out
(contract, section 9)."""


RESTARTS: Final = 500
"""The status from which on the platform restarts an instance for the answer of a hook (contract, section 9)."""


def told_success(exchange: Exchange) -> bool:
    """Whether a request was answered as carried out: by status and, where it is there, by ``x-fc-status``."""
    answer = exchange.answered
    return answer is not None and answer.status in SUCCESS and answer.headers.get(STATUS_HEADER, "200") == "200"


def told_failure(exchange: Exchange) -> bool:
    """Whether a request came to its end, and not as carried out."""
    return exchange.answer is not None and not told_success(exchange)


def no_worse(exchange: Exchange, earlier: Exchange) -> bool:
    """Whether a request was answered with the status of an earlier one, and as carried out if that one was."""
    if exchange.answered is None or earlier.answered is None:
        return False
    as_good = told_success(exchange) or not told_success(earlier)
    return exchange.answered.status == earlier.answered.status and as_good


def status_of(answer: Answered) -> str:
    """What an answer says of success or failure, in words: its status, and the header only where that says failure."""
    told = answer.headers.get(STATUS_HEADER, "200")
    return f"status {answer.status}" + ("" if told == "200" else f", {STATUS_HEADER} {told}")


def what_came(answer: Answered | Unanswered | None) -> str:
    """What a request was answered with, in words; the header only where it does not say success."""
    if answer is None:
        return "no answer"
    if isinstance(answer, Unanswered):
        return answer.why
    more = " and more" if answer.cut else ""
    return f"{status_of(answer)}, {answer.body_bytes} bytes{more}: {answer.body[:200]!r}"
