"""A finding as a value: one cause, in words of people who know their own program and not this harness."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and what to do about it.

    ``requirement``: the one that it breaks. ``ends``: whether nothing else needs to be driven.
    """

    runtime: str
    title: str
    cure: str
    requirement: str
    ends: bool = False
    log: tuple[str, ...] = ()
    """The last lines that the instance wrote, where they tell more."""
