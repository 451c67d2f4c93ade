"""What the first look tells of an instance: one cause, its cure, and whether anything else is worth driving."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.driving.scheduling import FirstLook
from conformance.judging.evidence import without_records
from conformance.probing.findings import findings
from conformance.probing.probe import Probed, is_waited_for_in_vain
from conformance.probing.sees import in_a_line
from conformance.scenarios.scenarios import PROBE
from conformance.tables.catalogue import load
from fixtures.history.events import (
    Answered,
    Call,
    EngineEvent,
    KernelSeen,
    ListeningSocket,
    LogLine,
    Moment,
    PathTried,
    ProcessSeen,
    Ready,
    StartBegun,
    Stopped,
    Unanswered,
    UnknownPathAsked,
)
from fixtures.history.history import History, Trouble
from runtimes.definition import Wire
from runtimes.subjects import Door
from tests.conformance.builders import AUTHOR, BASE, MS, altered, conformant, with_events

if TYPE_CHECKING:
    from conformance.probing.finding import Finding

PORT = 9000


def told(history: History, *, wire: Wire = Wire.HTTP, otherwise: History | None = None) -> tuple[Finding, ...]:
    return findings(history, wire=wire, port=PORT, otherwise=otherwise)


def one(history: History, *, wire: Wire = Wire.HTTP, otherwise: History | None = None) -> Finding:
    (found,) = told(history, wire=wire, otherwise=otherwise)
    return found


@pytest.mark.parametrize(
    ("door", "port", "invoke", "memory", "wire"),
    [
        (Door.IMAGE, "--port 8080", "--invoke 'GET /'", "memory-mb in a subject file", 'wire = "runtime-api" in a'),
        (Door.FILE, "port = 8080", 'invoke = "GET /"', "memory-mb in the subject file", 'wire = "runtime-api" in the'),
        (Door.PROJECT, "port: 8080 (caPort in 2.0) in the s.yaml", "an HTTP trigger", "memorySize", "the s.yaml"),
    ],
)
def test_a_cure_is_said_in_the_words_of_the_door_that_the_subject_came_through(
    door: Door, port: str, invoke: str, memory: str, wire: str
) -> None:
    def cure(history: History, otherwise: History | None = None) -> str:
        (found,) = findings(history, wire=Wire.HTTP, port=PORT, otherwise=otherwise, door=door)
        return found.cure

    asked = with_events(not_ready(), Ready(t=BASE + 9))
    tried = with_events(
        with_answers(good(), Call.INVOKE, 404), PathTried(t=BASE + 300 * MS, target="GET /", status=200)
    )
    assert cure(not_ready(kernel(("0.0.0.0", 8080)))) == port
    assert cure(tried).startswith(invoke)
    assert memory in cure(not_ready(EngineEvent(t=BASE + 5, action="die", exit_code=137)))
    assert wire in cure(not_ready(kernel()), otherwise=asked)


def kernel(*listening: tuple[str, int], first: str = "node", moment: Moment = Moment.NOT_READY) -> KernelSeen:
    return KernelSeen(
        t=BASE + 2,
        read_t=BASE + 3,
        moment=moment,
        cpu_ns=1,
        processes=(ProcessSeen(pid=1, parent=0, started=1, name=first),),
        listening=tuple(ListeningSocket(address=address, port=port) for address, port in listening),
    )


def not_ready(*more: KernelSeen | EngineEvent, tail: tuple[str, ...] = ("starting",)) -> History:
    """An instance that was started, and that the platform then waited for in vain."""
    begun = (StartBegun(t=BASE), EngineEvent(t=BASE + 1, action="start"))
    return msgspec.structs.replace(
        conformant(AUTHOR, PROBE),
        events=(*begun, *more),
        trouble=Trouble("subject", "waited 5 s", "container c", tail),
        keeps_records=False,
    )


def good() -> History:
    """An author's image without a fault; without it every finding below would say nothing."""
    history = without_records(conformant(AUTHOR, PROBE))
    control = UnknownPathAsked(t=BASE + 100 * MS, target="GET /0123", request_id="r-0", status=404, body="not found")
    return with_events(history, control, kernel(("0.0.0.0", PORT), moment=Moment.READY))


