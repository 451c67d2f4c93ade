"""A runtime without a container, under the real platform: it does what the generated function does, in no time.

A fault is a subclass that overrides the one thing that it does wrong.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, cast

from conformance.laws import laws
from conformance.laws.shrink import broken_laws
from conformance.scenarios.sequences import scenario
from conformance.tables.catalogue import Profile, SubjectHooks
from fixtures.history.clock import now, prove
from fixtures.history.events import HOOKS, Call, EngineEvent, EngineState, FunctionRecord, LogLine, StartBegun, Tick
from fixtures.history.history import History, ImageFacts
from fixtures.platform.calls import Calls
from fixtures.platform.configuration import HookSupport
from fixtures.platform.deployment import Deployment
from fixtures.platform.function import Function
from fixtures.platform.metering import Meter
from fixtures.platform.platform import Platform
from fixtures.wire.wire import Answer
from runtimes.definition import Wire
from tests.conformance.builders import subject
from tests.fixtures.fakes import BeatingRecorder, FakeInstance, FakeWire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.scenarios.sequences import CallSequence
    from fixtures.history.events import AnyEvent
    from fixtures.wire.wire import Request
    from runtimes.subjects import Subject

FULL, PARTIAL = subject("full", concurrency=100), subject("partial", concurrency=100)
"""With both hooks, and without PreFreeze."""
ONE_BY_ONE = subject("full", concurrency=1)
SILENT = subject("silent", wire=Wire.NONE, concurrency=1)
PROFILE = Profile(
    name="of-the-tests",
    text="What the simulated runtimes support.",
    source="none",
    subjects={
        "full": SubjectHooks(supports=list(HOOKS)),
        "nodejs": SubjectHooks(supports=list(HOOKS)),
        "partial": SubjectHooks(supports=[Call.PRE_STOP]),
        "silent": SubjectHooks(supports=list(HOOKS), without_effect="it is no web server"),
    },
)
BEATS = 8
COLD_START_NS = 10_000_000
SCALE = 1 / 40_000
"""Seconds of a simulated sleep for each planned millisecond: 60 ms take 1.5."""


class SteadyRecorder(BeatingRecorder):
    """A recorder whose function also beats whenever it runs."""

    def __init__(self) -> None:
        super().__init__()
        self._numbering = threading.Lock()

    def beat(self, count: int = BEATS) -> None:
        with self._numbering:
            for _ in range(count):
                self._beat += 1
                self.add(Tick(t=now(), n=self._beat))


class SimulatedInstance(FakeInstance):
    """An instance with the engine's word beside the driver's own."""

    def freeze(self) -> None:
        super().freeze()
        self._engine("pause")
        self.recorder.add(EngineState(t=now(), status="paused"))

    def thaw(self) -> None:
        super().thaw()
        self._engine("unpause")

    def stop(self) -> int:
        code = super().stop()
        self._engine("die")
        return code

    def _engine(self, action: str) -> None:
        self.recorder.add(EngineEvent(t=now(), action=action, exit_code=0 if action == "die" else None))


class SimulatedRuntime(FakeWire):
    """The server and the generated function, behind the wire."""

    instance: type[SimulatedInstance] = SimulatedInstance
    platform: type[Platform] = Platform

    def __init__(self) -> None:
        super().__init__([])
        self.recorder = SteadyRecorder()
        self.counter = 0
        self.counting = threading.Lock()
        self.results: dict[str, bytes] = {}

    def target(self, call: Call) -> str:
        return ""

    def launch(self, _: Mapping[str, str]) -> None:
        # A cold start takes a while, and is not billed.
        self.recorder.add(StartBegun(t=now() - COLD_START_NS))
        self.recorder.add(FunctionRecord(t=now(), read_t=now(), edge="loaded", counter=0))
        self.recorder.beat()

    def exchange(self, request: Request, *, within_s: float) -> Answer:
        self.recorder.beat()
        self.line(f"FC {request.call.label} Start RequestId: {request.request_id}")
        event = json.loads(request.body) if request.body else {}
        failed = not self.run(request, event)
        self.line(
            f"FC {request.call.label} End RequestId: {request.request_id}"
            + (", Error: Unhandled function error" if failed else "")
        )
        self.recorder.beat()
        body = b"" if request.call is not Call.INVOKE else self.results.pop(request.request_id, b"{}")
        return Answer(404 if failed else 200, {}, body)

    def run(self, request: Request, event: Mapping[str, object]) -> bool:
        """Run the function's code for a request; answers with whether it came to its end."""
        given = request.body.decode() if request.body is not None else None
        args = ["context"] if given is None else ["event", "context"]
        self.record(request, "start", args=args, event=given)
        threading.Event().wait(float(str(event.get("sleep_ms", 60))) * SCALE)
        if event.get("fail"):
            self.fail()
            return False
        with self.counting:
            self.counter += {Call.INVOKE: 2, Call.PRE_FREEZE: 1}.get(request.call, 0)
            result = str(self.counter) if request.call is Call.INVOKE else None
            self.record(request, "end", result=result)
        if result is not None:
            self.results[request.request_id] = result.encode()
        return True

    def fail(self) -> None:
        """What the function does beside throwing: nothing."""

    def record(
        self,
        request: Request,
        edge: str,
        *,
        args: list[str] | None = None,
        event: str | None = None,
        result: str | None = None,
    ) -> None:
        self.recorder.add(
            FunctionRecord(
                t=now(),
                read_t=now(),
                edge=edge,
                call=request.call,
                request_id=request.request_id,
                args=args,
                event=event,
                result=result,
                counter=self.counter,
                context={"request_id": request.request_id} if edge == "start" else {},
            )
        )

    def line(self, text: str) -> None:
        self.recorder.add(LogLine(t=now(), read_t=now(), text=text))


