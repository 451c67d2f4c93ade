"""The report in a terminal: a table of runtimes and families, then every red verdict with its evidence.

Pure text out; writing it is pytest's terminal reporter's work. No colours and no escapes: the text goes into
CI logs as it is, and nothing that an instance printed can steer the reader's terminal.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from conformance.judging.verdict import Verdict
from reports.observations import is_observation
from reports.report import (
    MEANING,
    WORST_FIRST,
    counts,
    counts_by_cell,
    families_of,
    headline,
    judged_by,
    red,
    requirements_of,
    runtimes_of,
    told_rungs,
)
from reports.text import ascii_only, bounded, one_line, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.judging.verdict import Judgement
    from reports.report import Report, RequirementFacts

SHOWN_FAILURES = 40
"""More than these are in the HTML page only."""

TEXT_LIMIT = 600
"""Most characters of one text that are shown."""

HEADING_WIDTH = 13
"""Columns after which the heading of a column is broken, where it has a hyphen."""

SYMBOLS = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.NOT_TESTABLE: "?",
    Verdict.GAP: "~",
    Verdict.NOT_APPLICABLE: "\N{EN DASH}",
    Verdict.INCONCLUSIVE: "!",
}
ASCII_SYMBOLS = SYMBOLS | {Verdict.PASS: "+", Verdict.FAIL: "x", Verdict.NOT_APPLICABLE: "-"}
OBSERVED_SYMBOL, ASCII_OBSERVED_SYMBOL = "○", "o"
"""The sign of a pass that only tells what was seen, see :mod:`reports.observations`."""


def render(report: Report, width: int = 100, unicode: bool = True) -> str:
    """The whole summary, ending with a line break.

    Args:
        report: what to show.
        width: columns of the terminal; a table that is wider is split into several.
        unicode: whether the output can encode more than ASCII. If not, nothing else is in the result.
    """
    symbols = SYMBOLS if unicode else ASCII_SYMBOLS
    said = headline(report)
    lines = [
        f"{'GREEN' if said.green else 'RED'}: {one_line(said.text)}",
        f"profile {one_line(report.run.profile)}",
        f"{len(report.verdicts)} verdicts in {report.run.duration_s:.1f} s",
        *_judged_by(report),
        *_findings(report, max(width, 40)),
        "",
        *_tables(report, max(width, 40), symbols),
        "",
        *_legend(report, max(width, 40), symbols, OBSERVED_SYMBOL if unicode else ASCII_OBSERVED_SYMBOL),
        *_failures(report, max(width, 40)),
    ]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text if unicode else ascii_only(text)


def _judged_by(report: Report) -> list[str]:
    """What the verdicts stand on: a line, or one for each kind of evidence that some runtimes have at best."""
    groups = judged_by(report)
    if len(groups) == 1:
        return [f"judged by {told_rungs(found)}" for found in groups.values()]
    return [f"{one_line(', '.join(names))}: judged by {told_rungs(found)}" for names, found in groups.items()]


def _findings(report: Report, width: int) -> list[str]:
    """What the first look found: before everything else, as the reds behind it mostly come of it."""
    lines: list[str] = []
    for number, one in enumerate(report.findings, start=1):
        title = f"finding {number}, {one_line(one.runtime)}: {one_line(one.title)}"
        lines += ["", *textwrap.wrap(bounded(title, TEXT_LIMIT), width, subsequent_indent=" " * 3)]
        lines += _fact("what to do", one.cure, width) + _fact("rests on", one.requirement, width)
        if one.log:
            lines += _fact("its log", "\n".join(f"| {line}" for line in one.log), width)
        if one.ends:
            lines += _fact("not driven", "everything else of it, as all would be red for this", width)
    return lines


def takes_unicode(encoding: str | None) -> bool:
    """Whether an output of this encoding can show more than ASCII; one that does not say is taken to be plain."""
    return (encoding or "ascii").lower().startswith("utf")


def _tables(report: Report, width: int, symbols: Mapping[Verdict, str]) -> list[str]:
    """The matrix, turned so that it takes fewer lines: nine runtimes side by side fit where 16 families do not."""
    cells = {cell: _cell(found, symbols) for cell, found in counts_by_cell(report).items()}
    turned = {(family, runtime): text for (runtime, family), text in cells.items()}
    runtimes = [runtime.name for runtime in runtimes_of(report)]
    families = list(families_of(report))
    if not families or not runtimes:
        return ["no requirement was listed or judged"]
    by_runtime = _blocks("runtime", runtimes, families, cells, width)
    by_family = _blocks("family", families, runtimes, turned, width)
    return min(by_runtime, by_family, key=len)


def _blocks(
    corner: str, rows: Sequence[str], columns: Sequence[str], cells: Mapping[tuple[str, str], str], width: int
) -> list[str]:
    """The lines of one table; columns that do not fit into ``width`` go into further tables with the same rows."""
    lines: list[str] = []
    while columns:
        taken = len(columns)
        while (table := _table(corner, rows, columns[:taken], cells)) and taken > 1 and _width(table) > width:
            taken -= 1
        lines += [*([""] if lines else []), *table.splitlines()]
        columns = columns[taken:]
    return lines


def _table(corner: str, rows: Sequence[str], columns: Sequence[str], cells: Mapping[tuple[str, str], str]) -> str:
    from tabulate import tabulate

    body = [[one_line(row), *(cells.get((row, column), "") for column in columns)] for row in rows]
    headers = [corner, *(_folded(one_line(column)) for column in columns)]
    return tabulate(body, headers=headers, tablefmt="simple", disable_numparse=True, stralign="left")


def _folded(name: str) -> str:
    """A long name in several lines, broken after its hyphens."""
    return "\n".join(textwrap.wrap(name, HEADING_WIDTH, break_long_words=False)) if len(name) > HEADING_WIDTH else name


def _width(table: str) -> int:
    return max((len(line) for line in table.splitlines()), default=0)


def _cell(found: Mapping[Verdict, int], symbols: Mapping[Verdict, str]) -> str:
    return " ".join(f"{number}{symbols[verdict]}" for verdict, number in found.items())


def _legend(report: Report, width: int, symbols: Mapping[Verdict, str], observed: str) -> list[str]:
    found = counts(report.verdicts)
    lines = [
        (found.get(verdict, 0), symbols[verdict], verdict.value, MEANING[verdict]) for verdict in reversed(WORST_FIRST)
    ]
    observations = sum(map(is_observation, report.verdicts))
    if observations:
        meaning = "of the passes: what was seen where the contract is silent, compared in index.html"
        lines.append((observations, observed, "(observed)", meaning))
    return [
        line
        for number, symbol, name, meaning in lines
        for line in textwrap.wrap(f"  {number:>4} {symbol} {name:<14} {meaning}", width, subsequent_indent=" " * 24)
    ]


def _failures(report: Report, width: int) -> list[str]:
    groups = _together(red(report))
    requirements = {requirement.id: requirement for requirement in requirements_of(report)}
    lines: list[str] = []
    for number, group in enumerate(groups[:SHOWN_FAILURES], start=1):
        verdict = group[0]
        lines += ["", *_failure(number, verdict, requirements[verdict.requirement], width)]
        if len(group) > 1:
            lines += _fact(
                "and", f"{len(group) - 1} more verdicts are {verdict.verdict.value} for the same reason", width
            )
    hidden = sum(map(len, groups[SHOWN_FAILURES:]))
    if hidden:
        lines += ["", f"and {hidden} more, see index.html and report.json"]
    return lines


def _together(verdicts: Sequence[Judgement]) -> list[list[Judgement]]:
    """Each verdict alone, but those that are INCONCLUSIVE for one and the same reason in one group, in their order."""
    groups: dict[object, list[Judgement]] = {}
    for number, verdict in enumerate(verdicts):
        key = verdict.message if verdict.verdict is Verdict.INCONCLUSIVE else number
        groups.setdefault(key, []).append(verdict)
    return list(groups.values())


def _failure(number: int, verdict: Judgement, requirement: RequirementFacts, width: int) -> list[str]:
    events = ", ".join(map(str, verdict.evidence[:20])) + (", ..." if len(verdict.evidence) > 20 else "")
    evidence = f"histories/{verdict.history}" if verdict.history else "none: no instance was driven"
    if verdict.history and verdict.evidence:
        evidence += f", events {events}"
    where = f"{verdict.runtime}, scenario {verdict.scenario}" if verdict.scenario else verdict.runtime
    source = f"{requirement.source or 'no source'} ({requirement.source_kind.value})"
    facts = [
        ("requirement", requirement.text),
        ("level", f"{requirement.level.value}, {source}"),
        ("expected", verdict.expected),
        ("seen", verdict.seen),
        ("message", verdict.message),
        ("judged by", verdict.rung),
        ("evidence", evidence),
        ("test", verdict.nodeid),
    ]
    title = f"{number}. {verdict.verdict.value}  {one_line(verdict.requirement)}  [{one_line(where)}]"
    return [bounded(title, 300), *(line for name, text in facts if text for line in _fact(name, text, width))]


def _fact(name: str, text: str, width: int) -> list[str]:
    """One labelled text, wrapped; its own line breaks are kept, so that log lines stay lines."""
    first, rest = f"   {name:<12}", " " * 15
    lines: list[str] = []
    for paragraph in bounded(plain(text, keep="\n"), TEXT_LIMIT).split("\n"):
        lines += textwrap.wrap(
            paragraph,
            width,
            initial_indent=rest if lines else first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
