"""Reads the clocks around one measurement: wall time, the processors' time, the machine's load."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass, field

import psutil

from reports.proof.benchmark import Cpu


@dataclass(frozen=True)
class _Reading:
    """All clocks at one moment, in seconds; ``t`` in nanoseconds of the clock that Histories are written by."""

    t: int
    own: tuple[float, float]
    machine: tuple[float, float, float, float]

    @classmethod
    def now(cls) -> _Reading:
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        machine = psutil.cpu_times()
        return cls(
            t=time.monotonic_ns(),
            own=(sum(one.ru_utime for one in own), sum(one.ru_stime for one in own)),
            machine=(
                machine.user + machine.nice,
                machine.system + machine.irq + machine.softirq,
                machine.idle + machine.iowait,
                machine.steal,
            ),
        )


@dataclass
class Stopwatch:
    """Runs from its making. Only one measurement at a time: children count once they have been waited for."""

    load: float = field(default_factory=lambda: os.getloadavg()[0])
    _began: _Reading = field(default_factory=_Reading.now)
    _ended: _Reading | None = None

    def stop(self) -> None:
        self._ended = _Reading.now()

    @property
    def began_ns(self) -> int:
        return self._began.t

    @property
    def ended_ns(self) -> int:
        assert self._ended is not None, "the stopwatch still runs"
        return self._ended.t

    @property
    def seconds(self) -> float:
        return (self.ended_ns - self.began_ns) / 1e9

    @property
    def cpu(self) -> Cpu:
        """What was used between the two readings; a reading that went back counts as nothing."""
        assert self._ended is not None, "the stopwatch still runs"
        earlier = (*self._began.own, *self._began.machine)
        later = (*self._ended.own, *self._ended.machine)
        user, system, *machine = (
            round(max(0.0, after - before), 3) for before, after in zip(earlier, later, strict=True)
        )
        return Cpu(
            own_user_s=user,
            own_system_s=system,
            machine_user_s=machine[0],
            machine_system_s=machine[1],
            machine_idle_s=machine[2],
            machine_other_s=machine[3],
        )
