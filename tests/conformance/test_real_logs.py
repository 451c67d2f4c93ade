"""Logs as they are really written: what turns nothing red, what is a note, and what a missing line's message says.

The Histories are conformant ones whose Start and End lines are written anew, as runtimes write them that people have.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.judging.checks import Case
from conformance.judging.doubt import READER_LATE_NS, RECORD_LATE_NS, doubt
from conformance.judging.evidence import ran, without_records
from conformance.judging.expect import NotTestable, NoWitness, Violation
from conformance.judging.judging import judge
from conformance.judging.verdict import Judgement, Verdict
from fixtures.history.events import Call, FunctionRecord, LogLine, Tick
from tests.conformance.builders import (
    FULL,
    MS,
    altered,
    conformant,
    log_line,
    shifted,
    told,
    with_events,
    without,
    without_any,
)
from tests.conformance.checking import CATALOGUE, WRITTEN, not_passed, outcome
from tests.conformance.faults import FLOODING, NEVER_FROZEN, OVERLAPPING, TWO_FREEZES, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.judging.expect import Outcome
    from fixtures.history.history import History

SCENARIOS = (TWO_FREEZES, OVERLAPPING, NEVER_FROZEN, FLOODING, "failing-invocation", "hooks-throw", "initializer")


def framed(text: str) -> str:
    raw = text.encode()
    return (bytes.fromhex("EDDBAC9B") + len(raw).to_bytes(4, "big") + raw).decode("utf-8", "replace")


def coloured(text: str) -> str:
    head, _, request_id = text.partition("RequestId: ")
    return f"\x1b[32m{head}\x1b[0mRequestId: \x1b[1m{request_id}\x1b[0m"


WAYS: dict[str, Callable[[str], str]] = {
    "in a frame": framed,
    "behind a date": "2026-11-25T10:00:00.123Z{}".format,
    "behind a level": "[INFO]{}".format,
    "behind a level without a gap": "INFO{}".format,
    "in colours": coloured,
    "with a hyphen": lambda text: text.replace("FC Pre", "FC Pre-"),
    "with an escaped newline before End": lambda text: text if " Start " in text else f"\\n{text}",
    "in small letters": lambda text: text.replace("PreStop", "prestop").replace("PreFreeze", "prefreeze"),
}


def written(history: History, way: Callable[[str], str]) -> History:
    markers = {id(marker.line) for marker in history.markers()}
    return told(
        history,
        [
            msgspec.structs.replace(event, text=way(event.text))
            if isinstance(event, LogLine) and id(event) in markers
            else event
            for event in history.events
        ],
    )


def check_of(requirement: str) -> str:
    (name,) = (name for name, one in WRITTEN.items() if one.requirement == requirement)
    return name


def judged(requirement: str, history: History, error: Outcome | None) -> Judgement:
    case = Case(CATALOGUE.requirement(requirement), FULL, history.scenario, "")
    return judge(case, nodeid="n", history=history, error=error, declared=(), today=datetime.date(2026, 11, 26))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_lines_as_real_runtimes_write_them_turn_nothing_red(way: Callable[[str], str], scenario: str) -> None:
    history = written(conformant(FULL, scenario), way)
    assert not_passed(history, FULL, scenario) == {}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_lines_as_real_runtimes_write_them_are_noted(way: Callable[[str], str]) -> None:
    history = written(conformant(FULL, TWO_FREEZES), way)
    assert judged("logs.pre-stop-start-and-end", history, None).notes


# ------------------------------------------------------------------------------------------------ spoilt lines


def spoilt(history: History, *lines: LogLine) -> History:
    for line in lines:
        history = altered(history, line, part_of=f"{line.text}{line.text}")
    return history


def test_what_ran_together_is_a_note_that_shows_the_line_and_nothing_red() -> None:
    history = conformant(FULL, OVERLAPPING)
    (line, _) = lines_of(history, Call.INVOKE, history.exchanges(Call.INVOKE)[0].sent.request_id)
    glued = spoilt(history, line)
    assert not_passed(glued, FULL, OVERLAPPING) == {}
    (note,) = judged("logs.invoke-start-and-end", glued, None).notes
    assert "a part of the line" in note
    assert line.text + line.text in note


def test_no_order_is_concluded_from_a_line_that_was_spoilt() -> None:
    history = conformant(FULL, TWO_FREEZES)
    run = history.runs(Call.PRE_STOP)[0]
    (start,) = lines_of(history, Call.PRE_STOP, run.start.request_id or "", "start")
    late = shifted(history, start, by=run.start.t + MS - start.t)
    check = check_of("logs.lines-enclose-the-run")
    assert isinstance(outcome(check, late), Violation)
    moved_line = next(one for one in late.of(LogLine) if one.text == start.text)
    assert outcome(check, spoilt(late, moved_line)) is None


def test_where_every_line_was_spoilt_no_order_can_be_tested() -> None:
    history = conformant(FULL, TWO_FREEZES)
    glued = spoilt(history, *(marker.line for marker in history.markers()))
    for requirement in ("logs.lines-enclose-the-run", "logs.written-before-the-freeze"):
        assert isinstance(outcome(check_of(requirement), glued), NotTestable)


def test_a_spoilt_line_is_not_called_late() -> None:
    history = conformant(FULL, TWO_FREEZES)
    hook, freeze = history.exchanges(Call.PRE_FREEZE)[0], history.freezes()[0]
    assert freeze.thawed is not None
    (end,) = lines_of(history, Call.PRE_FREEZE, hook.sent.request_id, "end")
    late = shifted(history, end, by=freeze.thawed.t + MS - end.t)
    check = check_of("logs.written-before-the-freeze")
    assert isinstance(outcome(check, late), Violation)
    line = next(one for one in late.of(LogLine) if one.text == end.text)
    assert outcome(check, spoilt(late, line)) is None


def test_without_records_a_spoilt_line_leaves_open_when_its_call_ran_and_no_other() -> None:
    history = without_records(conformant(FULL, TWO_FREEZES))
    glued = spoilt(history, history.markers(Call.PRE_STOP)[0].line)
    with pytest.raises(NoWitness, match="in one piece"):
        ran(glued, Call.PRE_STOP)
    assert ran(glued, Call.PRE_FREEZE) == ran(history, Call.PRE_FREEZE)


# ------------------------------------------------------------------------------------------------ the nearest line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "PreStop finished, id {}: End",
            "a line with this request ID and 'End' and 'PreStop' is there: 'PreStop finished",
        ),
        ("(FC)Pre-Stop End RequestId: {}", "this request ID and 'End' and 'PreStop'"),
        ("FC Stop End RequestId: {}", "a line with this request ID and 'End' is there: 'FC Stop End"),
        ("FC PreStop End RequestId: {}!", "this request ID and 'End' and 'PreStop'"),
        ("FC PreStop End", "a line with 'End' and 'PreStop' is there: 'FC PreStop End'"),
    ],
)
def test_the_message_about_a_missing_line_has_the_line_that_is_nearest_to_it(text: str, said: str) -> None:
    history = conformant(FULL, NEVER_FROZEN)
    request_id = history.exchanges(Call.PRE_STOP)[0].sent.request_id
    (end,) = lines_of(history, Call.PRE_STOP, request_id, "end")
    raised = outcome(check_of("logs.pre-stop-start-and-end"), altered(history, end, text=text.format(request_id)))
    assert isinstance(raised, Violation)
    assert said in raised.seen


def test_the_best_of_several_lines_is_the_nearest() -> None:
    history = conformant(FULL, NEVER_FROZEN)
    request_id = history.exchanges(Call.PRE_STOP)[0].sent.request_id
    (end,) = lines_of(history, Call.PRE_STOP, request_id, "end")
    better = log_line(end.t + MS, f"PreStop of {request_id}: End")
    history = with_events(altered(history, end, text=f"End {request_id}"), better)
    raised = outcome(check_of("logs.pre-stop-start-and-end"), history)
    assert raised is not None
    assert raised.seen.endswith(f"is there: {better.text!r}")


def test_where_no_line_is_near_the_message_says_none_and_no_more() -> None:
    history = conformant(FULL, NEVER_FROZEN)
    request_id = history.exchanges(Call.PRE_STOP)[0].sent.request_id
    (end,) = lines_of(history, Call.PRE_STOP, request_id, "end")
    other = log_line(end.t, f"a line of {request_id}, and PreStop")
    raised = outcome(check_of("logs.pre-stop-start-and-end"), without(history, end))
    assert raised is not None
    assert raised.seen == "none"
    raised = outcome(check_of("logs.pre-stop-start-and-end"), with_events(without(history, end), other))
    assert raised is not None
    assert "this request ID and 'PreStop'" in raised.seen


@pytest.mark.parametrize(
    ("requirement", "scenario", "call", "edge"),
    [
        ("initializer.start-and-end", "initializer", Call.INITIALIZE, "start"),
        ("failing-hooks.end-line-tells", "hooks-throw", Call.PRE_FREEZE, "end"),
        ("failing-invocation.end-line-tells", "failing-invocation", Call.INVOKE, "end"),
        ("failing-hooks.flood-keeps-the-lines", FLOODING, Call.PRE_STOP, "end"),
    ],
)
def test_every_check_that_misses_a_line_names_the_nearest(
    requirement: str, scenario: str, call: Call, edge: str
) -> None:
    history = conformant(FULL, scenario)
    marker = next(
        one
        for one in history.markers(call)
        if one.edge == edge and (one.failed or requirement not in ("failing-invocation.end-line-tells",))
    )
    spelled = f"{call.label} {edge.capitalize()} ({marker.request_id})"
    raised = outcome(check_of(requirement), altered(history, marker.line, text=spelled))
    assert isinstance(raised, Violation)
    assert raised.seen.endswith(f"is there: {spelled!r}")


def test_without_records_the_nearest_line_is_named_as_well() -> None:
    history = without_records(conformant(FULL, TWO_FREEZES))
    marker = history.markers(Call.PRE_FREEZE)[-1]
    raised = outcome(
        check_of("logs.pre-freeze-start-and-end"), altered(history, marker.line, text=f"End {marker.request_id}")
    )
    assert raised is not None
    assert f"is there: 'End {marker.request_id}'" in raised.seen


# ------------------------------------------------------------------------------------------------ a log in doubt


def read_late(history: History, by: int) -> History:
    return told(
        history,
        [
            msgspec.structs.replace(event, read_t=event.read_t + by) if isinstance(event, FunctionRecord) else event
            for event in history.events
        ],
    )


def test_a_log_that_is_written_at_once_is_in_no_doubt() -> None:
    for scenario in SCENARIOS:
        assert doubt(conformant(FULL, scenario)) == ""


def test_a_record_that_was_made_long_before_it_was_read_lay_in_a_buffer() -> None:
    history = conformant(FULL, NEVER_FROZEN)
    assert doubt(read_late(history, RECORD_LATE_NS // 2)) == ""
    assert "buffer of the process" in doubt(read_late(history, RECORD_LATE_NS))


def test_neither_a_slow_reader_nor_a_freeze_is_a_buffer() -> None:
    history = conformant(FULL, TWO_FREEZES)
    slow = read_late(history, 2 * RECORD_LATE_NS)
    line = slow.of(LogLine)[0]
    assert doubt(altered(slow, line, read_t=line.t + READER_LATE_NS + 1)) == ""
    begun = history.freezes()[0].begun
    record = history.runs(Call.PRE_FREEZE)[0].start
    frozen = shifted(history, *(one for one in history.events if one.t > begun.t), by=5 * RECORD_LATE_NS)
    thawed = frozen.freezes()[0].thawed
    assert thawed is not None
    assert doubt(altered(frozen, record, t=begun.t, read_t=thawed.t + MS)) == ""


def test_a_slip_of_the_clocks_is_no_buffer() -> None:
    history = read_late(conformant(FULL, NEVER_FROZEN), 2 * RECORD_LATE_NS)
    clock = msgspec.structs.replace(history.clock, shared=False)
    assert doubt(msgspec.structs.replace(history, clock=clock)) == ""


def test_a_function_that_answered_and_left_not_one_record_is_a_reason_to_doubt() -> None:
    history = conformant(FULL, NEVER_FROZEN)
    silent = without(history, *history.of(FunctionRecord), *history.ticks())
    assert "not one record" in doubt(silent)
    assert doubt(without(history, *history.of(FunctionRecord))) == ""
    assert doubt(without(history, *history.ticks())) == ""
    assert doubt(without(silent, *(one.answer for one in silent.exchanges(Call.INVOKE)))) == ""


def falls_silent(history: History, since: int) -> History:
    """Nothing of the log comes after ``since``: no record, no line, no beat."""
    return without_any(history, lambda one: isinstance(one, FunctionRecord | LogLine | Tick) and one.t > since)


def test_a_log_in_which_nothing_comes_any_more_while_calls_are_answered_is_a_reason_to_doubt() -> None:
    history = conformant(FULL, TWO_FREEZES)
    second, hook, stop = history.exchanges(Call.INVOKE)[1], history.exchanges(Call.PRE_FREEZE)[1], Call.PRE_STOP
    silent = falls_silent(history, second.sent.t - 1)
    assert "while 3 calls were answered as carried out" in doubt(silent)
    assert doubt(falls_silent(history, second.sent.t)) == "", "the second invocation was sent when there was a beat"
    assert doubt(falls_silent(history, hook.sent.t - 1)) == "", "two hooks that do not run leave nothing either"
    assert doubt(without(silent, *(one.answer for one in history.exchanges(stop)))) == ""
    assert doubt(altered(silent, silent.exchanges(stop)[0].answered, status=404)) == ""
    assert doubt(with_events(silent, log_line(silent.exchanges(stop)[0].sent.t, "anything"))) == ""
    assert doubt(with_events(silent, Tick(t=silent.exchanges(stop)[0].sent.t, n=999))) == ""
    clock = msgspec.structs.replace(silent.clock, shared=False)
    assert doubt(msgspec.structs.replace(silent, clock=clock)) == ""
    assert doubt(without(silent, *silent.ticks())) == "", "a function without a heart says less"


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ('doneFC{"record":"pre-stop.end"', True),
        ('{"record":"pre-stop.end","t":17', True),
        ('{"record": "of another program"}', False),
        ('INFO of another program: {"record": 17, "kept": true}', False),
        ('INFO of another program: {"record":"gramophone"', False),
        ("a user's record", False),
    ],
)
def test_a_record_that_was_spoilt_is_a_reason_to_doubt(text: str, doubted: bool) -> None:
    history = conformant(FULL, NEVER_FROZEN)
    end = history.runs(Call.PRE_STOP)[0].end
    assert end is not None
    with_it = with_events(history, log_line(end.t, text))
    assert (text[:20] in doubt(with_it)) is doubted
    assert doubt(without_records(with_it)) == ""


def test_in_doubt_what_records_do_not_say_cannot_be_tested_and_the_log_itself_is_red() -> None:
    late = read_late(conformant(FULL, NEVER_FROZEN), 2 * RECORD_LATE_NS)
    missing = Violation(expected="PreStop to run once", seen="none")
    one = judged("pre-stop.runs-once", late, missing)
    assert (one.verdict, "buffer" in one.message) == (Verdict.NOT_TESTABLE, True)
    log = judged("logs.pre-stop-start-and-end", late, missing)
    assert (log.verdict, "buffer" in log.message) == (Verdict.FAIL, True)
    unseen = judged("pre-stop.runs-once", late, NotTestable(expected="a run", seen="none"))
    assert (unseen.verdict, "buffer" in unseen.message) == (Verdict.NOT_TESTABLE, True)
    assert judged("pre-stop.runs-once", conformant(FULL, NEVER_FROZEN), missing).verdict is Verdict.FAIL
    assert judged("pre-stop.runs-once", late, None).verdict is Verdict.PASS


def test_what_an_answer_or_the_kernel_shows_is_in_no_doubt() -> None:
    late = read_late(conformant(FULL, NEVER_FROZEN), 2 * RECORD_LATE_NS)
    shown = Violation(expected="an answer", seen="another answer", certain=True)
    one = judged("instance.answers-every-invocation", late, shown)
    assert (one.verdict, "buffer" in one.message) == (Verdict.FAIL, False)
    concluded = Violation(expected="a run", seen="none")
    assert judged("instance.answers-every-invocation", late, concluded).verdict is Verdict.NOT_TESTABLE


# ------------------------------------------------------------------------------------------------ several processes


@pytest.mark.parametrize(
    ("requirement", "verdict"),
    [
        ("state.invocations-share-it", Verdict.NOT_TESTABLE),
        ("metrics.none-is-lost", Verdict.NOT_TESTABLE),
        ("concurrency.function-is-loaded-once", Verdict.FAIL),
        ("freeze.nothing-runs", Verdict.FAIL),
    ],
)
def test_what_several_processes_keep_apart_is_told_once_and_not_by_whom_chance_has_asked(
    requirement: str, verdict: Verdict
) -> None:
    history = conformant(FULL, TWO_FREEZES)
    (loaded,) = [record for record in history.of(FunctionRecord) if record.edge == "loaded"]
    violation = Violation(expected="4", seen="2", evidence=(loaded,))
    assert judged(requirement, altered(history, loaded, pid=7), violation).verdict is Verdict.FAIL
    both = with_events(altered(history, loaded, pid=7), msgspec.structs.replace(loaded, pid=9))
    found = judged(requirement, both, violation)
    assert found.verdict is verdict
    assert ("by processes 7 and 9" in found.message) is (verdict is Verdict.NOT_TESTABLE)
    assert judged(requirement, both, None).verdict is Verdict.PASS
