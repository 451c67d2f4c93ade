"""Start and End lines of invocations and hooks in the instance's log."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import told_success
from conformance.judging.expect import NotTestable, Observation, completed_freezes, milliseconds, require, seen
from conformance.judging.nearest import missing, nearest
from conformance.scenarios.steps import LOGGED
from fixtures.history.events import HOOKS, Call, LogLine, RequestSent
from fixtures.history.log_query import Log
from fixtures.history.markers import read_marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fixtures.history.history import History, Run
    from fixtures.history.log_query import FoundLine
    from fixtures.history.markers import Marker


OWN_LINE = re.compile(re.escape(LOGGED) + r" \((?P<own>[^)]+)\)")
"""What a handler gives to its context's logger: a text, and the request ID that it was called with."""


def _start_and_end(history: History, call: Call) -> None:
    if not history.keeps_records:
        _start_and_end_of_every_success(history, call)
        return
    runs = seen(history.runs(call), f"a run of {call.label}")
    sent = {exchange.sent.request_id for exchange in history.exchanges(call)}
    markers = history.markers(call)
    for edge in ("start", "end"):
        lines = [marker for marker in markers if marker.edge == edge]
        require(
            len(lines) == len(runs) and {marker.request_id for marker in lines} == sent,
            expected=f"one {edge.capitalize()} line of {call.label} for each of {', '.join(sorted(sent))}"
            + (f", and {len(runs)} of them, as often as it ran" if len(runs) != len(sent) else ""),
            seen=(", ".join(marker.line.text for marker in lines) or "none")
            + nearest(history, call, edge, missing(sorted(sent), (marker.request_id for marker in lines))),
            evidence=(*(run.start for run in runs), *(marker.line for marker in lines)),
        )


def _start_and_end_of_every_success(history: History, call: Call) -> None:
    """Without records: a call that was answered as carried out has run; one that failed may not have begun."""
    exchanges = history.exchanges(call)
    succeeded = seen([one for one in exchanges if told_success(one)], f"a success of {call.label}")
    sent = {exchange.sent.request_id for exchange in exchanges}
    for edge in ("start", "end"):
        lines = [marker for marker in history.markers(call) if marker.edge == edge]
        told = Counter(marker.request_id for marker in lines)
        require(
            all(told[exchange.sent.request_id] == 1 for exchange in succeeded)
            and all(times == 1 and request_id in sent for request_id, times in told.items()),
            expected=f"one {edge.capitalize()} line of {call.label} for each request that was answered as carried out: "
            + ", ".join(sorted(exchange.sent.request_id for exchange in succeeded)),
            seen=(
                ", ".join(marker.line.text for marker in lines)
                or f"none, while other calls have left lines: {call.label} did not run, or its lines are missing"
            )
            + nearest(history, call, edge, missing((one.sent.request_id for one in succeeded), told)),
            evidence=(*(exchange.sent for exchange in succeeded), *(marker.line for marker in lines)),
        )


@judges("logs.pre-freeze-start-and-end", on=("two-freezes", "overlapping-requests", "freezes-of-several-lengths"))
def test_pre_freeze_leaves_a_start_and_an_end_line(history: History) -> None:
    _start_and_end(history, Call.PRE_FREEZE)


@judges("logs.pre-stop-start-and-end", on=("two-freezes", "overlapping-requests", "stop-without-freeze"))
def test_pre_stop_leaves_a_start_and_an_end_line(history: History) -> None:
    _start_and_end(history, Call.PRE_STOP)


@judges("logs.invoke-start-and-end", on=("two-freezes", "overlapping-requests", "eight-at-once"))
def test_an_invocation_leaves_a_start_and_an_end_line(history: History) -> None:
    _start_and_end(history, Call.INVOKE)


@judges(
    "logs.no-error-where-none-was",
    on=(
        "two-freezes",
        "overlapping-requests",
        "stop-without-freeze",
        "eight-at-once",
        "thirty-two-at-once",
        "staggered-requests",
        "request-while-frozen",
        "request-while-pre-freeze-runs",
        "freezes-of-several-lengths",
        "kept-alive-connection",
        "buffered-metrics",
        "failing-invocation",
    ),
)
def test_the_end_line_of_a_call_that_came_to_its_end_tells_no_error(history: History) -> None:
    if history.keeps_records:
        good = {run.start.request_id for call in Call for run in history.runs(call) if run.end is not None}
    else:
        good = {exchange.sent.request_id for exchange in history.exchanges() if told_success(exchange)}
    lines = [one for one in history.markers() if one.edge == "end" and one.request_id in good]
    seen(lines, "an End line of a call that came to its end")
    wrong = [marker for marker in lines if marker.failed]
    require(
        not wrong,
        expected="an End line without an error for every call that came to its end",
        seen=f"{len(wrong)} of {len(lines)} tell one: {wrong[0].line.text[:160]!r}" if wrong else "",
        evidence=[marker.line for marker in wrong],
        certain=True,
    )


