"""``script/benchmark`` with a real suite beneath it: how it measures, and how it ends when it is interrupted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import psutil
import pytest

from reports.proof import benchmark
from tests.engine.engine_word import left_behind
from tests.engine.harness import ROOT, Running

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.engine.connection import Engine
    from tests.engine.engine_word import Starts

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("references")]

END_WITHIN_S = 60.0
"""Longest time from Ctrl-C to the end: the suite beneath removes its instances first."""


def start(*arguments: str, out: Path) -> Running:
    return Running(("reports.commands.benchmark", "--out", str(out), *arguments), out, {}, ROOT)


def test_a_floor_alone_is_measured_and_written(engine: Engine, tmp_path: Path) -> None:
    running = start("--only", "floor", "--containers", "4", "--rounds", "2", out=tmp_path)
    finished = running.finish()
    assert finished.status == 0, finished.terminal
    document = json.loads((tmp_path / "benchmark.json").read_text())
    jsonschema.Draft202012Validator(json.loads(benchmark.SCHEMA_PATH.read_text())).validate(document)
    assert len(document["rounds"]) == 2
    assert document["floor_s"] > 0
    assert document["suite_s"] is None
    assert left_behind(engine.client, running.pid) == []


def test_ctrl_c_ends_the_suite_beneath_in_good_order_and_nothing_is_left_of_either(
    engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    running = start("--only", "runtime", "--runtime", "go", out=tmp_path)
    try:
        log = tmp_path / "benchmark" / "runtime.log"
        (beneath,) = _children_once(running, log)
        starts.wait_for(beneath, bool, within_s=60, what="an instance of the suite beneath")
        running.interrupt_the_group()
        finished = running.finish(END_WITHIN_S)
    finally:
        running.make_sure_it_ended()
    assert finished.status == 130, finished.terminal
    assert "interrupted; nothing was written" in finished.terminal
    assert "Traceback" not in finished.terminal
    assert not psutil.pid_exists(beneath)
    assert left_behind(engine.client, beneath) == []
    assert "the run was interrupted" in log.read_text(encoding="utf-8", errors="replace")


def _children_once(running: Running, log: Path) -> list[int]:
    """The process ids of what the benchmark has started, once there is something."""
    process = psutil.Process(running.pid)
    for _ in range(3000):
        # git is asked for the tree before the suite is started.
        if log.exists() and (found := process.children()):
            return [one.pid for one in found]
        try:
            process.wait(0.01)
        except psutil.TimeoutExpired:
            continue
        break
    raise AssertionError(f"the benchmark started nothing:\n{running.terminal()}")
