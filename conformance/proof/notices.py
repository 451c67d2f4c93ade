"""From the verdicts on one broken runtime as a black box to whether it was noticed, and if not, why. Pure.

It is noticed where a check says FAIL in a drive with the fault in force, and the unbroken reference has no FAIL of the
same requirement. A reason is derived from what was driven and judged, and is never empty.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from conformance.judging.verdict import Verdict
from conformance.proof.kills import KEPT_MESSAGE
from conformance.scenarios.scenarios import BY_NAME
from conformance.tables.rungs import Rung

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.judging.verdict import Judgement
    from conformance.proof.faults import Fault
    from conformance.proof.kills import Sight


class Why(StrEnum):
    """Why a broken runtime was not noticed."""

    NOT_DRIVEN = "not_driven"
    SPOILT = "spoilt"
    NOT_STARTED = "not_started"
    NOT_IN_FORCE = "not_in_force"
    LIKE_THE_REFERENCE = "like_the_reference"
    NEEDS_RECORDS = "needs_records"
    NOT_IN_FORCE_WHERE_JUDGED = "not_in_force_where_judged"
    SEEN_TO_HOLD = "seen_to_hold"
    NO_WITNESS = "no_witness"


MEANING = {
    Why.NOT_DRIVEN: "it cannot be driven without records",
    Why.SPOILT: "the harness or the engine spoilt its drives",
    Why.NOT_STARTED: "no instance got ready, and no check says that this is wrong",
    Why.NOT_IN_FORCE: "the wrong thing was done in no drive",
    Why.LIKE_THE_REFERENCE: "the unbroken reference fails the same requirement",
    Why.NEEDS_RECORDS: "the wrong thing was done, but what it breaks is judged by records only",
    Why.NOT_IN_FORCE_WHERE_JUDGED: "the wrong thing was done, but in no scenario in which what it breaks is judged",
    Why.SEEN_TO_HOLD: "its own check passes on the evidence that is there without records",
    Why.NO_WITNESS: "its own check was asked and found nobody who could have seen it",
}


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A FAIL on a black box. ``rung``: the evidence that it stands on; ``planned``: the scenario is about a plan."""

    requirement: str
    scenario: str
    planned: bool
    rung: str
    message: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One broken runtime as a black box.

    ``notices``: the FAILs by which it was noticed, of its own requirement first; ``why`` and ``reason``: why it was
    not, both empty where it was; ``in_force``: in how many of the ``scenarios`` the wrong thing was done; ``spoilt``:
    what the harness or the engine spoilt; ``seconds``: the sum of its drives.
    """

    fault: str
    requirement: str
    level: str
    runtime: str
    wire: str
    text: str
    notices: tuple[Notice, ...]
    why: str
    reason: str
    in_force: int
    scenarios: tuple[str, ...]
    spoilt: tuple[str, ...]
    seconds: float

    @property
    def noticed(self) -> bool:
        return bool(self.notices)

    @property
    def by_own(self) -> bool:
        """Whether the check of the requirement that it breaks is among those that noticed it."""
        return any(one.requirement == self.requirement for one in self.notices)

    @property
    def without_a_plan(self) -> bool:
        """Whether it was noticed in a scenario that any author's image is driven through."""
        return any(not one.planned for one in self.notices)

    @property
    def rung(self) -> str:
        """The evidence that the first of its notices stands on; empty where it was not noticed."""
        return self.notices[0].rung if self.notices else ""

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements by which it was noticed, each once."""
        return tuple(dict.fromkeys(one.requirement for one in self.notices))


def is_planned(scenario: str) -> bool:
    """Whether a scenario is about what the function is planned to do."""
    return scenario in BY_NAME and BY_NAME[scenario].needs_function


def fails(sights: Iterable[Sight]) -> tuple[Judgement, ...]:
    """What was seen not to hold in some drives."""
    return tuple(one for sight in sights for one in sight.judgements if one.verdict is Verdict.FAIL)


def noticed(sights: Iterable[Sight], requirement: str = "") -> bool:
    """Whether a drive with the fault in force has a FAIL, of ``requirement`` where one is named."""
    failed = fails(sight for sight in sights if sight.in_force)
    return any(not requirement or one.requirement == requirement for one in failed)


def look(fault: Fault, sights: Sequence[Sight], *, of_reference: Iterable[str], not_judged: str) -> Look:
    """What the drives of a fault's black box showed.

    ``of_reference``: the requirements that the unbroken reference fails; ``not_judged``: why the fault's requirement is
    judged in no scenario of its black box, empty where it is.
    """
    ignored, own = frozenset(of_reference), fault.requirement.id
    in_force = [sight for sight in sights if sight.in_force]
    notices = [
        Notice(
            requirement=one.requirement,
            scenario=one.scenario,
            planned=is_planned(one.scenario),
            rung=one.rung,
            message=one.message[:KEPT_MESSAGE],
        )
        for one in fails(in_force)
        if one.requirement not in ignored
    ]
    notices.sort(key=lambda one: one.requirement != own)
    why, detail = (None, "") if notices else _why(own, sights, not_judged)
    return Look(
        fault=fault.id,
        requirement=own,
        level=fault.requirement.level,
        runtime=fault.subject.name,
        wire=fault.subject.wire,
        text=fault.text,
        notices=tuple(notices),
        why=why.value if why is not None else "",
        reason=f"{MEANING[why]}{f': {detail}' if detail else ''}"[:KEPT_MESSAGE] if why is not None else "",
        in_force=len(in_force),
        scenarios=tuple(sight.scenario for sight in sights),
        spoilt=tuple(f"{sight.scenario}: {sight.trouble}" for sight in sights if sight.spoilt),
        seconds=round(sum(sight.seconds for sight in sights), 2),
    )


def _why(own: str, sights: Sequence[Sight], not_judged: str) -> tuple[Why, str]:
    """Why nothing noticed it, the first thing that explains it; and the detail that the drives give."""
    in_force = [sight for sight in sights if sight.in_force]
    spoilt = [sight for sight in sights if sight.spoilt]
    trouble = next((sight.trouble for sight in sights if sight.trouble), "")
    if spoilt:
        return Why.SPOILT, f"{spoilt[0].scenario}: {spoilt[0].trouble}"
    if not sights:
        return Why.NOT_DRIVEN, not_judged
    if not in_force and not any(sight.ready for sight in sights):
        return Why.NOT_STARTED, trouble
    if not in_force:
        return Why.NOT_IN_FORCE, not_judged or f"{len(sights)} drives"
    if fails(in_force):
        return Why.LIKE_THE_REFERENCE, ", ".join(sorted({one.requirement for one in fails(in_force)}))
    if not_judged:
        return Why.NEEDS_RECORDS, not_judged
    judged = [one for sight in in_force for one in sight.judgements if one.requirement == own]
    if not judged:
        return Why.NOT_IN_FORCE_WHERE_JUDGED, f"done in {', '.join(sight.scenario for sight in in_force)}"
    passed = [one for one in judged if one.verdict is Verdict.PASS]
    if passed:
        rung = max((Rung(one.rung) for one in passed if one.rung), key=lambda one: one.height, default=None)
        by = f" by {rung}" if rung is not None else ""
        return Why.SEEN_TO_HOLD, f"judged{by} in {', '.join(one.scenario for one in passed)}"
    return Why.NO_WITNESS, judged[0].message
