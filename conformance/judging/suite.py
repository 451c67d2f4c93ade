"""Every check that a History is judged by, without pytest: for those who drive instances of their own.

A run of the harness leaves this to pytest (``conftest.py``); what applies to whom is decided in the same place for
both, :func:`conformance.judging.checks.cases`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.judging import checks
from conformance.judging.judging import judge
from conformance.scenarios.scenarios import BY_NAME
from conformance.scenarios.sequences import Sequences, saved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.judging.checks import Case
    from conformance.judging.verdict import Judgement
    from conformance.scenarios.scenarios import Scenario
    from conformance.tables.catalogue import Catalogue, Profile
    from fixtures.history.history import History
    from runtimes.subjects import Subject


@dataclass(frozen=True)
class Suite:
    """The whole suite for some subjects. ``cases``: subject name -> scenario -> check's name -> what it judges."""

    cases: Mapping[str, Mapping[str, Mapping[str, Case]]]
    sequences: Sequences
    profile: Profile

    @classmethod
    def of(
        cls, subjects: Sequence[Subject], catalogue: Catalogue, profile: Profile, *, pools: str | None = None
    ) -> Suite:
        """The suite that a run with these subjects and no further options would be.

        ``pools``: what another process of the run has generated, :meth:`Sequences.to_text`; generated here where None.

        Raises:
            CatalogueError: a check names a requirement that is not in the catalogue.
            SequenceError: the generated sequences cannot be had.
        """
        checks.import_all()
        sequences = Sequences(files=saved())
        if pools is not None:
            sequences.take(pools)
        found: dict[str, dict[str, dict[str, Case]]] = {subject.name: {} for subject in subjects}
        for name, registered in checks.REGISTRY.items():
            requirement = catalogue.requirement(registered.requirement)
            for case in checks.cases(requirement, registered.on, subjects, profile, sequences):
                if not case.not_applicable:
                    found[case.subject.name].setdefault(case.scenario, {})[name] = case
        return cls(found, sequences, profile)

    def script(self, subject: Subject, scenario: str) -> Scenario:
        """What the scenario of that name does with a subject."""
        return BY_NAME.get(scenario) or self.sequences.scenario(scenario, subject, self.profile)

    def scenarios(self, subject: str, requirement: str = "") -> tuple[str, ...]:
        """The scenarios that a subject is driven through, or those of them on which one requirement is judged."""
        return tuple(
            scenario
            for scenario, judged in self.cases[subject].items()
            if not requirement or any(case.requirement.id == requirement for case in judged.values())
        )

    def judge(self, history: History) -> tuple[Judgement, ...]:
        """The verdicts of all checks of this History's subject and scenario."""
        today = datetime.datetime.now(datetime.UTC).date()
        found: list[Judgement] = []
        for name, case in self.cases[history.subject][history.scenario].items():
            error: BaseException | None = None
            try:
                checks.FUNCTIONS[name](history)
            except Exception as raised:  # noqa: BLE001 - which kind it is says what the verdict is
                error = raised
            nodeid = f"{name}[{case.id}]"
            found.append(judge(case, nodeid=nodeid, history=history, error=error, declared=(), today=today))
        return tuple(found)
