"""Hand-written Histories, and the tools to change one line of them.

A :class:`Story` plays a scenario's own sequence on a clock that only the story moves, and writes down what a
conformant subject would leave behind: requests, records, markers, beats of the heartbeat, the engine's events. No
container, no thread, no reading of the machine's clock; the same scenario gives the same History every time.

The functions below it change a History by one fact (``without``, ``altered``, ``shifted``, ``with_events``) and
prove the clock anew, as the driver would have. What is right or wrong about the result is said by the tests.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from conformance.scenarios.scenarios import BY_NAME
from conformance.tables.catalogue import Profile, SubjectHooks
from fixtures.exceptions import SubjectFailure
from fixtures.history.clock import prove
from fixtures.history.events import (
    HOOKS,
    Answered,
    AnyEvent,
    Billed,
    Call,
    CallerAnswered,
    CallerAsked,
    CallerHungUp,
    EngineEvent,
    EngineState,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookConfigured,
    HookGivenUp,
    HookRefused,
    HookWithoutEffect,
    KernelSeen,
    LaterWork,
    ListeningSocket,
    LogLine,
    MetricsFlushed,
    Moment,
    ProcessSeen,
    Ready,
    RequestSent,
    SinkOpened,
    SinkReceived,
    Span,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
    Unanswered,
    WrongSignatureEntered,
)
from fixtures.history.history import ClockFacts, History, ImageFacts, Run, Trouble
from fixtures.platform.configuration import HookSupport
from fixtures.platform.deployment import Deployment
from fixtures.platform.metering import bill_of
from runtimes.definition import Definition, Handlers, HookResult, RuntimeTable, SubjectTable, Wire
from runtimes.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.scenarios.scenarios import Scenario
    from fixtures.history.recorder import Recorder
    from fixtures.platform.deployment import By
    from fixtures.platform.platform import Platform

MS = 1_000_000
BASE = 10_000 * MS
BEAT = 10 * MS
READ_LATER = MS // 2
"""A line of the log is read by the driver so long after it was written."""
FROZEN_FOR_S = 0.12
SENT_EVERY = 5_000 * MS
"""What an OpenTelemetry SDK has gathered it sends so often."""
EPOCH = 10**18
"""What the story's clock is behind that of the wall."""
EFFECT = {Call.INITIALIZE: 100, Call.INVOKE: 2, Call.PRE_FREEZE: 1, Call.PRE_STOP: 0}
"""What each call adds to the function's counter."""
TARGETS = {
    Call.INITIALIZE: "POST /initialize",
    Call.INVOKE: "POST /invoke",
    Call.PRE_FREEZE: "GET /pre-freeze",
    Call.PRE_STOP: "GET /pre-stop",
}
FAILURE = '{"errorMessage": "failed as planned"}'
ENDED_BY_A_HOOK = 3
"""Exit code of a function whose hook ends the process."""
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
    handlers = Handlers(
        invoke="index.handler",
        pre_freeze="index.preFreeze",
        pre_stop="index.preStop",
        initialize="index.initialize",
        missing="index.noSuchHook",
        wrong_signature="index.wrongSignature",
    )
    definition = Definition(
        runtime=RuntimeTable(title=table.title, language="Language", version="18.19"),
        handlers=handlers,
        files={"Dockerfile": "Dockerfile.j2"},
        subject=[table],
    )
    return Subject(name, Path("nowhere"), definition, table)


