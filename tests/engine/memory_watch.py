"""How much memory a run takes: its processes are looked at from outside while it goes on."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from types import TracebackType

LOOK_EVERY_S = 0.05


class MemoryWatch:
    """Looks at a process and its children, from ``with`` to its end. ``peak_mb``: of each of them, by process id."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory-watch", daemon=True)
        self.peak_mb: dict[int, float] = {}
        self.together_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(5)

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            together = 0.0
            # A process that has just ended is no mistake: its last size was seen a moment ago.
            with contextlib.suppress(psutil.Error):
                for process in (self._root, *self._root.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        size = process.memory_info().rss / 2**20
                        self.peak_mb[process.pid] = max(size, self.peak_mb.get(process.pid, 0.0))
                        together += size
            self.together_mb = max(self.together_mb, together)
