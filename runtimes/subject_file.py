"""A subject from outside: a maintainer's TOML file or a named image, read into the value that a folder gives too.

Says what a file may say, which key was probably meant by one that it may not, and what is taken for given where it says
nothing: nothing behind this module tells such a subject from one of ``runtimes/``. Whether an image is there, and
what is in it, is asked by :mod:`fixtures.engine.images`.
"""

from __future__ import annotations

import difflib
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from runtimes import given_files
from runtimes.definition import (
    PORT,
    Definition,
    HookName,
    HookResult,
    HttpTarget,
    Name,
    Port,
    RuntimeTable,
    SubjectTable,
    Text,
    Wire,
)
from runtimes.libraries import looks_like_a_path
from runtimes.outside_names import free
from runtimes.subjects import CODE, NONE, OWN, BrokenRuntime, Door, Given, Subject
from runtimes.toml_places import keys_of, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runtimes.toml_places import Keys

BLACK_BOX_KINDS = {Wire.HTTP: "custom-container", Wire.RUNTIME_API: "custom", Wire.NONE: "custom-container-noweb"}
"""Whose row in the profiles holds for an image of which nobody says what it is."""
ONE_AT_A_TIME = 1
"""What the platform sends an instance at a time unless its author says otherwise."""
BLACK_BOX_HOOK = "(in the image; how it is written is not known)"


class SubjectFileError(ValueError):
    """A subject file that cannot be used. The text has a line for each mistake: file, line, key, what is wrong."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One subject as a file may describe it. None: nothing is said."""

    name: Name | None = None
    title: Text | None = None
    image: Text | None = None
    function: Text | None = None
    wire: Wire | None = None
    code_directory: Annotated[str, msgspec.Meta(pattern="^/")] | None = None
    command: list[str] | Text | None = None
    port: Port | None = None
    environment: dict[str, str] = {}
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    memory_mb: Annotated[int, msgspec.Meta(ge=16, le=4096)] | None = None
    processes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    capabilities: list[Text] | None = None
    user: str | None = None
    ready_within_s: Annotated[int, msgspec.Meta(ge=1, le=600)] | None = None
    timeout_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] | None = None
    invoke: HttpTarget | None = None
    hooks: list[HookName] | None = None
    settings: dict[str, str | int | bool | list[str]] = {}
    hook_result: HookResult | None = None
    hook_signature: Text | None = None
    context_lacks: dict[str, str] | None = None
    optional: bool = False
    """Has no meaning here: a file is judged where it is named. Taken, so that a folder's table can be copied."""


FIELDS: Mapping[str, str] = {field.encode_name: field.name for field in msgspec.structs.fields(_Table)}
"""Keys of a file by their names in it."""
SYNONYMS = {
    "caport": "port",
    "ca-port": "port",
    "entrypoint": "command",
    "cmd": "command",
    "args": "command",
    "env": "environment",
    "environment-variables": "environment",
    "runtime": "function",
    "language": "function",
    "timeout": "timeout-s",
    "ready-timeout": "ready-within-s",
    "memory": "memory-mb",
    "code-uri": "code-directory",
    "instance-concurrency": "concurrency",
    "pids-limit": "processes",
    "cap-add": "capabilities",
}
"""What people write who know these things from elsewhere, and the key that is meant."""


def languages(there: Iterable[Subject | BrokenRuntime]) -> dict[str, Subject]:
    """The languages whose generated function can go into somebody's image, each with its reference."""
    found: dict[str, Subject] = {}
    for one in there:
        if isinstance(one, Subject) and one.definition.function is not None and not one.table.optional:
            found.setdefault(one.folder.name.replace("_", "-"), one)
    return found


