"""However a run ends, nothing of it stays in the engine: at the latest the next run removes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from typing import TYPE_CHECKING

import psutil
import pytest

from conformance.judging.verdict import Verdict
from fixtures.awake import ASLEEP_S
from fixtures.engine.namespace import may_enter
from reports.formats import report_json
from reports.writing.claim import MARK
from tests import terminal as in_a_terminal
from tests.engine import harness
from tests.engine.engine_word import left_behind
from tests.engine.harness import mentions, runtimes

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.engine.connection import Engine
    from tests.engine.bad_images import BadImages
    from tests.engine.engine_word import Start, Starts
    from tests.engine.harness import Running

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("references")]

INTERRUPTED = 2
"""Exit status of pytest for a run that somebody interrupted."""
TERMINAL = in_a_terminal.__file__
END_WITHIN_S = 30.0
"""Longest time from a signal to the run's end: an instance's own deadlines are shorter."""


def _both_workers(seen: list[Start]) -> bool:
    return len({start.worker for start in seen}) >= 2


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("workers", [0, 2])
def test_after_ctrl_c_once_or_twice_nothing_is_left_and_what_was_judged_is_reported(
    workers: int, times: int, engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    running = harness.start(*("-n", str(workers)), *runtimes("nodejs"), out=tmp_path)
    try:
        starts.wait_for(
            running.pid, lambda seen: len(seen) >= 2 + workers, within_s=30, what="instances that are being driven"
        )
        for _ in range(times):
            running.interrupt_the_group()
            # Somebody who presses the keys again because nothing seems to happen.
            threading.Event().wait(0.3)
        finished = running.finish(END_WITHIN_S)
    finally:
        running.make_sure_it_ended()
    assert finished.status == INTERRUPTED, finished.terminal
    assert "GREEN" not in finished.terminal
    assert "Traceback" not in finished.terminal
    assert left_behind(engine.client, running.pid) == []
    found = {str(verdict) for verdict in finished.verdicts().values()}
    assert {"PASS", "INCONCLUSIVE"} <= found <= {"PASS", "NOT_APPLICABLE", "INCONCLUSIVE"}
    unreached = {one.message for one in finished.report.verdicts if one.verdict is Verdict.INCONCLUSIVE}
    assert "the run was interrupted before this check was judged" in unreached
    assert (finished.out / "index.html").stat().st_size > 0
    ET.parse(finished.out / "junit.xml")
    assert [one.name for one in finished.out.glob(".*")] == [MARK], "a file of the run's own was left"


@pytest.mark.parametrize("workers", [0, 2])
def test_after_its_terminal_was_closed_nothing_is_left_and_what_was_judged_is_reported(
    workers: int, engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "pytest", "conformance/", "-p", "no:cacheprovider", "--out", str(tmp_path)]
    terminal = subprocess.Popen(
        [sys.executable, str(TERMINAL), *command, "-n", str(workers), *runtimes("nodejs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=harness.ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )
    assert terminal.stdout is not None
    pid = int(terminal.stdout.readline())
    try:
        starts.wait_for(pid, lambda seen: len(seen) >= 2 + workers, within_s=30, what="instances that are being driven")
        printed, shown = terminal.communicate("closed\n", timeout=END_WITHIN_S)
    finally:
        if terminal.poll() is None:
            os.killpg(pid, signal.SIGKILL)
            terminal.wait(10)
    assert int(printed) == INTERRUPTED, shown
    assert left_behind(engine.client, pid) == []
    report = report_json.decode((tmp_path / "report.json").read_bytes())
    found = {str(one.verdict) for one in report.verdicts}
    assert {"PASS", "INCONCLUSIVE"} <= found <= {"PASS", "NOT_APPLICABLE", "INCONCLUSIVE"}
    assert (tmp_path / "index.html").stat().st_size > 0
    ET.parse(tmp_path / "junit.xml")


@pytest.mark.parametrize("workers", [0, 2])
def test_after_sigterm_nothing_is_left_even_of_an_instance_that_answers_nobody(
    workers: int, bad_images: BadImages, engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    running = harness.start(
        *("-n", str(workers), "-k", "two-freezes or single-run"),
        *runtimes("custom-container"),
        *("--image", f"custom-container={bad_images.reference('never_answers')}"),
        out=tmp_path,
    )
    try:
        starts.wait_for(running.pid, bool, within_s=30, what="an instance")
        running.terminate()
        finished = running.finish(END_WITHIN_S)
    finally:
        running.make_sure_it_ended()
    assert finished.status == INTERRUPTED, finished.terminal
    assert left_behind(engine.client, running.pid) == []


def test_a_worker_that_is_killed_costs_the_check_it_was_at_and_the_run_goes_on(
    engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    running = harness.start(
        *("-n", "2", "-k", "two-freezes] or stop-without-freeze] or overlapping-requests]"),
        *runtimes("nodejs"),
        out=tmp_path,
    )
    try:
        starts.wait_for(running.pid, _both_workers, within_s=30, what="an instance of each worker")
        psutil.Process(running.pid).children()[0].kill()
        finished = running.finish(60)
    finally:
        running.make_sure_it_ended()
    assert finished.status == 1, finished.terminal
    assert left_behind(engine.client, running.pid) == []
    counts = finished.counts("nodejs")
    assert counts["INCONCLUSIVE"] == 1, finished.terminal
    assert counts["PASS"] > 40
    assert set(counts) <= {"PASS", "NOT_APPLICABLE", "INCONCLUSIVE"}
    (lost,) = [one for one in finished.of("nodejs") if one.verdict is Verdict.INCONCLUSIVE]
    mentions(lost.message, "the worker died")


@pytest.mark.parametrize("with_its_workers", [True, False])
def test_what_a_killed_run_leaves_is_removed_by_the_next_run(
    with_its_workers: bool, bad_images: BadImages, engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    killed: Running = harness.start(
        *("-n", "2", "-k", "two-freezes or single-run"),
        *runtimes("custom-container"),
        *("--image", f"custom-container={bad_images.reference('never_answers')}"),
        out=tmp_path / "killed",
    )
    try:
        starts.wait_for(killed.pid, _both_workers, within_s=30, what="an instance of each worker")
        workers = psutil.Process(killed.pid).children()
        if not with_its_workers:
            killed.kill_alone()
    finally:
        if with_its_workers:
            killed.kill_the_group()
        killed.make_sure_it_ended()
    left = Counter(what.split()[0] for what in left_behind(engine.client, killed.pid))
    # The controller has found the way to instances with a holder of its own; a network is made where none is entered.
    assert left == {"instance": 2, "holder": 3, "life": 1, **({} if may_enter() else {"network": 1})}

    following = harness.run(
        *("-n", "0", "-k", "becomes_ready and two-freezes"), *runtimes("nodejs"), out=tmp_path / "next"
    )
    assert following.status == 0, following.terminal
    assert left_behind(engine.client, killed.pid) == []
    # Workers whose controller is gone end by themselves, though each was in the middle of a wait of many seconds.
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []
    assert left_behind(engine.client, killed.pid) == []


def test_a_run_that_is_alive_is_not_swept_by_another(
    bad_images: BadImages, engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    living = harness.start(
        *("-n", "0", "-k", "becomes_ready and two-freezes"),
        *runtimes("custom-container"),
        *("--image", f"custom-container={bad_images.reference('never_answers')}"),
        out=tmp_path / "living",
    )
    try:
        starts.wait_for(living.pid, bool, within_s=30, what="an instance")
        other = harness.run(
            *("-n", "0", "-k", "becomes_ready and two-freezes"), *runtimes("nodejs"), out=tmp_path / "other"
        )
        assert other.status == 0, other.terminal
        alive = Counter(what.split()[0] for what in left_behind(engine.client, living.pid))
        assert alive == {"instance": 1, "holder": 2, "life": 1, **({} if may_enter() else {"network": 1})}
        living.terminate()
        living.finish(END_WITHIN_S)
    finally:
        living.make_sure_it_ended()
    assert left_behind(engine.client, living.pid) == []


def test_a_worker_that_was_stopped_for_a_while_says_nothing_of_what_it_did_not_see(
    engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    running = harness.start(
        *("-n", "2", "-k", "two-freezes] or stop-without-freeze] or overlapping-requests]"),
        *runtimes("nodejs"),
        out=tmp_path,
    )
    try:
        starts.wait_for(running.pid, _both_workers, within_s=30, what="an instance of each worker")
        worker = psutil.Process(running.pid).children()[0]
        worker.suspend()
        threading.Event().wait(ASLEEP_S + 3)
        worker.resume()
        finished = running.finish(60)
    finally:
        running.make_sure_it_ended()
    assert left_behind(engine.client, running.pid) == []
    assert {"PASS", "INCONCLUSIVE"} <= set(finished.counts("nodejs")), finished.terminal
    assert harness.nothing_but(finished.counts("nodejs"), Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE), (
        finished.terminal
    )
    lost = [one for one in finished.of("nodejs") if one.verdict is Verdict.INCONCLUSIVE]
    for one in lost:
        mentions(one.message, r"the harness itself did not run for \d+\.\d s of this drive")
    assert len({one.scenario for one in lost}) == 1
