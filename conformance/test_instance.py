"""An instance starts, answers and ends as the platform needs it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import told_success, what_came
from conformance.judging.expect import NotTestable, Observation, require, seen
from conformance.judging.witnesses import EVERY_ADDRESS, who_is_first
from fixtures.history.events import Answered, Call, KernelSeen, Ready, StartBegun
from fixtures.history.foreign_hands import SIGTERM

if TYPE_CHECKING:
    from fixtures.history.history import Exchange, History

KILLED = 137
"""Exit code of a process that was ended by SIGKILL."""


@judges("instance.becomes-ready", on=("probe", "two-freezes", "single-run"))
def test_the_instance_becomes_ready_after_its_start(history: History) -> None:
    started = seen(history.of(StartBegun), "the start of the instance")
    ready = history.of(Ready)
    trouble = f"it did not: {history.trouble}" if history.trouble is not None else "it did not"
    sockets = [socket for look in history.of(KernelSeen) for socket in look.listening or ()]
    listens = sorted({f"{socket.address}:{socket.port}" for socket in sockets})
    where = f"; the kernel sees it listen on {' and '.join(listens)}: say so by port, or listen elsewhere"
    require(
        bool(ready),
        expected="the instance to become ready",
        seen=trouble + (where if listens else ""),
        evidence=started,
    )
    narrow = sorted({socket.address for socket in sockets})
    if narrow and not set(narrow) & set(EVERY_ADDRESS):
        raise Observation(
            f"it listens on {' and '.join(narrow)} only: the page asks for every address of the container "
            f"({EVERY_ADDRESS[0]}), and at its others it cannot be reached",
            evidence=ready,
        )


@judges(
    "instance.answers-every-invocation",
    on=(
        "probe",
        "two-freezes",
        "overlapping-requests",
        "stop-without-freeze",
        "hooks-hand-back-a-sentinel",
        "single-run",
        "eight-at-once",
        "thirty-two-at-once",
        "staggered-requests",
        "request-while-frozen",
        "request-while-pre-freeze-runs",
        "kept-alive-connection",
    ),
)
def test_every_invocation_is_answered_with_what_the_handler_handed_back(history: History) -> None:
    seen(history.of(Ready), "an instance that is ready to be invoked")
    results = {run.start.request_id: run.end.result for run in history.runs(Call.INVOKE) if run.end is not None}
    for exchange in seen(history.exchanges(Call.INVOKE), "an invocation"):
        answer = exchange.answer
        require(
            isinstance(answer, Answered) and told_success(exchange) and not answer.cut,
            expected="a complete answer that says success",
            seen=what_came(answer) + after_pre_freeze(history, exchange),
            evidence=(exchange.sent, answer),
            certain=True,
        )
        assert isinstance(answer, Answered)
        if not history.keeps_records:
            continue
        wanted = results.get(exchange.sent.request_id)
        if wanted is None:
            raise NotTestable(
                expected="the handler's own record of this invocation's end",
                seen="there is none with its request ID",
                evidence=(exchange.sent, answer),
            )
        require(
            answer.body == wanted,
            expected=f"the answer {wanted!r}, which the handler handed back",
            seen=f"the answer {answer.body[:200]!r}",
            evidence=(exchange.sent, answer),
            certain=True,
        )
    if not history.keeps_records:
        raise Observation(
            "complete answers that say success; whether they are what the handler handed back is not known"
        )


def after_pre_freeze(history: History, failed: Exchange) -> str:
    """Words for an invocation that is the first to fail after a PreFreeze, where none had failed before it."""
    hooks = [one.sent.t for one in history.exchanges(Call.PRE_FREEZE) if one.sent.t < failed.sent.t]
    before = [one for one in history.exchanges(Call.INVOKE) if hooks and one.sent.t < hooks[-1]]
    if not before or not all(map(told_success, before)):
        return ""
    return f"; it is the first after PreFreeze, before which {len(before)} succeeded"


@judges("instance.ends-on-sigterm", on=("probe", "two-freezes", "stop-without-freeze", "single-run"))
def test_the_process_ends_by_itself_when_it_is_asked_to(history: History) -> None:
    begun, stopped = history.stop()
    if begun is None or stopped is None:
        raise NotTestable(expected="a stop of the instance from its begin to its end", seen="there is none")
    _was_asked_by_sigterm(history)
    took_s = (stopped.t - begun.t) / 1e9
    require(
        stopped.exit_code != KILLED and took_s < begun.grace_s,
        expected=f"an end within {begun.grace_s} s of SIGTERM",
        seen=f"exit code {stopped.exit_code} after {took_s:.1f} s{who_is_first(history)}",
        evidence=(begun, stopped, *history.engine("die")),
    )


def _was_asked_by_sigterm(history: History) -> None:
    """Of an end by another signal than the platform's nothing follows; which it was the engine's own event says."""
    asked = next(iter(history.engine("kill")), None)
    if asked is not None and asked.signal not in (None, SIGTERM):
        raise NotTestable(
            expected="a stop by SIGTERM, as the platform's",
            seen=f"the engine sent signal {asked.signal}",
            evidence=(asked,),
        )
