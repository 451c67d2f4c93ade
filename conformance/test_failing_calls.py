"""Hooks and invocations that go wrong: what follows all the same, and what each runtime makes of it.

A hook's failure decides nothing (vendor material says it of statuses 400 and 404). What the contract leaves open is
an observation, never a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import STATUS_HEADER, ran, status_of, told_failure, told_success, what_came
from conformance.judging.expect import NotTestable, Observation, one_clock, require, seen
from conformance.judging.nearest import nearest
from conformance.scenarios.scenarios import SHORT_TIMEOUT_S
from fixtures.history.events import HOOKS, Answered, Call, HookConfigured, HookGivenUp, WrongSignatureEntered

if TYPE_CHECKING:
    from fixtures.history.history import Exchange, History
    from fixtures.history.markers import Marker

FAILING = (
    "hooks-throw",
    "hooks-never-end",
    "hooks-outlast-their-timeout",
    "hooks-flood-the-log",
    "hooks-are-missing",
    "hooks-have-a-wrong-signature",
    "hooks-call-back-an-error",
    "hooks-call-back-twice",
    "hooks-reject",
    "hooks-close-the-connection",
)
TELLING = ("hooks-throw", "hooks-are-missing", "hooks-call-back-an-error", "hooks-reject")
"""Failures that the runtime itself sees."""
TIMED_OUT = ("hooks-never-end", "hooks-outlast-their-timeout")
TOLERANCE_MS = 250
"""How much later than its timeout a hook may be given up: the watchdog's and the scheduler's share."""


def failed_hooks(history: History) -> list[Exchange]:
    """The requests for hooks, when there is one for every configured hook."""
    configured = {event.hook for event in history.of(HookConfigured)}
    asked = [exchange for hook in HOOKS if hook in configured for exchange in _failing(history, hook)]
    at_least = max(1, len(configured)) if history.keeps_records else 1
    return list(seen(asked, "a request for each configured hook", at_least=at_least))


def _failing(history: History, call: Call) -> list[Exchange]:
    """The requests of a scenario in which they fail by plan; where nobody follows it, those that say that they did."""
    exchanges = history.exchanges(call)
    return [one for one in exchanges if history.keeps_records or told_failure(one) or _its_line_tells(history, one)]


def _lines_of(history: History, exchange: Exchange) -> list[Marker]:
    return [one for one in history.markers(exchange.sent.call) if one.request_id == exchange.sent.request_id]


def _its_line_tells(history: History, exchange: Exchange) -> bool:
    return any(marker.failed for marker in _lines_of(history, exchange))


def _has_to_tell_its_end(history: History, exchange: Exchange) -> bool:
    """Whether the log has to tell that a call failed: without records, if it is answered so and has a Start line."""
    begun = any(marker.edge == "start" for marker in _lines_of(history, exchange))
    return history.keeps_records or (told_failure(exchange) and begun)


@judges("failing-hooks.freeze-follows", on=FAILING)
def test_the_freeze_follows_although_pre_freeze_failed(history: History) -> None:
    hook = seen(_failing(history, Call.PRE_FREEZE), "a request for PreFreeze")[0]
    paused = history.engine("pause")
    require(
        len(paused) == 1 and paused[0].t > hook.sent.t,
        expected="the freeze, by the engine's own word, after the failed hook",
        seen=f"{len(paused)} freezes",
        evidence=(hook.sent, hook.answer, *paused),
    )


@judges("failing-hooks.stop-follows", on=(*FAILING, "pre-stop-ends-the-process"))
def test_the_stop_follows_although_pre_stop_failed(history: History) -> None:
    hook = seen(_failing(history, Call.PRE_STOP), "a request for PreStop")[0]
    died = history.engine("die")
    require(
        len(died) == 1 and died[0].t > hook.sent.t,
        expected="the end of the instance, by the engine's own word, after the failed hook",
        seen=f"{len(died)} ends",
        evidence=(hook.sent, hook.answer, *died),
    )


@judges("failing-hooks.next-invocation-is-clean", on=FAILING)
def test_the_invocation_after_a_failed_pre_freeze_is_clean(history: History) -> None:
    hook = seen(_failing(history, Call.PRE_FREEZE), "a request for PreFreeze")[0]
    after = [exchange for exchange in history.exchanges(Call.INVOKE) if exchange.sent.t > hook.sent.t]
    before = [exchange for exchange in history.exchanges(Call.INVOKE) if exchange.sent.t < hook.sent.t]
    request = seen(after, "an invocation after the failed hook")[0]
    earlier = seen(before, "an invocation before the failed hook")[0]
    if earlier.answered is None:
        raise NotTestable(expected="an answer before the hook", seen="none", evidence=(earlier.sent, earlier.answer))
    answer = request.answered
    if not history.keeps_records:
        require(
            answer is not None and status_of(answer) == status_of(earlier.answered),
            expected=f"{status_of(earlier.answered)}, as before the failed hook",
            seen="no answer" if answer is None else f"{status_of(answer)}, {answer.body[:120]!r}",
            evidence=(hook.sent, hook.answer, request.sent, request.answer),
            certain=True,
        )
        raise Observation("the status is as before the failed hook; whether the answer is the handler's is not known")
    run = next((run for run in history.runs(Call.INVOKE) if run.start.request_id == request.sent.request_id), None)
    if run is None or run.end is None:
        raise NotTestable(
            expected="the handler's own record of the end of the invocation after the failed hook",
            seen="there is none",
            evidence=(request.sent, request.answer),
        )
    wanted = run.end.result
    require(
        answer is not None and status_of(answer) == status_of(earlier.answered) and answer.body == wanted,
        expected=f"{status_of(earlier.answered)} and the handler's own result {wanted!r}",
        seen="no answer" if answer is None else f"{status_of(answer)}, {answer.body[:120]!r}",
        evidence=(hook.sent, hook.answer, request.sent, request.answer),
        certain=True,
    )


@judges("failing-hooks.end-line-tells", on=TELLING)
def test_the_end_line_of_a_failed_hook_tells_the_failure(history: History) -> None:
    begun = [exchange for exchange in failed_hooks(history) if _has_to_tell_its_end(history, exchange)]
    for exchange in seen(begun, "a hook that fails after its Start line"):
        lines = [
            marker
            for marker in history.markers(exchange.sent.call)
            if marker.edge == "end" and marker.request_id == exchange.sent.request_id
        ]
        require(
            len(lines) == 1 and lines[0].failed,
            expected=f"one End line of {exchange.sent.call.label} that tells an error",
            seen=", ".join(repr(marker.line.text[:160]) for marker in lines)
            or "none" + nearest(history, exchange.sent.call, "end", [exchange.sent.request_id]),
            evidence=(exchange.sent, *(marker.line for marker in lines)),
        )


@judges("failing-hooks.no-second-answer", on=("hooks-call-back-twice",))
def test_a_hook_that_calls_back_twice_is_answered_once(history: History) -> None:
    for exchange in failed_hooks(history):
        ends = [marker for marker in history.markers(exchange.sent.call) if marker.edge == "end"]
        require(
            exchange.answered is not None and len(ends) == 1,
            expected=f"one answer and one End line of {exchange.sent.call.label}",
            seen=f"{'an' if exchange.answered is not None else 'no'} answer and {len(ends)} End lines",
            evidence=(exchange.sent, exchange.answer, *(marker.line for marker in ends)),
        )


@judges("failing-hooks.flood-keeps-the-lines", on=("hooks-flood-the-log",))
def test_a_hook_that_floods_the_log_keeps_its_start_and_end_lines(history: History) -> None:
    for exchange in failed_hooks(history):
        edges = {
            marker.edge
            for marker in history.markers(exchange.sent.call)
            if marker.request_id == exchange.sent.request_id
        }
        require(
            edges == {"start", "end"},
            expected=f"Start and End line of {exchange.sent.call.label} around 10 MB of other lines",
            seen=(", ".join(sorted(edges)) or "neither")
            + "".join(
                nearest(history, exchange.sent.call, edge, [exchange.sent.request_id])
                for edge in ("start", "end")
                if edge not in edges
            ),
            evidence=(exchange.sent, exchange.answer),
        )


@judges("hooks.timeout-is-honoured", on=TIMED_OUT)
def test_a_hook_is_given_up_at_its_timeout(history: History) -> None:
    given_up = {event.request_id: event for event in history.of(HookGivenUp)}
    outlasting = [one for one in failed_hooks(history) if history.keeps_records or _outlasted(one)]
    for exchange in seen(outlasting, f"a hook that outlasts its timeout of {SHORT_TIMEOUT_S} s"):
        event = given_up.get(exchange.sent.request_id)
        took_ms = (event.t - exchange.sent.t) / 1e6 if event is not None else 0.0
        require(
            event is not None and SHORT_TIMEOUT_S * 1000 <= took_ms <= SHORT_TIMEOUT_S * 1000 + TOLERANCE_MS,
            expected=f"{exchange.sent.call.label} to be given up within {TOLERANCE_MS} ms after {SHORT_TIMEOUT_S} s",
            seen="it was not given up" if event is None else f"given up after {took_ms:.0f} ms",
            evidence=(exchange.sent, exchange.answer, event),
        )


def _outlasted(exchange: Exchange) -> bool:
    return exchange.answer is not None and exchange.answer.t - exchange.sent.t >= SHORT_TIMEOUT_S * 1_000_000_000


@judges("failing-hooks.what-the-runtime-answers", on=FAILING)
def test_what_a_runtime_answers_to_a_hook_that_fails(history: History) -> None:
    told = [
        f"{exchange.sent.call.label}: status {exchange.answer.status}"
        if isinstance(exchange.answer, Answered)
        else f"{exchange.sent.call.label}: {exchange.answer.why if exchange.answer is not None else 'no answer'}"
        for exchange in failed_hooks(history)
    ]
    raise Observation("; ".join(told), evidence=[exchange.answer for exchange in failed_hooks(history)])


def _end_of_the_process(history: History, hook: Call) -> None:
    asked = seen(history.exchanges(hook), f"a request for {hook.label}")
    died = seen(history.engine("die"), "the end of the instance")
    raise Observation(
        f"the instance ended with exit code {died[0].exit_code}; frozen {len(history.engine('pause'))} times",
        evidence=(*(exchange.sent for exchange in asked), *died),
    )


@judges("failing-hooks.pre-freeze-ends-the-process", on=("pre-freeze-ends-the-process",))
def test_what_is_seen_when_pre_freeze_ends_the_process(history: History) -> None:
    _end_of_the_process(history, Call.PRE_FREEZE)


@judges("failing-hooks.pre-stop-ends-the-process", on=("pre-stop-ends-the-process",))
def test_what_is_seen_when_pre_stop_ends_the_process(history: History) -> None:
    _end_of_the_process(history, Call.PRE_STOP)


@judges("failing-hooks.wrong-signature", on=("hooks-have-a-wrong-signature",))
def test_what_is_seen_of_a_hook_with_a_wrong_signature(history: History) -> None:
    failed = failed_hooks(history)
    entered = history.of(WrongSignatureEntered)
    given = "; ".join(f"entered with {', '.join(event.args) or 'nothing'}" for event in entered)
    raise Observation(given or "it was never entered", evidence=(*(exchange.sent for exchange in failed), *entered))


# ---------------------------------------------------------------------------------------------- invocations


def _failed_invocation(history: History) -> Exchange:
    failed = seen(history.exchanges(Call.INVOKE), "an invocation", at_least=3)[1]
    if failed not in _failing(history, Call.INVOKE):
        raise NotTestable(expected="an invocation that fails", seen="it was answered as carried out")
    return failed


@judges("failing-invocation.is-answered-as-failed", on=("failing-invocation",))
def test_an_invocation_that_throws_is_answered_as_failed(history: History) -> None:
    failed = _failed_invocation(history)
    if not history.keeps_records and not _its_line_tells(history, failed):
        raise NotTestable(expected="an invocation whose End line tells an error", seen="it has none")
    answer = failed.answered
    require(
        answer is not None and told_failure(failed),
        expected="an answer that says that the function failed",
        seen="no answer" if answer is None else f"status {answer.status}",
        evidence=(failed.sent, failed.answer),
        certain=True,
    )
    # Only answers over HTTP have a target, and only there the platform reads the header.
    if answer is not None and failed.sent.target and STATUS_HEADER not in answer.headers:
        raise Observation(
            f"status {answer.status} without {STATUS_HEADER}: the platform takes the invocation for a success",
            evidence=(failed.sent, failed.answer),
        )


def _given_up(history: History) -> Exchange:
    """The invocation that outlasted the function's timeout."""
    first = seen(history.exchanges(Call.INVOKE), "an invocation", at_least=2)[0]
    if first.answered is not None:
        raise NotTestable(
            expected="an invocation that outlasts the function's timeout",
            seen=f"it was answered: {what_came(first.answer)}",
            evidence=(first.sent, first.answer),
        )
    return first


