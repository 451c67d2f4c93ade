"""Room on the disk that is kept free for the report while Histories fill the rest of it.

A disk that runs full in the middle of a run costs the Histories that come after; the verdicts that were given before
need no more than this to be written down.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ROOM = 32 * 2**20
"""Bytes kept free: a whole run's report takes a fifth of it. Of a disk with less than twice as much it is half."""
NAME = ".room-for-the-report"


class Room:
    """A file that takes the report's place on the disk until the report is written."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._path = out / NAME

    def keep(self) -> None:
        """Take the room, as much of it as there is. A disk without any is found out by who writes to it."""
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            size = min(ROOM, shutil.disk_usage(self._out).free // 2)
            with self._path.open("wb") as file:
                if size:
                    os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            self.give_back()

    def give_back(self) -> None:
        """Let the report have it."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            # Not a folder, or one that cannot be written: the report will say so.
            return
