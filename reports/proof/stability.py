"""Many runs of the suite as one value, and as a table in the terminal. Driving them is not done here."""

from __future__ import annotations

from collections import Counter

import msgspec
from tabulate import tabulate

from conformance.proof.stability import Change, Left, Verdicts, left_in_all
from reports.text import plain

SHOWN_CHANGES = 20


class SuiteRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the suite. ``load``: the machine's load average over a minute, when the run had ended."""

    number: int
    order_seed: int
    seconds: float
    exit_status: int
    load: float
    verdicts: dict[str, int]
    left: tuple[Left, ...]
    changes: tuple[Change, ...]


class Stability(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document.

    ``tree``: what was judged, as git names it; ``first``: the verdicts that all runs had to give; ``side_by_side``: how
    many runs shared the machine; ``stress``: what else kept it busy.
    """

    tree: str
    started: str
    cores: int
    side_by_side: int
    stress: str
    first: Verdicts
    runs: tuple[SuiteRun, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for run in self.runs for change in run.changes)

    @property
    def stable(self) -> bool:
        """No verdict changed, and no run was red."""
        return bool(self.runs) and not self.changes and all(run.exit_status == 0 for run in self.runs)


def line(run: SuiteRun) -> str:
    """A run that has ended, in one line."""
    counted = ", ".join(f"{count} {verdict}" for verdict, count in run.verdicts.items())
    return (
        f"run {run.number}: {counted}; {len(run.changes)} changed; {run.seconds:.0f} s at a load of {run.load:.1f}"
        f"; order {run.order_seed}; exit status {run.exit_status}"
    )


def summary(document: Stability) -> str:
    """All runs: whether they agree, what each timing check has left, and what changed."""
    runs, changed = document.runs, document.changes
    statuses = Counter(run.exit_status for run in runs)
    seconds = sorted(run.seconds for run in runs)
    head = (
        f"{'STABLE' if document.stable else 'NOT STABLE'}: {len(runs)} runs of the whole suite, "
        f"{len(document.first)} items each, {len(changed)} changed verdicts"
    )
    facts = (
        f"{document.side_by_side} at a time on {document.cores} cores, beside {document.stress}; "
        f"{seconds[0]:.0f} to {seconds[-1]:.0f} s a run, load up to {max(run.load for run in runs):.1f}; "
        f"exit statuses {dict(statuses)}"
    )
    rows = [
        [one.requirement, one.limit, one.measured, f"{one.least:.1f}", f"{one.median:.1f}"]
        for one in left_in_all(run.left for run in runs)
    ]
    table = tabulate(rows, headers=["timing check", "what it rests on", "measured", "least ms left", "median ms left"])
    told = [
        f"run {one.run}: {one.item}: {one.was or 'not there'} -> {one.now or 'not there'}: {one.message}"
        for one in changed[:SHOWN_CHANGES]
    ]
    more = [f"and {len(changed) - SHOWN_CHANGES} further changes"] if len(changed) > SHOWN_CHANGES else []
    return plain("\n\n".join([f"{head}\n{facts}", table, *told, *more]))
