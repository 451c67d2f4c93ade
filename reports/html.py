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

from conformance.verdict import Verdict
from fixtures.history.events import HOOKS
from reports import timeline, words
from reports.report import (
    MEANING,
    WORDS,
    WORST_FIRST,
    counts,
    families_of,
    headline,
    red,
    requirements_of,
    runtimes_of,
    verdicts_by_cell,
    worst,
)
from reports.summary import SYMBOLS
from reports.text import bounded, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.verdict import Judgement
    from fixtures.history.history import History
    from reports.report import Report, RequirementFacts, RuntimeFacts

TEMPLATES = Path(__file__).resolve().parent / "templates"

TEXT_LIMIT = 2000
"""Most characters of a message, an expectation or a sight that are shown."""

EVIDENCE_LIMIT = 40
"""Most cited events that are shown with one verdict."""


@dataclass(frozen=True)
class Cell:
    """Where a requirement and a runtime meet. ``verdict`` is None where nothing was judged."""

    runtime: RuntimeFacts
    anchor: str
    verdict: Verdict | None
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
    """One verdict with its evidence."""

    verdict: Judgement
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
    verdict: Verdict
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Recorded:
    """One History as it stands on the page."""

    anchor: str
    href: str
    file: str
    history: History
    timeline: timeline.Timeline | None
    events: words.EventList
    anchors: tuple[tuple[str, str], ...]
    """Back to the verdicts that rest on it: anchor and requirement."""


@dataclass(frozen=True)
class Remark:
    """A note and the verdicts that carry it: anchor and runtime of each."""

    requirement: str
    text: str
    places: tuple[tuple[str, str], ...]


def render(report: Report, histories: Mapping[str, History], unreadable: Mapping[str, str] | None = None) -> str:
    """The page.

    Args:
        report: what to show.
        histories: the saved histories by file name, as the verdicts name them.
        unreadable: file name -> why a history is not among them.
    """
    missing = [name for name in _history_names(report) if name not in histories]
    faults = dict.fromkeys(missing, "was not handed to the report") | dict(unreadable or {})
    places = _places(report, histories, faults)
    found = counts(report.verdicts)
    template = _environment().get_template("index.html.j2")
    return template.render(
        report=report,
        run=report.run,
        headline=headline(report),
        legend=[(verdict, MEANING[verdict], found.get(verdict, 0)) for verdict in WORST_FIRST],
        symbols=SYMBOLS,
        verdict_words=WORDS,
        failures=_failures(report),
        families=_families(report),
        runtimes=runtimes_of(report),
        hooks=HOOKS,
        remarks=_remarks(report),
        requirements=[
            (
                requirement,
                requirement_anchor(requirement.id),
                [place for place in places if place.requirement.id == requirement.id],
            )
            for requirement in requirements_of(report)
        ],
        histories=_recorded(report, histories),
        unreadable=faults,
        text_limit=TEXT_LIMIT,
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


def _slug(text: str) -> str:
    """``text`` as part of an HTML id; different texts give different ids."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", text)


def _href(file: str) -> str:
    return f"histories/{quote(file, safe='', errors='replace')}"


def _history_names(report: Report) -> dict[str, None]:
    return {verdict.history: None for verdict in report.verdicts if verdict.history}


def _families(report: Report) -> tuple[Family, ...]:
    cells = verdicts_by_cell(report)
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
                        for runtime in runtimes_of(report)
                    ),
                )
                for requirement in requirements_of(report)
                if requirement.family == name
            ),
        )
        for name, text in families_of(report).items()
    )


def _cell(requirement: RequirementFacts, runtime: RuntimeFacts, verdicts: tuple[Judgement, ...]) -> Cell:
    verdict = worst(verdicts)
    same = sum(one.verdict is verdict for one in verdicts)
    share = "" if same == len(verdicts) else f"{same}/{len(verdicts)}"
    return Cell(runtime, evidence_anchor(requirement.id, runtime.name), verdict, share)


def _places(report: Report, histories: Mapping[str, History], faults: Mapping[str, str]) -> tuple[Place, ...]:
    cells = verdicts_by_cell(report)
    return tuple(
        Place(
            evidence_anchor(requirement.id, runtime.name),
            requirement,
            runtime,
            verdict,
            tuple(_entry(one, histories, faults) for one in cells[requirement.id, runtime.name]),
        )
        for requirement in requirements_of(report)
        for runtime in runtimes_of(report)
        if (verdict := worst(cells.get((requirement.id, runtime.name), ()))) is not None
    )


def _entry(verdict: Judgement, histories: Mapping[str, History], faults: Mapping[str, str]) -> Entry:
    history = histories.get(verdict.history)
    return Entry(
        verdict=verdict,
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
        for note in verdict.notes:
            place = (evidence_anchor(verdict.requirement, verdict.runtime), verdict.runtime)
            grouped.setdefault((verdict.requirement, note), {})[place] = None
    return tuple(Remark(requirement, text, tuple(places)) for (requirement, text), places in grouped.items())


def _recorded(report: Report, histories: Mapping[str, History]) -> tuple[Recorded, ...]:
    cited_by: dict[str, dict[tuple[str, str], None]] = {}
    for verdict in report.verdicts:
        if verdict.history:
            place = (evidence_anchor(verdict.requirement, verdict.runtime), verdict.requirement)
            cited_by.setdefault(verdict.history, {})[place] = None
    return tuple(
        Recorded(
            anchor=history_anchor(file),
            href=_href(file),
            file=file,
            history=history,
            timeline=timeline.draw(history),
            events=words.event_list(history),
            anchors=tuple(cited_by.get(file, {})),
        )
        for file, history in sorted(histories.items())
    )


def _shown(value: object) -> object:
    """What becomes of an expression's value before it is escaped."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> jinja2.Environment:
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
