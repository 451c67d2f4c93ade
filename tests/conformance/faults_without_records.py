"""Faults that show in an image without the generated function: in its lines, in its answers, in what it is asked for.

Most of the other faults show there too. These are for the checks that look at something else where nothing tells them
what ran.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.history.events import Call, FreezeBegun, RequestSent, StopBegun
from tests.conformance.builders import (
    FULL,
    MS,
    OLD,
    PARTIAL,
    altered,
    log_line,
    records_of,
    shifted,
    with_events,
    without,
)
from tests.conformance.faults import (
    FAILED_INVOCATION,
    OVERLAPPING,
    TWO_ANYWAY,
    TWO_FREEZES,
    Fault,
    answered,
    lines_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.history.history import History
    from runtimes.subjects import Subject

MORE: list[Fault] = []


def fault(
    scenario: str, *, red: dict[str, str], subject: Subject = FULL
) -> Callable[[Callable[[History], History]], Callable[[History], History]]:
    """Put a change into :data:`MORE`. ``red``: what turns red on the least evidence that it can be judged by."""

    def register(change: Callable[[History], History]) -> Callable[[History], History]:
        MORE.append(Fault(change, scenario, red, frozenset(), subject))
        return change

    return register


def unseen(history: History, call: Call) -> History:
    """The call's code did not run, and nothing in the log says that it did."""
    (run, *_) = history.runs(call)
    return without(history, *records_of(run), *lines_of(history, call, run.start.request_id or ""))


def unasked(history: History, call: Call) -> History:
    """The platform did not ask for it."""
    (exchange, *_) = history.exchanges(call)
    return without(unseen(history, call), exchange.sent, exchange.answer)


def asked(history: History, call: Call, t: int) -> History:
    """The platform asked for it all the same."""
    request = RequestSent(
        t=t, exchange=99, call=call, request_id="nobody-wants-it", event=None, context={}, target=f"GET /{call}"
    )
    return with_events(history, request)


@fault("updated-in-the-console", red={"configuration.console-update-sets-hooks": "0"})
def an_update_sets_a_pre_freeze_that_does_not_run(history: History) -> History:
    return unseen(history, Call.PRE_FREEZE)


@fault("created-with-the-sdk", red={"configuration.sdk-creation-sets-hooks": "0"})
def a_creation_sets_a_pre_freeze_that_does_not_run(history: History) -> History:
    return unseen(history, Call.PRE_FREEZE)


@fault("pre-freeze-set-to-nothing", red={"configuration.empty-handler-disables-pre-freeze": "1 requests for it"})
def a_pre_freeze_is_asked_for_that_was_set_to_nothing(history: History) -> History:
    return asked(history, Call.PRE_FREEZE, history.of(FreezeBegun)[0].t - MS)


@fault("pre-stop-set-to-nothing", red={"configuration.empty-handler-disables-pre-stop": "1 requests for it"})
def a_pre_stop_is_asked_for_that_was_set_to_nothing(history: History) -> History:
    return asked(history, Call.PRE_STOP, history.of(StopBegun)[0].t - MS)


@fault("pre-stop-set-to-nothing", red={"configuration.left-out-pre-freeze-is-kept": "0"})
def a_pre_freeze_that_was_left_out_is_not_asked_for(history: History) -> History:
    return unasked(history, Call.PRE_FREEZE)


@fault("pre-stop-left-out", red={"configuration.left-out-pre-stop-is-kept": "0"})
def a_pre_stop_that_was_left_out_is_not_asked_for(history: History) -> History:
    return unasked(history, Call.PRE_STOP)


@fault(FAILED_INVOCATION, red={"failing-invocation.pre-freeze-runs-all-the-same": "0"})
def pre_freeze_leaves_no_line_after_a_failure(history: History) -> History:
    return unseen(history, Call.PRE_FREEZE)


@fault(TWO_FREEZES, red={"pre-freeze.runs-before-every-freeze": "none"})
def the_second_pre_freeze_leaves_no_line(history: History) -> History:
    run = history.runs(Call.PRE_FREEZE)[1]
    return without(history, *records_of(run), *lines_of(history, Call.PRE_FREEZE, run.start.request_id or ""))


@fault(TWO_FREEZES, red={"logs.pre-freeze-start-and-end": "PreFreeze did not run, or its lines are missing"})
def no_pre_freeze_leaves_a_line(history: History) -> History:
    lines = [marker.line for marker in history.markers(Call.PRE_FREEZE)]
    return without(history, *lines, *(event for run in history.runs(Call.PRE_FREEZE) for event in records_of(run)))


@fault(TWO_FREEZES, red={"hooks.path-is-known": "/pre-stop is answered like a path nobody knows: status 404"})
def the_path_of_pre_stop_is_as_unknown_as_any(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_STOP)[0]), status=404)


@fault(TWO_FREEZES, red={"logs.written-before-the-freeze": "FC Invoke Start"})
def a_start_line_comes_after_the_thaw(history: History) -> History:
    request_id = history.exchanges(Call.INVOKE)[0].sent.request_id
    thaw = history.freezes()[0].thaw_begun
    assert thaw is not None
    (line,) = lines_of(history, Call.INVOKE, request_id, "start")
    return shifted(history, line, by=thaw.t + MS - line.t)


@fault(OVERLAPPING, red={"pre-freeze.never-beside-an-invocation": "beside Invoke"})
def pre_freeze_leaves_its_start_line_before_an_invocation_has_ended(history: History) -> History:
    hook = history.runs(Call.PRE_FREEZE)[0]
    (line,) = lines_of(history, Call.PRE_FREEZE, hook.start.request_id or "", "start")
    last = max(run.end.t for run in history.runs(Call.INVOKE) if run.end is not None and run.end.t < hook.start.t)
    return shifted(history, line, by=last - MS - line.t)


@fault(TWO_ANYWAY, red={"concurrency.one-at-a-time-is-kept": "2 at once"}, subject=OLD)
def the_second_of_two_requests_begins_beside_the_first(history: History) -> History:
    first, second = history.exchanges(Call.INVOKE)
    (end,) = lines_of(history, Call.INVOKE, first.sent.request_id, "end")
    (start,) = lines_of(history, Call.INVOKE, second.sent.request_id, "start")
    return shifted(history, start, by=end.t - MS - start.t)


@fault("uninvited-hooks", red={"unsupported.java-core-below-1-4": "refused, 1 lines"}, subject=OLD)
def an_old_library_runs_pre_stop_and_refuses_it_all_the_same(history: History) -> History:
    (probe,) = history.exchanges(Call.PRE_STOP)
    return with_events(history, log_line(probe.sent.t + MS, f"FC PreStop Start RequestId: {probe.sent.request_id}"))


@fault("uninvited-hooks", red={"unsupported.java-core-below-1-4": "not refused, 0 lines"}, subject=OLD)
def an_old_library_answers_pre_freeze_as_if_it_had_run(history: History) -> History:
    return altered(history, answered(history.exchanges(Call.PRE_FREEZE)[0]), status=200)


@fault(TWO_FREEZES, red={"unsupported.pre-freeze-never-runs": "PreFreeze nobody-asked"}, subject=PARTIAL)
def a_pre_freeze_that_cannot_be_configured_leaves_lines(history: History) -> History:
    t = history.of(FreezeBegun)[0].t - 2 * MS
    edges = ("Start", "End")
    return with_events(
        history, *(log_line(t + n, f"FC PreFreeze {edge} RequestId: nobody-asked") for n, edge in enumerate(edges))
    )
