"""Hand-written Histories, and the tools to change one line of them.

A :class:`Story` plays a scenario's own sequence on a clock that only the story moves, and writes down what a
conformant subject would leave behind: requests, records, markers, beats of the heartbeat, the engine's events. No
container, no thread, no reading of the machine's clock; the same scenario gives the same History every time.

The functions below it change a History by one fact (``without``, ``altered``, ``shifted``, ``with_events``) and
prove the clock anew, as the driver would have. What is right or wrong about the result is said by the tests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from conformance.catalogue import Profile, SubjectHooks
from conformance.scenarios import BY_NAME
from fixtures.history.clock import prove
from fixtures.history.events import (
    HOOKS,
    Answered,
    AnyEvent,
    Call,
    CallerAnswered,
    EngineEvent,
    EngineState,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookConfigured,
    HookRefused,
    HookWithoutEffect,
    LogLine,
    Ready,
    RequestSent,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
)
from fixtures.history.history import ClockFacts, History, ImageFacts, Run
from fixtures.platform.configuration import HookSupport, configure
from runtimes.definition import Definition, Handlers, HookResult, RuntimeTable, SubjectTable, Wire
from runtimes.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.scenarios import Scenario
    from fixtures.platform.platform import Platform

MS = 1_000_000
BASE = 10_000 * MS
BEAT = 10 * MS
READ_LATER = MS // 2
"""A line of the log is read by the driver so long after it was written."""
FROZEN_FOR = 120 * MS
CONTEXT = {
    "function_name": "function-0a1b2c3d",
    "region": "region-4e5f",
    "account_id": "0123456789012345",
    "service_name": "service-6a7b8c",
}


# ------------------------------------------------------------------------------------------------ subjects


def subject(name: str = "full", **changes: Any) -> Subject:
    """A subject that has no folder: an HTTP runtime with callbacks, but for ``changes`` to its table."""
    table = SubjectTable(
        name=name,
        title=name.capitalize(),
        wire=Wire.HTTP,
        concurrency=100,
        hook_result=HookResult.CALLBACK,
        hook_signature="exports.preFreeze = (context, callback)",
    )
    table = msgspec.structs.replace(table, **changes)
    definition = Definition(
        runtime=RuntimeTable(title=name.capitalize(), language="Language", version="18.19"),
        handlers=Handlers(invoke="index.handler", pre_freeze="index.preFreeze", pre_stop="index.preStop"),
        files={"Dockerfile": "Dockerfile.j2"},
        subject=[table],
    )
    return Subject(name, Path("nowhere"), definition, table)


FULL = subject("full")
"""Has both hooks."""
PARTIAL = subject("partial", hook_result=HookResult.RETURN)
"""Has no PreFreeze."""
SILENT = subject("silent", wire=Wire.NONE, concurrency=1, hook_result=HookResult.NOTHING)
"""Listens on nothing: its hooks can be configured and have no effect."""
SUBJECTS = (FULL, PARTIAL, SILENT)
PROFILE = Profile(
    name="of-the-tests",
    text="A subject of each kind.",
    source="none",
    subjects={
        "full": SubjectHooks(supports=list(HOOKS)),
        "partial": SubjectHooks(supports=[Call.PRE_STOP]),
        "silent": SubjectHooks(supports=list(HOOKS), without_effect="it is no web server"),
    },
)


# ------------------------------------------------------------------------------------------------ the story


@dataclass
class _Invocation:
    """An invocation under way. ``started`` and ``ends``: nanoseconds."""

    exchange: int
    request_id: str
    event: str
    started: int
    ends: int


class Story:
    """What a conformant subject leaves behind, step by step. Takes the part of the Platform in a scenario."""

    def __init__(self, of: Subject, scenario: Scenario) -> None:
        self._subject = of
        self._scenario = scenario
        hooks = PROFILE.subjects[of.name]
        support = HookSupport(PROFILE.name, of.title, frozenset(hooks.supports), hooks.without_effect)
        self._configured = configure(scenario.hooks(of), support)
        self._events: list[AnyEvent] = []
        self._t = BASE
        self._exchanges = 0
        self._counter = 0
        self._beats = 0
        self._awake_since: int | None = None
        self._frozen = False
        self._opening: _Invocation | None = None

    # What a scenario calls.

    def start(self, event: object = None) -> None:
        for hook in self._configured.effective.hooks.values():
            self._add(HookConfigured(t=self._t, hook=hook.call, handler=hook.handler, timeout_s=hook.timeout_s))
        for refusal in self._configured.refused:
            self._add(HookRefused(t=self._t, hook=refusal.call, reason=refusal.reason))
        for refusal in self._configured.without_effect:
            self._add(HookWithoutEffect(t=self._t, hook=refusal.call, reason=refusal.reason))
        self._t += MS
        if self._subject.wire is Wire.NONE:
            self._opening = self._send(event)
        self._add(StartBegun(t=self._t))
        self._add(EngineEvent(t=self._t + 20 * MS, action="create"))
        self._add(EngineEvent(t=self._t + 200 * MS, action="start"))
        self._t += 300 * MS
        self._add(FunctionRecord(t=self._t, read_t=self._t + READ_LATER, edge="loaded", counter=0))
        self._awake_since = self._t
        if self._opening is not None:
            self._opening.ends += self._t + MS - self._opening.started
            self._opening.started = self._t + MS
        self._t += 10 * MS
        self._add(Ready(t=self._t))
        self._t += MS

    def invoke(self, event: object = None) -> None:
        self.invoke_at_once(event)

    def invoke_at_once(self, *events: object) -> None:
        if self._opening is not None:
            calls, self._opening = [self._opening], None
        else:
            calls = [self._send(event) for event in events]
        for call in calls:
            self._marker(call.started - MS // 5, Call.INVOKE, "Start", call.request_id)
            arguments = {"args": ["event", "context", "callback"], "event": call.event, "counter": self._counter}
            self._record(call.started, Call.INVOKE, "start", call.request_id, arguments)
        for call in sorted(calls, key=lambda call: call.ends):
            self._counter += 2
            result = str(self._counter)
            self._record(call.ends, Call.INVOKE, "end", call.request_id, {"counter": self._counter, "result": result})
            self._marker(call.ends + MS // 5, Call.INVOKE, "End", call.request_id)
            self._answer(call.ends + MS, call.exchange, Call.INVOKE, call.request_id, result)
            self._add(CallerAnswered(t=call.ends + MS + 20_000, request_id=call.request_id, status=200, body=result))
            self._t = max(self._t, call.ends)
        self._t += 15 * MS

    def freeze(self) -> None:
        if self._configured.effective.get(Call.PRE_FREEZE) is not None:
            self._hook(Call.PRE_FREEZE)
        self._add(FreezeBegun(t=self._t))
        self._beat_until(self._t + 5 * MS)
        self._add(EngineEvent(t=self._t + 10 * MS, action="pause"))
        self._t += 12 * MS
        self._add(Frozen(t=self._t))
        self._add(EngineState(t=self._t + MS, status="paused"))
        self._t += FROZEN_FOR
        self._frozen = True

    def thaw(self) -> None:
        self._add(ThawBegun(t=self._t))
        self._add(EngineEvent(t=self._t + 10 * MS, action="unpause"))
        self._awake_since = self._t + 11 * MS
        self._t += 12 * MS
        self._add(Thawed(t=self._t))
        self._t += 2 * BEAT
        self._frozen = False

    def stop(self) -> None:
        if self._configured.effective.get(Call.PRE_STOP) is not None:
            if self._frozen:
                self.thaw()
            self._hook(Call.PRE_STOP)
        self._add(StopBegun(t=self._t, grace_s=5))
        self._add(EngineEvent(t=self._t + 10 * MS, action="kill"))
        if self._frozen:
            # The engine thaws a paused container to end it.
            self._add(EngineEvent(t=self._t + 20 * MS, action="unpause"))
            self._awake_since = self._t + 20 * MS
        self._t += 60 * MS
        self._beat_until(self._t)
        self._add(EngineEvent(t=self._t, action="die", exit_code=0))
        self._add(Stopped(t=self._t + 2 * MS, exit_code=0))

    def send_uninvited(self, call: Call) -> None:
        if call in PROFILE.subjects[self._subject.name].supports:
            self._hook(call, uninvited=True)
            return
        exchange, request_id = self._request(call, None, uninvited=True)
        self._answer(self._t + MS, exchange, call, request_id, "no such hook", status=404)
        self._t += 5 * MS

    def history(self) -> History:
        """What was written until now."""
        self._beat_until(self._t)
        return told(
            History(
                subject=self._subject.name,
                scenario=self._scenario.name,
                profile=PROFILE.name,
                run="run-of-a-test",
                instance="c-0123456789ab",
                image=ImageFacts("image-of-a-test", "sha256:0"),
                plan=self._scenario.plan,
                clock=ClockFacts(shared=False, evidence="not proved yet"),
                events=(),
            ),
            self._events,
        )

    # Its own means.

    def _add(self, event: AnyEvent) -> None:
        self._events.append(event)

    def _request(self, call: Call, event: str | None, *, uninvited: bool = False) -> tuple[int, str]:
        self._exchanges += 1
        request_id = f"{call}-{self._exchanges}"
        self._add(
            RequestSent(
                t=self._t,
                exchange=self._exchanges,
                call=call,
                request_id=request_id,
                event=event,
                context={"request_id": request_id, **CONTEXT},
                uninvited=uninvited,
            )
        )
        return self._exchanges, request_id

    def _send(self, event: object) -> _Invocation:
        text = event if isinstance(event, str) else json.dumps(event if event is not None else {})
        exchange, request_id = self._request(Call.INVOKE, text)
        lasts = event.get("sleep_ms", 1) * MS if isinstance(event, dict) else MS
        started = self._t + MS
        return _Invocation(exchange, request_id, text, started, started + lasts)

    def _hook(self, call: Call, *, uninvited: bool = False) -> None:
        plan = self._scenario.plan.get(call, {})
        exchange, request_id = self._request(call, None, uninvited=uninvited)
        started = self._t + MS
        ends = started + int(plan.get("sleep_ms", 1)) * MS
        self._marker(started - MS // 5, call, "Start", request_id)
        self._record(started, call, "start", request_id, {"args": ["context", "callback"], "counter": self._counter})
        self._counter += 1 if call is Call.PRE_FREEZE else 0
        ending: dict[str, Any] = {"counter": self._counter}
        if "result" in plan:
            ending["result"] = str(plan["result"])
        self._record(ends, call, "end", request_id, ending)
        self._marker(ends + MS // 5, call, "End", request_id)
        self._answer(ends + MS, exchange, call, request_id, "")
        self._t = ends + 2 * MS

    def _answer(self, t: int, exchange: int, call: Call, request_id: str, body: str, *, status: int = 200) -> None:
        self._add(
            Answered(
                t=t,
                exchange=exchange,
                call=call,
                request_id=request_id,
                status=status,
                headers={"content-length": str(len(body))},
                body=body,
                body_bytes=len(body),
            )
        )

    def _record(self, t: int, call: Call, edge: str, request_id: str, more: Mapping[str, Any]) -> None:
        context: dict[str, str | None] = {"request_id": request_id, **CONTEXT} if edge == "start" else {}
        self._add(
            FunctionRecord(
                t=t, read_t=t + READ_LATER, edge=edge, call=call, request_id=request_id, context=context, **more
            )
        )

    def _marker(self, t: int, call: Call, edge: str, request_id: str) -> None:
        self._add(log_line(t, f"FC {call.label} {edge} RequestId: {request_id}"))

    def _beat_until(self, t: int) -> None:
        if self._awake_since is None:
            return
        for beat in range(self._awake_since + MS, t, BEAT):
            self._beats += 1
            self._add(Tick(t=beat, n=self._beats))
        self._awake_since = None


def log_line(t: int, text: str) -> LogLine:
    return LogLine(t=t, read_t=t + READ_LATER, text=text)


def conformant(of: Subject, scenario: str) -> History:
    """The History of a subject of the tests that does everything right in ``scenario``."""
    story = Story(of, BY_NAME[scenario])
    # A Story is no Platform, but it answers to every call that a scenario makes.
    BY_NAME[scenario].play(cast("Platform", story))
    return story.history()


def empty(of: Subject, scenario: str) -> History:
    """A History in which nothing was seen at all."""
    return told(conformant(of, scenario), [])


# ------------------------------------------------------------------------------------------------ one line changed


def told(history: History, events: list[AnyEvent]) -> History:
    """``history`` with other events, in order of time, and the proof of the clock that they give."""
    ordered = tuple(sorted(events, key=lambda event: event.t))
    return msgspec.structs.replace(history, events=ordered, clock=prove(ordered))


def without(history: History, *events: AnyEvent | None) -> History:
    """``history`` in which these events were not seen."""
    gone = {id(event) for event in events if event is not None}
    assert gone, "a change that changes nothing proves nothing"
    return told(history, [event for event in history.events if id(event) not in gone])


def without_any(history: History, unwanted: Callable[[AnyEvent], bool]) -> History:
    """``history`` in which no event that is ``unwanted`` was seen."""
    return without(history, *(event for event in history.events if unwanted(event)))


def altered(history: History, event: AnyEvent | None, /, **changes: Any) -> History:
    """``history`` in which one event says something else."""
    assert any(one is event for one in history.events), "the event is none of this History's"
    return told(history, [msgspec.structs.replace(one, **changes) if one is event else one for one in history.events])


def shifted(history: History, *events: AnyEvent | None, by: int) -> History:
    """``history`` in which these events happened ``by`` nanoseconds later; what was read then is read later too."""
    wanted = {id(event) for event in events if event is not None}
    assert wanted, "a change that changes nothing proves nothing"
    return told(history, [moved(event, by) if id(event) in wanted else event for event in history.events])


def with_events(history: History, *events: AnyEvent) -> History:
    """``history`` in which more was seen."""
    return told(history, [*history.events, *events])


def moved(event: AnyEvent, by: int) -> AnyEvent:
    """The same event at another time."""
    if isinstance(event, FunctionRecord | LogLine):
        return msgspec.structs.replace(event, t=event.t + by, read_t=event.read_t + by)
    return msgspec.structs.replace(event, t=event.t + by)


def records_of(run: Run) -> tuple[FunctionRecord, ...]:
    """Start and, where there is one, end of a run."""
    return (run.start,) if run.end is None else (run.start, run.end)


def a_run(
    call: Call, request_id: str, t: int, *, lasts: int = MS, counter: int = 0, **more: Any
) -> tuple[FunctionRecord, ...]:
    """Start and end record of a run that lasts so many nanoseconds."""
    start: dict[str, Any] = {"args": ["context", "callback"], "counter": counter, **more}
    return (
        FunctionRecord(t=t, read_t=t + READ_LATER, edge="start", call=call, request_id=request_id, **start),
        FunctionRecord(
            t=t + lasts, read_t=t + lasts + READ_LATER, edge="end", call=call, request_id=request_id, counter=counter
        ),
    )