@judges("failing-invocation.late-answer-reaches-nobody", on=("invocation-outlasts-its-timeout",))
def test_what_comes_after_the_timeout_is_in_no_later_answer(history: History) -> None:
    first = _given_up(history)
    later = history.exchanges(Call.INVOKE)[1]
    run = next((run for run in history.runs(Call.INVOKE) if run.start.request_id == later.sent.request_id), None)
    if run is None or run.end is None:
        raise NotTestable(
            expected="the handler's own record of the end of the invocation after the one that was given up",
            seen="there is none",
            evidence=(first.answer, later.sent, later.answer),
        )
    require(
        later.answered is not None and told_success(later) and later.answered.body == run.end.result,
        expected=f"the next invocation to be answered with its own result {run.end.result!r}",
        seen=what_came(later.answer),
        evidence=(first.sent, first.answer, later.sent, later.answer, run.end),
        certain=True,
    )


@judges("failing-invocation.freeze-beside-one-given-up", on=("invocation-outlasts-its-timeout",))
def test_what_pre_freeze_finds_after_an_invocation_was_given_up(history: History) -> None:
    one_clock(history)
    first = _given_up(history)
    hook = seen(history.runs(Call.PRE_FREEZE), "a run of PreFreeze")[0]
    run = next((run for run in history.runs(Call.INVOKE) if run.start.request_id == first.sent.request_id), None)
    going_on = run is not None and (run.end is None or run.end.t > hook.start.t)
    told = "beside the handler, which goes on" if going_on else "after the handler had ended"
    raise Observation(f"PreFreeze ran {told}", evidence=(first.answer, hook.start))


