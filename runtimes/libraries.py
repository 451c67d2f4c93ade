"""Vendor libraries as a subject's settings name them: a released version, or a folder or a file of this machine.

``runtime.toml`` says which settings may be either. What a library that has no version can do is read off the library
itself: a template asks for a word that only a library with the thing in question has in it.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runtimes.subjects import Subject

FOLDER = "libraries"
"""Where they lie in a build context."""
LEFT_OUT = {".git", ".idea", ".vscode", "node_modules", "target"}
"""Folders of a checkout that no build needs."""


def looks_like_a_path(value: object) -> bool:
    """Whether a setting's value is meant as a place on this machine: a version has no slash in it."""
    return isinstance(value, str) and ("/" in value or value.startswith((".", "~")) or value.endswith(".jar"))


def place(subject: Subject, setting: str) -> str:
    """Where the library lies in the build context: a folder, or a file with its ending."""
    path = dict(subject.libraries)[setting]
    return f"{FOLDER}/{setting}{path.suffix if path.is_file() else ''}"


def files(subject: Subject) -> dict[str, bytes]:
    """All files of the subject's own libraries, by their paths in the build context."""
    return {
        path: content for setting, root in subject.libraries for path, content in _under(root, place(subject, setting))
    }


def at_least(subject: Subject, setting: str, version: str, word: str) -> bool:
    """Whether the library is of ``version`` or newer or, where it has none, has ``word`` in one of its files."""
    root = dict(subject.libraries).get(setting)
    if root is None:
        return _numbers(str(subject.definition.settings[setting])) >= _numbers(version)
    return any(word.encode() in piece for _, content in _under(root, "") for piece in _unpacked(content))


def _under(root: Path, place: str) -> Iterator[tuple[str, bytes]]:
    if root.is_file():
        yield place, root.read_bytes()
        return
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not LEFT_OUT.intersection(relative.parts):
            yield f"{place}/{relative.as_posix()}", path.read_bytes()


def _unpacked(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"PK"):
        yield content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name.encode() + b"\0" + archive.read(name)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]
