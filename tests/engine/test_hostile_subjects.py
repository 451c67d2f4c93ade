"""Subjects that mean harm, beside two that do not: what they cost, what is shown of their words, who else suffers.

One run for all tests of this file. What the limits are is said in docs/hostile-subjects.md.
"""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from fixtures.history import store
from fixtures.history.events import LogLine
from tests.engine import harness
from tests.engine.engine_word import left_behind
from tests.engine.harness import Finished, mentions, nothing_but
from tests.engine.memory_watch import MemoryWatch
from tests.reports.test_page_in_browser import ARGUMENTS, CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fixtures.engine.connection import Engine
    from fixtures.history.history import History
    from tests.engine.bad_images import BadImages

pytestmark = pytest.mark.engine

ANSWERS = "instance.answers-every-invocation"
GOOD = ("nodejs", "go")
HOSTILE = {
    "custom": "endless_header",
    "custom-container": "floods_without_end",
    "python": "slow_body",
    "php": "gigabyte",
    "csharp": "forks_without_end",
    "java": "speaks_in_tongues",
}
PROCESS_LIMIT_MB = 256
"""Most memory of each of the run's processes; the page states it."""
HISTORY_LIMIT = 16 * 2**20
"""Most bytes of one saved History; the page states it."""
WITHIN_S = 240.0
"""Longest time for the run. It took 60 s on two cores with a load average of 15: others may use the machine too."""


@dataclass(frozen=True)
class Siege:
    """The run, the process id of its controller, and the most memory of each of its processes."""

    run: Finished
    owner: int
    peak_mb: Mapping[int, float]

    def history(self, runtime: str, scenario: str = "two-freezes") -> History:
        return store.load(self.path(runtime, scenario))

    def path(self, runtime: str, scenario: str = "two-freezes") -> Path:
        return self.run.out / "histories" / store.file_name(runtime, scenario)


