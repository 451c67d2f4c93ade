"""A hook's answer held against that to a path that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.judging.evidence import without_lines, without_records
from conformance.judging.expect import NotTestable, Violation
from conformance.test_paths import test_the_path_of_a_hook_leads_to_the_hook as judge_the_path
from fixtures.history.events import HOOKS, Call, UnknownPathAsked
from tests.conformance.builders import BASE, FULL, MS, altered, conformant, with_events, without
from tests.conformance.faults import answered

if TYPE_CHECKING:
    from fixtures.history.history import History

PATH = "0123abcd4567"
HTML = {"content-type": "text/html", "date": "now"}


def seen_from_outside(control: UnknownPathAsked | None, **answer: Any) -> History:
    """Two freezes of an image that writes no lines; every hook is answered with ``answer``."""
    history = without_lines(without_records(conformant(FULL, "two-freezes")))
    for hook in HOOKS:
        for number, _ in enumerate(history.exchanges(hook)):
            history = altered(history, answered(history.exchanges(hook)[number]), **answer)
    return history if control is None else with_events(history, control)


def control(**more: Any) -> UnknownPathAsked:
    return UnknownPathAsked(t=BASE + 320 * MS, target=f"GET /{PATH}", request_id="the-control", **more)


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        ({"status": 200, "headers": HTML, "body": "ok"}, {"status": 200, "headers": HTML, "body": "ok"}),
        ({"status": 200, "headers": {"date": "then"}, "body": ""}, {"status": 200, "headers": {}, "body": ""}),
        ({"status": 200, "headers": {}, "body": "ok 17"}, {"status": 200, "headers": {}, "body": "ok 4"}),
        (
            {"status": 200, "headers": {}, "body": "you asked for something"},
            {"status": 200, "headers": {}, "body": "you asked for something"},
        ),
    ],
)
def test_a_success_like_that_of_an_unknown_path_is_a_catch_alls(
    answer: dict[str, Any], unknown: dict[str, Any]
) -> None:
    history = seen_from_outside(control(**unknown), **answer)
    with pytest.raises(Violation) as raised:
        judge_the_path(history)
    assert "/pre-freeze is answered like a path nobody knows: your server has a catch-all" in raised.value.seen
    assert raised.value.expected == "GET /pre-freeze to be answered otherwise than a path that nobody knows"
    first, asked = history.exchanges(Call.PRE_FREEZE)[0], history.of(UnknownPathAsked)[0]
    assert list(map(id, raised.value.evidence)) == list(map(id, (first.sent, first.answer, asked)))


@pytest.mark.parametrize("path", [PATH, "nobody-knows-this"])
def test_a_catch_all_that_repeats_path_and_request_id_is_one_all_the_same(path: str) -> None:
    asked = UnknownPathAsked(
        t=BASE + 320 * MS, target=f"GET /{path}", request_id="the-control", status=200, body=f"/{path} the-control"
    )
    history = seen_from_outside(asked, status=200, headers={})
    for hook in HOOKS:
        for exchange in history.exchanges(hook):
            body = f"/{hook} {exchange.sent.request_id}"
            history = altered(history, exchange.answer, body=body)
    with pytest.raises(Violation):
        judge_the_path(history)


def test_a_failure_like_that_of_an_unknown_path_is_of_a_server_that_does_not_know_the_hook() -> None:
    with pytest.raises(Violation, match=r"status 404; your server does not know the hook"):
        judge_the_path(seen_from_outside(control(status=404, body="no"), status=404, headers={}, body="no"))


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 204, "headers": HTML, "body": "ok"},
        {"status": 200, "headers": {"content-type": "text/plain"}, "body": "ok"},
        {"status": 200, "headers": {**HTML, "x-fc-status": "200"}, "body": "ok"},
        {"status": 200, "headers": HTML, "body": "flushed"},
    ],
)
def test_an_answer_that_differs_from_that_to_an_unknown_path_shows_a_path_that_is_known(answer: dict[str, Any]) -> None:
    judge_the_path(seen_from_outside(control(status=200, headers=HTML, body="ok"), **answer))


def test_each_hook_is_held_against_the_control() -> None:
    history = seen_from_outside(control(status=404), status=200, headers={}, body="")
    stop = history.exchanges(Call.PRE_STOP)[0]
    with pytest.raises(Violation, match=r"/pre-stop is answered like"):
        judge_the_path(altered(history, stop.answer, status=404))


def test_one_answer_of_its_own_is_enough() -> None:
    history = seen_from_outside(control(status=404), status=404, headers={}, body="")
    for hook in HOOKS:
        history = altered(history, history.exchanges(hook)[0].answer, status=200)
    judge_the_path(history)


def test_a_hook_that_leaves_a_line_is_known_however_it_is_answered() -> None:
    history = with_events(
        without_records(conformant(FULL, "two-freezes")), control(status=200, headers={"content-length": "0"})
    )
    judge_the_path(history)
    lines = [marker.line for marker in history.markers(Call.PRE_STOP)]
    with pytest.raises(Violation, match=r"/pre-stop is answered like"):
        judge_the_path(without(history, *lines))


@pytest.mark.parametrize("held_against", [None, control(why="the connection ended")])
def test_without_an_answer_to_the_control_nothing_is_said(held_against: UnknownPathAsked | None) -> None:
    with pytest.raises(NotTestable):
        judge_the_path(seen_from_outside(held_against, status=200))


def test_a_page_that_is_the_same_for_every_path_may_name_the_hook() -> None:
    """Seen: a web server that was not configured for PHP sent out the source, in which the hook's route stands."""
    page = "case 'GET /pre-freeze': and 'GET /pre-stop':"
    with pytest.raises(Violation):
        judge_the_path(seen_from_outside(control(status=200, body=page), status=200, headers={}, body=page))
