"""``docs/evidence.md``: what is judged on which evidence, and what somebody can do to have more judged.

The page is a pure function of the catalogue, the checks and the scenarios; :func:`main` alone touches files. A test
compares the committed page with what would be written.

``python -m reports.commands.evidence_page`` writes it and prints the table of numbers.
"""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.judging import checks
from conformance.scenarios.scenarios import BY_NAME
from conformance.tables import catalogue as catalogues
from conformance.tables.catalogue import why_not_applicable
from conformance.tables.rungs import MADE_VISIBLE_BY, Rung
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.judging.checks import Registered
    from conformance.tables.catalogue import Catalogue, Profile, Requirement

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
COMMAND = ".venv/bin/python -m reports.commands.evidence_page"
PROFILE = "seeds"
AUTHORS = "custom-container"
"""The subject that stands for an author's image: a web server with both hooks that takes many requests at a time."""

WHAT_IT_IS = {
    Rung.RECORDS: "The generated function is in the image. It does what a scenario plans, and writes a record of every "
    "run: with what it was called, when, and in which state.",
    Rung.LINES: "Start and End lines in the log, with the request ID that was sent. They witness that the runtime ran "
    "the hook around them; not what the hook was given, what it did, or what state it found.",
    Rung.SINK: "What the instance sends out, stamped where it arrives: at a sink of the harness. It witnesses that it "
    "has left the instance, and when.",
    Rung.KERNEL: "What the kernel knows of the container: its CPU time, its processes, the sockets it listens on.",
    Rung.WIRE: "Requests and answers, a control request to a path that nobody knows, the platform's own steps and the "
    "engine's events. This is there with any image.",
}


@dataclass(frozen=True)
class Count:
    """Numbers of requirements. ``needs``: which need this evidence at least; ``judged``: which are judged with it.

    ``authors``: which of those are judged of an author's image that has this evidence at best.
    """

    rung: Rung
    needs: int
    judged: int
    authors: int


def counts(
    catalogue: Catalogue, registry: Mapping[str, Registered], subject: Subject, profile: Profile
) -> tuple[Count, ...]:
    """How many requirements are judged on each kind of evidence, the strongest first.

    ``subject``: as whom an author's image is driven; ``profile``: which hooks that has.
    """
    own = replace(subject, keeps_records=False)
    return tuple(
        Count(
            rung,
            needs=sum(one.needs is rung for one in catalogue.requirements),
            judged=sum(one.needs.height >= rung.height for one in catalogue.requirements),
            authors=sum(
                one.needs.height >= rung.height
                and _is_judged(one, registry, subject if rung is Rung.RECORDS else own, profile)
                for one in catalogue.requirements
            ),
        )
        for rung in Rung
    )


def _is_judged(
    requirement: Requirement, registry: Mapping[str, Registered], subject: Subject, profile: Profile
) -> bool:
    """Whether the requirement applies to the subject, and it can be driven through a scenario that shows it."""
    on = [name for check in registry.values() if check.requirement == requirement.id for name in check.on]
    drivable = [BY_NAME[name].why_not_drivable(subject) is None for name in on if name in BY_NAME]
    return why_not_applicable(requirement, subject, profile) is None and (any(drivable) or not drivable)


def render(catalogue: Catalogue, found: Sequence[Count]) -> str:
    """The whole page as Markdown, ending with a line break."""
    parts = [
        f"<!-- Generated: change the catalogue or {Path(__file__).name}, then run {COMMAND} -->",
        "# Evidence",
        _wrapped(
            "A verdict stands on evidence, and says on which: behind its sign in the page, in the terminal's first "
            "lines, as `rung` in `report.json`, as the property `judged by` in `junit.xml`. There are five kinds, each "
            "weaker than the one before it and independent of it. A requirement names those that its check can stand "
            "on (`stands-on` in `conformance/requirements.toml`). On less than the last of them nothing is judged: the "
            "verdict is NOT_APPLICABLE, *no witness*, with the one thing that would make it visible."
        ),
        *(_rung(number, rung) for number, rung in enumerate(Rung, 1)),
        _NUMBERS,
        table(found),
        _AUTHOR,
        _LINES,
        "## What can be seen on what",
        _what_on_what(catalogue),
    ]
    return "\n\n".join(parts) + "\n"


def table(found: Sequence[Count]) -> str:
    """The numbers."""
    lines = [
        "| Evidence | requirements that need it | judged with it and what is weaker | of an author's image |",
        "| --- | --- | --- | --- |",
        *(f"| {one.rung} | {one.needs} | {one.judged} | {one.authors} |" for one in found),
    ]
    return "\n".join(lines)


_NUMBERS = "## How much is judged on what"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 117, break_long_words=False, break_on_hyphens=False)


_AUTHOR = _wrapped(
    "The last column is about an author's image: a web server with both hooks that takes several requests at a time, "
    f"in the profile `{PROFILE}`. Without the generated function an image follows no plan: no hook throws or takes its "
    "time because a scenario wants it to, and the scenarios that are about that are not driven."
)

_LINES = """## What lines show, and what not

- A log that has the lines of one hook is taken to tell of the other too: a hook whose lines are missing there has
  not run. Where only invocations leave lines, nothing is known of the hooks, but `logs.pre-freeze-start-and-end` and
  `logs.pre-stop-start-and-end` fail: either the hook did not run, or it left no lines, and both are asked for.
- The engine stamps a line when it has read it: 0.2 ms after it was written, and up to 150 ms where it is busy. So a
  line counts as written when its request was answered, unless a thaw or half a second lies between. A hook that goes
  on after its answer shows by its lines where the freeze comes between.
- Where every Start line comes later than that the lines lie in a buffer of the process. Then nothing is said of
  times, and `logs.written-before-the-freeze` fails.

## The control

In one scenario an image without the generated function is asked for a path that is made up for it, with the method
and the headers of a hook. An answer of `/pre-freeze` or `/pre-stop` with the same status, the same body (but for
numbers, IDs and the path) and the same `content-type`, `location` and `x-fc-status` fails `hooks.path-is-known`: a
catch-all answers in the hook's place, or the server does not know the path. An answer that differs shows that the
path is known, not that the hook ran. A hook that does run and is answered exactly as any unknown path fails too:
nobody can tell the two apart."""


def _rung(number: int, rung: Rung) -> str:
    text = f"{number}. **{rung}**: {WHAT_IT_IS[rung]} To be judged by it: {MADE_VISIBLE_BY[rung]}."
    # What stands for an ID must not be taken for a tag.
    return _wrapped(text).replace("<", "&lt;").replace(">", "&gt;").replace("\n", "\n   ")


def _what_on_what(catalogue: Catalogue) -> str:
    head = f"| Requirement | {' | '.join(Rung)} |"
    rows = [
        f"| `{one.id}` | {' | '.join('yes' if rung in one.stands_on else '' for rung in Rung)} |"
        for one in catalogue.requirements
    ]
    return "\n".join([head, "|" + " --- |" * (1 + len(Rung)), *rows])


def shipped() -> tuple[Catalogue, tuple[Count, ...]]:
    """The catalogue of this checkout, and its numbers."""
    checks.import_all()
    catalogue = catalogues.load()
    subject = next(one for one in discover() if isinstance(one, Subject) and one.name == AUTHORS)
    return catalogue, counts(catalogue, checks.REGISTRY, subject, catalogues.load_profiles()[PROFILE])


def main() -> None:
    """Write the page, and print its numbers."""
    catalogue, found = shipped()
    PAGE.write_text(render(catalogue, found), encoding="utf-8")
    sys.stdout.write(table(found) + "\n")


if __name__ == "__main__":
    main()
