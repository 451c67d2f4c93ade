"""Events of a History in words, and its drawing."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest

from fixtures.history.events import (
    AnyEvent,
    Billed,
    Call,
    CallerAnswered,
    CallerAsked,
    CallerHungUp,
    ConfigurationRefused,
    ConfigurationTaken,
    EngineState,
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
    ListeningSocket,
    LogLine,
    MetricsFlushed,
    Moment,
    PathTried,
    ProcessSeen,
    RequestSent,
    SinkFull,
    SinkOpened,
    SinkReceived,
    Span,
    StartBegun,
    ThawBegun,
    Thawed,
    Tick,
    Unanswered,
    UnknownPathAsked,
    WrongSignatureEntered,
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


SPECIAL: tuple[AnyEvent, ...] = (
    HookRefused(t=BASE, hook=Call.PRE_FREEZE, reason="the profile has none"),
    HookWithoutEffect(t=BASE, hook=Call.PRE_STOP, reason="not in this mode"),
    ConfigurationTaken(t=BASE, by="update", text="instanceLifecycleConfig:\n  preStop: {}\n"),
    ConfigurationRefused(t=BASE, by="creation", text="prestop: 60\n", mistakes="prestop: is no key"),
    Unanswered(t=BASE, exchange=1, call=Call.PRE_STOP, request_id="r-1", why="waited 1 s"),
    HookGivenUp(t=BASE, hook=Call.PRE_STOP, request_id="r-1", timeout_s=3),
    Billed(t=BASE, billed_ms=393, requests=32, memory_mb=256, cu=0.09825),
    MetricsFlushed(t=BASE, request_id="r-1", values=["first", "second"]),
    LaterWork(t=BASE, request_id="r-1", after_ms=150),
    WrongSignatureEntered(t=BASE, args=["context", "callback"]),
    CallerAsked(t=BASE, request_id="r-1"),
    CallerHungUp(t=BASE, request_id="r-1"),
    EngineState(t=BASE, status="paused"),
    FaultTaken(t=BASE),
    FreezeRefused(t=BASE, why="unable to freeze"),
    UnknownPathAsked(t=BASE, target="GET /0123abcd", request_id="r-1", status=200, body="ok"),
    PathTried(t=BASE, target="GET /", status=200, body="hello"),
    KernelSeen(
        t=BASE,
        read_t=BASE + 1000,
        moment=Moment.BEFORE_THAW,
        cpu_ns=31_900_000,
        frozen=False,
        processes=(
            ProcessSeen(pid=1, parent=0, started=5, name="bash"),
            *(ProcessSeen(pid=n, parent=1, started=6, name=f"child {n}") for n in range(2, 11)),
        ),
        unread=2,
        listening=(ListeningSocket(address="0.0.0.0", port=9000), ListeningSocket(address="::1", port=80)),
        remark="something else",
    ),
    KernelUnseen(t=BASE, reason="the engine is elsewhere"),
    SinkReceived(
        t=BASE,
        method="POST",
        path="/v1/traces",
        content_type="application/json",
        length=371,
        sha256="0" * 64,
        spans=(
            Span(trace_id="a", span_id="b", name="checkout", start_unix=1, end_unix=2, began=BASE - 2, ended=BASE - 1),
        ),
    ),
    SinkOpened(t=BASE, address="http://192.0.2.1:1234"),
    SinkFull(t=BASE, why="more than 1000 requests"),
)


def test_every_kind_of_event_has_words() -> None:
    events = [*driven(), *SPECIAL]
    assert {type(event) for event in events} == set(get_args(AnyEvent))
    assert all(words.say(event) != type(event).__name__ for event in events)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (CallerAsked, ["caller", "r-1"]),
        (CallerHungUp, ["the caller hangs up", "r-1"]),
        (UnknownPathAsked, ["GET /0123abcd", "status 200"]),
        (HookGivenUp, ["PreStop is given up after 3 s", "r-1"]),
        (Billed, ["393 ms x 256 MB = 0.09825 CU", "32 requests"]),
        (ConfigurationTaken, ["takes", "update", "\n  preStop: {}"]),
        (ConfigurationRefused, ["refuses", "creation", "prestop: 60", "because prestop: is no key"]),
        (LaterWork, ["outlived", "150 ms", "r-1"]),
        (MetricsFlushed, ["written out", "first, second", "r-1"]),
        (WrongSignatureEntered, ["context, callback"]),
        (FaultTaken, ["broken platform"]),
        (
            KernelSeen,
            [
                "kernel, before thaw: 31.900 ms of CPU time; not frozen",
                "12 processes: 1 “bash”",
                "“child 8” and 4 more",
            ],
        ),
        (KernelSeen, ["listens on 0.0.0.0:9000, [::1]:80", "; something else"]),
        (KernelUnseen, ["the kernel cannot be asked: the engine is elsewhere"]),
        (FreezeRefused, ["asked again", "unable to freeze"]),
        (SinkReceived, ["sends out POST /v1/traces, 371 bytes", "application/json", "1 span: “checkout”"]),
        (SinkOpened, ["a sink takes", "http://192.0.2.1:1234"]),
        (SinkFull, ["keeps nothing more", "more than 1000 requests"]),
    ],
)
def test_an_event_is_told_with_what_matters_of_it(kind: type[AnyEvent], parts: list[str]) -> None:
    (said,) = [words.say(event) for event in SPECIAL if type(event) is kind]
    assert [part for part in parts if part not in said] == []


def test_a_control_without_an_answer_is_told_with_what_came_instead() -> None:
    said = words.say(UnknownPathAsked(t=BASE, target="GET /0123abcd", request_id="r-1", why="the connection ended"))
    assert "GET /0123abcd" in said
    assert "the connection ended" in said


def test_what_is_sent_out_is_told_by_its_text_and_by_what_could_not_be_read_in_it() -> None:
    kept = SinkReceived(
        t=BASE, method="PUT", path="/state", content_type="", length=1, sha256="0" * 64, text="x", cut=True
    )
    assert words.say(kept) == "the instance sends out PUT /state, 1 byte, cut off there, “x”"
    broken = SinkReceived(t=BASE, method="", path="", content_type="", length=9, sha256="", problem="it is no HTTP")
    assert words.say(broken) == "the instance sends out something that is no HTTP, 9 bytes, not read: it is no HTTP"


def test_the_middle_of_long_log_output_is_folded_and_counted() -> None:
    lines = [LogLine(t=BASE + n, read_t=BASE + n, text=f"line {n}") for n in range(50)]
    found = words.event_list(history([StartBegun(t=BASE - 1), *lines]))
    said = [line.what for line in found.lines][1:]
    assert said[: words.CHATTER_EDGE] == [f"log: line {n}" for n in range(words.CHATTER_EDGE)]
    assert said[words.CHATTER_EDGE].startswith(f"log: {50 - 2 * words.CHATTER_EDGE} more lines")
    assert said[-1] == "log: line 49"
    assert len(said) == 2 * words.CHATTER_EDGE + 1


@pytest.mark.parametrize(
    "border", [LogLine(t=BASE + 10, read_t=BASE, text="FC Invoke End RequestId: 1"), FreezeBegun(t=BASE + 10)]
)
def test_log_output_is_not_folded_across_a_marker_or_a_freeze(border: AnyEvent) -> None:
    before = [LogLine(t=BASE + n, read_t=BASE, text="x") for n in range(10)]
    after = [LogLine(t=BASE + n, read_t=BASE, text="x") for n in range(11, 21)]
    assert len(words.event_list(history([*before, border, *after])).lines) == 21


def test_a_flood_of_markers_is_cut_and_the_cut_is_said() -> None:
    lines = [
        LogLine(t=BASE + n, read_t=BASE + n, text=f"FC Invoke Start RequestId: {n}")
        for n in range(words.LOG_LIMIT + 50)
    ]
    found = words.event_list(history([StartBegun(t=BASE - 1), *lines]))
    assert len(found.lines) == words.LOG_LIMIT + 1
    assert found.remarks == ("50 more log lines are only in the history file.",)


def test_a_history_without_a_second_moment_has_no_drawing() -> None:
    assert timeline.draw(history()) is None
    assert timeline.draw(history([StartBegun(t=BASE)])) is None


def test_the_drawing_shows_what_happened() -> None:
    drawing = timeline.draw(history(driven(invokes=2)))
    assert drawing is not None
    kinds = [bar.kind for bar in drawing.bars]
    assert (kinds.count("invoke"), kinds.count("pre-freeze"), kinds.count("pre-stop")) == (4, 4, 2)
    assert kinds.count("caller") == 2
    assert [sign.kind for sign in drawing.signs] == ["flushed", "flushed"]
    assert "132 ms x 256 MB = 0.033 CU, 2 requests" in drawing.description
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


def _at_once(number: int) -> list[AnyEvent]:
    events: list[AnyEvent] = [StartBegun(t=BASE)]
    for n in range(number):
        events.append(CallerAsked(t=BASE + (10 + n) * MS, request_id=str(n)))
        events.append(CallerAnswered(t=BASE + (200 + n) * MS, request_id=str(n), status=200, body=""))
    return events


def test_thirty_two_requests_at_once_are_thirty_two_bars_that_do_not_overlap() -> None:
    drawing = timeline.draw(history(_at_once(32)))
    assert drawing is not None
    caller = drawing.lanes[0]
    assert (caller.label, caller.crowd) == ("caller", 32)
    edges = sorted((bar.y, bar.y + bar.height) for bar in drawing.bars)
    assert len(edges) == 32
    assert all(low[1] <= high[0] for low, high in pairwise(edges))
    assert edges[-1][1] <= caller.y + caller.height <= drawing.lanes[1].y
    assert drawing.height < 400


def test_requests_one_after_the_other_are_no_crowd() -> None:
    events: list[AnyEvent] = [StartBegun(t=BASE)]
    for n in range(4):
        events.append(CallerAsked(t=BASE + (10 + n) * MS, request_id=str(n)))
        events.append(CallerAnswered(t=BASE + (11 + n) * MS, request_id=str(n), status=200, body=""))
    drawing = timeline.draw(history([*events, Tick(t=BASE + 5000 * MS, n=1)]))
    assert drawing is not None
    assert drawing.lanes[0].crowd == 1


def test_signs_never_hide_each_other() -> None:
    taken = [ConfigurationTaken(t=BASE - n, by="update", text="") for n in range(3, 0, -1)]
    drawing = timeline.draw(history([*taken, StartBegun(t=BASE), *_at_once(1)[1:]]))
    assert drawing is not None
    places = [sign.x for sign in drawing.signs]
    assert len(places) == 3
    assert all(high - low >= timeline.SIGN_WIDTH for low, high in pairwise(places))


@pytest.mark.parametrize("event", [event for event in SPECIAL if type(event) in timeline.SIGNS])
def test_every_event_with_a_sign_is_drawn_with_its_words(event: AnyEvent) -> None:
    drawing = timeline.draw(history([StartBegun(t=BASE), event, Tick(t=BASE + 9 * MS, n=1)]))
    assert drawing is not None
    (sign,) = drawing.signs
    assert sign.kind == timeline.SIGNS[type(event)]
    assert sign.title.endswith("at 0.0 ms")
    assert "also" in [lane.label for lane in drawing.lanes]


def test_what_never_ended_is_drawn_open_and_says_so() -> None:
    begun = FunctionRecord(t=BASE + MS, read_t=BASE + MS, edge="start", call=Call.PRE_STOP, request_id="1")
    drawing = timeline.draw(history([StartBegun(t=BASE), begun, Tick(t=BASE + 9 * MS, n=1)]))
    assert drawing is not None
    (bar,) = drawing.bars
    assert bar.open
    assert "its end was not seen" in bar.title


def seen_at(ms: int, *processes: ProcessSeen, listening: tuple[ListeningSocket, ...] | None = None) -> KernelSeen:
    t = BASE + ms * MS
    return KernelSeen(t=t, read_t=t, moment=Moment.READY, cpu_ns=ms * MS, processes=processes, listening=listening)


def test_processes_are_told_with_when_they_were_there_and_a_number_used_again_is_another_process() -> None:
    first, child = (ProcessSeen(pid=n, parent=n - 1, started=5, name=f"p{n}") for n in (1, 2))
    again = ProcessSeen(pid=2, parent=1, started=9, name="p2 again")
    made = history([StartBegun(t=BASE), seen_at(10, first, child), seen_at(20, first, again), seen_at(30, first)])
    assert words.processes(made) == (
        words.Process(1, "p1", 0, 10.0, 30.0),
        words.Process(2, "p2", 1, 10.0, 10.0),
        words.Process(2, "p2 again", 1, 20.0, 20.0),
    )


def test_of_very_many_processes_only_so_many_are_told() -> None:
    many = (ProcessSeen(pid=n, parent=0, started=n, name="p") for n in range(1, 500))
    assert len(words.processes(history([StartBegun(t=BASE), seen_at(10, *many)]))) == words.PROCESSES_LIMIT


@pytest.mark.parametrize(
    ("listening", "told"),
    [(None, ""), ((), "nothing"), (tuple(ListeningSocket(address="::", port=n) for n in range(20)), "and 12 more")],
)
def test_what_an_instance_listens_on_is_told(listening: tuple[ListeningSocket, ...] | None, told: str) -> None:
    said = words.listening(history([StartBegun(t=BASE), seen_at(10, listening=listening)]))
    assert said.endswith(told)
    assert bool(said) is bool(told)


def test_the_drawing_tells_what_the_kernel_counted_inside_a_freeze() -> None:
    events: list[AnyEvent] = [StartBegun(t=BASE), FreezeBegun(t=BASE + MS), Frozen(t=BASE + 10 * MS)]
    events += [seen_at(11), seen_at(50), ThawBegun(t=BASE + 60 * MS), Thawed(t=BASE + 70 * MS)]
    drawing = timeline.draw(history(events))
    assert drawing is not None
    (ice,) = drawing.freezes
    assert ice.title.endswith("; the kernel counted 39 ms of CPU time in it")
