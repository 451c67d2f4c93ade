"""The kill matrix as data, in the terminal and as a page."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.judging.verdict import Verdict
from conformance.proof.kills import Red, Status
from reports.proof import kill_matrix, kill_matrix_page
from reports.proof.kill_matrix import Unbroken, assemble, decode, encode, headline, schema, summary
from tests.faults.builders import facts, judgement, kill, matrix, sight

HOSTILE = "</td><script>alert(1)</script>\x1b[2J\u202e"
SURVIVED = kill("go/pre-stop.comes-last", Status.SURVIVED)


def test_a_run_is_as_wished_when_all_faults_are_killed_by_own_and_the_references_are_clean() -> None:
    made = matrix(kill(), kill("platform/metering.one-millisecond"))
    assert made.as_wished
    assert headline(made) == "GREEN: 2 of 2 faults killed by their own check; 1 references clean (1 passed)"


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.KILLED_BY_OWN])
def test_a_fault_that_is_not_killed_by_own_is_red_and_told_with_its_reason(status: Status) -> None:
    made = matrix(kill(), kill("go/pre-stop.comes-last", status, reason="no instance got ready", text="Runs on."))
    assert not made.as_wished
    assert headline(made).startswith(f"RED: 1 of 2 faults killed by their own check, 1 {status.value}; ")
    assert f"{status.value} go/pre-stop.comes-last: Runs on.\n    no instance got ready" in summary(made)


def test_no_fault_at_all_is_not_as_wished() -> None:
    assert not matrix().as_wished


def test_what_the_harness_spoilt_is_red_although_the_fault_is_killed() -> None:
    made = matrix(kill(spoilt=("one-freeze: no engine",)))
    assert not made.as_wished
    assert "one-freeze: no engine" in summary(made)


def test_a_reference_with_a_red_verdict_is_not_clean_and_told() -> None:
    made = matrix(kill(), references={"go": [sight(judgement(verdict=Verdict.FAIL))]})
    assert not made.as_wished
    assert "go NOT clean" in headline(made)
    assert "the unbroken go: FAIL pre-stop.runs-once (two-freezes)" in summary(made)


def test_a_reference_whose_drive_was_spoilt_or_that_was_not_driven_is_not_clean() -> None:
    assert not kill_matrix.reference_of("go", [sight(spoilt=True, trouble="no engine")]).clean
    assert not kill_matrix.reference_of("go", []).clean
    assert "the unbroken go: two-freezes: no engine" in summary(
        matrix(kill(), references={"go": [sight(spoilt=True, trouble="no engine")]})
    )


def test_the_musts_that_no_fault_breaks_are_named() -> None:
    made = assemble(
        facts(), [kill()], {}, [Unbroken(requirement="a.b", level="MUST"), Unbroken(requirement="c.d", level="SHOULD")]
    )
    assert "no fault breaks these MUSTs: a.b" in summary(made)
    assert "c.d" not in summary(made)
    assert "c.d" in kill_matrix_page.render(made)


def test_the_document_comes_back_as_it_was_and_fits_its_schema() -> None:
    made = matrix(kill(), SURVIVED)
    assert decode(encode(made)) == made
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(encode(made)))


def test_the_committed_schema_is_the_one_of_the_type() -> None:
    assert kill_matrix.SCHEMA_PATH.read_text(encoding="utf-8") == schema()


def test_the_page_shows_what_survived_before_what_was_killed() -> None:
    page = kill_matrix_page.render(matrix(kill("go/hooks.x"), SURVIVED))
    assert page.index("go/pre-stop.comes-last") < page.index("go/hooks.x")


def test_the_page_tells_what_the_own_check_said_and_what_else_was_red() -> None:
    own = Red.of(judgement("pre-stop.runs-once", Verdict.FAIL, message="expected one run; seen: 2"))
    other = Red.of(judgement("metrics.none-is-lost", Verdict.FAIL))
    page = kill_matrix_page.render(matrix(kill(red=(own, other))))
    assert "expected one run; seen: 2" in page
    assert "1 other requirement red" in page
    assert "<li>metrics.none-is-lost</li>" in page


def test_foreign_text_stays_text_in_the_terminal_and_on_the_page() -> None:
    made = matrix(kill(status=Status.SURVIVED, reason=HOSTILE, text=HOSTILE))
    page = kill_matrix_page.render(made)
    for text in (page, summary(made)):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script" not in page


def test_the_page_leads_to_the_black_boxes_where_they_lie_beside_it() -> None:
    assert 'href="black-box.html"' in kill_matrix_page.render(matrix(kill()), black_box="black-box.html")
    assert "black-box.html" not in kill_matrix_page.render(matrix(kill()))
