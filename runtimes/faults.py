"""The broken runtimes: overlays on a reference runtime, each made to break one requirement.

``runtimes/<runtime>/faults/<requirement>`` or, where a requirement is broken in several ways,
``<requirement>~<variant>``: a folder with a ``fault.toml`` that says what goes wrong, and the templates that take the
place of the reference's. Which requirements there are is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import msgspec

from runtimes import overlays
from runtimes.subjects import HERE

if TYPE_CHECKING:
    from pathlib import Path

    from runtimes.subjects import Subject

FOLDER = "faults"
TABLE = "fault.toml"
VARIANT = "~"


class FaultError(ValueError):
    """A fault that cannot be used; the text names the file and says what is wrong with it."""


class _FaultFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """``fault.toml``."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
    """What the broken runtime does, in one sentence."""
    subject: str = ""
    """The subject that it is made of; the runtime's first one that is part of the default run when left out."""
    ready_within_s: Annotated[int, msgspec.Meta(ge=1, le=600)] | None = None
    """How long its instances are waited for, where they never get ready; the subject's own time when left out."""


@dataclass(frozen=True)
class RuntimeFault:
    """One broken runtime. ``subject`` is the reference with the overlay on it, under the reference's own name."""

    requirement: str
    text: str
    subject: Subject

    @property
    def id(self) -> str:
        assert self.subject.overlay is not None
        return self.subject.overlay.name


def discover_faults(root: Path = HERE) -> tuple[RuntimeFault, ...]:
    """All broken runtimes below ``root``, by name.

    Raises:
        FaultError: a folder of faults has no usable ``fault.toml``, replaces nothing, or names no subject.
    """
    return tuple(_load(folder, subjects) for folder, subjects in overlays.folders(root, FOLDER))


def _load(folder: Path, subjects: list[Subject]) -> RuntimeFault:
    path = folder / TABLE
    try:
        file = overlays.read(path, _FaultFile)
        subject = overlays.laid_over(path, subjects, file.subject, folder.name)
    except overlays.OverlayError as error:
        raise FaultError(str(error)) from error
    if file.ready_within_s is not None:
        table = msgspec.structs.replace(subject.table, ready_within_s=file.ready_within_s)
        subject = replace(subject, table=table)
    return RuntimeFault(folder.name.partition(VARIANT)[0], file.text, subject)
