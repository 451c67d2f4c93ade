"""Close calls of the two checks of the freeze that the kernel is a witness of.

In half of them the heart stands still between calls, as in runtimes that wait for a call in native code: then
everything hangs on the kernel. In the other half it beats, and the kernel takes nothing away from what the heart shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fixtures.history.events import (
    FreezeBegun,
    Frozen,
    FunctionRecord,
    KernelSeen,
    KernelUnseen,
    Moment,
    ProcessSeen,
    ThawBegun,
    Thawed,
    Tick,
)
from tests.conformance.builders import (
    FIRST_PROCESS,
    GLANCE,
    MS,
    SILENT,
    altered,
    blocked_between_calls,
    seen_by_the_kernel,
    shifted,
    told,
    with_events,
    without,
)
from tests.conformance.close_calls import HOLDS, UNTESTABLE, VIOLATED, CloseCall, also, every, gone, now
from tests.conformance.faults import NO_HOOK, SINGLE_RUN, TWO_FREEZES, a_function_whose_clock_is_another

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.history.events import AnyEvent
    from fixtures.history.history import History
    from tests.conformance.close_calls import Change, Pick, Says

RESTS, GOES_ON = "freeze.nothing-runs", "freeze.runs-on-after-the-thaw"


# ------------------------------------------------------------------------------------------------ picking and changing


def reading(moment: Moment, number: int = 0) -> Pick:
    return lambda history: [[one for one in history.of(KernelSeen) if one.moment is moment][number]]


def a_reading(history: History, moment: Moment, number: int = 0) -> KernelSeen:
    return [one for one in history.of(KernelSeen) if one.moment is moment][number]


def used(ns: int, moment: Moment = Moment.BEFORE_THAW, number: int = 0) -> Change:
    """So much more CPU time in one reading and in all that follow."""

    def change(history: History) -> History:
        since = a_reading(history, moment, number).t
        return told(
            history,
            [
                msgspec.structs.replace(one, cpu_ns=one.cpu_ns + ns)
                if isinstance(one, KernelSeen) and one.t >= since
                else one
                for one in history.events
            ],
        )

    return change


def first_process(picked: Pick, **changes: object) -> Change:
    return now(picked, processes=(msgspec.structs.replace(FIRST_PROCESS, **changes),))


def not_frozen(moment: Moment, number: int = 0) -> Change:
    return now(reading(moment, number), frozen=False)


def not_told(moment: Moment) -> Change:
    return now(reading(moment), frozen=None)


def read_at(moment: Moment, t: int, read_t: int) -> Change:
    """The first reading of a moment between these distances from the return of the first pause."""

    def change(history: History) -> History:
        frozen = history.of(Frozen)[0].t
        return altered(history, a_reading(history, moment), t=frozen + t, read_t=frozen + read_t)

    return change


def _a_reading_more(history: History) -> History:
    """The kernel is read a third time, a millisecond after the first."""
    first = a_reading(history, Moment.FROZEN)
    # It is no reading of the end, so that a change of that leaves it as it is.
    return with_events(history, msgspec.structs.replace(first, t=first.t + MS, read_t=first.read_t + MS))


def read_till_the_thaw(by: int) -> Change:
    def change(history: History) -> History:
        return altered(history, a_reading(history, Moment.BEFORE_THAW), read_t=history.of(ThawBegun)[0].t + by)

    return change


def last_thaw_is_read(by: int) -> Change:
    """The reading after the second thaw so long after the thaw itself; none is made later."""

    def change(history: History) -> History:
        t, picked = history.of(Thawed)[1].t + by, a_reading(history, Moment.THAWED, 1)
        alone = without(history, *(one for one in _since_the_last_thaw(history) if one is not picked))
        return altered(alone, picked, t=t, read_t=t + GLANCE)

    return change


def _since_the_last_thaw(history: History) -> list[KernelSeen]:
    thawed = history.of(Thawed)[1]
    return [one for one in history.of(KernelSeen) if one.t > thawed.t]


def _until_the_first_thaw(history: History) -> list[KernelSeen]:
    thawed = history.of(Thawed)[0]
    return [one for one in history.of(KernelSeen) if one.t < thawed.t]


def _behind_the_last_answer(number: int, history: History) -> History:
    """So many beats, and no others, between the last answer before the first freeze and that freeze."""
    begun = history.of(FreezeBegun)[0].t
    last = max(one.answer.t for one in history.exchanges() if one.answer is not None and one.answer.t < begun)
    rest = told(history, [one for one in history.events if not (isinstance(one, Tick) and last < one.t < begun)])
    return with_events(rest, *(Tick(t=last + (n + 1) * GLANCE, n=800 + n) for n in range(number)))


def slips_out_once(number: int) -> Change:
    """The heart stands still between calls, but for so many beats before the first freeze; after it there are none."""

    def change(history: History) -> History:
        blocked = blocked_between_calls(history)
        begun = history.of(FreezeBegun)[0].t
        early = without(blocked, *(tick for tick in blocked.ticks() if tick.t > begun))
        return _behind_the_last_answer(number, early)

    return change


def slow(number: int) -> Change:
    """The heart beats every 40 ms, so that hardly one beat comes between two calls, and so often before the freeze."""
    return lambda history: _behind_the_last_answer(
        number, without(history, *(tick for n, tick in enumerate(history.ticks()) if n % 4))
    )


def lone_beat(history: History) -> History:
    """The heart beats once in all its life, right before the first freeze."""
    return _behind_the_last_answer(1, without(history, *history.ticks()))


def _no_beat_after_the_thaw(history: History) -> History:
    thawed = history.of(Thawed)[0]
    return without(history, *(tick for tick in history.ticks() if tick.t > thawed.t))


def _a_beat_in_the_freeze(history: History) -> History:
    return with_events(history, Tick(t=history.of(Frozen)[0].t + MS, n=900))


def _narrow(ms: int) -> Change:
    """The first frozen window lasts so long; the kernel reads at its edges all the same."""

    def change(history: History) -> History:
        frozen, thaw = history.of(Frozen)[0], history.of(ThawBegun)[0]
        return seen_by_the_kernel(shifted(history, frozen, by=thaw.t - ms * MS - frozen.t))

    return change


def _not_asked(history: History) -> History:
    return with_events(history, KernelUnseen(t=history.of(FreezeBegun)[0].t - MS, reason="it is elsewhere"))


def _around_the_thaw(history: History) -> Iterable[AnyEvent]:
    before, after = a_reading(history, Moment.BEFORE_THAW), a_reading(history, Moment.THAWED)
    return [before, history.of(ThawBegun)[0], history.of(Thawed)[0], after]


def _inside_the_freeze(history: History) -> Iterable[AnyEvent]:
    low, high = a_reading(history, Moment.FROZEN), a_reading(history, Moment.BEFORE_THAW)
    return [history.of(Frozen)[0], low, high, history.of(ThawBegun)[0]]


def _slipping(history: History) -> History:
    return seen_by_the_kernel(blocked_between_calls(history, slips_out=True))


ALONE: Change = also(blocked_between_calls, seen_by_the_kernel)
"""The heart stands still between calls: the kernel alone sees the freeze."""
BOTH: Change = seen_by_the_kernel
SECOND_END: Pick = reading(Moment.BEFORE_THAW, 1)
UNTOLD: Change = now(every(KernelSeen), frozen=None)
"""A kernel that does not say whether anything is frozen."""
ANOTHER_CLOCK: Change = also(seen_by_the_kernel, a_function_whose_clock_is_another)


def _call(requirement: str, what: str, says: Says, *changes: Change, shows: Pick | None = None) -> CloseCall:
    return CloseCall(requirement, TWO_FREEZES, what, says, also(*changes), shows=shows)


KERNEL_CALLS: list[CloseCall] = [
    # -------------------------------------------------------------------------------------------- nothing runs
    _call(RESTS, "the kernel beside the heart", HOLDS, BOTH),
    _call(RESTS, "the kernel alone", HOLDS, ALONE),
    _call(RESTS, "a beat behind each answer, and the kernel", HOLDS, _slipping),
    _call(RESTS, "no heart at all, and the kernel", HOLDS, BOTH, gone(every(Tick))),
    CloseCall(RESTS, NO_HOOK, "the kernel alone", HOLDS, ALONE),
    CloseCall(RESTS, SINGLE_RUN, "the kernel alone", HOLDS, ALONE, SILENT),
    _call(RESTS, "the kernel, and another clock", HOLDS, ANOTHER_CLOCK),
    _call(RESTS, "another clock, the second freeze by nobody", UNTESTABLE, ANOTHER_CLOCK, gone(SECOND_END)),
    _call(RESTS, "one beat, and no kernel", UNTESTABLE, lone_beat),
    _call(RESTS, "neither heart nor kernel", UNTESTABLE, blocked_between_calls, shows=lambda h: [h.of(FreezeBegun)[0]]),
    _call(RESTS, "a kernel that cannot be asked", UNTESTABLE, blocked_between_calls, _not_asked),
    _call(RESTS, "more than a millisecond of CPU time", VIOLATED, BOTH, used(MS + 1), shows=_inside_the_freeze),
    _call(RESTS, "the same, the kernel alone", VIOLATED, ALONE, used(MS + 1), shows=_inside_the_freeze),
    _call(RESTS, "signals that the kernel put off, in a millisecond", HOLDS, ALONE, used(MS)),
    _call(RESTS, "a nanosecond where nobody says it is frozen", VIOLATED, ALONE, used(1), UNTOLD),
    _call(RESTS, "a nanosecond where the begin is not told", VIOLATED, ALONE, used(1), not_told(Moment.FROZEN)),
    _call(RESTS, "a nanosecond where the end is not told", VIOLATED, ALONE, used(1), not_told(Moment.BEFORE_THAW)),
    _call(RESTS, "a container that is not frozen, the kernel alone", VIOLATED, ALONE, not_frozen(Moment.FROZEN)),
    _call(RESTS, "a container that is not frozen at its end", VIOLATED, ALONE, not_frozen(Moment.BEFORE_THAW)),
    _call(RESTS, "a container that is not frozen beside a heart", VIOLATED, BOTH, not_frozen(Moment.FROZEN)),
    _call(RESTS, "not frozen in the second freeze only", VIOLATED, ALONE, not_frozen(Moment.FROZEN, 1)),
    _call(RESTS, "not frozen after the thaw", HOLDS, ALONE, not_frozen(Moment.THAWED)),
    _call(RESTS, "a kernel that does not tell what is frozen", HOLDS, ALONE, UNTOLD),
    _call(RESTS, "CPU time in the second freeze only", VIOLATED, ALONE, used(5 * MS, number=1)),
    _call(RESTS, "CPU time by another clock", VIOLATED, ANOTHER_CLOCK, used(MS + 1)),
    _call(RESTS, "an account that goes back", VIOLATED, ALONE, used(-1)),
    _call(RESTS, "CPU time between the thaw and its answer", HOLDS, ALONE, used(5 * MS, Moment.THAWED)),
    _call(RESTS, "CPU time in a window too narrow to pass", VIOLATED, blocked_between_calls, _narrow(20), used(5 * MS)),
    _call(RESTS, "one reading", UNTESTABLE, ALONE, gone(reading(Moment.BEFORE_THAW))),
    _call(
        RESTS,
        "one reading, by which it is not frozen",
        UNTESTABLE,
        ALONE,
        gone(reading(Moment.BEFORE_THAW)),
        not_frozen(Moment.FROZEN),
    ),
    _call(
        RESTS,
        "CPU time between the second of three readings and the last",
        VIOLATED,
        ALONE,
        _a_reading_more,
        used(5 * MS),
        shows=_inside_the_freeze,
    ),
    _call(RESTS, "no reading in the second freeze", UNTESTABLE, ALONE, gone(reading(Moment.BEFORE_THAW, 1))),
    _call(RESTS, "no reading in the second freeze, but a heart", HOLDS, BOTH, gone(reading(Moment.BEFORE_THAW, 1))),
    _call(
        RESTS, "an account that never moved", UNTESTABLE, blocked_between_calls, BOTH, now(every(KernelSeen), cpu_ns=0)
    ),
    _call(RESTS, "an account of one nanosecond", HOLDS, ALONE, now(every(KernelSeen), cpu_ns=1)),
    _call(RESTS, "a container without a process", UNTESTABLE, ALONE, now(reading(Moment.FROZEN), processes=())),
    _call(RESTS, "no process at its end", UNTESTABLE, ALONE, now(reading(Moment.BEFORE_THAW), processes=())),
    _call(
        RESTS, "another process at its end", UNTESTABLE, ALONE, first_process(reading(Moment.BEFORE_THAW), started=1)
    ),
    _call(RESTS, "readings 30 ms apart", HOLDS, ALONE, read_at(Moment.BEFORE_THAW, 30 * MS + 2 * GLANCE, 31 * MS)),
    _call(
        RESTS,
        "readings a nanosecond less than 30 ms apart",
        UNTESTABLE,
        ALONE,
        read_at(Moment.BEFORE_THAW, 30 * MS + 2 * GLANCE - 1, 31 * MS),
    ),
    _call(RESTS, "a reading at the return of the pause", HOLDS, ALONE, read_at(Moment.FROZEN, 0, GLANCE)),
    _call(RESTS, "a reading begun before it", UNTESTABLE, ALONE, read_at(Moment.FROZEN, -1, GLANCE)),
    _call(RESTS, "a reading up to the call of the unpause", HOLDS, ALONE, read_till_the_thaw(0)),
    _call(RESTS, "a reading beyond it", UNTESTABLE, ALONE, read_till_the_thaw(1)),
    _call(RESTS, "CPU time in a reading beyond it", UNTESTABLE, ALONE, used(5 * MS), read_till_the_thaw(1)),
    _call(RESTS, "a beat inside, and a kernel that saw nothing", VIOLATED, BOTH, _a_beat_in_the_freeze),
    _call(RESTS, "a beat inside, the kernel alone before", VIOLATED, ALONE, _a_beat_in_the_freeze),
    _call(RESTS, "a narrow window for a slow heart, and the kernel", HOLDS, slow(2), _narrow(50)),
    _call(RESTS, "a window too narrow for either", UNTESTABLE, slow(2), _narrow(20)),
    _call(RESTS, "a narrow window for one that slipped out a beat", HOLDS, slow(1), _narrow(50)),
    _call(RESTS, "a window of the width of the kernel's", HOLDS, blocked_between_calls, _narrow(31)),
    # -------------------------------------------------------------------------------------------- runs on
    _call(GOES_ON, "the kernel beside the heart", HOLDS, BOTH),
    _call(GOES_ON, "the kernel alone", HOLDS, ALONE),
    _call(GOES_ON, "a beat behind each answer, and the kernel", HOLDS, _slipping),
    _call(GOES_ON, "no heart at all, and the kernel", HOLDS, BOTH, gone(every(Tick))),
    CloseCall(GOES_ON, NO_HOOK, "the kernel alone", HOLDS, ALONE),
    CloseCall(GOES_ON, SINGLE_RUN, "the kernel alone", HOLDS, ALONE, SILENT),
    _call(GOES_ON, "the kernel, and another clock", HOLDS, ANOTHER_CLOCK),
    _call(GOES_ON, "another clock, the second thaw by nobody", UNTESTABLE, ANOTHER_CLOCK, gone(_since_the_last_thaw)),
    _call(
        GOES_ON,
        "neither heart nor kernel",
        UNTESTABLE,
        blocked_between_calls,
        shows=lambda h: [h.of(FreezeBegun)[0], h.of(Thawed)[0]],
    ),
    _call(GOES_ON, "a kernel that cannot be asked", UNTESTABLE, blocked_between_calls, _not_asked),
    _call(
        GOES_ON,
        "another start, the kernel alone",
        VIOLATED,
        ALONE,
        first_process(reading(Moment.THAWED), started=FIRST_PROCESS.started + 1),
        shows=_around_the_thaw,
    ),
    _call(
        GOES_ON,
        "another start beside the heart",
        VIOLATED,
        BOTH,
        first_process(reading(Moment.THAWED), started=FIRST_PROCESS.started + 1),
    ),
    _call(
        GOES_ON,
        "another start by another clock",
        VIOLATED,
        ANOTHER_CLOCK,
        first_process(reading(Moment.THAWED), started=FIRST_PROCESS.started + 1),
    ),
    _call(
        GOES_ON,
        "another number long before the thaw, and read up to it",
        HOLDS,
        ALONE,
        first_process(reading(Moment.FROZEN), pid=7),
        read_till_the_thaw(0),
    ),
    _call(GOES_ON, "another number", VIOLATED, ALONE, first_process(reading(Moment.THAWED), pid=7)),
    _call(GOES_ON, "another name", HOLDS, ALONE, first_process(reading(Moment.THAWED), name="renamed")),
    _call(
        GOES_ON, "another start after the second thaw", VIOLATED, ALONE, first_process(reading(Moment.THAWED, 1), pid=2)
    ),
    _call(
        GOES_ON,
        "a second process after the thaw",
        HOLDS,
        ALONE,
        now(
            reading(Moment.THAWED),
            processes=(FIRST_PROCESS, ProcessSeen(pid=9, parent=1, started=2_000_000, name="child")),
        ),
    ),
    _call(GOES_ON, "read at the answer of the unpause", HOLDS, ALONE, last_thaw_is_read(0)),
    _call(GOES_ON, "read before it", UNTESTABLE, ALONE, last_thaw_is_read(-1)),
    _call(GOES_ON, "no reading after the thaw", UNTESTABLE, ALONE, gone(_since_the_last_thaw)),
    _call(GOES_ON, "no reading after the thaw, but a heart", HOLDS, BOTH, gone(_since_the_last_thaw)),
    _call(GOES_ON, "no reading before the thaw", UNTESTABLE, ALONE, gone(_until_the_first_thaw)),
    _call(GOES_ON, "a heart that stands still from the thaw on", VIOLATED, BOTH, _no_beat_after_the_thaw),
    _call(GOES_ON, "two beats behind an answer, none after", VIOLATED, slips_out_once(2), BOTH),
    _call(GOES_ON, "one beat behind an answer, none after", HOLDS, slips_out_once(1), BOTH),
    _call(GOES_ON, "one beat behind an answer, no kernel", VIOLATED, slips_out_once(1)),
    _call(
        GOES_ON,
        "never loaded, and the kernel",
        UNTESTABLE,
        BOTH,
        gone(every(FunctionRecord, lambda one: one.edge == "loaded")),
    ),
]
"""Close calls with the kernel's readings in them."""