@pytest.fixture(scope="module")
def siege(bad_images: BadImages, references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Siege:
    assert set(GOOD) <= set(references)
    images = [
        text for name, server in HOSTILE.items() for text in ("--image", f"{name}={bad_images.reference(server)}")
    ]
    # The slow one is driven through the scenario with the fewest calls: each costs its whole deadline. Tracebacks and
    # the longest summary are asked for because they print what instances have said.
    running = harness.start(
        *("-n", "5", "--tb=long", "-rA"),
        *("-k", "(two-freezes] and not python) or (stop-without-freeze] and python) or (overlap and (nodejs or go-))"),
        *harness.runtimes(*GOOD, *HOSTILE),
        *images,
        out=tmp_path_factory.mktemp("siege"),
    )
    try:
        with MemoryWatch(running.pid) as watch:
            finished = running.finish(WITHIN_S)
    finally:
        running.make_sure_it_ended()
    return Siege(finished, running.pid, watch.peak_mb)


@pytest.mark.parametrize("runtime", GOOD)
def test_a_good_subject_keeps_all_its_verdicts_beside_hostile_ones(siege: Siege, runtime: str) -> None:
    assert nothing_but(siege.run.counts(runtime), Verdict.PASS, Verdict.NOT_APPLICABLE), siege.run.terminal
    assert siege.run.counts(runtime)["PASS"] > 40
    # It was really beside one of them: both clocks are the machine's.
    mine = siege.history(runtime)
    beside = [siege.history(name) for name in ("custom-container", "csharp", "php", "custom")]
    assert any(_overlap(mine, other) for other in beside)


def _overlap(one: History, other: History) -> bool:
    return one.events[0].t < other.events[-1].t and other.events[0].t < one.events[-1].t


def test_each_process_of_the_run_stays_within_its_memory(siege: Siege) -> None:
    assert len(siege.peak_mb) >= 6, "the controller and its workers were not seen"
    assert max(siege.peak_mb.values()) < PROCESS_LIMIT_MB, siege.peak_mb


def test_hostile_subjects_make_the_run_red_and_do_not_break_it(siege: Siege) -> None:
    assert siege.run.status == 1, siege.run.terminal
    assert not re.search(r"INTERNALERROR|Traceback \(most|worker .* crashed", siege.run.terminal), siege.run.terminal
    for name in ("report.json", "junit.xml", "index.html"):
        assert (siege.run.out / name).stat().st_size > 0
    assert {judgement.runtime for judgement in siege.run.report.verdicts} == {*GOOD, *HOSTILE}


def test_nothing_is_left_of_hostile_instances(siege: Siege, engine: Engine) -> None:
    assert left_behind(engine.client, siege.owner) == []


@pytest.mark.parametrize("runtime", [name for name in HOSTILE if name != "python"])
def test_what_is_kept_of_a_hostile_instance_has_a_limit(siege: Siege, runtime: str) -> None:
    assert siege.path(runtime).stat().st_size < HISTORY_LIMIT


def test_a_log_without_end_is_cut_and_says_so_or_is_said_to_have_no_end(siege: Siege) -> None:
    history = siege.history("custom-container")
    lines = [event.text for event in history.of(LogLine)]
    assert 2_000 <= len(lines) <= 2_001
    if history.trouble is None:
        mentions(lines[-1], r"^\[harness: \d+ further lines were not kept\]$")
        return
    # A loaded machine may not come to the end of what was written, or not to a freeze: then nothing is judged.
    assert history.trouble.side == "harness"
    mentions(history.trouble.what, r"writes without end, \d+ lines were not kept|refused to pause")
    assert siege.run.counts("custom-container")["FAIL"] == 0


def test_an_instance_that_forks_without_end_meets_the_limit_of_processes(siege: Siege) -> None:
    history = siege.history("csharp")
    assert any("no more children" in event.text for event in history.of(LogLine))
    if history.trouble is not None:
        # The engine may not come to the end of freezing processes that go on being made.
        assert history.trouble.side == "harness"
        mentions(history.trouble.what, "refused to pause")


def test_a_header_without_end_is_given_up_and_is_no_answer(siege: Siege) -> None:
    answers = siege.run.one("custom", ANSWERS)
    assert answers.verdict is Verdict.FAIL
    mentions(answers.message, "got more than 65536 bytes when reading header line")


def test_a_body_of_a_byte_a_second_ends_at_the_deadline_and_is_no_answer(siege: Siege) -> None:
    answers = siege.run.one("python", ANSWERS)
    assert answers.verdict is Verdict.FAIL
    mentions(answers.message, "waited 10 s for the answer to Invoke")


def test_a_body_of_a_gigabyte_is_cut_at_the_limit(siege: Siege) -> None:
    answers = siege.run.one("php", ANSWERS)
    assert answers.verdict is Verdict.FAIL
    mentions(answers.message, "a complete answer", r"1\D?048\D?576 bytes and more")


# ------------------------------------------------------------------------------------------------ words


def test_hostile_words_fail_their_own_runtime_and_are_told_in_its_verdicts(siege: Siege) -> None:
    counts = siege.run.counts("java")
    assert nothing_but(counts, Verdict.PASS, Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.NOT_APPLICABLE), counts
    assert counts["FAIL"] > 5
    assert any("<script>" in judgement.message for judgement in siege.run.of("java"))
    assert any("\x1b[2J" in judgement.message for judgement in siege.run.of("java"))


def test_nothing_that_steers_a_terminal_reaches_it(siege: Siege) -> None:
    printed = (siege.run.out / "terminal.txt").read_bytes().decode("utf-8", "strict")
    assert "pwned" in printed, "the words were not printed at all"
    steering = {char for char in printed if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co")}
    assert steering == set()


def test_junit_xml_is_well_formed_whatever_the_words(siege: Siege) -> None:
    cases = ET.parse(siege.run.out / "junit.xml").getroot().findall(".//testcase")
    assert len(cases) == len(siege.run.report.verdicts)
    assert any("pwned" in "".join(case.itertext()) + str(case.attrib) for case in cases) or any(
        "pwned" in str(found.attrib) for case in cases for found in case.iter()
    )


def test_numbers_beyond_all_numbers_are_no_records_but_lines(siege: Siege) -> None:
    lines = [event.text for event in siege.history("java").of(LogLine)]
    assert sum(line.startswith('{"record": "tick"') for line in lines) == 3


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")
def test_the_page_shows_the_words_as_words_and_runs_none_of_them(siege: Siege) -> None:
    from playwright.sync_api import sync_playwright

    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.on("request", lambda request: said.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        url = (siege.run.out / "index.html").as_uri()
        page.goto(url, wait_until="networkidle")
        title = page.title()
        elements = page.evaluate("document.querySelectorAll('script, img, [onerror], iframe, object').length")
        text = page.evaluate("document.body.textContent")
        browser.close()
    assert [one for one in said if not one.startswith("data:")] == [url]
    assert "pwned" not in title
    assert elements == 0
    assert "<script>document.title='pwned'</script>" in text
    assert "\\x1b[2J" in text
    steering = {char for char in text if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co")}
    assert steering == set()
