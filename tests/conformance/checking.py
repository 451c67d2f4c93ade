"""Runs the registered checks on Histories, as a run of the harness would choose them."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.judging import checks
from conformance.judging.expect import NotTestable, Observation, Outcome, Violation
from conformance.scenarios.sequences import EVERY_SEQUENCE
from conformance.tables.catalogue import Level, load
from tests.conformance.builders import PROFILE, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.history.history import History
    from runtimes.subjects import Subject

checks.import_all()
CATALOGUE = load()
REGISTERED = dict(checks.REGISTRY)
WRITTEN = {name: registered for name, registered in REGISTERED.items() if registered.on != (EVERY_SEQUENCE,)}
"""The checks that judge scenarios. Those on sequences that nobody wrote have their own tests, in tests/sequences."""
NOTES = {name for name, one in WRITTEN.items() if CATALOGUE.requirement(one.requirement).level is Level.NOTE}
"""The checks that cannot fail: they raise an Observation."""


def _functions() -> dict[str, Callable[[History], None]]:
    folder = Path(checks.__file__).resolve().parents[1]
    modules = [importlib.import_module(f"conformance.{path.stem}") for path in folder.glob("test_*.py")]
    return {name: getattr(module, name) for module in modules for name in vars(module) if name in REGISTERED}


FUNCTIONS = _functions()


def judged_by(name: str, of: Subject) -> list[str]:
    """The scenarios on which a check judges a subject of the tests."""
    registered = REGISTERED[name]
    requirement = CATALOGUE.requirement(registered.requirement)
    found = checks.cases(requirement, registered.on, [of], PROFILE)
    return [case.scenario for case in found if not case.not_applicable]


CASES = [(name, of, scenario) for name in sorted(WRITTEN) for of in SUBJECTS for scenario in judged_by(name, of)]
"""Every (check, subject of the tests, scenario) that a run would judge."""


def outcome(name: str, history: History) -> Outcome | None:
    """What a check raises on ``history``; None when it passes. Anything else than an Outcome is its own fault."""
    try:
        FUNCTIONS[name](history)
    except (Violation, NotTestable, Observation) as raised:
        return raised
    return None


def not_passed(history: History, of: Subject, scenario: str) -> dict[str, Outcome]:
    """By requirement, why the checks that judge this subject on this scenario do not pass. An Observation passes."""
    found: dict[str, Outcome] = {}
    for name, judged, on in CASES:
        if judged is of and on == scenario:
            raised = outcome(name, history)
            if isinstance(raised, Violation | NotTestable):
                found[REGISTERED[name].requirement] = raised
    return found