@judges("failing-invocation.pre-freeze-runs-all-the-same", on=("failing-invocation",))
def test_pre_freeze_runs_after_a_failed_invocation(history: History) -> None:
    one_clock(history)
    failed = _failed_invocation(history)
    begun = seen(history.freezes(), "a freeze")[0].begun
    runs = [run for run in ran(history, Call.PRE_FREEZE) if failed.sent.t < run.began < begun.t and run.whole]
    require(
        len(runs) == 1,
        expected="one run of PreFreeze between the failed invocation and the freeze",
        seen=str(len(runs)),
        evidence=(failed.sent, failed.answer, begun),
    )


@judges("failing-invocation.next-invocation-is-clean", on=("failing-invocation",))
def test_the_invocation_after_a_failed_one_is_clean(history: History) -> None:
    exchanges = seen(history.exchanges(Call.INVOKE), "an invocation", at_least=3)
    if not history.keeps_records:
        _failed_invocation(history)
    first, last = exchanges[0].answered, exchanges[2].answered
    if first is None:
        raise NotTestable(expected="an answer before the failure", seen="none", evidence=(exchanges[0].sent,))
    require(
        # What the generated function answers is its counter; what another does is not known.
        last is not None and status_of(last) == status_of(first) and (last.body.isdigit() or not history.keeps_records),
        expected=status_of(first) + (" and the counter" if history.keeps_records else ""),
        seen="no answer" if last is None else f"{status_of(last)}, {last.body[:80]!r}",
        evidence=(exchanges[1].answer, exchanges[2].sent, exchanges[2].answer),
        certain=True,
    )


@judges("failing-invocation.end-line-tells", on=("failing-invocation",))
def test_the_end_line_of_a_failed_invocation_tells_the_failure(history: History) -> None:
    failed = _failed_invocation(history)
    if not _has_to_tell_its_end(history, failed):
        raise NotTestable(expected="an invocation that fails after its Start line", seen="it has none")
    lines = [
        marker
        for marker in history.markers(Call.INVOKE)
        if marker.edge == "end" and marker.request_id == failed.sent.request_id
    ]
    require(
        len(lines) == 1 and lines[0].failed,
        expected="one End line of Invoke that tells an error",
        seen=", ".join(repr(marker.line.text[:160]) for marker in lines)
        or "none" + nearest(history, Call.INVOKE, "end", [failed.sent.request_id]),
        evidence=(failed.sent, *(marker.line for marker in lines)),
    )
