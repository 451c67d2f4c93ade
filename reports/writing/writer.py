"""Reads the saved histories, writes the files of the report.

A History that is missing or cannot be read takes nothing from the report: its verdicts stand, and the page
says what is wrong with the file.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.judging.judging import last_call
from fixtures.history import store
from reports.formats import report_json
from reports.report import red

if TYPE_CHECKING:
    from fixtures.history.history import History
    from reports.report import Report

HISTORIES = "histories"
"""The folder below the report's, in which the harness saves each History as soon as it is driven."""

INDEX = "index.html"
KILL_MATRIX = "kill-matrix.html"
"""The page that ``script/faults`` writes beside the report; the report leads to it where it is there."""
BLACK_BOX = "black-box.html"
"""The page that ``script/faults --black-box`` writes beside it; the kill matrix leads to it where it is there."""
READ_LIMIT = 64 * 2**20
"""Most bytes of saved Histories that are read for the page; a run of all runtimes has a third of that."""


@dataclass(frozen=True)
class WrittenPaths:
    """What was written. ``unreadable``: history file -> why it could not be shown; ``no_page``: why ``index.html`` is
    missing, empty where it is there."""

    report_json: Path
    index_html: Path
    unreadable: dict[str, str]
    no_page: str = ""


def write_all(report: Report, out: Path) -> WrittenPaths:
    """Write ``report.json`` and ``index.html`` below ``out``, each whole or not at all.

    Raises:
        OSError: the folder cannot be made or written.
    """
    # The templates' library is for the one process that writes a page, not for each worker.
    from reports.formats import html

    out.mkdir(parents=True, exist_ok=True)
    json_path = out / "report.json"
    write(json_path, report_json.encode(report))
    histories, unreadable = read_histories(report, out / HISTORIES)
    html_path = out / INDEX
    kill_matrix = KILL_MATRIX if (out / KILL_MATRIX).is_file() else ""
    try:
        page = html.render(report, histories, unreadable, kill_matrix=kill_matrix)
    except Exception as error:  # noqa: BLE001 - what one History holds must not cost the verdicts of all others
        return WrittenPaths(json_path, html_path, unreadable, no_page=last_call(error))
    write(html_path, page)
    return WrittenPaths(json_path, html_path, unreadable)


def read_histories(report: Report, folder: Path) -> tuple[dict[str, History], dict[str, str]]:
    """The histories that the report's verdicts name, by file name, and why others could not be read.

    Those of red verdicts come first: what an instance has filled without end must not fill this process too.
    """
    histories: dict[str, History] = {}
    unreadable: dict[str, str] = {}
    matters = {verdict.history for verdict in red(report)}
    left = READ_LIMIT
    for name in sorted(
        {one.history for one in report.verdicts if one.history}, key=lambda one: (one not in matters, one)
    ):
        if "\0" in name or name == ".." or Path(name).name != name:
            unreadable[name] = "is no name of a file in the folder of histories"
            continue
        try:
            size = (folder / name).stat().st_size if (folder / name).is_file() else 0
            if size > left:
                unreadable[name] = f"is not shown, its {size // 2**20} MB are more than this page has room for"
                continue
            histories[name] = store.load(folder / name)
            left -= size
        except store.HistoryError as error:
            # The page is handed on: it names the file, never the folder of the machine that made it.
            unreadable[name] = str(error).removeprefix(f"{folder / name}: ")
    return histories, unreadable


def write(path: Path, text: str) -> None:
    """Write a file of the report, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        # mkstemp keeps the file to its owner; a report is made to be read by others, such as a CI's uploader.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
