"""The mutants of a small module: which there are, which are words, which are left out, and that each is known again."""

from __future__ import annotations

import ast

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator

from tests.mutation import scope
from tests.mutation.mutants import (
    ANNOTATION,
    KEYWORD_ONLY,
    NOT_MADE,
    TYPE_CHECKING_ONLY,
    Mutant,
    difference,
    is_chosen,
    mutants_of,
)
from tests.mutation.operators import OWN

SOURCE = '''"""A module."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 3 + 4

MANY = 2


@judges("a", on=MANY)
def check(history: History | None, *, at_least: int = 1) -> int | None:
    one_clock(history)
    require(
        len(history) == at_least,
        expected=f"{at_least + 1} of them",
        seen="none" if not history else "some",
    )
    return None


class View:
    def ends(self, found):
        return [run for run in found if run.end]


def load(path):
    try:
        return path
    except (tomllib.TOMLDecodeError, OSError):
        return None
'''


def mutants(source: str = SOURCE) -> tuple[Mutant, ...]:
    return mutants_of("package/module.py", source).found


def changes(function: str, *, text: bool = False) -> set[tuple[str, str]]:
    return {(one.operator, one.after) for one in mutants() if one.function == function and one.text is text}


@pytest.mark.parametrize(
    ("kind", "example"), [(kind, example) for kind in OWN for example in kind.examples()], ids=lambda one: str(one)[:60]
)
def test_an_operator_of_ours_does_what_its_example_says(kind: type[Operator], example: Example) -> None:
    assert mutate_code(example.pre_mutation_code, kind(), example.occurrence) == example.post_mutation_code
    assert mutate_code(example.pre_mutation_code, kind(), 9) is None


def test_a_function_has_mutants_of_its_logic() -> None:
    found = changes("check")
    assert ("RemoveCall", "pass") in found
    assert ("ReplaceComparisonOperator_Eq_GtE", "len(history) >= at_least,") in found
    assert ("RemoveDecorator", "") in found
    assert ("NumberReplacer", "def check(history: History | None, *, at_least: int = 2) -> int | None:") in found


def test_a_method_is_known_by_its_class() -> None:
    assert ("NegateFilter", "return [run for run in found if not (run.end)]") in changes("View.ends")


def test_what_is_only_words_for_people_is_told_apart() -> None:
    words = changes("check", text=True)
    assert {after for _, after in words} == {
        'expected=f"{at_least - 1} of them",',
        'expected=f"{at_least + 2} of them",',
        'expected=f"{at_least + 0} of them",',
        'seen="none" if not not history else "some",',
        'seen="none" if  history else "some",',
    }


def test_what_changes_nothing_is_left_out_and_counted() -> None:
    left_out = mutants_of("package/module.py", SOURCE).left_out
    assert left_out[ANNOTATION] >= 2
    assert left_out[TYPE_CHECKING_ONLY] >= 3
    assert left_out[KEYWORD_ONLY] == 1
    assert left_out[NOT_MADE] == 1
    assert not any(one.line == 9 for one in mutants())


def test_only_a_change_in_a_functions_body_can_be_made_by_exchanging_its_code() -> None:
    in_body = {(one.operator, one.line): one.in_body for one in mutants()}
    assert in_body["RemoveCall", 16]
    assert not in_body["RemoveDecorator", 14]
    assert not in_body["NumberReplacer", 15]
    assert not in_body["NumberReplacer", 11]


def test_every_mutant_is_python_and_another_module_than_before() -> None:
    for one in mutants():
        ast.parse(one.source)
        assert one.source != SOURCE
        assert one.statement in one.source
        assert SOURCE.splitlines()[one.first] or one.first == 0


def test_a_mutant_is_known_again_after_an_edit_elsewhere() -> None:
    edited = SOURCE.replace("MANY = 2\n", "MANY = 2\n\n# Said anew.\nMORE = MANY\n")
    keys = {one.key for one in mutants() if one.function == "check"}
    assert keys
    assert keys == {one.key for one in mutants(edited) if one.function == "check"}


def test_each_changed_source_is_one_mutant() -> None:
    found = [one.source for one in mutants()]
    assert len(set(found)) == len(found)


def test_a_difference_is_told_by_the_changed_lines() -> None:
    assert difference("a = 1\n  b = 2\nc = 3\n", "a = 1\n  b = 4\nc = 3\n") == ("b = 2", "b = 4")


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("ReplaceBinaryOperator_Add_Sub", True),
        ("ReplaceBinaryOperator_Add_Pow", False),
        ("ReplaceComparisonOperator_Lt_LtE", True),
        ("ReplaceComparisonOperator_Is_IsNot", True),
        ("ReplaceComparisonOperator_Is_Eq", False),
        ("ReplaceComparisonOperator_Eq_Is", False),
        ("AddNot", True),
    ],
)
def test_of_many_replacements_only_those_that_differ_are_made(name: str, chosen: bool) -> None:
    assert is_chosen(name) is chosen


def test_the_scope_holds_every_module_of_checks_and_tests_that_are_there() -> None:
    found = scope.modules()
    for path in (scope.ROOT / "conformance").glob("test_*.py"):
        assert f"conformance/{path.name}" in found
    assert {"conformance/judging/expect.py", "conformance/laws/laws.py", "fixtures/history/history.py"} <= set(found)
    assert all((scope.ROOT / path).exists() for path in scope.TESTS)