@judges("logs.own-request-id", on=("overlapping-requests",))
def test_a_line_of_a_handlers_logger_carries_its_own_request_id(history: History) -> None:
    # The handler puts into the line whose it is; the logger puts its own word before that.
    lines = [line for line in history.of(LogLine) if OWN_LINE.search(line.text) is not None]
    without = [run.start for run in history.runs(Call.INVOKE) if run.start.logger is False]
    if without and not lines:
        raise Observation("the contexts of invocations have no logger", evidence=without)
    wrong = []
    for line in seen(lines, "a line that a handler has written by its context's logger", at_least=2):
        found = OWN_LINE.search(line.text)
        assert found is not None
        if found["own"] not in line.text[: found.start()]:
            wrong.append(line)
    require(
        not wrong,
        expected="the request ID of its own invocation before every line of a handler's logger",
        seen=f"{len(wrong)} of {len(lines)} carry another or none: {wrong[0].text[:200]!r}" if wrong else "",
        evidence=wrong,
        certain=True,
    )


@judges("logs.lines-enclose-the-run", on=("two-freezes", "stop-without-freeze"))
def test_start_and_end_line_enclose_the_run_of_a_hook(history: History) -> None:
    judged = 0
    for hook in HOOKS:
        runs = {run.start.request_id: run for run in history.runs(hook)}
        for marker in history.markers(hook):
            run = runs.get(marker.request_id)
            if run is None or run.end is None or marker.spoilt:
                continue  # whatever shared its line has spoilt its place: nothing is concluded from it
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


@judges("logs.written-before-the-freeze", on=("two-freezes", "overlapping-requests", "freezes-of-several-lengths"))
def test_start_and_end_lines_are_not_held_back_until_after_the_thaw(history: History) -> None:
    answered = {exchange.sent.request_id: exchange.answered for exchange in history.exchanges()}
    judged = 0
    for number, freeze in enumerate(completed_freezes(history), 1):
        assert freeze.thaw_begun is not None
        begun, thawed = freeze.begun, freeze.thaw_begun
        due = {request_id for request_id, answer in answered.items() if answer is not None and answer.t <= begun.t}
        # The line of a call that goes on after the thaw is no held back one.
        going_on = {
            run.start.request_id for call in Call for run in history.runs(call) if run.end and run.end.t > begun.t
        }
        # The time of a line that other things stand on is that of whatever ended it.
        lines = [one for one in history.markers() if one.request_id in due - going_on and not one.spoilt]
        if not history.keeps_records:
            # Nobody says whether a call goes on. But whoever has answered it has begun it.
            lines = [marker for marker in lines if marker.edge == "start"]
        judged += len(lines)
        # The engine goes on reading what lies in the pipe while the instance is frozen: only what the process itself
        # still holds comes after the thaw.
        late = [marker.line for marker in lines if marker.line.t >= thawed.t]
        require(
            not late,
            expected=f"every Start and End line of a call answered before freeze {number} to be out before its thaw",
            seen="; ".join(line.text[:120] for line in late),
            evidence=(begun, thawed, *late),
        )
    if judged == 0:
        raise NotTestable(expected="a Start or End line of a call before a freeze", seen="there is none")


# ---------------------------------------------------------------------------------------------- queries

QUERIED = ("two-freezes", "overlapping-requests")


def _hooks_that_left_lines(history: History) -> list[Call]:
    return list(seen([hook for hook in HOOKS if history.markers(hook)], "a hook that left Start and End lines"))


def _request_ids(history: History, hook: Call) -> list[str]:
    return sorted(exchange.sent.request_id for exchange in history.exchanges(hook))


