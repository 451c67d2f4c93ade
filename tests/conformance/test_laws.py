"""The laws on hand-written Histories of a sequence with something of everything: kept, and broken one at a time.

``tests/sequences`` shows what generated sequences find; here no clock of the machine has a part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance import test_sequences
from conformance.judging.expect import NotTestable, Observation, Violation
from conformance.laws import laws
from conformance.scenarios.sequences import (
    CallSequence,
    Freeze,
    Invoke,
    Overlap,
    RequestWhilePreFreezeRuns,
    Thaw,
    scenario,
)
from fixtures.history.events import (
    Billed,
    Call,
    CallerAnswered,
    FreezeBegun,
    FunctionRecord,
    HookConfigured,
    LogLine,
    RequestSent,
    StartBegun,
    StopBegun,
    ThawBegun,
    Tick,
)
from fixtures.history.history import Trouble
from tests.conformance.builders import (
    FULL,
    MS,
    PARTIAL,
    Story,
    a_run,
    altered,
    log_line,
    moved,
    rebilled,
    records_of,
    shifted,
    with_events,
    without,
    without_any,
)
from tests.conformance.faults import answered, duplicated, end_of, lines_of
from tests.conformance.test_close_calls import spelled_anew
from tests.sequences.every_step import EVERY_STEP

if TYPE_CHECKING:
    from conformance.laws.laws import Law
    from fixtures.history.events import AnyEvent
    from fixtures.history.history import Exchange, History, Run
    from runtimes.subjects import Subject

EVERY = (*laws.MUST, *laws.SHOULD)


@cache
def _played(name: str, sequence: CallSequence) -> History:
    story = Story(next(one for one in (FULL, PARTIAL) if one.name == name), scenario("sequence-of-a-test", sequence))
    story.play()
    return story.history()


def played(sequence: CallSequence = EVERY_STEP, of: Subject = FULL) -> History:
    """The History of a subject that does everything right in ``sequence``."""
    return _played(of.name, sequence)


def broken(history: History) -> dict[str, Violation]:
    """By requirement, the first law that ``history`` breaks."""
    found: dict[str, Violation] = {}
    for finding in laws.findings(history, EVERY):
        if isinstance(finding.outcome, Violation):
            found.setdefault(finding.law.requirement, finding.outcome)
    return found


def blind(history: History) -> set[str]:
    """The requirements of laws that are due and see nothing."""
    return {one.law.requirement for one in laws.findings(history, EVERY) if isinstance(one.outcome, NotTestable)}


# ------------------------------------------------------------------------------------------------ kept


@pytest.mark.parametrize("of", [FULL, PARTIAL], ids=lambda of: of.name)
@pytest.mark.parametrize(
    "sequence",
    [EVERY_STEP, CallSequence((Invoke(),)), CallSequence((Freeze(),)), CallSequence((Freeze(), Thaw(), Freeze()))],
    ids=["everything", "invoke", "freeze", "freeze twice"],
)
def test_a_sound_subject_keeps_every_law(sequence: CallSequence, of: Subject) -> None:
    if of is PARTIAL and sequence is EVERY_STEP:
        sequence = CallSequence(
            tuple(step for step in sequence.steps if not isinstance(step, RequestWhilePreFreezeRuns))
        )
    for history in (played(sequence, of), spelled_anew(played(sequence, of))):
        for finding in laws.findings(history, EVERY):
            assert finding.outcome is None, (finding.law.requirement, finding.outcome)


def test_every_law_is_due_where_everything_happened() -> None:
    assert [one.law for one in laws.findings(played(), EVERY)] == list(EVERY)
    assert laws.judge(played(), laws.MUST) == [law.requirement for law in laws.MUST]


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        (lambda _: True, {"instance.becomes-ready", "instance.answers-every-invocation"}),
        (
            lambda event: not isinstance(event, StartBegun),
            {"instance.becomes-ready", "instance.answers-every-invocation"},
        ),
        (
            lambda event: not isinstance(event, Billed),
            {"instance.becomes-ready", "instance.answers-every-invocation", "metering.one-millisecond"},
        ),
        (
            lambda event: not isinstance(event, StopBegun),
            {"instance.becomes-ready", "instance.answers-every-invocation", "instance.ends-on-sigterm"},
        ),
        (
            lambda event: not isinstance(event, StopBegun | ThawBegun),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "instance.ends-on-sigterm",
                "freeze.runs-on-after-the-thaw",
                "freeze.time-runs-once",
            },
        ),
        (
            lambda event: not isinstance(event, FreezeBegun),
            {"instance.becomes-ready", "instance.answers-every-invocation", "freeze.nothing-runs"},
        ),
        (
            lambda event: not isinstance(event, FreezeBegun | Billed),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "freeze.nothing-runs",
                "metering.one-millisecond",
                "metering.frozen-time-is-free",
            },
        ),
        (
            lambda event: not isinstance(event, FreezeBegun | HookConfigured),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "freeze.nothing-runs",
                "pre-freeze.runs-before-every-freeze",
                "pre-freeze.once-per-freeze",
                "pre-freeze.finished-before-the-freeze",
            },
        ),
        (
            lambda event: not isinstance(event, StopBegun | HookConfigured),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "instance.ends-on-sigterm",
                "pre-stop.runs-before-the-stop",
                "pre-stop.runs-once",
                "pre-stop.finished-before-the-stop",
                "pre-stop.no-event",
                "logs.pre-stop-start-and-end",
            },
        ),
        (
            lambda event: not (isinstance(event, RequestSent) and event.call is Call.INVOKE),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "invoke.event-as-sent",
                "state.pre-freeze-shares-it",
                "invoke.context-request-id",
                "logs.invoke-start-and-end",
                "failing-invocation.end-line-tells",
            },
        ),
        (
            lambda event: not (isinstance(event, RequestSent) and event.call is Call.PRE_FREEZE),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "pre-freeze.no-event",
                "hooks.each-on-its-own-request",
                "state.pre-freeze-shares-it",
                "logs.pre-freeze-start-and-end",
                "invoke.context-request-id",
            },
        ),
        (
            lambda event: (
                not ((isinstance(event, RequestSent) and event.call is Call.PRE_STOP) or isinstance(event, Billed))
            ),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "hooks.each-on-its-own-request",
                "state.pre-freeze-shares-it",
                "invoke.context-request-id",
                "metering.one-millisecond",
                "metering.hooks-are-no-requests",
            },
        ),
        (
            lambda event: (
                not (
                    (isinstance(event, HookConfigured) and event.hook is Call.PRE_STOP)
                    or isinstance(event, StopBegun)
                    or (isinstance(event, RequestSent) and event.call is Call.PRE_FREEZE)
                )
            ),
            {
                "instance.becomes-ready",
                "instance.answers-every-invocation",
                "instance.ends-on-sigterm",
                "pre-freeze.no-event",
                "pre-stop.runs-before-the-stop",
                "pre-stop.runs-once",
                "pre-stop.comes-last",
                "pre-stop.finished-before-the-stop",
                "pre-stop.no-event",
                "hooks.each-on-its-own-request",
                "state.pre-freeze-shares-it",
                "logs.pre-freeze-start-and-end",
                "logs.pre-stop-start-and-end",
                "invoke.context-request-id",
            },
        ),
    ],
    ids=[
        "nothing",
        "a start",
        "a bill",
        "a stop",
        "a thaw and a stop",
        "a freeze",
        "a bill and a freeze",
        "PreFreeze and a freeze",
        "PreStop and a stop",
        "invocations",
        "PreFreeze",
        "PreStop and a bill",
        "PreFreeze and a stop",
    ],
)
def test_a_law_is_due_by_what_the_driver_did(missing: Callable[[object], bool], left: set[str]) -> None:
    history = without_any(played(), missing)
    assert {law.requirement for law in EVERY if law.due(history)} == left


@pytest.mark.parametrize(
    ("kept", "due"),
    [
        ((Call.INVOKE, Call.PRE_FREEZE), True),
        ((Call.PRE_FREEZE,), False),
        ((Call.INVOKE,), False),
        ((), False),
    ],
    ids=["both", "PreFreeze only", "invocations only", "neither"],
)
def test_laws_about_pre_freeze_and_an_invocation_need_both(kept: tuple[Call, ...], due: bool) -> None:
    history = without_any(played(), lambda event: isinstance(event, RequestSent) and event.call not in kept)
    found = {law.requirement for law in EVERY if law.due(history)}
    assert ({"pre-freeze.after-the-last-response", "pre-freeze.never-beside-an-invocation"} <= found) is due


def test_laws_about_pre_freeze_and_an_invocation_need_an_invocation_before_the_last_pre_freeze() -> None:
    history = played(CallSequence((Freeze(), Thaw(), Invoke())))
    found = {law.requirement for law in EVERY if law.due(history)}
    assert not {"pre-freeze.after-the-last-response", "pre-freeze.never-beside-an-invocation"} & found
    for steps in ((Freeze(), Thaw(), Invoke(), Freeze()), (Invoke(), Freeze(), Thaw(), Invoke())):
        found = {law.requirement for law in EVERY if law.due(played(CallSequence(steps)))}
        assert {"pre-freeze.after-the-last-response", "pre-freeze.never-beside-an-invocation"} <= found


# ------------------------------------------------------------------------------------------------ broken


@dataclass(frozen=True)
class Break:
    """One change of the History with everything, and the laws that it breaks, each with a piece of its words."""

    change: Callable[[History], History]
    red: dict[str, str]
    sequence: CallSequence = EVERY_STEP


BREAKS: list[Break] = []


def breaks(
    red: dict[str, str], sequence: CallSequence = EVERY_STEP
) -> Callable[[Callable[[History], History]], Callable[[History], History]]:
    def register(change: Callable[[History], History]) -> Callable[[History], History]:
        BREAKS.append(Break(change, red, sequence))
        return change

    return register


def invocation(history: History, *, failing: bool, number: int = 0) -> tuple[Exchange, Run]:
    """An invocation that was planned to fail, or one that was not, and its run."""
    found = [one for one in history.exchanges(Call.INVOKE) if laws.planned_to_fail(one) is failing][number]
    (run,) = (run for run in history.runs(Call.INVOKE) if run.start.request_id == found.sent.request_id)
    return found, run


@breaks(
    {
        "pre-freeze.runs-before-every-freeze": "freeze 2",
        "logs.pre-freeze-start-and-end": "Start line",
        "state.pre-freeze-shares-it": "the counter at",
    }
)
def pre_freeze_does_not_run_before_a_freeze_that_follows_a_freeze(history: History) -> History:
    run = history.runs(Call.PRE_FREEZE)[-2]
    return rebilled(without(history, *records_of(run)))


@breaks(
    {
        "pre-freeze.runs-before-every-freeze": "never ended",
        "pre-freeze.finished-before-the-freeze": "ended",
        "state.pre-freeze-shares-it": "the counter at",
    }
)
def pre_freeze_does_not_end(history: History) -> History:
    return without(history, end_of(history, Call.PRE_FREEZE, -1))


@breaks({"pre-freeze.once-per-freeze": "freeze 1", "state.pre-freeze-shares-it": "the counter at"})
def pre_freeze_runs_twice_for_the_first_freeze(history: History) -> History:
    return duplicated(history, Call.PRE_FREEZE, 1)


@breaks(
    {
        "pre-freeze.never-beside-an-invocation": "Invoke",
        "pre-stop.comes-last": "Invoke",
        "instance.answers-every-invocation": "no answer",
    }
)
def a_failing_invocation_is_never_answered(history: History) -> History:
    exchange, _ = invocation(history, failing=True)
    return rebilled(without(history, answered(exchange)))


@breaks({"pre-freeze.never-beside-an-invocation": "Invoke"})
def an_invocation_works_on_beside_pre_freeze(history: History) -> History:
    _, run = invocation(history, failing=False, number=1)
    assert run.end is not None
    return shifted(history, run.end, by=history.runs(Call.PRE_FREEZE)[0].start.t + MS // 2 - run.end.t)


@breaks({"instance.answers-every-invocation": "which fails", "state.pre-freeze-shares-it": "the counter at"})
def an_invocation_that_was_to_fail_comes_to_an_end(history: History) -> History:
    exchange, run = invocation(history, failing=True)
    assert exchange.answer is not None
    end = FunctionRecord(
        t=exchange.answer.t - 1,
        read_t=exchange.answer.t,
        edge="end",
        call=Call.INVOKE,
        request_id=run.start.request_id,
        counter=run.start.counter,
    )
    return with_events(history, end)


@breaks({"instance.answers-every-invocation": "says that the function failed"})
def a_failed_invocation_is_answered_as_a_success(history: History) -> History:
    exchange, _ = invocation(history, failing=True)
    return altered(history, answered(exchange), status=200, headers={"x-fc-status": "200"})


@breaks({"instance.answers-every-invocation": "success and"})
def an_invocation_is_answered_as_a_failure(history: History) -> History:
    exchange, _ = invocation(history, failing=False)
    return altered(history, answered(exchange), status=500)


@breaks({"instance.answers-every-invocation": "'0'"})
def an_invocation_is_answered_with_less(history: History) -> History:
    exchange, _ = invocation(history, failing=False)
    return altered(history, answered(exchange), body="0")


@breaks({"instance.answers-every-invocation": "'zz'"})
def an_invocation_is_answered_with_more(history: History) -> History:
    exchange, _ = invocation(history, failing=False)
    return altered(history, answered(exchange), body="zz")


@breaks({"instance.answers-every-invocation": "no answer"})
def an_invocation_is_not_answered(history: History) -> History:
    exchange, _ = invocation(history, failing=False, number=3)
    return rebilled(without(history, answered(exchange)))


@breaks({"instance.answers-every-invocation": "none", "logs.invoke-start-and-end": "Invoke"})
def a_failing_invocation_does_not_run(history: History) -> History:
    _, run = invocation(history, failing=True)
    return without(history, run.start)


@breaks({"instance.answers-every-invocation": "Invoke", "logs.invoke-start-and-end": "Invoke"})
def a_failing_invocation_runs_twice(history: History) -> History:
    _, run = invocation(history, failing=True)
    return with_events(history, moved(run.start, 1))


@breaks({"instance.answers-every-invocation": "it ended"})
def the_instance_ends_by_itself(history: History) -> History:
    return msgspec.structs.replace(history, trouble=Trouble("subject", "it ended", "container c"))


@breaks({"state.pre-freeze-shares-it": "the counter at 0"})
def the_first_run_begins_with_another_counter(history: History) -> History:
    return altered(history, min((run.start for run in history.runs(Call.INVOKE)), key=lambda one: one.t), counter=1)


@breaks({"state.pre-freeze-shares-it": "None at the start"})
def a_run_has_no_counter(history: History) -> History:
    return altered(history, history.runs(Call.PRE_STOP)[0].start, counter=None)


@breaks({"state.pre-freeze-shares-it": "at the start of PreStop"})
def pre_stop_finds_one_more(history: History) -> History:
    start = history.runs(Call.PRE_STOP)[0].start
    assert start.counter is not None
    return altered(history, start, counter=start.counter + 1)


@breaks({"state.pre-freeze-shares-it": "at the start of PreStop"})
def pre_stop_finds_one_less(history: History) -> History:
    start = history.runs(Call.PRE_STOP)[0].start
    assert start.counter is not None
    return altered(history, start, counter=start.counter - 1)


@breaks({"state.pre-freeze-shares-it": "at the end of PreStop"})
def pre_stop_adds_something(history: History) -> History:
    end = end_of(history, Call.PRE_STOP, 0)
    assert end.counter is not None
    return altered(history, end, counter=end.counter + 1)


@breaks({"state.pre-freeze-shares-it": "at the end of PreFreeze"})
def pre_freeze_adds_nothing(history: History) -> History:
    run = history.runs(Call.PRE_FREEZE)[-1]
    return altered(history, run.end, counter=run.start.counter)


@breaks({"state.pre-freeze-shares-it": "at the end of PreFreeze"})
def pre_freeze_adds_two(history: History) -> History:
    run = history.runs(Call.PRE_FREEZE)[-1]
    assert run.start.counter is not None
    return altered(history, run.end, counter=run.start.counter + 2)


@breaks({"state.pre-freeze-shares-it": "at the end of Invoke"}, CallSequence((Invoke(), Freeze())))
def an_invocation_adds_one(history: History) -> History:
    return altered(history, end_of(history, Call.INVOKE, 0), counter=1)


@breaks(
    {"state.pre-freeze-shares-it": "the value 2 more than once"},
    CallSequence((Overlap((Invoke(60), Invoke(60))),)),
)
def two_overlapping_invocations_read_one_value(history: History) -> History:
    return altered(history, end_of(history, Call.INVOKE, 1), counter=2)


@breaks(
    {
        "invoke.context-request-id": "1 records or lines",
        "hooks.each-on-its-own-request": "nobody",
        "pre-stop.comes-last": "nobody",
        "logs.pre-freeze-start-and-end": "Start line",
    }
)
def a_run_has_an_id_that_nobody_sent(history: History) -> History:
    run, _ = a_run(Call.PRE_FREEZE, "nobody", history.runs(Call.PRE_STOP)[0].start.t - MS)
    return with_events(history, msgspec.structs.replace(run, counter=history.runs(Call.PRE_STOP)[0].start.counter))


@breaks({"invoke.context-request-id": "1 records or lines", "logs.pre-stop-start-and-end": "PreStop"})
def a_line_has_an_id_that_nobody_sent(history: History) -> History:
    return with_events(history, log_line(history.of(StopBegun)[0].t - MS, "FC PreStop Start RequestId: nobody"))


@breaks({"failing-invocation.end-line-tells": "with an error"})
def the_end_line_of_a_failure_tells_nothing(history: History) -> History:
    exchange, _ = invocation(history, failing=True)
    (end,) = lines_of(history, Call.INVOKE, exchange.sent.request_id, "end")
    return altered(history, end, text=end.text.partition(",")[0])


@breaks({"failing-invocation.end-line-tells": "without an error"})
def the_end_line_of_a_success_tells_an_error(history: History) -> History:
    exchange, _ = invocation(history, failing=False)
    (end,) = lines_of(history, Call.INVOKE, exchange.sent.request_id, "end")
    return altered(history, end, text=f"{end.text}, Error: Unhandled function error")


@breaks({"metering.one-millisecond": "ms", "metering.hooks-are-no-requests": "0"})
def the_bill_is_another(history: History) -> History:
    return altered(history, history.of(Billed)[0], billed_ms=history.of(Billed)[0].billed_ms + 2, requests=0)


@breaks({"pre-freeze.runs-before-every-freeze": "took", "pre-freeze.finished-before-the-freeze": "took"})
def pre_freeze_ends_after_the_freeze_has_begun(history: History) -> History:
    end = end_of(history, Call.PRE_FREEZE, -1)
    return shifted(history, end, by=history.freezes()[-1].begun.t + MS - end.t)


@breaks(
    {"instance.answers-every-invocation": "from its start to its end", "state.pre-freeze-shares-it": "the counter at"}
)
def an_invocation_that_was_not_to_fail_leaves_no_end(history: History) -> History:
    _, run = invocation(history, failing=False, number=3)
    return without(history, run.end)


@pytest.mark.parametrize("one", BREAKS, ids=[one.change.__name__ for one in BREAKS])
def test_a_break_is_found_by_its_laws_and_by_no_other(one: Break) -> None:
    history = one.change(played(one.sequence))
    found = broken(history)
    assert set(found) == set(one.red)
    for requirement, piece in one.red.items():
        assert piece in str(found[requirement])
        events = found[requirement].evidence
        assert all(any(event is known for known in history.events) for event in events)
        assert events or requirement == "instance.answers-every-invocation"


# ------------------------------------------------------------------------------------------------ judged


def test_what_is_planned_to_fail_is_told_from_the_event() -> None:
    exchange, _ = invocation(played(), failing=False)
    for event, fails in (
        ('{"fail": true}', True),
        ('{"fail": "throw"}', True),
        ('{"fail": false}', False),
        ("{}", False),
        ("[]", False),
        ('"fail"', False),
        ("no JSON", False),
        ("", False),
        (None, False),
    ):
        sent = msgspec.structs.replace(exchange.sent, event=event)
        assert laws.planned_to_fail(type(exchange)(sent, None)) is fails


def _law(requirement: str, outcome: Violation | NotTestable | None, *, due: bool = True) -> Law:
    def judge(_: History) -> None:
        if outcome is not None:
            raise outcome

    return laws.Law(requirement, lambda _: due, judge)


def test_all_broken_laws_are_named_and_only_they() -> None:
    events = played().events
    first = Violation(expected="this", seen="that", evidence=events[:1])
    second = Violation(expected="one", seen="none", evidence=events[1:3])
    unseen = NotTestable(expected="more", seen="less")
    with pytest.raises(Violation) as raised:
        laws.judge(played(), [_law("a", first), _law("b", None), _law("c", unseen), _law("d", second)])
    assert raised.value.expected == "a: this; d: one"
    assert raised.value.seen == "a: that; d: none"
    assert raised.value.evidence == events[:3]


def test_laws_that_saw_nothing_are_named_where_none_is_broken() -> None:
    unseen = NotTestable(expected="more", seen="less")
    with pytest.raises(NotTestable) as raised:
        laws.judge(played(), [_law("a", None), _law("b", unseen)])
    assert (raised.value.expected, raised.value.seen) == ("b: more", "b: less")


def test_a_law_that_is_not_due_says_nothing() -> None:
    wrong = Violation(expected="this", seen="that")
    assert laws.judge(played(), [_law("a", wrong, due=False), _law("b", None), _law("c", None)]) == ["b", "c"]
    with pytest.raises(NotTestable, match="something that a law can look at"):
        laws.judge(played(), [_law("a", wrong, due=False)])


@pytest.mark.parametrize(
    ("gone", "requirements"),
    [
        (lambda event: isinstance(event, Tick), {"freeze.nothing-runs", "freeze.runs-on-after-the-thaw"}),
        (
            lambda event: isinstance(event, FunctionRecord) and event.call is Call.PRE_FREEZE,
            {"pre-freeze.never-beside-an-invocation", "pre-freeze.after-the-last-response", "pre-freeze.no-event"},
        ),
        (lambda event: isinstance(event, FunctionRecord), {"state.pre-freeze-shares-it"}),
        (lambda event: isinstance(event, LogLine) and " End " in event.text, {"failing-invocation.end-line-tells"}),
        (lambda event: isinstance(event, CallerAnswered), {"pre-freeze.after-the-last-response"}),
    ],
    ids=["beats", "runs of PreFreeze", "records", "End lines", "responses"],
)
def test_a_law_that_is_due_and_sees_nothing_says_so(gone: Callable[[object], bool], requirements: set[str]) -> None:
    assert requirements <= blind(without_any(played(), gone))


ON_ONE_CLOCK = {
    "pre-freeze.runs-before-every-freeze",
    "pre-freeze.once-per-freeze",
    "pre-freeze.never-beside-an-invocation",
    "state.pre-freeze-shares-it",
    "freeze.nothing-runs",
    "freeze.runs-on-after-the-thaw",
}


def test_a_law_that_compares_two_clocks_needs_the_proof_that_they_are_one() -> None:
    history = played()
    other = msgspec.structs.replace(history, clock=msgspec.structs.replace(history.clock, shared=False))
    assert blind(other) >= ON_ONE_CLOCK


# ------------------------------------------------------------------------------------------------ the two checks

CHECKS = (
    test_sequences.test_what_the_source_pages_demand_holds_on_a_sequence_that_nobody_wrote,
    test_sequences.test_what_other_vendor_material_asks_for_holds_on_a_sequence_that_nobody_wrote,
)


@pytest.mark.parametrize("check", CHECKS, ids=["MUST", "SHOULD"])
def test_a_check_on_sequences_passes_in_silence_where_every_law_was_due(check: Callable[[History], None]) -> None:
    check(played())


def test_a_check_on_sequences_tells_which_laws_had_nothing_to_look_at() -> None:
    history = played(CallSequence((Invoke(),)))
    with pytest.raises(Observation, match=r"nothing to look at for freeze\.nothing-runs, freeze\.runs-on") as raised:
        CHECKS[0](history)
    due = {law.requirement for law in laws.MUST if law.due(history)}
    assert raised.value.seen.startswith(f"{len(due)} laws hold; ")


@pytest.mark.parametrize(
    ("check", "change", "requirement"),
    [
        (CHECKS[0], pre_freeze_adds_two, "state.pre-freeze-shares-it"),
        (CHECKS[1], a_failed_invocation_is_answered_as_a_success, "instance.answers-every-invocation"),
    ],
    ids=["MUST", "SHOULD"],
)
def test_a_check_on_sequences_names_the_law_and_how_to_make_the_sequence_small(
    check: Callable[[History], None], change: Callable[[History], History], requirement: str
) -> None:
    history = change(played())
    with pytest.raises(Violation) as raised:
        check(history)
    assert requirement in raised.value.expected
    assert "python -m conformance.laws.shrink --runtime full sequence-of-a-test" in raised.value.seen
    assert raised.value.evidence
    assert all(any(event is known for known in history.events) for event in raised.value.evidence)


# ------------------------------------------------------------------------------------------------ one law alone


def test_a_failure_that_the_header_tells_is_told_whatever_the_status_says() -> None:
    exchange, _ = invocation(played(), failing=True)
    told = altered(played(), answered(exchange), status=200, headers={"x-fc-status": "404"})
    CHECKS[1](told)


def test_a_success_that_the_header_takes_back_is_none() -> None:
    exchange, _ = invocation(played(), failing=False)
    history = altered(played(), answered(exchange), headers={"x-fc-status": "404"})
    with pytest.raises(Violation, match=r"instance\.answers-every-invocation: status 200, x-fc-status 404, "):
        CHECKS[1](history)


def test_two_requests_with_one_id_are_told() -> None:
    first, second, *_ = [exchange.sent for exchange in played().exchanges(Call.INVOKE)]
    history = altered(played(), second, request_id=first.request_id)
    with pytest.raises(Violation, match="an ID of its own for each request"):
        laws.request_ids_are_those_that_were_sent(history)


def test_a_pre_freeze_without_a_run_hides_no_later_one_that_runs_beside_an_invocation() -> None:
    history = without(played(), *records_of(played().runs(Call.PRE_FREEZE)[0]))
    with pytest.raises(Violation, match="no invocation under way"):
        laws.pre_freeze_runs_beside_nothing_it_must_wait_for(
            a_late_end(history, history.runs(Call.PRE_FREEZE)[0].start.t + 1)
        )


def a_late_end(history: History, t: int) -> History:
    end = end_of(history, Call.INVOKE, 0)
    return shifted(history, end, by=t - end.t)


def test_an_end_line_that_belongs_to_no_request_hides_no_later_one() -> None:
    stray = log_line(played().events[0].t, "FC Invoke End RequestId: nobody")
    history = with_events(the_end_line_of_a_failure_tells_nothing(played()), stray)
    with pytest.raises(Violation, match="with an error"):
        laws.end_lines_tell_failures_and_nothing_else(history)


def test_the_counter_of_a_function_that_never_ran_is_not_testable() -> None:
    silent = without_any(played(), lambda event: isinstance(event, FunctionRecord))
    silent = msgspec.structs.replace(silent, clock=msgspec.structs.replace(silent.clock, shared=True))
    with pytest.raises(NotTestable, match="a run of the function"):
        laws.the_counter_counts_what_ran(silent)


def test_only_the_runs_that_read_one_value_are_shown() -> None:
    history = two_overlapping_invocations_read_one_value(
        played(CallSequence((Overlap((Invoke(60), Invoke(60))), Freeze())))
    )
    with pytest.raises(Violation, match="the value 2 more than once") as raised:
        laws.the_counter_counts_what_ran(history)
    assert [event.counter for event in raised.value.evidence if isinstance(event, FunctionRecord)] == [2, 2]


# ------------------------------------------------------------------------------------------------ at one nanosecond

PLAIN = CallSequence((Invoke(), Freeze()))


def placed(history: History, t: int, *events: AnyEvent | None) -> History:
    """``history`` with these events at ``t``, one nanosecond apart."""
    for number, event in enumerate(events):
        assert event is not None
        history = shifted(history, event, by=t + number - event.t)
    return history


def test_a_pre_freeze_that_ends_at_the_very_freeze_has_run_before_it() -> None:
    freeze = played(PLAIN).freezes()[0].begun.t
    laws.pre_freeze_runs_before_each_freeze(placed(played(PLAIN), freeze, end_of(played(PLAIN), Call.PRE_FREEZE, 0)))


def test_a_pre_freeze_that_starts_at_the_very_freeze_has_not_run_before_it() -> None:
    history = played(PLAIN)
    late = placed(history, history.freezes()[0].begun.t, *records_of(history.runs(Call.PRE_FREEZE)[0]))
    with pytest.raises(Violation, match="none"):
        laws.pre_freeze_runs_before_each_freeze(late)


def test_a_pre_freeze_that_starts_at_the_very_response_comes_after_it() -> None:
    history = played(PLAIN)
    laws.pre_freeze_runs_before_each_freeze(
        placed(history, history.runs(Call.PRE_FREEZE)[0].start.t, history.of(CallerAnswered)[0])
    )


def test_a_response_at_the_very_freeze_is_the_last_before_it() -> None:
    history = played(PLAIN)
    with pytest.raises(Violation, match="none"):
        laws.pre_freeze_runs_before_each_freeze(
            placed(history, history.freezes()[0].begun.t, history.of(CallerAnswered)[0])
        )


def test_an_invocation_that_ends_when_pre_freeze_starts_is_not_beside_it() -> None:
    history = played(PLAIN)
    laws.pre_freeze_runs_beside_nothing_it_must_wait_for(
        placed(history, history.runs(Call.PRE_FREEZE)[0].start.t, end_of(history, Call.INVOKE, 0))
    )


def test_pre_freeze_waits_for_no_invocation_that_was_sent_at_the_same_time() -> None:
    history = played(PLAIN)
    late = placed(history, history.runs(Call.PRE_FREEZE)[0].start.t + MS, end_of(history, Call.INVOKE, 0))
    with pytest.raises(Violation, match="no invocation under way"):
        laws.pre_freeze_runs_beside_nothing_it_must_wait_for(late)
    same = placed(late, history.exchanges(Call.PRE_FREEZE)[0].sent.t, history.exchanges(Call.INVOKE)[0].sent)
    # The run lies before its request now; that the clocks are one is not what is asked here.
    laws.pre_freeze_runs_beside_nothing_it_must_wait_for(msgspec.structs.replace(same, clock=history.clock))


def test_an_invocation_at_the_time_of_the_last_pre_freeze_is_not_before_it() -> None:
    history = played(PLAIN)
    same = placed(history, history.exchanges(Call.PRE_FREEZE)[0].sent.t, history.exchanges(Call.INVOKE)[0].sent)
    assert "pre-freeze.after-the-last-response" not in {law.requirement for law in EVERY if law.due(same)}