FULL = subject("full", telemetry=True)
"""Has all three hooks and calls them with a callback, and sends spans."""
PARTIAL = subject("python", title="Partial", hook_result=HookResult.RETURN)
"""Has PreStop only. Named as one of the runtimes whose form of handlers is known."""
AUTHOR = replace(subject("author", hook_result=HookResult.RESPONSE), origin="--image author")
"""Has both hooks; its author serves HTTP himself, and has built the image."""
OLD = subject("old", hook_result=HookResult.NOTHING, concurrency=1)
"""Has a vendor library that knows no hook, and takes one request at a time."""
SILENT = subject("silent", wire=Wire.NONE, concurrency=1, hook_result=HookResult.NOTHING)
"""Listens on nothing: its hooks can be configured and have no effect."""
SUBJECTS = (FULL, PARTIAL, AUTHOR, OLD, SILENT)
PROFILE = Profile(
    name="of-the-tests",
    text="A subject of each kind.",
    source="none",
    subjects={
        "full": SubjectHooks(supports=[Call.INITIALIZE, *HOOKS]),
        "python": SubjectHooks(supports=[Call.PRE_STOP]),
        "author": SubjectHooks(supports=list(HOOKS)),
        "old": SubjectHooks(supports=[]),
        "silent": SubjectHooks(supports=list(HOOKS), without_effect="it is no web server"),
    },
)


# ------------------------------------------------------------------------------------------------ the story


@dataclass
class _Call:
    """A call under way. ``sent``, ``started``, ``ends``: nanoseconds; ``wishes``: what its function is told to do."""

    call: Call
    exchange: int
    request_id: str
    event: bytes | None
    wishes: Mapping[str, Any]
    sent: int
    started: int
    ends: int
    timeout_s: int
    """Seconds after which the platform gives the call up."""

    @property
    def given_up(self) -> int:
        return self.sent + self.timeout_s * 1000 * MS


def _told_of(event: bytes | None, kept: int) -> dict[str, Any]:
    """What a request, and the record of who is given it, say of an event; of none that there is none."""
    if event is None:
        return {"event": None}
    return {
        "event": event.decode(errors="replace")[:kept],
        "event_bytes": len(event),
        "event_sha256": hashlib.sha256(event).hexdigest(),
    }


