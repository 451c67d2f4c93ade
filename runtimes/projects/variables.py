"""``${...}`` in a value: what stands there once it is filled in, or why it cannot be.

The forms are those that Serverless Devs documents (vendor): ``env`` with or without quotes and default, ``vars``,
``this``, ``resources.NAME.props``, the older ``NAME.props``, ``file``, ``path``, ``config``. What only a deployment
knows (``output``) or another program computes (``json``, conditions) is a mistake that says so. Values are filled in
where they are read and nowhere else: a variable in a key that nothing reads stops nobody.

How deep, how often and how long is bounded, because variables can name one another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from runtimes.projects.document import MAX_BYTES, SHOWN, Document, Spot, kind_of, type_of
from runtimes.projects.names import meant_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_CHAIN = 10
"""Longest way from a variable over others to a value."""
MAX_FILLED = 2000
"""Most variables that are filled in for one file."""
KNOWN_FORMS = "${env('X')}, ${vars.x}, ${this.x}, ${resources.NAME.props.x}, ${file('x')}, ${path('x')}, ${config('X')}"

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_CALL = re.compile(r"\s*(env|file|path|config|json|regex)\s*\((.*)\)\s*", re.DOTALL)
_ARGUMENT = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|([^'",()]+))\s*""")
_DOTTED = re.compile(r"\s*([\w-]+(?:\.[\w-]+)+)\s*")


@dataclass(frozen=True)
class Around:
    """What a file may know of the world around it. ``folder`` is the file's own; None: it has none to read from."""

    environment: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    """What ``${config('X')}`` stands for: the tool takes it from the account that it deploys with."""
    folder: Path | None = None


class FilledNode(ScalarNode):
    """A scalar with a variable in it, filled in. It counts as a number where a number has to stand."""


class _Unfilled(Exception):
    """A variable that cannot be filled in; the text says why, ``meant`` what was perhaps meant."""

    def __init__(self, what: str, meant: str = "") -> None:
        super().__init__(what)
        self.meant = meant


