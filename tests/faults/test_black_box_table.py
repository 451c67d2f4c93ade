"""The black boxes as data, in the terminal and as a page."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from conformance.judging.verdict import Verdict
from conformance.proof.kills import Sight
from conformance.proof.notices import MEANING, Look, Notice, Why
from reports.proof import black_box, black_box_page
from reports.proof.black_box import BlackBoxes, assemble, decode, encode, headline, schema, summary
from tests.faults.builders import facts, judgement, sight

HOSTILE = "</td><script>alert(1)</script>\x1b[2J\u202e"
CLEAN = {"go": [sight(judgement(), in_force=False)]}


def notice(
    requirement: str = "pre-stop.runs-once",
    rung: str = "lines",
    message: str = "expected one",
    *,
    planned: bool = False,
) -> Notice:
    return Notice(requirement=requirement, scenario="two-freezes", planned=planned, rung=rung, message=message)


def noticed(fault: str = "go/pre-stop.runs-once", *by: Notice, **changes: Any) -> Look:
    """A broken runtime that was noticed, by its own check where nothing else is said."""
    given: dict[str, Any] = {
        "fault": fault,
        "requirement": fault.partition("/")[2],
        "level": "MUST",
        "runtime": fault.partition("/")[0],
        "wire": "http",
        "text": "Runs it twice.",
        "notices": by or (notice(fault.partition("/")[2]),),
        "why": "",
        "reason": "",
        "in_force": 1,
        "scenarios": ("two-freezes",),
        "spoilt": (),
        "seconds": 1.5,
        **changes,
    }
    return Look(**given)


def unnoticed(fault: str = "go/invoke.event-as-sent", why: Why = Why.NEEDS_RECORDS, detail: str = "no witness") -> Look:
    return noticed(fault, notices=(), why=why.value, reason=f"{MEANING[why]}: {detail}")


def table(*looks: Look, references: dict[str, list[Sight]] | None = None) -> BlackBoxes:
    return assemble(facts(), looks, references if references is not None else CLEAN)


def test_a_run_is_as_wished_when_half_is_noticed_and_the_references_are_clean() -> None:
    made = table(noticed(), unnoticed())
    assert made.as_wished
    assert headline(made) == (
        "GREEN: 1 of 2 broken runtimes noticed without their records (1 without a plan, 1 by their own check), "
        "0 cannot be driven so; 1 references clean (1 passed)"
    )


def test_what_cannot_be_driven_without_records_is_told_and_counts_for_nothing() -> None:
    made = table(noticed(), unnoticed(), unnoticed("custom-container-noweb/x", Why.NOT_DRIVEN))
    assert made.as_wished
    assert "1 of 2 broken runtimes noticed" in headline(made)
    assert "1 cannot be driven so" in headline(made)
    assert not table(unnoticed("custom-container-noweb/x", Why.NOT_DRIVEN)).as_wished


def test_less_than_half_is_not_as_wished() -> None:
    made = table(noticed(), unnoticed("go/a.b"), unnoticed("go/c.d"))
    assert not made.as_wished
    assert headline(made).startswith("RED: 1 of 3 broken runtimes noticed")


@pytest.mark.parametrize("reference", [sight(judgement(verdict=Verdict.FAIL)), sight(spoilt=True, trouble="no engine")])
def test_a_reference_that_is_red_or_spoilt_is_not_as_wished_and_told(reference: Sight) -> None:
    made = table(noticed(), references={"go": [reference]})
    assert not made.as_wished
    assert "go NOT clean" in headline(made)
    assert "the unbroken go: " in summary(made)


def test_without_any_fault_or_any_reference_nothing_is_as_wished() -> None:
    assert not table().as_wished
    assert not table(noticed(), references={}).as_wished


def test_the_rungs_and_the_reasons_are_counted() -> None:
    made = table(noticed(), noticed("php/a.b", notice("a.b", "wire"), notice("c.d")), unnoticed(), unnoticed("go/x.y"))
    assert made.rungs == {"records": 0, "lines": 1, "sink": 0, "kernel": 0, "wire": 1}
    assert made.why == {"needs_records": 2}
    assert "noticed on: lines 1, wire 1" in summary(made)


def test_the_summary_says_by_what_each_was_noticed_and_why_each_of_the_others_was_not() -> None:
    text = summary(
        table(noticed(), noticed("php/a.b", notice("x.y", "kernel")), unnoticed(detail="this is judged by records"))
    )
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "go/pre-stop.runs-once lines its own" in lines
    assert "php/a.b kernel x.y" in lines
    assert f"not noticed, 1: {MEANING[Why.NEEDS_RECORDS]}" in lines
    assert "go/invoke.event-as-sent: this is judged by records" in lines


def test_the_document_comes_back_as_it_was_and_fits_its_schema() -> None:
    made = table(noticed(), unnoticed())
    assert decode(encode(made)) == made
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(encode(made)))


def test_the_committed_schema_is_the_one_of_the_type() -> None:
    assert black_box.SCHEMA_PATH.read_text(encoding="utf-8") == schema()


def test_the_page_shows_what_was_not_noticed_with_its_reason_before_what_was() -> None:
    page = black_box_page.render(table(noticed(), unnoticed("go/z.z")))
    assert page.index("go/z.z") < page.index("go/pre-stop.runs-once")
    assert f"1: {MEANING[Why.NEEDS_RECORDS]}" in page
    assert f"{MEANING[Why.NEEDS_RECORDS]}: no witness" in page


def test_the_page_tells_by_which_requirement_on_which_rung_and_whether_by_its_own() -> None:
    page = black_box_page.render(table(noticed(), noticed("php/a.b", notice("x.y", "kernel", "3 ms were used"))))
    assert "<strong>x.y</strong> (two-freezes, kernel): 3 ms were used" in page
    assert "noticed by own" in page
    assert "noticed by other" in page


def test_the_page_leads_to_the_kill_matrix_where_it_lies_beside_it() -> None:
    assert 'href="kill-matrix.html"' in black_box_page.render(table(noticed()), kill_matrix="kill-matrix.html")
    assert "kill-matrix" not in black_box_page.render(table(noticed()))


def test_foreign_text_stays_text_in_the_terminal_and_on_the_page() -> None:
    made = table(noticed(by := "go/a.b", notice("a.b", message=HOSTILE)), unnoticed(detail=HOSTILE))
    page = black_box_page.render(made)
    assert by in page
    for text in (page, summary(made)):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script" not in page