def read(path: Path, there: Sequence[Subject | BrokenRuntime]) -> tuple[Subject, ...]:
    """The subjects of one file: one at its top level, or several in ``[[subject]]`` tables.

    Args:
        there: the subjects of ``runtimes/``, whose functions and words a file refers to.

    Raises:
        SubjectFileError: it is missing, is no TOML, or says what cannot be meant.
    """
    try:
        text = given_files.text(path)
        raw = given_files.toml(text)
    except given_files.Unreadable as error:
        raise SubjectFileError(f"{path}: {error}") from error
    file = _File(path, text, raw)
    tables = file.tables()
    return tuple(file.subject(table, keys, there, alone=len(tables) == 1) for keys, table in tables)


class _File:
    """A file under reading."""

    def __init__(self, path: Path, text: str, raw: dict[str, Any]) -> None:
        self._path = path
        self._text = text
        self._raw = raw

    def tables(self) -> list[tuple[Keys, _Table]]:
        several = self._raw.get("subject")
        if several is None:
            self._refuse_unknown([((), self._raw)])
            return [((), self._convert(self._raw, ()))]
        if not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
            raise self._error(("subject",), "is a table [[subject]] for each subject")
        beside = [key for key in self._raw if key != "subject"]
        if beside:
            raise self._error((beside[0],), "stands beside [[subject]]: put it into the subject that it is about")
        self._refuse_unknown([(("subject", index), one) for index, one in enumerate(several)])
        return [(("subject", index), self._convert(one, ("subject", index))) for index, one in enumerate(several)]

    def _refuse_unknown(self, tables: list[tuple[Keys, dict[str, Any]]]) -> None:
        mistakes = []
        for keys, table in tables:
            for key in table:
                if key not in FIELDS:
                    meant = meant_key(key)
                    hint = f"did you mean {meant}?" if meant else f"there are {', '.join(FIELDS)}"
                    mistakes.append(str(self._error((*keys, key), f"is no key of a subject; {hint}")))
        if mistakes:
            raise SubjectFileError("\n".join(mistakes))

    def _convert(self, table: dict[str, Any], keys: Keys) -> _Table:
        try:
            return msgspec.convert(table, _Table)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `")
            place = (*keys, *keys_of(where.rstrip("`")))
            raise self._error(place, _in_words(what)) from error

    def _error(self, keys: Keys, what: str) -> SubjectFileError:
        name = ".".join(str(key) for key in keys if isinstance(key, str) and key != "subject")
        return SubjectFileError(f"{self._place(keys)}: {name + ': ' if name else ''}{what}")

    def _place(self, keys: Keys) -> str:
        line = line_of(self._text, keys)
        return f"{self._path}:{line}" if line else str(self._path)

    def subject(self, table: _Table, keys: Keys, there: Sequence[Subject | BrokenRuntime], *, alone: bool) -> Subject:
        known = languages(there)
        name = table.name
        if name is None and not alone:
            raise self._error(keys, "has no name: where a file has several subjects, each needs its own")
        if name is None:
            name = free(self._path.stem, {one.name for one in there})
        if any(one.name == name for one in there):
            raise self._error((*keys, "name"), f"{name} is the name of a runtime of this project; give it another")
        function = table.function or (NONE if table.image else None)
        if function is None:
            raise self._error(
                keys,
                "names neither an image nor a function: say image = (what you have built),"
                f" or function = ({', '.join(known)}) for our reference of that language",
            )
        if function not in (*known, NONE, OWN):
            close = difflib.get_close_matches(function.lower(), [*known, NONE, OWN], n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise self._error((*keys, "function"), f"there is no {function}; {hint}there are {', '.join(known)},"
                              f" {NONE} (a black box) and {OWN} (the image keeps records already)")  # fmt: skip
        if not table.image and function not in known:
            raise self._error(keys, f"function = {function} needs an image")
        language = known.get(function)
        libraries = self._settings(table, keys, language)
        origin = self._place(keys) if keys else str(self._path)
        said = _Said(name, function, origin, language, _kinds(there))
        return said.subject(table, libraries)

    def _settings(self, table: _Table, keys: Keys, language: Subject | None) -> tuple[tuple[str, Path], ...]:
        if not table.settings:
            return ()
        place = (*keys, "settings")
        if language is None:
            raise self._error(place, "have no use: nothing of ours is built for this subject")
        found = []
        for setting, value in table.settings.items():
            settings = language.definition.settings
            if setting not in settings:
                close = difflib.get_close_matches(setting, settings, n=1)
                hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(settings) or 'none'}"
                raise self._error((*place, setting), f"is no setting of {language.title}; {hint}")
            if not looks_like_a_path(value):
                continue
            wanted = language.definition.libraries.get(setting)
            if wanted is None:
                raise self._error((*place, setting), f"{value} looks like a path; only a version can be used here")
            path = (self._path.parent / Path(str(value)).expanduser()).resolve()
            if not (path.is_dir() if wanted == "folder" else path.is_file()):
                raise self._error((*place, setting), f"there is no {wanted} {path}; give a version or a {wanted}")
            found.append((setting, path))
        return tuple(found)


