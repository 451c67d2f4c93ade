"""The folder of a run's report: whose it is, and what in it may be replaced.

A run replaces what a run before it has left, and nothing else: somebody's own ``report.json`` is not ours to remove,
nor a book among the Histories. And a folder belongs to one run at a time: two would each remove the other's Histories.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import filelock

MARK = ".fc-conformance"
"""A file that says of its folder that runs have made what goes by their names there; who writes holds its lock."""
_HISTORY = re.compile(r"\.?[^/]+--[^/]+\.json(\.[^/]+)?")
"""A History's file, or the half of one."""


class FolderRefused(Exception):
    """A folder that no run may write into; the text says which it is, why, and what to do."""


@dataclass(frozen=True)
class Kept:
    """What a kind of run keeps in its folder: single ``files`` that it replaces, and a folder of ``histories``.

    ``table``: that one of the files by which a folder without a mark is known, as a JSON document of this project.
    ``mark``: the name of the mark, so that runs of two kinds may share a folder.
    """

    files: tuple[str, ...]
    histories: str
    table: str
    mark: str = MARK


@dataclass(frozen=True)
class Claim:
    """A folder that is this run's until it is released."""

    folder: Path
    kept: Kept
    _lock: filelock.BaseFileLock | None = None

    def forget_last_run(self) -> None:
        """Remove what a run has left: one that cannot begin or is broken off must not be taken for it."""
        remove_histories(self.folder / self.kept.histories)
        for name in self.kept.files:
            for path in (self.folder / name, *self.folder.glob(f".{name}.*")):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let other runs have the folder."""
        if self._lock is not None:
            self._lock.release()


def folder(text: str) -> Path:
    """The value of an option that names a folder.

    Raises:
        argparse.ArgumentTypeError: it is empty, which would be the folder that one happens to stand in.
    """
    if not text:
        raise argparse.ArgumentTypeError("is empty; for the folder that you stand in say .")
    return Path(text)


def claim(folder: Path, kept: Kept) -> Claim:
    """Take ``folder`` for one run. Nothing in it is changed but for the mark.

    Raises:
        FolderRefused: it is none, cannot be written, holds what no run has made under a run's names, or another run
            writes there.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderRefused(f"{folder} is no folder: name another one with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strangers = [] if (folder / kept.mark).exists() else _strangers(folder, kept)
    except OSError as error:
        raise FolderRefused(f"{folder} cannot be written: {error.strerror or error}") from error
    if strangers:
        raise FolderRefused(
            f"{folder} has {' and '.join(strangers)}, and nothing says that a run of this suite has made it: "
            "name another folder with --out, or move it away"
        )
    lock = filelock.FileLock(folder / kept.mark, blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise FolderRefused(
            f"another run is writing into {folder}: wait for its end, or name another folder with --out"
        ) from None
    except NotImplementedError:
        # A file system without locks: then nobody can tell.
        return Claim(folder, kept)
    except OSError as error:
        raise FolderRefused(f"{folder} cannot be written: {error.strerror or error}") from error
    return Claim(folder, kept, lock)


def clear(folder: Path) -> None:
    """Remove a folder that a run has made for itself, with everything in it, and make it anew.

    Raises:
        FolderRefused: something is in it, and no mark; or it cannot be made.
    """
    try:
        if folder.exists():
            if any(folder.iterdir()) and not (folder / MARK).exists():
                raise FolderRefused(
                    f"{folder} is not empty, and nothing says that a run of this suite has made it: "
                    "name another folder with --out, or move it away"
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / MARK).touch()
    except OSError as error:
        raise FolderRefused(f"{folder} cannot be written: {error.strerror or error}") from error


def remove_histories(folder: Path) -> None:
    """Remove the Histories below ``folder``, and the folders that are empty then. What else lies there stays."""
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif _HISTORY.fullmatch(path.name):
                path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _strangers(folder: Path, kept: Kept) -> list[str]:
    """What goes by a run's names in a folder without a mark, unless a run from before there were marks has made it."""
    there = [name for name in kept.files if (folder / name).exists()]
    histories = folder / kept.histories
    if histories.exists() and (not histories.is_dir() or any(histories.iterdir())):
        there.append(f"{kept.histories}/")
    return [] if there and _is_ours(folder / kept.table) else there


def _is_ours(table: Path) -> bool:
    try:
        found = json.loads(table.read_bytes()) if table.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and isinstance(found.get("format"), int) and isinstance(found.get("run"), dict)
