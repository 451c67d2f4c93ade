"""The line that is nearest to a Start or End line that is missing, for messages.

A maintainer whose line is spelled in a way of his own is not helped by "none". It changes no verdict: what is named
here was not taken for the line, and the message says what of it is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fixtures.history.events import LogLine
from fixtures.history.markers import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.history.events import Call
    from fixtures.history.history import History

SHOWN = 200
"""Characters shown of a line."""


def nearest(history: History, call: Call, edge: str, request_ids: Iterable[str]) -> str:
    """The end of a sentence about a missing line, such as ``; a line with this request ID and 'End' is there: '...'``.

    ``edge``: start or end. ``request_ids``: those whose line is missing. Empty where no line has the ID and anything
    else of what was expected, nor both of the words. Lines that were taken for a call's own are not looked at: they are
    in the message already, or tell of another line.
    """
    wanted = tuple(request_ids)
    if not wanted:
        return ""
    sent = {exchange.sent.request_id for exchange in history.exchanges()}
    taken = {id(marker.line) for marker in history.markers() if marker.request_id in sent}
    lines = [line for line in history.of(LogLine) if id(line) not in taken]
    words = (edge.capitalize(), call.label)
    found: list[tuple[int, str, str]] = []
    for request_id in wanted:
        for line in lines:
            text = plain(line.text)
            rest = text.replace(request_id, "").lower().replace("pre-", "pre")
            there = [word for word in words if re.search(rf"(?<![a-z]){word.lower()}(?![a-z])", rest)]
            named = request_id in text
            if (named and there) or len(there) == 2:
                what = ["this request ID"] * named + [f"{word!r}" for word in there]
                # A line with the ID is nearer than one that has only the words.
                found.append((len(what) + named, " and ".join(what), line.text))
    if not found:
        return ""
    _, said, shown = max(found, key=lambda one: one[0])
    return f"; a line with {said} is there: {shown[:SHOWN]!r}"


def missing(request_ids: Iterable[str], there: Iterable[str]) -> list[str]:
    """The request IDs of which no line is there."""
    have = set(there)
    return [one for one in request_ids if one not in have]
