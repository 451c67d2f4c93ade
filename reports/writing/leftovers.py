"""Files that must not be taken for this run's: which a run leaves, and halves that a killed process has left.

A file of a report or a History is written under another name and gets its own when it is whole. Who is killed in the
middle of that leaves the half.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from reports.writing.claim import Kept
from reports.writing.room import NAME as ROOM
from reports.writing.writer import HISTORIES, INDEX

if TYPE_CHECKING:
    from pathlib import Path

JUNIT = "junit.xml"
REPORT = "report.json"
KEPT = Kept(files=(REPORT, INDEX, JUNIT, ROOM), histories=HISTORIES, table=REPORT)
"""What a run of the suite leaves in its folder."""


def sweep_halves(out: Path) -> None:
    """Remove the halves of Histories that workers of this run were killed over."""
    for half in (out / HISTORIES).glob(".*"):
        _remove(half)


def drop_junit(path: Path, error: OSError) -> str:
    """Remove what pytest could not write to its end, since half of it is no XML. What to tell people of it."""
    _remove(path)
    return f"{path} could not be written: {error.strerror or error}"


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
