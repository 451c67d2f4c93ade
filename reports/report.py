"""The report as one frozen value, and what can be counted from it. Pure: no files, no clock, no engine.

``report.json`` is this value, encoded; the HTML page and the terminal summary are views of it. A verdict
about a requirement or a runtime that the report does not list is never dropped: :func:`requirements_of`,
:func:`runtimes_of` and :func:`families_of` add it with what is known of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from conformance.judging.verdict import Judgement, Verdict
from conformance.probing.finding import Finding
from conformance.tables.catalogue import Level, SourceKind, hooks_of
from conformance.tables.rungs import Rung
from fixtures.history.events import Call
from fixtures.history.history import ImageFacts
from runtimes.definition import Wire
from runtimes.subjects import BrokenRuntime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.tables.catalogue import Profile, Requirement
    from runtimes.subjects import Subject

FORMAT = 1
"""Version of ``report.json``; raised when a reader of the earlier form would misread the new one."""

WORST_FIRST = (
    Verdict.FAIL,
    Verdict.NOT_TESTABLE,
    Verdict.INCONCLUSIVE,
    Verdict.GAP,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
"""The order in which one verdict stands for several."""

MEANING = {
    Verdict.PASS: "the requirement was observed to hold",
    Verdict.FAIL: "the requirement was observed not to hold",
    Verdict.NOT_TESTABLE: "a prerequisite did not come about, so nothing could be observed",
    Verdict.GAP: "a known failure, declared with a reason and an expiry date, still as declared",
    Verdict.NOT_APPLICABLE: "the requirement does not apply to this runtime, profile or mode, or had no witness",
    Verdict.INCONCLUSIVE: "the harness or the engine failed; counts neither for nor against the runtime",
}
"""What each verdict says, for a legend."""

WORDS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.NOT_TESTABLE: "not testable",
    Verdict.GAP: "known gaps",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.INCONCLUSIVE: "inconclusive",
}
"""A verdict behind a number: "3 not testable"."""


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Circumstances of the run. ``duration_s``: seconds; ``started``: ISO 8601 with an offset."""

    id: str
    version: str
    """The harness's own version."""
    profile: str
    profile_text: str
    started: str
    duration_s: float
    engine: str
    """Name, version and mode of the container engine; for judged saved histories a remark that says so."""
    cores: int
    memory_mb: int
    exit_status: int
    """The exit status of pytest."""
    command: tuple[str, ...] = ()
    """The arguments that pytest was called with."""
    seed: int | None = None
    """Seed of randomly generated scenarios; None when there were none."""


class RequirementFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement as the catalogue had it in this run. ``source``: page and section."""

    id: str
    family: str
    level: Level
    text: str
    source: str
    source_kind: SourceKind


class RuntimeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A runtime as it was judged in this run. ``trouble`` says why it has no image or could not be used."""

    name: str
    title: str
    language: str = ""
    version: str = ""
    wire: Wire | None = None
    hook_signature: str = ""
    image: ImageFacts = ImageFacts("", "")
    hooks: tuple[Call, ...] = ()
    """The hooks that the profile lets this runtime configure."""
    hooks_without_effect: str = ""
    """Why configured hooks are never called; empty where they are called."""
    trouble: str = ""
    profile_differences: tuple[str, ...] = ()
    """What the profiles do not say alike of this runtime's hooks, a sentence each."""
    sees: str = ""
    """What the first look saw of it; empty where there was none."""
    origin: str = ""
    """Where it is described that others have built; empty for the project's own."""
    guessed: tuple[str, ...] = ()
    """What nobody has said of it and was taken for given, a phrase each."""
    told: tuple[str, ...] = ()
    """What a reader of its verdicts has to know, and what its author has written that is not done; a line each."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is reported of one run. ``families``: what each family of requirements is about."""

    format: int = FORMAT
    run: RunFacts
    requirements: tuple[RequirementFacts, ...]
    runtimes: tuple[RuntimeFacts, ...]
    families: dict[str, str]
    verdicts: tuple[Judgement, ...]
    findings: tuple[Finding, ...] = ()
    """What the first look at subjects from outside found, in the order of the subjects."""


@dataclass(frozen=True)
class Headline:
    """The run in one sentence. ``green`` is what exit status 0 promises."""

    green: bool
    text: str


def requirement_facts(requirement: Requirement) -> RequirementFacts:
    """What the report keeps of a requirement of the catalogue."""
    return RequirementFacts(
        id=requirement.id,
        family=requirement.family,
        level=requirement.level,
        text=requirement.text,
        source=requirement.source,
        source_kind=requirement.source_kind,
    )


def runtime_facts(
    subject: Subject | BrokenRuntime,
    profile: Profile,
    *,
    image: ImageFacts | None = None,
    trouble: str = "",
    profile_differences: tuple[str, ...] = (),
    sees: str = "",
) -> RuntimeFacts:
    """What the report keeps of a subject. ``image`` is None for one that was not built; ``trouble`` says why.

    ``sees``: what the first look saw of it.

    Raises:
        CatalogueError: the profile says nothing of the subject.
    """
    if isinstance(subject, BrokenRuntime):
        return RuntimeFacts(name=subject.name, title=subject.name, trouble=subject.reason)
    hooks = hooks_of(profile, subject)
    return RuntimeFacts(
        name=subject.name,
        title=subject.title,
        language=subject.definition.runtime.language,
        version=subject.definition.runtime.version,
        wire=subject.wire,
        hook_signature=subject.table.hook_signature,
        image=image or ImageFacts("", ""),
        hooks=tuple(hooks.supports),
        hooks_without_effect=hooks.without_effect,
        trouble=trouble,
        profile_differences=profile_differences,
        sees=sees,
        origin=subject.origin,
        guessed=subject.guessed,
        told=subject.told,
    )


