"""The statements of the source: the rules of the file, and that nothing of the shipped one is unaccounted for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.tables import catalogue, source_statements
from conformance.tables.catalogue import Catalogue, Level, Requirement, SourceKind
from conformance.tables.rungs import Rung
from conformance.tables.source_statements import Page, Statement, StatementsError, unstated

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = catalogue.load()


@pytest.fixture(scope="module")
def statements() -> tuple[Statement, ...]:
    """The shipped statements; a test that asks for them fails when one names a requirement that is not there."""
    return source_statements.load(SHIPPED)


def requirement(name: str, level: Level = Level.MUST, kind: SourceKind = SourceKind.SRC) -> Requirement:
    """A requirement of the catalogue that these tests use."""
    return Requirement(name, "family", level, "Something holds.", "a page", kind, (Rung.RECORDS,))


OWN = Catalogue((requirement("a.holds"), requirement("b.holds")), {"family": "A family"})


def written(folder: Path, *entries: str) -> Path:
    """A file with these entries."""
    path = folder / "source_statements.toml"
    path.write_text("".join(f"[[statement]]\n{entry}\n" for entry in entries), encoding="utf-8")
    return path


def entry(
    name: str = "zh.notes.1",
    *,
    section: str = '{ ZH = "a heading", JA = "another" }',
    becomes: str = 'requirements = ["a.holds"]',
) -> str:
    """One entry, usable as it is."""
    return f'id = "{name}"\nsection = {section}\ntext = "Something holds."\n{becomes}'


# ------------------------------------------------------------------------------------------------ the file


def test_statements_keep_the_order_of_their_file(tmp_path: Path) -> None:
    second = entry("ja.notes.2", section='{ JA = "another" }', becomes='excluded = "It is a pointer."')
    read = source_statements.load(OWN, written(tmp_path, entry(), second))
    assert [(one.id, one.pages, one.group) for one in read] == [
        ("zh.notes.1", (Page.ZH, Page.JA), "notes"),
        ("ja.notes.2", (Page.JA,), "notes"),
    ]
    assert [(one.requirements, one.excluded) for one in read] == [(["a.holds"], ""), ([], "It is a pointer.")]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry(), entry()], "zh.notes.1 is used twice"),
        ([entry(becomes="")], "zh.notes.1: needs either requirements or the reason"),
        ([entry(becomes='requirements = ["a.holds"]\nexcluded = "A pointer."')], "needs either"),
        ([entry(becomes="requirements = []")], "needs either"),
        ([entry(becomes='requirements = ["a.holds", "a.holds"]')], "names a.holds twice"),
        ([entry(becomes='requirements = ["c.holds"]')], "no requirement is called 'c.holds'"),
        ([entry("ja.notes.1")], "begins with ja, but the first page that makes it is ZH"),
        ([entry(section="{}")], r"\$.statement\[0\].section"),
        ([entry(section='{ EN = "a heading" }')], r"\$.statement\[0\].section"),
        ([entry("notes.1")], r"\$.statement\[0\].id"),
        ([entry(becomes='requirement = "a.holds"')], "unknown field `requirement`"),
        (["= 1"], "Invalid"),
    ],
)
def test_statements_that_break_a_rule_are_refused_with_their_file_and_entry(
    tmp_path: Path, entries: list[str], message: str
) -> None:
    path = written(tmp_path, *entries)
    with pytest.raises(StatementsError, match=message) as raised:
        source_statements.load(OWN, path)
    assert str(path) in str(raised.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StatementsError, match=r"nowhere\.toml: cannot be read"):
        source_statements.load(OWN, tmp_path / "nowhere.toml")


def test_a_must_that_no_statement_names_is_found_and_what_rests_on_other_material_is_not() -> None:
    full = Catalogue(
        (
            *OWN.requirements,
            requirement("c.holds", Level.SHOULD),
            requirement("d.holds", Level.SHOULD, SourceKind.VENDOR),
        ),
        OWN.families,
    )
    named = Statement("zh.notes.1", {Page.ZH: "a heading"}, "Something holds.", ["a.holds"])
    assert [one.id for one in unstated(full, (named,))] == ["b.holds"]


# ------------------------------------------------------------------------------------------------ the real one


def test_every_must_of_the_source_pages_is_named_by_a_statement(statements: tuple[Statement, ...]) -> None:
    assert [one.id for one in unstated(SHIPPED, statements)] == []


def test_the_statements_of_a_section_are_numbered_without_a_gap(statements: tuple[Statement, ...]) -> None:
    numbers: dict[str, list[int]] = {}
    for statement in statements:
        numbers.setdefault(statement.group, []).append(int(statement.id.rsplit(".", 1)[1]))
    assert numbers == {group: list(range(1, len(found) + 1)) for group, found in numbers.items()}


def test_both_pages_are_read(statements: tuple[Statement, ...]) -> None:
    assert {page for statement in statements for page in statement.pages} == set(Page)


def test_a_statement_that_another_ones_reason_points_to_is_there_and_is_judged(
    statements: tuple[Statement, ...],
) -> None:
    judged = {statement.id for statement in statements if statement.requirements}
    pointed = {name for one in statements for name in re.findall(r"\b(?:zh|ja)\.[a-z-]+\.[0-9]+", one.excluded)}
    assert pointed
    assert pointed <= judged
