"""The page as text: what stands on it, where its links lead, and that hostile text stays text."""

from __future__ import annotations

from html.parser import HTMLParser

import msgspec
import pytest

from conformance.judging.verdict import Verdict
from fixtures.history.events import AnyEvent, Call, LogLine, RequestSent, StartBegun
from fixtures.history.history import Trouble
from reports.formats import html
from tests.reports.builders import (
    BASE,
    driven,
    finding,
    history,
    judgement,
    large,
    observation,
    report,
    runtime,
    sample,
)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x1b[31m\x00\u202e\u2066{{ 7*7 }}</style></svg>"


class _Page(HTMLParser):
    """Collects ids, links and elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id" and value is not None:
                self.ids.append(value)
            if name == "href" and value is not None:
                (self.targets if value.startswith("#") else self.links).append(value)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def sample_page() -> str:
    return html.render(*sample())


def test_every_link_within_the_page_has_a_target_and_no_id_is_used_twice(sample_page: str) -> None:
    page = _Page(sample_page)
    assert {target[1:] for target in page.targets} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_judged_cell_leads_to_its_evidence(sample_page: str) -> None:
    made, _ = sample()
    for verdict in made.verdicts:
        anchor = html.evidence_anchor(verdict.requirement, verdict.runtime)
        assert f'href="#{anchor}"' in sample_page
        assert f'id="{anchor}"' in sample_page


def test_the_page_needs_nothing_but_itself(sample_page: str) -> None:
    page = _Page(sample_page)
    assert not page.elements & {"script", "iframe", "object", "embed", "img", "form", "base"}
    assert not [name for name in page.attributes if name.startswith("on")]
    assert all(link.startswith(("histories/", "data:,")) or link == "report.json" for link in page.links)
    assert "default-src 'none'" in sample_page


def test_the_page_stays_small(sample_page: str) -> None:
    assert len(sample_page.encode()) < 3_000_000


def test_the_same_report_gives_the_same_page(sample_page: str) -> None:
    assert html.render(*sample()) == sample_page


@pytest.mark.parametrize("verdict", list(Verdict))
def test_hostile_text_is_shown_as_text(verdict: Verdict) -> None:
    file = "nodejs--freeze-thaw.json"
    events: list[AnyEvent] = [
        StartBegun(t=BASE),
        RequestSent(t=BASE + 1, exchange=1, call=Call.INVOKE, request_id=HOSTILE, event=HOSTILE, context={}),
        LogLine(t=BASE + 2, read_t=BASE + 3, text=HOSTILE),
        LogLine(t=BASE + 4, read_t=BASE + 5, text=f"FC Invoke Start RequestId: {HOSTILE}"),
    ]
    shown = msgspec.structs.replace(
        history(events, subject=HOSTILE, scenario=HOSTILE),
        trouble=Trouble("subject", HOSTILE, HOSTILE, (HOSTILE,)),
        instance=HOSTILE,
    )
    one = judgement(
        verdict,
        requirement=HOSTILE,
        family=HOSTILE,
        runtime=HOSTILE,
        scenario=HOSTILE,
        message=HOSTILE,
        expected=HOSTILE,
        seen=HOSTILE,
        nodeid=HOSTILE,
        notes=(HOSTILE,),
        evidence=(1, 2, 3, 99),
    )
    theirs = msgspec.structs.replace(
        runtime(HOSTILE, trouble=HOSTILE), origin=HOSTILE, guessed=(HOSTILE,), told=(HOSTILE,)
    )
    text = html.render(report(one, runtimes=(theirs,)), {file: shown}, {HOSTILE: HOSTILE})
    page = _Page(text)
    assert not page.elements & {"script", "img"}
    assert "onerror" not in page.attributes
    assert not set(text) & set("\x00\x1b\u202e\u2066")
    assert "49" not in "".join(page.words).split()
    assert "<script>alert(1)</script>" in "".join(page.words)
    assert "\\x1b[31m\\x00\\u202e" in "".join(page.words)


def test_a_hostile_observation_is_shown_as_text() -> None:
    one = observation(f"PreStop: {HOSTILE}", HOSTILE, scenario=HOSTILE, requirement=HOSTILE)
    text = html.render(report(one, observation("PreStop: status 200", "go", scenario=HOSTILE)), {})
    page = _Page(text)
    assert not page.elements & {"script", "img"}
    assert not set(text) & set("\x00\x1b\u202e\u2066")
    assert "<script>alert(1)</script>" in "".join(page.words)


def test_the_headline_says_why_the_run_is_red() -> None:
    assert "1 not testable" in html.render(report(judgement(Verdict.NOT_TESTABLE)), {})


def test_a_failure_shows_expectation_sight_and_the_command_to_judge_it_again() -> None:
    made = report(judgement(Verdict.FAIL, expected="one run", seen="two runs"))
    text = "".join(_Page(html.render(made, {"nodejs--freeze-thaw.json": history(driven())})).words)
    assert "one run" in text
    assert "two runs" in text
    assert ".venv/bin/python -m pytest 'conformance/test_pre_freeze.py::test_once[nodejs-freeze-thaw]'" in text


def test_a_history_that_cannot_be_read_is_said_and_its_verdict_stays() -> None:
    text = html.render(report(judgement()), {}, {"nodejs--freeze-thaw.json": "is cut off"})
    assert "cannot be shown" in text
    assert "is cut off" in text
    assert "seen as expected" in text


def test_a_verdict_without_a_history_shows_its_reason() -> None:
    text = html.render(report(judgement(Verdict.NOT_APPLICABLE, history="", evidence=(), message="no such hook")), {})
    assert "no such hook" in text
    assert "cannot be shown" not in text


def test_notes_stand_in_a_section_of_their_own() -> None:
    text = html.render(report(judgement(notes=("spelling drifts",))), {})
    assert 'id="notes"' in text
    assert "spelling drifts" in text
    assert 'id="notes"' not in html.render(report(judgement()), {})


def test_an_observation_is_shown_as_one_and_never_as_a_pass() -> None:
    made = report(observation("status 404"), observation("status 200", "go"), runtimes=(runtime(), runtime("go")))
    text = html.render(made, {})
    assert 'class="OBSERVED"' in text
    assert 'class="PASS"' not in text
    assert text.count('class="badge OBSERVED"') == 3  # the legend and two places


def test_a_cell_with_an_observation_and_a_failure_is_a_failure() -> None:
    failed = msgspec.structs.replace(observation("status 404", scenario="stop"), verdict=Verdict.FAIL)
    assert 'class="OBSERVED"' not in html.render(report(observation("status 404"), failed), {})


def test_what_runtimes_do_where_the_contract_is_silent_is_compared() -> None:
    verdicts = [
        observation("PreStop: status 404", "go"),
        observation("PreStop: status 200", "nodejs"),
        observation("PreStop: status 404", "php"),
    ]
    text = html.render(report(*verdicts), {})
    section = text.split('id="observations"', 1)[1].split('id="evidence"', 1)[0]
    said = " ".join("".join(_Page(section).words).split())
    assert "They differ in 1 of 1 comparisons" in said
    assert "≠ status 404" in said
    assert "≠ status 200" in said
    for name in ("go", "nodejs", "php"):
        assert f'href="#{html.evidence_anchor("hooks.what-happens", name)}"' in section


def test_runtimes_that_do_not_differ_are_not_marked() -> None:
    section = html.render(report(observation("a", "go"), observation("a", "php")), {}).split('id="observations"', 1)[1]
    assert "They do not differ in any of 1 comparisons." in section
    assert 'class="differs"' not in section


def test_without_an_observation_there_is_no_section_for_them() -> None:
    assert 'id="observations"' not in html.render(report(judgement()), {})


def test_an_observation_is_not_repeated_among_the_notes() -> None:
    text = html.render(report(observation("status 404"), judgement(notes=("spelling drifts",))), {})
    assert "status 404" not in text.split('id="notes"', 1)[1].split('id="evidence"', 1)[0]
    assert "Note: status 404" not in text
    assert "Note: spelling drifts" in text


def test_a_runtime_says_where_the_profiles_differ() -> None:
    assert "PreFreeze: supported in seeds, fc2; not supported in fc3" in html.render(report(judgement()), {})


def test_the_page_of_a_run_of_everything_stays_below_six_megabytes() -> None:
    made, histories = large()
    assert (len(made.verdicts), len(histories)) == (2160, 270)
    assert len(html.render(made, histories).encode()) < 6_000_000


def test_on_a_full_page_red_histories_keep_their_events_and_every_link_its_target(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html, "LINES_LIMIT", 1)
    monkeypatch.setattr(html, "DRAWINGS_LIMIT", 1)
    verdicts = [
        judgement(Verdict.FAIL if name == "php" else Verdict.PASS, runtime=name, history=f"{name}.json")
        for name in ("go", "nodejs", "php")
    ]
    shown = {f"{name}.json": history(driven(), subject=name) for name in ("go", "nodejs", "php")}
    text = html.render(report(*verdicts), shown)
    sections = {name: text.split(f'id="{html.history_anchor(f"{name}.json")}"')[1] for name in ("go", "php")}
    assert "<svg" in sections["php"]
    assert "The page is full: the timeline and events of this history" in sections["go"].split("</section>")[0]
    assert "The page is full" not in sections["php"].split("</section>")[0]
    page = _Page(text)
    assert {target[1:] for target in page.targets} <= set(page.ids)


def test_different_names_never_share_an_anchor() -> None:
    names = ["a.b", "a-b", "a_b", "a b", "a_20_b", "a_at_b"]
    anchors = {html.evidence_anchor(first, second) for first in names for second in names}
    assert len(anchors) == len(names) ** 2


def test_findings_stand_before_what_is_red_and_are_text_whatever_an_instance_says() -> None:
    page = html.render(
        report(judgement(Verdict.FAIL), findings=(finding(title="<script>1</script>", log=("<b>",)),)), {}
    )
    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert "<script>1" not in page
    assert "What to do: --port 8080 and listen on 0.0.0.0" in page
    assert page.index('id="findings"') < page.index('id="failures"')
    assert 'id="findings"' not in html.render(report(judgement(Verdict.FAIL)), {})


def test_what_the_first_look_saw_stands_with_the_runtime() -> None:
    assert "PID 1 is &lt;node&gt;" in html.render(report(judgement(), runtimes=(runtime(sees="PID 1 is <node>"),)), {})


def test_a_report_about_nothing_can_be_shown() -> None:
    assert "nothing was observed" in html.render(report(requirements=(), runtimes=()), {})
