"""The mutants of a module, made by Cosmic Ray's operators and a few of ours. Pure: sources in, mutants out.

Each top-level statement is parsed and mutated by itself: a mutant is a changed statement, and where it lies is known
without parsing the module once for each mutant.
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.mutation.operators import OWN
from tests.mutation.scope import WRITERS

if TYPE_CHECKING:
    from cosmic_ray.operators.operator import Operator

    Position = tuple[int, int]

ARITHMETIC = {
    "Add": "Sub",
    "Sub": "Add",
    "Mul": "Div",
    "Div": "Mul",
    "FloorDiv": "Mul",
    "Mod": "Mul",
    "Pow": "Mul",
    "BitOr": "BitAnd",
    "BitAnd": "BitOr",
}
"""What an arithmetic operator is replaced by. The other ten replacements die of what kills this one."""
VALUES = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE")
"""Comparisons of values: each is replaced by each. ``is`` becomes ``is not`` only, and the reverse: between identity
and equality of enum members, of None and of what the interpreter has interned there is no difference to be tested."""
ANNOTATION = "an annotation is not executed"
TYPE_CHECKING_ONLY = "an import for the type checker is not executed"
NO_PYTHON = "the result is no Python"
KEYWORD_ONLY = "the star before keyword-only arguments is no operator"
NOT_MADE = "the operator does not know this form"


@dataclass(frozen=True)
class Mutant:
    """One change. ``before`` and ``after`` are the changed lines, without indentation.

    ``function`` is the innermost named function, with its class, or empty at the top of the module. ``text`` says that
    the change is one of words for people only. ``in_body`` says that it lies in the function's body, so that the
    function's code can be exchanged without a new import.
    """

    module: str
    function: str
    operator: str
    before: str
    after: str
    line: int
    text: bool
    in_body: bool
    first: int
    """Number of the changed top-level statement's first line, counted from 0."""
    statement: str
    """The whole changed statement."""
    source: str
    """The whole changed module."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a mutant is known by: it outlives edits of other lines."""
        return (self.module, self.function, self.before, self.after)


@dataclass(frozen=True)
class Mutants:
    """The mutants of some modules, and how many were left out, by reason."""

    found: tuple[Mutant, ...]
    left_out: dict[str, int]


@cache
def operators() -> tuple[tuple[str, Operator], ...]:
    """All operators that take no arguments, by name; those that do would need names of this code's variables."""
    theirs = [(name.rpartition("/")[2], plugins.get_operator(name)) for name in plugins.operator_names()]
    every = [*theirs, *((kind.__name__, kind) for kind in OWN)]
    return tuple((name, kind()) for name, kind in every if not kind.arguments() and is_chosen(name))


def is_chosen(name: str) -> bool:
    """Whether an operator of that name is used: of the many replacements of one operator only those that differ."""
    kind, _, pair = name.partition("_")
    was, _, becomes = pair.partition("_")
    if kind == "ReplaceBinaryOperator":
        return ARITHMETIC.get(was) == becomes
    if kind == "ReplaceComparisonOperator":
        return (was in VALUES) == (becomes in VALUES)
    return True


