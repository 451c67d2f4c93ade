"""How ``${...}`` is filled in, and how a variable that cannot be is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runtimes.projects import reader
from runtimes.projects.mistakes import ConfigurationError
from runtimes.projects.variables import Around

if TYPE_CHECKING:
    from pathlib import Path

    from runtimes.projects.project import Function

FILE = """edition: 3.0.0
access: default
vars:
  seconds: 15
  word: blue
  far: ${vars.word}
  list: [a, b]
  hooks: {preStop: {handler: index.preStop, timeout: 7}}
  loop: ${vars.loop}
resources:
  first:
    component: fc3
    props:
      functionName: one
      runtime: nodejs20
      handler: index.handler
      timeout: 5
      code: VALUE
"""
AROUND = Around({"WORD": "green", "NUMBER": "9", "EMPTY": ""}, {"AccountID": "123"})


def code(value: str, around: Around = AROUND) -> str | None:
    """What stands for a value in the place of the code folder."""
    (function,) = reader.read(FILE.replace("VALUE", value), around=around).functions
    return function.code


def said(value: str, around: Around = AROUND) -> str:
    """The only mistake of a file with this value in line 18, column 13."""
    with pytest.raises(ConfigurationError) as caught:
        reader.read(FILE.replace("VALUE", value), around=around)
    (only,) = caught.value.mistakes
    assert (only.line, only.column, only.key) == (18, 13, "resources.first.props.code")
    return f"{only.what}; {only.meant}" if only.meant else only.what


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${vars.word}", "blue"),
        ("${ vars.word }", "blue"),
        ("./${vars.word}/x-${vars.far}", "./blue/x-blue"),
        ("${vars.seconds}", "15"),
        ("${vars.list.1}", "b"),
        ("${vars.hooks.preStop.handler}", "index.preStop"),
        ("${env(WORD)}", "green"),
        ("${env('WORD')}", "green"),
        ('${env("WORD")}', "green"),
        ("${env('NONE', 'red')}", "red"),
        ("${env('NONE', '')}", ""),
        ("${env('WORD', 'red')}", "green"),
        ("${env('EMPTY', 'red')}", ""),
        ("${config('AccountID')}", "123"),
        ("${config(AccountID)}", "123"),
        ("${this.name}", "first"),
        ("${this.access}", "default"),
        ("${this.props.functionName}-${this.props.timeout}", "one-5"),
        ("${resources.first.props.runtime}", "nodejs20"),
        ("${first.props.runtime}", "nodejs20"),
    ],
)
def test_a_variable_is_filled_in(value: str, filled: str) -> None:
    assert code(value) == filled


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("${env('NONE')}", "needs the environment variable NONE, which is not set: export NONE=..., or give a default"),
        ("${vars.wrod}", "has ${vars.wrod}, and there is no wrod; word"),
        ("${vars.list.7}", "has ${vars.list.7}, and there is no 7"),
        ("${vars.loop}", "is a variable that leads over others back to itself"),
        ("${config('AccountId')}", "needs AccountId of the account that the tool deploys with; known here: AccountID"),
        ("${resources.second.props.x}", "and there is no second"),
        ("${first.output.url}", "has ${first.output.url}, which is known only when first was deployed"),
        ("${resources.first.output.url}", "which is known only when first was deployed"),
        ("${json(file('x.json'))}", "needs json(...), which is not computed here: write its value"),
        ("${WORD}", "has the variable ${WORD}, which is none that is known here: ${env('X')}"),
        ("${env('WORD') || 'x'}", "is none that is known here"),
        ("${env()}", "has env(...) without a name in it"),
        ("${env('A', 'b', 'c')}", "has env(...) without a name in it"),
        ("x${vars.hooks}", "has ${vars.hooks} inside of a text, and that is a mapping"),
        ("${vars.word", "has a ${ in it that no } follows"),
        ("x${vars.word", "has a ${ in it that no } follows"),
        ("${vars.${vars.word}}", "has a ${ in it that no } follows, or one variable inside of another"),
        ("${file('./x')}", "names the path ./x, and this text is no file in a folder"),
    ],
)
def test_a_variable_that_cannot_be_filled_in_is_named_with_its_place(value: str, what: str) -> None:
    assert what in said(f'"{value}"' if "'" in value and '"' not in value else f"'{value}'")


def test_a_value_of_the_environment_is_never_read_as_a_variable() -> None:
    assert code("${env('TRICK')}", Around({"TRICK": "${env('WORD')}", "WORD": "green"})) == "${env('WORD')}"


def test_a_variable_may_stand_for_a_number_wherever_it_comes_from() -> None:
    for value in ("${vars.seconds}", "${env('NUMBER')}", "${env('NONE', 15)}"):
        (function,) = reader.read(FILE.replace("timeout: 5", f"timeout: {value}"), around=AROUND).functions
        assert function.timeout_s in (9, 15)


def test_a_text_of_the_environment_is_no_number() -> None:
    with pytest.raises(ConfigurationError, match="must be a whole number of seconds, is the text 'green'"):
        reader.read(FILE.replace("timeout: 5", "timeout: ${env('WORD')}"), around=AROUND)


def with_hooks(hooks: str) -> Function:
    (function,) = reader.read(FILE + f"      instanceLifecycleConfig: {hooks}\n", around=AROUND).functions
    return function


def test_a_variable_may_stand_for_a_mapping() -> None:
    (hook,) = with_hooks("${vars.hooks}").hooks
    assert (hook.handler, hook.timeout_s) == ("index.preStop", 7)
    (hook,) = with_hooks("{preStop: '${vars.hooks.preStop}'}").hooks
    assert (hook.handler, hook.timeout_s) == ("index.preStop", 7)


def test_what_another_resource_says_of_itself_is_about_that_one() -> None:
    other = "  second:\n    component: fc3\n    props:\n      functionName: ${this.name}\n"
    project = reader.read(FILE.replace("VALUE", "${resources.second.props.functionName}") + other)
    assert [function.code for function in project.functions] == ["second", None]


def test_a_variable_in_a_key_that_nothing_reads_stops_nobody() -> None:
    project = reader.read(FILE + "      role: ${config('NoSuchThing')}\n", around=AROUND)
    assert any(told.key.endswith("props.role") for told in project.not_done)


def test_a_file_stands_for_its_text_and_a_path_for_itself(tmp_path: Path) -> None:
    (tmp_path / "name.txt").write_text("yellow\n")
    around = Around(folder=tmp_path)
    assert code("${file('./name.txt')}", around) == "yellow"
    assert code("${path('./name.txt')}", around) == str(tmp_path / "name.txt")


def test_a_file_outside_of_the_folder_is_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "project"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    for name in ("../secret.txt", str(tmp_path / "secret.txt"), "link.txt"):
        assert "lies outside of the project's folder" in said(f"${{file('{name}')}}", Around(folder=inside))


def test_a_file_that_cannot_be_taken_is_named(tmp_path: Path) -> None:
    around = Around(folder=tmp_path)
    (tmp_path / "big.txt").write_bytes(b"x" * 70_000)
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "more.yaml").write_text("a: b")
    assert "needs the file none.txt, which is not there" in said("${file('none.txt')}", around)
    assert "is larger than 65536 bytes" in said("${file('big.txt')}", around)
    assert "cannot be read as text in UTF-8" in said("${file('bytes.txt')}", around)
    assert "takes the whole of more.yaml" in said("${file('more.yaml')}", around)
