"""Where the checks draw their line on an image without the generated function: nobody follows a plan there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judging.evidence import ran, without_lines, without_records
from conformance.judging.expect import NotTestable, Observation, Outcome, Violation
from conformance.scenarios.scenarios import SHORT_TIMEOUT_S
from fixtures.history.events import Call, EngineEvent, HookGivenUp
from tests.conformance.builders import (
    AUTHOR,
    FULL,
    MS,
    OLD,
    SILENT,
    altered,
    conformant,
    log_line,
    rebilled,
    shifted,
    with_events,
    without,
)
from tests.conformance.checking import WRITTEN, outcome
from tests.conformance.faults import answered, lines_of

if TYPE_CHECKING:
    from fixtures.history.history import Exchange, History

CHECK_OF = {registered.requirement: name for name, registered in WRITTEN.items()}


def said(requirement: str, history: History) -> Outcome | None:
    assert not history.keeps_records
    return outcome(CHECK_OF[requirement], history)


def black_box(scenario: str) -> History:
    return without_records(conformant(FULL, scenario))


def the(history: History, call: Call, number: int = 0) -> Exchange:
    return history.exchanges(call)[number]


# ------------------------------------------------------------------------------------------------ what failed


def test_a_hook_that_succeeded_shows_nothing_of_what_follows_a_failure() -> None:
    for requirement in (
        "failing-hooks.freeze-follows",
        "failing-hooks.next-invocation-is-clean",
        "failing-hooks.what-the-runtime-answers",
    ):
        assert isinstance(said(requirement, black_box("hooks-flood-the-log")), NotTestable), requirement


def test_one_hook_that_failed_is_enough_to_judge_what_follows() -> None:
    history = black_box("hooks-throw")
    stop = the(history, Call.PRE_STOP)
    (end,) = lines_of(history, Call.PRE_STOP, stop.sent.request_id, "end")
    one = altered(history, stop.answer, status=200)
    one = altered(one, end, text=end.text.split(",")[0])
    assert said("failing-hooks.end-line-tells", one) is None
    assert isinstance(said("failing-hooks.what-the-runtime-answers", one), Observation)
    assert isinstance(said("failing-hooks.stop-follows", one), NotTestable)


def test_a_hook_whose_end_line_tells_an_error_has_failed_whatever_it_is_answered() -> None:
    history = black_box("hooks-throw")
    told = altered(history, the(history, Call.PRE_FREEZE).answer, status=200)
    assert said("failing-hooks.freeze-follows", told) is None
    assert isinstance(said("failing-hooks.freeze-follows", without_lines(told)), NotTestable)
    assert said("failing-hooks.freeze-follows", without_lines(history)) is None


@pytest.mark.parametrize("edge", ["start", "end"])
def test_an_end_line_is_asked_for_where_a_start_line_says_that_the_hook_was_begun(edge: str) -> None:
    """A server without the hook answers that it failed, and has nothing to write lines around."""
    history = black_box("hooks-throw")
    without_either = history
    for hook in (Call.PRE_FREEZE, Call.PRE_STOP):
        without_either = without(without_either, *lines_of(history, hook, the(history, hook).sent.request_id, edge))
    found = said("failing-hooks.end-line-tells", without_either)
    assert isinstance(found, NotTestable if edge == "start" else Violation)


@pytest.mark.parametrize("another", ["another", "z-another"])
def test_a_start_line_of_another_request_begins_no_hook(another: str) -> None:
    """Whether its ID sorts before the hook's or behind it."""
    history = black_box("hooks-throw")
    for hook in (Call.PRE_FREEZE, Call.PRE_STOP):
        (start,) = lines_of(history, hook, the(history, hook).sent.request_id, "start")
        history = altered(history, start, text=f"FC {hook.label} Start RequestId: {another}")
    assert isinstance(said("failing-hooks.end-line-tells", history), NotTestable)


def test_an_end_line_that_tells_an_error_is_no_proof_of_itself() -> None:
    history = black_box("hooks-throw")
    for hook in (Call.PRE_FREEZE, Call.PRE_STOP):
        history = altered(history, the(history, hook).answer, status=200)
    assert isinstance(said("failing-hooks.end-line-tells", history), NotTestable)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (404, {"x-fc-status": "404"}, None),
        (200, {"x-fc-status": "404"}, None),
        (500, {}, Observation),
        (200, {}, Violation),
        (200, {"x-fc-status": "200"}, Violation),
    ],
)
def test_an_invocation_whose_end_line_tells_an_error_has_to_be_answered_as_failed(
    status: int, headers: dict[str, str], expected: type[Outcome] | None
) -> None:
    history = black_box("failing-invocation")
    answer = the(history, Call.INVOKE, 1).answer
    found = said("failing-invocation.is-answered-as-failed", altered(history, answer, status=status, headers=headers))
    assert found is None if expected is None else isinstance(found, expected)


