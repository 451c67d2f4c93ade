"""Images that misbehave: each is judged in bounded time, says what is wrong and where, and spoils nobody else's run.

Two runs side by side, driven once for all tests of this file: one bad image in the place of each subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Judgement, Verdict
from fixtures.history import store
from runtimes.definition import READY_WITHIN_S
from tests.engine import harness
from tests.engine.bad_images import NOTHING_TO_RUN
from tests.engine.engine_word import left_behind
from tests.engine.harness import Finished, mentions, nothing_but

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures.engine.connection import Engine
    from tests.engine.bad_images import BadImages

pytestmark = pytest.mark.engine

READY = "instance.becomes-ready"
ANSWERS = "instance.answers-every-invocation"
UNSEEN = (Verdict.NOT_TESTABLE, Verdict.NOT_APPLICABLE)
WITHIN_S = 300.0
"""Longest time for each run, most of which is the wait for servers that cannot be reached."""
WAITED = f"waited {READY_WITHIN_S} s"
HISTORY_LIMIT = 32 * 2**20
"""Bytes that one saved History may have, whatever its instance did."""


OF_THE_PLATFORM_ALONE = {
    "unsupported.pre-freeze-cannot-be-configured",
    "metering.hooks-are-billed",
    "metering.hooks-are-no-requests",
    "metering.frozen-time-is-free",
    "metering.one-millisecond",
    "metering.compute-units",
}
"""What the platform does by itself, with an instance of any kind: what it asks for, refuses and bills."""


@dataclass(frozen=True)
class BadDay:
    """Both runs. ``second`` holds the images for which ``first`` had no subject left."""

    first: Finished
    second: Finished
    owners: tuple[int, int]


@pytest.fixture(scope="module")
def bad_day(bad_images: BadImages, references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> BadDay:
    folder = tmp_path_factory.mktemp("bad-day")
    first = {
        "custom": bad_images.reference("exits_at_once"),
        "custom-container": bad_images.reference("wrong_port"),
        "custom-container-noweb": bad_images.reference(NOTHING_TO_RUN),
        "python": bad_images.reference("never_answers"),
        "php": bad_images.reference("speaks_no_http"),
        "java": bad_images.reference("endless_answer"),
        "csharp": bad_images.reference("floods_its_log"),
        "go": references["custom-container"],
    }
    second = {"custom-container": bad_images.reference("loopback_only"), "custom": references["go"]}
    # Most of them make the harness wait and nothing else: more workers than cores make the file faster.
    # The silent server is driven through the scenario with the fewest calls: each of them costs its whole deadline.
    one = harness.start(
        *("-n", "6", "-k", "(two-freezes and not python) or (single-run and (python or noweb))"),
        *harness.runtimes("nodejs", *first),
        *_images(first),
        out=folder / "first",
    )
    two = harness.start(
        *("-n", "2", "-k", "two-freezes"), *harness.runtimes(*second), *_images(second), out=folder / "second"
    )
    try:
        return BadDay(one.finish(WITHIN_S), two.finish(WITHIN_S), (one.pid, two.pid))
    finally:
        one.make_sure_it_ended()
        two.make_sure_it_ended()


def _images(given: Mapping[str, str]) -> list[str]:
    return [text for name, reference in given.items() for text in ("--image", f"{name}={reference}")]


def _except(run: Finished, runtime: str, *requirements: str) -> list[Judgement]:
    return [judgement for judgement in run.of(runtime) if judgement.requirement not in requirements]


def test_a_good_runtime_stays_wholly_green_beside_bad_ones(bad_day: BadDay) -> None:
    assert nothing_but(bad_day.first.counts("nodejs"), Verdict.PASS, Verdict.NOT_APPLICABLE), bad_day.first.terminal
    assert bad_day.first.counts("nodejs")["PASS"] > 10


def test_bad_images_make_the_run_red_but_neither_break_nor_hold_it(bad_day: BadDay) -> None:
    assert (bad_day.first.status, bad_day.second.status) == (1, 1)
    assert not [judgement for judgement in bad_day.first.report.verdicts if judgement.verdict is Verdict.INCONCLUSIVE]
    assert "Traceback" not in bad_day.first.terminal


def test_nothing_is_left_of_bad_instances(bad_day: BadDay, engine: Engine) -> None:
    assert [left_behind(engine.client, owner) for owner in bad_day.owners] == [[], []]


def test_a_container_that_exits_at_once_fails_to_become_ready_with_exit_code_and_last_line(bad_day: BadDay) -> None:
    ready = bad_day.first.one("custom", READY)
    assert ready.verdict is Verdict.FAIL
    mentions(ready.message, "exit code 3", "container [0-9a-f]{12} of custom", "cannot find my licence file")
    assert {judgement.verdict for judgement in _except(bad_day.first, "custom", READY)} <= set(UNSEEN)


def test_a_server_on_another_port_fails_to_become_ready_with_the_port_that_was_tried(bad_day: BadDay) -> None:
    ready = bad_day.first.one("custom-container", READY)
    assert ready.verdict is Verdict.FAIL
    mentions(ready.message, WAITED, r"0\.0\.0\.0:9000", "refused", "another port", "serving on port 9001")
    assert {judgement.verdict for judgement in _except(bad_day.first, "custom-container", READY)} <= set(UNSEEN)


def test_a_server_on_the_loopback_address_fails_to_become_ready_with_that_hint(bad_day: BadDay) -> None:
    ready = bad_day.second.one("custom-container", READY)
    assert ready.verdict is Verdict.FAIL
    mentions(ready.message, WAITED, r"127\.0\.0\.1 only", r"serving on 127\.0\.0\.1:9000")
    assert {judgement.verdict for judgement in _except(bad_day.second, "custom-container", READY)} <= set(UNSEEN)


def test_a_silent_server_fails_to_answer_at_the_deadline(bad_day: BadDay) -> None:
    answers = bad_day.first.one("python", ANSWERS)
    assert answers.verdict is Verdict.FAIL
    mentions(answers.message, "waited 10 s for the answer to Invoke")
    stop = bad_day.first.one("python", "instance.ends-on-sigterm")
    assert stop.verdict is Verdict.FAIL
    mentions(stop.message, "exit code 137")


def test_an_answer_that_is_no_http_fails_and_shows_what_came(bad_day: BadDay) -> None:
    answers = bad_day.first.one("php", ANSWERS)
    assert answers.verdict is Verdict.FAIL
    mentions(answers.message, "no HTTP", "220 mail.example")


def test_an_answer_of_100_mb_is_cut_and_fails(bad_day: BadDay) -> None:
    answers = bad_day.first.one("java", ANSWERS)
    assert answers.verdict is Verdict.FAIL
    mentions(answers.message, "a complete answer", "bytes and more")
    assert _history_size(bad_day.first, answers) < HISTORY_LIMIT


def test_a_flooded_log_is_kept_in_part_and_says_how_much_is_missing(bad_day: BadDay) -> None:
    answers = bad_day.first.one("csharp", ANSWERS)
    assert answers.verdict is Verdict.NOT_TESTABLE, answers.message
    assert _history_size(bad_day.first, answers) < HISTORY_LIMIT
    history = store.load(bad_day.first.out / "histories" / answers.history)
    assert history.trouble is None
    assert "further lines were not kept" in (bad_day.first.out / "histories" / answers.history).read_text("utf-8")


def test_an_image_whose_command_cannot_be_run_fails_to_become_ready_with_the_engines_reason(bad_day: BadDay) -> None:
    ready = bad_day.first.one("custom-container-noweb", READY)
    assert ready.verdict is Verdict.FAIL
    mentions(ready.message, "cannot be started", "forgotten-to-copy-it", "no such file")
    # Its one invocation goes out with the start, so it is a request that was never answered, and may be said to be.
    others = _except(bad_day.first, "custom-container-noweb", READY, ANSWERS)
    assert {judgement.verdict for judgement in others} <= set(UNSEEN)


def test_a_web_server_in_the_place_of_a_runtime_api_function_fails_to_ask_for_its_first_call(bad_day: BadDay) -> None:
    ready = bad_day.first.one("go", READY)
    assert ready.verdict is Verdict.FAIL
    mentions(ready.message, f"{WAITED} for GET /2020-11-11/runtime/invocation/next", "HTTP wire")
    assert {judgement.verdict for judgement in _except(bad_day.first, "go", READY)} <= set(UNSEEN)


def test_a_runtime_api_function_in_the_place_of_a_web_server_fails_to_become_ready(bad_day: BadDay) -> None:
    ready = bad_day.second.one("custom", READY)
    assert ready.verdict is Verdict.FAIL
    mentions(ready.message, r"port 9000|0\.0\.0\.0:9000", "last log lines")
    assert {judgement.verdict for judgement in _except(bad_day.second, "custom", READY)} <= set(UNSEEN)


@pytest.mark.parametrize("runtime", ["python", "php", "java", "csharp"])
def test_a_server_that_runs_no_function_passes_nothing_that_a_function_has_to_do(bad_day: BadDay, runtime: str) -> None:
    passed = {judgement.requirement for judgement in bad_day.first.of(runtime) if judgement.verdict is Verdict.PASS}
    assert passed <= {
        READY,
        "instance.ends-on-sigterm",
        "freeze.serves-after-the-thaw",
        # The kernel tells that nothing runs in a freeze, whatever it is that does not run.
        "freeze.nothing-runs",
        "unsupported.freeze-happens-without-hook",
        # It answers at once, whatever it is asked for.
        "hooks.answered-in-time",
        *OF_THE_PLATFORM_ALONE,
    }


def _history_size(run: Finished, judgement: Judgement) -> int:
    return (run.out / "histories" / judgement.history).stat().st_size
