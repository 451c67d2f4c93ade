"""``kill-matrix.html``: the kill matrix as a page of the report, without network and script.

What stands in which table is decided here; ``reports/formats/templates/kill-matrix.html.j2`` decides how it looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.judging.verdict import Verdict
from conformance.proof.kills import Status
from reports.formats.html import BADGES, Badge, environment
from reports.proof.kill_matrix import headline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.proof.kills import Kill
    from reports.proof.kill_matrix import KillMatrix

STATUS_BADGES = {
    Status.KILLED_BY_OWN: Badge("PASS", "✓", "killed by own"),
    Status.KILLED_BY_OTHER: Badge("NOT_TESTABLE", "!", "killed by other"),
    Status.SURVIVED: Badge("FAIL", "✗", "survived"),
    Status.NOT_STARTED: Badge("INCONCLUSIVE", "?", "not started"),
}
MEANING = {
    Status.KILLED_BY_OWN: "the check of the requirement that the fault breaks says FAIL",
    Status.KILLED_BY_OTHER: "only checks of other requirements say FAIL",
    Status.SURVIVED: "no check says FAIL, although the fault was in force",
    Status.NOT_STARTED: "the wrong thing was never done: nothing was killed",
}


@dataclass(frozen=True)
class Line:
    """A fault's line. ``own``: what its own check said of it, scenario by scenario."""

    kill: Kill
    badge: Badge
    own: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """The faults that are seen on one runtime."""

    runtime: str
    wire: str
    anchor: str
    lines: tuple[Line, ...]


def _line(kill: Kill) -> Line:
    own = tuple((one.scenario, one.message) for one in kill.red if one.requirement == kill.requirement)
    return Line(kill, STATUS_BADGES[kill.status], own)


def groups(kills: Sequence[Kill]) -> tuple[Group, ...]:
    """The faults by the runtime that they are seen on, what is not as it should be first."""
    found: list[Group] = []
    for runtime in sorted({kill.runtime for kill in kills}):
        own = sorted(
            (kill for kill in kills if kill.runtime == runtime),
            key=lambda kill: (kill.status is Status.KILLED_BY_OWN, kill.requirement, kill.fault),
        )
        wire = {"http": "HTTP", "runtime-api": "Runtime API", "none": "no web server"}[own[0].wire]
        found.append(Group(runtime, wire, f"on-{runtime}", tuple(map(_line, own))))
    return tuple(found)


def render(matrix: KillMatrix, *, report: str = "", black_box: str = "") -> str:
    """The page. ``report``, ``black_box``: where a run's report and the black boxes lie beside it, if they do."""
    return (
        environment()
        .get_template("kill-matrix.html.j2")
        .render(
            matrix=matrix,
            headline=headline(matrix).partition(": ")[2],
            legend=[(STATUS_BADGES[one], MEANING[one], matrix.statuses.get(one, 0)) for one in Status],
            groups=groups(matrix.faults),
            passed=Verdict.PASS.value,
            badges=BADGES,
            report=report,
            black_box=black_box,
        )
    )
