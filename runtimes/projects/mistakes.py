"""What is wrong with a configuration that somebody wrote, and where it stands in his file.

Values only; who reads a file decides what is a mistake in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a configuration.

    ``key`` is the path of the key as it was written, ``meant`` the key that its author probably had in mind.
    ``line`` and ``column`` count from 1; both are 0 where there is no file, or no place in it.
    """

    key: str
    what: str
    meant: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        parts = [part for part in (place, self.key) if part]
        hint = f"; did you mean {self.meant}?" if self.meant else ""
        return ": ".join([*parts, self.what]) + hint


class ConfigurationError(ValueError):
    """A configuration that is not taken, none of it. ``mistakes`` holds everything that is wrong, in order of place."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: (mistake.line, mistake.column, mistake.key)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