def driven(sequence: CallSequence, kind: type[SimulatedRuntime] = SimulatedRuntime, of: Subject = FULL) -> History:
    """The History of a simulated runtime of this kind, driven through ``sequence`` by the reference platform."""
    script = scenario("sequence-of-a-test", sequence)
    runtime = kind()
    hooks = PROFILE.subjects[of.name]
    support = HookSupport(PROFILE.name, of.title, frozenset(hooks.supports), hooks.without_effect)
    function, meter = Function.fresh(of.handlers, 256), Meter()
    platform = kind.platform(
        instance=kind.instance(runtime.recorder, []).as_instance(),
        wire=runtime,
        recorder=runtime.recorder,
        function=function,
        meter=meter,
        calls=Calls(wire=runtime, recorder=runtime.recorder, function=function, meter=meter),
        deployment=Deployment(runtime.recorder, runtime=of.name, support=support, hooks=script.hooks(of)),
        launch=runtime.launch,
    )
    script.play(platform)
    events: tuple[AnyEvent, ...] = runtime.recorder.events()
    return History(
        subject=of.name,
        scenario=script.name,
        profile=PROFILE.name,
        run="run-of-a-test",
        instance="c-0123456789ab",
        image=ImageFacts("image-of-a-test", "sha256:0"),
        plan=script.plan,
        clock=prove(events),
        events=events,
    )


def broken(sequence: CallSequence, kind: type[SimulatedRuntime], of: Subject = FULL) -> list[str]:
    """The requirements that ``sequence`` shows to be broken."""
    return broken_laws(laws.findings(driven(sequence, kind, of), (*laws.MUST, *laws.SHOULD)))


# ------------------------------------------------------------------------------------------------ faults


class SkipsTheSecondPreFreeze(SimulatedRuntime):
    """Answers the second request for PreFreeze, and every later one, without running the hook."""

    def run(self, request: Request, event: Mapping[str, object]) -> bool:
        earlier = [
            one for one in self.recorder.events() if isinstance(one, FunctionRecord) and one.call is request.call
        ]
        return True if request.call is Call.PRE_FREEZE and earlier else super().run(request, event)


class LosesTheCounter(SimulatedRuntime):
    """Begins to count anew when an invocation has failed."""

    def fail(self) -> None:
        self.counter = 0


class ServesAThawingRequestTwice(SimulatedRuntime):
    """Runs the handler again for a request that came right after a freeze."""

    def run(self, request: Request, event: Mapping[str, object]) -> bool:
        calls = [one.call for one in self.recorder.events() if isinstance(one, FunctionRecord) and one.edge == "start"]
        if request.call is Call.INVOKE and calls and calls[-1] is Call.PRE_FREEZE:
            super().run(request, event)
        return super().run(request, event)


class _Restless(SimulatedInstance):
    def freeze(self) -> None:
        super().freeze()
        cast("SteadyRecorder", self.recorder).beat(1)


class BeatsWhileFrozen(SimulatedRuntime):
    """Is not stopped by a freeze."""

    instance = _Restless


class _Hasty(Platform):
    """Takes the answers to callers for given, and hands them over only when PreFreeze has run."""

    _kept: list[tuple[object, object]]

    def _answer_caller(self, call: object, answer: object) -> None:
        self.__dict__.setdefault("_kept", []).append((call, answer))

    def _call_hook(self, call: Call) -> None:
        if call is Call.PRE_FREEZE:
            super()._call_hook(call)
        for kept in self.__dict__.pop("_kept", []):
            super()._answer_caller(*kept)
        if call is not Call.PRE_FREEZE:
            super()._call_hook(call)


class PreFreezeBeforeTheResponse(SimulatedRuntime):
    """The runtime is sound; the platform begins the freeze before its callers have their responses."""

    platform = _Hasty
