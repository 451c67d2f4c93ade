"""The list of accepted survivors, and what a hunt's result comes to beside it. Pure but for reading the list."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

from tests.mutation.scope import REQUIRED_PERCENT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mutation.mutants import Mutant

Text = Annotated[str, msgspec.Meta(min_length=1)]
Key = tuple[str, str, str, str]


class ListError(ValueError):
    """A list of survivors that cannot be used; the text names the file and what is wrong."""


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants of one place that may survive. ``before`` and each of ``after`` are the changed lines, stripped.

    One of ``after`` is empty where nothing is left of them: a decorator was removed.
    """

    module: Text
    function: str
    before: Text
    after: Annotated[list[str], msgspec.Meta(min_length=1)]
    reason: Text

    def keys(self) -> list[Key]:
        return [(self.module, self.function, self.before, after) for after in self.after]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    survivor: list[Accepted] = []


def load(path: Path) -> tuple[Accepted, ...]:
    """Read the accepted survivors.

    Raises:
        ListError: the file is missing, is no TOML, an entry is malformed, or two entries are about one mutant.
    """
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).survivor
    except OSError as error:
        raise ListError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ListError(f"{path}: {error}") from error
    keys: set[Key] = set()
    for entry in found:
        for key in entry.keys():  # noqa: SIM118 - a method of the entry, not a mapping's
            if key in keys:
                raise ListError(f"{path}: listed twice: {_told(key)}")
            keys.add(key)
    return tuple(found)


@dataclass(frozen=True)
class Score:
    """How many mutants of one kind there were, and how many a test has noticed (a time-out is noticed)."""

    mutants: int
    killed: int

    @property
    def survived(self) -> int:
        return self.mutants - self.killed

    @property
    def percent(self) -> float:
        """Share of the killed; 0 where there was no mutant, for nothing was shown then."""
        return 100 * self.killed / self.mutants if self.mutants else 0.0

    def __str__(self) -> str:
        return f"{self.mutants} mutants, {self.killed} killed, {self.survived} survived, {self.percent:.1f} %"


@dataclass(frozen=True)
class Result:
    """What a hunt comes to. ``unlisted``, ``stale``: mutants by their keys; ``red``: why it is no success."""

    logic: Score
    text: Score
    unlisted: tuple[Key, ...]
    stale: tuple[Key, ...]
    red: tuple[str, ...]


def result(
    killed: Iterable[Mutant],
    survived: Iterable[Mutant],
    accepted: Sequence[Accepted],
    *,
    modules: Iterable[str],
    whole: bool = True,
) -> Result:
    """Hold what survived against what may. Only entries about ``modules`` can be stale: the others were not hunted.

    ``whole``: these are all modules of the scope, so that the score is the one that is asked for.
    """
    dead, alive = list(killed), list(survived)
    listed = {key for entry in accepted for key in entry.keys()}  # noqa: SIM118
    logic = [one for one in alive if not one.text]
    surviving = {one.key for one in logic}
    unlisted = tuple(sorted(surviving - listed))
    hunted = set(modules)
    stale = tuple(sorted(key for key in listed - surviving if key[0] in hunted))
    score = _score(dead, alive, text=False)
    red = [f"survived and is not in the list: {_told(key)}" for key in unlisted]
    red += [f"is in the list of survivors and did not survive: {_told(key)}" for key in stale]
    if whole and score.percent < REQUIRED_PERCENT:
        red.append(f"{score.percent:.1f} % of the mutants were killed, {REQUIRED_PERCENT:.0f} % have to be")
    return Result(score, _score(dead, alive, text=True), unlisted, stale, tuple(red))


def _score(killed: Sequence[Mutant], survived: Sequence[Mutant], *, text: bool) -> Score:
    dead = sum(one.text is text for one in killed)
    return Score(dead + sum(one.text is text for one in survived), dead)


def _told(key: Key) -> str:
    module, function, before, after = key
    return f"{module}, {function or 'top of the module'}\n    - {_indented(before)}\n    + {_indented(after)}"


def _indented(lines: str) -> str:
    return lines.replace("\n", "\n      ")
