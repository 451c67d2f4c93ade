"""The end of a run that reports: its files are written, and what could not be is told. A full disk ends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.writing.writer import write_all

if TYPE_CHECKING:
    from pathlib import Path

    from reports.report import Report


@dataclass(frozen=True)
class Published:
    """Where the page lies, or None; and in words what is missing of the report."""

    page: Path | None
    unwritten: tuple[str, ...] = ()


def publish(report: Report, out: Path) -> Published:
    """Write the report's files below ``out``, as many of them as can be written."""
    try:
        paths = write_all(report, out)
    except OSError as error:
        return Published(None, (f"the report could not be written below {out}: {error.strerror or error}",))
    if paths.no_page:
        return Published(None, (f"index.html could not be made, report.json has it all: {paths.no_page}",))
    return Published(paths.index_html)
