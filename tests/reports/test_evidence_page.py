"""The page that says what is judged on which evidence, and its numbers."""

from __future__ import annotations

from conformance.tables.rungs import Rung
from reports.commands import evidence_page
from tests.conformance.checking import CATALOGUE


def test_the_committed_page_is_the_one_that_would_be_written() -> None:
    wanted = evidence_page.render(*evidence_page.shipped())
    assert evidence_page.PAGE.read_text(encoding="utf-8") == wanted, f"run {evidence_page.COMMAND}"


def test_no_line_of_the_page_is_too_long_to_be_read_but_for_tables() -> None:
    long = [line for line in evidence_page.PAGE.read_text(encoding="utf-8").splitlines() if len(line) > 130]
    assert all(line.startswith(("|", "<!--")) for line in long)


def test_every_requirement_needs_one_kind_of_evidence_and_is_judged_with_that_and_all_that_is_stronger() -> None:
    _, found = evidence_page.shipped()
    assert [one.rung for one in found] == list(Rung)
    assert sum(one.needs for one in found) == len(CATALOGUE.requirements)
    assert [one.judged for one in found] == [sum(one.needs for one in found[n:]) for n in range(len(found))]
    assert found[0].judged == len(CATALOGUE.requirements)


def test_an_authors_image_is_judged_by_what_is_there() -> None:
    """As many as the tests of the ladder judge on Histories of such an image."""
    authors = {one.rung: one.authors for one in evidence_page.shipped()[1]}
    assert authors[Rung.LINES] == 51
    assert authors[Rung.SINK] == 27
    assert authors[Rung.KERNEL] == 24
    assert authors[Rung.WIRE] == 22
    assert authors[Rung.RECORDS] > authors[Rung.LINES]


def test_the_page_says_of_each_requirement_on_what_it_can_be_seen() -> None:
    page = evidence_page.PAGE.read_text(encoding="utf-8")
    assert "| `instance.ends-on-sigterm` |  |  |  |  | yes |" in page
    assert "| `pre-freeze.once-per-freeze` | yes | yes |  |  |  |" in page
    assert all(f"| `{one.id}` |" in page for one in CATALOGUE.requirements)
