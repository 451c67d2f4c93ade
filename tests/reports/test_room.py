"""Room for the report is kept, given back, and never in anybody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.writing import room
from reports.writing.room import NAME, Room

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_room_is_taken_and_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ROOM", 12_345)
    kept = Room(tmp_path / "out")
    kept.keep()
    assert (tmp_path / "out" / NAME).stat().st_size == 12_345
    assert (tmp_path / "out" / NAME).stat().st_blocks * 512 >= 12_345, "a hole in a file keeps nothing free"
    kept.give_back()
    assert list((tmp_path / "out").iterdir()) == []
    kept.give_back()


def test_a_folder_that_cannot_be_made_is_left_to_who_writes_to_it(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    kept = Room(tmp_path / "out")
    kept.keep()
    kept.give_back()
    assert (tmp_path / "out").is_file()
