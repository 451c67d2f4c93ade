"""The scenarios: short sequences that drive one instance. A scenario asserts nothing.

What each does stands in :mod:`conformance.scenarios.steps`. Each has a plan for the generated function, the hooks that
its author configures, and what it needs of a subject to be driven at all. Times are only as long as a check needs them
to tell two things apart: a hook that sleeps makes a runtime visible that answers before the hook has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.scenarios import steps
from conformance.tables.rungs import MADE_VISIBLE_BY, Rung
from fixtures.history.events import HOOKS, Call
from fixtures.platform.configuration import Hook
from runtimes.definition import HookResult, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fixtures.driver import Plan
    from fixtures.platform.platform import Platform
    from runtimes.subjects import Subject

HOOK_SLEEP_MS = 60
"""How long a planned hook takes: long against a request's way (1 ms), short against a user's patience."""
OVERTAKEN_MS = 400
"""How long a hook takes that a request shall overtake: the request leaves when the hook's start has been read."""
SLOW_HOOK_MS = 1200
"""Longer than a caller waits on the busiest machine that a verdict shall be had on."""
SHORT_TIMEOUT_S = 1
"""Timeout of hooks that are planned to outlast it."""
FLOOD_BYTES = 10_000_000
PRE_FREEZE_SENTINEL = "S3NT1NEL-pre-freeze-value"
PRE_STOP_SENTINEL = "S3NT1NEL-pre-stop-value"


@dataclass(frozen=True)
class Scenario:
    """One sequence, and what it needs.

    ``requests_at_once`` and ``invocations``: what the subject must be able to take. ``handlers``: which of the
    subject's handlers a hook is configured with in place of its own (``missing``, ``wrong_signature``).
    ``hook_results``: ways of handing back that the plan is about; empty for all.
    """

    name: str
    text: str
    sequence: Callable[[Platform], None]
    plan: Plan = field(default_factory=dict)
    configured: tuple[Call, ...] = HOOKS
    timeout_s: int = 10
    function_timeout_s: int = 0
    """The function's own timeout, 0 for the subject's."""
    handlers: str = ""
    invocations: int = 2
    requests_at_once: int = 1
    one_at_a_time: bool = False
    """Only for subjects that declare that they take one request at a time."""
    keep_alive: bool = False
    needs_function: bool = False
    """What it is about is done by the generated function only: another image follows no plan."""
    sink: bool = False
    """What the instance sends out is to be seen. Of a generated function it is known whether it sends anything."""
    waits: bool = False
    """Most of its time nothing is done: few of them are driven side by side, and before all others."""
    from_outside: bool = False
    """Only for subjects that others have built: of the project's own it is known what they do."""
    wires: tuple[Wire, ...] = tuple(Wire)
    hook_results: tuple[HookResult, ...] = ()

    def hooks(self, subject: Subject) -> Sequence[Hook]:
        """The hooks that the function's author configures, with the subject's handlers."""
        own = {
            Call.INITIALIZE: subject.handlers.initialize,
            Call.PRE_FREEZE: subject.handlers.pre_freeze,
            Call.PRE_STOP: subject.handlers.pre_stop,
        }
        instead = getattr(subject.handlers, self.handlers) if self.handlers else ""
        return [Hook(call, instead or own[call], self.timeout_s) for call in self.configured]

    def play(self, platform: Platform) -> None:
        self.sequence(platform)

    def why_not_drivable(self, subject: Subject) -> str | None:
        """The reason why ``subject`` cannot be driven through this scenario, or None."""
        if subject.wire not in self.wires:
            return f"the scenario {self.name} needs another way to speak to an instance than {subject.title} has"
        if self.from_outside and not subject.origin:
            return f"{subject.title} is the project's own: the scenario {self.name} looks at what others have built"
        if self.needs_function and not subject.keeps_records:
            return (
                f"no witness: the scenario {self.name} is about what the generated function does; "
                f"to be judged, {MADE_VISIBLE_BY[Rung.RECORDS]}"
            )
        if subject.wire is Wire.NONE and self.invocations > 1:
            return f"an instance of {subject.title} takes one invocation, {self.name} makes {self.invocations}"
        if self.sink and subject.keeps_records and not subject.table.telemetry:
            return f"the image of {subject.title} has no OpenTelemetry SDK, and sends nothing out"
        if self.requests_at_once > subject.concurrency:
            return (
                f"{subject.title} declares that it takes {subject.concurrency} request at a time, "
                f"the scenario {self.name} sends {self.requests_at_once} at once"
            )
        if self.one_at_a_time and not subject.declares_concurrency:
            return f"{subject.title} declares nothing: how many requests it is sent at a time is the platform's to keep"
        if self.one_at_a_time and subject.takes_concurrent_requests:
            return f"{subject.title} declares that it takes {subject.concurrency} requests at a time"
        if self.hook_results and subject.hook_result not in self.hook_results:
            return f"a hook of {subject.title} cannot go wrong in that way: {subject.table.hook_signature}"
        if self.handlers and not getattr(subject.handlers, self.handlers):
            return f"{subject.title} does not look a hook up by its handler in a way that could be tried here"
        return None


