"""Hooks and handler share the instance's state. The function counts: an invocation adds 2, PreFreeze adds 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.expect import NotTestable, require, seen
from fixtures.history.events import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.history import History, Run

PER_INVOCATION = 2
PER_PRE_FREEZE = 1
SEQUENTIAL = ("two-freezes", "hooks-hand-back-a-sentinel")


@judges(
    "state.invocations-share-it", on=("no-hook-configured", "stop-without-freeze", "buffered-metrics-without-hooks")
)
def test_a_counter_goes_on_from_invocation_to_invocation(history: History) -> None:
    answers = seen(history.caller_answers(), "a response", at_least=2)
    wanted = [str(PER_INVOCATION * number) for number in range(1, len(answers) + 1)]
    require(
        [answer.body for answer in answers] == wanted,
        expected=f"the responses {', '.join(wanted)}",
        seen=", ".join(answer.body[:40] for answer in answers),
        evidence=answers,
    )


@judges("state.pre-freeze-shares-it", on=SEQUENTIAL)
def test_pre_freeze_finds_the_handlers_value_and_the_next_invocation_finds_the_hooks(history: History) -> None:
    hooks = seen(history.runs(Call.PRE_FREEZE), "a run of PreFreeze")
    invocations = seen(history.runs(Call.INVOKE), "a run of the handler", at_least=2)
    for hook in hooks:
        _continues(_last_before(invocations, hook), hook)
        following = [run for run in invocations if run.start.t > hook.start.t]
        if following:
            _continues(hook, following[0])
    answers = [answer.body for answer in history.caller_answers()]
    wanted = [str(PER_INVOCATION * n + PER_PRE_FREEZE * (n - 1)) for n in range(1, len(answers) + 1)]
    require(
        answers == wanted,
        expected=f"the responses {', '.join(wanted)}",
        seen=", ".join(answer[:40] for answer in answers),
        evidence=history.caller_answers(),
    )


@judges("state.pre-stop-shares-it", on=("two-freezes", "stop-without-freeze"))
def test_pre_stop_finds_what_was_left_in_the_instance(history: History) -> None:
    hook = seen(history.runs(Call.PRE_STOP), "a run of PreStop")[0]
    others = [*history.runs(Call.INVOKE), *history.runs(Call.PRE_FREEZE)]
    _continues(_last_before(sorted(others, key=lambda run: run.start.t), hook), hook)


def _last_before(runs: Sequence[Run], hook: Run) -> Run:
    before = [run for run in runs if run.start.t < hook.start.t]
    return seen(before, f"a run of the function before {hook.call.label}")[-1]


def _continues(earlier: Run, later: Run) -> None:
    if earlier.end is None or earlier.end.counter is None or earlier.end.counter == 0:
        raise NotTestable(
            expected=f"a counter other than 0 at the end of {earlier.call.label}",
            seen="no end" if earlier.end is None else str(earlier.end.counter),
            evidence=(earlier.start, earlier.end),
        )
    require(
        later.start.counter == earlier.end.counter,
        expected=f"{later.call.label} to find the counter at {earlier.end.counter}, where {earlier.call.label} left it",
        seen=str(later.start.counter),
        evidence=(earlier.end, later.start),
    )
