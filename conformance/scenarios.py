"""The scenarios: short sequences that drive one instance. A scenario asserts nothing.

Each has a plan for the generated function, the hooks that its author configures, and what it needs of a subject
to be driven at all. Times are in milliseconds and only as long as a check needs them to tell two things apart: a
hook that sleeps makes a runtime visible that answers before the hook has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fixtures.history.events import HOOKS, Call
from fixtures.platform.configuration import Hook
from runtimes.definition import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fixtures.driver import Plan
    from fixtures.platform.platform import Platform
    from runtimes.subjects import Subject

HOOK_SLEEP_MS = 60
"""How long a planned hook takes: long against a request's way (1 ms), short against a user's patience."""
PRE_FREEZE_SENTINEL = "S3NT1NEL-pre-freeze-value"
PRE_STOP_SENTINEL = "S3NT1NEL-pre-stop-value"


@dataclass(frozen=True)
class Scenario:
    """One sequence. ``requests_at_once`` and ``invocations``: what the subject must be able to take."""

    name: str
    text: str
    sequence: Callable[[Platform], None]
    plan: Plan = field(default_factory=dict)
    configured: tuple[Call, ...] = HOOKS
    invocations: int = 2
    requests_at_once: int = 1
    wires: tuple[Wire, ...] = tuple(Wire)

    def hooks(self, subject: Subject) -> Sequence[Hook]:
        """The hooks that the function's author configures, with the subject's handlers."""
        handlers = {Call.PRE_FREEZE: subject.handlers.pre_freeze, Call.PRE_STOP: subject.handlers.pre_stop}
        return [Hook(call, handlers[call]) for call in self.configured]

    def play(self, platform: Platform) -> None:
        self.sequence(platform)

    def why_not_drivable(self, subject: Subject) -> str | None:
        """The reason why ``subject`` cannot be driven through this scenario, or None."""
        if subject.wire not in self.wires:
            return f"the scenario {self.name} needs another way to speak to an instance than {subject.title} has"
        if subject.wire is Wire.NONE and self.invocations > 1:
            return f"an instance of {subject.title} takes one invocation, {self.name} makes {self.invocations}"
        if self.requests_at_once > subject.concurrency:
            return (
                f"{subject.title} declares that it takes {subject.concurrency} request at a time, "
                f"the scenario {self.name} sends {self.requests_at_once} at once"
            )
        return None


_SLEEPY_HOOKS: Plan = {"pre-freeze": {"sleep_ms": HOOK_SLEEP_MS}, "pre-stop": {"sleep_ms": HOOK_SLEEP_MS}}


def _two_freezes(platform: Platform) -> None:
    platform.start()
    for _ in range(2):
        platform.invoke({"sleep_ms": 20})
        platform.freeze()
        platform.thaw()
    platform.stop()


def _overlapping_requests(platform: Platform) -> None:
    platform.start()
    platform.invoke_at_once({"sleep_ms": 60}, {"sleep_ms": 120}, {"sleep_ms": 180})
    platform.freeze()
    platform.thaw()
    platform.invoke_at_once({"sleep_ms": 90}, {"sleep_ms": 30})
    platform.freeze()
    platform.stop()


def _stop_without_freeze(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.invoke("an event that is plain text")
    platform.stop()


def _single_run(platform: Platform) -> None:
    platform.start({"sleep_ms": 40})
    platform.invoke({"sleep_ms": 40})
    platform.freeze()
    platform.thaw()
    platform.freeze()
    platform.stop()


def _uninvited_pre_freeze(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.send_uninvited(Call.PRE_FREEZE)
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="two-freezes",
        text="Invoke, freeze, thaw, twice; then stop. Both hooks take a while.",
        sequence=_two_freezes,
        plan=_SLEEPY_HOOKS,
    ),
    Scenario(
        name="overlapping-requests",
        text="Three requests at once, ending one after another; freeze, thaw, two at once, freeze, stop while frozen.",
        sequence=_overlapping_requests,
        plan=_SLEEPY_HOOKS,
        invocations=5,
        requests_at_once=3,
    ),
    Scenario(
        name="stop-without-freeze",
        text="Two invocations, then the stop; the instance is never frozen.",
        sequence=_stop_without_freeze,
        plan=_SLEEPY_HOOKS,
    ),
    Scenario(
        name="hooks-hand-back-a-sentinel",
        text="As two-freezes; both hooks hand a sentinel back, and where the author writes the answer, status 404.",
        sequence=_two_freezes,
        plan={
            "pre-freeze": {"result": PRE_FREEZE_SENTINEL, "status": 404},
            "pre-stop": {"result": PRE_STOP_SENTINEL, "status": 404},
        },
    ),
    Scenario(
        name="no-hook-configured",
        text="As two-freezes, with a function that defines both hooks and a configuration that names none.",
        sequence=_two_freezes,
        configured=(),
    ),
    Scenario(
        name="uninvited-pre-freeze",
        text="A hook request that no platform would send, to a runtime for which PreFreeze cannot be configured.",
        sequence=_uninvited_pre_freeze,
        wires=(Wire.HTTP,),
    ),
    Scenario(
        name="single-run",
        text="One invocation, freeze, thaw, freeze, stop while frozen.",
        sequence=_single_run,
        plan=_SLEEPY_HOOKS,
        invocations=1,
    ),
)
"""All scenarios, by the order in which the report shows them."""

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
