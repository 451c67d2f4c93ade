"""``index.html``: the report as one page that needs neither network nor script.

This module decides what stands on the page and where its links lead; ``templates/`` decides how it looks.
Whatever comes from outside goes through :func:`reports.text.plain` and Jinja's escaping, both for every
expression of every template.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from conformance.judging.verdict import Verdict
from fixtures.history.events import HOOKS
from reports import observations, timeline, words
from reports.formats.summary import OBSERVED_SYMBOL, SYMBOLS
from reports.observations import is_observation
from reports.report import (
    MEANING,
    WORST_FIRST,
    counts,
    families_of,
    headline,
    judged_by,
    red,
    requirements_of,
    rungs_of,
    runtimes_of,
    told_rungs,
    verdicts_by_cell,
    worst,
)
from reports.text import bounded, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.judging.verdict import Judgement
    from fixtures.history.history import History
    from reports.observations import Comparison
    from reports.report import Report, RequirementFacts, RuntimeFacts

TEMPLATES = Path(__file__).resolve().parent / "templates"

TEXT_LIMIT = 2000
"""Most characters of a message, an expectation or a sight that are shown."""

EVIDENCE_LIMIT = 40
"""Most cited events that are shown with one verdict."""

LINES_LIMIT = 24_000
"""Most lines of events that are shown of all histories together; the histories of red verdicts come first."""

DRAWINGS_LIMIT = 400
"""Most timelines that are drawn, in the same order."""


@dataclass(frozen=True)
class Badge:
    """How a verdict looks: the name of its style, its symbol and its word."""

    kind: str
    symbol: str
    text: str


OBSERVED = Badge("OBSERVED", OBSERVED_SYMBOL, "observed")
"""Of passes that only tell what was seen: shown as a pass they would claim what the contract does not."""

BADGES = {verdict: Badge(verdict.value, SYMBOLS[verdict], verdict.value.replace("_", " ")) for verdict in Verdict}


@dataclass(frozen=True)
class Cell:
    """Where a requirement and a runtime meet. ``badge`` is None where nothing was judged."""

    runtime: RuntimeFacts
    anchor: str
    badge: Badge | None
    share: str
    """How many of several scenarios have this verdict, such as ``1/3``; empty when all have it."""


@dataclass(frozen=True)
class Row:
    """A requirement's line of the matrix."""

    requirement: RequirementFacts
    anchor: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Family:
    """The matrix of one family."""

    name: str
    text: str
    anchor: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Entry:
    """One verdict with its evidence. ``notes``: those of its notes that its message does not say already."""

    verdict: Judgement
    badge: Badge
    notes: tuple[str, ...]
    cited: tuple[words.Line, ...]
    more_cited: int
    history_anchor: str
    history_href: str
    unreadable: str
    command: str


@dataclass(frozen=True)
class Place:
    """All verdicts of one cell, under the anchor that the cell links to."""

    anchor: str
    requirement: RequirementFacts
    runtime: RuntimeFacts
    badge: Badge
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Recorded:
    """One History as it stands on the page. ``events`` is None where the page is too full for its list."""

    anchor: str
    href: str
    file: str
    history: History
    timeline: timeline.Timeline | None
    processes: tuple[words.Process, ...]
    """What the kernel showed; empty where it was not asked."""
    listening: str
    events: words.EventList | None
    anchors: tuple[tuple[str, str], ...]
    """Back to the verdicts that rest on it: anchor and requirement."""
    left_out: str
    """What of it the page is too full for; empty when all of it is shown."""


@dataclass(frozen=True)
class Silence:
    """What was observed of the runtimes for one requirement on which the contract is silent, by scenario."""

    requirement: RequirementFacts
    anchor: str
    comparisons: tuple[Comparison, ...]
    """Those in which the runtimes differ first."""


@dataclass(frozen=True)
class Remark:
    """A note and the verdicts that carry it: anchor and runtime of each."""

    requirement: str
    text: str
    places: tuple[tuple[str, str], ...]


