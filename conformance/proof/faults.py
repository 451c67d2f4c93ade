"""The faults: broken runtimes and broken platforms as one list, each with the requirement that it breaks.

A fault is worth something only if it can be killed: its requirement is in the catalogue, can fail, and is judged on the
subject that the fault is made of. Everything else is said here and now, not by a fault that nothing ever notices.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.tables.catalogue import Level, why_not_applicable
from fixtures.history.events import FaultTaken, LogLine
from fixtures.platform.faults.registry import PlatformFault, platform_faults
from runtimes.faults import FaultError, RuntimeFault, discover_faults
from runtimes.render import IN_FORCE
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.tables.catalogue import Catalogue, Profile, Requirement
    from fixtures.history.history import History
    from fixtures.platform.parts import Breaking


class Broken(StrEnum):
    """What is broken."""

    RUNTIME = "runtime"
    PLATFORM = "platform"


@dataclass(frozen=True)
class Fault:
    """One fault. ``subject``: what is driven, with the overlay of a broken runtime; ``breaking``: a broken platform."""

    id: str
    requirement: Requirement
    text: str
    broken: Broken
    subject: Subject
    breaking: Breaking | None = None

    def in_force(self, history: History) -> bool:
        """Whether the History shows that the wrong thing was really done: by the broken part's own word."""
        if self.broken is Broken.PLATFORM:
            return any(isinstance(event, FaultTaken) for event in history.events)
        return any(isinstance(event, LogLine) and event.text == IN_FORCE + self.id for event in history.events)


def all_faults(
    catalogue: Catalogue,
    profile: Profile,
    *,
    runtimes: Iterable[RuntimeFault] | None = None,
    platforms: Iterable[PlatformFault] | None = None,
) -> tuple[Fault, ...]:
    """Every fault, broken platforms first, each group by name. ``runtimes``, ``platforms``: others than the shipped.

    Raises:
        FaultError: a fault cannot be killed; the text says why.
        CatalogueError: a fault names a requirement that is not in the catalogue.
    """
    subjects = {one.name: one for one in discover() if isinstance(one, Subject)}
    found: list[Fault] = []
    for broken in platforms if platforms is not None else platform_faults():
        if broken.subject not in subjects:
            raise FaultError(f"{broken.id}: there is no runtime {broken.subject}; there are {', '.join(subjects)}")
        requirement = catalogue.requirement(broken.requirement)
        subject = subjects[broken.subject]
        found.append(Fault(broken.id, requirement, broken.text, Broken.PLATFORM, subject, broken.breaking))
    for overlaid in runtimes if runtimes is not None else discover_faults():
        requirement = catalogue.requirement(overlaid.requirement)
        found.append(Fault(overlaid.id, requirement, overlaid.text, Broken.RUNTIME, overlaid.subject))
    for fault in found:
        _demand_that_it_can_be_killed(fault, profile)
    return tuple(found)


def _demand_that_it_can_be_killed(fault: Fault, profile: Profile) -> None:
    if not fault.text:
        raise FaultError(f"{fault.id}: does not say what goes wrong")
    if fault.requirement.level is Level.NOTE:
        raise FaultError(f"{fault.id}: a NOTE cannot fail, so nothing can break it")
    reason = why_not_applicable(fault.requirement, fault.subject, profile)
    if reason is not None:
        raise FaultError(f"{fault.id}: the requirement is not judged on {fault.subject.name}: {reason}")


SAMPLE: tuple[str, ...] = (
    "platform/configuration.left-out-pre-freeze-is-kept",
    "platform/freeze.nothing-runs~too-early-sure",
    "platform/hooks.each-on-its-own-request",
    "platform/hooks.get-on-their-own-paths~post",
    "platform/metering.one-millisecond",
    "platform/pre-freeze.runs-before-every-freeze~skips-the-second-freeze",
    "platform/unsupported.pre-freeze-cannot-be-configured",
    "csharp/unsupported.pre-freeze-never-runs",
    "custom/hooks.each-on-its-own-request~swapped",
    "custom-container/pre-freeze.once-per-freeze~once-per-request",
    "custom-container-noweb/unsupported.no-web-server-no-hook",
    "go/pre-freeze.finished-before-the-freeze",
    "go/pre-stop.runs-once",
    "java/hooks.each-on-its-own-request~swapped",
    "java-core-1-3/unsupported.java-core-below-1-4",
    "nodejs/pre-freeze.finished-before-the-freeze",
    "nodejs/results.never-in-a-response",
    "php/hooks.each-on-its-own-request~runs-the-invocation-handler",
    "python/pre-stop.no-event",
    "python/state.pre-stop-shares-it",
)
"""The faults that continuous integration runs: every runtime, both wires and the platform, in a minute or two."""


def unbroken(catalogue: Catalogue, faults: Iterable[Fault]) -> tuple[Requirement, ...]:
    """The requirements that no fault breaks, but for those that cannot fail."""
    broken = {fault.requirement.id for fault in faults}
    return tuple(one for one in catalogue.requirements if one.level is not Level.NOTE and one.id not in broken)
