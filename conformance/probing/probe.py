"""Drives the first look: one instance of each subject that others have built, before anything else is driven.

What it tells is :mod:`conformance.probing.findings`' business, and who may go on follows from that. Its Histories are
saved beside all others; the checks that judge them are called when their turn comes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from conformance.driving.histories import drive_here
from conformance.probing.findings import findings
from conformance.probing.sees import in_a_line
from conformance.scenarios.scenarios import BEGIN, BY_NAME, PROBE
from fixtures.history import store
from fixtures.history.events import Ready
from runtimes.definition import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from conformance.probing.finding import Finding
    from conformance.tables.catalogue import Profile
    from fixtures.history.history import History
    from fixtures.session import Session
    from runtimes.subjects import Subject

AT_ONCE: Final = 4
"""Instances that are looked at side by side."""
OTHER: Final = {Wire.HTTP: Wire.RUNTIME_API, Wire.RUNTIME_API: Wire.HTTP}


@dataclass(frozen=True)
class Probed:
    """What the first look at one subject gave."""

    subject: str
    sees: str
    findings: tuple[Finding, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing else of this subject needs to be driven."""
        return any(one.ends for one in self.findings)

    def lines(self) -> list[str]:
        """What is said of it at once."""
        told = [f"{self.subject}: {self.sees}"]
        for one in self.findings:
            told += [f"{self.subject}: {one.title}", f"{' ' * len(self.subject)}  what to do: {one.cure}"]
        if self.ended:
            told.append(f"{self.subject}: nothing else of it is driven, as everything would be red for this")
        return told


def probe(
    session: Session, subjects: Iterable[Subject], profile: Profile, folder: Path, say: Callable[[str], None]
) -> tuple[Probed, ...]:
    """Look at each of ``subjects`` that has an image, and say of each what was seen as soon as it is known.

    Args:
        folder: where its Histories are saved.
        say: takes a line.

    Raises:
        NoEngine: the engine does not answer any more.
        OSError: a History cannot be saved.
    """
    looked_at = [one for one in subjects if BY_NAME[PROBE].why_not_drivable(one) is None and one.name in session.images]

    def look(subject: Subject) -> Probed:
        found = _look(session, subject, profile, folder)
        for line in found.lines():
            say(line)
        return found

    if not looked_at:
        return ()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="probe") as pool:
        return tuple(pool.map(look, looked_at))


def _look(session: Session, subject: Subject, profile: Profile, folder: Path) -> Probed:
    workplace = session.workplace(f"probe-{subject.name}")
    try:
        history = drive_here(workplace, session, subject, BY_NAME[PROBE], profile)
        store.save(history, folder)
        if history.trouble is not None and history.trouble.side == "harness":
            # The checks of it will be INCONCLUSIVE, and say why.
            return Probed(subject.name, "could not be looked at", ())
        otherwise = None
        if is_waited_for_in_vain(history):
            other = msgspec.structs.replace(subject.table, wire=OTHER[subject.wire])
            otherwise = drive_here(workplace, session, replace(subject, table=other), BEGIN, profile)
            store.save(otherwise, folder)
    finally:
        workplace.close()
    return Probed(
        subject.name,
        in_a_line(history),
        findings(history, wire=subject.wire, port=subject.table.port, otherwise=otherwise, door=subject.door),
    )


def is_waited_for_in_vain(history: History) -> bool:
    """Whether the instance is there and did not get ready: perhaps it is to be spoken to in another way."""
    return not history.of(Ready) and bool(history.engine("start")) and not history.engine("die")
