"""The list of accepted survivors, and what is red beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.mutation.__main__ import ACCEPTED
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.scope import ROOT
from tests.mutation.survivors import Accepted, ListError, Score, load, result

if TYPE_CHECKING:
    from pathlib import Path


def a_mutant(after: str, *, text: bool = False, module: str = "a.py") -> Mutant:
    return Mutant(
        module=module,
        function="check",
        operator="NumberReplacer",
        before="x = 1",
        after=after,
        line=3,
        text=text,
        in_body=True,
        first=2,
        statement=after,
        source=after,
    )


KILLED = [a_mutant(f"x = {number}") for number in range(100, 138)]
ALIVE = a_mutant("x = 2")
LISTED = Accepted(module="a.py", function="check", before="x = 1", after=["x = 2"], reason="it is the same")


def test_a_hunt_whose_survivors_are_all_listed_is_no_red() -> None:
    found = result(KILLED, [ALIVE], [LISTED], modules=["a.py"])
    assert found.red == ()
    assert found.logic == Score(mutants=39, killed=38)


def test_a_survivor_that_is_not_listed_is_red_and_told() -> None:
    found = result(KILLED, [ALIVE, a_mutant("x = 3")], [LISTED], modules=["a.py"])
    (red,) = found.red
    assert red == "survived and is not in the list: a.py, check\n    - x = 1\n    + x = 3"


def test_a_listed_survivor_that_was_killed_is_stale_and_red() -> None:
    found = result([*KILLED, ALIVE], [], [LISTED], modules=["a.py"])
    (red,) = found.red
    assert red.startswith("is in the list of survivors and did not survive: a.py, check")


def test_a_listed_survivor_of_a_module_that_was_not_hunted_is_not_stale() -> None:
    other = msgspec.structs.replace(LISTED, module="b.py")
    assert result(KILLED, [], [other], modules=["a.py"]).red == ()


def test_a_score_below_what_is_asked_for_is_red_although_all_are_listed() -> None:
    listed = msgspec.structs.replace(LISTED, after=["x = 2", "x = 3"])
    found = result(KILLED[:37], [ALIVE, a_mutant("x = 3")], [listed], modules=["a.py"])
    assert found.red == ("94.9 % of the mutants were killed, 95 % have to be",)


def test_a_few_modules_need_no_score_but_every_survivor_has_to_be_listed() -> None:
    assert result([], [ALIVE], [LISTED], modules=["a.py"], whole=False).red == ()
    assert len(result([], [ALIVE], [], modules=["a.py"], whole=False).red) == 1


def test_words_for_people_are_counted_apart_and_need_no_entry() -> None:
    words = [a_mutant("x = 4", text=True), a_mutant("x = 5", text=True)]
    found = result([*KILLED, words[0]], [words[1]], [], modules=["a.py"])
    assert found.red == ()
    assert (found.logic, found.text) == (Score(38, 38), Score(2, 1))
    assert str(found.text) == "2 mutants, 1 killed, 1 survived, 50.0 %"


def test_no_mutant_at_all_is_no_success() -> None:
    assert result([], [], [], modules=["a.py"]).red == ("0.0 % of the mutants were killed, 95 % have to be",)


ENTRY = """
[[survivor]]
module = "a.py"
function = "check"
before = "x = 1"
after = ["x = 2", "x = 3"]
reason = "it is the same"
"""


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text(ENTRY)
    (entry,) = load(path)
    assert entry.keys() == [("a.py", "check", "x = 1", "x = 2"), ("a.py", "check", "x = 1", "x = 3")]


def test_a_decorator_that_was_removed_leaves_no_line_and_can_be_listed(tmp_path: Path) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text(ENTRY.replace('["x = 2", "x = 3"]', '[""]'))
    (entry,) = load(path)
    assert entry.keys() == [("a.py", "check", "x = 1", "")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY, "listed twice: a.py, check"),
        (ENTRY.replace('"it is the same"', '""'), "survivors.toml: Expected `str` of length >= 1"),
        (ENTRY.replace("reason", "why"), "unknown field `why`"),
        (ENTRY.replace('["x = 2", "x = 3"]', "[]"), "survivors.toml: Expected `array` of length >= 1"),
        ("[[survivor", "survivors.toml: "),
    ],
    ids=["twice", "without a reason", "unknown key", "without a mutant", "no TOML"],
)
def test_a_list_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "survivors.toml"
    path.write_text(text)
    with pytest.raises(ListError, match=message):
        load(path)


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"gone\.toml: cannot be read: No such file"):
        load(tmp_path / "gone.toml")


def test_every_accepted_survivor_is_a_mutant_that_can_be_made() -> None:
    accepted = load(ACCEPTED)
    assert accepted
    for module in {entry.module for entry in accepted}:
        made = {one.key for one in mutants_of(module, (ROOT / module).read_text(encoding="utf-8")).found}
        listed = {key for entry in accepted if entry.module == module for key in entry.keys()}  # noqa: SIM118
        assert listed <= made, f"{module}: listed, but no longer a mutant: {sorted(listed - made)}"
