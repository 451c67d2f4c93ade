"""Whether the path of a hook leads to the hook.

A success says little by itself: a server with a catch-all answers every path with one. The generated function's records
say whether something ran for the request. Without them the answer is held against that to the control, the same request
to a path that nobody can know.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import SUCCESS
from conformance.judging.expect import NotTestable, require, seen
from fixtures.history.events import HOOKS, Call, UnknownPathAsked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.history.events import Answered
    from fixtures.history.history import Exchange, History

TELLING_HEADERS = ("content-type", "location", "x-fc-status")
"""Headers in which an answer of a hook's own differs from a catch-all's. Others differ from answer to answer."""
_CHANGING = re.compile(r"[0-9a-f]{8,}|[0-9]+")
"""Numbers and IDs: what a catch-all that counts, or tells the time, fills in."""


@judges("hooks.path-is-known", on=("probe", "two-freezes"))
def test_the_path_of_a_hook_leads_to_the_hook(history: History) -> None:
    for hook in (hook for hook in HOOKS if history.exchanges(hook)):
        answered = [one for one in history.exchanges(hook) if one.answered is not None]
        seen(answered, f"an answer to a request for {hook.label}")
        if history.keeps_records:
            _something_ran(history, answered)
        elif not _left_a_line(history, hook):
            _is_not_answered_as_any_path(history, answered)
    seen([hook for hook in HOOKS if history.exchanges(hook)], "a request for a hook")


def _something_ran(history: History, answered: list[Exchange]) -> None:
    ran_for = {run.request_id for call in (Call.INVOKE, *HOOKS) for run in history.runs(call)}
    hook = answered[0].sent.call
    require(
        any(one.sent.request_id in ran_for for one in answered),
        expected=f"something of the function to run for GET /{hook}",
        seen=f"it was answered with status {_answer(answered[0]).status}, and nothing ran",
        evidence=(answered[0].sent, answered[0].answer),
    )


def _left_a_line(history: History, hook: Call) -> bool:
    """A line with the request's ID shows that the path is known, however it is answered."""
    sent = {one.sent.request_id for one in history.exchanges(hook)}
    return any(marker.request_id in sent for marker in history.markers(hook))


def _is_not_answered_as_any_path(history: History, answered: list[Exchange]) -> None:
    control = seen(history.of(UnknownPathAsked), "the control, a request to a path that nobody knows")[0]
    if control.status is None:
        raise NotTestable(expected="an answer to the control", seen=control.why, evidence=(control,))
    hook = answered[0].sent.call
    first = _answer(answered[0])
    cause = (
        "your server has a catch-all; nothing shows that the hook ran"
        if first.status in SUCCESS
        else f"status {first.status}; your server does not know the hook"
    )
    require(
        any(_what_is_told(one, control) != _what_the_control_tells(control, hook) for one in answered),
        expected=f"GET /{hook} to be answered otherwise than a path that nobody knows",
        seen=f"/{hook} is answered like a path nobody knows: {cause}",
        evidence=(answered[0].sent, first, control),
    )


def _answer(exchange: Exchange) -> Answered:
    assert exchange.answered is not None
    return exchange.answered


def _what_is_told(exchange: Exchange, control: UnknownPathAsked) -> tuple[object, ...]:
    answer = _answer(exchange)
    names = (exchange.sent.request_id, exchange.sent.call.value, _path(control))
    return (answer.status, *_telling(answer.headers), _without_what_changes(answer.body, names))


def _what_the_control_tells(control: UnknownPathAsked, hook: Call) -> tuple[object, ...]:
    names = (control.request_id, hook.value, _path(control))
    return (control.status, *_telling(control.headers), _without_what_changes(control.body, names))


def _path(control: UnknownPathAsked) -> str:
    return control.target.partition("/")[2]


def _telling(headers: dict[str, str]) -> tuple[str, ...]:
    return tuple(headers.get(name, "") for name in TELLING_HEADERS)


def _without_what_changes(body: str, names: Iterable[str]) -> str:
    """A body without request IDs, paths and numbers: a catch-all may repeat what it was asked for.

    The paths of both requests: a page that is the same for every path may name the hook all the same.
    """
    for name in names:
        body = body.replace(name, "#")
    return _CHANGING.sub("#", body)
