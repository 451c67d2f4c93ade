"""What is counted from a report, and when a run is green."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.judging.verdict import Verdict
from conformance.tables.catalogue import Profile
from reports.report import (
    MEANING,
    WORDS,
    WORST_FIRST,
    counts,
    counts_by_cell,
    families_of,
    headline,
    is_green,
    red,
    requirements_of,
    runtime_facts,
    runtimes_of,
    worst,
)
from runtimes.subjects import BrokenRuntime
from tests.reports.builders import judgement, report, runtime


def test_every_verdict_has_a_rank_a_meaning_and_words() -> None:
    assert set(WORST_FIRST) == set(MEANING) == set(WORDS) == set(Verdict)


@pytest.mark.parametrize(("better", "worse"), list(zip(WORST_FIRST[1:], WORST_FIRST, strict=False)))
def test_the_worse_of_two_verdicts_stands_for_a_cell(better: Verdict, worse: Verdict) -> None:
    assert worst([judgement(better), judgement(worse)]) is worse


def test_a_cell_without_verdicts_has_no_worst_one() -> None:
    assert worst([]) is None


def test_counts_leave_out_what_does_not_occur() -> None:
    assert counts([judgement(), judgement(), judgement(Verdict.FAIL)]) == {Verdict.FAIL: 1, Verdict.PASS: 2}


def test_counts_are_kept_per_runtime_and_family() -> None:
    made = report(judgement(), judgement(Verdict.FAIL, runtime="go"), judgement(family="logs"))
    assert counts_by_cell(made) == {
        ("nodejs", "pre-freeze"): {Verdict.PASS: 1},
        ("go", "pre-freeze"): {Verdict.FAIL: 1},
        ("nodejs", "logs"): {Verdict.PASS: 1},
    }


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.INCONCLUSIVE])
def test_one_red_verdict_makes_the_run_red(verdict: Verdict) -> None:
    said = headline(report(judgement(), judgement(verdict), exit_status=0))
    assert not said.green
    assert said.text == f"1 {WORDS[verdict]}"


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.GAP])
def test_a_run_of_verdicts_that_are_not_red_is_green(verdict: Verdict) -> None:
    assert is_green(report(judgement(verdict), judgement(Verdict.NOT_APPLICABLE)))


def test_a_run_that_observed_nothing_is_not_green() -> None:
    assert headline(report(judgement(Verdict.NOT_APPLICABLE))).text == "nothing was observed"
    assert not is_green(report())


def test_another_exit_status_than_zero_is_not_green_even_if_all_passed() -> None:
    said = headline(report(judgement(), exit_status=3))
    assert not said.green
    assert "exit status 3" in said.text


def test_a_runtime_that_could_not_be_used_is_not_green() -> None:
    said = headline(report(judgement(), runtimes=(runtime(), runtime("go", trouble="no image"))))
    assert not said.green
    assert said.text == "go could not be used"


def test_red_verdicts_are_listed_with_the_worst_kind_first() -> None:
    made = report(judgement(Verdict.INCONCLUSIVE), judgement(), judgement(Verdict.FAIL))
    assert [verdict.verdict for verdict in red(made)] == [Verdict.FAIL, Verdict.INCONCLUSIVE]


def test_a_verdict_about_something_unlisted_is_not_dropped() -> None:
    made = report(judgement(requirement="x.y", family="x", runtime="cobol", level="OUGHT"))
    assert [requirement.id for requirement in requirements_of(made)] == ["pre-freeze.once", "x.y"]
    assert [facts.name for facts in runtimes_of(made)] == ["nodejs", "cobol"]
    assert list(families_of(made)) == ["pre-freeze", "x"]


def test_a_runtime_with_a_broken_definition_is_reported_with_its_reason() -> None:
    profile = Profile(name="seeds", text="", source="", subjects={})
    facts = runtime_facts(BrokenRuntime("cobol", Path("cobol"), "no key [handlers]"), profile)
    assert (facts.name, facts.trouble, facts.image.id) == ("cobol", "no key [handlers]", "")