def render(
    report: Report,
    histories: Mapping[str, History],
    unreadable: Mapping[str, str] | None = None,
    *,
    kill_matrix: str = "",
) -> str:
    """The page.

    Args:
        report: what to show.
        histories: the saved histories by file name, as the verdicts name them.
        unreadable: file name -> why a history is not among them.
        kill_matrix: where the page lies that tells what this suite notices; empty where there is none.
    """
    missing = [name for name in _history_names(report) if name not in histories]
    faults = dict.fromkeys(missing, "was not handed to the report") | dict(unreadable or {})
    places = _places(report, histories, faults)
    found = counts(report.verdicts)
    silences = _silences(report)
    comparisons = [comparison for silence in silences for comparison in silence.comparisons]
    template = environment().get_template("index.html.j2")
    return template.render(
        report=report,
        run=report.run,
        headline=headline(report),
        legend=[(BADGES[verdict], MEANING[verdict], found.get(verdict, 0)) for verdict in WORST_FIRST],
        observed=OBSERVED,
        observations=sum(map(is_observation, report.verdicts)),
        badges=BADGES,
        anchor_of=evidence_anchor,
        silences=silences,
        compared=len(comparisons),
        differing=sum(comparison.differs for comparison in comparisons),
        same_ms=f"{observations.SAME_MS:g}",
        failures=_failures(report),
        families=_families(report),
        runtimes=runtimes_of(report),
        judged_by={
            name: told_rungs(rungs_of(one for one in report.verdicts if one.runtime == name))
            for names in judged_by(report)
            for name in names
        },
        hooks=HOOKS,
        remarks=_remarks(report),
        requirements=[
            (requirement, requirement_anchor(requirement.id), places.get(requirement.id, ()))
            for requirement in requirements_of(report)
        ],
        histories=_recorded(report, histories),
        unreadable=faults,
        text_limit=TEXT_LIMIT,
        kill_matrix=kill_matrix,
    )


def evidence_anchor(requirement: str, runtime: str) -> str:
    """The place of a cell's evidence on the page."""
    return f"e-{_slug(requirement)}_at_{_slug(runtime)}"


def requirement_anchor(requirement: str) -> str:
    """The place of a requirement on the page."""
    return f"r-{_slug(requirement)}"


def history_anchor(file: str) -> str:
    """The place of a History on the page, by its file's name."""
    return f"h-{_slug(file.removesuffix('.json'))}"


