"""The broken runtimes once more as black boxes: as an image is judged that nobody has put our function into.

A fault's image is what it was, the generated function with its records in it. But nothing reads those: not the
platform, not a check. What is left is what an author's own image shows: lines, what it sends out, the kernel's word,
the wire.

First the function in the image is one function, the same in every drive (:data:`FUNCTION`), whatever a scenario plans;
and scenarios that are about a plan are not driven, as with any author's image. What is not noticed then is driven once
more through the scenarios of its requirement that are about a plan: there the function is one that does just that, its
hooks throw or its invocations fail, and of this too no more is known than what is seen from outside.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from conformance.judging.evidence import without_records
from conformance.judging.suite import Suite
from conformance.scenarios.scenarios import BY_NAME, HOOK_SLEEP_MS
from conformance.tables.catalogue import why_not_applicable
from runtimes.definition import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.judging.verdict import Judgement
    from conformance.proof.faults import Fault
    from conformance.scenarios.scenarios import Scenario
    from conformance.tables.catalogue import Catalogue, Profile
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
    """The same sequence with the one function that is in every black box, or with one that is as the scenario needs."""
    return scenario if scenario.needs_function else replace(scenario, plan=FUNCTION)


def with_its_function(subject: Subject, scenario: Scenario) -> Subject:
    """The subject with the function of ``scenario`` in its own image: the platform sends a black box no plan."""
    environment = {**subject.table.environment, "FUNCTION_PLAN": json.dumps(scenario.plan)}
    return replace(subject, table=msgspec.structs.replace(subject.table, environment=environment))


def from_outside(history: History) -> History:
    """The History as it is of an image of which nobody knows what its function does or reads what that records."""
    return msgspec.structs.replace(without_records(history), plan={})


@dataclass(frozen=True)
class Suites:
    """The suite for black boxes, and the suite for the same images with all that is known of them."""

    black: Suite
    whole: Suite

    @classmethod
    def of(
        cls, subjects: Sequence[Subject], catalogue: Catalogue, profile: Profile, *, pools: str | None = None
    ) -> Suites:
        """Both suites for some subjects, whatever is known of these; ``pools`` as in :meth:`Suite.of`.

        Raises:
            CatalogueError: a check names a requirement that is not in the catalogue.
            SequenceError: the generated sequences cannot be had.
        """
        known = [replace(one, keeps_records=True) for one in subjects]
        black = list(map(as_black_box, known))
        return cls(
            Suite.of(black, catalogue, profile, pools=pools),
            Suite.of(known, catalogue, profile, pools=pools),
        )

    @property
    def profile(self) -> Profile:
        return self.black.profile

    def judge(self, history: History) -> tuple[Judgement, ...]:
        """The verdicts on a black box: on less than records, whatever scenario it is."""
        assert not history.keeps_records
        planned = history.scenario not in self.black.cases[history.subject]
        return (self.whole if planned else self.black).judge(history)

    def scenarios(self, subject: Subject, requirement: str = "") -> tuple[str, ...]:
        """The scenarios without a plan that a black box is driven through.

        Those in which ``requirement`` is judged come first, then those in which most is. Left out are those that its
        image is known to have nothing for: where no spans can come, none are waited for.
        """
        judged, known = self.black.cases[subject.name], self.whole.cases[subject.name]
        own = self.own(subject, requirement) if requirement else ()
        return tuple(
            sorted((name for name in judged if name in known), key=lambda name: (name not in own, -len(judged[name])))
        )

    def own(self, subject: Subject, requirement: str) -> tuple[str, ...]:
        """Those of the scenarios without a plan in which a requirement is judged."""
        return self.black.scenarios(subject.name, requirement)

    def planned(self, subject: Subject, requirement: str) -> tuple[str, ...]:
        """The scenarios about a plan in which a requirement is judged.

        None without a web server: there the function's own record is the answer to an invocation.
        """
        if subject.wire is Wire.NONE:
            return ()
        judged = self.whole.scenarios(subject.name, requirement)
        return tuple(name for name in judged if name in BY_NAME and BY_NAME[name].needs_function)


def why_not_judged(fault: Fault, suites: Suites) -> str:
    """Why the requirement that ``fault`` breaks is judged in no drive of its black box; empty where it is."""
    reason = why_not_applicable(fault.requirement, as_black_box(fault.subject), suites.profile)
    if reason is not None:
        return reason
    if {*suites.own(fault.subject, fault.requirement.id), *suites.planned(fault.subject, fault.requirement.id)}:
        return ""
    return f"{fault.subject.title}: the function's own record is the answer to an invocation, there is no other"
