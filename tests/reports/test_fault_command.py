"""What ``script/faults`` is asked for, and does when it is broken off, without an engine.

The runs themselves are in ``tests/engine``.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import psutil
import pytest

from conformance.proof.faults import Broken
from reports.commands import fault_command
from runtimes.faults import FaultError, discover_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

LONG_S = 60.0
WITHIN_S = 30.0


@pytest.fixture
def pool() -> Iterator[Executor]:
    """Two workers, each in the middle of something long."""
    made = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    for _ in range(2):
        made.submit(time.sleep, LONG_S)
    assert len(multiprocessing.active_children()) == 2
    yield made
    fault_command.end_at_once(made)


def wait_for_the_ends(workers: dict[int, int]) -> None:
    """Wait until these workers, sentinel by process id, have ended.

    The pool reaps its workers in a thread of its own; a sentinel tells of an end without taking part in that.
    """
    running, deadline = set(workers.values()), time.monotonic() + WITHIN_S
    while running and time.monotonic() < deadline:
        running -= {sentinel for sentinel in wait(running, timeout=WITHIN_S) if isinstance(sentinel, int)}
    assert not running


def sentinels() -> dict[int, int]:
    return {worker.pid: worker.sentinel for worker in multiprocessing.active_children() if worker.pid is not None}


def test_workers_in_the_middle_of_something_end_at_once(pool: Executor) -> None:
    workers = sentinels()
    fault_command.end_at_once(pool)
    wait_for_the_ends(workers)


def test_a_worker_that_the_pool_has_ended_and_reaped_itself_is_no_error(
    pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = sentinels()
    kill, ending = os.kill, threading.current_thread()
    killed: list[int] = []

    def kill_and_let_the_pool_notice(pid: int, number: int) -> None:
        kill(pid, number)
        if threading.current_thread() is ending and pid in workers and not killed:
            killed.append(pid)
            others = [other for other in workers if other != pid]
            deadline = time.monotonic() + WITHIN_S
            while any(map(psutil.pid_exists, others)) and time.monotonic() < deadline:
                time.sleep(0.005)
            assert not any(map(psutil.pid_exists, others)), "the pool was to end its other worker itself"

    monkeypatch.setattr(os, "kill", kill_and_let_the_pool_notice)
    fault_command.end_at_once(pool)
    assert len(killed) == 1
    wait_for_the_ends(workers)


def ordered(*given: str) -> fault_command.Order:
    return fault_command.order(fault_command._arguments(given))


def test_as_black_boxes_only_broken_runtimes_are_driven_and_nobody_keeps_records() -> None:
    wanted = ordered("--black-box")
    assert {fault.broken for fault in wanted.faults} == {Broken.RUNTIME}
    assert len(wanted.faults) == len(discover_faults())
    assert not any(fault.subject.keeps_records for fault in wanted.faults)
    assert not any(subject.keeps_records for subject in wanted.images.values())
    assert set(wanted.references) == {one.subject.name for one in wanted.faults} - {"custom-container-noweb"}


def test_black_boxes_have_files_of_their_own_beside_those_of_the_kill_matrix(tmp_path: Path) -> None:
    both = [ordered("--out", str(tmp_path), *more) for more in ((), ("--black-box",))]
    assert [one.histories.name for one in both] == ["faults", "black-box"]
    assert both[0].faults[0].subject.keeps_records


def test_black_boxes_can_be_named_and_a_broken_platform_is_none() -> None:
    assert [one.id for one in ordered("--black-box", "--fault", "go/pre-stop.runs-once").faults] == [
        "go/pre-stop.runs-once"
    ]
    with pytest.raises(FaultError, match="no fault has that in its name"):
        ordered("--black-box", "--fault", "platform/")


def test_the_whole_suite_cannot_be_meant_for_black_boxes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        ordered("--black-box", "--whole-suite")
    assert "--whole-suite does not go with it" in capsys.readouterr().err
