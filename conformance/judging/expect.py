"""What checks say: a requirement is violated, or it could not be tested. And the words to say it with.

A check returns when it has seen its requirement hold. It never returns for having seen nothing: what it must have
seen goes through :func:`seen`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from fixtures.history.events import LogLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import Event
    from fixtures.history.history import Freeze, History, Ran

T = TypeVar("T")


class Outcome(AssertionError):
    """Base of what a check can raise. ``evidence`` are the events that show it."""

    def __init__(self, *, expected: str, seen: str, evidence: Sequence[Event | None] = ()) -> None:
        super().__init__(f"expected: {expected}\nseen: {seen}")
        self.expected = expected
        self.seen = seen
        self.evidence = tuple(event for event in evidence if event is not None)


class Violation(Outcome):
    """The requirement was observed not to hold: FAIL.

    ``certain``: an answer, the kernel or a record itself shows it, so that it is true whatever else a log may lack.
    """

    def __init__(
        self, *, expected: str, seen: str, evidence: Sequence[Event | None] = (), certain: bool = False
    ) -> None:
        super().__init__(expected=expected, seen=seen, evidence=evidence)
        self.certain = certain


class NotTestable(Outcome):
    """Something that the check must have seen did not come about: NOT_TESTABLE."""


class NoWitness(Outcome):
    """Nobody was there who could have seen it: NOT_APPLICABLE. ``seen`` says what would make it visible."""

    def __init__(self, *, expected: str, seen: str) -> None:
        super().__init__(expected=expected, seen=seen)


class Observation(Outcome):
    """What was seen where the contract is silent: PASS, and a note in the report. It can never fail."""

    def __init__(self, text: str, *, evidence: Sequence[Event | None] = ()) -> None:
        super().__init__(expected="", seen=text, evidence=evidence)


def require(
    holds: bool, *, expected: str, seen: str, evidence: Sequence[Event | None] = (), certain: bool = False
) -> None:
    """Raise a :class:`Violation` unless ``holds``; ``certain`` where nothing is concluded from what a log lacks."""
    if not holds:
        raise Violation(expected=expected, seen=seen, evidence=evidence, certain=certain)


def seen(found: Sequence[T], what: str, *, at_least: int = 1) -> Sequence[T]:
    """``found``, when it has ``at_least`` so many; else :class:`NotTestable`."""
    if len(found) < at_least:
        raise NotTestable(expected=f"to see {what}, at least {at_least}", seen=f"{len(found)} of them")
    return found


def one_clock(history: History) -> None:
    """Raise :class:`NotTestable` unless function and driver are proved to read one clock.

    Without records there is no clock but the driver's: the engine's stamps on the lines of the log are brought to it.
    """
    if history.keeps_records and not history.clock.shared:
        raise NotTestable(
            expected="a function whose clock is the driver's, so that their times can be compared",
            seen=history.clock.evidence,
        )


def completed_freezes(history: History, *, at_least: int = 1) -> list[Freeze]:
    """Freezes that were entered and left; at least so many, else :class:`NotTestable`."""
    whole = [freeze for freeze in history.freezes() if freeze.frozen is not None and freeze.thaw_begun is not None]
    seen(whole, "a freeze from its begin to its end", at_least=at_least)
    return whole


def milliseconds(earlier: int, later: int) -> str:
    """A signed distance in time, for messages."""
    return f"{(later - earlier) / 1e6:+.1f} ms"


def describe(run: Ran) -> str:
    """A run of the function, for messages."""
    open_still = "no End line" if isinstance(run.start, LogLine) else "never ended"
    failed = "" if run.whole else ", and its End line tells an error"
    end = open_still if run.ended is None else f"took {(run.ended - run.began) / 1e6:.1f} ms{failed}"
    return f"{run.call.label} {run.request_id} ({end})"
