"""What a runtime answers to the requests of hooks that do what they should: in time, and as carried out.

How a hook that fails is answered is :mod:`conformance.test_failing_calls`' business, whether its path is known that of
:mod:`conformance.test_paths`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import RESTARTS, told_success, what_came
from conformance.judging.expect import require, seen
from fixtures.history.events import HOOKS, Call, HookConfigured, HookGivenUp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import AnyEvent
    from fixtures.history.history import Exchange, History, Run

ANSWERING = ("probe", "two-freezes", "overlapping-requests", "stop-without-freeze")


@judges("hooks.answered-in-time", on=ANSWERING)
def test_a_configured_hook_is_answered_before_it_is_given_up(history: History) -> None:
    configured = {event.hook: event for event in history.of(HookConfigured)}
    asked = [exchange for hook in HOOKS if hook in configured for exchange in history.exchanges(hook)]
    given_up: dict[str, HookGivenUp] = {event.request_id: event for event in history.of(HookGivenUp)}
    for exchange in seen(asked, "a request for a configured hook"):
        event = given_up.get(exchange.sent.request_id)
        run = _run_of(history, exchange)
        evidence: list[AnyEvent | None] = [exchange.sent, exchange.answer, event]
        require(
            event is None and exchange.answered is not None,
            expected=f"an answer to {exchange.sent.call.label} within {configured[exchange.sent.call].timeout_s} s",
            seen=f"{what_came(exchange.answer)}: {_what_it_did(history, exchange, run)}",
            evidence=(*evidence, *((run.start, run.end) if run is not None else ())),
        )


def _run_of(history: History, exchange: Exchange) -> Run | None:
    runs = history.runs(exchange.sent.call)
    return next((run for run in runs if run.start.request_id == exchange.sent.request_id), None)


def _what_it_did(history: History, exchange: Exchange, run: Run | None) -> str:
    label = exchange.sent.call.label
    if run is None:
        never = f"nothing shows that the function's {label} began"
        return never if history.keeps_records else f"your {label} never answers"
    if run.end is None:
        return f"your {label} began and never ended; a callback that it is given has to be called"
    took = (run.end.t - run.start.t) / 1e6
    return f"the function's {label} ended after {took:.0f} ms, and the runtime never answers for it"


@judges("hooks.answered-as-carried-out", on=ANSWERING)
def test_a_hook_that_came_to_its_end_is_answered_as_carried_out(history: History) -> None:
    asked = [exchange for hook in HOOKS for exchange in history.exchanges(hook) if not exchange.sent.uninvited]
    _answered_as_carried_out(history, asked)


@judges("initializer.answered-as-carried-out", on=("initializer",))
def test_an_initializer_that_came_to_its_end_is_answered_as_carried_out(history: History) -> None:
    _answered_as_carried_out(history, history.exchanges(Call.INITIALIZE))


def _answered_as_carried_out(history: History, asked: Sequence[Exchange]) -> None:
    answered = [exchange for exchange in asked if exchange.answered is not None]
    if history.keeps_records:
        # A run without an end failed, and is answered so.
        answered = [one for one in answered if (run := _run_of(history, one)) is not None and run.end is not None]
    for exchange in seen(answered, "an answer to a hook that came to its end"):
        assert exchange.answered is not None
        # Nobody knows of another's hook whether it came to its end: 404 may say that there is none.
        good = told_success(exchange) if history.keeps_records else exchange.answered.status < RESTARTS
        restarts = "; a hook that is answered so makes the platform restart the instance"
        require(
            good,
            expected=f"{exchange.sent.call.label} to be answered as carried out",
            seen=what_came(exchange.answer) + (restarts if exchange.answered.status >= RESTARTS else ""),
            evidence=(exchange.sent, exchange.answer),
            certain=True,
        )
