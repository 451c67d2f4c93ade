"""How a check says which requirement it judges, and on which scenarios. Everything else follows from the catalogue."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from conformance.judging.verdict import Judgement, Verdict
from conformance.scenarios.scenarios import BY_NAME
from conformance.scenarios.sequences import A_SEQUENCE, EVERY_SEQUENCE, Sequences
from conformance.tables.catalogue import why_not_applicable
from runtimes.subjects import BrokenRuntime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.tables.catalogue import Catalogue, Profile, Requirement
    from fixtures.history.history import History
    from runtimes.subjects import Subject

Check = TypeVar("Check", bound="Callable[[History], None]")


@dataclass(frozen=True)
class Registered:
    """A check by the name of its function: what it judges, and on which scenarios."""

    requirement: str
    on: tuple[str, ...]


REGISTRY: dict[str, Registered] = {}
"""Every check that was imported, by its function's name."""
FUNCTIONS: dict[str, Callable[[History], None]] = {}
"""The same checks as what can be called with a History."""


def judges(requirement: str, *, on: Sequence[str]) -> Callable[[Check], Check]:
    """Mark a check: it judges ``requirement`` on Histories of the scenarios ``on``.

    Raises:
        KeyError: a scenario is not known; the text says which.
    """
    for name in on:
        if name not in BY_NAME and name != EVERY_SEQUENCE:
            raise KeyError(f"no scenario is called {name!r}; see conformance/scenarios/scenarios.py")

    def register(check: Check) -> Check:
        REGISTRY[check.__name__] = Registered(requirement, tuple(on))
        FUNCTIONS[check.__name__] = check
        marked: Check = pytest.mark.judges(requirement=requirement, on=tuple(on))(check)
        return marked

    return register


def import_all() -> None:
    """Import every module of checks, so that :data:`REGISTRY` is whole."""
    for path in sorted(Path(__file__).resolve().parents[1].glob("test_*.py")):
        importlib.import_module(f"conformance.{path.stem}")


@dataclass(frozen=True)
class Case:
    """One item of a run: a requirement, a subject, and the scenario to drive, or the reason why there is none."""

    requirement: Requirement
    subject: Subject | BrokenRuntime
    scenario: str = ""
    not_applicable: str = ""

    @property
    def id(self) -> str:
        """The item's part in a node id; the scheduler groups by it."""
        return f"{self.subject.name}-{self.scenario}" if self.scenario else self.subject.name


def cases(
    requirement: Requirement,
    on: Sequence[str],
    subjects: Sequence[Subject | BrokenRuntime],
    profile: Profile,
    sequences: Sequences | None = None,
) -> list[Case]:
    """The items of one check: for each subject every scenario that it can be driven through, or one with the reason.

    ``sequences``: what :data:`~conformance.scenarios.sequences.EVERY_SEQUENCE` stands for; the default run's when None.

    Raises:
        SequenceError: the sequences cannot be had.
    """
    sequences = sequences or Sequences()
    found: list[Case] = []
    for subject in subjects:
        if isinstance(subject, BrokenRuntime):
            found.append(Case(requirement, subject, scenario=on[0]))
            continue
        reason = why_not_applicable(requirement, subject, profile)
        if reason is not None:
            found.append(Case(requirement, subject, not_applicable=reason))
            continue
        obstacles = {name: BY_NAME[name].why_not_drivable(subject) for name in on if name != EVERY_SEQUENCE}
        drivable = [name for name, obstacle in obstacles.items() if obstacle is None]
        if EVERY_SEQUENCE in on:
            drivable.extend(sequences.names(subject, profile))
            obstacles[EVERY_SEQUENCE] = sequences.why_none(subject)
        if drivable:
            found.extend(Case(requirement, subject, scenario=name) for name in drivable)
        else:
            found.append(Case(requirement, subject, not_applicable=next(filter(None, obstacles.values()))))
    return found


def lost(nodeid: str, catalogue: Catalogue, why: str) -> Judgement | None:
    """The Judgement of an item that sent none: all that is known of it is its node id. None if it is no check."""
    import_all()
    path, _, parameters = nodeid.partition("[")
    check = REGISTRY.get(path.rsplit("::", 1)[-1])
    if check is None:
        return None
    requirement = catalogue.requirement(check.requirement)
    group = parameters.rstrip("]")
    scenario = next((name for name in check.on if group.endswith(f"-{name}")), "")
    if EVERY_SEQUENCE in check.on:
        scenario = next(iter(A_SEQUENCE.findall(group)), "")
    return Judgement(
        requirement=requirement.id,
        level=requirement.level,
        family=requirement.family,
        runtime=group.removesuffix(f"-{scenario}") if scenario else group,
        scenario=scenario,
        verdict=Verdict.INCONCLUSIVE,
        message=why,
        nodeid=nodeid,
    )


def not_reached(
    collected: Iterable[str], judged: Iterable[Judgement], catalogue: Catalogue, why: str
) -> list[Judgement]:
    """What a run that was broken off says of the checks it did not come to: that nothing can be said.

    A check that does not apply to its runtime has no scenario in its node id, and nothing of it is missing.
    """
    done = {judgement.nodeid for judgement in judged}
    missing = (lost(nodeid, catalogue, why) for nodeid in collected if nodeid not in done)
    return [judgement for judgement in missing if judgement is not None and judgement.scenario]
