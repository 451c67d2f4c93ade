"""What becomes of a value that a hook hands back: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import RESTARTS, told_failure, what_came
from conformance.judging.expect import NotTestable, Observation, require, seen
from conformance.scenarios.scenarios import PRE_FREEZE_SENTINEL, PRE_STOP_SENTINEL
from fixtures.history.events import HOOKS, Call

if TYPE_CHECKING:
    from fixtures.history.history import History, Run

SCENARIO = ("hooks-hand-back-a-sentinel",)
FREEZES = 2
"""Freezes of the scenario."""
SENTINELS = {Call.PRE_FREEZE: PRE_FREEZE_SENTINEL, Call.PRE_STOP: PRE_STOP_SENTINEL}


def _handed_back(history: History, *hooks: Call) -> list[Run]:
    """Runs of the hooks that say that they handed their sentinel back."""
    found = [
        run for hook in hooks for run in history.runs(hook) if run.end is not None and run.end.result == SENTINELS[hook]
    ]
    return list(seen(found, "a hook that hands its sentinel back"))


def _ended(history: History, hook: Call) -> list[Run]:
    return [run for run in history.runs(hook) if run.end is not None]


@judges("results.never-in-a-response", on=SCENARIO)
def test_what_a_hook_hands_back_is_in_no_response(history: History) -> None:
    handed_back = _handed_back(history, Call.PRE_FREEZE)
    later = [answer for answer in history.caller_answers() if answer.t > handed_back[0].start.t]
    seen(later, "a response after a hook that handed its sentinel back")
    answers = [exchange.answered for exchange in history.exchanges(Call.INVOKE) if exchange.answered is not None]
    shown = [(answer, "\n".join((answer.body, *answer.headers.values()))) for answer in answers]
    for answer, text in [*shown, *((answer, answer.body) for answer in history.caller_answers())]:
        for sentinel in SENTINELS.values():
            require(
                sentinel not in text,
                expected="a response without the hook's value, in its body and in its headers",
                seen=f"the response {text[:200]!r}",
                evidence=(answer, handed_back[0].end),
                certain=True,
            )


@judges("results.dropped-by-the-runtime", on=SCENARIO)
def test_what_becomes_of_what_a_hook_hands_back_in_the_hooks_own_answer(history: History) -> None:
    _handed_back(history, Call.PRE_STOP)
    answers = [
        exchange.answered for hook in HOOKS for exchange in history.exchanges(hook) if exchange.answered is not None
    ]
    shown = [
        answer
        for answer in seen(answers, "an answer to a hook's request")
        for everywhere in ["\n".join((answer.body, *answer.headers.values()))]
        if any(sentinel in everywhere for sentinel in SENTINELS.values())
    ]
    told = f"put into {len(shown)} of {len(answers)} answers to hooks" if shown else "dropped"
    raise Observation(f"what a hook hands back is {told}", evidence=shown or answers)


@judges("results.fail-no-hook", on=SCENARIO)
def test_what_a_hook_hands_back_makes_no_hook_fail(history: History) -> None:
    handed_back = {run.start.request_id: run for run in _handed_back(history, Call.PRE_STOP)}
    handed_back |= {run.start.request_id: run for run in _ended(history, Call.PRE_FREEZE)}
    for hook in HOOKS:
        for exchange in history.exchanges(hook):
            run = handed_back.get(exchange.sent.request_id)
            if run is None:
                continue
            lines = [one for one in history.markers(hook) if one.request_id == exchange.sent.request_id and one.failed]
            # Of an answer with 500 it is known that hooks are answered so whatever they hand back, or none is.
            refused = told_failure(exchange) and exchange.answered is not None and exchange.answered.status < RESTARTS
            require(
                not lines and not refused,
                expected=f"{hook.label} to be no failure, whatever it hands back",
                seen="; ".join(repr(one.line.text[:160]) for one in lines) or what_came(exchange.answer),
                evidence=(run.start, run.end, exchange.answer, *(one.line for one in lines)),
                certain=True,
            )


@judges("results.change-no-status", on=SCENARIO)
def test_what_a_hook_hands_back_changes_no_status(history: History) -> None:
    hook = _handed_back(history, Call.PRE_FREEZE)[0]
    before = seen(
        [answer for answer in history.caller_answers() if answer.t <= hook.start.t], "a response before the hook"
    )
    after = seen(
        [answer for answer in history.caller_answers() if answer.t > hook.start.t], "a response after the hook"
    )
    failed = {run.start.request_id for run in history.runs(Call.INVOKE) if run.end is None}
    of_the_handler = [answer for answer in after if answer.request_id in failed]
    if of_the_handler:
        # A handler that failed of itself is answered so, with the hook's value or without it.
        raise NotTestable(
            expected="invocations after the hook that the handler carries out",
            seen=f"the handler failed after PreFreeze: status {of_the_handler[0].status}, "
            f"{of_the_handler[0].body[:200]!r}",
            evidence=(hook.end, *of_the_handler),
        )
    for answer in after:
        require(
            answer.status == before[0].status,
            expected=f"status {before[0].status} after the hook as before it",
            seen=f"status {answer.status}",
            evidence=(before[0], hook.end, answer),
            certain=True,
        )


@judges("results.change-no-freeze-and-no-stop", on=SCENARIO)
def test_what_a_hook_hands_back_keeps_freeze_and_stop_from_nothing(history: History) -> None:
    hooks = [hook for hook in HOOKS if history.exchanges(hook)]
    handed_back = _handed_back(history, *hooks)
    if history.trouble is not None:
        raise NotTestable(expected="a drive that comes to its end", seen=str(history.trouble))
    # The scenario's own number: a freeze or a stop that was called off has not even begun.
    paused, died = history.engine("pause"), history.engine("die")
    require(
        len(paused) == FREEZES and history.stop()[1] is not None and len(died) == 1,
        expected=f"{FREEZES} freezes and one end, by the engine's own word",
        seen=f"{len(paused)} freezes and {len(died)} ends",
        evidence=(handed_back[0].end, *paused, *died),
    )
