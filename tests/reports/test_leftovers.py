"""What lies in the folder of the reports and is not this run's."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from reports.writing.leftovers import drop_junit, sweep_halves

if TYPE_CHECKING:
    from pathlib import Path


def _lay(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("of the last run", encoding="utf-8")


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_where_no_run_was_there_is_nothing_to_sweep(tmp_path: Path) -> None:
    sweep_halves(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_halves_of_histories_are_swept_and_whole_ones_stay(tmp_path: Path) -> None:
    _lay(tmp_path, "histories/go--two-freezes.json", "histories/.go--x.json.c3", ".room")
    sweep_halves(tmp_path)
    assert _names(tmp_path) == [".room", "histories/go--two-freezes.json"]


def test_half_a_junit_file_is_dropped_and_told(tmp_path: Path) -> None:
    _lay(tmp_path, "junit.xml")
    told = drop_junit(tmp_path / "junit.xml", OSError(errno.ENOSPC, "No space left on device"))
    assert _names(tmp_path) == []
    assert told == f"{tmp_path / 'junit.xml'} could not be written: No space left on device"


def test_a_junit_file_that_was_never_begun_is_told_as_well(tmp_path: Path) -> None:
    assert drop_junit(tmp_path / "junit.xml", OSError("the disk has gone")).endswith("the disk has gone")