def with_answers(history: History, call: Call, status: int, body: str = "") -> History:
    def answered(event: object) -> object:
        if isinstance(event, Answered) and event.call is call:
            return msgspec.structs.replace(event, status=status, body=body, headers={})
        return event

    return msgspec.structs.replace(history, events=tuple(map(answered, history.events)))


def test_of_a_good_image_nothing_is_found_and_what_was_seen_fits_into_a_line() -> None:
    assert told(good()) == ()
    seen = in_a_line(good())
    assert "\n" not in seen
    for part in (
        "ready after",
        "PID 1 is node",
        "listens on 0.0.0.0:9000",
        "POST /invoke is answered 200",
        "GET /pre-freeze is answered 200",
        "a path nobody knows is answered 404",
        "writes Start and End lines",
        "sends nothing out",
    ):
        assert part in seen


@pytest.mark.parametrize(
    ("listening", "title", "cure"),
    [
        ([("127.0.0.1", 8080)], "listens on 127.0.0.1:8080;", "--port 8080 and listen on 0.0.0.0"),
        ([("0.0.0.0", 8080)], "listens on 0.0.0.0:8080;", "--port 8080"),
        ([("::", 3000)], "listens on [::]:3000;", "--port 3000"),
        ([("127.0.0.1", PORT)], "listens on 127.0.0.1:9000;", "listen on 0.0.0.0"),
        ([("::1", PORT)], "listens on [::1]:9000;", "listen on 0.0.0.0"),
        ([("127.0.0.1", 5000), ("0.0.0.0", 8080)], "listens on 127.0.0.1:5000, 0.0.0.0:8080;", "--port 8080"),
        ([], "the instance listens nowhere;", "its last lines say what it waits for"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_where_it_listens_and_what_to_change(
    listening: list[tuple[str, int]], title: str, cure: str
) -> None:
    found = one(not_ready(kernel(*listening)))
    assert found.title.startswith(title)
    assert "port 9000 of every address" in found.title
    assert found.cure.startswith(cure)
    assert found.ends
    assert found.requirement == "instance.becomes-ready"
    assert found.log == ("starting",)


@pytest.mark.parametrize(
    ("status", "title", "then", "requirement"),
    [
        (500, "GET /pre-stop is answered 500", "restarts the instance", "hooks.answered-as-carried-out"),
        (None, "GET /pre-stop has no answer: waited 3 s", "waits for its timeout", "hooks.answered-in-time"),
    ],
)
def test_a_hook_that_fails_is_told_with_what_the_platform_does_then(
    status: int | None, title: str, then: str, requirement: str
) -> None:
    history = good()
    if status is not None:
        history = with_answers(history, Call.PRE_STOP, status)
    else:
        (asked,) = history.exchanges(Call.PRE_STOP)
        assert asked.answered is not None
        none = Unanswered(
            t=asked.answered.t,
            exchange=asked.sent.exchange,
            call=Call.PRE_STOP,
            request_id=asked.sent.request_id,
            why="waited 3 s",
        )
        events = (none if event is asked.answered else event for event in history.events)
        history = msgspec.structs.replace(history, events=tuple(events))
    found = next(one for one in told(history) if one.title.startswith(title))
    assert then in found.cure
    assert found.requirement == requirement
    assert not found.ends


@pytest.mark.parametrize(
    ("body", "why"), [("", "what it left in the log says"), ("no stopp in main", "its answer says 'no stopp in main'")]
)
def test_a_hook_that_throws_is_told_with_the_lines_that_it_left(body: str, why: str) -> None:
    history = with_answers(good(), Call.PRE_STOP, 404, body)
    start, end = (one.line for one in history.markers(Call.PRE_STOP))
    trace = LogLine(t=start.t + 1, read_t=start.read_t + 1, text="module main has no attribute stopp")
    history = altered(history, end, text=f"{end.text}, Error: Unhandled function error")
    (found,) = [one for one in told(with_events(history, trace)) if "tells an error" in one.title]
    assert found.title == "GET /pre-stop is answered 404, and the End line of PreStop tells an error"
    assert found.cure.startswith(f"let PreStop come to its end; {why}")
    assert found.requirement == "pre-stop.runs-before-the-stop"
    assert found.log == (start.text, trace.text, f"{end.text}, Error: Unhandled function error")
    assert not found.ends


def test_where_the_kernel_cannot_be_asked_nothing_is_claimed_of_where_it_listens() -> None:
    assert "nothing answers on port 9000" in one(not_ready()).title


@pytest.mark.parametrize(
    ("code", "cure"), [(127, "not in the image"), (126, "cannot be executed"), (137, "memory"), (3, "last lines")]
)
def test_an_instance_that_ended_is_told_by_its_exit_code(code: int, cure: str) -> None:
    history = not_ready(EngineEvent(t=BASE + 5, action="die", exit_code=code), tail=("no licence",))
    found = one(history)
    assert f"exit code {code}" in found.title
    assert cure in found.cure
    assert found.log == ("no licence",)
    assert not is_waited_for_in_vain(history)


def test_a_container_that_does_not_start_is_told_with_the_engines_words() -> None:
    history = msgspec.structs.replace(
        not_ready(),
        events=(StartBegun(t=BASE),),
        trouble=Trouble("subject", "the container cannot be started: no such file", "image i"),
    )
    assert "no such file" in one(history).title
    assert not is_waited_for_in_vain(history)


def test_one_that_asks_in_the_other_way_is_told_which_wire_to_say() -> None:
    asked = with_events(not_ready(), Ready(t=BASE + 9))
    assert 'wire = "runtime-api"' in one(not_ready(kernel()), otherwise=asked).cure
    assert 'wire = "http"' in one(not_ready(kernel()), wire=Wire.RUNTIME_API, otherwise=asked).cure
    assert is_waited_for_in_vain(not_ready())
    assert not is_waited_for_in_vain(asked)
    neither = one(not_ready(kernel(("::", 80))), wire=Wire.RUNTIME_API, otherwise=not_ready())
    assert "never asks the Runtime API for a call; it listens on [::]:80" in neither.title


def test_an_http_function_is_recognised_by_its_root() -> None:
    refused = with_answers(good(), Call.INVOKE, 404)
    found = one(with_events(refused, PathTried(t=BASE + 300 * MS, target="GET /", status=200)))
    assert found.title == "POST /invoke is answered 404, GET / 200: an HTTP function?"
    assert found.cure.startswith("--invoke 'GET /'")
    assert found.ends
    without = one(with_events(refused, PathTried(t=BASE + 300 * MS, target="GET /", status=404)))
    assert "HTTP function?" not in without.title
    assert "--invoke" in without.cure
    assert "its log says why" in one(with_answers(good(), Call.INVOKE, 500)).cure


def test_one_invocation_that_fails_of_two_ends_nothing() -> None:
    history = good()
    first = history.exchanges(Call.INVOKE)[0].answered
    assert first is not None
    once = msgspec.structs.replace(
        history,
        events=tuple(
            msgspec.structs.replace(event, status=500) if event is first else event for event in history.events
        ),
    )
    assert told(once) == ()


def test_a_hook_that_is_answered_like_any_path_is_told() -> None:
    history = with_answers(good(), Call.PRE_FREEZE, 200, "hello")
    history = msgspec.structs.replace(
        history,
        events=tuple(
            msgspec.structs.replace(event, status=200, body="hello") if isinstance(event, UnknownPathAsked) else event
            for event in history.events
            if not isinstance(event, LogLine)
        ),
    )
    found = [one for one in told(history) if one.requirement == "hooks.path-is-known"]
    assert [one.title for one in found if "like a path nobody knows" in one.title]
    assert not any(one.ends for one in found)


def test_lines_that_come_only_after_the_answers_lie_in_a_buffer() -> None:
    history = good()
    late = history.events[-1].t + 5000 * MS
    lines = [
        # The stop has the process write out what is left: PreStop's lines are not late.
        event if "PreStop" in event.text else msgspec.structs.replace(event, t=late)
        for event in history.events
        if isinstance(event, LogLine)
    ]
    others = [event for event in history.events if not isinstance(event, LogLine)]
    buffered = msgspec.structs.replace(history, events=(*others, *lines))
    assert "lie in a buffer" in one(buffered).title


@pytest.mark.parametrize(
    ("name", "title", "cure"), [("sh", "PID 1 is sh", "exec"), ("node", "PID 1, node,", "SIGTERM")]
)
def test_a_first_process_that_has_to_be_killed_is_told_by_its_name(name: str, title: str, cure: str) -> None:
    history = good()
    killed = msgspec.structs.replace(
        history,
        events=tuple(
            msgspec.structs.replace(event, exit_code=137)
            if isinstance(event, Stopped)
            else kernel(("::", PORT), first=name, moment=Moment.READY)
            if isinstance(event, KernelSeen)
            else event
            for event in history.events
        ),
    )
    found = one(killed)
    assert found.title.startswith(title)
    assert cure in found.cure
    assert not found.ends


def test_every_finding_rests_on_a_requirement_of_the_catalogue() -> None:
    from pathlib import Path

    from conformance.probing import findings as module

    known = {requirement.id for requirement in load().requirements}
    source = Path(module.__file__).read_text(encoding="utf-8")
    named = {line.split('"')[1] for line in source.splitlines() if "requirement=" in line and '"' in line}
    named |= set(module.RUNS.values())
    assert len(named) > 1
    assert named <= known


def test_what_is_said_at_once_names_the_cure_and_that_nothing_else_is_driven() -> None:
    found = Probed("acme", "does not get ready", told(not_ready(kernel(("127.0.0.1", 8080)))))
    lines = found.lines()
    assert lines[0] == "acme: does not get ready"
    assert "what to do: --port 8080 and listen on 0.0.0.0" in lines[2]
    assert "nothing else of it is driven" in lines[3]
    assert Probed("acme", "ready", ()).lines() == ["acme: ready"]


def test_only_the_probe_of_a_subject_that_it_ended_is_judged_and_others_are_left_alone() -> None:
    look = FirstLook(at=["acme", "other"], ended=["acme"])
    assert FirstLook.from_text(look.to_text()) == look
    assert look.leaves("acme", PROBE)
    assert not look.leaves("acme", "two-freezes")
    assert not look.leaves("acme", "")
    assert look.leaves("other", "two-freezes")


def test_a_runtime_of_the_projects_own_is_not_probed() -> None:
    from conformance.scenarios.scenarios import BY_NAME

    assert BY_NAME[PROBE].why_not_drivable(AUTHOR) is None
    assert "the project's own" in str(BY_NAME[PROBE].why_not_drivable(replace(AUTHOR, origin="")))


def test_lines_of_an_authors_own_that_come_only_with_the_stop_lie_in_a_buffer() -> None:
    history = good()
    begun, _ = history.stop()
    assert begun is not None
    others = [event for event in history.events if not isinstance(event, LogLine)]

    def written(*lines: tuple[int, str]) -> History:
        said = [LogLine(t=begun.t + after, text=text, read_t=begun.t + after) for after, text in lines]
        return msgspec.structs.replace(history, events=(*others, *said))

    found = one(written((5, "shutting down"), (6, "visit 1"), (7, "visit 2")))
    assert found.title.startswith("lines like 'visit 1' appear only with the stop")
    assert told(written((-5, "visit 1"), (6, "visit 2"))) == ()
    assert told(written((5, "shutting down"), (6, "bye"))) == ()
    assert told(written((-7, "visit 1"), (6, "visit 2"), (7, "visit 3"))) == (), "they came before as well"
    assert told(written((6, "visit 1"), (7, "visit 2"), (8, "visit 3"))) == ()