@cache
def _slug(text: str) -> str:
    """``text`` as part of an HTML id; different texts give different ids."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", text)


def _href(file: str) -> str:
    return f"histories/{quote(file, safe='', errors='replace')}"


def _history_names(report: Report) -> dict[str, None]:
    return {verdict.history: None for verdict in report.verdicts if verdict.history}


def _families(report: Report) -> tuple[Family, ...]:
    cells = verdicts_by_cell(report)
    requirements, runtimes = requirements_of(report), runtimes_of(report)
    return tuple(
        Family(
            name,
            text,
            f"f-{_slug(name)}",
            tuple(
                Row(
                    requirement,
                    requirement_anchor(requirement.id),
                    tuple(
                        _cell(requirement, runtime, cells.get((requirement.id, runtime.name), ()))
                        for runtime in runtimes
                    ),
                )
                for requirement in requirements
                if requirement.family == name
            ),
        )
        for name, text in families_of(report).items()
    )


def _cell(requirement: RequirementFacts, runtime: RuntimeFacts, verdicts: tuple[Judgement, ...]) -> Cell:
    verdict = worst(verdicts)
    same = sum(one.verdict is verdict for one in verdicts)
    share = "" if same == len(verdicts) else f"{same}/{len(verdicts)}"
    return Cell(runtime, evidence_anchor(requirement.id, runtime.name), _badge(verdicts), share)


def _badge(verdicts: Sequence[Judgement]) -> Badge | None:
    """The badge that stands for all of them, None when there are none."""
    verdict = worst(verdicts)
    if verdict is Verdict.PASS and any(map(is_observation, verdicts)):
        return OBSERVED
    return BADGES[verdict] if verdict is not None else None


def _places(
    report: Report, histories: Mapping[str, History], faults: Mapping[str, str]
) -> dict[str, tuple[Place, ...]]:
    """The places of each requirement that was judged."""
    cells = verdicts_by_cell(report)
    runtimes = runtimes_of(report)
    return {
        requirement.id: tuple(
            Place(
                evidence_anchor(requirement.id, runtime.name),
                requirement,
                runtime,
                badge,
                tuple(_entry(one, histories, faults) for one in cells[requirement.id, runtime.name]),
            )
            for runtime in runtimes
            if (badge := _badge(cells.get((requirement.id, runtime.name), ()))) is not None
        )
        for requirement in requirements_of(report)
    }


def _entry(verdict: Judgement, histories: Mapping[str, History], faults: Mapping[str, str]) -> Entry:
    history = histories.get(verdict.history)
    return Entry(
        verdict=verdict,
        badge=OBSERVED if is_observation(verdict) else BADGES[verdict.verdict],
        notes=tuple(note for note in verdict.notes if note != verdict.seen),
        cited=words.cited(history, verdict.evidence[:EVIDENCE_LIMIT]) if history else (),
        more_cited=max(len(verdict.evidence) - EVIDENCE_LIMIT, 0) if history else len(verdict.evidence),
        history_anchor=history_anchor(verdict.history) if history else "",
        history_href=_href(verdict.history) if verdict.history else "",
        unreadable=faults.get(verdict.history, "") if verdict.history else "",
        command=f".venv/bin/python -m pytest {shlex.quote(verdict.nodeid)}" if verdict.nodeid else "",
    )


def _failures(report: Report) -> tuple[tuple[RequirementFacts, str, tuple[tuple[Judgement, str], ...]], ...]:
    """The red verdicts, put together by requirement; the requirement with the worst one comes first."""
    requirements = {requirement.id: requirement for requirement in requirements_of(report)}
    grouped: dict[str, list[tuple[Judgement, str]]] = {}
    for verdict in red(report):
        entry = (verdict, evidence_anchor(verdict.requirement, verdict.runtime))
        grouped.setdefault(verdict.requirement, []).append(entry)
    return tuple((requirements[name], requirement_anchor(name), tuple(found)) for name, found in grouped.items())


def _remarks(report: Report) -> tuple[Remark, ...]:
    grouped: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
    for verdict in report.verdicts:
        for note in () if is_observation(verdict) else verdict.notes:
            place = (evidence_anchor(verdict.requirement, verdict.runtime), verdict.runtime)
            grouped.setdefault((verdict.requirement, note), {})[place] = None
    return tuple(Remark(requirement, text, tuple(places)) for (requirement, text), places in grouped.items())


def _silences(report: Report) -> tuple[Silence, ...]:
    requirements = {requirement.id: requirement for requirement in requirements_of(report)}
    grouped: dict[str, list[Comparison]] = {}
    for comparison in observations.compare(report.verdicts):
        grouped.setdefault(comparison.requirement, []).append(comparison)
    return tuple(
        Silence(
            requirements[name],
            requirement_anchor(name),
            tuple(sorted(found, key=lambda comparison: not comparison.differs)),
        )
        for name, found in grouped.items()
    )


def _recorded(report: Report, histories: Mapping[str, History]) -> tuple[Recorded, ...]:
    cited_by: dict[str, dict[tuple[str, str], None]] = {}
    for verdict in report.verdicts:
        if verdict.history:
            place = (evidence_anchor(verdict.requirement, verdict.runtime), verdict.requirement)
            cited_by.setdefault(verdict.history, {})[place] = None
    matters = {verdict.history for verdict in red(report)}
    found: list[Recorded] = []
    lines = 0
    for number, file in enumerate(sorted(histories, key=lambda file: (file not in matters, file))):
        history = histories[file]
        drawn = number < DRAWINGS_LIMIT
        events = words.event_list(history) if lines < LINES_LIMIT else None
        lines += len(events.lines) if events is not None else 0
        missing = [*(["timeline"] if not drawn else []), *(["events"] if events is None else [])]
        found.append(
            Recorded(
                anchor=history_anchor(file),
                href=_href(file),
                file=file,
                history=history,
                timeline=timeline.draw(history) if drawn else None,
                processes=words.processes(history),
                listening=words.listening(history),
                events=events,
                anchors=tuple(cited_by.get(file, {})),
                left_out=" and ".join(missing),
            )
        )
    return tuple(sorted(found, key=lambda one: one.file))


def _shown(value: object) -> object:
    """What becomes of an expression's value before it is escaped."""
    if type(value) is str:  # nearly all of them
        return plain(value)
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def environment() -> jinja2.Environment:
    """The templates of all pages: escaped, and with foreign text made fit to be shown."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["bounded"] = bounded
    return environment
