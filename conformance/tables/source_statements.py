"""``source_statements.toml`` as values: what the two normative pages state, and what becomes of each statement.

A statement is judged by requirements of the catalogue or left out for a reason, never both and never neither. What
can be told from the two files alone is checked here; that each requirement has a check is
:mod:`conformance.judging.checks`' affair.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from conformance.tables.catalogue import CatalogueError, Id, Level, SourceKind

if TYPE_CHECKING:
    from conformance.tables.catalogue import Catalogue, Requirement

HERE = Path(__file__).resolve().parent.parent


class Page(StrEnum):
    """The normative pages: the Chinese and the Japanese one."""

    ZH = "ZH"
    JA = "JA"


Text = Annotated[str, msgspec.Meta(min_length=1)]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One statement of the source in the project's own words."""

    id: Annotated[str, msgspec.Meta(pattern=r"^(zh|ja)\.[a-z0-9-]+\.[0-9]+$")]
    """Page where it is read first, section, and its number there."""
    section: Annotated[dict[Page, Text], msgspec.Meta(min_length=1)]
    """The page's own heading, for each page that makes the statement."""
    text: Text
    requirements: list[Id] = []
    """Requirements that judge the statement, or their part of it."""
    excluded: str = ""
    """Why no requirement judges it."""

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages that make the statement, the Chinese one first."""
        return tuple(page for page in Page if page in self.section)

    @property
    def group(self) -> str:
        """The part of the id that stands for the section."""
        return self.id.split(".")[1]


class _StatementsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    statement: list[Statement]


class StatementsError(ValueError):
    """The statements cannot be used; the text names the file and the entry."""


def load(catalogue: Catalogue, path: Path = HERE / "source_statements.toml") -> tuple[Statement, ...]:
    """Read the statements, in the order of the pages.

    Raises:
        StatementsError: the file is no TOML, an entry is malformed, an id is used twice or names a page that does
            not make the statement, an entry has both requirements and a reason to exclude it or neither, or it
            names a requirement twice or one that ``catalogue`` does not have.
    """
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _StatementsFile)
    except OSError as error:
        raise StatementsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise StatementsError(f"{path}: {error}") from error
    seen: set[str] = set()
    for statement in file.statement:
        if statement.id in seen:
            raise StatementsError(f"{path}: the id {statement.id} is used twice")
        seen.add(statement.id)
        mistake = _mistake(statement, catalogue)
        if mistake:
            raise StatementsError(f"{path}: {statement.id}: {mistake}")
    return tuple(file.statement)


def unstated(catalogue: Catalogue, statements: tuple[Statement, ...]) -> tuple[Requirement, ...]:
    """Every MUST of the source pages that no statement names: it claims a source that nobody has found there."""
    named = {name for statement in statements for name in statement.requirements}
    return tuple(
        requirement
        for requirement in catalogue.requirements
        if requirement.level is Level.MUST and requirement.source_kind is SourceKind.SRC and requirement.id not in named
    )


def _mistake(statement: Statement, catalogue: Catalogue) -> str:
    if Page(statement.id[:2].upper()) is not statement.pages[0]:
        return f"begins with {statement.id[:2]}, but the first page that makes it is {statement.pages[0]}"
    if bool(statement.requirements) == bool(statement.excluded):
        return "needs either requirements or the reason why it is excluded"
    for name in statement.requirements:
        if statement.requirements.count(name) > 1:
            return f"names {name} twice"
        try:
            catalogue.requirement(name)
        except CatalogueError as error:
            return str(error)
    return ""
