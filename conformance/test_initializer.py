"""The initializer, the third lifecycle hook, in the profiles that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import ran, told_failure
from conformance.judging.expect import describe, require, seen
from conformance.judging.nearest import nearest
from fixtures.history.events import Call

if TYPE_CHECKING:
    from fixtures.history.history import History

PER_INITIALIZATION = 100
"""What the function's initializer adds to its counter."""


@judges("initializer.once-before-the-first-invocation", on=("initializer",))
def test_the_initializer_runs_once_before_the_first_invocation(history: History) -> None:
    runs = seen(ran(history, Call.INITIALIZE), "a run of the initializer")
    first = seen(ran(history, Call.INVOKE), "a run of the handler")[0]
    require(
        len(runs) == 1 and runs[0].ended is not None and runs[0].ended <= first.began,
        expected="one run of the initializer, ended before the first invocation starts",
        seen=", ".join(map(describe, runs)),
        evidence=(*(run.start for run in runs), first.start),
    )


@judges("initializer.no-event", on=("initializer",))
def test_the_initializer_is_given_the_context_and_no_event(history: History) -> None:
    for run in seen(history.runs(Call.INITIALIZE), "a run of the initializer"):
        args = [arg for arg in run.start.args or [] if arg != "callback"]
        require(
            args == ["context"],
            expected="the initializer to be given the context, and no event",
            seen=", ".join(run.start.args or ["none"]),
            evidence=(run.start,),
        )


@judges("initializer.shares-the-state", on=("initializer",))
def test_the_first_invocation_finds_what_the_initializer_left(history: History) -> None:
    seen(history.runs(Call.INITIALIZE), "a run of the initializer")
    first = seen(history.runs(Call.INVOKE), "a run of the handler")[0]
    require(
        first.start.counter == PER_INITIALIZATION,
        expected=f"the counter at {PER_INITIALIZATION}",
        seen=str(first.start.counter),
        evidence=(first.start,),
    )


@judges("initializer.start-and-end", on=("initializer",))
def test_the_initializer_leaves_a_start_and_an_end_line(history: History) -> None:
    asked = history.exchanges(Call.INITIALIZE)
    if not history.keeps_records:
        # One that says that it cannot initialize has nothing to write lines around.
        asked = tuple(exchange for exchange in asked if not told_failure(exchange))
    sent = [exchange.sent.request_id for exchange in asked]
    seen(sent, "a request for the initializer")
    lines = [(marker.edge, marker.request_id) for marker in history.markers(Call.INITIALIZE)]
    require(
        lines == [("start", sent[0]), ("end", sent[0])],
        expected=f"a Start and an End line of Initialize with {sent[0]}",
        seen=(", ".join(f"{edge} {request_id}" for edge, request_id in lines) or "none")
        + "".join(
            nearest(history, Call.INITIALIZE, edge, sent[:1])
            for edge in ("start", "end")
            if (edge, sent[0]) not in lines
        ),
        evidence=[marker.line for marker in history.markers(Call.INITIALIZE)],
    )
