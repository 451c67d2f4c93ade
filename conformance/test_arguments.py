"""What handlers and hooks are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.expect import require, seen
from fixtures.history.events import HOOKS, Call

if TYPE_CHECKING:
    from fixtures.history.history import History

EVENT_KEPT = 256
"""Characters of an event that the function's record keeps."""


def _given_no_event(history: History, hook: Call) -> None:
    for run in seen(history.runs(hook), f"a run of {hook.label}"):
        args = [arg for arg in run.start.args or [] if arg != "callback"]
        require(
            args == ["context"] and run.start.event is None,
            expected=f"{hook.label} to be given the context, and no event",
            seen=f"arguments: {', '.join(run.start.args or ['none'])}"
            + (f"; the event is {run.start.event[:100]!r}" if run.start.event is not None else ""),
            evidence=(run.start,),
            certain=True,
        )


@judges("pre-freeze.no-event", on=("two-freezes", "overlapping-requests"))
def test_pre_freeze_is_given_the_context_and_no_event(history: History) -> None:
    _given_no_event(history, Call.PRE_FREEZE)


@judges("pre-stop.no-event", on=("two-freezes", "stop-without-freeze"))
def test_pre_stop_is_given_the_context_and_no_event(history: History) -> None:
    _given_no_event(history, Call.PRE_STOP)


@judges("invoke.event-as-sent", on=("two-freezes", "overlapping-requests", "stop-without-freeze", "single-run"))
def test_the_handler_is_given_the_event_that_was_sent_and_a_context(history: History) -> None:
    events = {exchange.sent.request_id: exchange.sent.event or "" for exchange in history.exchanges(Call.INVOKE)}
    for run in seen(history.runs(Call.INVOKE), "a run of the handler"):
        wanted = events.get(run.start.request_id or "")
        require(
            wanted is not None
            and run.start.event == wanted[:EVENT_KEPT]
            and (run.start.args or [])[:2] == ["event", "context"],
            expected="the handler to be given the event "
            + (f"{wanted[:100]!r}" if wanted is not None else "of its request")
            + " and a context",
            seen=f"arguments: {', '.join(run.start.args or ['none'])}; the event is {(run.start.event or '')[:100]!r}",
            evidence=(run.start,),
        )


def _context_shows(history: History, call: Call, field: str) -> None:
    sent = [exchange.sent for exchange in history.exchanges(call)]
    seen(sent, f"a request for {call.label}")
    for run in seen(history.runs(call), f"a run of {call.label}"):
        # A run is the answer to the request sent last before it, or to one of those under way with it.
        wanted = {request.context[field] for request in sent if request.t <= run.start.t}
        shown = run.start.context.get(field)
        require(
            shown in wanted,
            expected=f"{call.label} to find {field} {' or '.join(sorted(wanted)) or '(of its request)'} in its context",
            seen=f"{field} {shown!r}",
            evidence=(run.start,),
        )


@judges("pre-freeze.context-request-id", on=("two-freezes", "overlapping-requests"))
def test_the_context_of_pre_freeze_shows_its_own_request_id(history: History) -> None:
    _request_ids_match(history, Call.PRE_FREEZE)


@judges("pre-stop.context-request-id", on=("two-freezes", "stop-without-freeze"))
def test_the_context_of_pre_stop_shows_its_own_request_id(history: History) -> None:
    _request_ids_match(history, Call.PRE_STOP)


@judges("invoke.context-request-id", on=("two-freezes", "overlapping-requests", "single-run"))
def test_the_context_of_an_invocation_shows_its_own_request_id(history: History) -> None:
    _request_ids_match(history, Call.INVOKE)


def _request_ids_match(history: History, call: Call) -> None:
    sent = [exchange.sent.request_id for exchange in history.exchanges(call)]
    runs = seen(history.runs(call), f"a run of {call.label}")
    shown = [run.start.context.get("request_id") for run in runs]
    require(
        sorted(sent) == sorted(str(request_id) for request_id in shown),
        expected=f"the contexts of {call.label} to show the request IDs that were sent: {', '.join(sent)}",
        seen=", ".join(map(str, shown)),
        evidence=[run.start for run in runs],
    )


@judges("hooks.context-function", on=("two-freezes", "stop-without-freeze"))
def test_the_context_of_a_hook_names_the_function(history: History) -> None:
    for hook in _hooks_that_ran(history):
        _context_shows(history, hook, "function_name")


@judges("hooks.context-region", on=("two-freezes", "stop-without-freeze"))
def test_the_context_of_a_hook_names_the_region(history: History) -> None:
    for hook in _hooks_that_ran(history):
        _context_shows(history, hook, "region")


def _hooks_that_ran(history: History) -> list[Call]:
    return list(seen([hook for hook in HOOKS if history.runs(hook)], "a run of a hook"))
