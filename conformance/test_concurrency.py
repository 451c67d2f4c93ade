"""Several requests in one instance: what runs beside what, and on which state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import no_worse, ran
from conformance.judging.expect import NotTestable, Observation, completed_freezes, describe, one_clock, require, seen
from conformance.judging.witnesses import by_processes
from conformance.scenarios.scenarios import BY_NAME
from fixtures.history.events import Call, CallerAsked, FunctionRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.history import History, Ran

AT_ONCE = ("overlapping-requests", "eight-at-once", "thirty-two-at-once")
PER_INVOCATION = 2
"""What one invocation adds to the function's counter."""


def most_at_once(runs: Sequence[Ran]) -> int:
    """The greatest number of runs that are under way at one moment."""
    edges = [(run.began, 1) for run in runs] + [(run.ended, -1) for run in runs if run.ended is not None]
    most = current = 0
    for _, step in sorted(edges):
        current += step
        most = max(most, current)
    return most


@judges("concurrency.declared-is-taken", on=AT_ONCE)
def test_as_many_requests_run_at_once_as_the_subject_declares(history: History) -> None:
    wanted = BY_NAME[history.scenario].requests_at_once
    runs = seen(history.runs(Call.INVOKE), "a run of the handler", at_least=wanted)
    most = most_at_once(runs)
    require(
        most >= wanted,
        expected=f"{wanted} requests under way at once in the instance, within the declared concurrency",
        seen=f"at most {most}",
        evidence=[run.start for run in runs],
    )


@judges("concurrency.one-at-a-time-is-kept", on=("two-at-once-anyway",))
def test_a_subject_that_takes_one_request_at_a_time_runs_one_at_a_time(history: History) -> None:
    runs = seen(ran(history, Call.INVOKE), "a run of the handler", at_least=2)
    if not history.keeps_records:
        _second_came_while_the_first_ran(history, runs)
    require(
        most_at_once(runs) == 1,
        expected="one request under way at a time, as declared",
        seen=f"{most_at_once(runs)} at once: {', '.join(map(describe, runs))}",
        evidence=[run.start for run in runs],
    )


def _second_came_while_the_first_ran(history: History, runs: Sequence[Ran]) -> None:
    """A handler that follows no plan may be done before there is anything that it could run beside."""
    first, second = runs[:2]
    sent = {exchange.sent.request_id: exchange.sent.t for exchange in history.exchanges(Call.INVOKE)}
    if first.ended is None or sent.get(second.request_id or "", first.ended) >= first.ended:
        raise NotTestable(
            expected="a request that is sent while another one is under way in the instance",
            seen="the first had ended",
            evidence=(first.start, first.end, second.start),
        )


@judges("concurrency.function-is-loaded-once", on=AT_ONCE)
def test_first_requests_at_the_same_time_load_the_function_once(history: History) -> None:
    loaded = seen(
        [record for record in history.of(FunctionRecord) if record.edge == "loaded"],
        "the function's word that it is loaded",
    )
    seen(history.runs(Call.INVOKE), "a run of the handler", at_least=2)
    require(
        len(loaded) == 1,
        expected="the function to be loaded once",
        seen=f"{len(loaded)} times{by_processes(loaded)}",
        evidence=loaded,
    )


@judges("concurrency.requests-share-the-state", on=("eight-at-once", "thirty-two-at-once", "staggered-requests"))
def test_overlapping_requests_work_on_one_state(history: History) -> None:
    answers = seen(history.caller_answers(), "a response", at_least=2)
    wanted = [PER_INVOCATION * number for number in range(1, len(answers) + 1)]
    found = sorted(int(answer.body) if answer.body.isdigit() else -1 for answer in answers)
    require(
        found == wanted,
        expected=f"the counter's values {', '.join(map(str, wanted))}, each in one response",
        seen=", ".join(sorted(answer.body[:20] for answer in answers)),
        evidence=answers,
    )


@judges("pre-freeze.again-after-it-was-overtaken", on=("request-while-pre-freeze-runs",))
def test_pre_freeze_runs_again_when_a_request_has_overtaken_it(history: History) -> None:
    one_clock(history)
    freeze = completed_freezes(history)[0]
    last = seen(history.caller_answers(), "a response", at_least=2)[-1]
    runs = seen(ran(history, Call.PRE_FREEZE), "a run of PreFreeze")
    after = [run for run in runs if last.t <= run.began < freeze.begun.t and run.whole]
    require(
        len(after) == 1,
        expected="one run of PreFreeze between the last response and the freeze",
        seen=f"{len(after)}",
        evidence=(last, *(run.start for run in after), freeze.begun),
    )


@judges("invoke.served-while-pre-freeze-runs", on=("request-while-pre-freeze-runs",))
def test_a_request_that_arrives_while_pre_freeze_runs_is_served(history: History) -> None:
    one_clock(history)
    hook = seen(history.runs(Call.PRE_FREEZE), "a run of PreFreeze")[0]
    arrived = [exchange for exchange in history.exchanges(Call.INVOKE) if exchange.sent.t > hook.start.t]
    request = seen(arrived, "a request that arrives after PreFreeze has started")[0]
    if request.answered is None:
        raise NotTestable(expected="an answer to it", seen="none", evidence=(request.sent, request.answer))
    run = next((run for run in history.runs(Call.INVOKE) if run.start.request_id == request.sent.request_id), None)
    if run is None or hook.end is None:
        raise NotTestable(expected="the handler's run and PreFreeze's end", seen="not both", evidence=(hook.start,))
    beside = run.start.t < hook.end.t
    raise Observation(
        "the handler ran beside PreFreeze" if beside else "the handler ran after PreFreeze had ended",
        evidence=(hook.start, run.start, hook.end),
    )


@judges("invoke.thaws-a-frozen-instance", on=("request-while-frozen", "slow-pre-freeze"))
def test_a_request_that_arrives_while_frozen_is_served_once_by_the_same_instance(history: History) -> None:
    one_clock(history)
    first = completed_freezes(history)[0]
    assert first.frozen is not None
    assert first.thaw_begun is not None
    low, high = first.frozen.t, first.thaw_begun.t
    # A platform may send the request to the instance while that is frozen: then it is known by its caller.
    asked = {event.request_id for event in history.of(CallerAsked) if low < event.t <= high}
    thawed_for = [
        exchange
        for exchange in history.exchanges(Call.INVOKE)
        if exchange.sent.t > high or exchange.sent.request_id in asked
    ]
    request = seen(thawed_for, "the request that the instance was thawed for")[0]
    runs = [run for run in ran(history, Call.INVOKE) if run.request_id == request.sent.request_id]
    answered = no_worse(request, history.exchanges(Call.INVOKE)[0])
    require(
        len(runs) == 1 and answered,
        expected="one run of the handler for the request, and its answer",
        seen=f"{len(runs)} runs, {'answered' if answered else 'no successful answer'}",
        evidence=(first.thaw_begun, request.sent, request.answer, *(run.start for run in runs)),
    )
