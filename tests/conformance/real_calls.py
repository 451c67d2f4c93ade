"""Close calls of the checks that real runtimes asked for.

Answers of hooks, what PreStop leaves behind, callers who hang up, invocations that outlast their timeout, and how
much of an event arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.evidence import STATUS_HEADER, without_records
from conformance.scenarios.scenarios import PRE_FREEZE_SENTINEL
from conformance.test_ordering import LINGERS_NS, SETTLES_NS
from fixtures.history.events import (
    Answered,
    Call,
    CallerAnswered,
    CallerHungUp,
    FunctionRecord,
    HookGivenUp,
    LaterWork,
    LogLine,
    RequestSent,
    StopBegun,
)
from tests.conformance.builders import (
    AUTHOR,
    MS,
    PARTIAL,
    a_run,
    altered,
    log_line,
    with_events,
)
from tests.conformance.close_calls import (
    HOLDS,
    NOTED,
    UNTESTABLE,
    VIOLATED,
    CloseCall,
    also,
    answer,
    at,
    both,
    end,
    every,
    gone,
    later,
    line,
    now,
    nth,
    runs,
    sent,
    start,
    starts,
)
from tests.conformance.faults import (
    FAILED_INVOCATION,
    HANGING_UP,
    KEPT_ALIVE,
    NEVER_FROZEN,
    OUTLASTING,
    OVERLAPPING,
    SENTINEL,
    THROWING,
    TWO_FREEZES,
    UNINVITED,
    WHILE_FROZEN,
    answered,
    end_of,
    lines_of,
)

if TYPE_CHECKING:
    from fixtures.history.events import AnyEvent
    from fixtures.history.history import History
    from tests.conformance.close_calls import Change, Pick

LINGERING = "stop-that-lingers"
BEHIND, ABANDONED = "pre-stop.leaves-nothing-behind", "pre-freeze.after-an-abandoned-invocation"
IN_TIME, CARRIED_OUT = "hooks.answered-in-time", "hooks.answered-as-carried-out"
FAIL_NO_HOOK, LATE = "results.fail-no-hook", "failing-invocation.late-answer-reaches-nobody"
SURVIVES, OWN_ID = "freeze.connection-survives", "logs.own-request-id"
SHORTEST, LONGEST = "0" * 64, "f" * 64


# ------------------------------------------------------------------------------------------------ when PreStop is over


def _answered_at(history: History) -> int:
    return answered(history.exchanges(Call.PRE_STOP)[0]).t


def _stop_at(history: History) -> int:
    return history.of(StopBegun)[0].t


def stopped_after(lingers: int) -> Change:
    return at(every(StopBegun), lambda history: _answered_at(history) + lingers)


def written(text: str, *, after_answer: int) -> Change:
    return lambda history: with_events(history, log_line(_answered_at(history) + after_answer, text))


def worked(*, after_answer: int) -> Change:
    return lambda history: with_events(
        history, LaterWork(t=_answered_at(history) + after_answer, request_id="r", after_ms=200)
    )


def _written_at_the_stop(history: History) -> History:
    return with_events(history, log_line(_stop_at(history), "closing"))


def _worked_at_the_stop(history: History) -> History:
    return with_events(history, LaterWork(t=_stop_at(history), request_id="r", after_ms=200))


def written_before(text: str, *, by: int) -> Change:
    """A line of the function, so long before PreStop is asked for."""
    return lambda history: with_events(history, log_line(history.exchanges(Call.PRE_STOP)[0].sent.t - by, text))


def _an_end_line_that_is_late(history: History) -> History:
    (told_end,) = line(Call.PRE_STOP, 0, "end")(history)
    return altered(history, told_end, t=_answered_at(history) + 200 * MS)


def _cites_five(history: History) -> list[AnyEvent]:
    (asked,) = history.exchanges(Call.PRE_STOP)
    lines = [one for one in history.of(LogLine) if one.text.startswith("closing")]
    return [answered(asked), *lines[:5], history.of(StopBegun)[0]]


PRE_STOP = [
    *(
        CloseCall(BEHIND, LINGERING, what, says, also(*changes))
        for what, says, changes in (
            ("a stop just long enough after its answer", HOLDS, (stopped_after(LINGERS_NS),)),
            ("a stop a nanosecond too early", UNTESTABLE, (stopped_after(LINGERS_NS - 1),)),
            ("no end of its run", UNTESTABLE, (gone(end(Call.PRE_STOP)),)),
            ("a line as it is answered", HOLDS, (written("closing", after_answer=SETTLES_NS),)),
            ("a line a nanosecond later", VIOLATED, (written("closing", after_answer=SETTLES_NS + 1),)),
            ("a line of its own run", HOLDS, (written("closing", after_answer=-10 * MS),)),
            ("a line as the stop begins", HOLDS, (_written_at_the_stop,)),
            ("a line after the stop has begun", HOLDS, (written("closing", after_answer=450 * MS),)),
            ("a record as it is answered", HOLDS, (worked(after_answer=SETTLES_NS),)),
            ("a record a nanosecond later", VIOLATED, (worked(after_answer=SETTLES_NS + 1),)),
            ("a record of its own run", HOLDS, (worked(after_answer=-10 * MS),)),
            ("a record as the stop begins", HOLDS, (_worked_at_the_stop,)),
            ("a record after the stop has begun", HOLDS, (worked(after_answer=450 * MS),)),
            ("its End line, late", HOLDS, (_an_end_line_that_is_late,)),
            (
                "a line that was there before it, with another number",
                HOLDS,
                (written_before("beat 7", by=1), written("beat 108", after_answer=200 * MS)),
            ),
            (
                "a line that is there since it was asked for",
                VIOLATED,
                (written_before("beat 7", by=0), written("beat 108", after_answer=200 * MS)),
            ),
        )
    ),
    CloseCall(
        BEHIND,
        LINGERING,
        "six lines, of which five are cited",
        VIOLATED,
        also(*(written(f"closing {'x' * number}", after_answer=(100 + number) * MS) for number in range(6))),
        shows=_cites_five,
    ),
]


# ------------------------------------------------------------------------------------------------ callers who go away


def another_run(call: Call, request_id: str, of: Pick, *, by: int) -> Change:
    """One more run, a millisecond long, so long from another event."""

    def change(history: History) -> History:
        (one,) = of(history)
        return with_events(history, *a_run(call, request_id, one.t + by))

    return change


def _the_next_runs_whenever(history: History) -> History:
    """PreFreeze beside the invocation that goes on, and once more after it."""
    (first,) = history.runs(Call.PRE_FREEZE)
    beside = history.of(CallerHungUp)[0].t + 9 * MS
    more = a_run(Call.PRE_FREEZE, "once-more", first.start.t)
    history = later(beside - first.start.t, runs(Call.PRE_FREEZE))(history)
    return with_events(history, *more)


def _another_hangs_up(history: History) -> History:
    return with_events(history, CallerHungUp(t=_hung_up(history) + MS, request_id="nobody's"))


def _hung_up(history: History) -> int:
    return history.of(CallerHungUp)[0].t


GONE_AWAY = [
    *(
        CloseCall(ABANDONED, HANGING_UP, what, says, also(*changes))
        for what, says, changes in (
            (
                "a run before it, of an ID that sorts first",
                HOLDS,
                (another_run(Call.INVOKE, "a", start(Call.INVOKE), by=-3 * MS),),
            ),
            (
                "a run before it, of an ID that sorts last",
                HOLDS,
                (another_run(Call.INVOKE, "z", start(Call.INVOKE), by=-3 * MS),),
            ),
            ("PreFreeze beside it, and once more after it", VIOLATED, (_the_next_runs_whenever,)),
            (
                "PreFreeze at the nanosecond of its end",
                HOLDS,
                (at(start(Call.PRE_FREEZE), lambda history: end_of(history, Call.INVOKE, 0).t),),
            ),
            (
                "PreFreeze a nanosecond before its end",
                VIOLATED,
                (at(start(Call.PRE_FREEZE), lambda history: end_of(history, Call.INVOKE, 0).t - 1),),
            ),
            ("another caller who hangs up", HOLDS, (_another_hangs_up,)),
            ("no run of it", UNTESTABLE, (gone(runs(Call.INVOKE, slice(0, 1))),)),
            ("no end of it", UNTESTABLE, (gone(end(Call.INVOKE)),)),
            ("an end before the caller is gone", UNTESTABLE, (at(end(Call.INVOKE), lambda h: _hung_up(h) - 1),)),
            ("an end as the caller goes", HOLDS, (at(end(Call.INVOKE), _hung_up),)),
        )
    ),
    CloseCall(LATE, OUTLASTING, "one invocation", UNTESTABLE, gone(sent(Call.INVOKE, slice(1, None)))),
    CloseCall(
        "failing-invocation.freeze-beside-one-given-up",
        OUTLASTING,
        "one invocation",
        UNTESTABLE,
        gone(sent(Call.INVOKE, slice(1, None))),
    ),
    *(
        CloseCall(LATE, OUTLASTING, f"the next is answered with {body!r}", VIOLATED, now(_the_next, body=body))
        for _the_next in (answer(Call.INVOKE, 1),)
        for body in ("", "9")
    ),
]


# ------------------------------------------------------------------------------------------------ answers of hooks


def given_up_all_the_same(history: History) -> History:
    (exchange,) = history.exchanges(Call.PRE_STOP)
    event = HookGivenUp(t=answered(exchange).t, request_id=exchange.sent.request_id, hook=Call.PRE_STOP, timeout_s=3)
    return with_events(history, event)


def fails_of_itself(number: int) -> Change:
    """A run of PreFreeze without an end, answered as failed and with an End line that says so."""

    def change(history: History) -> History:
        exchange = history.exchanges(Call.PRE_FREEZE)[number]
        exchanged = exchange.sent.request_id
        (told_end,) = lines_of(history, Call.PRE_FREEZE, exchanged, "end")
        history = altered(history, told_end, text=f"{told_end.text}, Error: it threw")
        history = altered(history, answered(exchange), status=404)
        return gone(end(Call.PRE_FREEZE, number))(history)

    return change


ANSWERS = [
    *(
        CloseCall(IN_TIME, NEVER_FROZEN, what, VIOLATED, change)
        for what, change in (
            ("an answer, and given up all the same", given_up_all_the_same),
            ("no answer, and not given up", gone(answer(Call.PRE_STOP))),
        )
    ),
    *(
        CloseCall(requirement, scenario, f"PreFreeze {number + 1} fails of itself", HOLDS, fails_of_itself(number))
        for requirement, scenario in ((CARRIED_OUT, TWO_FREEZES), (FAIL_NO_HOOK, SENTINEL))
        for number in (0, 1)
    ),
    CloseCall(
        FAIL_NO_HOOK,
        SENTINEL,
        "PreFreeze fails of itself, and PreStop is answered as failed",
        VIOLATED,
        also(fails_of_itself(0), now(answer(Call.PRE_STOP), status=404)),
    ),
    *(
        CloseCall(
            FAIL_NO_HOOK, SENTINEL, f"PreStop is answered {status}", says, now(answer(Call.PRE_STOP), status=status)
        )
        for status, says in ((499, VIOLATED), (500, HOLDS), (503, HOLDS))
    ),
    *(
        CloseCall(
            CARRIED_OUT,
            NEVER_FROZEN,
            f"another's PreStop is answered {status}",
            says,
            also(without_records, now(answer(Call.PRE_STOP), status=status)),
            subject=AUTHOR,
        )
        for status, says in ((404, HOLDS), (499, HOLDS), (500, VIOLATED), (503, VIOLATED))
    ),
    *(
        CloseCall(
            "unsupported.path-is-no-invocation",
            UNINVITED,
            f"status 200, and the header says {told}",
            says,
            now(answer(Call.PRE_FREEZE), status=200, headers={STATUS_HEADER: told}),
            subject=PARTIAL,
        )
        for told, says in (("200", VIOLATED), ("404", HOLDS))
    ),
    CloseCall(
        "results.dropped-by-the-runtime",
        SENTINEL,
        "every answer is cited where nothing is handed on",
        HOLDS,
        lambda history: history,
        shows=every(Answered, lambda one: one.call in (Call.PRE_FREEZE, Call.PRE_STOP)),
    ),
    CloseCall(
        "results.dropped-by-the-runtime",
        SENTINEL,
        "the one answer that has the value is cited",
        HOLDS,
        now(answer(Call.PRE_FREEZE, 1), body=PRE_FREEZE_SENTINEL),
        shows=answer(Call.PRE_FREEZE, 1),
    ),
    CloseCall(
        "results.change-no-status",
        SENTINEL,
        "the handler fails after the hook",
        UNTESTABLE,
        also(gone(end(Call.INVOKE, 1)), now(nth(CallerAnswered, 1), status=502)),
    ),
]


# ------------------------------------------------------------------------------------------------ what arrived


def _of_the_first(**changes: object) -> Change:
    return now(nth(FunctionRecord, 0, lambda one: one.call is Call.INVOKE and one.edge == "start"), **changes)


def _a_byte_more(by: int) -> Change:
    def change(history: History) -> History:
        first = history.of(RequestSent)[0]
        return _of_the_first(event_bytes=(first.event_bytes or 0) + by)(history)

    return change


TOLD_BY_THE_HEADER = [
    CloseCall(
        requirement,
        scenario,
        "the header says that the later invocation failed",
        VIOLATED,
        now(answer(Call.INVOKE, number), headers={STATUS_HEADER: "404"}),
    )
    for requirement, scenario, number in (
        ("freeze.serves-after-the-thaw", TWO_FREEZES, 1),
        ("invoke.thaws-a-frozen-instance", WHILE_FROZEN, 1),
        ("failing-hooks.next-invocation-is-clean", THROWING, 1),
        ("failing-invocation.next-invocation-is-clean", FAILED_INVOCATION, 2),
    )
]


ARRIVED = [
    CloseCall("invoke.event-as-sent", TWO_FREEZES, what, VIOLATED, change)
    for what, change in (
        ("a digest that sorts first", _of_the_first(event_sha256=SHORTEST)),
        ("a digest that sorts last", _of_the_first(event_sha256=LONGEST)),
        ("the digest, and a byte more", _a_byte_more(1)),
        ("the digest, and a byte less", _a_byte_more(-1)),
    )
]


# ---------------------------------------------------------------------------------------------- what outlasts a freeze


def over_connections(*numbers: int) -> Change:
    """The answers, in their order, over these connections."""

    def change(history: History) -> History:
        for number, connection in enumerate(numbers):
            history = altered(history, answered(history.exchanges()[number]), connection=connection)
        return history

    return change


_the_last_invocation = both(
    nth(RequestSent, 2, lambda one: one.call is Call.INVOKE), nth(Answered, 2, lambda one: one.call is Call.INVOKE)
)
_all_say_that_they_close = now(every(Answered), closes=True)
_the_last_says_nothing = now(answer(Call.PRE_STOP), closes=False)


OUTLASTS = [
    *(
        CloseCall(SURVIVES, KEPT_ALIVE, what, says, also(*changes))
        for what, says, changes in (
            ("each over its own, and nothing is said", VIOLATED, (over_connections(1, 2, 3, 4, 5, 6),)),
            (
                "each over its own, and the last does not say that it closes",
                VIOLATED,
                (over_connections(1, 2, 3, 4, 5, 6), _all_say_that_they_close, _the_last_says_nothing),
            ),
            ("two invocations", HOLDS, (gone(_the_last_invocation),)),
        )
    ),
    CloseCall(
        "freeze.serves-after-the-thaw",
        TWO_FREEZES,
        "success without a run of the handler",
        VIOLATED,
        gone(runs(Call.INVOKE, slice(1, 2))),
    ),
]


# ------------------------------------------------------------------------------------------------ a handler's own lines


def own_lines(kept: int) -> Change:
    """Only so many of the lines that handlers have written by their loggers."""

    def change(history: History) -> History:
        lines = [one for one in history.of(LogLine) if "a line of the handler's own" in one.text]
        return gone(lambda _: lines[kept:])(history)

    return change


OWN_LINES = [
    CloseCall(OWN_ID, OVERLAPPING, "one line of a handler's own", UNTESTABLE, own_lines(1), subject=PARTIAL),
    CloseCall(
        OWN_ID,
        OVERLAPPING,
        "no line, and contexts with loggers",
        UNTESTABLE,
        also(own_lines(0), now(starts(Call.INVOKE), logger=True)),
        subject=PARTIAL,
    ),
    CloseCall(
        OWN_ID,
        OVERLAPPING,
        "no line, and contexts without loggers",
        NOTED,
        also(own_lines(0), now(starts(Call.INVOKE), logger=False)),
        subject=PARTIAL,
        shows=starts(Call.INVOKE),
    ),
    CloseCall(OWN_ID, OVERLAPPING, "two lines of handlers' own", HOLDS, own_lines(2), subject=PARTIAL),
]


REAL_CALLS = [*PRE_STOP, *GONE_AWAY, *ANSWERS, *TOLD_BY_THE_HEADER, *ARRIVED, *OUTLASTS, *OWN_LINES]
