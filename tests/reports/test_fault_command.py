"""What ``script/faults`` does when it is broken off, without an engine. The runs themselves are in ``tests/engine``."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait

import pytest

from reports import fault_command

LONG_S = 60.0


@pytest.mark.parametrize("gone", [0, 1, 2], ids=["none", "one", "both"])
def test_workers_end_at_once_and_some_may_be_gone_by_then(gone: int) -> None:
    pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    for _ in range(2):
        pool.submit(time.sleep, LONG_S)
    # The pool reaps its workers in a thread of its own; a sentinel tells of an end without taking part in that.
    running = {worker.sentinel for worker in multiprocessing.active_children()}
    assert len(running) == 2
    for worker in multiprocessing.active_children()[:gone]:
        worker.kill()
    fault_command.end_at_once(pool)
    deadline = time.monotonic() + LONG_S / 2
    while running and time.monotonic() < deadline:
        running -= set(wait(running, timeout=LONG_S / 2))
    assert not running
