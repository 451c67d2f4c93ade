"""Where sequences come from: a Hypothesis state machine that walks the lifecycle, and Hypothesis' shrinker.

The machine drives nothing. It walks the model that the platform itself obeys and writes down its steps, so that a
container is started only for sequences that are worth it. Shrinking does not go back to the machine either: it edits a
failing sequence, so that it takes saved and hand-written ones as well, and drives it only when it differs from all that
were driven before.

As a program it prints the pools of a seed, for :func:`conformance.scenarios.sequences.generated`.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import msgspec
from hypothesis import HealthCheck, Phase, find, seed, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from hypothesis.errors import NoSuchExample
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from conformance.scenarios.sequences import (
    FREEZE_MS,
    POOL,
    CallSequence,
    Freeze,
    Invoke,
    Overlap,
    RequestWhileFrozen,
    RequestWhilePreFreezeRuns,
    Step,
    Thaw,
    calls_of,
    enter,
    mended,
    ready,
)
from fixtures.platform.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = 160
"""Walks that fill a pool; a walk that was walked before counts, but is dropped."""
LONGEST = 7
"""Steps of the longest sequence: two freezes with something before, between and after them."""
SHORTEST = 3
"""Steps after which a walk may stop by itself."""
SLEEPS_MS = (0, 20, 60)
FREEZES_MS = (FREEZE_MS, 2 * FREEZE_MS)

_CALLS = st.builds(Invoke, sleep_ms=st.sampled_from(SLEEPS_MS), fail=st.sampled_from((False, False, True)))


def machine(written: Callable[[CallSequence], None]) -> type[RuleBasedStateMachine]:
    """A state machine whose walks are legal sequences; each is handed to ``written`` at its end."""

    class Walk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.life = ready()
            self.steps: list[Step] = []
            self.overlaps = self.overtakes = False

        @initialize(overlaps=st.booleans(), overtakes=st.booleans())
        def choose(self, overlaps: bool, overtakes: bool) -> None:
            """Leave room for subjects that take one request at a time, or for which PreFreeze is never called."""
            self.overlaps, self.overtakes = overlaps, overtakes

        def take(self, step: Step) -> None:
            enter(step, self.life)
            self.steps.append(step)

        @precondition(lambda self: self.life.state is State.IDLE)
        @rule(call=_CALLS)
        def invoke(self, call: Invoke) -> None:
            self.take(call)

        @precondition(lambda self: self.life.state is State.IDLE and self.overlaps)
        @rule(calls=st.lists(_CALLS, min_size=2, max_size=3))
        def overlap(self, calls: list[Invoke]) -> None:
            self.take(Overlap(tuple(calls)))

        @precondition(lambda self: self.life.state is State.IDLE)
        @rule(for_ms=st.sampled_from(FREEZES_MS))
        def freeze(self, for_ms: int) -> None:
            self.take(Freeze(for_ms))

        @precondition(lambda self: self.life.state is State.FROZEN)
        @rule()
        def thaw(self) -> None:
            self.take(Thaw())

        @precondition(lambda self: self.life.state is State.FROZEN)
        @rule(call=_CALLS)
        def request_while_frozen(self, call: Invoke) -> None:
            self.take(RequestWhileFrozen(call))

        @precondition(lambda self: self.life.state is State.IDLE and self.overtakes)
        @rule(call=_CALLS)
        def request_while_pre_freeze_runs(self, call: Invoke) -> None:
            self.take(RequestWhilePreFreezeRuns(call))

        @precondition(lambda self: self.life.state is not State.STOPPED and len(self.steps) >= SHORTEST)
        @rule()
        def stop(self) -> None:
            self.life.begin_stop()
            self.life.become_stopped()

        @precondition(lambda self: self.life.state is State.STOPPED)
        @rule()
        def stay_stopped(self) -> None:
            """A machine needs a rule in every state; this one changes nothing."""

        def teardown(self) -> None:
            if self.steps:
                written(CallSequence(tuple(self.steps)))

    return Walk


def pool(number: int, block: int) -> tuple[CallSequence, ...]:
    """At most :data:`POOL` different sequences: block ``block`` of the seed ``number``."""
    walks: dict[CallSequence, None] = {}
    walk = seed(number * 1_000_003 + block)(machine(walks.setdefault))
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=1 + LONGEST,
            phases=[Phase.generate],
            derandomize=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return tuple(walks)[:POOL]


# ------------------------------------------------------------------------------------------------ shrinking


def simpler(step: Step) -> tuple[Step, ...]:
    """What may stand in the place of ``step``, the simplest first, itself last."""
    match step:
        case Invoke():
            found: list[Step] = [*_plainer(step)]
        case Overlap(calls=calls):
            plain = tuple(Invoke(call.sleep_ms) for call in calls)
            found = [
                Invoke(),
                *calls,
                Overlap((Invoke(), Invoke())),
                Overlap(plain[:2]),
                Overlap(calls[:2]),
                Overlap(plain),
            ]
        case Freeze():
            found = [Freeze()]
        case Thaw():
            found = []
        case RequestWhileFrozen(call=call):
            found = [Thaw(), *map(RequestWhileFrozen, _plainer(call))]
        case RequestWhilePreFreezeRuns(call=call):
            found = [Invoke(), call, *map(RequestWhilePreFreezeRuns, _plainer(call))]
    return tuple(dict.fromkeys([*(other for other in found if other != step), step]))


def _plainer(call: Invoke) -> tuple[Invoke, ...]:
    return Invoke(), Invoke(call.sleep_ms), Invoke(0, call.fail)


class Budget:
    """How much shrinking may cost: drives, and seconds of time."""

    def __init__(self, drives: int, within_s: float) -> None:
        self.drives = drives
        self._deadline = time.monotonic() + within_s

    def spend(self) -> bool:
        """Whether there is one more drive to spend; it is spent then."""
        if self.drives <= 0 or time.monotonic() > self._deadline:
            return False
        self.drives -= 1
        return True


def shrink(failing: CallSequence, fails: Callable[[CallSequence], bool], budget: Budget) -> CallSequence:
    """The smallest sequence found by leaving out and simplifying steps of ``failing`` that still ``fails``.

    ``fails`` is asked once for each sequence, at most as often as ``budget`` says, and not about ``failing``
    itself. What it said the first time counts, so that a fault that shows only now and then ends no search.
    """
    known = {failing.steps: True}
    smallest = failing

    def still_fails(steps: tuple[Step | None, ...]) -> bool:
        nonlocal smallest
        legal = mended(step for step in steps if step is not None)
        if legal not in known:
            if not budget.spend():
                return False
            candidate = CallSequence(legal, failing.text)
            known[legal] = fails(candidate)
            if known[legal] and _size(candidate) < _size(smallest):
                smallest = candidate
        return known[legal]

    # None, for a step that is left out, is the simplest choice; the failing sequence itself is every last one.
    options = [(None, *simpler(step)) for step in failing.steps]
    database, key = InMemoryExampleDatabase(), b"failing"
    # One choice too many: Hypothesis takes an example that replays exactly for one that it has shrunk before.
    database.save(key, choices_to_bytes([*(len(those) - 1 for those in options), 0]))
    try:
        find(
            st.tuples(*map(st.sampled_from, options)),
            still_fails,
            settings=settings(database=database, phases=[Phase.reuse, Phase.shrink], derandomize=False, deadline=None),
            database_key=key,
        )
    except NoSuchExample:
        # Hypothesis asked about nothing that fails; then nothing smaller does.
        return failing
    return smallest


def _size(sequence: CallSequence) -> tuple[int, int, int]:
    """An order of sequences: less that happens, then fewer steps that are more than one thing, then less time."""
    things = sum(max(1, len(calls_of(step))) for step in sequence.steps)
    plain = sum(isinstance(step, Invoke | Freeze | Thaw) for step in sequence.steps)
    freezes = sum(step.for_ms for step in sequence.steps if isinstance(step, Freeze))
    time_and_failures = freezes + sum(call.sleep_ms + call.fail for call in sequence.calls)
    return things, len(sequence.steps) - plain, time_and_failures


def main(arguments: list[str]) -> int:
    """Print the pools of a seed: ``SEED BLOCKS``."""
    number, blocks = map(int, arguments)
    sys.stdout.buffer.write(msgspec.json.encode([pool(number, block) for block in range(blocks)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
