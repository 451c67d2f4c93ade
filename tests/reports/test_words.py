"""Events of a History in words, and its drawing."""

from __future__ import annotations

from fixtures.history.events import (
    AnyEvent,
    Call,
    FreezeBegun,
    FunctionRecord,
    HookConfigured,
    LogLine,
    RequestSent,
    StartBegun,
    Tick,
)
from reports import timeline, words
from tests.reports.builders import BASE, MS, driven, history


def test_times_are_relative_to_the_start_of_the_instance() -> None:
    made = history([StartBegun(t=BASE), LogLine(t=BASE + 3 * MS, read_t=BASE + 4 * MS, text="hello")])
    (line,) = words.cited(made, (1,))
    assert (line.ms, line.witness, line.what) == (3.0, "log", "log: hello")


def test_the_moment_before_the_start_is_no_negative_zero() -> None:
    configured = HookConfigured(t=BASE - 1000, hook=Call.PRE_STOP, handler="index.preStop", timeout_s=10)
    line = words.event_list(history([configured, StartBegun(t=BASE)])).lines[0]
    assert f"{line.ms:.1f}" == "0.0"


def test_a_cited_event_that_does_not_exist_is_said() -> None:
    (line,) = words.cited(history([StartBegun(t=BASE)]), (7,))
    assert line.what == "the history has no event 7, it has 1"


def test_ticks_are_folded_into_one_line_for_each_stretch_between_freezes() -> None:
    events: list[AnyEvent] = [StartBegun(t=BASE), *(Tick(t=BASE + n * 10 * MS, n=n) for n in range(1, 6))]
    events += [FreezeBegun(t=BASE + 55 * MS), Tick(t=BASE + 90 * MS, n=6), Tick(t=BASE + 95 * MS, n=7)]
    said = [line.what for line in words.event_list(history(events)).lines]
    assert said == [
        "cold start: the engine is asked for the container",
        "5 ticks, 10.0 ms apart on average, 10.0 ms at most, from 10.0 to 50.0 ms",
        "freeze: the engine is asked to pause",
        "2 ticks, 5.0 ms apart on average, 5.0 ms at most, from 90.0 to 95.0 ms",
    ]


def test_every_line_keeps_the_index_that_verdicts_cite() -> None:
    made = history(driven())
    for line in words.event_list(made).lines:
        assert not isinstance(made.events[line.index], Tick) or "tick" in line.what


def test_every_kind_of_event_has_words() -> None:
    assert all(words.say(event) != type(event).__name__ for event in driven())


def test_a_flood_of_log_lines_is_cut_and_the_cut_is_said() -> None:
    lines = [LogLine(t=BASE + n, read_t=BASE + n, text="x") for n in range(words.LOG_LIMIT + 50)]
    found = words.event_list(history([StartBegun(t=BASE - 1), *lines]))
    assert len(found.lines) == words.LOG_LIMIT + 1
    assert found.remarks == (f"50 of {words.LOG_LIMIT + 50} log lines are only in the history file.",)


def test_a_history_without_a_second_moment_has_no_drawing() -> None:
    assert timeline.draw(history()) is None
    assert timeline.draw(history([StartBegun(t=BASE)])) is None


def test_the_drawing_shows_what_happened() -> None:
    drawing = timeline.draw(history(driven(invokes=2)))
    assert drawing is not None
    kinds = [bar.kind for bar in drawing.bars]
    assert (kinds.count("invoke"), kinds.count("pre-freeze"), kinds.count("pre-stop")) == (4, 4, 2)
    assert len(drawing.freezes) == 2
    assert {mark.kind for mark in drawing.edges} == {"start", "ready", "stop", "stopped"}
    assert all(timeline.LEFT <= bar.x <= timeline.WIDTH for bar in drawing.bars)


def test_requests_at_the_same_time_lie_below_each_other() -> None:
    sent = [
        RequestSent(t=BASE + n * MS, exchange=n, call=Call.INVOKE, request_id=str(n), event="", context={})
        for n in range(3)
    ]
    drawing = timeline.draw(history([StartBegun(t=BASE), *sent, Tick(t=BASE + 9 * MS, n=1)]))
    assert drawing is not None
    assert len({bar.y for bar in drawing.bars}) == 3


def test_what_never_ended_is_drawn_open_and_says_so() -> None:
    begun = FunctionRecord(t=BASE + MS, read_t=BASE + MS, edge="start", call=Call.PRE_STOP, request_id="1")
    drawing = timeline.draw(history([StartBegun(t=BASE), begun, Tick(t=BASE + 9 * MS, n=1)]))
    assert drawing is not None
    (bar,) = drawing.bars
    assert bar.open
    assert "its end was not seen" in bar.title
