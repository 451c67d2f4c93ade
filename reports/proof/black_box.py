"""The broken runtimes as black boxes, as a value: which were noticed, by what, on which evidence, and why others not.

``black-box.json`` is this value; its schema is generated from the type and kept in
``reports/schema/black-box.schema.json`` (``python -m reports.proof.black_box`` prints it anew). What a black box is
says :mod:`conformance.proof.black_box`; the page is :mod:`reports.proof.black_box_page`'s.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from tabulate import tabulate

from conformance.judging.verdict import Verdict
from conformance.proof.notices import MEANING, Look, Why
from conformance.tables.rungs import Rung
from reports.proof.kill_matrix import FaultRunFacts, Reference, reference_of
from reports.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.proof.kills import Sight

FORMAT = 1
SCHEMA_PATH = Path(__file__).resolve().parents[1] / "schema" / "black-box.schema.json"


class BlackBoxes(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document.

    ``noticed``: how many were, ``without_a_plan``: how many of them as any author's image is driven, in a scenario that
    is about no plan; ``rungs``: how many were noticed on each; ``why``: how many were not, for each reason;
    ``references``: the unbroken runtimes, judged in the same way.
    """

    format: int = FORMAT
    run: FaultRunFacts
    noticed: int
    without_a_plan: int
    rungs: dict[str, int]
    why: dict[str, int]
    faults: tuple[Look, ...]
    references: tuple[Reference, ...]

    @property
    def clean(self) -> bool:
        """Whether there are references, and nothing is red on any of them."""
        return bool(self.references) and all(reference.clean for reference in self.references)

    @property
    def as_wished(self) -> bool:
        """At least half of the broken runtimes that can be driven are noticed, and every reference is clean."""
        return self.driven > 0 and 2 * self.noticed >= self.driven and self.clean

    @property
    def driven(self) -> int:
        """How many of the broken runtimes can be driven without records."""
        return sum(one.why != Why.NOT_DRIVEN for one in self.faults)


def assemble(run: FaultRunFacts, looks: Sequence[Look], references: Mapping[str, Sequence[Sight]]) -> BlackBoxes:
    """The document of a run that has ended; faults in the order of their names."""
    on = Counter(one.rung for one in looks if one.noticed)
    why = Counter(one.why for one in looks if not one.noticed)
    return BlackBoxes(
        run=run,
        noticed=sum(one.noticed for one in looks),
        without_a_plan=sum(one.without_a_plan for one in looks),
        rungs={rung.value: on[rung.value] for rung in Rung},
        why={one.value: why[one.value] for one in Why if why[one.value]},
        faults=tuple(sorted(looks, key=lambda one: one.fault)),
        references=tuple(reference_of(name, sights) for name, sights in sorted(references.items())),
    )


def encode(table: BlackBoxes) -> str:
    """The document as indented JSON, with a final line break."""
    return msgspec.json.format(msgspec.json.encode(table), indent=1).decode() + "\n"


def decode(text: str | bytes) -> BlackBoxes:
    """The reverse of :func:`encode`.

    Raises:
        msgspec.ValidationError: the text is no such document.
    """
    return msgspec.json.decode(text, type=BlackBoxes)


def schema() -> str:
    """The JSON Schema of ``black-box.json``, as the text of the committed file."""
    (root,), definitions = msgspec.json.schema_components([BlackBoxes], ref_template="#/$defs/{name}")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Black boxes, format 1"}
    return json.dumps({**head, **root, "$defs": definitions}, indent=2, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------------------------------------- in the terminal


def headline(table: BlackBoxes) -> str:
    """The run in one line."""
    dirty = [reference.runtime for reference in table.references if not reference.clean]
    passed = sum(reference.verdicts.get(Verdict.PASS, 0) for reference in table.references)
    own = sum(one.by_own for one in table.faults)
    clean = f"{', '.join(dirty)} NOT clean" if dirty else f"{len(table.references)} references clean ({passed} passed)"
    return (
        f"{'GREEN' if table.as_wished else 'RED'}: {table.noticed} of {table.driven} broken runtimes noticed "
        f"without their records ({table.without_a_plan} without a plan, {own} by their own check), "
        f"{len(table.faults) - table.driven} cannot be driven so; {clean}"
    )


def noticed_on(table: BlackBoxes) -> str:
    """On which evidence how many were noticed, in words: ``lines 50, wire 9``."""
    return ", ".join(f"{rung} {count}" for rung, count in table.rungs.items() if count) or "nothing"


def summary(table: BlackBoxes) -> str:
    """The headline, by what each was noticed, why each of the others was not, and what is red on a reference."""
    blocks = [f"{headline(table)}\nnoticed on: {noticed_on(table)}"]
    rows = []
    for runtime in sorted({one.runtime for one in table.faults}):
        here = [one for one in table.faults if one.runtime == runtime]
        on = Counter(one.rung for one in here if one.noticed)
        rows.append([runtime, f"{sum(one.noticed for one in here)}/{len(here)}", *(on[rung] or "" for rung in Rung)])
    blocks.append(tabulate(rows, headers=["broken runtimes of", "noticed", *Rung]))
    noticed = [
        [
            one.fault,
            one.rung,
            "" if one.without_a_plan else one.notices[0].scenario,
            "its own" if one.by_own else ", ".join(one.requirements[:2]),
        ]
        for one in table.faults
        if one.noticed
    ]
    blocks.append(tabulate(noticed, headers=["noticed", "rung", "plan", "by the check of"]))
    for why in Why:
        unnoticed = [one for one in table.faults if one.why == why]
        if unnoticed:
            lines = "".join(f"\n  {one.fault}: {one.reason.removeprefix(MEANING[why] + ': ')}" for one in unnoticed)
            blocks.append(f"not noticed, {len(unnoticed)}: {MEANING[why]}{lines}")
    for reference in table.references:
        blocks.extend(
            f"the unbroken {reference.runtime}: {one.verdict.value} {one.requirement} ({one.scenario}): {one.message}"
            for one in reference.red[:5]
        )
        blocks.extend(f"the unbroken {reference.runtime}: {text}" for text in reference.spoilt[:5])
    return plain("\n\n".join(blocks))


if __name__ == "__main__":
    sys.stdout.write(schema())
