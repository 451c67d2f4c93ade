"""Mutations that Cosmic Ray's own operators lack and that a check's code is made of.

What a check must have seen is often one statement (``one_clock(history)``), and what it looks at a condition of a
comprehension; both could be gone without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosmic_ray.ast import get_ast
from cosmic_ray.operators.operator import Example, Operator
from parso.python.tree import ExprStmt, Keyword, Name, PythonNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parso.tree import NodeOrLeaf

    Position = tuple[tuple[int, int], tuple[int, int]]


def _parsed(code: str) -> NodeOrLeaf:
    found: NodeOrLeaf = get_ast(code)
    return found


def _code(node: NodeOrLeaf) -> str:
    code: str = node.get_code()  # type: ignore[no-untyped-call]
    return code


class RemoveCall(Operator):  # type: ignore[misc]
    """Leaves out a statement that is nothing but a call."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if (
            isinstance(node, PythonNode)
            and node.type == "atom_expr"
            and node.parent is not None
            and node.parent.type == "simple_stmt"
        ):
            yield node.start_pos, node.end_pos

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        code = _code(node)
        return Name(code[: len(code) - len(code.lstrip())] + "pass", node.start_pos)

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("one_clock(history)\n", "pass\n"),)


class NegateFilter(Operator):  # type: ignore[misc]
    """Turns the condition of a comprehension round."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if isinstance(node, PythonNode) and node.type == "comp_if":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: PythonNode, index: int) -> PythonNode:
        node.children[1] = _parsed(f" not ({node.children[1].get_code().strip()})")
        return node

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("[x for x in y if x.end]", "[x for x in y if not (x.end)]"),)


class SwapMembership(Operator):  # type: ignore[misc]
    """Asks for ``in`` where ``not in`` was asked for, and the reverse."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if isinstance(node, PythonNode) and node.type == "comparison":
            for operator in node.children[1::2]:
                if " ".join(operator.get_code(include_prefix=False).split()) in ("in", "not in"):
                    yield operator.start_pos, operator.end_pos

    def mutate(self, node: PythonNode, index: int) -> PythonNode:
        places = [
            place
            for place in range(1, len(node.children), 2)
            if " ".join(node.children[place].get_code(include_prefix=False).split()) in ("in", "not in")
        ]
        was = node.children[places[index]].get_code(include_prefix=False)
        node.children[places[index]] = _parsed(" not in" if was == "in" else " in")
        return node

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("x in y", "x not in y"), Example("x not in y", "x in y"))


class SwapBuiltin(Operator):  # type: ignore[misc]
    """Calls ``any`` in place of ``all``, ``min`` in place of ``max``, and the reverse."""

    OTHER = {"any": "all", "all": "any", "min": "max", "max": "min"}  # noqa: RUF012

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if isinstance(node, PythonNode) and node.type == "atom_expr":
            called, trailer = node.children[0], node.children[1]
            if isinstance(called, Name) and called.value in self.OTHER and _code(trailer).startswith("("):
                yield called.start_pos, called.end_pos

    def mutate(self, node: PythonNode, index: int) -> PythonNode:
        called = node.children[0]
        assert isinstance(called, Name)
        called.value = self.OTHER[called.value]
        return node

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("any(x)", "all(x)"), Example("max(x, y)", "min(x, y)"))


class DropReturnedValue(Operator):  # type: ignore[misc]
    """Returns None in place of a value."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if node.type == "return_stmt" and _code(node).strip() != "return None":
            yield node.start_pos, node.end_pos

    def mutate(self, node: PythonNode, index: int) -> PythonNode:
        node.children[1:] = [Keyword("None", node.children[1].start_pos, " ")]
        return node

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("def f():\n    return x\n", "def f():\n    return None\n"),)


class DropAssignedValue(Operator):  # type: ignore[misc]
    """Assigns None in place of a value."""

    def mutation_positions(self, node: NodeOrLeaf) -> Iterable[Position]:
        if isinstance(node, ExprStmt) and self._plain(node) and node.children[2].get_code().strip() != "None":
            yield node.children[2].start_pos, node.children[2].end_pos

    @staticmethod
    def _plain(node: ExprStmt) -> bool:
        return len(node.children) == 3 and node.children[1].get_code().strip() == "="

    def mutate(self, node: ExprStmt, index: int) -> ExprStmt:
        node.children[2] = Keyword("None", node.children[2].start_pos, " ")
        return node

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("x = y", "x = None"),)


OWN = (RemoveCall, NegateFilter, SwapMembership, SwapBuiltin, DropReturnedValue, DropAssignedValue)
