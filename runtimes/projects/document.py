"""One YAML file as nodes, with the mistakes that are found in it on the way.

YAML itself is ruamel's work; what is here walks ruamel's nodes, because only they know where a key stands and that it
stands there twice. The file is not trusted: its size, its depth and what its aliases would grow to are bounded before
anything is expanded, and no tag makes an object. What the keys mean is :mod:`runtimes.projects.reader`'s business.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from runtimes.projects.mistakes import ConfigurationError, Mistake
from runtimes.projects.names import meant_key
from runtimes.projects.project import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 64 * 1024
"""Largest file that is read. Real ones have a few thousand bytes."""
MAX_EVENTS = 10_000
"""Most keys, values and brackets in a file."""
MAX_DEPTH = 40
"""Deepest nesting, aliases followed."""
MAX_EXPANDED = 20_000
"""Most nodes that a file may have once every alias is written out."""

SHOWN = 60
"""Characters of a value that a message shows."""

_NO_SPACE = re.compile(r"\s*(?:- )?([^\s:#'\"]+)[:\uff1a]\S")
_TAG = "tag:yaml.org,2002:"

Keys = tuple[str, ...]
"""Keys from the top of the file down to one."""


@dataclass(frozen=True)
class Spot:
    """Where a key and its value stand, and the path of the key as it was written."""

    written: Keys
    key: Node
    value: Node


class Document:
    """A file's nodes, or the reason why there are none; and what is wrong with it, collected in order of discovery.

    ``hints`` are keys for the message about a line that YAML cannot read.

    Raises:
        ConfigurationError: there is no mapping of keys in the file at all.
    """

    def __init__(self, data: str | bytes, file: str, hints: tuple[str, ...] = ()) -> None:
        self.file = file
        self._hints = hints
        # As a set with an order: what an anchor names is met once for each of its aliases.
        self._mistakes: dict[Mistake, None] = {}
        self._yaml = YAML(typ="safe", pure=True)
        self._yaml.allow_duplicate_keys = True  # all of them are reported here, not only the first
        root = self._compose(self._text(data))
        if root is None:
            self.refuse("is empty: it must be a mapping of keys")
        self.root = Spot((), root, root)
        if isinstance(root, MappingNode):
            self._note_duplicates(root)
        else:
            self.note(root, (), f"must be a mapping of keys, is {kind_of(root)}")
            self.settle()

    # ---------------------------------------------------------------------------------------------- mistakes

    def note(self, node: Node, path: Keys, what: str, mark: Any = None, *, meant: str = "") -> None:
        """Note one mistake at ``node``, or at ``mark``, and read on."""
        at = mark or node.start_mark
        self._mistakes[Mistake(".".join(path), what, meant, self.file, at.line + 1, at.column + 1)] = None

    def note_value(self, spot: Spot, what: str) -> None:
        """Note that a value is not what it has to be: ``what`` it must be, then what it is."""
        # A value that is not there stands, for the library, where the next key begins.
        empty = spot.value.start_mark.index == spot.value.end_mark.index
        self.note(spot.key if empty else spot.value, spot.written, f"{what}, is {kind_of(spot.value)}")

    def settle(self) -> None:
        """Nothing, where the file has no mistake.

        Raises:
            ConfigurationError: it has; nothing of it is to be applied.
        """
        if self._mistakes:
            raise ConfigurationError(self._mistakes)

    @property
    def mistaken(self) -> bool:
        """Whether something is wrong so far."""
        return bool(self._mistakes)

    def refuse(self, what: str, mark: Any = None) -> NoReturn:
        """Give the file up: what comes after this mistake cannot be read, or shall not be."""
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        raise ConfigurationError([*self._mistakes, Mistake("", what, "", self.file, line, column)])

    # ---------------------------------------------------------------------------------------------- nodes

    def entries(self, spot: Spot) -> dict[str, Spot]:
        """The keys of a mapping with their spots, merge keys followed; of a key that stands twice the last counts."""
        node = spot.value
        assert isinstance(node, MappingNode)
        try:
            self._yaml.constructor.flatten_mapping(node)
        except MarkedYAMLError as error:
            self.note(node, spot.written, f"cannot be merged: {error.problem}", error.problem_mark)
        return {name_of(key): Spot((*spot.written, name_of(key)), key, value) for key, value in node.value}

    def items(self, spot: Spot) -> list[Spot]:
        """The values of a list, each with its number as its key."""
        assert isinstance(spot.value, SequenceNode)
        return [Spot((*spot.written, str(number)), item, item) for number, item in enumerate(spot.value.value)]

    def plain(self, spot: Spot) -> tuple[Any, bool]:
        """The plain value of a scalar, and whether it could be read; where not, a mistake is noted."""
        try:
            return self._yaml.constructor.construct_object(spot.value, deep=True), True
        except (YAMLError, ValueError, TypeError, OverflowError):
            tag = str(spot.value.tag).removeprefix(_TAG)
            self.note(spot.value, spot.written, f"cannot be read as {tag}")
            return None, False

    def scalar(self, text: str, like: Node) -> ScalarNode:
        """A node for ``text`` that stands where ``like`` stands, with the tag that YAML would find for it."""
        tag = self._yaml.resolver.resolve(ScalarNode, text, (True, False))
        return ScalarNode(tag, text, start_mark=like.start_mark, end_mark=like.end_mark)

    # ---------------------------------------------------------------------------------------------- the file

    def _text(self, data: str | bytes) -> str:
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        if len(raw) > MAX_BYTES:
            self.refuse(f"is larger than {MAX_BYTES} bytes: this is no s.yaml")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8-sig", "replace")
            self._refuse_at(before, f"is no text in UTF-8: byte 0x{raw[error.start]:02x}")

    def _compose(self, text: str) -> Node | None:
        """The file's node graph; aliases lead to the nodes that they name."""
        try:
            self._bound(text)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ReusedAnchorWarning)
                root: Node | None = self._yaml.compose(text)
        except ConfigurationError:
            raise
        except ReaderError as error:
            self._refuse_at(text[: error.position], f"is no text: it has the character U+{error.character:04X} in it")
        except MarkedYAMLError as error:
            self._refuse_syntax(error, text)
        except (YAMLError, ValueError) as error:
            self.refuse(f"is no valid YAML: {str(error).splitlines()[0]}")
        if root is not None:
            self._measure(root, {}, set())
        return root

    def _bound(self, text: str) -> None:
        """Refuse, before nodes are made, what is too much or more than one document."""
        depth = documents = 0
        for number, event in enumerate(self._yaml.parse(text)):
            if number > MAX_EVENTS:
                self.refuse(f"has more than {MAX_EVENTS} keys and values: this is no s.yaml")
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    self.refuse(f"is nested deeper than {MAX_DEPTH} levels", event.start_mark)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                depth -= 1
            elif isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse("holds several YAML documents: only one can be deployed", event.start_mark)

    def _measure(self, node: Node, known: dict[int, tuple[int, int]], open_: set[int]) -> tuple[int, int]:
        """Number of nodes and depth with all aliases written out, without writing them out.

        An anchor stands before its aliases, so what an alias names is known when it is met: the recursion goes no
        deeper than the text.
        """
        if id(node) in known:
            return known[id(node)]
        if id(node) in open_:
            self.refuse("has an alias inside of what it names: that never ends", node.start_mark)
        open_.add(id(node))
        size, depth = 1, 0
        for child in children(node):
            more, deeper = self._measure(child, known, open_)
            size, depth = size + more, max(depth, deeper)
            if size > MAX_EXPANDED:
                self.refuse(f"grows to more than {MAX_EXPANDED} keys and values by its aliases", node.start_mark)
            if depth > MAX_DEPTH:
                self.refuse(f"is nested deeper than {MAX_DEPTH} levels by its aliases", node.start_mark)
        open_.discard(id(node))
        known[id(node)] = (size, depth + 1)
        return known[id(node)]

    def _note_duplicates(self, root: MappingNode) -> None:
        """Each key that stands twice in one mapping, anywhere in the file."""
        pending: list[tuple[Node, Keys]] = [(root, ())]
        seen: set[int] = set()
        while pending:
            node, path = pending.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, SequenceNode):
                pending += [(child, (*path, str(index))) for index, child in enumerate(node.value)]
            elif isinstance(node, MappingNode):
                first: dict[tuple[str, str], Node] = {}
                for key, value in node.value:
                    below = (*path, name_of(key))
                    pending.append((value, below))
                    if not isinstance(key, ScalarNode):
                        self.note(key, path, f"has a key that is no text but {kind_of(key)}")
                        continue
                    before = first.setdefault((str(key.tag), str(key.value)), key)
                    if before is not key:
                        self.note(key, below, f"stands twice, first in line {before.start_mark.line + 1}")

    def _refuse_at(self, before: str, what: str) -> NoReturn:
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise ConfigurationError([Mistake("", what, "", self.file, line, column)])

    def _refuse_syntax(self, error: MarkedYAMLError, text: str) -> NoReturn:
        problem = str(error.problem or error.context or "it cannot be read")
        mark = error.problem_mark or error.context_mark
        what, meant = f"is no valid YAML: {problem}", ""
        if "'\\t'" in problem:
            what = "is no valid YAML: a tab stands where YAML wants spaces"
        elif error.context == "while scanning a simple key":
            # The library stops where the colon had to come at the latest; what lacks it begins earlier.
            mark = error.context_mark or mark
            what = "is no valid YAML: a key without a colon"
            line = text.splitlines()[mark.line] if mark is not None else ""
            tight = _NO_SPACE.match(line)
            if tight is not None:
                what = "is no valid YAML: the space after the colon is missing"
                key = meant_key(tight[1], self._hints)
                meant = "" if key == tight[1] else key
        line_, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        raise ConfigurationError([Mistake("", what, meant, self.file, line_, column)]) from error


def place_of(spot: Spot) -> Place:
    """Where a key stands."""
    mark = spot.key.start_mark
    return Place(".".join(spot.written), mark.line + 1, mark.column + 1)


def children(node: Node) -> Iterator[Node]:
    """The nodes straight below one, keys and values alike."""
    if isinstance(node, SequenceNode):
        yield from node.value
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value


def name_of(key: Node) -> str:
    """A key as text; one that is no text gets a name that no key has."""
    return str(key.value) if isinstance(key, ScalarNode) else f"({kind_of(key)})"


def type_of(node: Node) -> str:
    """The short name of a node's tag: ``str``, ``int``, ``null``, ``map`` ..."""
    return str(node.tag).removeprefix(_TAG)


def kind_of(node: Node) -> str:
    """What a node holds, in words for a message."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    text = str(node.value)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    match type_of(node):
        case "null":
            return "nothing"
        case "int" | "float":
            return f"the number {shown}"
        case "bool":
            return shown
        case _:
            return f"the text {shown!r}"