def of_image(image: str, given: Given, there: Sequence[Subject | BrokenRuntime], taken: Iterable[str] = ()) -> Subject:
    """An image that was named on the command line, as a black box. ``taken``: names that are others' already.

    Raises:
        SubjectFileError: an option cannot be meant.
    """
    raw: dict[str, Any] = {"image": image, "function": NONE}
    raw |= {key: value for key in ("port", "invoke", "command") if (value := getattr(given, key)) is not None}
    try:
        table = msgspec.convert(raw, _Table)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        option = where.rstrip("`") or "image"
        form = f': expected "METHOD /path", as in "GET /", not {given.invoke}' if option == "invoke" else f": {what}"
        raise SubjectFileError(f"--{option}{form}") from error
    last = image.rsplit("/", 1)[-1].partition("@")[0].partition(":")[0]
    name = free(last, {one.name for one in there} | set(taken))
    said = _Said(name, NONE, f"--image {image}", None, _kinds(there), Door.IMAGE)
    return said.subject(table, ())


def _kinds(there: Iterable[Subject | BrokenRuntime]) -> dict[str, Subject]:
    return {one.name: one for one in there if isinstance(one, Subject)}


@dataclass(frozen=True)
class _Said:
    """What is known of a subject before its table is read: everything else has a default, which depends on this."""

    name: str
    function: str
    origin: str
    language: Subject | None
    kinds: Mapping[str, Subject]
    door: Door = Door.FILE

    def subject(self, table: _Table, libraries: tuple[tuple[str, Path], ...]) -> Subject:
        if self.language is not None and not table.image:
            return self._reference(table, libraries)
        guessed = []
        if table.function is None:
            guessed.append("a black box (function)")
        wire = table.wire or (self.language.wire if self.language is not None else Wire.HTTP)
        if table.wire is None:
            guessed.append(f"wire {wire}")
        if table.port is None and wire is Wire.HTTP:
            guessed.append(f"port {PORT}")
        if table.invoke is None and wire is Wire.HTTP:
            guessed.append("POST /invoke (invoke)")
        like = self._closest(table) or self.kinds[BLACK_BOX_KINDS[wire]]
        concurrency = table.concurrency or self._concurrency(like, wire)
        if table.concurrency is None:
            guessed.append(f"{concurrency} at a time (concurrency)")
        if table.code_directory is None and self.language is not None:
            guessed.append(f"code in {CODE} (code-directory)")
        base = SubjectTable(
            name=self.name,
            title=table.title or self.name,
            wire=wire,
            concurrency=concurrency,
            hook_result=like.hook_result if self.language is not None else _handed_back(wire),
            hook_signature=like.table.hook_signature if self.language is not None else BLACK_BOX_HOOK,
            context_lacks=dict(like.table.context_lacks) if self.language is not None else {},
        )
        return Subject(
            name=self.name,
            folder=like.folder,
            definition=self._definition(like.definition, table),
            table=_overridden(base, table),
            keeps_records=self.function != NONE,
            image=table.image or "",
            function=self.function,
            code_directory=table.code_directory or CODE,
            judged_as=like.name,
            hooks=tuple(table.hooks) if table.hooks is not None else None,
            libraries=libraries,
            declares_concurrency=self.function != NONE or table.concurrency is not None,
            door=self.door,
            origin=self.origin,
            guessed=tuple(guessed),
        )

    def _reference(self, table: _Table, libraries: tuple[tuple[str, Path], ...]) -> Subject:
        """Our own runtime of the language, with the file's settings in place of its own."""
        reference = self._closest(table)
        assert reference is not None
        title = table.title or f"{reference.title}, {self.name}"
        like = msgspec.structs.replace(reference.table, name=self.name, title=title)
        return replace(
            reference,
            name=self.name,
            definition=self._definition(reference.definition, table),
            table=_overridden(like, table),
            judged_as=reference.name,
            hooks=tuple(table.hooks) if table.hooks is not None else None,
            libraries=libraries,
            door=self.door,
            origin=self.origin,
            guessed=(f"our reference {reference.name} (no image)",),
        )

    def _closest(self, table: _Table) -> Subject | None:
        """The reference of the language, or that one of its modes whose own settings are among the file's."""
        if self.language is None:
            return None
        for one in self.kinds.values():
            own = one.table.settings
            if one.folder == self.language.folder and own and own.items() <= table.settings.items():
                return one
        return self.language

    def _definition(self, definition: Definition, table: _Table) -> Definition:
        settings = {**definition.settings, **table.settings}
        if self.language is None:
            unknown = RuntimeTable(title=table.title or self.name, language="", version="")
            return msgspec.structs.replace(definition, runtime=unknown, files={}, function=None)
        return msgspec.structs.replace(definition, settings=settings)

    def _concurrency(self, like: Subject, wire: Wire) -> int:
        # A vendor's runtime on the Runtime API takes one call at a time; the Go SDK starts a goroutine for each.
        alike = self.language is not None and wire is like.wire
        return like.concurrency if alike else ONE_AT_A_TIME