def test_an_invocation_that_is_answered_as_failed_shows_nothing_by_that_alone() -> None:
    history = without_lines(black_box("failing-invocation"))
    assert isinstance(said("failing-invocation.is-answered-as-failed", history), NotTestable)


@pytest.mark.parametrize(("status", "expected"), [(200, Observation), (199, Violation), (201, Violation)])
def test_an_invocation_after_a_failed_hook_has_the_status_of_the_one_before(
    status: int, expected: type[Outcome]
) -> None:
    history = without_lines(black_box("hooks-throw"))
    last = the(history, Call.INVOKE, 1)
    found = said("failing-hooks.next-invocation-is-clean", altered(history, last.answer, status=status, body="any"))
    assert isinstance(found, expected)


def test_no_answer_after_a_failed_hook_is_told_as_that_and_with_its_evidence() -> None:
    history = without_lines(black_box("hooks-throw"))
    last, hook = the(history, Call.INVOKE, 1), the(history, Call.PRE_FREEZE)
    found = said("failing-hooks.next-invocation-is-clean", without(history, last.answer))
    assert isinstance(found, Violation)
    assert found.seen == "no answer"
    assert found.evidence == (hook.sent, hook.answer, last.sent)


@pytest.mark.parametrize(("body", "status", "expected"), [("text", 200, None), ("4", 201, Violation)])
def test_an_invocation_after_a_failed_one_has_the_status_of_the_first_whatever_it_answers(
    body: str, status: int, expected: type[Outcome] | None
) -> None:
    history = without_lines(black_box("failing-invocation"))
    last = the(history, Call.INVOKE, 2)
    found = said("failing-invocation.next-invocation-is-clean", altered(history, last.answer, body=body, status=status))
    assert found is None if expected is None else isinstance(found, expected)


@pytest.mark.parametrize(
    ("took_ns", "judged"),
    [
        (SHORT_TIMEOUT_S * 1000 * MS - 1, False),
        (SHORT_TIMEOUT_S * 1000 * MS, True),
        (SHORT_TIMEOUT_S * 1000 * MS + 1, True),
    ],
)
def test_a_timeout_is_judged_by_hooks_that_reach_it(took_ns: int, judged: bool) -> None:
    history = without_lines(black_box("hooks-never-end"))
    for hook in (Call.PRE_FREEZE, Call.PRE_STOP):
        exchange = the(history, hook)
        assert exchange.answer is not None
        history = shifted(history, exchange.answer, by=exchange.sent.t + took_ns - exchange.answer.t)
    found = said("hooks.timeout-is-honoured", without(history, *history.of(HookGivenUp)))
    assert isinstance(found, Violation if judged else NotTestable)


# ------------------------------------------------------------------------------------------------ lines


def test_a_success_has_one_start_and_one_end_line() -> None:
    history = black_box("two-freezes")
    first, second = history.exchanges(Call.PRE_FREEZE)
    requirement = "logs.pre-freeze-start-and-end"
    assert said(requirement, history) is None
    for edge in ("Start", "End"):
        (line,) = lines_of(history, Call.PRE_FREEZE, second.sent.request_id, edge.lower())
        missing = said(requirement, without(history, line))
        assert isinstance(missing, Violation)
        assert f"one {edge} line of PreFreeze" in missing.expected
        assert first.sent.request_id in missing.seen
        assert isinstance(said(requirement, with_events(history, log_line(line.t, line.text))), Violation)
        strange = log_line(line.t, f"FC PreFreeze {edge} RequestId: another")
        assert isinstance(said(requirement, with_events(history, strange)), Violation)


def test_a_call_that_failed_may_leave_lines_or_none_but_not_twice() -> None:
    history = black_box("two-freezes")
    second = the(history, Call.PRE_FREEZE, 1)
    failed = altered(history, second.answer, status=404)
    lines = lines_of(history, Call.PRE_FREEZE, second.sent.request_id)
    assert said("logs.pre-freeze-start-and-end", failed) is None
    assert said("logs.pre-freeze-start-and-end", without(failed, *lines)) is None
    twice = with_events(failed, *(log_line(line.t, line.text) for line in lines))
    assert isinstance(said("logs.pre-freeze-start-and-end", twice), Violation)


