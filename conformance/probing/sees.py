"""What a probe saw of an instance, in a line: how it started, where it listens, what it answers, who else speaks of it.

Facts only; what they mean, and what to do about it, is :mod:`conformance.probing.findings`' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.evidence import told_success
from fixtures.history.events import (
    HOOKS,
    Call,
    KernelSeen,
    PathTried,
    Ready,
    SinkReceived,
    StartBegun,
    Unanswered,
    UnknownPathAsked,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fixtures.history.events import ListeningSocket, ProcessSeen
    from fixtures.history.history import Exchange, History


def in_a_line(history: History) -> str:
    """What was seen, part by part."""
    return "; ".join(_parts(history))


def processes(history: History) -> Sequence[ProcessSeen]:
    """The processes of the instance when it was ready, or was waited for no longer; the first one before all others."""
    return next((event.processes for event in _looks(history) if event.processes), ())


def sockets(history: History) -> Sequence[ListeningSocket] | None:
    """Where it listened then; None where the kernel could not be asked."""
    return next((event.listening for event in _looks(history) if event.listening is not None), None)


def socket_name(one: ListeningSocket) -> str:
    """Address and port as people write them."""
    return f"[{one.address}]:{one.port}" if ":" in one.address else f"{one.address}:{one.port}"


def ready_after_s(history: History) -> float | None:
    """Seconds from the start until it was ready; None where it was not."""
    ready = history.of(Ready)
    return (ready[0].t - history.of(StartBegun)[0].t) / 1e9 if ready else None


def what_came(exchange: Exchange) -> str:
    """An answer in words."""
    if exchange.answered is not None:
        return f"is answered {exchange.answered.status}"
    return f"has no answer: {exchange.answer.why}" if isinstance(exchange.answer, Unanswered) else "has no answer"


def target_of(exchange: Exchange) -> str:
    """What was asked for, as the wire names it."""
    return exchange.sent.target or exchange.sent.call.label


def _looks(history: History) -> list[KernelSeen]:
    """The kernel's word with sockets first, which is about the moment that the others are compared with."""
    found = list(history.of(KernelSeen))
    return [event for event in found if event.listening is not None] + found


def _parts(history: History) -> Iterator[str]:
    after = ready_after_s(history)
    yield f"ready after {after:.2f} s" if after is not None else "does not get ready"
    seen = processes(history)
    if seen:
        others = f" and {len(seen) - 1} more" if len(seen) > 1 else ""
        yield f"PID 1 is {seen[0].name}{others}"
    listening = sockets(history)
    if listening is not None:
        yield f"listens on {', '.join(map(socket_name, listening)) or 'nothing'}"
    for call in (Call.INVOKE, *HOOKS):
        exchanges = history.exchanges(call)
        if exchanges:
            yield f"{target_of(exchanges[0])} {what_came(exchanges[0])}"
    for tried in history.of(PathTried):
        yield f"{tried.target} {_status(tried)}"
    for control in history.of(UnknownPathAsked):
        yield f"a path nobody knows {_status(control)}"
    if after is not None:
        if any(map(told_success, history.exchanges())):
            yield "writes Start and End lines" if history.markers() else "writes no Start and End lines"
        sent = len(history.of(SinkReceived))
        yield f"sends out {sent} {'request' if sent == 1 else 'requests'}" if sent else "sends nothing out"


def _status(tried: PathTried | UnknownPathAsked) -> str:
    return f"is answered {tried.status}" if tried.status is not None else "has no answer"
