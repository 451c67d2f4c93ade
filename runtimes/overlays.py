"""Overlays: templates in a folder beside a reference runtime that make another one of it.

A broken runtime (:mod:`runtimes.faults`) is one, an unusual one that is right all the same (:mod:`runtimes.sound`) the
other. The reference knows nothing of them. What either is for is not known here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from runtimes import given_files
from runtimes.subjects import Overlay, Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = TypeVar("T", bound=msgspec.Struct)


class OverlayError(ValueError):
    """An overlay that cannot be used; the text names the file and says what is wrong with it."""


def folders(root: Path, kind: str) -> Iterator[tuple[Path, list[Subject]]]:
    """The folders ``<root>/<runtime>/<kind>/<name>``, by name, each with the usable subjects of its runtime."""
    subjects = [one for one in discover(root) if isinstance(one, Subject)]
    for folder in sorted(root.glob(f"*/{kind}/*")):
        if folder.is_dir() and not folder.name.startswith(("_", ".")):
            yield folder, [one for one in subjects if one.folder == folder.parent.parent]


def read(path: Path, kind: type[T]) -> T:
    """The table of ``path`` as a value of ``kind``.

    Raises:
        OverlayError: the file cannot be read, or holds something else.
    """
    try:
        return msgspec.convert(given_files.toml(given_files.text(path)), kind)
    except (given_files.Unreadable, msgspec.ValidationError) as error:
        raise OverlayError(f"{path}: {error}") from error


def laid_over(path: Path, subjects: list[Subject], wanted: str, name: str) -> Subject:
    """The subject ``wanted`` of ``subjects``, or the first of the default run, under the overlay beside ``path``.

    ``path``: the table of the overlay; ``name``: what the overlay goes by.

    Raises:
        OverlayError: there is no such subject, or the folder replaces no template of it.
    """
    named = [one for one in subjects if (one.name == wanted if wanted else not one.table.optional)]
    if not named:
        known = ", ".join(one.name for one in subjects) or "none that can be used"
        raise OverlayError(f"{path}: there is no subject {wanted or '(the first)'} beside it; there are {known}")
    subject, folder = named[0], path.parent
    used = set(subject.definition.files.values())
    if not {one.name for one in folder.glob("*.j2")} & used:
        raise OverlayError(f"{folder}: replaces no template of {subject.name}; those are {', '.join(sorted(used))}")
    return replace(subject, overlay=Overlay(folder, f"{subject.name}/{name}"))
