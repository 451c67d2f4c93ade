"""A run lives as long as the engine says so: also for who is in another PID namespace, or after a step of the clock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from docker.errors import NotFound

from conformance.judging.verdict import Verdict
from fixtures.engine import life, sweep
from fixtures.engine.holders import start_holder
from fixtures.engine.images import BASE_IMAGE
from fixtures.engine.labels import LIFE, RunLabels
from tests.engine import harness
from tests.engine.engine_word import left_behind
from tests.engine.harness import nothing_but, runtimes

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.engine.connection import Engine
    from tests.engine.engine_word import Starts

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("references")]

SWEEP = """
import sys
from fixtures.engine.connection import connect
from fixtures.engine.sweep import remove_dead_runs
remove_dead_runs(connect(), among=sys.argv[1])
"""
"""Of that run alone: what else is on the engine belongs to tests beside this one, some of them without a life."""
BEGIN = """
import sys
from fixtures.engine.connection import connect
from fixtures.engine.holders import start_holder
from fixtures.engine import life
from fixtures.engine.labels import LIFE, RunLabels
labels = RunLabels("{run}", "another-boot/1/1.0")
engine = connect()
lives = life.Life.begin(engine, labels)
print(start_holder(engine, labels, None).holder, flush=True)
sys.stdin.readline()
"""


def _is_there(engine: Engine, container: str) -> bool:
    try:
        engine.client.containers.get(container)
    except NotFound:
        return False
    return True


def _until_dead(engine: Engine, run: str) -> None:
    deadline = time.monotonic() + 10
    while run in life.living(engine):
        assert time.monotonic() < deadline, "the run's life did not end within 10 s"
        threading.Event().wait(0.05)


def _until_gone(engine: Engine, container: str) -> None:
    # A sweep of a test beside this one may be at it already.
    deadline = time.monotonic() + 10
    while _is_there(engine, container):
        assert time.monotonic() < deadline, "what a dead run has left was not removed within 10 s"
        threading.Event().wait(0.05)


def test_a_run_whose_process_nobody_knows_lives_until_it_lets_go(engine: Engine) -> None:
    """What a step of the clock makes of every run: no process has its id and its start any more."""
    labels = RunLabels("life-of-a-test", "another-boot/1/1.0")
    lives = life.Life.begin(engine, labels)
    holder = start_holder(engine, labels, None)
    try:
        assert labels.run in life.living(engine)
        sweep.remove_dead_runs(engine)
        assert _is_there(engine, holder.holder)
        lives.end()
        _until_dead(engine, labels.run)
        sweep.remove_dead_runs(engine)
        _until_gone(engine, holder.holder)
    finally:
        holder.close()
        lives.end()
        sweep.remove_run(engine, labels.run)


def test_a_run_that_is_killed_has_lived(engine: Engine) -> None:
    run = "killed-in-a-test"
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN.format(run=run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    holder = process.stdout.readline().strip()
    try:
        sweep.remove_dead_runs(engine)
        assert _is_there(engine, holder)
        process.kill()
        process.wait(10)
        _until_dead(engine, run)
        sweep.remove_dead_runs(engine)
        _until_gone(engine, holder)
    finally:
        process.kill()
        sweep.remove_run(engine, run)


def test_a_life_that_was_made_and_not_yet_started_is_one(engine: Engine) -> None:
    labels = RunLabels("begins-in-a-test", "another-boot/1/1.0")
    made = engine.client.containers.create(
        BASE_IMAGE, command=["cat"], labels={**labels.of_the_run(), LIFE: labels.run}
    )
    try:
        assert labels.run in life.living(engine)
    finally:
        made.remove(force=True)


def test_a_run_is_not_swept_from_another_pid_namespace(engine: Engine, starts: Starts, tmp_path: Path) -> None:
    running = harness.start(
        *("-n", "2", "-k", "two-freezes] or stop-without-freeze] or overlapping-requests] or kept-alive"),
        *runtimes("nodejs"),
        out=tmp_path,
    )
    try:
        (first, *_) = starts.wait_for(running.pid, bool, within_s=30, what="an instance")
        for _ in range(3):
            swept = subprocess.run(
                ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", SWEEP, first.run],
                cwd=harness.ROOT,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert swept.returncode == 0, swept.stderr
        finished = running.finish(60)
    finally:
        running.make_sure_it_ended()
    assert finished.status == 0, finished.terminal
    assert nothing_but(finished.counts("nodejs"), Verdict.PASS, Verdict.NOT_APPLICABLE)
    assert left_behind(engine.client, running.pid) == []
