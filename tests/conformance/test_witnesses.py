"""The words in which a freeze that nobody could see is told, and spans that come late or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from conformance.judging.expect import NotTestable, Observation, Violation
from conformance.judging.witnesses import by_processes, who_is_first, why_no_kernel
from conformance.test_failing_calls import (
    test_what_pre_freeze_finds_after_an_invocation_was_given_up as tell_what_it_finds,
)
from conformance.test_freeze import (
    test_the_heartbeat_counts_on_without_a_gap_or_a_repetition as judge_the_time,
)
from conformance.test_freeze import test_the_same_process_runs_on_after_the_thaw as judge_the_process
from conformance.test_instance import after_pre_freeze
from conformance.test_instance import test_the_instance_becomes_ready_after_its_start as judge_the_readiness
from conformance.test_instance import test_the_process_ends_by_itself_when_it_is_asked_to as judge_the_end
from conformance.test_telemetry import (
    test_how_late_spans_leave_without_hooks_and_which_are_lost as tell_what_is_late,
)
from conformance.test_telemetry import (
    test_spans_that_had_ended_when_pre_freeze_was_called_leave_before_the_freeze as judge_the_freeze,
)
from fixtures.history.events import (
    Call,
    FunctionRecord,
    KernelSeen,
    KernelUnseen,
    ListeningSocket,
    ProcessSeen,
    Ready,
    SinkReceived,
    Stopped,
    Thawed,
    Tick,
)
from tests.conformance.builders import (
    BASE,
    FULL,
    MS,
    a_run,
    a_span,
    altered,
    conformant,
    seen_by_the_kernel,
    spans_sent,
    with_events,
    without,
)

if TYPE_CHECKING:
    from fixtures.history.history import History


def test_the_first_reason_why_the_kernel_was_not_seen_is_told() -> None:
    history = conformant(FULL, "two-freezes")
    assert why_no_kernel(history) == "the kernel was not asked"
    assert why_no_kernel(seen_by_the_kernel(history)) == "its readings do not suffice"
    unseen = [KernelUnseen(t=BASE + number, reason=f"reason {number}") for number in range(2)]
    assert why_no_kernel(with_events(history, *unseen)) == "reason 0"


def killed(*processes: ProcessSeen) -> History:
    """An instance that was killed after the grace, and what the kernel saw of its processes."""
    history = seen_by_the_kernel(conformant(FULL, "two-freezes"))
    history = altered(history, history.of(Stopped)[0], exit_code=137)
    return altered(history, history.of(KernelSeen)[0], processes=processes)


def test_a_start_script_that_keeps_sigterm_from_its_child_is_told_by_both_names() -> None:
    shell = ProcessSeen(pid=1, parent=0, started=1, name="bash")
    with pytest.raises(Violation) as raised:
        judge_the_end(killed(shell, ProcessSeen(pid=8, parent=1, started=2, name="python3.11")))
    assert "PID 1 is 'bash', and 'python3.11' its child: SIGTERM reaches PID 1 only" in raised.value.seen
    assert "exec" in raised.value.seen


def test_a_first_process_without_children_is_told_to_handle_sigterm() -> None:
    with pytest.raises(Violation) as raised:
        judge_the_end(killed(ProcessSeen(pid=1, parent=0, started=1, name="python3.11")))
    assert "PID 1 is 'python3.11': what is no handler of its own does not end PID 1" in raised.value.seen


def test_where_the_kernel_did_not_tell_nobody_is_named() -> None:
    history = conformant(FULL, "two-freezes")
    assert who_is_first(history) == ""
    with pytest.raises(Violation) as raised:
        judge_the_end(altered(history, history.of(Stopped)[0], exit_code=137))
    assert raised.value.seen.endswith(" s")


@pytest.mark.parametrize(
    ("addresses", "noted"), [(["192.0.2.2"], True), (["0.0.0.0", "127.0.0.1"], False), (["::"], False)]
)
def test_a_server_that_listens_at_one_address_of_its_container_is_noted(addresses: list[str], noted: bool) -> None:
    history = seen_by_the_kernel(conformant(FULL, "two-freezes"))
    sockets = tuple(ListeningSocket(address=address, port=9000) for address in addresses)
    history = altered(history, history.of(KernelSeen)[0], listening=sockets)
    if noted:
        with pytest.raises(Observation, match=r"listens on 192\.0\.2\.2 only"):
            judge_the_readiness(history)
    else:
        judge_the_readiness(history)


def test_an_instance_that_is_not_ready_is_told_where_it_listens() -> None:
    history = seen_by_the_kernel(conformant(FULL, "two-freezes"))
    elsewhere = (ListeningSocket(address="0.0.0.0", port=8080),)
    history = altered(history, history.of(KernelSeen)[0], listening=elsewhere)
    with pytest.raises(Violation, match=r"the kernel sees it listen on 0\.0\.0\.0:8080: say so by port"):
        judge_the_readiness(without(history, *history.of(Ready)))


FIRST_AFTER = "; it is the first after PreFreeze, before which 1 succeeded"


@pytest.mark.parametrize(
    ("failing", "told_of"),
    [
        pytest.param([0], {0: ""}, id="none came before it"),
        pytest.param([1], {1: FIRST_AFTER}, id="the first after a PreFreeze"),
        pytest.param([2], {2: "; it is the first after PreFreeze, before which 2 succeeded"}, id="after the second"),
        pytest.param([0, 1], {1: ""}, id="one before it had failed as well"),
        pytest.param([0, 2], {2: ""}, id="the first of all had failed"),
        pytest.param([1, 2], {2: ""}, id="the one right before it had failed"),
    ],
)
def test_an_invocation_that_is_the_first_after_pre_freeze_to_fail_is_told_so(
    failing: list[int], told_of: dict[int, str]
) -> None:
    history = conformant(FULL, "freezes-of-several-lengths")
    for number in failing:
        history = altered(history, history.exchanges(Call.INVOKE)[number].answered, status=500, headers={})
    for number, words in told_of.items():
        assert after_pre_freeze(history, history.exchanges(Call.INVOKE)[number]) == words


def test_two_processes_that_loaded_the_function_are_told_by_their_numbers() -> None:
    def loaded(*pids: int | None) -> list[FunctionRecord]:
        return [FunctionRecord(t=BASE, read_t=BASE, edge="loaded", pid=pid) for pid in pids]

    assert by_processes(loaded(7)) == by_processes(loaded(7, 7)) == by_processes(loaded(None, None)) == ""
    assert by_processes(loaded(7, 9)).startswith(", by processes 7 and 9: ")
    assert by_processes(loaded(7, 9, 7, 11)).startswith(", by processes 7, 9 and 11: ")


def test_each_heart_beats_for_itself() -> None:
    history = conformant(FULL, "two-freezes")
    other = [replace(tick, pid=9, t=tick.t + 1) for tick in history.ticks()]
    both = with_events(history, *other)
    assert [len(heart) for heart in both.hearts()] == [len(other), len(other)]
    judge_the_time(both)
    judge_the_process(both)
    gone = [tick for tick in both.hearts()[1] if tick.t > both.of(Thawed)[0].t]
    with pytest.raises(Violation, match="beats of the heartbeat after the thaw"):
        judge_the_process(without(both, *gone))


def test_a_heart_that_makes_up_for_what_it_missed_is_noted_with_the_number_of_beats() -> None:
    history = conformant(FULL, "two-freezes")
    thawed = history.of(Thawed)[1]
    before = without(history, *(tick for tick in history.ticks() if tick.t > thawed.t))
    last = before.ticks()[-1]

    def with_beats(number: int) -> History:
        return with_events(before, *(Tick(t=thawed.t + 1000 * (one + 1), n=last.n + one + 1) for one in range(number)))

    judge_the_time(with_beats(19))
    with pytest.raises(Observation, match=r"60 beats within 70 ms after thaw 2, where 7 are usual"):
        judge_the_time(with_beats(60))


@pytest.mark.parametrize(
    ("distances", "burst", "usual"),
    [
        pytest.param(
            [5, 5, 10, 20, 20], 20, 7, id="the middle one of the distances before the freeze, and just enough"
        ),
        pytest.param([5, 5, 10, 20, 20], 19, None, id="a beat too few"),
        pytest.param([3.5] * 5, 40, None, id="half as many are usual"),
        pytest.param([3.5] * 5, 42, 20, id="a little less than half as many are usual"),
        pytest.param([2] * 5, 40, None, id="more than half as many are usual"),
        pytest.param([], 20, 1, id="none are known before the freeze"),
    ],
)
def test_how_many_beats_after_a_thaw_are_more_than_usual(distances: list[float], burst: int, usual: int | None) -> None:
    history = conformant(FULL, "two-freezes")
    freeze = history.freezes()[0]
    assert freeze.thawed is not None
    times = [freeze.begun.t - MS - sum(int(one * MS) for one in distances[number:]) for number in range(len(distances))]
    times.append(freeze.begun.t - MS)
    # One beat as the freeze begins, whose distance from the last is none of those before it.
    times.append(freeze.begun.t)
    since = freeze.thawed.t
    times += [since + 1000 * (number + 1) for number in range(burst)]
    # And two that are no longer in the time in which they are counted.
    times += [since + 70 * MS, since + 70 * MS + 1]
    beats = [Tick(t=t, n=n) for n, t in enumerate(times, 1)]
    history = with_events(without(history, *history.ticks()), *beats)
    if usual is None:
        judge_the_time(history)
        return
    with pytest.raises(Observation) as raised:
        judge_the_time(history)
    assert raised.value.seen.startswith(f"{burst} beats within 70 ms after thaw 1, where {usual} are usual: ")
    assert raised.value.evidence == (freeze.thawed, *beats[len(distances) + 2 :][:5])


@pytest.mark.parametrize(
    ("end_from_hook", "told"),
    [
        (-1, "after the handler had ended"),
        (0, "after the handler had ended"),
        (1, "beside the handler, which goes on"),
        (None, "beside the handler, which goes on"),
    ],
)
@pytest.mark.parametrize("before", ["a", "z"])
def test_what_pre_freeze_finds_of_an_invocation_that_was_given_up_is_told(
    before: str, end_from_hook: int | None, told: str
) -> None:
    history = conformant(FULL, "invocation-outlasts-its-timeout")
    given_up, hook = history.runs(Call.INVOKE)[0], history.runs(Call.PRE_FREEZE)[0]
    history = without(history, given_up.end)
    if end_from_hook is not None:
        end = FunctionRecord(
            t=hook.start.t + end_from_hook,
            read_t=hook.start.t + MS,
            edge="end",
            call=Call.INVOKE,
            request_id=given_up.start.request_id,
            counter=2,
            result="2",
        )
        history = with_events(history, end)
    # Another run before it, which ended; another PreFreeze, when everything has ended.
    more = a_run(Call.INVOKE, before, given_up.start.t - 3 * MS)
    again = a_run(Call.PRE_FREEZE, "again", history.of(Thawed)[0].t + 900 * MS)
    with pytest.raises(Observation) as raised:
        tell_what_it_finds(with_events(history, *more, *again))
    assert raised.value.seen == f"PreFreeze ran {told}"


def test_a_second_loading_once_the_first_freeze_has_begun_is_cited_with_that_freeze() -> None:
    history = conformant(FULL, "two-freezes")
    begun = history.freezes()[0].begun
    (loaded,) = [record for record in history.of(FunctionRecord) if record.edge == "loaded"]
    judge_the_process(with_events(history, replace(loaded, t=begun.t, read_t=begun.t + 9 * MS)))
    anew = replace(loaded, t=begun.t + 1, read_t=begun.t + 9 * MS)
    with pytest.raises(Violation) as raised:
        judge_the_process(with_events(history, anew))
    assert raised.value.evidence == (loaded, anew, begun)


@pytest.mark.parametrize(
    ("first", "second", "anew"),
    [(7, 7, True), (None, None, True), (7, None, True), (7, 9, False)],
)
def test_another_process_that_loads_the_function_late_is_not_the_first_one_anew(
    first: int | None, second: int | None, anew: bool
) -> None:
    history = conformant(FULL, "two-freezes")
    thawed = history.freezes()[0].thawed
    assert thawed is not None
    (loaded,) = [record for record in history.of(FunctionRecord) if record.edge == "loaded"]
    history = altered(history, loaded, pid=first)
    history = with_events(history, replace(loaded, t=thawed.t, read_t=thawed.t + MS, pid=second))
    if anew:
        with pytest.raises(Violation, match="not anew"):
            judge_the_process(history)
    else:
        judge_the_process(history)


def test_a_function_that_is_first_loaded_after_a_freeze_was_not_there_before_it() -> None:
    history = conformant(FULL, "two-freezes")
    thawed = history.freezes()[0].thawed
    assert thawed is not None
    (loaded,) = [record for record in history.of(FunctionRecord) if record.edge == "loaded"]
    with pytest.raises(Violation, match="loaded before the first freeze"):
        judge_the_process(altered(history, loaded, t=thawed.t, read_t=thawed.t + MS, pid=7))


def test_why_no_span_could_be_read_is_told_by_the_first_request_that_says_so() -> None:
    history = conformant(FULL, "telemetry")
    for number, received in enumerate(history.of(SinkReceived)):
        history = altered(history, received, spans=(), problem=f"problem {number}")
    with pytest.raises(NotTestable) as raised:
        judge_the_freeze(history)
    assert raised.value.seen == "problem 0"
    for received in history.of(SinkReceived):
        history = altered(history, received, problem="")
    with pytest.raises(NotTestable) as raised:
        judge_the_freeze(history)
    assert raised.value.seen == "2 requests came to the sink, none of them with a span"


@pytest.mark.parametrize(("late", "more"), [(1, ""), (4, ""), (5, ""), (6, "; and 1 more"), (7, "; and 2 more")])
def test_five_late_spans_are_named_and_the_others_counted(late: int, more: str) -> None:
    history = conformant(FULL, "telemetry")
    ended = history.exchanges(Call.PRE_FREEZE)[0].sent.t - MS
    spans = [a_span(f"{number}-late", ended - 1, ended) for number in range(late)]
    with pytest.raises(Violation) as raised:
        judge_the_freeze(with_events(history, spans_sent(history.of(Thawed)[0].t, *spans)))
    named = raised.value.seen.removesuffix(more)
    assert "more" not in named
    assert named.count(" came ") == min(late, 5)
    assert raised.value.seen == named + more


def test_what_left_late_without_hooks_is_told_of_spans_that_had_ended_before_the_freeze() -> None:
    with pytest.raises(Observation) as raised:
        tell_what_is_late(conformant(FULL, "telemetry-without-hooks"))
    assert raised.value.seen == (
        "0 spans left before the freeze; “first” left 4946.0 ms after the freeze had begun; "
        "“second” left 4946.0 ms after the freeze had begun; of 1 invocations no span left at all"
    )


def test_a_span_that_ended_after_the_freeze_was_not_due_before_it() -> None:
    history = conformant(FULL, "telemetry-without-hooks")
    received = history.of(SinkReceived)[0]
    after = history.of(Thawed)[0].t + MS
    later = altered(history, received, spans=(*received.spans, a_span("third", after, after + 1)))
    with pytest.raises(Observation) as raised:
        tell_what_is_late(later)
    assert "third" not in raised.value.seen
    assert raised.value.seen.startswith("0 spans left before the freeze")
