"""The kill matrix as a value: what became of every fault, whether the references are clean, and in which run.

``kill-matrix.json`` is this value; its schema is generated from the type and kept in
``reports/schema/kill-matrix.schema.json`` (``python -m reports.proof.kill_matrix`` prints it anew). Driving is
:mod:`conformance.proof.fault_run`'s work, the page :mod:`reports.proof.kill_matrix_page`'s.
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
from conformance.proof.kills import Kill, Red, Status, reds
from conformance.proof.sound import Sound
from reports.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.proof.kills import Sight

FORMAT = 1
SCHEMA_PATH = Path(__file__).resolve().parents[1] / "schema" / "kill-matrix.schema.json"


class FaultRunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The run behind a kill matrix. ``whole_suite``: every fault was driven through every scenario."""

    version: str
    profile: str
    started: str
    duration_s: float
    engine: str
    cores: int
    command: tuple[str, ...]
    whole_suite: bool


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An unbroken runtime in the same run. ``verdicts``: how many of each kind; ``red`` should be empty."""

    runtime: str
    drives: int
    verdicts: dict[str, int]
    red: tuple[Red, ...]
    spoilt: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return self.drives > 0 and not self.red and not self.spoilt


class Unbroken(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that no fault breaks, of this run or any other."""

    requirement: str
    level: str


class KillMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document.

    ``statuses``: how many faults have each; ``sound``: the unusual runtimes that are right; ``unbroken``: requirements
    without any fault.
    """

    format: int = FORMAT
    run: FaultRunFacts
    statuses: dict[str, int]
    faults: tuple[Kill, ...]
    references: tuple[Reference, ...]
    unbroken: tuple[Unbroken, ...]
    sound: tuple[Sound, ...] = ()

    @property
    def as_wished(self) -> bool:
        """Every fault is killed by its own check, nothing else has a red verdict, and nothing was spoilt."""
        return (
            bool(self.faults or self.sound)
            and all(kill.status is Status.KILLED_BY_OWN and not kill.spoilt for kill in self.faults)
            and all(reference.clean for reference in self.references)
            and all(one.left_alone for one in self.sound)
        )


def reference_of(runtime: str, sights: Sequence[Sight]) -> Reference:
    """What the drives of one unbroken runtime showed."""
    verdicts = Counter(one.verdict.value for sight in sights for one in sight.judgements)
    return Reference(
        runtime=runtime,
        drives=len(sights),
        verdicts=dict(sorted(verdicts.items())),
        red=reds(sights),
        spoilt=tuple(f"{sight.scenario}: {sight.trouble}" for sight in sights if sight.spoilt),
    )


def assemble(
    run: FaultRunFacts,
    kills: Sequence[Kill],
    references: Mapping[str, Sequence[Sight]],
    unbroken: Sequence[Unbroken],
    sound: Sequence[Sound] = (),
) -> KillMatrix:
    """The document of a run that has ended; faults and sound runtimes in the order of their names."""
    statuses = Counter(kill.status.value for kill in kills)
    return KillMatrix(
        run=run,
        statuses={status.value: statuses[status.value] for status in Status},
        faults=tuple(sorted(kills, key=lambda kill: kill.fault)),
        references=tuple(reference_of(name, sights) for name, sights in sorted(references.items())),
        unbroken=tuple(unbroken),
        sound=tuple(sorted(sound, key=lambda one: one.sound)),
    )


def encode(matrix: KillMatrix) -> str:
    """The document as indented JSON, with a final line break."""
    return msgspec.json.format(msgspec.json.encode(matrix), indent=1).decode() + "\n"


def decode(text: str | bytes) -> KillMatrix:
    """The reverse of :func:`encode`.

    Raises:
        msgspec.ValidationError: the text is no kill matrix.
    """
    return msgspec.json.decode(text, type=KillMatrix)


def schema() -> str:
    """The JSON Schema of ``kill-matrix.json``, as the text of the committed file."""
    (root,), definitions = msgspec.json.schema_components([KillMatrix], ref_template="#/$defs/{name}")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Kill matrix, format 1"}
    return json.dumps({**head, **root, "$defs": definitions}, indent=2, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------------------------------------- in the terminal


def headline(matrix: KillMatrix) -> str:
    """The run in one line."""
    total, own = len(matrix.faults), matrix.statuses[Status.KILLED_BY_OWN]
    others = [f"{count} {status}" for status, count in matrix.statuses.items() if count and status != "killed_by_own"]
    references = matrix.references
    dirty = [reference.runtime for reference in references if not reference.clean]
    verdicts = sum(reference.verdicts.get(Verdict.PASS, 0) for reference in references)
    said = f"{own} of {total} faults killed by their own check" + (f", {', '.join(others)}" if others else "")
    clean = f"{', '.join(dirty)} NOT clean" if dirty else f"{len(references)} references clean ({verdicts} passed)"
    alone = sum(one.left_alone for one in matrix.sound)
    parts = [said, clean] if matrix.faults or references or not matrix.sound else []
    parts += [f"{alone} of {len(matrix.sound)} sound runtimes left alone"] if matrix.sound else []
    return f"{'GREEN' if matrix.as_wished else 'RED'}: {'; '.join(parts)}"


def summary(matrix: KillMatrix) -> str:
    """The headline, what is not as it should be, and how many faults there are of each runtime."""
    blocks = [headline(matrix)]
    rows = []
    for runtime in sorted({kill.runtime for kill in matrix.faults}):
        own = [kill for kill in matrix.faults if kill.runtime == runtime]
        counted = Counter(kill.broken for kill in own)
        killed = sum(kill.status is Status.KILLED_BY_OWN for kill in own)
        rows.append([runtime, own[0].wire, counted["runtime"], counted["platform"], f"{killed}/{len(own)}"])
    if rows:
        headers = ["seen on", "wire", "broken runtimes", "broken platforms", "killed by own"]
        blocks.append(tabulate(rows, headers=headers))
    for kill in matrix.faults:
        if kill.status is not Status.KILLED_BY_OWN or kill.spoilt:
            red = "".join(f"\n    red: {one.requirement} ({one.scenario})" for one in kill.red[:8])
            why = "".join(f"\n    {text}" for text in (kill.reason, *kill.spoilt) if text)
            blocks.append(f"{kill.status.value} {kill.fault}: {kill.text}{why}{red}")
    for reference in matrix.references:
        blocks.extend(
            f"the unbroken {reference.runtime}: {one.verdict.value} {one.requirement} ({one.scenario}): {one.message}"
            for one in reference.red[:5]
        )
        blocks.extend(f"the unbroken {reference.runtime}: {text}" for text in reference.spoilt[:5])
    blocks.extend(_not_left_alone(one) for one in matrix.sound if not one.left_alone)
    without = [one.requirement for one in matrix.unbroken if one.level == "MUST"]
    if without:
        blocks.append(f"no fault breaks these MUSTs: {', '.join(without)}")
    return plain("\n\n".join(blocks))


def _not_left_alone(one: Sound) -> str:
    """What is wrong about a sound runtime, or about what the suite says of it."""
    lines = [f"{red.verdict.value} {red.requirement} ({red.scenario}): {red.message}" for red in one.red[:5]]
    lines += one.spoilt[:5]
    if one.drives and not one.in_force:
        lines.append(f"it said in none of {one.drives} drives that it did so")
    if one.note and not one.noted:
        lines.append(f"no note has the words {one.note!r}")
    return f"NOT left alone: {one.sound}: {one.text}" + "".join(f"\n    {line}" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(schema())
