"""One process that a command starts and waits for: with a log, a deadline, and an end in good order.

It leads a group of its own, so that Ctrl-C reaches the command alone, which hands it on. What the process does is left
to its caller.
"""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STOP_WITHIN_S = 60.0
"""Longest wait for a process that was interrupted; a run of the suite removes its instances before it ends."""


class NotThrough(Exception):
    """The process did not end in time; the text says what was waited for and where it wrote."""


def run(command: Sequence[str], *, what: str, cwd: Path, log: Path, within_s: float) -> int:
    """Start ``command``, wait for its end and answer with its exit status. All that it prints goes to ``log``.

    Whatever breaks the waiting off also ends the process, and everything in its group.

    Raises:
        NotThrough: it did not end within ``within_s`` seconds.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as printed:
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, start_new_session=True
        )
        try:
            return process.wait(within_s)
        except subprocess.TimeoutExpired as error:
            raise NotThrough(f"waited {within_s:g} s for the end of {what}; see {log}") from error
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt what still runs as Ctrl-C does, then end it."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
