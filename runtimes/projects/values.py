"""Single values of a document, with their variables filled in: texts, lists, whole numbers, pairs.

What is not of the kind that it has to be is a mistake at its place, and the answer is then what an absent value gives.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from runtimes.projects.document import Document, Spot, type_of
from runtimes.projects.variables import FilledNode, Variables

if TYPE_CHECKING:
    from collections.abc import Mapping


class Values:
    """Reads values of one document; ``this`` is the resource around them, for ``${this.x}``."""

    def __init__(self, document: Document, variables: Variables, this: Spot | None = None) -> None:
        self._document = document
        self._variables = variables
        self._this = this

    def inside(self, this: Spot) -> Values:
        """The same, for the values of one resource."""
        return Values(self._document, self._variables, this)

    def filled(self, spot: Spot, this: Spot | None = None) -> Spot | None:
        """The spot with its variables filled in; None, and a mistake is noted, where that cannot be done."""
        return self._variables.fill(spot, this or self._this)

    def text(self, spot: Spot, this: Spot | None = None, *, what: str = "must be text") -> str | None:
        """A text, which may be empty."""
        filled = self.filled(spot, this)
        if filled is None:
            return None
        node = filled.value
        if isinstance(node, ScalarNode) and (type_of(node) == "str" or isinstance(node, FilledNode)):
            if type_of(node) != "null":
                return str(node.value)
        elif isinstance(node, ScalarNode) and type_of(node) not in ("null", "int", "float", "bool"):
            # A date, or a tag of somebody's own: say so, where it is not even readable as that.
            if not self._document.plain(filled)[1]:
                return None
        elif not isinstance(node, ScalarNode) and type_of(node) not in ("map", "seq"):
            self._document.plain(filled)
            return None
        self._document.note_value(filled, what)
        return None

    def text_at(self, spots: Mapping[str, Spot], key: str) -> str | None:
        """A text, or None where there is none."""
        return self.text(spots[key]) if key in spots else None

    def whole(self, spot: Spot, least: int, most: int | None, unit: str) -> int | None:
        """A whole number within its bounds. JSON takes 60.0 for one, and Python takes True: neither is."""
        filled = self.filled(spot)
        if filled is None:
            return None
        what = "must be the number of a port" if unit == "port" else f"must be a whole number of {unit}"
        if not isinstance(filled.value, ScalarNode) or type_of(filled.value) in ("str", "null", "bool"):
            self._document.note_value(filled, what)
            return None
        value, readable = self._document.plain(filled)
        if not readable:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            self._document.note_value(filled, what)
            return None
        one, of = ("", "") if unit == "port" else (f" {unit.removesuffix('s')}", f" {unit}")
        if value < least:
            self._document.note_value(filled, f"must be at least {least}{one if least == 1 else of}")
            return None
        if most is not None and value > most:
            self._document.note_value(filled, f"must be at most {most}{of}")
            return None
        return value

    def whole_at(self, spots: Mapping[str, Spot], key: str, least: int, most: int | None, unit: str) -> int | None:
        """A whole number, or None where there is none."""
        return self.whole(spots[key], least, most, unit) if key in spots else None

    def number(self, spot: Spot, what: str) -> None:
        """Only that a number stands there, whichever."""
        filled = self.filled(spot)
        if filled is None:
            return
        if isinstance(filled.value, ScalarNode) and type_of(filled.value) in ("int", "float"):
            self._document.plain(filled)
        elif not isinstance(filled.value, ScalarNode) or self._document.plain(filled)[1]:
            self._document.note_value(filled, what)

    def truth(self, spot: Spot) -> bool | None:
        """``true`` or ``false``."""
        filled = self.filled(spot)
        if filled is None:
            return None
        value = self._document.plain(filled)[0] if isinstance(filled.value, ScalarNode) else None
        if isinstance(value, bool):
            return value
        self._document.note_value(filled, "must be true or false")
        return None

    def texts(self, spot: Spot) -> tuple[str, ...]:
        """A list of texts: as YAML, or as the JSON in a text that component fc asks for."""
        filled = self.filled(spot)
        if filled is None:
            return ()
        what = 'must be a list of texts, as in ["node", "server.js"]'
        if isinstance(filled.value, ScalarNode) and type_of(filled.value) == "str":
            try:
                listed = json.loads(str(filled.value.value)) if str(filled.value.value).strip() else []
            except (ValueError, RecursionError):
                listed = None
            if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
                return tuple(listed)
        if not isinstance(filled.value, SequenceNode):
            self._document.note_value(filled, what)
            return ()
        found = [self.text(one, what="must be text") for one in self._document.items(filled)]
        return tuple(one for one in found if one is not None)

    def texts_at(self, spots: Mapping[str, Spot], key: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        return self.texts(spots[key]) if key in spots else ()

    def pairs_at(self, spots: Mapping[str, Spot], key: str) -> tuple[tuple[str, str], ...]:
        """Names and texts. A number or a truth value counts as it is written: what an environment holds is text."""
        filled = self.filled(spots[key]) if key in spots else None
        if filled is None:
            return ()
        if not isinstance(filled.value, MappingNode):
            self._document.note_value(filled, "must be a mapping of names to texts")
            return ()
        found: list[tuple[str, str]] = []
        for name, spot in self._document.entries(filled).items():
            value = self.filled(spot)
            if value is None:
                continue
            if isinstance(value.value, ScalarNode) and type_of(value.value) in ("str", "int", "float", "bool"):
                text = str(value.value.value)
                if "\0" in text or "\0" in name or "=" in name or not name:
                    self._document.note(spot.key, spot.written, "cannot be the name or the value of a variable")
                    continue
                found.append((name, text))
            else:
                self._document.note_value(value, "must be text")
        return tuple(found)
