"""The summary in the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from reports.formats.summary import SHOWN_FAILURES, render, takes_unicode
from tests.reports.builders import finding, judgement, large, observation, report, requirement, runtime, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.history.history import History
    from reports.report import Report

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnp.exe \x00 \r\nsecond line"


def test_the_first_line_says_whether_the_run_is_green() -> None:
    assert render(report(judgement())).startswith("GREEN: 1 passed\n")
    assert render(report(judgement(Verdict.FAIL))).startswith("RED: 1 failed\n")


def test_a_cell_counts_each_verdict() -> None:
    text = render(report(judgement(), judgement(), judgement(Verdict.FAIL)))
    (row,) = [line for line in text.splitlines() if line.startswith("nodejs ")]
    assert row.split() == ["nodejs", "1✗", "2✓"]


def test_one_kind_of_evidence_is_told_in_two_words() -> None:
    assert "\njudged by records\n" in render(report(judgement(rung="records"), judgement(rung="records")))


def test_several_kinds_of_evidence_are_counted_the_strongest_first() -> None:
    found = report(*(judgement(rung=rung) for rung in ("wire", "records", "lines", "wire")))
    assert "\njudged by records (1), lines (1), wire (2)\n" in render(found)


def test_runtimes_that_have_not_the_same_evidence_are_told_apart() -> None:
    found = report(judgement(rung="records"), judgement(rung="wire"), judgement(rung="wire", runtime="acme"))
    text = render(found)
    assert "\nnodejs: judged by records (1), wire (1)\n" in text
    assert "\nacme: judged by wire\n" in text


def test_a_run_that_observed_nothing_says_nothing_of_evidence() -> None:
    assert "judged by" not in render(report(judgement(Verdict.NOT_TESTABLE)))


def test_a_failure_says_what_it_stands_on() -> None:
    assert re.search(r"\n +judged by +lines\n", render(report(judgement(Verdict.FAIL, rung="lines"))))


def test_a_finding_stands_before_the_table_with_its_cure_and_what_was_not_driven() -> None:
    text = render(report(judgement(Verdict.FAIL), findings=(finding(),)))
    flat = " ".join(text.split())
    assert "finding 1, acme: listens on 127.0.0.1:8080" in flat
    assert "what to do --port 8080 and listen on 0.0.0.0 rests on instance.becomes-ready" in flat
    assert "its log | serving on 127.0.0.1:8080 not driven everything else of it" in flat
    assert text.index("finding 1") < text.index("runtime ")
    assert "not driven" not in render(report(judgement(), findings=(finding(ends=False),)))


def test_hostile_words_of_an_instance_in_a_finding_cannot_steer_the_terminal() -> None:
    text = render(report(judgement(), findings=(finding(title=HOSTILE, cure=HOSTILE, log=(HOSTILE,)),)))
    assert not {"\x1b", "\x07", "\x9b", "\x00", "\u202e", "\r"} & set(text)
    assert "owned" in text


def test_the_legend_names_all_six_verdicts() -> None:
    text = render(report(judgement()))
    assert all(verdict.value in text for verdict in Verdict)


def test_a_failure_names_everything_that_is_needed_to_follow_it() -> None:
    text = render(
        report(judgement(Verdict.FAIL, message="ran twice", expected="one run", seen="two runs", evidence=(4, 9)))
    )
    for part in (
        "pre-freeze.once",
        "MUST, ZH, section on the hooks (src)",
        "runs once before each freeze",
        "nodejs, scenario freeze-thaw",
        "ran twice",
        "one run",
        "two runs",
        "histories/nodejs--freeze-thaw.json, events 4, 9",
        "conformance/test_pre_freeze.py::test_once[nodejs-freeze-thaw]",
    ):
        assert part in text


def test_at_most_forty_failures_are_listed_and_the_rest_is_counted() -> None:
    text = render(report(*[judgement(Verdict.FAIL)] * (SHOWN_FAILURES + 3)))
    assert f"\n{SHOWN_FAILURES}. FAIL" in text
    assert f"\n{SHOWN_FAILURES + 1}. FAIL" not in text
    assert "and 3 more, see index.html" in text


def test_passes_and_gaps_are_not_listed_as_failures() -> None:
    assert "\n1. " not in render(report(judgement(), judgement(Verdict.GAP)))


@pytest.mark.parametrize("unicode", [True, False])
def test_hostile_text_cannot_steer_the_terminal(unicode: bool) -> None:
    verdict = judgement(
        Verdict.FAIL,
        requirement=HOSTILE,
        runtime=HOSTILE,
        scenario=HOSTILE,
        family=HOSTILE,
        message=HOSTILE,
        expected=HOSTILE,
        seen=HOSTILE,
        nodeid=HOSTILE,
        history=HOSTILE,
    )
    text = render(report(verdict, runtimes=(runtime(HOSTILE, trouble=HOSTILE),)), unicode=unicode)
    assert not set(text) & set("\x00\x07\x1b\x9b\u202e\r")
    assert "\\x1b[2J" in text


def test_without_unicode_everything_is_ascii() -> None:
    assert render(report(judgement(Verdict.FAIL, message="生命周期")), unicode=False).isascii()
    assert render(sample()[0], unicode=False).isascii()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("of", [sample, large])
def test_the_tables_fit_into_the_terminal_and_lose_no_family_and_no_runtime(
    width: int, of: Callable[[], tuple[Report, dict[str, History]]]
) -> None:
    made = of()[0]
    text = render(made, width=width)
    tables = text.split("\n\n1. ")[0]
    assert all(len(line) <= width for line in tables.splitlines())
    names = {name for verdict in made.verdicts for name in (verdict.family, verdict.runtime)}
    # The heading of a column may be broken after a hyphen.
    assert {part for name in names for part in re.split("(?<=-)", name)} <= {
        part for word in tables.split() for part in re.split("(?<=-)", word)
    }


def test_many_families_lie_below_each_other_where_runtimes_fit_side_by_side() -> None:
    text = render(large()[0], width=120)
    (heading,) = [line for line in text.splitlines() if line.startswith("family ")]
    assert heading.split()[:3] == ["family", "csharp", "custom-"]
    assert len([line for line in text.splitlines() if line.startswith("family-")]) == 14


def test_a_single_runtime_keeps_its_line() -> None:
    families = {f"family-{n}": "" for n in range(6)}
    requirements = tuple(requirement(f"{name}.x", family=name) for name in families)
    text = render(report(*[judgement(family=name) for name in families], requirements=requirements), width=120)
    assert len([line for line in text.splitlines() if line.startswith("nodejs ")]) == 1


def test_observations_are_counted_as_passes_and_said_in_a_line_of_their_own() -> None:
    text = render(report(judgement(), observation("status 404"), observation("status 200", "go")), width=200)
    assert text.startswith("GREEN: 3 passed\n")
    (line,) = [line for line in text.splitlines() if "(observed)" in line]
    assert line.split()[:2] == ["2", "○"]
    assert "index.html" in line
    assert "(observed)" not in render(report(judgement()))


@pytest.mark.parametrize("width", [80, 120])
def test_the_legend_fits_into_the_terminal(width: int) -> None:
    text = render(report(judgement(), observation("status 404")), width=width)
    assert all(len(line) <= width for line in text.splitlines())


def test_a_very_long_text_is_cut_and_says_so() -> None:
    text = render(report(judgement(Verdict.FAIL, message="word " * 10_000)))
    assert len(text) < 5_000
    assert "more characters" in " ".join(text.split())


def test_a_report_about_nothing_can_be_shown() -> None:
    assert "nothing was observed" in render(report(requirements=(), runtimes=()))


def test_a_requirement_that_nobody_judged_keeps_its_column() -> None:
    assert " logs" in render(report(judgement(), requirements=(requirement(), requirement("logs.id", family="logs"))))


def test_verdicts_that_are_inconclusive_for_one_reason_are_told_together() -> None:
    same = [judgement(Verdict.INCONCLUSIVE, message="the engine is gone") for _ in range(SHOWN_FAILURES + 10)]
    text = render(report(*same, judgement(Verdict.INCONCLUSIVE, message="another"), judgement(Verdict.FAIL)))
    assert text.count("the engine is gone") == 1
    assert f"{len(same) - 1} more verdicts are INCONCLUSIVE for the same reason" in text
    assert "another" in text
    assert "more, see index.html" not in text


@pytest.mark.parametrize(
    ("encoding", "takes"), [("utf-8", True), ("UTF-16", True), ("ISO-8859-1", False), ("ascii", False), (None, False)]
)
def test_signs_beyond_ascii_go_only_to_an_output_that_says_it_takes_them(encoding: str | None, takes: bool) -> None:
    assert takes_unicode(encoding) is takes
