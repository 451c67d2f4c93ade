"""Whether repeated runs of the suite agree. Pure: values in, values out.

The first run is the measure. A verdict that is another one in a later run, that is missing or that is new, is a change;
so is a first run that has red ones, since a suite that is red on its own references says nothing of its stability.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import msgspec

from conformance.proof.margins import margins_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.judging.verdict import Judgement
    from fixtures.history.history import History

Verdicts = dict[str, str]
"""Item of a run -> verdict."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One item whose verdict is not that of the first run. Empty texts: the item was not there."""

    run: int
    item: str
    was: str
    now: str
    message: str = ""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of one limit, in milliseconds. ``measured``: how often; ``median``: of several runs, of theirs."""

    requirement: str
    limit: str
    measured: int
    least: float
    median: float


def verdicts_of(judgements: Iterable[Judgement]) -> Verdicts:
    """The verdicts of a run, by what was judged."""
    return {f"{one.requirement} [{one.runtime}, {one.scenario or '-'}]": one.verdict.value for one in judgements}


def changes(run: int, first: Mapping[str, str], now: Mapping[str, str], messages: Mapping[str, str]) -> list[Change]:
    """What is not in ``now`` as it was in the ``first`` run. ``messages``: why, by item."""
    return [
        Change(run=run, item=item, was=first.get(item, ""), now=now.get(item, ""), message=messages.get(item, "")[:600])
        for item in sorted({*first, *now})
        if first.get(item) != now.get(item)
    ]


def left_in_a_run(histories: Iterable[History]) -> tuple[Left, ...]:
    """The margins of all Histories of a run, limit by limit."""
    measured: dict[tuple[str, str], list[float]] = {}
    for history in histories:
        for margin, value in margins_of(history):
            measured.setdefault((margin.requirement, margin.limit), []).append(value)
    return tuple(
        Left(
            requirement=requirement,
            limit=limit,
            measured=len(values),
            least=round(min(values), 1),
            median=round(statistics.median(values), 1),
        )
        for (requirement, limit), values in sorted(measured.items())
    )


def left_in_all(runs: Iterable[Sequence[Left]]) -> tuple[Left, ...]:
    """The margins of several runs, limit by limit: the least of all, and the median of the runs' medians."""
    found: dict[tuple[str, str], list[Left]] = {}
    for run in runs:
        for one in run:
            found.setdefault((one.requirement, one.limit), []).append(one)
    return tuple(
        Left(
            requirement=requirement,
            limit=limit,
            measured=sum(one.measured for one in ones),
            least=min(one.least for one in ones),
            median=round(statistics.median(one.median for one in ones), 1),
        )
        for (requirement, limit), ones in sorted(found.items())
    )
