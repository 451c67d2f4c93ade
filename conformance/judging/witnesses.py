"""Who could see that an instance stood still and went on: the kernel, and the function's heartbeat where it has one.

There are runtimes that stop every thread between calls. Nothing inside them can keep a heartbeat then, and a silence
that was there before the freeze says nothing about it. The kernel sees every instance, wherever it can be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.history.events import KernelSeen, KernelUnseen
from fixtures.history.heartbeat import PROVED_BY, beats_in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import FunctionRecord, ProcessSeen
    from fixtures.history.history import Freeze, History

EVERY_ADDRESS = ("0.0.0.0", "::")
"""Where a server listens that is reached at every address of its container."""
KERNEL_WINDOW_NS = 30_000_000
"""Two readings inside a freeze say that nothing ran in it when they lie at least so far apart: a timer that comes every
10 ms would have come three times."""
HELD_NS = 1_000_000
"""So much CPU time may be counted inside a freeze that holds by the kernel's word. In cgroup v2 a signal wakes a frozen
process inside of the kernel, which puts it to sleep again; that costs some 20 us each, and nothing of the process' own
runs. In v1 nothing is counted at all."""


def beats_between_calls(history: History, freeze: Freeze) -> bool:
    """Whether the function's heart was seen to beat while no call was under way, at some time before ``freeze``.

    One beat can slip out behind an answer before a runtime stops its threads. So two with nothing between them are
    asked for, and the platform waits for two. In a History from before the kernel was asked it had waited for one.
    """
    was_asked = bool(history.of(KernelSeen)) or bool(history.of(KernelUnseen))
    return beats_in_a_row(history.events, freeze.begun.t) >= (PROVED_BY if was_asked else 1)


def kernel_inside(history: History, freeze: Freeze) -> tuple[KernelSeen, KernelSeen] | None:
    """The first and the last reading that lie whole inside a strict frozen window; None where there are not two."""
    assert freeze.frozen is not None
    assert freeze.thaw_begun is not None
    low, high = freeze.frozen.t, freeze.thaw_begun.t
    inside = [event for event in history.of(KernelSeen) if low <= event.t and event.read_t <= high]
    return (inside[0], inside[-1]) if len(inside) > 1 else None


def proves_rest(first: KernelSeen, last: KernelSeen) -> bool:
    """Whether an account that says the same twice is one of a container that was there, with something in it to run."""
    wide_enough = last.t - first.read_t >= KERNEL_WINDOW_NS
    return wide_enough and first.cpu_ns > 0 and one_process(first.first, last.first)


def cpu_time_allowed_ns(first: KernelSeen, last: KernelSeen) -> int:
    """How much CPU time between two readings inside a freeze is the kernel's own, in nanoseconds."""
    return HELD_NS if first.frozen and last.frozen else 0


def kernel_around(history: History, freeze: Freeze) -> tuple[KernelSeen, KernelSeen] | None:
    """The last reading of the processes before a thaw and the first one after it; None where one is missing."""
    assert freeze.thaw_begun is not None
    assert freeze.thawed is not None
    seen = [event for event in history.of(KernelSeen) if event.processes]
    before = [event for event in seen if event.read_t <= freeze.thaw_begun.t]
    after = [event for event in seen if event.t >= freeze.thawed.t]
    return (before[-1], after[0]) if before and after else None


def one_process(one: ProcessSeen | None, other: ProcessSeen | None) -> bool:
    """Whether both are one and the same process; a program may give itself another name."""
    return one is not None and other is not None and (one.pid, one.started) == (other.pid, other.started)


def why_no_kernel(history: History) -> str:
    """What keeps the kernel from judging a freeze, in words."""
    unseen = history.of(KernelUnseen)
    if unseen:
        return unseen[0].reason
    return "its readings do not suffice" if history.of(KernelSeen) else "the kernel was not asked"


def by_processes(loaded: Sequence[FunctionRecord]) -> str:
    """Words for the processes that loaded the function, where they are known and more than one; empty elsewhere."""
    pids = list(dict.fromkeys(record.pid for record in loaded if record.pid is not None))
    if len(pids) < 2:
        return ""
    return (
        f", by processes {', '.join(map(str, pids[:-1]))} and {pids[-1]}: a reloader, or workers that do not share "
        "what the function keeps in memory"
    )


def who_is_first(history: History) -> str:
    """Words for the container's first process and its children, of whom SIGTERM reaches only the first; empty where the
    kernel did not tell.
    """
    look = next((event for event in history.of(KernelSeen) if event.first is not None), None)
    if look is None or look.first is None:
        return ""
    first, children = look.first, [one.name for one in look.processes if one.parent == look.first.pid]
    if children:
        named = ", ".join(map(repr, children[:3]))
        return (
            f"; PID 1 is {first.name!r}, and {named} its child: SIGTERM reaches PID 1 only; "
            "let the start script end with exec"
        )
    return f"; PID 1 is {first.name!r}: what is no handler of its own does not end PID 1, SIGTERM has to be handled"
