"""Known gaps: failures that a maintainer has declared, with a reason and an expiry date.

A declaration excuses exactly the failure that it describes. It turns red itself when it has expired, when the
requirement holds (stale), or when the failure is another one. Pure; reading the file is all the I/O there is.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from conformance.judging.verdict import Verdict
from runtimes import given_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Text = Annotated[str, msgspec.Meta(min_length=1)]


class GapError(ValueError):
    """A file of gaps that cannot be used; the text names the file and the entry."""


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One declared failure.

    ``versions`` is a range of language versions as in ``>=18,<20``; empty for all. ``message`` must be part of
    the failure's message.
    """

    requirement: Text
    runtime: Text
    reason: Text
    expires: datetime.date
    message: Text
    versions: str = ""

    def covers(self, requirement: str, runtime: str, version: str) -> bool:
        """Whether this declaration is about that requirement of that runtime in that language version."""
        if (requirement, runtime) != (self.requirement, self.runtime):
            return False
        from packaging.specifiers import SpecifierSet
        from packaging.version import InvalidVersion, Version

        try:
            return Version(version) in SpecifierSet(self.versions)
        except InvalidVersion:
            return not self.versions


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gap: list[Gap] = []


def load(path: Path) -> tuple[Gap, ...]:
    """Read declared gaps.

    Raises:
        GapError: the file is missing, is no TOML, or an entry is malformed or has no valid range of versions.
    """
    # Only a run with declared gaps needs it.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        gaps = msgspec.convert(given_files.toml(given_files.text(path)), _File).gap
        for gap in gaps:
            SpecifierSet(gap.versions)
    except (given_files.Unreadable, msgspec.ValidationError, InvalidSpecifier) as error:
        raise GapError(f"{path}: {error}") from error
    return tuple(gaps)


def find(gaps: Sequence[Gap], requirement: str, runtime: str, version: str) -> Gap | None:
    """The first declaration that covers a case."""
    return next((gap for gap in gaps if gap.covers(requirement, runtime, version)), None)


def apply(gap: Gap, verdict: Verdict, message: str, today: datetime.date) -> tuple[Verdict, str]:
    """What a declaration makes of a verdict: the new verdict and its message."""
    if verdict in (Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTABLE):
        return verdict, message
    if verdict is Verdict.PASS:
        return Verdict.FAIL, f"the declared gap is stale: the requirement holds. Remove it ({gap.reason})"
    if today > gap.expires:
        return Verdict.FAIL, f"the declared gap expired on {gap.expires}: {message}"
    if gap.message not in message:
        return Verdict.FAIL, f"another failure than the declared gap's {gap.message!r}: {message}"
    return Verdict.GAP, f"{gap.reason} (until {gap.expires}): {message}"
