"""From the verdicts on one fault to what became of it. Pure.

    killed_by_own     the check of the requirement that the fault breaks says FAIL
    killed_by_other   only checks of other requirements say FAIL
    survived          no check says FAIL, although the fault was in force
    not_started       the wrong thing was never done: the broken runtime did not come up, or its fault was not taken

Only what was seen in a drive with the fault in force counts. A verdict that is red without having seen the requirement
broken (NOT_TESTABLE, INCONCLUSIVE) kills nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from conformance.judging.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.judging.verdict import Judgement
    from conformance.proof.faults import Fault

KEPT_MESSAGE = 600
"""Characters of a red verdict's message that the kill matrix keeps."""


class Status(StrEnum):
    """What became of a fault."""

    KILLED_BY_OWN = "killed_by_own"
    KILLED_BY_OTHER = "killed_by_other"
    SURVIVED = "survived"
    NOT_STARTED = "not_started"


class Red(msgspec.Struct, frozen=True, kw_only=True):
    """A red verdict on a fault."""

    requirement: str
    scenario: str
    verdict: Verdict
    message: str

    @classmethod
    def of(cls, judgement: Judgement) -> Red:
        return cls(
            requirement=judgement.requirement,
            scenario=judgement.scenario,
            verdict=judgement.verdict,
            message=judgement.message[:KEPT_MESSAGE],
        )


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one drive of a fault, or of a reference, showed.

    ``in_force``: the broken part said that it did the wrong thing; ``ready``: the instance got ready for its first
    call; ``trouble``: why the drive ended early, or why there was none; ``spoilt``: the harness or the engine is to
    blame for that, so that the drive says nothing.
    """

    scenario: str
    judgements: tuple[Judgement, ...] = ()
    in_force: bool = False
    ready: bool = False
    trouble: str = ""
    spoilt: bool = False
    seconds: float = 0.0


class Kill(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one fault.

    ``reason``: why it was not started; ``spoilt``: what the harness or the engine spoilt, drive by drive;
    ``seconds``: the sum of its drives.
    """

    fault: str
    requirement: str
    level: str
    broken: str
    runtime: str
    wire: str
    text: str
    status: Status
    reason: str
    spoilt: tuple[str, ...]
    red: tuple[Red, ...]
    scenarios: tuple[str, ...]
    seconds: float

    @property
    def other_red(self) -> tuple[str, ...]:
        """The other requirements that are red on this fault, each once."""
        return tuple(dict.fromkeys(one.requirement for one in self.red if one.requirement != self.requirement))


def reds(sights: Iterable[Sight]) -> tuple[Red, ...]:
    """The red verdicts of some drives, in their order."""
    return tuple(Red.of(one) for sight in sights for one in sight.judgements if one.verdict.red)


def status_of(requirement: str, sights: Sequence[Sight]) -> Status:
    """What became of a fault that breaks ``requirement`` and was driven with these results."""
    in_force = [sight for sight in sights if sight.in_force]
    if not in_force:
        return Status.NOT_STARTED
    failed = {one.requirement for one in reds(in_force) if one.verdict is Verdict.FAIL}
    if requirement in failed:
        return Status.KILLED_BY_OWN
    return Status.KILLED_BY_OTHER if failed else Status.SURVIVED


def kill_of(fault: Fault, sights: Sequence[Sight]) -> Kill:
    """The line of the kill matrix of a fault that was driven with these results."""
    status = status_of(fault.requirement.id, sights)
    return Kill(
        fault=fault.id,
        requirement=fault.requirement.id,
        level=fault.requirement.level,
        broken=fault.broken,
        runtime=fault.subject.name,
        wire=fault.subject.wire,
        text=fault.text,
        status=status,
        reason=_why_not_started(sights) if status is Status.NOT_STARTED else "",
        spoilt=tuple(f"{sight.scenario}: {sight.trouble}" for sight in sights if sight.spoilt),
        red=reds(sights),
        scenarios=tuple(sight.scenario for sight in sights),
        seconds=round(sum(sight.seconds for sight in sights), 2),
    )


def _why_not_started(sights: Sequence[Sight]) -> str:
    trouble = next((f": {sight.trouble}" for sight in sights if sight.trouble), "")
    if not any(sight.ready for sight in sights):
        return f"no instance got ready{trouble}"
    return f"the wrong thing was not done in any of {len(sights)} drives{trouble}"
