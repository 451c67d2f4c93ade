"""Broken runtimes and broken platforms in real containers: what the kill matrix says, and what a run leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.proof.kills import Status
from reports.proof.kill_matrix import decode
from tests.engine import harness
from tests.engine.engine_word import left_behind

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.engine.connection import Engine
    from tests.engine.engine_word import Starts

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("references")]

RUNTIME, PLATFORM = "python/pre-stop.finished-before-the-stop", "platform/metering.one-millisecond"
INTERRUPTED = 130


def test_a_broken_runtime_and_a_broken_platform_are_killed_by_their_own_checks(engine: Engine, tmp_path: Path) -> None:
    running = harness.start_faults("--fault", RUNTIME, "--fault", PLATFORM, out=tmp_path)
    try:
        finished = running.finish()
    finally:
        running.make_sure_it_ended()
    assert finished.status == 0, finished.terminal
    matrix = decode((tmp_path / "kill-matrix.json").read_bytes())
    assert {kill.fault: kill.status for kill in matrix.faults} == dict.fromkeys(
        (RUNTIME, PLATFORM), Status.KILLED_BY_OWN
    )
    assert all(reference.clean for reference in matrix.references)
    assert "GREEN: 2 of 2 faults killed by their own check" in finished.terminal
    assert "2 of 2 faults" in (tmp_path / "kill-matrix.html").read_text(encoding="utf-8")
    assert list((tmp_path / "faults").glob("python/*/*.json"))
    assert left_behind(engine.client, running.pid) == []


def test_after_ctrl_c_a_run_of_faults_leaves_nothing_and_writes_no_matrix(
    engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    running = harness.start_faults("--fault", PLATFORM, "--whole-suite", out=tmp_path)
    try:
        starts.wait_for(running.pid, lambda seen: len(seen) >= 3, within_s=60, what="faults that are being driven")
        running.interrupt_the_group()
        finished = running.finish(45)
    finally:
        running.make_sure_it_ended()
    assert finished.status == INTERRUPTED, finished.terminal
    assert not (tmp_path / "kill-matrix.json").exists()
    assert left_behind(engine.client, running.pid) == []


def test_a_fault_that_does_not_exist_is_named(tmp_path: Path) -> None:
    finished = harness.start_faults("--fault", "cobol/", out=tmp_path).finish()
    assert finished.status == 2
    harness.mentions(finished.terminal, "--fault cobol/: no fault has that in its name; --list shows them all")
