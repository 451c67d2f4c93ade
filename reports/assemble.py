"""Puts a run's verdicts together with what they are about. The last step before a Report is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.tables.catalogue import CatalogueError, load_profiles
from conformance.tables.profile_differences import differences
from fixtures.history.history import ImageFacts
from reports.report import Report, RunFacts, RuntimeFacts, requirement_facts, runtime_facts
from runtimes.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.judging.verdict import Judgement
    from conformance.probing.probe import Probed
    from conformance.tables.catalogue import Catalogue, Profile
    from fixtures.session import Session
    from runtimes.subjects import BrokenRuntime


def assemble(
    run: RunFacts,
    judgements: Iterable[Judgement],
    *,
    catalogue: Catalogue,
    profile: Profile,
    subjects: Iterable[Subject | BrokenRuntime],
    session: Session | None,
    probed: Iterable[Probed] = (),
) -> Report:
    """The report of one run. ``session`` is None for judged saved histories: then no image is named.

    Raises:
        CatalogueError: the profiles cannot be read.
    """
    profiles = load_profiles()
    looked = {one.subject: one for one in probed}
    order = {requirement.id: index for index, requirement in enumerate(catalogue.requirements)}
    return Report(
        run=run,
        requirements=tuple(map(requirement_facts, catalogue.requirements)),
        runtimes=tuple(_runtime(subject, profile, profiles, session, looked) for subject in subjects),
        families=dict(catalogue.families),
        verdicts=tuple(
            sorted(
                judgements,
                key=lambda judgement: (
                    order.get(judgement.requirement, len(order)),
                    judgement.runtime,
                    judgement.scenario,
                ),
            )
        ),
        findings=tuple(found for one in looked.values() for found in one.findings),
    )


def _runtime(
    subject: Subject | BrokenRuntime,
    profile: Profile,
    profiles: Mapping[str, Profile],
    session: Session | None,
    looked: Mapping[str, Probed],
) -> RuntimeFacts:
    image = session.images.get(subject.name) if session is not None else None
    missing = session.without_image.get(subject.name) if session is not None else None
    try:
        return runtime_facts(
            subject,
            profile,
            image=ImageFacts(image.reference, image.id) if image is not None else None,
            trouble=missing.reason if missing is not None else "",
            profile_differences=differences(_kind(subject), profiles),
            sees=looked[subject.name].sees if subject.name in looked else "",
        )
    except CatalogueError as error:
        return RuntimeFacts(name=subject.name, title=subject.name, trouble=str(error))


def _kind(subject: Subject | BrokenRuntime) -> str:
    return subject.kind if isinstance(subject, Subject) else subject.name
