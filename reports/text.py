"""Foreign text made fit to be shown: log lines, bodies and request IDs come from the instance under test.

Escaping for a format (HTML, JSON) is that format's work; here lie the dangers that all of them share:
terminal escapes, characters that are invisible or turn the reading direction round, and sheer length.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of control, format, surrogate, private, unassigned and separator characters."""


def plain(text: str, *, keep: str = "\n\t") -> str:
    r"""``text`` with every control and format character written as its escape (``\x1b``, ``\u202e``).

    Characters in ``keep`` stay as they are. The result always encodes to UTF-8.
    """
    # No dangerous character is printable; a few that are not printable are harmless, such as the no-break space.
    return text if text.isprintable() else text.translate(_table(keep))


def one_line(text: str) -> str:
    r"""Like :func:`plain`, with line breaks and tabs written as ``\n``, ``\r``, ``\t``."""
    return plain(text, keep="")


def bounded(text: str, limit: int) -> str:
    """The first ``limit`` characters of ``text`` and how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... ({len(text) - limit} more characters)"


def ascii_only(text: str) -> str:
    """``text`` with all other characters written as escapes, for an output that cannot encode them."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


class _Shown(dict[int, str]):
    """What becomes of each character, found out when it is met for the first time: there are a million of them."""

    def __init__(self, keep: str) -> None:
        super().__init__({ord(char): char for char in keep})

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = shown = _escape(char) if _dangerous(char) else char
        return shown


_table = cache(_Shown)


def _dangerous(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE


def _escape(char: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char) or char.encode("unicode_escape").decode("ascii")
