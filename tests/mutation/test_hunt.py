"""A fork's verdict, and the living function that does what a mutant does, without a change that stays."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.judging import expect
from tests.mutation import hunt
from tests.mutation.hunt import Fate, Forks, HuntError
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.scope import ROOT, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

MODULE = "conformance/judging/expect.py"


def mutants() -> list[Mutant]:
    return list(mutants_of(MODULE, (ROOT / MODULE).read_text(encoding="utf-8")).found)


def the(operator: str, function: str) -> Mutant:
    return next(one for one in mutants() if (one.operator, one.function) == (operator, function))


def fates(judge: Callable[[Mutant], int], count: int = 3) -> list[Fate]:
    return [one.fate for one in Forks(2, 1.0).run(mutants()[:count], judge)]


def test_every_mutant_gets_the_verdict_of_its_fork() -> None:
    assert fates(lambda _: hunt.SURVIVED) == [Fate.SURVIVED] * 3
    assert fates(lambda _: hunt.KILLED) == [Fate.KILLED] * 3


def test_a_mutant_that_computes_for_ever_is_ended_and_counts_as_noticed() -> None:
    def forever(_: Mutant) -> int:
        while True:
            pass

    assert fates(forever, count=1) == [Fate.TIMED_OUT]


def test_a_fork_that_fails_by_itself_is_no_verdict(capfd: pytest.CaptureFixture[str]) -> None:
    def fails(_: Mutant) -> int:
        raise ValueError("the hunt is broken")

    with pytest.raises(HuntError, match=r"expect\.py:\d+ .* ended with status 3 and judged nothing"):
        fates(fails, count=1)
    assert "ValueError: the hunt is broken" in capfd.readouterr().err


def test_a_function_does_what_the_mutant_does_in_the_fork_and_nowhere_else() -> None:
    mutant = the("AddNot", "require")

    def judge(one: Mutant) -> int:
        assert hunt.exchange(one)
        try:
            expect.require(True, expected="this", seen="that")
        except expect.Violation:
            return hunt.KILLED
        return hunt.SURVIVED

    assert [one.fate for one in Forks(1, 5.0).run([mutant], judge)] == [Fate.KILLED]
    expect.require(True, expected="this", seen="that")


def test_a_change_of_what_a_function_closes_over_cannot_be_exchanged() -> None:
    assert not hunt.exchange(the("RemoveCall", "Outcome.__init__"))


def test_a_function_that_is_none_is_named() -> None:
    mutant = the("AddNot", "require")
    strange = dataclasses.replace(mutant, function="Outcome")
    with pytest.raises(HuntError, match=r"expect\.py has no code of its own for Outcome"):
        hunt.exchange(strange)


def forget_the_project() -> None:
    """Have everything but these tests imported anew: what was imported before holds classes of the old modules."""
    ours = ("conformance", "fixtures", "runtimes", "reports", "tests.")
    for name in [name for name in sys.modules if name.startswith(ours) and not name.startswith("tests.mutation")]:
        del sys.modules[name]


def test_a_module_is_imported_with_the_change() -> None:
    mutant = next(one for one in mutants() if one.operator == "NumberReplacer" and not one.in_body)

    def judge(one: Mutant) -> int:
        forget_the_project()
        hunt.import_changed(one)
        changed = sys.modules["conformance.judging.expect"]
        return hunt.SURVIVED if changed.seen.__kwdefaults__ == {"at_least": 1} else hunt.KILLED

    assert [one.fate for one in Forks(1, 30.0).run([mutant], judge)] == [Fate.KILLED]
    assert expect.seen.__kwdefaults__ == {"at_least": 1}


@pytest.mark.parametrize(
    ("operator", "fate"), [("RemoveDecorator", Fate.KILLED), ("NumberReplacer", Fate.SURVIVED)], ids=["seen", "unseen"]
)
def test_the_tests_see_a_check_module_as_it_was_changed(
    operator: str, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest has an importer of its own for files with such a name: it must not bring the unchanged module back.
    module = "conformance/test_arguments.py"
    found = mutants_of(module, (ROOT / module).read_text(encoding="utf-8")).found
    mutant = next(one for one in found if one.operator == operator and not one.in_body)
    # How many characters of an event are compared is nothing that the tables know.
    monkeypatch.setattr(hunt, "TESTS", TABLES)

    def judge(one: Mutant) -> int:
        forget_the_project()
        return hunt.imported(one)

    assert [one.fate for one in Forks(1, 240.0).run([mutant], judge)] == [fate]