def _handed_back(wire: Wire) -> HookResult:
    return HookResult.RESPONSE if wire is Wire.HTTP else HookResult.NOTHING


def _overridden(base: SubjectTable, table: _Table) -> SubjectTable:
    """``base`` with all that the file says."""
    changes: dict[str, Any] = {}
    for name in (
        *("port", "memory_mb", "processes", "capabilities", "user", "ready_within_s", "timeout_s", "invoke"),
        *("wire", "concurrency", "hook_result", "hook_signature", "context_lacks"),
    ):
        value = getattr(table, name)
        if value is not None:
            changes[name] = value
    if table.command is not None:
        changes["command"] = shlex.split(table.command) if isinstance(table.command, str) else table.command
    changes["environment"] = {**base.environment, **table.environment}
    return msgspec.structs.replace(base, **changes)


def _in_words(what: str) -> str:
    """What the library for values says, without what an author has not written."""
    if "matching regex" in what and "(GET|" in what:
        return 'expected a method and a path, as in "GET /"'
    if "matching regex '^/'" in what:
        return "expected a path from the root, as in /code"
    if "matching regex" in what:
        return "expected small letters, digits and hyphens, a letter first"
    return what[:1].lower() + what[1:].replace(" | null", "")


def meant_key(key: str) -> str:
    """The key of a subject that was probably meant by ``key``, or nothing."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", key).lower().replace("_", "-").replace(" ", "-")
    if plain in FIELDS:
        return plain
    if plain in SYNONYMS:
        return SYNONYMS[plain]
    close = difflib.get_close_matches(plain, FIELDS, n=1, cutoff=0.7)
    return close[0] if close else ""
