"""The subjects: everything that can be named with ``--runtime``, found by looking into the folders.

A broken definition does not hide a runtime: it becomes a :class:`BrokenRuntime`, so that the run can go
on and report it by name. What the hooks of a subject are worth in a profile is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runtimes import definition
from runtimes.definition import Definition, DefinitionError, Handlers, HookName, HookResult, SubjectTable, Wire

if TYPE_CHECKING:
    from runtimes.projects.plan import Plan

HERE = Path(__file__).resolve().parent
CODE = "/code"
"""Where the platform puts a function's code (contract, section 10)."""
NONE = "none"
OWN = "own"


class Door(StrEnum):
    """How a subject came in: where its author says what it is."""

    FOLDER = "a folder of runtimes/"
    FILE = "a subject file"
    IMAGE = "the options beside --image"
    PROJECT = "a project"


@dataclass(frozen=True)
class Overlay:
    """Templates that take the place of a runtime's own: a folder, and the name that what they make goes by."""

    folder: Path
    name: str


@dataclass(frozen=True)
class Authored:
    """An author's own code, which goes into an image: how, and into that of which reference (None: the base image)."""

    plan: Plan
    reference: Subject | None


@dataclass(frozen=True)
class Subject:
    """One runtime in one mode: what an image is built from and how its instance is spoken to."""

    name: str
    folder: Path
    definition: Definition
    table: SubjectTable
    overlay: Overlay | None = None
    """What makes another runtime of the reference, a broken one or an unusual one; None for the reference itself."""
    keeps_records: bool = True
    """Whether the generated function is in the image: it does what a scenario plans, and writes records of it."""
    image: str = ""
    """An image that somebody else has built; empty where the folder's templates make one."""
    function: str = OWN
    """What goes into ``image``: the generated function of a language, nothing (:data:`NONE`), or what is in it
    already, the function with its witness (:data:`OWN`)."""
    code_directory: str = CODE
    """Where a generated function goes to in ``image``."""
    judged_as: str = ""
    """The subject of a folder whose word on hooks, handlers and languages holds for this one too; empty: its own."""
    hooks: tuple[HookName, ...] | None = None
    """The hooks that it has by its maintainer's word; None for what the profile says."""
    libraries: tuple[tuple[str, Path], ...] = ()
    """Settings that are a folder or a file of this machine: a vendor library that is not released."""
    declares_concurrency: bool = True
    """Whether it says of itself how many requests it takes at a time. Of an author's function that is no more than how
    many the platform sends it."""
    authored: Authored | None = None
    """The code of an author's that its image is made of; None for every other."""
    door: Door = Door.FOLDER
    origin: str = ""
    """The file and line, or the option, that named it; empty for a folder of ``runtimes/``."""
    guessed: tuple[str, ...] = ()
    """What nobody has said of it and the harness has taken for given, a phrase each."""
    told: tuple[str, ...] = ()
    """What a reader of its verdicts has to know, and what its author has written that is not done; a line each."""

    @property
    def title(self) -> str:
        return self.table.title

    @property
    def wire(self) -> Wire:
        return self.table.wire

    @property
    def concurrency(self) -> int:
        return self.table.concurrency

    @property
    def handlers(self) -> Handlers:
        return self.definition.handlers

    @property
    def hook_result(self) -> HookResult:
        return self.table.hook_result

    @property
    def kind(self) -> str:
        """The name under which profiles and requirements speak of it."""
        return self.judged_as or self.name

    @property
    def layered(self) -> bool:
        """Whether a generated function goes into somebody else's image."""
        return bool(self.image) and self.function not in (NONE, OWN)

    @property
    def takes_concurrent_requests(self) -> bool:
        return self.concurrency > 1


@dataclass(frozen=True)
class Given:
    """What the options beside ``--image IMAGE`` say of that image; None where they say nothing."""

    port: int | None = None
    invoke: str | None = None
    command: str | None = None

    def names(self) -> list[str]:
        """The options that say something."""
        said = {"--port": self.port, "--invoke": self.invoke, "--command": self.command}
        return [name for name, value in said.items() if value is not None]


@dataclass(frozen=True)
class BrokenRuntime:
    """A folder whose ``runtime.toml`` cannot be used. ``reason`` says which file and which key."""

    name: str
    folder: Path
    reason: str


def discover(root: Path = HERE) -> tuple[Subject | BrokenRuntime, ...]:
    """All subjects below ``root``, by name. A folder counts when it has a ``runtime.toml``."""
    found: list[Subject | BrokenRuntime] = []
    for path in sorted(root.glob("*/runtime.toml")):
        folder = path.parent
        try:
            loaded = definition.load(path)
        except DefinitionError as error:
            found.append(BrokenRuntime(folder.name.replace("_", "-"), folder, str(error)))
            continue
        for table in loaded.subject:
            settings = {**loaded.settings, **table.settings}
            found.append(Subject(table.name, folder, msgspec.structs.replace(loaded, settings=settings), table))
    return tuple(sorted(found, key=lambda subject: subject.name))
