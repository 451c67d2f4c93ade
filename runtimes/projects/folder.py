"""What lies in a project's code folder, as a value: the only part of a plan that looks at the disk.

The folder is the author's and not trusted: it has to lie inside of the project, no link in it may lead out of it, and
how many files are looked at is bounded. Nothing of it is run, and of its files only the few small ones are read that
say what has to be installed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtimes.projects.mistakes import ConfigurationError, Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runtimes.projects.project import Function, Project

MAX_FILES = 50_000
"""Most files of a code folder; the platform itself takes no package of such a size."""
MAX_READ = 64 * 1024
"""Most bytes of a file that is read."""
READ_NAMES = frozenset({"package.json", "requirements.txt", "composer.json", "go.mod", "pom.xml", "bootstrap"})
"""Files at the top of the folder whose text says what is needed."""
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".war")
UNPACKED = (".jar",)
"""Archives that a runtime loads as they are."""


@dataclass(frozen=True)
class CodeFolder:
    """A code folder. ``path`` is the folder, or the one file that stands in its place; names in ``files`` are paths
    below it, with a slash between their parts."""

    path: Path
    files: frozenset[str] = frozenset()
    executable: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Text of the files in :data:`READ_NAMES` that are there."""

    @property
    def is_file(self) -> bool:
        """Whether one file, a jar, stands in the folder's place."""
        return self.files == {self.path.name} and self.path.name.endswith(UNPACKED)

    def has_folder(self, name: str) -> bool:
        """Whether something lies below ``name``."""
        return any(file.startswith(f"{name}/") for file in self.files)

    def ending(self, *ends: str) -> list[str]:
        """Names of the files that end so, in order."""
        return sorted(file for file in self.files if file.endswith(ends))


def look(project: Project, folder: Path, function: Function) -> CodeFolder | None:
    """The code folder of one function, whose project lies in ``folder``; None where the file names none.

    Raises:
        ConfigurationError: it is not there, is an archive, lies outside of the project or has a link that leads out.
    """
    if function.code is None:
        return None

    def mistake(what: str) -> ConfigurationError:
        place = function.code_place
        return ConfigurationError([Mistake(place.key, what, "", project.file, place.line, place.column)])

    written = function.code
    if not written.strip() or "\0" in written:
        raise mistake(f"must be the folder of the function's code, is {written!r}")
    try:
        root, path = folder.resolve(), (folder / written).resolve()
        there, is_folder, is_file = path.exists(), path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as error:
        raise mistake(f"names {written!r}, which is no path") from error
    if not path.is_relative_to(root):
        # Said of a path and of a link alike: what it leads to is not the project's.
        raise mistake(f"names {written}, which lies outside of the project's folder {root}")
    archive = path.name.lower().endswith(ARCHIVES)
    if not there and archive:
        raise mistake(f"names {written}, which is an archive and is not there: name the folder that it is made of")
    if not there:
        raise mistake(f"names {written}, which is not there{_makes_it(project, function)}")
    if is_file and path.name.endswith(UNPACKED):
        return CodeFolder(path, frozenset({path.name}))
    if archive or not is_folder:
        raise mistake(f"names {written}, which is a file: name the folder with the code in it, unpacked")
    try:
        return _walk(path)
    except _Refused as error:
        raise mistake(str(error)) from error
    except OSError as error:
        raise mistake(f"cannot be read: {error.filename}: {error.strerror}") from error


def _makes_it(project: Project, function: Function) -> str:
    """What the file itself says that has to be run first; the harness runs no action."""
    own = [action for action in project.actions if action.resource in ("", function.resource)]
    runs = [f"{action.what} in {action.path or '.'}" for action in own if action.when.startswith("pre-")]
    return f": run {' and '.join(runs)} first, as its actions have it, which are not run here" if runs else ""


class _Refused(Exception):
    """The folder cannot be taken; the text says why."""


def _walk(path: Path) -> CodeFolder:
    files: set[str] = set()
    executable: set[str] = set()
    texts: dict[str, str] = {}

    def failed(error: OSError) -> None:
        raise error

    for top, folders, names in os.walk(path, onerror=failed):
        here = os.path.relpath(top, path)
        for name in (*folders, *names):
            full = os.path.join(top, name)  # noqa: PTH118  (a Path for each of 50,000 files takes a second)
            below = name if here == "." else f"{here}/{name}"
            if os.path.islink(full):  # noqa: PTH114
                _judge_link(full, below, path)
        for name in names:
            below = name if here == "." else f"{here}/{name}"
            files.add(below)
            if len(files) > MAX_FILES:
                raise _Refused(f"has more than {MAX_FILES} files in it: is this the folder of the code alone?")
            if os.access(os.path.join(top, name), os.X_OK):  # noqa: PTH118
                executable.add(below)
            if here == "." and name in READ_NAMES and (path / name).is_file():
                with (path / name).open("rb") as file:
                    texts[name] = file.read(MAX_READ).decode(errors="replace")
    return CodeFolder(path, frozenset(files), frozenset(executable), texts)


def _judge_link(full: str, below: str, path: Path) -> None:
    """In the image there is nothing but the folder: a link out of it would lead to something else, or to nothing."""
    target = os.path.realpath(full)
    if target != str(path) and not target.startswith(f"{path}{os.sep}"):
        raise _Refused(f"has the link {below} in it, which leads out of the folder {path}: copy what it leads to")
