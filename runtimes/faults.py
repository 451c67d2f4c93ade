"""The broken runtimes: overlays on a reference runtime, each made to break one requirement.

``runtimes/<runtime>/faults/<requirement>`` or, where a requirement is broken in several ways,
``<requirement>~<variant>``: a folder with a ``fault.toml`` that says what goes wrong, and the templates that take the
place of the reference's. The reference knows nothing of them. Which requirements there are is not known here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import msgspec

from runtimes.subjects import HERE, Overlay, Subject, discover

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "faults"
VARIANT = "~"


class FaultError(ValueError):
    """A fault that cannot be used; the text names the file and says what is wrong with it."""


class _FaultFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """``fault.toml``."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
    """What the broken runtime does, in one sentence."""
    subject: str = ""
    """The subject that it is made of; the runtime's first one that is part of the default run when left out."""


@dataclass(frozen=True)
class RuntimeFault:
    """One broken runtime. ``subject`` is the reference with the overlay on it, under the reference's own name."""

    requirement: str
    text: str
    subject: Subject

    @property
    def id(self) -> str:
        assert self.subject.overlay is not None
        return self.subject.overlay.fault


def discover_faults(root: Path = HERE) -> tuple[RuntimeFault, ...]:
    """All broken runtimes below ``root``, by name.

    Raises:
        FaultError: a folder of faults has no usable ``fault.toml``, replaces nothing, or names no subject.
    """
    subjects = [one for one in discover(root) if isinstance(one, Subject)]
    return tuple(
        _load(folder, [one for one in subjects if one.folder == folder.parent.parent])
        for folder in sorted(root.glob(f"*/{FOLDER}/*"))
        if folder.is_dir() and not folder.name.startswith(("_", "."))
    )


def _load(folder: Path, subjects: list[Subject]) -> RuntimeFault:
    path = folder / "fault.toml"
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _FaultFile)
    except OSError as error:
        raise FaultError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise FaultError(f"{path}: {error}") from error
    named = [one for one in subjects if (one.name == file.subject if file.subject else not one.table.optional)]
    if not named:
        known = ", ".join(one.name for one in subjects) or "none that can be used"
        raise FaultError(f"{path}: there is no subject {file.subject or '(the first)'} beside it; there are {known}")
    subject = named[0]
    used = set(subject.definition.files.values())
    templates = {one.name for one in folder.glob("*.j2")}
    if not templates & used:
        raise FaultError(f"{folder}: replaces no template of {subject.name}; those are {', '.join(sorted(used))}")
    overlay = Overlay(folder, f"{subject.name}/{folder.name}")
    return RuntimeFault(folder.name.partition(VARIANT)[0], file.text, replace(subject, overlay=overlay))
