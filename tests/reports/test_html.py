"""The page as text: what stands on it, where its links lead, and that hostile text stays text."""

from __future__ import annotations

from html.parser import HTMLParser

import msgspec
import pytest

from conformance.verdict import Verdict
from fixtures.history.events import AnyEvent, Call, LogLine, RequestSent, StartBegun
from fixtures.history.history import Trouble
from reports import html
from tests.reports.builders import BASE, driven, history, judgement, report, runtime, sample

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
    text = html.render(report(one, runtimes=(runtime(HOSTILE, trouble=HOSTILE),)), {file: shown}, {HOSTILE: HOSTILE})
    page = _Page(text)
    assert not page.elements & {"script", "img"}
    assert "onerror" not in page.attributes
    assert not set(text) & set("\x00\x1b\u202e\u2066")
    assert "49" not in "".join(page.words).split()
    assert "<script>alert(1)</script>" in "".join(page.words)
    assert "\\x1b[31m\\x00\\u202e" in "".join(page.words)


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


def test_different_names_never_share_an_anchor() -> None:
    names = ["a.b", "a-b", "a_b", "a b", "a_20_b", "a_at_b"]
    anchors = {html.evidence_anchor(first, second) for first in names for second in names}
    assert len(anchors) == len(names) ** 2


def test_a_report_about_nothing_can_be_shown() -> None:
    assert "nothing was observed" in html.render(report(requirements=(), runtimes=()), {})