@pytest.mark.parametrize(("edge", "expected"), [("start", Violation), ("end", None)])
def test_a_start_line_after_the_thaw_was_held_back_and_an_end_line_may_be_that_of_a_call_that_goes_on(
    edge: str, expected: type[Outcome] | None
) -> None:
    history = black_box("two-freezes")
    thaw = history.freezes()[0].thaw_begun
    assert thaw is not None
    (line,) = lines_of(history, Call.INVOKE, the(history, Call.INVOKE).sent.request_id, edge)
    found = said("logs.written-before-the-freeze", shifted(history, line, by=thaw.t + MS - line.t))
    assert found is None if expected is None else isinstance(found, expected)


def test_an_initializer_that_is_refused_needs_no_lines_and_one_that_succeeds_does() -> None:
    history = black_box("initializer")
    lines = [marker.line for marker in history.markers(Call.INITIALIZE)]
    assert isinstance(said("initializer.start-and-end", without(history, *lines)), Violation)
    refused = altered(history, the(history, Call.INITIALIZE).answer, status=404)
    assert isinstance(said("initializer.start-and-end", without(refused, *lines)), NotTestable)


@pytest.mark.parametrize(("after_its_end", "judged"), [(-1, True), (0, False), (1, False)])
def test_a_request_shows_what_runs_beside_what_where_it_came_before_the_end_of_another(
    after_its_end: int, judged: bool
) -> None:
    history = without_records(conformant(OLD, "two-at-once-anyway"))
    first, second = ran(history, Call.INVOKE)
    assert first.ended is not None
    request = the(history, Call.INVOKE, 1).sent
    assert request.request_id == second.request_id
    found = said("concurrency.one-at-a-time-is-kept", altered(history, request, t=first.ended + after_its_end))
    assert found is None if judged else isinstance(found, NotTestable)


def test_requests_that_came_one_after_the_other_show_nothing_of_what_runs_beside_what() -> None:
    history = without_records(conformant(FULL, "stop-without-freeze"))
    assert isinstance(said("concurrency.one-at-a-time-is-kept", history), NotTestable)


# ------------------------------------------------------------------------------------------------ answers and requests


def test_every_answer_is_looked_at_and_what_was_not_seen_is_said() -> None:
    history = black_box("two-freezes")
    held = said("instance.answers-every-invocation", history)
    assert isinstance(held, Observation)
    assert "not known" in held.seen
    second = the(history, Call.INVOKE, 1)
    assert isinstance(said("instance.answers-every-invocation", altered(history, second.answer, status=500)), Violation)


def test_a_hook_that_is_kept_is_asked_for_once() -> None:
    history = black_box("pre-stop-left-out")
    asked = the(history, Call.PRE_STOP).sent
    assert said("configuration.left-out-pre-stop-is-kept", history) is None
    again = altered(with_events(history, log_line(asked.t, "a line")), asked, exchange=77)
    twice = with_events(again, asked)
    found = said("configuration.left-out-pre-stop-is-kept", twice)
    assert isinstance(found, Violation)
    assert found.seen == "2"


def test_a_hook_that_was_set_to_nothing_is_judged_where_something_was_invoked() -> None:
    history = black_box("pre-stop-set-to-nothing")
    assert said("configuration.empty-handler-disables-pre-stop", history) is None
    failed = altered(history, the(history, Call.INVOKE).answer, status=500)
    assert isinstance(said("configuration.empty-handler-disables-pre-stop", failed), NotTestable)


def test_an_instance_without_a_server_is_judged_where_the_engine_has_started_it() -> None:
    history = without_records(conformant(SILENT, "single-run"))
    assert said("unsupported.no-web-server-still-stops", history) is None
    starts = [event for event in history.of(EngineEvent) if event.action == "start"]
    assert isinstance(said("unsupported.no-web-server-still-stops", without(history, *starts)), NotTestable)


@pytest.mark.parametrize("another", ["another", "z-another"])
def test_a_hook_is_refused_without_a_line_where_the_line_is_that_of_another_request(another: str) -> None:
    """Whether its ID sorts before the request's or behind it."""
    history = without_records(conformant(OLD, "uninvited-hooks"))
    probe = the(history, Call.PRE_STOP).sent
    requirement = "unsupported.java-core-below-1-4"
    assert said(requirement, history) is None
    line = log_line(probe.t + MS, f"FC PreStop Start RequestId: {another}")
    assert said(requirement, with_events(history, line)) is None
    own = log_line(probe.t + MS, f"FC PreStop Start RequestId: {probe.request_id}")
    assert isinstance(said(requirement, with_events(history, own)), Violation)


def test_an_author_who_writes_lines_himself_is_judged_by_them() -> None:
    history = rebilled(without_records(conformant(AUTHOR, "two-freezes")))
    assert said("pre-freeze.runs-before-every-freeze", history) is None
    assert answered(the(history, Call.PRE_FREEZE)).status == 200
