"""The broken runtimes once more as black boxes: as an image is judged that nobody has put our function into.

A fault's image is what it was, the generated function with its records in it. But nothing reads those: not the
platform, not a check. What is left is what an author's own image shows: lines, what it sends out, the kernel's word,
the wire.

The function in the image is one function, the same in every drive (:data:`FUNCTION`), whatever a scenario plans; and
scenarios that are about a plan are not driven, as with any author's image.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from conformance.judging import checks
from conformance.judging.evidence import without_records
from conformance.scenarios.scenarios import BY_NAME, HOOK_SLEEP_MS
from conformance.tables.catalogue import why_not_applicable

if TYPE_CHECKING:
    from conformance.judging.suite import Suite
    from conformance.proof.faults import Fault
    from conformance.scenarios.scenarios import Scenario
    from conformance.tables.catalogue import Profile
    from fixtures.driver import Plan
    from fixtures.history.history import History
    from runtimes.subjects import Subject

FUNCTION: Plan = {
    hook: {"sleep_ms": HOOK_SLEEP_MS, "flush": True, "flush_spans": True} for hook in ("pre-freeze", "pre-stop")
}
"""What the function in every black box does: its hooks flush what it holds, and take a while over it, as those of an
author do who needs hooks. No hook fails, none hands back anything that could be told again."""


def as_black_box(subject: Subject) -> Subject:
    """The same image, of which nobody is told that the generated function is in it."""
    return replace(subject, keeps_records=False)


def as_black_boxed(fault: Fault) -> Fault:
    """The same fault, on a black box."""
    return replace(fault, subject=as_black_box(fault.subject))


def script(scenario: Scenario) -> Scenario:
    """The same sequence with the one function that is in every black box."""
    return replace(scenario, plan=FUNCTION)


def from_outside(history: History) -> History:
    """The History as it is of an image of which nobody knows what its function does or reads what that records."""
    return msgspec.structs.replace(without_records(history), plan={})


def scenarios_of(subject: Subject, suite: Suite, requirement: str = "") -> tuple[str, ...]:
    """The scenarios that a black box is driven through.

    Those in which ``requirement`` is judged come first, then those in which most is. Left out are those that its image
    is known to have nothing for: where no spans can come, none are waited for.
    """
    judged, whole = suite.cases[subject.name], replace(subject, keeps_records=True)
    own = suite.scenarios(subject.name, requirement) if requirement else ()
    drivable = [name for name in judged if suite.script(subject, name).why_not_drivable(whole) is None]
    return tuple(sorted(drivable, key=lambda name: (name not in own, -len(judged[name]))))


def why_not_judged(fault: Fault, profile: Profile) -> str:
    """Why the requirement that ``fault`` breaks is judged in no scenario of its black box; empty where it is."""
    checks.import_all()
    black, whole = as_black_box(fault.subject), replace(fault.subject, keeps_records=True)
    reason = why_not_applicable(fault.requirement, black, profile)
    if reason is not None:
        return reason
    on = [
        BY_NAME[name] for one in checks.REGISTRY.values() if one.requirement == fault.requirement.id for name in one.on
    ]
    drivable = [scenario for scenario in on if scenario.why_not_drivable(whole) is None]
    # What keeps the whole image from a scenario is no matter of what is known of it.
    obstacles = [scenario.why_not_drivable(black) for scenario in drivable] or [on[0].why_not_drivable(whole)]
    return "" if None in obstacles else obstacles[0] or ""