def requirements_of(report: Report) -> tuple[RequirementFacts, ...]:
    """The listed requirements, then those that were judged without being listed."""
    listed = {requirement.id for requirement in report.requirements}
    extra = {
        verdict.requirement: RequirementFacts(
            id=verdict.requirement,
            family=verdict.family,
            level=_level(verdict.level),
            text="(judged in this run, but not in the report's list of requirements)",
            source="",
            source_kind=SourceKind.OPEN,
        )
        for verdict in report.verdicts
        if verdict.requirement not in listed
    }
    return (*report.requirements, *extra.values())


def runtimes_of(report: Report) -> tuple[RuntimeFacts, ...]:
    """The listed runtimes, then those that were judged without being listed."""
    listed = {runtime.name for runtime in report.runtimes}
    extra = {
        verdict.runtime: RuntimeFacts(
            name=verdict.runtime,
            title=verdict.runtime,
            trouble="judged in this run, but not in the report's list",
        )
        for verdict in report.verdicts
        if verdict.runtime not in listed
    }
    return (*report.runtimes, *extra.values())


def families_of(report: Report) -> dict[str, str]:
    """The families with at least one requirement, in the catalogue's order, with their descriptions."""
    used = {requirement.family: "" for requirement in requirements_of(report)}
    described = {name: text for name, text in report.families.items() if name in used}
    return described | {name: text for name, text in used.items() if name not in described}


def counts(verdicts: Iterable[Judgement]) -> dict[Verdict, int]:
    """How often each verdict occurs, worst first; verdicts that do not occur are left out."""
    counter = Counter(verdict.verdict for verdict in verdicts)
    return {verdict: counter[verdict] for verdict in WORST_FIRST if counter[verdict]}


def counts_by_cell(report: Report) -> dict[tuple[str, str], dict[Verdict, int]]:
    """Counts per (runtime, family)."""
    cells: dict[tuple[str, str], list[Judgement]] = {}
    for verdict in report.verdicts:
        cells.setdefault((verdict.runtime, verdict.family), []).append(verdict)
    return {cell: counts(verdicts) for cell, verdicts in cells.items()}


def verdicts_by_cell(report: Report) -> dict[tuple[str, str], tuple[Judgement, ...]]:
    """The verdicts per (requirement, runtime), one for each scenario, in the order of the run."""
    cells: dict[tuple[str, str], list[Judgement]] = {}
    for verdict in report.verdicts:
        cells.setdefault((verdict.requirement, verdict.runtime), []).append(verdict)
    return {cell: tuple(verdicts) for cell, verdicts in cells.items()}


def rungs_of(verdicts: Iterable[Judgement]) -> dict[str, int]:
    """How many verdicts stand on each kind of evidence, the strongest first; kinds that do not occur are left out."""
    counter = Counter(verdict.rung for verdict in verdicts)
    return {rung.value: counter[rung] for rung in Rung if counter[rung]}


def judged_by(report: Report) -> dict[tuple[str, ...], dict[str, int]]:
    """Runtimes whose strongest evidence is of one kind, together, with what their verdicts stand on."""
    groups: dict[str, tuple[list[str], list[Judgement]]] = {}
    for runtime in runtimes_of(report):
        own = [verdict for verdict in report.verdicts if verdict.runtime == runtime.name]
        strongest = next(iter(rungs_of(own)), None)
        if strongest is not None:
            names, verdicts = groups.setdefault(strongest, ([], []))
            names.append(runtime.name)
            verdicts.extend(own)
    return {tuple(names): rungs_of(verdicts) for names, verdicts in groups.values()}


def told_rungs(found: Mapping[str, int]) -> str:
    """What verdicts stand on, in words: with numbers where it is not one and the same for all."""
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{rung} ({number})" for rung, number in found.items())


def worst(verdicts: Iterable[Judgement]) -> Verdict | None:
    """The verdict that stands for all of them, None when there are none."""
    return next(iter(counts(verdicts)), None)


def red(report: Report) -> tuple[Judgement, ...]:
    """The verdicts that keep the run from being green: worst kind first, then in the order of the run."""
    found = [verdict for verdict in report.verdicts if verdict.verdict.red]
    return tuple(sorted(found, key=lambda verdict: WORST_FIRST.index(verdict.verdict)))


def headline(report: Report) -> Headline:
    """Whether the run is green, and why.

    A run that observed nothing is not green, nor is one that pytest ended with another status than 0.
    """
    found = counts(report.verdicts)
    reasons = [f"{number} {WORDS[verdict]}" for verdict, number in found.items() if verdict.red]
    if not reasons and Verdict.PASS not in found and Verdict.GAP not in found:
        reasons.append("nothing was observed")
    if report.run.exit_status != 0 and not reasons:
        reasons.append(f"pytest ended with exit status {report.run.exit_status}")
    reasons += [f"{runtime.name} could not be used" for runtime in report.runtimes if runtime.trouble]
    if reasons:
        return Headline(False, ", ".join(reasons))
    rest = [f"{number} {WORDS[verdict]}" for verdict, number in found.items()]
    return Headline(True, ", ".join(rest))


def is_green(report: Report) -> bool:
    """Whether nothing in the run is red: see :func:`headline`."""
    return headline(report).green


def _level(text: str) -> Level:
    try:
        return Level(text)
    except ValueError:
        return Level.NOTE
