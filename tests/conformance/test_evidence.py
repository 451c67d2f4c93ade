"""What ran by records and by lines, and what a log that comes late says of it."""

from __future__ import annotations

import pytest

from conformance.judging.evidence import (
    LINE_LATE_NS,
    ran,
    rungs,
    told_failure,
    told_success,
    without_lines,
    without_records,
)
from conformance.judging.expect import NoWitness, describe
from conformance.tables.rungs import MADE_VISIBLE_BY, Rung
from fixtures.history.events import HOOKS, Call, FunctionRecord, LaterWork, MetricsFlushed, Tick, Unanswered
from fixtures.history.history import Exchange, History
from tests.conformance.builders import FULL, MS, altered, conformant, log_line, shifted, with_events, without
from tests.conformance.faults import answered, lines_of

HISTORY = conformant(FULL, "two-freezes")
BY_LINES = without_records(HISTORY)


def test_records_say_what_ran_where_they_are_kept_whatever_the_log_says() -> None:
    assert ran(without_lines(HISTORY), Call.PRE_FREEZE) == HISTORY.runs(Call.PRE_FREEZE)


@pytest.mark.parametrize("call", [Call.INVOKE, *HOOKS])
def test_lines_tell_the_same_runs_as_records(call: Call) -> None:
    by_records, by_lines = ran(HISTORY, call), ran(BY_LINES, call)
    assert [run.request_id for run in by_lines] == [run.request_id for run in by_records]
    assert all(run.whole for run in by_lines)
    for line, record in zip(by_lines, by_records, strict=True):
        assert line.ended is not None
        assert record.ended is not None
        assert abs(line.began - record.began) < MS
        assert abs(line.ended - record.ended) < MS


def test_without_records_nothing_of_the_function_is_left() -> None:
    flushed = without_records(conformant(FULL, "buffered-metrics"))
    assert not flushed.of(FunctionRecord)
    assert not flushed.of(Tick)
    assert not flushed.of(MetricsFlushed)
    assert not without_records(conformant(FULL, "freezes-of-several-lengths")).of(LaterWork)
    assert not flushed.keeps_records
    assert not flushed.clock.shared


def test_a_run_without_an_end_line_is_told_as_one() -> None:
    (run,) = ran(BY_LINES, Call.PRE_STOP)
    (line,) = lines_of(BY_LINES, Call.PRE_STOP, run.request_id or "", "end")
    (left,) = ran(without(BY_LINES, line), Call.PRE_STOP)
    assert (left.end, left.ended, left.whole) == (None, None, False)
    assert "no End line" in describe(left)


def test_a_run_whose_end_line_tells_an_error_has_ended_and_is_not_whole() -> None:
    run = ran(without_records(conformant(FULL, "hooks-throw")), Call.PRE_STOP)[0]
    assert run.ended is not None
    assert not run.whole


def told_at_the_end(*lines: tuple[str, str]) -> History:
    """PreFreeze's lines are these and no others, a millisecond apart, and later than any that could be late."""
    history = without(BY_LINES, *(marker.line for marker in BY_LINES.markers(Call.PRE_FREEZE)))
    t = history.events[-1].t + LINE_LATE_NS
    return with_events(
        history,
        *(log_line(t + n * MS, f"FC PreFreeze {edge} RequestId: {name}") for n, (edge, name) in enumerate(lines)),
    )


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 0)])
@pytest.mark.parametrize("ends_first", ["one", "other"])
def test_an_end_line_ends_the_run_of_its_own_request(one: int, other: int, ends_first: str) -> None:
    ids = [exchange.sent.request_id for exchange in BY_LINES.exchanges(Call.PRE_FREEZE)]
    starts = [("Start", ids[one]), ("Start", ids[other])]
    ends = [("End", ids[one]), ("End", ids[other])]
    runs = ran(told_at_the_end(*starts, *(ends if ends_first == "one" else ends[::-1])), Call.PRE_FREEZE)
    assert [run.request_id for run in runs] == [ids[one], ids[other]]
    assert all(run.ended is not None for run in runs)
    assert ((runs[0].ended or 0) < (runs[1].ended or 0)) is (ends_first == "one")


def test_an_end_line_ends_the_earliest_of_two_runs_for_one_request() -> None:
    name = BY_LINES.exchanges(Call.PRE_FREEZE)[0].sent.request_id
    first, second = ran(told_at_the_end(("Start", name), ("Start", name), ("End", name)), Call.PRE_FREEZE)
    assert first.whole
    assert second.ended is None


def test_a_log_that_tells_of_one_hook_tells_of_the_other() -> None:
    """So that a hook whose lines are missing has not run."""
    lines = [marker.line for marker in BY_LINES.markers(Call.PRE_FREEZE)]
    assert ran(without(BY_LINES, *lines), Call.PRE_FREEZE) == ()


