"""Somebody outside of the run lays hands on its containers in the middle of a scenario: no fault of the runtime's.

One run for all tests: each of five subjects is driven through two scenarios, and the first of them is spoilt by hand as
soon as its first invocation has begun.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Judgement, Verdict
from tests.engine import harness
from tests.engine.engine_word import Start, Starts, left_behind
from tests.engine.harness import Finished, mentions, nothing_but

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from docker.models.containers import Container

    from fixtures.engine.connection import Engine

pytestmark = pytest.mark.engine

SPOILT = "two-freezes"
OTHER = "stop-without-freeze"
WITHIN_S = 60.0


def _kill_the_process(container: Container) -> None:
    os.kill(int(container.attrs["State"]["Pid"]), signal.SIGKILL)


def _pause_and_unpause(container: Container) -> None:
    container.pause()
    container.unpause()


BY_HAND: Mapping[str, Callable[[Container], object]] = {
    "nodejs": lambda container: container.kill("SIGKILL"),
    "go": lambda container: container.remove(force=True),
    "python": lambda container: container.stop(timeout=1),
    "java": _pause_and_unpause,
    "custom-container": _kill_the_process,
}


@dataclass(frozen=True)
class Spoilt:
    """The run, and what became of each hand's attempt: empty where it did what it meant to."""

    run: Finished
    owner: int
    failed: Mapping[str, str]

    def of(self, runtime: str, scenario: str) -> list[Judgement]:
        return [judgement for judgement in self.run.of(runtime) if judgement.scenario == scenario]


@pytest.fixture(scope="module")
def spoilt(engine: Engine, references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Spoilt:
    assert set(BY_HAND) <= set(references)
    listening = Starts(engine)
    running = harness.start(
        *("-n", "3", "-k", f"{SPOILT}] or {OTHER}]"), *harness.runtimes(*BY_HAND), out=tmp_path_factory.mktemp("hands")
    )
    failed: dict[str, str] = {}

    def spoil(runtime: str) -> None:
        try:
            started = listening.wait_for(
                running.pid, lambda seen: _of(seen, runtime) is not None, within_s=WITHIN_S, what=f"{runtime}, {SPOILT}"
            )
            start = _of(started, runtime)
            assert start is not None
            container = engine.client.containers.get(start.container)
            _await_the_first_invocation(container)
            BY_HAND[runtime](container)
        except Exception as error:  # noqa: BLE001 - it is told by the test that needs the hand
            failed[runtime] = f"{type(error).__name__}: {error}"

    hands = [threading.Thread(target=spoil, args=(runtime,), daemon=True) for runtime in BY_HAND]
    try:
        for hand in hands:
            hand.start()
        finished = running.finish()
    finally:
        running.make_sure_it_ended()
        for hand in hands:
            hand.join(5)
        listening.close()
    return Spoilt(finished, running.pid, failed)


def _of(seen: list[Start], runtime: str) -> Start | None:
    return next((start for start in seen if (start.subject, start.scenario) == (runtime, SPOILT)), None)


def _await_the_first_invocation(container: Container) -> None:
    deadline = time.monotonic() + WITHIN_S
    while b'"invoke.start"' not in container.logs():
        assert time.monotonic() < deadline, f"waited {WITHIN_S:g} s for the first invocation; it did not come"
        threading.Event().wait(0.01)


@pytest.mark.parametrize(
    ("runtime", "words"),
    [
        ("nodejs", "somebody outside this run sent SIGKILL to the container"),
        # The removal follows the kill, and may be told only after the drive has ended for the kill's sake.
        ("go", "somebody outside this run (killed and removed|sent SIGKILL to) the container"),
        ("python", "somebody outside this run sent SIGTERM to the container"),
        ("java", "somebody outside this run paused it"),
    ],
)
def test_what_was_done_through_the_engine_is_known_and_held_against_nobody(
    spoilt: Spoilt, runtime: str, words: str
) -> None:
    assert runtime not in spoilt.failed, spoilt.failed[runtime]
    hit = spoilt.of(runtime, SPOILT)
    assert {judgement.verdict for judgement in hit} == {Verdict.INCONCLUSIVE}, spoilt.run.terminal
    assert len(hit) > 5
    for judgement in hit:
        mentions(judgement.message, words, f"container [0-9a-f]{{12}} of {runtime}", "last log lines of the instance")


def test_a_process_that_was_killed_past_the_engine_cannot_be_told_and_the_message_says_so(spoilt: Spoilt) -> None:
    assert "custom-container" not in spoilt.failed, spoilt.failed
    hit = spoilt.of("custom-container", SPOILT)
    red = [judgement for judgement in hit if judgement.verdict.red]
    assert red
    assert {judgement.verdict for judgement in red} <= {Verdict.FAIL, Verdict.NOT_TESTABLE}
    for judgement in red:
        mentions(
            judgement.message, "exit code 137", "somebody outside this run killed its process", "no witness can tell"
        )


@pytest.mark.parametrize("runtime", BY_HAND)
def test_the_verdicts_of_the_other_scenario_are_kept(spoilt: Spoilt, runtime: str) -> None:
    others = [str(judgement.verdict) for judgement in spoilt.of(runtime, OTHER)]
    assert len(others) > 5
    assert nothing_but(Counter(others), Verdict.PASS, Verdict.NOT_APPLICABLE), spoilt.run.terminal


def test_the_run_is_red_and_leaves_nothing(spoilt: Spoilt, engine: Engine) -> None:
    assert spoilt.run.status == 1
    assert "Traceback" not in spoilt.run.terminal
    assert left_behind(engine.client, spoilt.owner) == []
    assert (spoilt.run.out / "index.html").stat().st_size > 0