class Variables:
    """Fills in the variables of one document."""

    def __init__(self, document: Document, around: Around) -> None:
        self._document = document
        self._around = around
        self._left = MAX_FILLED

    def fill(self, spot: Spot, this: Spot | None = None) -> Spot | None:
        """The spot with its variables filled in; None, and a mistake is noted, where one of them cannot be.

        ``this`` is the resource in which the value stands. A value that is a variable as a whole becomes what the
        variable stands for, be it a mapping; inside of a longer text only text can stand.
        """
        try:
            return self._fill(spot, this, 0)
        except _Unfilled as error:
            self._document.note(spot.value, spot.written, str(error), meant=error.meant)
            return None

    def _fill(self, spot: Spot, this: Spot | None, chain: int) -> Spot:
        node = spot.value
        # What was filled in once is a value: that of an environment variable is never read as a variable.
        if not isinstance(node, ScalarNode) or isinstance(node, FilledNode) or "${" not in str(node.value):
            return spot
        if chain > MAX_CHAIN:
            raise _Unfilled("is a variable that leads over others back to itself, or over too many")
        text = str(node.value)
        whole = _VARIABLE.fullmatch(text.strip())
        if whole is not None:
            return replace(spot, value=self._stands_for(whole[1], node, this, chain))
        parts: list[str] = []
        between: list[str] = []
        end = 0
        for found in _VARIABLE.finditer(text):
            value = self._stands_for(found[1], node, this, chain)
            if not isinstance(value, ScalarNode):
                raise _Unfilled(f"has {found[0]} inside of a text, and that is {kind_of(value)}")
            between.append(text[end : found.start()])
            parts += (between[-1], "" if type_of(value) == "null" else str(value.value))
            end = found.end()
        filled = "".join((*parts, text[end:]))
        if any("${" in literal for literal in (*between, text[end:])):
            raise _Unfilled("has a ${ in it that no } follows, or one variable inside of another")
        if len(filled) > MAX_BYTES:
            raise _Unfilled(f"grows to more than {MAX_BYTES} characters by its variables")
        return replace(spot, value=_filled(str(node.tag), filled, node))

    def _stands_for(self, expression: str, node: Node, this: Spot | None, chain: int) -> Node:
        self._left -= 1
        if self._left < 0:
            raise _Unfilled(f"is the {MAX_FILLED + 1}th variable that has to be filled in: this is no s.yaml")
        call = _CALL.fullmatch(expression)
        if call is not None:
            return self._called(call[1], call[2], node)
        dotted = _DOTTED.fullmatch(expression)
        if dotted is None:
            shown = expression.strip()[:SHOWN]
            raise _Unfilled(f"has the variable ${{{shown}}}, which is none that is known here: {KNOWN_FORMS}")
        return self._named(dotted[1], this, chain)

    # ---------------------------------------------------------------------------------------------- env('X') ...

    def _called(self, name: str, inside: str, node: Node) -> Node:
        if name in ("json", "regex"):
            raise _Unfilled(f"needs {name}(...), which is not computed here: write its value")
        arguments = _arguments(inside)
        if not arguments or len(arguments) > (2 if name == "env" else 1) or not arguments[0]:
            raise _Unfilled(f"has {name}(...) without a name in it: as in ${{{name}('x')}}")
        first = arguments[0]
        match name:
            case "env":
                value = self._around.environment.get(first, arguments[1] if len(arguments) > 1 else None)
                if value is None:
                    raise _Unfilled(
                        f"needs the environment variable {first}, which is not set: "
                        f"export {first}=..., or give a default, as in ${{env('{first}', '...')}}"
                    )
            case "config":
                if first not in self._around.config:
                    known = ", ".join(sorted(self._around.config)) or "none"
                    raise _Unfilled(
                        f"needs {first} of the account that the tool deploys with; known here: {known}",
                        meant_key(first, self._around.config),
                    )
                value = self._around.config[first]
            case "path":
                value = str(self._inside(first))
            case _:
                value = self._text_of(first)
        if len(value) > MAX_BYTES:
            raise _Unfilled(f"grows to more than {MAX_BYTES} characters by its variables")
        plain = self._document.scalar(value, node)
        return _filled(str(plain.tag) if type_of(plain) in ("int", "bool") else "tag:yaml.org,2002:str", value, node)

    def _inside(self, name: str) -> Path:
        folder = self._around.folder
        if folder is None:
            raise _Unfilled(f"names the path {name}, and this text is no file in a folder")
        try:
            path = (folder / name).resolve()
            inside = path.is_relative_to(folder.resolve())
        except (OSError, ValueError, RuntimeError) as error:
            raise _Unfilled(f"names {name!r}, which is no path") from error
        if not inside:
            raise _Unfilled(f"names {name}, which lies outside of the project's folder")
        return path

    def _text_of(self, name: str) -> str:
        path = self._inside(name)
        if path.suffix in (".yaml", ".yml", ".json"):
            raise _Unfilled(f"takes the whole of {name}, of which the tool makes more than a text: write its values")
        try:
            if not path.is_file():
                raise _Unfilled(f"needs the file {name}, which is not there")
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise _Unfilled(f"needs the file {name}, which is larger than {MAX_BYTES} bytes")
            return data.decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _Unfilled(f"needs the file {name}, which cannot be read as text in UTF-8") from error

    # ---------------------------------------------------------------------------------------------- vars.x ...

    def _named(self, dotted: str, this: Spot | None, chain: int) -> Node:
        first, *rest = dotted.split(".")
        root = self._document.root
        if first == "this":
            if this is None:
                raise _Unfilled(f"has ${{{dotted}}}, and stands in no resource")
            if rest == ["name"]:
                return self._document.scalar(this.written[-1], this.key)
            return self._walk(root if rest == ["access"] else this, rest, dotted, this, chain)
        if first == "vars":
            return self._walk(root, [first, *rest], dotted, this, chain)
        name, *below = rest if first == "resources" else (first, *rest)
        if below[:1] == ["output"]:
            raise _Unfilled(f"has ${{{dotted}}}, which is known only when {name} was deployed: write its value")
        if below[:1] != ["props"]:
            raise _Unfilled(f"has the variable ${{{dotted}}}, which is none that is known here: {KNOWN_FORMS}")
        sections = self._document.entries(root)
        section = next(
            (key for key in ("resources", "services") if name in self._keys(sections.get(key))),
            "services" if "services" in sections else "resources",
        )
        return self._walk(root, [section, name, *below], dotted, this, chain)

    def _walk(self, start: Spot, path: Iterable[str], dotted: str, this: Spot | None, chain: int) -> Node:
        spot = start
        for key in path:
            node = spot.value
            if isinstance(node, MappingNode):
                entries = self._document.entries(spot)
                if key not in entries:
                    raise _Unfilled(f"has ${{{dotted}}}, and there is no {key}", meant_key(key, entries))
                spot = entries[key]
            elif isinstance(node, SequenceNode) and key.isdecimal() and int(key[:6]) < len(node.value):
                spot = self._document.items(spot)[int(key[:6])]
            else:
                raise _Unfilled(f"has ${{{dotted}}}, and there is no {key}")
            if len(spot.written) == 2 and spot.written[0] in ("resources", "services"):
                # What another resource says of itself with ${this.x} is about that one.
                this = spot
            spot = self._fill(spot, this, chain + 1)
        node = spot.value
        if isinstance(node, ScalarNode) and not isinstance(node, FilledNode):
            return _filled(str(node.tag), str(node.value), node)
        return node

    def _keys(self, spot: Spot | None) -> Iterable[str]:
        return self._document.entries(spot) if spot is not None and isinstance(spot.value, MappingNode) else ()


def _filled(tag: str, text: str, like: Node) -> FilledNode:
    return FilledNode(tag, text, start_mark=like.start_mark, end_mark=like.end_mark)


def _arguments(inside: str) -> list[str]:
    """The arguments of a call, quoted or not; none where they are not written like that."""
    found: list[str] = []
    at = 0
    while at < len(inside):
        one = _ARGUMENT.match(inside, at)
        if one is None:
            return []
        quoted, double, bare = one.groups()
        found.append(bare.strip() if bare is not None else quoted if quoted is not None else double)
        at = one.end()
        if at < len(inside):
            if inside[at] != ",":
                return []
            at += 1
    return found
