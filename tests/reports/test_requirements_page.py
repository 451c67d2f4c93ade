"""The page of requirements: what it shows, that its links lead somewhere, and that the committed one is not stale."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.judging.checks import Registered
from conformance.scenarios.scenarios import Scenario
from conformance.scenarios.sequences import EVERY_SEQUENCE
from conformance.tables.catalogue import Applies, Catalogue, Level, Profile, Requirement, SourceKind, SubjectHooks
from conformance.tables.rungs import Rung
from conformance.tables.source_statements import Page, Statement
from fixtures.history.events import Call
from reports.commands import requirements_page
from reports.commands.requirements_page import COMMAND, PAGE, Material, render
from runtimes.definition import Definition, Handlers, HookResult, RuntimeTable, SubjectTable, Wire
from runtimes.subjects import Subject

if TYPE_CHECKING:
    from fixtures.platform.platform import Platform


def nothing(_: Platform) -> None:
    """A sequence that is never played here."""


def subject(name: str, *, wire: Wire = Wire.HTTP, concurrency: int = 10) -> Subject:
    table = SubjectTable(name, name.title(), wire, concurrency, HookResult.RETURN, "def hook(context)")
    definition = Definition(
        RuntimeTable("A", "A", "1"), Handlers("a.b", "a.c", "a.d"), {"Dockerfile": "Dockerfile.j2"}, [table]
    )
    return Subject(name, Path("nowhere"), definition, table)


def requirement(name: str, family: str = "first", *, applies: Applies | None = None) -> Requirement:
    text = f"What {name} says | holds"
    return Requirement(
        name, family, Level.MUST, text, "ZH, a section", SourceKind.SRC, (Rung.RECORDS,), applies or Applies()
    )


ALONE, TOGETHER, SILENT = (
    subject("alone", concurrency=1),
    subject("together"),
    subject("silent", wire=Wire.NONE, concurrency=1),
)
SEEDS = Profile(
    "seeds",
    "What the pages state.",
    "ZH",
    {
        "alone": SubjectHooks([Call.PRE_STOP]),
        "together": SubjectHooks([Call.PRE_FREEZE, Call.PRE_STOP]),
        "silent": SubjectHooks([Call.PRE_STOP], "it is no web server"),
    },
)
OTHER = Profile("other", "What another page states.", "a page", SEEDS.subjects | {"alone": SubjectHooks([])})
MATERIAL = Material(
    catalogue=Catalogue(
        (
            requirement("first.holds"),
            requirement("first.freezes", applies=Applies(hooks=[Call.PRE_FREEZE])),
            requirement("second.stops", "second", applies=Applies(hooks=[Call.PRE_STOP])),
            requirement("second.overlaps", "second"),
        ),
        {"first": "The first family", "second": "The second family"},
    ),
    registry={
        "test_first_holds": Registered("first.holds", ("once",)),
        "test_first_freezes": Registered("first.freezes", ("once", "at-once")),
        "test_second_stops": Registered("second.stops", ("once",)),
        "test_second_overlaps": Registered("second.overlaps", ("at-once",)),
    },
    scenarios=(
        Scenario("once", "One invocation", nothing, invocations=1),
        Scenario("at-once", "Two at once", nothing, invocations=1, requests_at_once=2),
    ),
    statements=(
        Statement("zh.notes.1", {Page.ZH: "one", Page.JA: "two"}, "It freezes", ["first.freezes", "second.stops"]),
        Statement("ja.notes.2", {Page.JA: "two"}, "See elsewhere", [], "A pointer."),
    ),
    subjects=(ALONE, SILENT, TOGETHER),
    profiles={"seeds": SEEDS, "other": OTHER},
    profile=SEEDS,
)
PAGE_OF_THE_TESTS = render(MATERIAL)


def rows(page: str) -> list[str]:
    """The rows of all tables."""
    return [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| --- ")]


@pytest.mark.parametrize(
    ("name", "judged_on"),
    [
        ("first.holds", "all"),
        ("first.freezes", "together"),
        ("second.stops", "alone, together"),
        ("second.overlaps", "together"),
    ],
)
def test_a_requirement_is_shown_with_whom_it_is_judged_on(name: str, judged_on: str) -> None:
    block = PAGE_OF_THE_TESTS.split(f"### {name}\n")[1].split("\n#")[0]
    assert f"- Judged on: {judged_on}\n" in block
    assert f"- Check: `test_{name.replace('.', '_')}` on [" in block
    assert "- Source (src): ZH, a section" in block
    assert any(row.startswith(f"| [`{name}`]") and row.endswith(f"| {judged_on} |") for row in rows(PAGE_OF_THE_TESTS))


def test_a_requirement_that_means_nobody_is_shown_with_the_profiles_in_which_it_means_somebody() -> None:
    initializer = requirement("first.starts", applies=Applies(hooks=[Call.INITIALIZE]))
    knows = Profile("knows", "", "", SEEDS.subjects | {"alone": SubjectHooks([Call.INITIALIZE])})
    page = render(
        replace(
            MATERIAL,
            catalogue=Catalogue((*MATERIAL.catalogue.requirements, initializer), MATERIAL.catalogue.families),
            profiles={**MATERIAL.profiles, "knows": knows},
        )
    )
    assert "- Judged on: none; in knows: alone\n" in page
    assert "| [`first.starts`](#firststarts) | MUST | src | none |" in rows(page)


def test_a_requirement_without_a_scenario_is_judged_on_everybody_to_whom_it_applies() -> None:
    registry = {"test_second_stops": Registered("second.stops", ())}
    page = render(replace(MATERIAL, registry=registry))
    assert "- Judged on: alone, together\n- Check: `test_second_stops`\n" in page


def test_a_scenario_that_is_not_in_the_list_is_named_without_a_link() -> None:
    registry = {"test_first_holds": Registered("first.holds", ("sequence-7-1",))}
    assert "- Check: `test_first_holds` on `sequence-7-1`\n" in render(replace(MATERIAL, registry=registry))


def test_sequences_that_nobody_wrote_are_explained_where_a_check_reads_them() -> None:
    page = render(replace(MATERIAL, registry={"test_first_holds": Registered("first.holds", (EVERY_SEQUENCE,))}))
    assert f"- Check: `test_first_holds` on [{EVERY_SEQUENCE}](#scenario-{EVERY_SEQUENCE})\n" in page
    assert f"`{EVERY_SEQUENCE}` (1 check): Stands for sequences that nobody wrote" in page
    links_lead_somewhere(page)
    assert EVERY_SEQUENCE not in PAGE_OF_THE_TESTS


def test_most_subjects_are_named_by_those_that_are_left() -> None:
    more = [subject(name) for name in "abc"]
    known = SEEDS.subjects | {one.name: SubjectHooks([Call.PRE_STOP]) for one in more}
    material = replace(MATERIAL, subjects=(*MATERIAL.subjects, *more), profile=Profile("seeds", "", "", known))
    assert "all but silent" in render(replace(material, profiles={"seeds": material.profile}))


def test_a_statement_is_followed_to_its_requirements_and_checks() -> None:
    assert "(ZH, JA): It freezes." in PAGE_OF_THE_TESTS
    assert "| `zh.notes.1` | [`first.freezes`](#firstfreezes) | `test_first_freezes` |" in rows(PAGE_OF_THE_TESTS)
    assert "| `zh.notes.1` | [`second.stops`](#secondstops) | `test_second_stops` |" in rows(PAGE_OF_THE_TESTS)
    assert "- Statements: [`zh.notes.1`](#zhnotes1)" in PAGE_OF_THE_TESTS


def test_a_statement_that_is_left_out_is_marked_and_shown_with_its_reason() -> None:
    assert "(JA): See elsewhere. *Left out.*" in PAGE_OF_THE_TESTS
    assert "| [`ja.notes.2`](#janotes2) | A pointer. |" in rows(PAGE_OF_THE_TESTS)


def test_a_requirement_that_no_check_judges_shows_as_a_gap_in_the_coverage() -> None:
    page = render(replace(MATERIAL, registry={}))
    assert "| `zh.notes.1` | [`first.freezes`](#firstfreezes) | - |" in rows(page)


def test_a_scenario_is_shown_with_its_text_and_the_number_of_its_checks() -> None:
    assert "`once` (3 checks): One invocation." in PAGE_OF_THE_TESTS
    assert "`at-once` (2 checks): Two at once." in PAGE_OF_THE_TESTS


def test_the_profiles_are_compared() -> None:
    assert "| `alone` | PreStop: supported in seeds; not supported in other |" in rows(PAGE_OF_THE_TESTS)
    assert not any(row.startswith("| `together`") for row in rows(PAGE_OF_THE_TESTS))
    assert "No profile differs from another." in render(replace(MATERIAL, profiles={"seeds": SEEDS}))


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    statement = replace_text(MATERIAL.statements[1], "One | two.")
    assert "| [`ja.notes.2`](#janotes2) | One \\| two. |" in render(replace(MATERIAL, statements=(statement,)))


def replace_text(statement: Statement, excluded: str) -> Statement:
    """The statement with another reason."""
    return Statement(statement.id, statement.section, statement.text, [], excluded)


# ------------------------------------------------------------------------------------------------ the real one


@pytest.fixture(scope="module")
def shipped() -> Material:
    return requirements_page.shipped()


@pytest.fixture(scope="module")
def whole(shipped: Material) -> str:
    """The page of this checkout."""
    return render(shipped)


def links_lead_somewhere(page: str) -> None:
    """Every link within a page has exactly one place that it leads to."""
    headings = [re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in HEADING.findall(page)]
    anchors = [*headings, *re.findall(r'<a id="([^"]+)">', page)]
    assert len(anchors) == len(set(anchors))
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert links
    assert links <= set(anchors)


HEADING = re.compile(r"^#+ .+$", re.MULTILINE)


def test_every_link_within_a_page_leads_to_one_place() -> None:
    links_lead_somewhere(PAGE_OF_THE_TESTS)


def test_every_link_within_the_committed_page_leads_to_one_place(whole: str) -> None:
    links_lead_somewhere(whole)


def test_the_committed_page_is_the_one_that_would_be_written(whole: str) -> None:
    # Not compared in an assert: pytest's difference of two long pages takes longer than reading the command.
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != whole:
        pytest.fail(f"docs/requirements.md is stale: write it anew with {COMMAND}")


def test_every_link_out_of_the_page_leads_to_a_file(whole: str) -> None:
    linked = re.findall(r"\]\(([^#)][^)]*)\)", whole)
    assert linked
    assert all((PAGE.parent / path).is_file() for path in linked)


def test_no_line_of_the_page_is_too_long_to_read(whole: str) -> None:
    assert max(map(len, whole.splitlines())) < 400


def test_everything_is_on_the_page(shipped: Material, whole: str) -> None:
    for name in (
        *(one.id for one in shipped.catalogue.requirements),
        *(one.id for one in shipped.statements),
        *(f"`{name}`" for name in shipped.registry),
        *(f"`{one.name}`" for one in shipped.scenarios),
    ):
        assert name in whole, name
    assert {one.name for one in shipped.subjects} <= set(shipped.profile.subjects)
