"""The six verdicts, and the value that carries one from a check to the reports.

    PASS            the requirement was observed to hold                              passed
    FAIL            it was observed not to hold                                       failed
    NOT_TESTABLE    a prerequisite did not come about: nothing was seen, so no pass   failed
    GAP             a known, declared failure, still as declared                      xfailed
    NOT_APPLICABLE  the requirement does not apply to this subject, profile or mode,
                    or nobody was there who could have seen it (no witness)           skipped
    INCONCLUSIVE    the harness or the engine failed; counts neither way              error

The right column is the outcome in pytest. A run is green only without FAIL, NOT_TESTABLE and INCONCLUSIVE.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What is said of one requirement, on one subject, by one scenario."""

    PASS = "PASS"
    FAIL = "FAIL"
    NOT_TESTABLE = "NOT_TESTABLE"
    GAP = "GAP"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def red(self) -> bool:
        """Whether a run with this verdict may not end with exit status 0."""
        return self in (Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.INCONCLUSIVE)

    @property
    def observed(self) -> bool:
        """Whether something was seen of the subject that this verdict rests on."""
        return self in (Verdict.PASS, Verdict.FAIL, Verdict.GAP)


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict with all that a reader needs to follow it.

    ``expected`` and ``seen`` are filled for FAIL and NOT_TESTABLE; ``evidence`` are indexes of events in the
    History; ``history`` is the History's file name, empty where no instance was driven; ``notes`` are remarks
    that change no verdict (what only a tolerant reading accepted, what the contract leaves open). ``rung``: the
    evidence that a verdict of something observed stands on (:class:`conformance.tables.rungs.Rung`), else empty.
    """

    requirement: str
    level: str
    family: str
    runtime: str
    scenario: str
    verdict: Verdict
    message: str
    nodeid: str
    history: str = ""
    expected: str = ""
    seen: str = ""
    evidence: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    rung: str = ""


def encode(judgement: Judgement) -> str:
    """A Judgement as text: the form in which it travels from an xdist worker to the controller."""
    return msgspec.json.encode(judgement).decode()


def decode(text: str) -> Judgement:
    """The reverse of :func:`encode`."""
    return msgspec.json.decode(text, type=Judgement)
