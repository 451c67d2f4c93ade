"""Where a key of a TOML file stands: its line, by its path in what the standard library has read.

The reader of the standard library tells no lines of what is well-formed. This one looks for headers and keys as people
write them in a file of a few tables; a key that it does not find is told without a line, never with a wrong one.
"""

from __future__ import annotations

import re

Keys = tuple[str | int, ...]
"""A path: names of keys, and for the entries of an array their numbers from 0."""

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?P<name>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")
_STEP = re.compile(r"\[(\d+)\]|\.([^.\[\]]+)|\[\.\.\.\]")


def line_of(text: str, path: Keys) -> int:
    """The line of ``path``, counted from 1; of the nearest table or key around it where it has none. 0 for none."""
    places = _places(text)
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return 0


def keys_of(where: str) -> Keys:
    """The path that a message of the library for values names as ``$.subject[0].port``."""
    return tuple(int(number) if number else name for number, name in _STEP.findall(where) if number or name)


def _places(text: str) -> dict[Keys, int]:
    places: dict[Keys, int] = {}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            table = _below_arrays(_parts(header["name"]), counts)
            if header["open"] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            places.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            path = (*table, *_parts(key["name"]))
            for length in range(len(table) + 1, len(path) + 1):
                places.setdefault(path[:length], number)
    return places


def _below_arrays(names: Keys, counts: dict[Keys, int]) -> Keys:
    """The path of a header: a name of an array of tables before its last stands for the array's newest entry."""
    path: Keys = ()
    for index, name in enumerate(names):
        path = (*path, name)
        if index < len(names) - 1 and path in counts:
            path = (*path, counts[path])
    return path


def _parts(written: str) -> Keys:
    return tuple("".join(part) for part in _PART.findall(written))
