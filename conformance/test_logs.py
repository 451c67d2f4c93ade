"""Start and End lines of invocations and hooks in the instance's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.checks import judges
from conformance.expect import NotTestable, milliseconds, require, seen
from fixtures.history.events import HOOKS, Call

if TYPE_CHECKING:
    from fixtures.history.history import History


def _start_and_end(history: History, call: Call) -> None:
    runs = seen(history.runs(call), f"a run of {call.label}")
    sent = {exchange.sent.request_id for exchange in history.exchanges(call)}
    markers = history.markers(call)
    for edge in ("start", "end"):
        lines = [marker for marker in markers if marker.edge == edge]
        require(
            len(lines) == len(runs) and {marker.request_id for marker in lines} == sent,
            expected=f"one {edge.capitalize()} line of {call.label} for each of {', '.join(sorted(sent))}",
            seen=", ".join(marker.line.text for marker in lines) or "none",
            evidence=(*(run.start for run in runs), *(marker.line for marker in lines)),
        )


@judges("logs.pre-freeze-start-and-end", on=("two-freezes", "overlapping-requests"))
def test_pre_freeze_leaves_a_start_and_an_end_line(history: History) -> None:
    _start_and_end(history, Call.PRE_FREEZE)


@judges("logs.pre-stop-start-and-end", on=("two-freezes", "overlapping-requests", "stop-without-freeze"))
def test_pre_stop_leaves_a_start_and_an_end_line(history: History) -> None:
    _start_and_end(history, Call.PRE_STOP)


@judges("logs.invoke-start-and-end", on=("two-freezes", "overlapping-requests"))
def test_an_invocation_leaves_a_start_and_an_end_line(history: History) -> None:
    _start_and_end(history, Call.INVOKE)


@judges("logs.lines-enclose-the-run", on=("two-freezes", "stop-without-freeze"))
def test_start_and_end_line_enclose_the_run_of_a_hook(history: History) -> None:
    judged = 0
    for hook in HOOKS:
        runs = {run.start.request_id: run for run in history.runs(hook)}
        for marker in history.markers(hook):
            run = runs.get(marker.request_id)
            if run is None or run.end is None:
                continue
            judged += 1
            # Markers and records share one stream, so the order in which they were read is the order of the writes.
            # The engine's stamps are no help: under load it stamps a line 20 ms late.
            is_start = marker.edge == "start"
            in_place = marker.line.read_t <= run.start.read_t if is_start else marker.line.read_t >= run.end.read_t
            require(
                in_place,
                expected=f"the Start line of {hook.label} before its run and the End line after it",
                seen=f"{marker.line.text!r} {milliseconds(run.start.read_t, marker.line.read_t)} from the run's start",
                evidence=(run.start, marker.line, run.end),
            )
    if judged == 0:
        raise NotTestable(expected="a Start or End line that belongs to a run of a hook", seen="there is none")