class Story:
    """What a conformant subject leaves behind, step by step. Takes the part of the Platform in a scenario."""

    def __init__(self, of: Subject, scenario: Scenario) -> None:
        self._subject = of
        self._scenario = scenario
        hooks = PROFILE.subjects[of.name]
        support = HookSupport(PROFILE.name, of.title, frozenset(hooks.supports), hooks.without_effect)
        # What is refused, and in which words, is the platform's own; only the clock is the story's.
        self._deployment = Deployment(
            cast("Recorder", _Notes(self)), runtime=of.name, support=support, hooks=scenario.hooks(of)
        )
        self._configured = self._deployment.outcome()
        self._events: list[AnyEvent] = []
        self._t = BASE
        self._exchanges = 0
        self._counter = 0
        self._buffered: list[str] = []
        self._spans: list[Span] = []
        """Those that have ended and were not sent yet."""
        self._beats = 0
        self._awake_since: int | None = None
        self._frozen = False
        self._ended_by_itself = False
        self._hung_up = False
        """Whether the caller of the invocation that is under way has gone."""
        self._opening: _Call | None = None
        self._left_running: list[tuple[int, Callable[[int], None]]] = []
        """What goes on without a request: when it is due, and what it writes at the time at which it really comes."""
        self._trouble: Trouble | None = None

    # What a scenario calls.

    outlasting_s = 7.0

    @property
    def handlers(self) -> Handlers:
        return self._subject.handlers

    def deploy(self, by: By, text: str) -> None:
        self._deployment.deploy(by, text)
        self._configured = self._deployment.outcome()
        self._t += MS

    def start(self, event: object = None, *, hopes_at_rest: bool = True) -> None:
        for hook in self._configured.effective.hooks.values():
            self._add(HookConfigured(t=self._t, hook=hook.call, handler=hook.handler, timeout_s=hook.timeout_s))
        for refusal in self._configured.refused:
            self._add(HookRefused(t=self._t, hook=refusal.call, reason=refusal.reason))
        for refusal in self._configured.without_effect:
            self._add(HookWithoutEffect(t=self._t, hook=refusal.call, reason=refusal.reason))
        self._t += MS
        if self._scenario.sink:
            self._add(SinkOpened(t=self._t, address="http://192.0.2.1:4318"))
        if self._subject.wire is Wire.NONE:
            self._opening = self._invocation(event)
            self._send(self._opening)
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
        self._call_hook(Call.INITIALIZE)

    def invoke(self, event: object = None) -> None:
        self.invoke_at_once(event)

    def invoke_at_once(self, *events: object) -> None:
        self.invoke_staggered(*((0, event) for event in events))

    def invoke_staggered(self, *steps: tuple[int, object]) -> None:
        if self._opening is not None:
            calls, self._opening = [self._opening], None
            self._add(CallerAsked(t=self._t, request_id=calls[0].request_id))
        else:
            calls = [self._invocation(event, after=delay_ms * MS) for delay_ms, event in steps]
            for call in calls:
                self._add(CallerAsked(t=call.sent, request_id=call.request_id))
                self._send(call)
        if not self._subject.takes_concurrent_requests:
            _one_after_the_other(calls)
        self._carry(*calls)
        self._t += 14 * MS

    def invoke_and_hang_up(self, event: object, after_s: float) -> None:
        call = self._invocation(event)
        self._add(CallerAsked(t=call.sent, request_id=call.request_id))
        self._send(call)
        self._add(CallerHungUp(t=call.sent + int(after_s * 1000) * MS, request_id=call.request_id))
        self._hung_up = True
        self._carry(call)
        self._hung_up = False
        self._t += 14 * MS

    def invoke_while_frozen(self, event: object = None) -> None:
        call = self._invocation(event)
        self._add(CallerAsked(t=self._t, request_id=call.request_id))
        before = self._t
        self.thaw()
        for name in ("sent", "started", "ends"):
            setattr(call, name, getattr(call, name) + self._t - before)
        self._send(call)
        self._carry(call)
        self._t += 14 * MS

    def begin_freeze_and_invoke(self, event: object = None) -> None:
        invocation = self._invocation(event, after=5 * MS)
        calls = [invocation]
        if self._configured.effective.get(Call.PRE_FREEZE) is not None:
            calls.insert(0, self._hook(Call.PRE_FREEZE))
            self._send(calls[0])
        self._add(CallerAsked(t=invocation.sent, request_id=invocation.request_id))
        self._send(invocation)
        self._carry(*calls)
        self._t += 14 * MS

    def freeze(self, frozen_for_s: float = FROZEN_FOR_S) -> None:
        # The platform waits for two beats with nothing between them.
        self._t += 2 * BEAT
        self._call_hook(Call.PRE_FREEZE)
        self._add(FreezeBegun(t=self._t))
        if self._ended_by_itself:
            raise SubjectFailure(f"it ended by itself with exit code {ENDED_BY_A_HOOK}", where="container c")
        self._let_run_until(self._t)
        self._beat_until(self._t + 5 * MS)
        self._add(EngineEvent(t=self._t + 10 * MS, action="pause"))
        self._t += 12 * MS
        self._add(Frozen(t=self._t))
        self._add(EngineState(t=self._t + MS, status="paused"))
        self._t += int(frozen_for_s * 1000) * MS
        self._frozen = True

    def thaw(self) -> None:
        self._add(ThawBegun(t=self._t))
        self._add(EngineEvent(t=self._t + 10 * MS, action="unpause"))
        self._awake_since = self._t + 11 * MS
        self._t += 12 * MS
        self._add(Thawed(t=self._t))
        self._t += 2 * BEAT
        self._frozen = False

    def await_later_work(self, count: int) -> None:
        assert self._awake_since is not None
        for due, _ in self._left_running:
            self._t = max(self._t, due + MS, self._awake_since + MS)
        self._let_run_until(self._t)
        assert sum(isinstance(event, LaterWork) for event in self._events) == count

    def await_spans(self) -> None:
        if self._spans:
            self._t = max(self._t, self._spans[0].ended + SENT_EVERY)
            self._send_spans(self._t)
            self._t += MS

    def stop(self, linger_s: float = 0.0) -> None:
        if self._frozen and self._configured.effective.get(Call.PRE_STOP) is not None:
            self.thaw()
        self._call_hook(Call.PRE_STOP)
        self._t += int(linger_s * 1000) * MS
        self._add(StopBegun(t=self._t, grace_s=5))
        self._let_run_until(self._t)
        if self._ended_by_itself:
            self._t += 30 * MS
            self._add(Stopped(t=self._t, exit_code=ENDED_BY_A_HOOK))
        else:
            self._end()
        bill = bill_of(self.history(), self._subject.table.memory_mb)
        self._add(
            Billed(
                t=self._t + 3 * MS,
                billed_ms=bill.billed_ms,
                requests=bill.requests,
                memory_mb=self._subject.table.memory_mb,
                cu=bill.cu,
            )
        )

    def send_uninvited(self, call: Call, *, method: str = "") -> None:
        probe = self._hook(call)
        self._send(probe, uninvited=True, method=method)
        if method:
            self._answer(probe, self._t + MS, "", status=405)
            self._t += 5 * MS
        elif call in PROFILE.subjects[self._subject.name].supports:
            self._carry(probe)
        else:
            self._answer(probe, self._t + MS, "no such hook", status=404)
            self._t += 5 * MS

    def ask_an_unknown_path(self) -> None:
        """The function keeps records: there is nothing to ask."""

    def try_the_root(self) -> None:
        """Every invocation succeeds: there is nothing to look for."""

    def play(self) -> None:
        """Play the scenario to its end, or to where the instance ends by itself."""
        try:
            # A Story is no Platform, but it answers to every call that a scenario makes.
            self._scenario.play(cast("Platform", self))
        except SubjectFailure as failure:
            self._trouble = Trouble("subject", failure.what, failure.where)

    def history(self) -> History:
        """What was written until now."""
        self._beat_until(self._t)
        told_until_now = told(
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
        return msgspec.structs.replace(told_until_now, trouble=self._trouble)

    # Its own means: making a call and sending it.

    def _add(self, event: AnyEvent) -> None:
        self._events.append(event)

    def _invocation(self, event: object, *, after: int = 0) -> _Call:
        wishes = event if isinstance(event, dict) else {}
        if not isinstance(event, bytes):
            event = (event if isinstance(event, str) else json.dumps(event if event is not None else {})).encode()
        timeout_s = self._scenario.function_timeout_s or 10
        return self._call(Call.INVOKE, event, wishes, after, timeout_s=timeout_s)

    def _hook(self, call: Call) -> _Call:
        hook = self._configured.effective.get(call)
        return self._call(call, None, self._scenario.plan.get(call, {}), 0, timeout_s=hook.timeout_s if hook else 10)

    def _call(self, call: Call, event: bytes | None, wishes: Mapping[str, Any], after: int, *, timeout_s: int) -> _Call:
        self._exchanges += 1
        sent = self._t + after
        started = sent + MS
        ends = started + int(wishes.get("sleep_ms", 1)) * MS
        return _Call(call, self._exchanges, f"{call}-{self._exchanges}", event, wishes, sent, started, ends, timeout_s)

    def _send(self, call: _Call, *, uninvited: bool = False, method: str = "") -> None:
        target = TARGETS[call.call] if self._subject.wire is Wire.HTTP else ""
        self._add(
            RequestSent(
                t=call.sent,
                exchange=call.exchange,
                call=call.call,
                request_id=call.request_id,
                **_told_of(call.event, 4096),
                context={"request_id": call.request_id, **CONTEXT},
                target=f"{method} {target.partition(' ')[2]}" if method else target,
                uninvited=uninvited,
            )
        )

    def _call_hook(self, call: Call) -> None:
        if self._configured.effective.get(call) is not None:
            hook = self._hook(call)
            self._send(hook)
            self._carry(hook)

    # Its own means: what comes of the calls.

    def _carry(self, *calls: _Call) -> None:
        """Let calls run beside each other; the story goes on a millisecond after the last answer."""
        edges = [(call.started, 0, call) for call in calls] + [(call.ends, 1, call) for call in calls]
        for _, edge, call in sorted(edges, key=lambda edge: edge[:2]):
            if edge == 0:
                self._begin(call)
            else:
                self._t = max(self._t, self._finish(call) + MS)

    def _begin(self, call: _Call) -> None:
        self._marker(call.started - MS // 5, call, "Start")
        handlers = self._scenario.handlers if call.call in HOOKS else ""
        with_callback = self._subject.hook_result is HookResult.CALLBACK
        args = [*(["event"] if call.event is not None else []), "context", *(["callback"] if with_callback else [])]
        if handlers == "wrong_signature" and with_callback:
            # Elsewhere the language itself refuses to call a function with too few arguments.
            self._add(WrongSignatureEntered(t=call.started, args=args))
        elif not handlers:
            more: dict[str, Any] = {"args": args, "counter": self._counter}
            if self._subject.hook_result is HookResult.RESPONSE:
                more["method"], more["path"] = TARGETS[call.call].split()
            self._record(call.started, call, "start", **_told_of(call.event, 256), context=self._context(call), **more)
        if "log" in call.wishes:
            own = f"{call.wishes['log']} ({call.request_id})"
            self._add(log_line(call.started + MS // 10, f"2026-11-22T09:00:00Z {call.request_id} [INFO] {own}"))
        for line in range(2 if "log_bytes" in call.wishes else 0):
            self._add(log_line(call.started + (line + 1) * MS // 5, "x" * 999))

    def _finish(self, call: _Call) -> int:
        """Write how a call ends, and say when the platform knows it."""
        fail = "throw" if self._scenario.handlers and call.call in HOOKS else call.wishes.get("fail", "")
        if fail == "exit":
            self._ended_by_itself = True
            self._beat_until(call.ends)
            self._unanswered(call, call.ends + MS, "instead of the answer came: the end of the connection")
            self._add(EngineEvent(t=call.ends + 5 * MS, action="die", exit_code=ENDED_BY_A_HOOK))
            return call.ends + 8 * MS
        if fail == "hang" or call.ends > call.given_up:
            if not fail:
                self._left_running.append((call.ends, lambda t: self._return(call, t)))
            self._unanswered(call, call.given_up, f"waited {call.timeout_s} s for the answer; it did not come")
            if call.call is Call.INVOKE:
                self._add(CallerAnswered(t=call.given_up, request_id=call.request_id, status=502, body=""))
            else:
                self._add(
                    HookGivenUp(t=call.given_up, hook=call.call, request_id=call.request_id, timeout_s=call.timeout_s)
                )
            return call.given_up
        if fail in ("", "callback-twice"):
            self._return(call, call.ends)
            body, status = (str(self._counter) if call.call is Call.INVOKE else ""), 200
            if self._subject.hook_result is HookResult.RESPONSE and call.call in HOOKS:
                # What the author of an answer hands back is the answer.
                body, status = str(call.wishes.get("result", "")), int(call.wishes.get("status", 200))
            self._answer(call, call.ends + MS, body, status=status)
            return call.ends + MS
        self._marker(call.ends + MS // 5, call, "End", ", Error: Unhandled function error")
        if fail == "close-connection":
            self._unanswered(call, call.ends + MS, "instead of the answer came: the end of the connection")
        else:
            self._answer(call, call.ends + MS, FAILURE, status=404)
        return call.ends + MS

    def _return(self, call: _Call, t: int) -> None:
        """The function's code comes to its end."""
        wishes = call.wishes
        if "buffer" in wishes:
            self._buffered.append(wishes["buffer"])
        if "span" in wishes:
            self._spans.append(a_span(str(wishes["span"]), call.started, t))
        if wishes.get("flush_spans"):
            self._send_spans(t)
        if wishes.get("flush"):
            self._add(MetricsFlushed(t=t, request_id=call.request_id, values=self._buffered))
            self._buffered = []
        if "later_ms" in wishes:
            after_ms = int(wishes["later_ms"])

            def work(done: int) -> None:
                self._add(LaterWork(t=done, request_id=call.request_id, after_ms=after_ms))

            self._left_running.append((t + after_ms * MS, work))
        self._counter += EFFECT[call.call]
        ending: dict[str, Any] = {"counter": self._counter}
        if call.call is Call.INVOKE:
            ending["result"] = str(self._counter)
        elif "result" in wishes:
            ending["result"] = str(wishes["result"])
        self._record(t, call, "end", **ending)
        self._marker(t + MS // 5, call, "End")

    def _send_spans(self, t: int) -> None:
        self._add(spans_sent(t, *self._spans))
        self._spans = []

    def _answer(self, call: _Call, t: int, body: str, *, status: int) -> None:
        headers = {"content-length": str(len(body))}
        if call.call is Call.INVOKE and self._subject.wire is Wire.HTTP:
            headers["x-fc-status"] = "200" if status < 300 else "404"
        self._add(
            Answered(
                t=t,
                exchange=call.exchange,
                call=call.call,
                request_id=call.request_id,
                status=status,
                headers=headers,
                body=body,
                body_bytes=len(body),
                connection=1 if self._scenario.keep_alive else 0,
            )
        )
        if call.call is Call.INVOKE and not self._hung_up:
            self._add(CallerAnswered(t=t + 20_000, request_id=call.request_id, status=status, body=body))

    def _unanswered(self, call: _Call, t: int, why: str) -> None:
        self._add(Unanswered(t=t, exchange=call.exchange, call=call.call, request_id=call.request_id, why=why))

    def _end(self) -> None:
        """What the engine does with a container that is to stop."""
        self._add(EngineEvent(t=self._t + 10 * MS, action="kill"))
        if self._frozen:
            # The engine thaws a paused container to end it.
            self._add(EngineEvent(t=self._t + 20 * MS, action="unpause"))
            self._awake_since = self._t + 20 * MS
        self._t += 60 * MS
        self._beat_until(self._t)
        self._add(EngineEvent(t=self._t, action="die", exit_code=0))
        self._add(Stopped(t=self._t + 2 * MS, exit_code=0))

    # Its own means: what the function writes.

    def _context(self, call: _Call) -> dict[str, str]:
        return {"request_id": call.request_id, **CONTEXT}

    def _record(self, t: int, call: _Call, edge: str, **more: Any) -> None:
        self._add(
            FunctionRecord(t=t, read_t=t + READ_LATER, edge=edge, call=call.call, request_id=call.request_id, **more)
        )

    def _marker(self, t: int, call: _Call, edge: str, error: str = "") -> None:
        self._add(log_line(t, f"FC {call.call.label} {edge} RequestId: {call.request_id}{error}"))

    def _let_run_until(self, t: int) -> None:
        """What goes on without a request comes to its end when it is due, or after the thaw that it has to wait for."""
        if self._awake_since is None:
            return
        due = sorted((entry for entry in self._left_running if entry[0] <= t), key=lambda entry: entry[0])
        self._left_running = [entry for entry in self._left_running if entry[0] > t]
        for at, come_to_its_end in due:
            come_to_its_end(max(at, self._awake_since))

    def _beat_until(self, t: int) -> None:
        if self._awake_since is None:
            return
        for beat in range(self._awake_since + MS, t, BEAT):
            self._beats += 1
            self._add(Tick(t=beat, n=self._beats))
        self._awake_since = None


def _one_after_the_other(calls: list[_Call]) -> None:
    for earlier, later in pairwise(calls):
        waits = max(0, earlier.ends + MS - later.started)
        later.started += waits
        later.ends += waits


class _Notes:
    """What the platform's own parts write into a History: at the story's time, not at the machine's."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def add(self, event: AnyEvent) -> None:
        self._story._add(msgspec.structs.replace(event, t=self._story._t))


def log_line(t: int, text: str) -> LogLine:
    return LogLine(t=t, read_t=t + READ_LATER, text=text)


def a_span(name: str, began: int, ended: int) -> Span:
    return Span(
        trace_id=name.encode().hex().ljust(32, "0"),
        span_id=name.encode().hex()[:16].ljust(16, "0"),
        name=name,
        start_unix=began + EPOCH,
        end_unix=ended + EPOCH,
        began=began,
        ended=ended,
    )


def spans_sent(t: int, *spans: Span) -> SinkReceived:
    return SinkReceived(
        t=t,
        method="POST",
        path="/v1/traces",
        content_type="application/x-protobuf",
        length=300,
        sha256="0" * 64,
        spans=spans,
    )


@cache
def _conformant(name: str, scenario: str) -> History:
    of = next(one for one in SUBJECTS if one.name == name)
    story = Story(of, BY_NAME[scenario])
    story.play()
    return story.history()


def conformant(of: Subject, scenario: str) -> History:
    """The History of a subject of the tests that does everything right in ``scenario``."""
    return _conformant(of.name, scenario)


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


FIRST_PROCESS = ProcessSeen(pid=1, parent=0, started=1_000_000, name="runtime")
GLANCE = MS // 20
"""So long one reading of the kernel's takes."""


def seen_by_the_kernel(history: History) -> History:
    """``history`` with the kernel's readings beside it: a tenth of the time that the instance runs is CPU time."""
    begun = history.of(StartBegun)[0]
    frozen = [freeze for freeze in history.freezes() if freeze.frozen is not None]

    def cpu_ns(t: int) -> int:
        rested = 0
        for freeze in frozen:
            assert freeze.frozen is not None
            until = freeze.thaw_begun.t if freeze.thaw_begun is not None else t
            rested += max(0, min(until, t) - freeze.frozen.t)
        return (t - begun.t - rested) // 10

    def reading(moment: Moment, t: int) -> KernelSeen:
        whole = moment not in (Moment.BEFORE_HOOK, Moment.AFTER_HOOK)
        listening = (ListeningSocket(address="0.0.0.0", port=9000),) if moment is Moment.READY else None
        processes = (FIRST_PROCESS,) if whole else ()
        cpu = cpu_ns(t)
        return KernelSeen(
            t=t,
            read_t=t + GLANCE,
            moment=moment,
            cpu_ns=cpu,
            frozen=True if moment in (Moment.FROZEN, Moment.BEFORE_THAW) else None,
            processes=processes,
            listening=listening,
        )

    readings = [reading(Moment.READY, one.t + GLANCE) for one in history.of(Ready)]
    for hook in (one for call in HOOKS for one in history.exchanges(call)):
        readings.append(reading(Moment.BEFORE_HOOK, hook.sent.t - 2 * GLANCE))
        readings += [reading(Moment.AFTER_HOOK, hook.answer.t + GLANCE)] if hook.answer is not None else []
    for freeze in frozen:
        assert freeze.frozen is not None
        readings.append(reading(Moment.FROZEN, freeze.frozen.t + GLANCE))
        if isinstance(freeze.thaw_begun, ThawBegun):
            readings.append(reading(Moment.BEFORE_THAW, freeze.thaw_begun.t - 2 * GLANCE))
        readings += [reading(Moment.THAWED, freeze.thawed.t + GLANCE)] if freeze.thawed is not None else []
    readings += [reading(Moment.BEFORE_STOP, one.t - 2 * GLANCE) for one in history.of(StopBegun)]
    return with_events(history, *readings)


def blocked_between_calls(history: History, *, slips_out: bool = False) -> History:
    """``history`` of a runtime that stops every thread between calls: its heart beats while calls are under way only.

    ``slips_out``: one beat more comes right behind each answer.
    """
    calls = [(one.sent.t, one.answer.t) for one in history.exchanges() if one.answer is not None]
    beats = [tick.t for tick in history.ticks() if any(low < tick.t < high for low, high in calls)]
    # A call is over before the heart of a Story has beaten in it.
    beats += [low + GLANCE for low, _ in calls]
    beats += [high + GLANCE for _, high in calls] if slips_out else []
    rest = [event for event in history.events if not isinstance(event, Tick)]
    return told(history, [*rest, *(Tick(t=t, n=n) for n, t in enumerate(sorted(beats), 1))])


def rebilled(history: History) -> History:
    """``history`` with the bill that the platform's meter comes to by what it saw: for changes to requests' answers."""
    (billed,) = history.of(Billed)
    bill = bill_of(history, billed.memory_mb)
    return altered(history, billed, billed_ms=bill.billed_ms, requests=bill.requests, cu=bill.cu)


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
