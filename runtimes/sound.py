"""The sound runtimes: overlays on a reference runtime that do something in an unusual way, and rightly.

``runtimes/<runtime>/sound/<name>``: a folder with a ``sound.toml`` that says what is unusual and which source allows
it, and the templates that take the place of the reference's. A suite is measured by what it leaves alone, too: no check
may turn red on any of them. Who drives and judges them is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

from runtimes import overlays
from runtimes.subjects import HERE

if TYPE_CHECKING:
    from pathlib import Path

    from runtimes.subjects import Subject

FOLDER = "sound"
TABLE = "sound.toml"


class SoundError(ValueError):
    """A sound runtime that cannot be used; the text names the file and says what is wrong with it."""


class _SoundFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """``sound.toml``."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
    """What the runtime does in an unusual way, in one sentence."""
    why: Annotated[str, msgspec.Meta(min_length=1)]
    """Why that is right: the source that allows it, or that no source forbids it and who does it."""
    subject: str = ""
    """The subject that it is made of; the runtime's first one that is part of the default run when left out."""
    note: str = ""
    """Words of a note that has to be made of it; none has to when left out."""
    scenarios: tuple[str, ...] = ()
    """What it is driven through; every scenario of its subject when left out."""


@dataclass(frozen=True)
class SoundRuntime:
    """One unusual runtime that is right. ``subject`` is the reference with the overlay on it, under its own name."""

    text: str
    why: str
    subject: Subject
    note: str = ""
    scenarios: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        assert self.subject.overlay is not None
        return self.subject.overlay.name


def discover_sound(root: Path = HERE) -> tuple[SoundRuntime, ...]:
    """All sound runtimes below ``root``, by name.

    Raises:
        SoundError: a folder has no usable ``sound.toml``, replaces nothing, or names no subject.
    """
    return tuple(_load(folder, subjects) for folder, subjects in overlays.folders(root, FOLDER))


def _load(folder: Path, subjects: list[Subject]) -> SoundRuntime:
    path = folder / TABLE
    try:
        file = overlays.read(path, _SoundFile)
        # Beside the faults of the same runtime it goes by a name that no requirement has.
        subject = overlays.laid_over(path, subjects, file.subject, f"{FOLDER}/{folder.name}")
    except overlays.OverlayError as error:
        raise SoundError(str(error)) from error
    return SoundRuntime(file.text, file.why, subject, file.note, file.scenarios)
