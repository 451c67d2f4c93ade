"""Files that must not be taken for this run's: those of the run before it, and halves that a killed process has left.

A file of a report or a History is written under another name and gets its own when it is whole. Who is killed in the
middle of that leaves the half.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from reports.writing.writer import HISTORIES, INDEX

if TYPE_CHECKING:
    from pathlib import Path

JUNIT = "junit.xml"
REPORT = "report.json"


def forget_last_run(out: Path) -> None:
    """Remove what a run has left below ``out``: one that cannot begin or is broken off must not be taken for it."""
    shutil.rmtree(out / HISTORIES, ignore_errors=True)
    for name in (REPORT, INDEX, JUNIT, f".{REPORT}.*", f".{INDEX}.*"):
        for path in out.glob(name):
            _remove(path)


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