def _both(**plan: str | int | bool) -> Plan:
    return {"pre-freeze": dict(plan), "pre-stop": dict(plan)}


_SLEEPY_HOOKS = _both(sleep_ms=HOOK_SLEEP_MS)


# ---------------------------------------------------------------------------------------------- the list

_WITH_SERVER = (Wire.HTTP, Wire.RUNTIME_API)

PROBE = "probe"
"""The scenario that a subject from outside is driven through before any other."""
PROBE_TIMEOUT_S = 3
"""Timeout of hooks in the probe: one that is not answered must not take the time of everything else."""

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name=PROBE,
        text="A first look at what others have built: start, an unknown path, invoke, freeze, thaw, twice; then stop.",
        sequence=steps.probe,
        timeout_s=PROBE_TIMEOUT_S,
        from_outside=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="two-freezes",
        text="Invoke, freeze, thaw, twice; then stop. Both hooks take a while.",
        sequence=steps.two_freezes_beside_a_control,
        plan=_SLEEPY_HOOKS,
    ),
    Scenario(
        name="overlapping-requests",
        text="Three requests at once, ending one after another; freeze, thaw, two at once, freeze, stop while frozen.",
        sequence=steps.overlapping_requests,
        plan=_SLEEPY_HOOKS,
        invocations=5,
        requests_at_once=3,
    ),
    Scenario(
        name="stop-without-freeze",
        text="Two invocations, then the stop; the instance is never frozen.",
        sequence=steps.stop_without_freeze,
        plan=_SLEEPY_HOOKS,
    ),
    Scenario(
        name="events-as-they-are",
        text="Events of every kind: none, every byte, text that is not ASCII, JSON, and one of 6 MiB; freeze, stop.",
        sequence=steps.events_as_they_are,
        invocations=len(steps.EVENTS),
        needs_function=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="hooks-hand-back-a-sentinel",
        text="As two-freezes; both hooks hand a sentinel back, and where the author writes the answer, status 404.",
        sequence=steps.two_freezes,
        plan={
            "pre-freeze": {"result": PRE_FREEZE_SENTINEL, "status": 404},
            "pre-stop": {"result": PRE_STOP_SENTINEL, "status": 404},
        },
        needs_function=True,
    ),
    Scenario(
        name="no-hook-configured",
        text="As two-freezes, with a function that defines both hooks and a configuration that names none.",
        sequence=steps.two_freezes,
        configured=(),
    ),
    Scenario(
        name="uninvited-pre-freeze",
        text="A hook request that no platform would send, to a runtime for which PreFreeze cannot be configured.",
        sequence=steps.uninvited_pre_freeze,
        wires=(Wire.HTTP,),
    ),
    Scenario(
        name="single-run",
        text="One invocation whose work outlives it, freeze, thaw, freeze, stop while frozen.",
        sequence=steps.single_run,
        plan=_SLEEPY_HOOKS,
        invocations=1,
        needs_function=True,
    ),
    # Concurrency
    Scenario(
        name="eight-at-once",
        text="The first requests of the instance arrive at once, eight of them; freeze, stop while frozen.",
        sequence=steps.at_once(8, 500),
        plan=_SLEEPY_HOOKS,
        invocations=8,
        requests_at_once=8,
    ),
    Scenario(
        name="thirty-two-at-once",
        text="The first requests of the instance arrive at once, thirty-two of them; freeze, stop while frozen.",
        sequence=steps.at_once(32, 1500),
        plan=_SLEEPY_HOOKS,
        invocations=32,
        requests_at_once=32,
    ),
    Scenario(
        name="staggered-requests",
        text="Three requests that begin and end one after another and overlap; freeze, stop while frozen.",
        sequence=steps.staggered_requests,
        plan=_SLEEPY_HOOKS,
        invocations=3,
        requests_at_once=2,
    ),
    Scenario(
        name="two-at-once-anyway",
        text="Two requests at once to a subject that declares that it takes one; no platform would send them.",
        sequence=steps.two_at_once_anyway,
        plan=_SLEEPY_HOOKS,
        one_at_a_time=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="request-while-pre-freeze-runs",
        text="A request arrives while PreFreeze runs; then freeze and stop while frozen.",
        sequence=steps.request_while_pre_freeze_runs,
        plan=_both(sleep_ms=OVERTAKEN_MS),
        requests_at_once=2,
        needs_function=True,
    ),
    Scenario(
        name="request-while-frozen",
        text="A request arrives while the instance is frozen; then freeze and stop while frozen.",
        sequence=steps.request_while_frozen,
        plan=_SLEEPY_HOOKS,
    ),
    # Freeze
    Scenario(
        name="freezes-of-several-lengths",
        text="Freezes of at least 120, 250 and 1600 ms, each with work under way that an invocation has left behind.",
        sequence=steps.freezes_of_several_lengths,
        invocations=3,
        needs_function=True,
    ),
    Scenario(
        name="kept-alive-connection",
        text="As two-freezes and one invocation more, over one kept connection; the second freeze outlasts 5 s.",
        sequence=steps.freezes_over_one_connection,
        keep_alive=True,
        invocations=3,
        waits=True,
        wires=(Wire.HTTP,),
    ),
    Scenario(
        name="buffered-metrics",
        text="Invocations buffer metrics in memory, the hooks write them out.",
        sequence=steps.buffered_metrics,
        plan=_both(flush=True),
        invocations=3,
        needs_function=True,
    ),
    Scenario(
        name="buffered-metrics-without-hooks",
        text="Invocations buffer metrics in memory, and no hook is configured that would write them out.",
        sequence=steps.buffered_metrics,
        plan=_both(flush=True),
        configured=(),
        invocations=3,
        needs_function=True,
    ),
    Scenario(
        name="telemetry",
        text="Invocations make spans of OpenTelemetry, the hooks flush them; freeze, thaw, stop.",
        sequence=steps.telemetry,
        plan=_both(sleep_ms=HOOK_SLEEP_MS, flush_spans=True),
        invocations=3,
        sink=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="telemetry-without-hooks",
        text="Invocations make spans of OpenTelemetry, and no hook is configured that would flush them.",
        sequence=steps.telemetry,
        configured=(),
        invocations=3,
        sink=True,
        wires=_WITH_SERVER,
    ),
    # Hooks and invocations that go wrong
    Scenario(
        name="failing-invocation",
        text="An invocation between two others throws; freeze, thaw, invoke, stop.",
        sequence=steps.failing_invocation,
        invocations=3,
        needs_function=True,
    ),
    Scenario(
        name="invocation-outlasts-its-timeout",
        text="An invocation takes half a second longer than the function's timeout; freeze, thaw, invoke, stop.",
        sequence=steps.invocation_outlasts_its_timeout,
        function_timeout_s=SHORT_TIMEOUT_S,
        needs_function=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="caller-hangs-up",
        text="A caller hangs up in the middle of its invocation; freeze, thaw, invoke, stop.",
        sequence=steps.caller_hangs_up,
        plan=_SLEEPY_HOOKS,
        needs_function=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="stop-that-lingers",
        text="Two invocations, then the stop, which comes 0.4 s after PreStop has been answered.",
        sequence=steps.stop_that_lingers,
        plan=_SLEEPY_HOOKS,
        needs_function=True,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="another-method",
        text="One invocation, HEAD to the path of PreStop, which no platform would send; then the stop.",
        sequence=steps.another_method,
        invocations=1,
        needs_function=True,
        wires=(Wire.HTTP,),
    ),
    Scenario(
        name="hooks-throw",
        text="Both hooks throw the language's ordinary error.",
        sequence=steps.one_freeze,
        plan=_both(fail="throw"),
        needs_function=True,
    ),
    Scenario(
        name="hooks-never-end",
        text="Both hooks never come back; their timeout is one second.",
        sequence=steps.one_freeze,
        plan=_both(fail="hang"),
        timeout_s=SHORT_TIMEOUT_S,
        requests_at_once=2,
        needs_function=True,
    ),
    Scenario(
        name="hooks-outlast-their-timeout",
        text="Both hooks take half a second longer than their timeout of one second.",
        sequence=steps.one_freeze,
        plan=_both(sleep_ms=SHORT_TIMEOUT_S * 1000 + 500),
        timeout_s=SHORT_TIMEOUT_S,
        needs_function=True,
    ),
    Scenario(
        name="hooks-flood-the-log",
        text="Both hooks write 10 MB to the log.",
        sequence=steps.one_freeze,
        plan=_both(log_bytes=FLOOD_BYTES),
        needs_function=True,
    ),
    Scenario(
        name="hooks-are-missing",
        text="Both hooks are configured with a handler that the function does not have.",
        sequence=steps.one_freeze,
        handlers="missing",
        needs_function=True,
    ),
    Scenario(
        name="hooks-have-a-wrong-signature",
        text="Both hooks are declared as an invocation handler is, with an event.",
        sequence=steps.one_freeze,
        handlers="wrong_signature",
        needs_function=True,
    ),
    Scenario(
        name="hooks-call-back-an-error",
        text="Both hooks pass an error to their callback.",
        sequence=steps.one_freeze,
        plan=_both(fail="callback-error"),
        hook_results=(HookResult.CALLBACK,),
        needs_function=True,
    ),
    Scenario(
        name="hooks-call-back-twice",
        text="Both hooks call their callback twice.",
        sequence=steps.one_freeze,
        plan=_both(fail="callback-twice"),
        hook_results=(HookResult.CALLBACK,),
        needs_function=True,
    ),
    Scenario(
        name="hooks-reject",
        text="Both hooks return a promise that is rejected.",
        sequence=steps.one_freeze,
        plan=_both(fail="reject"),
        hook_results=(HookResult.CALLBACK,),
        needs_function=True,
    ),
    Scenario(
        name="hooks-close-the-connection",
        text="Both hooks close the connection without an answer.",
        sequence=steps.one_freeze,
        plan=_both(fail="close-connection"),
        hook_results=(HookResult.RESPONSE,),
        needs_function=True,
    ),
    Scenario(
        name="pre-freeze-ends-the-process",
        text="PreFreeze ends the process.",
        sequence=steps.freeze_only,
        plan={"pre-freeze": {"fail": "exit"}},
        needs_function=True,
    ),
    Scenario(
        name="pre-stop-ends-the-process",
        text="PreStop ends the process.",
        sequence=steps.stop_only,
        plan={"pre-stop": {"fail": "exit"}},
        needs_function=True,
    ),
    # Configuration
    Scenario(
        name="created-in-the-console",
        text="A creation in the console that names both hooks, one that names none; invoke, freeze, stop.",
        sequence=steps.created_in_the_console,
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="updated-in-the-console",
        text="A function is created in the console without hooks and updated with both; invoke, freeze, stop.",
        sequence=steps.updated_in_the_console,
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="created-with-the-sdk",
        text="A function is created with both hooks over the SDK; invoke, freeze, stop.",
        sequence=steps.created_with_the_sdk,
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="pre-freeze-set-to-nothing",
        text="An update sets the handler of PreFreeze to the empty text, with a timeout, and keeps PreStop.",
        sequence=steps.updated_with(pre_freeze="", pre_stop="own"),
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="pre-stop-set-to-nothing",
        text="An update sets the handler of PreStop to the empty text, with a timeout, and leaves PreFreeze out.",
        sequence=steps.updated_with(pre_stop=""),
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="pre-stop-left-out",
        text="An update names PreFreeze only; PreStop was set before.",
        sequence=steps.updated_with(pre_freeze="own"),
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="mistaken-update",
        text="Updates with translated and misspelt keys, and with a blank handler, after both hooks were set.",
        sequence=steps.mistaken_update,
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    Scenario(
        name="malformed-handler",
        text="An update with handlers that name no file, after both hooks were set.",
        sequence=steps.malformed_handler,
        configured=(),
        invocations=1,
        wires=_WITH_SERVER,
    ),
    # Profiles with an initializer
    Scenario(
        name="initializer",
        text="As two-freezes, with the initializer configured beside both hooks.",
        sequence=steps.two_freezes,
        plan=_SLEEPY_HOOKS,
        configured=(Call.INITIALIZE, *HOOKS),
        wires=_WITH_SERVER,
    ),
    # A vendor library that is too old for hooks
    Scenario(
        name="uninvited-hooks",
        text="Requests for both hooks that no platform would send, to a runtime without any.",
        sequence=steps.uninvited_hooks,
        wires=(Wire.HTTP,),
    ),
    # Time and metering
    Scenario(
        name="slow-pre-freeze",
        text="PreFreeze takes far longer than the invocations around it; one of them thaws the instance.",
        sequence=steps.slow_pre_freeze,
        plan=_both(sleep_ms=SLOW_HOOK_MS),
        needs_function=True,
    ),
)
"""All scenarios, by the order in which the report shows them."""

BEGIN = Scenario(
    name="begin-otherwise",
    text="A start by the other way to speak to an instance, for one that did not get ready by its own.",
    sequence=steps.begin,
    from_outside=True,
    wires=_WITH_SERVER,
)
"""Judged by no check: the probe looks whether the instance asks for its calls in another way."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