@judges("logs.found-by-instance", on=QUERIED)
def test_the_lines_of_all_hooks_are_found_by_the_instance(history: History) -> None:
    found = [history.events[line.index] for line in Log([history]).query(history.instance)]
    markers = [marker for line in found if isinstance(line, LogLine) and (marker := read_marker(line)) is not None]
    for hook in _hooks_that_left_lines(history):
        for edge in ("Start", "End"):
            with_edge = [one.line.text for one in markers if one.call is hook and one.edge == edge.lower()]
            missing = [
                wanted for wanted in _request_ids(history, hook) if not any(wanted in text for text in with_edge)
            ]
            require(
                not missing,
                expected=f"the {edge} line of every request for {hook.label} among the lines of the instance",
                seen=f"none for {', '.join(missing)}",
                evidence=[exchange.sent for exchange in history.exchanges(hook)],
            )


@judges("logs.found-by-instance-and-hook", on=QUERIED)
def test_the_lines_of_one_hook_are_found_by_instance_and_keyword(history: History) -> None:
    for hook in _hooks_that_left_lines(history):
        found = [line.text for line in Log([history]).query(f"{history.instance[:12]} and {hook.label}")]
        # A Start and an End line for each request, and not one line more.
        wanted = sorted(_request_ids(history, hook) * 2)
        told = sorted(request_id for text in found for request_id in _request_ids(history, hook) if request_id in text)
        require(
            told == wanted and len(found) == len(wanted),
            expected=f"the {len(wanted)} Start and End lines of {hook.label}, and no others",
            seen="; ".join(text[:120] for text in found) or "none",
            evidence=[exchange.sent for exchange in history.exchanges(hook)],
        )


@judges("logs.found-by-request", on=QUERIED)
def test_the_lines_of_a_request_are_found_by_its_id(history: History) -> None:
    log = Log([history])
    for hook in _hooks_that_left_lines(history):
        for exchange in history.exchanges(hook):
            request_id = exchange.sent.request_id
            texts = [line.text for line in log.by_request(request_id).certain]
            edges = [marker for marker in history.markers(hook) if marker.request_id == request_id]
            others = {sent.request_id for sent in history.of(RequestSent)} - {request_id}
            strangers = [text for text in texts if any(other in text for other in others)]
            require(
                all(marker.line.text in texts for marker in edges) and len(edges) == 2 and not strangers,
                expected=f"Start and End line of {request_id}, and no line of another request",
                seen=f"{len(texts)} lines, {len(strangers)} of other requests",
                evidence=[marker.line for marker in edges],
            )


@judges("logs.lines-around", on=("hooks-flood-the-log",))
def test_a_line_without_a_request_id_is_found_through_the_lines_around_it(history: History) -> None:
    _hooks_that_left_lines(history)
    log = Log([history])
    lines = log.by_instance(history.instance)
    places = {id(event): place for place, event in enumerate(history.events)}
    marked = {places[id(marker.line)]: marker for marker in history.markers()}

    def nearest(found: Iterable[FoundLine]) -> Marker | None:
        return next((marked[line.index] for line in found if line.index in marked), None)

    judged = 0
    for run in (run for hook in HOOKS for run in history.runs(hook)):
        edges = [marker for marker in history.markers(run.call) if marker.request_id == run.start.request_id]
        if [marker.edge for marker in edges] != ["start", "end"]:
            continue  # a line that was never written leads nowhere: that is another requirement's business
        own = _lines_without_an_id(history, lines, run)
        for line in (*own[:1], *own[1:][-1:]):
            judged += 1
            around = log.around(line, before=len(lines), after=len(lines))
            place = around.index(line)
            found = [nearest(reversed(around[:place])), nearest(around[place + 1 :])]
            require(
                found == edges,
                expected=f"the nearest Start and End line around a line of {run.call.label} to be those of its request",
                seen=" and ".join(repr(marker.line.text) if marker else "none" for marker in found),
                evidence=(run.start, history.events[line.index], *(marker.line for marker in edges)),
            )
    if judged == 0:
        raise NotTestable(expected="a line without a request ID that a hook has written", seen="there is none")


def _lines_without_an_id(history: History, lines: Sequence[FoundLine], run: Run) -> list[FoundLine]:
    """Those that a run has written: they are read between its two records, which it writes to the same stream."""
    if run.end is None:
        return []
    ids = [sent.request_id for sent in history.of(RequestSent)]
    return [
        line
        for line in lines
        if isinstance(event := history.events[line.index], LogLine)
        and run.start.read_t < event.read_t < run.end.read_t
        and not any(request_id in line.text for request_id in ids)
    ]
