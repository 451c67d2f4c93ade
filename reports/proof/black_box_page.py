"""``black-box.html``: the broken runtimes as black boxes, as a page beside the kill matrix, without network and script.

What stands in which table is decided here; ``reports/formats/templates/black-box.html.j2`` decides how it looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.judging.verdict import Verdict
from conformance.proof.notices import MEANING, Why
from reports.formats.html import BADGES, Badge, environment
from reports.proof.black_box import headline, noticed_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.proof.notices import Look
    from reports.proof.black_box import BlackBoxes

BY_OWN = Badge("PASS", "✓", "noticed by own")
BY_OTHER = Badge("PASS", "✓", "noticed by other")
UNNOTICED = Badge("NOT_APPLICABLE", BADGES[Verdict.NOT_APPLICABLE].symbol, "not noticed")


@dataclass(frozen=True)
class Group:
    """The broken runtimes of one runtime, each with its badge, those that were not noticed first."""

    runtime: str
    anchor: str
    noticed: int
    lines: tuple[tuple[Look, Badge], ...]


def _badge(look: Look) -> Badge:
    if not look.noticed:
        return UNNOTICED
    return BY_OWN if look.by_own else BY_OTHER


def groups(looks: Sequence[Look]) -> tuple[Group, ...]:
    """The broken runtimes by what they are made of."""
    found = []
    for runtime in sorted({one.runtime for one in looks}):
        here = sorted((one for one in looks if one.runtime == runtime), key=lambda one: (one.noticed, one.fault))
        lines = tuple((one, _badge(one)) for one in here)
        found.append(Group(runtime, f"on-{runtime}", sum(one.noticed for one in here), lines))
    return tuple(found)


def render(table: BlackBoxes, *, kill_matrix: str = "") -> str:
    """The page. ``kill_matrix``: where the page lies that judges the same faults by their records, if it does."""
    return (
        environment()
        .get_template("black-box.html.j2")
        .render(
            table=table,
            headline=headline(table).partition(": ")[2],
            noticed_on=noticed_on(table),
            reasons=[(MEANING[one], table.why[one]) for one in Why if table.why.get(one)],
            groups=groups(table.faults),
            passed=Verdict.PASS.value,
            badges=BADGES,
            kill_matrix=kill_matrix,
        )
    )