def test_a_log_that_tells_of_invocations_only_says_nothing_of_hooks() -> None:
    lines = [marker.line for hook in HOOKS for marker in BY_LINES.markers(hook)]
    history = without(BY_LINES, *lines)
    assert Rung.LINES in rungs(history)
    assert ran(history, Call.INVOKE)
    for hook in HOOKS:
        with pytest.raises(NoWitness, match=f"no Start line of {hook.label}"):
            ran(history, hook)


def test_lines_with_ids_that_nobody_sent_are_no_evidence() -> None:
    history = BY_LINES
    for marker in BY_LINES.markers():
        history = altered(history, marker.line, text=f"FC {marker.call.label} Start RequestId: made-up")
    assert rungs(history) == (Rung.WIRE,)


@pytest.mark.parametrize(("late", "counts_as_before"), [(500 * MS, True), (500 * MS + 1, False)])
def test_an_end_line_that_is_stamped_a_little_late_was_written_before_the_answer(
    late: int, counts_as_before: bool
) -> None:
    exchange = BY_LINES.exchanges(Call.PRE_STOP)[0]
    (line,) = lines_of(BY_LINES, Call.PRE_STOP, exchange.sent.request_id, "end")
    (run,) = ran(shifted(BY_LINES, line, by=answered(exchange).t + late - line.t), Call.PRE_STOP)
    assert run.ended is not None
    assert (run.ended <= answered(exchange).t) is counts_as_before


@pytest.mark.parametrize(("after_the_thaw", "counts_as_before"), [(0, True), (MS, False)])
def test_an_end_line_that_comes_after_a_thaw_was_written_after_it(after_the_thaw: int, counts_as_before: bool) -> None:
    exchange, freeze = BY_LINES.exchanges(Call.PRE_FREEZE)[0], BY_LINES.freezes()[0]
    assert freeze.thaw_begun is not None
    assert freeze.thaw_begun.t < answered(exchange).t + LINE_LATE_NS
    (line,) = lines_of(BY_LINES, Call.PRE_FREEZE, exchange.sent.request_id, "end")
    moved = shifted(BY_LINES, line, by=freeze.thaw_begun.t + after_the_thaw - line.t)
    run = ran(moved, Call.PRE_FREEZE)[0]
    assert run.ended is not None
    assert (run.ended <= answered(exchange).t) is counts_as_before


def test_a_run_whose_request_was_never_answered_has_the_times_of_its_lines() -> None:
    exchange = BY_LINES.exchanges(Call.PRE_STOP)[0]
    (line,) = lines_of(BY_LINES, Call.PRE_STOP, exchange.sent.request_id, "end")
    (run,) = ran(without(BY_LINES, exchange.answer), Call.PRE_STOP)
    assert run.ended == line.t


def test_a_log_in_which_every_start_line_comes_after_its_answer_says_nothing_of_times() -> None:
    lines = [marker.line for marker in BY_LINES.markers()]
    last = max(event.t for event in BY_LINES.events)
    history = shifted(BY_LINES, *lines, by=last)
    with pytest.raises(NoWitness, match="lie in a buffer"):
        ran(history, Call.INVOKE)


def test_start_lines_alone_show_that_lines_lie_in_a_buffer() -> None:
    starts = [marker.line for marker in BY_LINES.markers() if marker.edge == "start"]
    history = shifted(BY_LINES, *starts, by=max(event.t for event in BY_LINES.events))
    with pytest.raises(NoWitness, match="lie in a buffer"):
        ran(history, Call.INVOKE)


def test_one_start_line_in_time_is_enough_to_believe_the_others() -> None:
    _, *rest = [marker.line for marker in BY_LINES.markers()]
    history = shifted(BY_LINES, *rest, by=max(event.t for event in BY_LINES.events))
    assert len(ran(history, Call.INVOKE)) == 2


@pytest.mark.parametrize(
    ("status", "headers", "success"),
    [
        (200, {}, True),
        (204, {}, True),
        (200, {"x-fc-status": "200"}, True),
        (200, {"x-fc-status": "404"}, False),
        (200, {"x-fc-status": "100"}, False),
        (199, {}, False),
        (300, {}, False),
        (404, {}, False),
    ],
)
def test_an_answer_is_a_success_by_its_status_and_by_the_header_that_the_platform_reads(
    status: int, headers: dict[str, str], success: bool
) -> None:
    history = altered(HISTORY, HISTORY.exchanges()[0].answer, status=status, headers=headers)
    exchange = history.exchanges()[0]
    assert told_success(exchange) is success
    assert told_failure(exchange) is not success


def test_a_request_without_a_usable_answer_has_failed_and_one_under_way_has_not() -> None:
    sent = HISTORY.exchanges()[0].sent
    nothing = Unanswered(t=sent.t, exchange=1, call=sent.call, request_id=sent.request_id, why="the connection ended")
    assert told_failure(Exchange(sent, nothing))
    assert not told_success(Exchange(sent, nothing))
    assert not told_failure(Exchange(sent, None))


def test_every_rung_has_a_height_and_a_way_to_be_there() -> None:
    assert [rung.height for rung in Rung] == [1, 2, 3, 4, 5]
    assert set(MADE_VISIBLE_BY) == set(Rung)
