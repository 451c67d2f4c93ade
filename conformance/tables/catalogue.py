"""``requirements.toml`` and ``profiles.toml`` as values, and which requirement applies to which subject.

The rules of a catalogue that can be told without running anything are kept here: unique ids, a MUST rests on
the source pages, a NOTE never on them alone. Checks are joined to requirements in
:mod:`conformance.judging.checks`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from conformance.tables.rungs import Rung, no_witness
from fixtures.history.events import Call
from runtimes import given_files
from runtimes.definition import HookResult, Wire

if TYPE_CHECKING:
    from runtimes.subjects import Subject

HERE = Path(__file__).resolve().parent.parent


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    NOTE = "NOTE"


class SourceKind(StrEnum):
    """What a requirement rests on (contract, introduction): the source pages, vendor material, or nothing yet."""

    SRC = "src"
    VENDOR = "vendor"
    OPEN = "open"


Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$")]


class Applies(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """To whom a requirement applies. Every condition that is given has to hold."""

    hooks: list[Call] = []
    """The profile lets the subject configure all of these hooks, and they have an effect."""
    lacks: list[Call] = []
    """The profile does not let the subject configure any of these hooks."""
    runtimes: list[str] = []
    """Only these subjects, by name: where a page names languages."""
    wires: list[Wire] = []
    hook_results: list[HookResult] = []
    concurrent: bool = False
    """The subject declares that it takes more than one request at a time."""
    context: list[str] = []
    """The subject's context can carry these fields."""


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One observable statement of the contract, in the project's own words."""

    id: Id
    family: str
    level: Level
    text: str
    source: str
    """Page and section."""
    source_kind: SourceKind
    stands_on: Annotated[tuple[Rung, ...], msgspec.Meta(min_length=1)]
    """The evidence that its check can stand on, the strongest first."""
    applies: Applies = Applies()

    @property
    def needs(self) -> Rung:
        """The weakest evidence on which its check may pass or fail."""
        return self.stands_on[-1]


class SubjectHooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What a profile says of one subject."""

    supports: list[Call]
    without_effect: str = ""
    """Why configured hooks are accepted but never called; empty where they are called."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A support matrix: data, never code."""

    name: str
    text: str
    source: str
    subjects: dict[str, SubjectHooks]


class _RequirementsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    family: dict[str, str]
    requirement: list[Requirement]


class _ProfilesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    profile: list[Profile]


class Catalogue(msgspec.Struct, frozen=True):
    """All requirements, in the order of the file, and the families' one-line descriptions."""

    requirements: tuple[Requirement, ...]
    families: dict[str, str]

    def requirement(self, id: str) -> Requirement:
        """The requirement called ``id``.

        Raises:
            CatalogueError: there is none; the text says where to add it.
        """
        for requirement in self.requirements:
            if requirement.id == id:
                return requirement
        raise CatalogueError(f"no requirement is called {id!r}; add it to conformance/requirements.toml")


class CatalogueError(ValueError):
    """The catalogue or a profile cannot be used; the text names the file and the entry."""


def _read(path: Path, kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(given_files.toml(given_files.text(path)), kind)
    except (given_files.Unreadable, msgspec.ValidationError) as error:
        raise CatalogueError(f"{path}: {error}") from error


def load(path: Path = HERE / "requirements.toml") -> Catalogue:
    """Read the catalogue.

    Raises:
        CatalogueError: the file is no TOML, an entry is malformed, an id is used twice, a family is not
            described, a level claims more than its source gives, or what it stands on is in no order.
    """
    file = _read(path, _RequirementsFile)
    assert isinstance(file, _RequirementsFile)
    seen: set[str] = set()
    for requirement in file.requirement:
        if requirement.id in seen:
            raise CatalogueError(f"{path}: the id {requirement.id} is used twice")
        seen.add(requirement.id)
        if requirement.family not in file.family:
            raise CatalogueError(
                f"{path}: {requirement.id}: the family {requirement.family!r} is not described in [family]"
            )
        if requirement.level is Level.MUST and requirement.source_kind is not SourceKind.SRC:
            raise CatalogueError(f'{path}: {requirement.id}: a MUST rests on the source pages (source-kind = "src")')
        if requirement.source_kind is SourceKind.OPEN and requirement.level is not Level.NOTE:
            raise CatalogueError(f"{path}: {requirement.id}: what is documented nowhere is at most a NOTE")
        if list(requirement.stands_on) != [rung for rung in Rung if rung in requirement.stands_on]:
            raise CatalogueError(f"{path}: {requirement.id}: stands-on names the strongest first, each once")
    return Catalogue(tuple(file.requirement), file.family)


def load_profiles(path: Path = HERE / "profiles.toml") -> dict[str, Profile]:
    """Read all profiles, by name.

    Raises:
        CatalogueError: the file is no TOML or an entry is malformed.
    """
    file = _read(path, _ProfilesFile)
    assert isinstance(file, _ProfilesFile)
    return {profile.name: profile for profile in file.profile}


def hooks_of(profile: Profile, subject: Subject) -> SubjectHooks:
    """What ``profile`` says of ``subject``; the maintainer's own word on its hooks goes before.

    Raises:
        CatalogueError: it says nothing; the text says where to add it.
    """
    try:
        said = profile.subjects[subject.kind]
    except KeyError as error:
        raise CatalogueError(
            f"the profile {profile.name} says nothing of {subject.kind}; add it to conformance/profiles.toml"
        ) from error
    if subject.hooks is None:
        return said
    return msgspec.structs.replace(said, supports=[Call(hook) for hook in subject.hooks])


def why_not_applicable(requirement: Requirement, subject: Subject, profile: Profile) -> str | None:
    """The reason why ``requirement`` does not apply to ``subject`` in ``profile``, or None when it does."""
    rule, hooks = requirement.applies, hooks_of(profile, subject)
    if rule.runtimes and subject.kind not in rule.runtimes:
        return f"the requirement is about {', '.join(rule.runtimes)}"
    if rule.wires and subject.wire not in rule.wires:
        wanted = " or ".join(map(_wire_name, rule.wires))
        return f"{subject.title} is spoken to by {_wire_name(subject.wire)}, the requirement is about {wanted}"
    for hook in rule.hooks:
        if hook not in hooks.supports:
            return f"profile {profile.name}: {hook.label} cannot be configured for {subject.title}"
        if hooks.without_effect:
            return f"profile {profile.name}: hooks of {subject.title} have no effect: {hooks.without_effect}"
    for hook in rule.lacks:
        if hook in hooks.supports and not hooks.without_effect:
            return f"profile {profile.name}: {hook.label} can be configured for {subject.title}"
    if rule.hook_results and subject.hook_result not in rule.hook_results:
        return f"a hook of {subject.title} hands nothing back in that way: {subject.table.hook_signature}"
    if rule.concurrent and not subject.takes_concurrent_requests:
        return f"{subject.title} declares that it takes one request at a time"
    for field in rule.context:
        if field in subject.table.context_lacks:
            return subject.table.context_lacks[field]
    if not subject.keeps_records and requirement.needs is Rung.RECORDS:
        return no_witness(requirement.stands_on)
    return None


def _wire_name(wire: Wire) -> str:
    return {Wire.HTTP: "HTTP", Wire.RUNTIME_API: "the Runtime API", Wire.NONE: "no web server"}[wire]
