"""What handlers and hooks are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.expect import NotTestable, require, seen
from fixtures.history.events import HOOKS, Call

if TYPE_CHECKING:
    from fixtures.history.events import FunctionRecord, RequestSent
    from fixtures.history.history import History

EVENT_KEPT = 256
"""Characters of an event that the function's record keeps."""
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""Stands in a text for bytes that are none."""
SENDING = ("two-freezes", "overlapping-requests", "stop-without-freeze")


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


@judges("invoke.event-as-sent", on=(*SENDING, "single-run", "events-as-they-are"))
def test_the_handler_is_given_the_event_that_was_sent_and_a_context(history: History) -> None:
    requests = {exchange.sent.request_id: exchange.sent for exchange in history.exchanges(Call.INVOKE)}
    for run in seen(history.runs(Call.INVOKE), "a run of the handler"):
        sent = requests.get(run.start.request_id or "")
        require(
            sent is not None and _is_the_same(sent, run.start) and (run.start.args or [])[:2] == ["event", "context"],
            expected="the handler to be given the event "
            + (_in_words(sent) if sent is not None else "of its request")
            + " and a context",
            seen=f"arguments: {', '.join(run.start.args or ['none'])}; the event is {_in_words(run.start)}"
            + (_how_much(sent, run.start) if sent is not None else ""),
            evidence=(sent, run.start),
        )


def _is_the_same(sent: RequestSent, given: FunctionRecord) -> bool:
    if None not in (sent.event_sha256, given.event_sha256):
        return sent.event_sha256 == given.event_sha256 and sent.event_bytes == given.event_bytes
    wanted = sent.event or ""
    if UNREADABLE in wanted:
        raise NotTestable(
            expected="a record with the digest of an event that is no text",
            seen="one with its text only",
            evidence=(sent, given),
        )
    return given.event == wanted[:EVENT_KEPT]


def _in_words(one: RequestSent | FunctionRecord) -> str:
    digest = f" ({one.event_bytes} bytes, SHA-256 {one.event_sha256[:12]})" if one.event_sha256 is not None else ""
    return f"{(one.event or '')[:100]!r}{digest}"


def _how_much(sent: RequestSent, given: FunctionRecord) -> str:
    if None in (sent.event_bytes, given.event_bytes) or sent.event_bytes == given.event_bytes:
        return ""
    return f": {given.event_bytes} of {sent.event_bytes} bytes"


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