def mutants_of(module: str, source: str) -> Mutants:
    """Every mutant of one module, in order of place; each changed source once."""
    regions = _Regions(ast.parse(source))
    lines = source.splitlines(keepends=True)
    found: list[Mutant] = []
    left_out: Counter[str] = Counter()
    for first, last in _statements(source):
        statement = "".join(lines[first:last])
        changes: set[str] = set()
        for name, operator, occurrence, (line, column) in _positions(statement):
            place = (line + first, column)
            reason = regions.why_left_out(place)
            function, in_body = regions.function(place)
            if function and not in_body and name.startswith("ReplaceBinaryOperator_Mul"):
                reason = KEYWORD_ONLY
            if reason is not None:
                left_out[reason] += 1
                continue
            try:
                changed = mutate_code(statement, operator, occurrence)
            except AttributeError:
                # Cosmic Ray's ExceptionReplacer takes plain names only, no dotted ones.
                left_out[NOT_MADE] += 1
                continue
            if changed is None or changed == statement or changed in changes:
                continue
            changes.add(changed)
            try:
                ast.parse(changed)
            except SyntaxError:
                left_out[NO_PYTHON] += 1
                continue
            before, after = difference(statement, changed)
            found.append(
                Mutant(
                    module=module,
                    function=function,
                    operator=name,
                    before=before,
                    after=after,
                    line=place[0],
                    text=regions.is_text(place) or function in WRITERS,
                    in_body=in_body,
                    first=first,
                    statement=changed,
                    source="".join((*lines[:first], changed, *lines[last:])),
                )
            )
    found.sort(key=lambda one: one.line)
    return Mutants(tuple(found), dict(left_out))


def difference(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, stripped, as they were and as they are."""
    gone, come = [], []
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line.startswith("- "):
            gone.append(line[2:].strip())
        elif line.startswith("+ "):
            come.append(line[2:].strip())
    return "\n".join(gone), "\n".join(come)


def _statements(source: str) -> Iterator[tuple[int, int]]:
    """First and last line of each top-level statement, decorators included; counted from 0, the end is not part."""
    for node in ast.parse(source).body:
        decorators = getattr(node, "decorator_list", [])
        assert node.end_lineno is not None
        yield min([node.lineno, *(each.lineno for each in decorators)]) - 1, node.end_lineno


def _positions(statement: str) -> Iterator[tuple[str, Operator, int, Position]]:
    nodes = list(ast_nodes(get_ast(statement)))
    for name, operator in operators():
        starts = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(starts):
            yield name, operator, occurrence, start


class _Regions:
    """Which places of a module are functions, words, annotations."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions: list[tuple[Position, Position, str, Position]] = []
        self._texts: list[tuple[Position, Position]] = []
        self._annotations: list[tuple[Position, Position]] = []
        self._type_checking: list[tuple[Position, Position]] = []
        self._visit(tree, "")

    def _visit(self, node: ast.AST, within: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = within
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{within}.{child.name}" if within else child.name
            if isinstance(child, ast.FunctionDef):
                start, end = _extent(child, *child.decorator_list)
                self._functions.append((start, end, name, _extent(child.body[0])[0]))
                self._annotate(child.returns)
            elif isinstance(child, ast.arg | ast.AnnAssign):
                self._annotate(child.annotation)
            elif isinstance(child, ast.keyword) and child.arg in ("expected", "seen"):
                self._texts.append(_extent(child.value))
            elif isinstance(child, ast.JoinedStr):
                self._texts.append(_extent(child))
            elif isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
                self._type_checking.append(_extent(child))
            self._visit(child, name)

    def _annotate(self, node: ast.expr | None) -> None:
        if node is not None:
            self._annotations.append(_extent(node))

    def why_left_out(self, place: Position) -> str | None:
        if _inside(place, self._annotations):
            return ANNOTATION
        return TYPE_CHECKING_ONLY if _inside(place, self._type_checking) else None

    def is_text(self, place: Position) -> bool:
        return _inside(place, self._texts)

    def function(self, place: Position) -> tuple[str, bool]:
        """The outermost function or method around a place, and whether the place is in its body."""
        for start, end, name, body in self._functions:
            if start <= place < end:
                return name, place >= body
        return "", False


def _extent(node: ast.stmt | ast.expr, *more: ast.expr) -> tuple[Position, Position]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    # A decorator's own place begins behind its sign.
    start = min([(node.lineno, node.col_offset), *((each.lineno, each.col_offset - 1) for each in more)])
    return start, (node.end_lineno, node.end_col_offset)


def _inside(place: Position, regions: Sequence[tuple[Position, Position]]) -> bool:
    return any(start <= place < end for start, end in regions)
