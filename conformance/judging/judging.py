"""From what a check did to a Judgement. Pure: what pytest makes of one is :mod:`reports.formats.outcome`'s business."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from conformance.judging import gaps
from conformance.judging.doubt import doubt
from conformance.judging.evidence import standing
from conformance.judging.expect import NotTestable, NoWitness, Observation, Outcome, Violation
from conformance.judging.verdict import Judgement, Verdict
from conformance.judging.witnesses import by_processes
from conformance.tables.rungs import Rung, no_witness
from fixtures.history.events import FunctionRecord
from fixtures.history.store import file_name
from runtimes.subjects import BrokenRuntime

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from conformance.judging.checks import Case
    from fixtures.history.events import Event
    from fixtures.history.history import History
    from fixtures.history.markers import Marker


OF_ONE_PROCESS = frozenset(
    {
        "state.invocations-share-it",
        "state.pre-freeze-shares-it",
        "state.pre-stop-shares-it",
        "concurrency.requests-share-the-state",
        "metrics.written-before-the-freeze",
        "metrics.none-is-lost",
    }
)
"""Requirements on what a function keeps in memory: of several processes that loaded it, a call finds any."""


class Inconclusive(Exception):
    """The harness or the engine failed, so nothing can be said. Raised instead of handing out a History."""


def judge(
    case: Case,
    *,
    nodeid: str,
    history: History | None,
    error: BaseException | None,
    declared: Sequence[gaps.Gap],
    today: datetime.date,
) -> Judgement:
    """The verdict of one item whose check ended with ``error``, or without one."""
    rung = standing(case.requirement.stands_on, history) if history is not None else None
    verdict, message, outcome = _verdict(case, history, error)
    by_the_log = rung in (Rung.RECORDS, Rung.LINES)
    shown = isinstance(error, Violation) and error.certain
    not_seen_to_hold = verdict in (Verdict.FAIL, Verdict.NOT_TESTABLE) and not shown
    if not_seen_to_hold and by_the_log and history is not None and (why := doubt(history)):
        # The log is to blame for its own lines; of all else it is not known whether it was so.
        verdict = verdict if case.requirement.family == "logs" else Verdict.NOT_TESTABLE
        message = f"{message}; {why}"
    if verdict is Verdict.FAIL and case.requirement.id in OF_ONE_PROCESS and history is not None:
        loaded = [record for record in history.of(FunctionRecord) if record.edge == "loaded"]
        if several := by_processes(loaded):
            # That it is loaded by several is a requirement of its own, and told there once.
            verdict = Verdict.NOT_TESTABLE
            message = f"{message}; the function was loaded {len(loaded)} times{several}: which is asked is chance"
    if history is not None and rung is None and verdict is not Verdict.INCONCLUSIVE:
        # Whatever the check made of it: on less evidence than its requirement names nothing is judged.
        verdict, message, outcome = Verdict.NOT_APPLICABLE, no_witness(case.requirement.stands_on), None
    notes = _notes(history) if case.requirement.family == "logs" else ()
    if isinstance(error, Observation):
        notes = (*notes, error.seen)
    version = "" if isinstance(case.subject, BrokenRuntime) else case.subject.definition.runtime.version
    gap = gaps.find(declared, case.requirement.id, case.subject.name, version)
    if gap is not None:
        verdict, message = gaps.apply(gap, verdict, message, today)
    return Judgement(
        requirement=case.requirement.id,
        level=case.requirement.level,
        family=case.requirement.family,
        runtime=case.subject.name,
        scenario=case.scenario,
        verdict=verdict,
        message=message,
        nodeid=nodeid,
        history=file_name(case.subject.name, case.scenario) if history is not None else "",
        expected=outcome.expected if outcome is not None else "",
        seen=outcome.seen if outcome is not None else "",
        evidence=_indexes(history, outcome.evidence) if outcome is not None and history is not None else (),
        notes=notes,
        rung=rung.value if rung is not None and verdict.observed else "",
    )


def _verdict(case: Case, history: History | None, error: BaseException | None) -> tuple[Verdict, str, Outcome | None]:
    if case.not_applicable:
        return Verdict.NOT_APPLICABLE, case.not_applicable, None
    if error is None:
        return Verdict.PASS, "", None
    if isinstance(error, Observation):
        return Verdict.PASS, f"observed: {error.seen}", error
    trouble = f"\n  the drive ended early: {history.trouble}" if history is not None and history.trouble else ""
    if isinstance(error, Violation):
        return Verdict.FAIL, f"expected {error.expected}; seen: {error.seen}{trouble}", error
    if isinstance(error, NoWitness):
        return Verdict.NOT_APPLICABLE, f"no witness: expected {error.expected}; {error.seen}", None
    if isinstance(error, NotTestable):
        if history is not None and not history.keeps_records and history.trouble is None:
            # Nobody promised that it would come about: only the generated function does what a scenario plans.
            return Verdict.NOT_APPLICABLE, f"no witness: expected {error.expected}; seen: {error.seen}", None
        return Verdict.NOT_TESTABLE, f"expected {error.expected}; seen: {error.seen}{trouble}", error
    if isinstance(error, Inconclusive):
        return Verdict.INCONCLUSIVE, str(error), None
    return Verdict.INCONCLUSIVE, f"the check itself broke: {last_call(error)}", None


def last_call(error: BaseException) -> str:
    """An unexpected error in one line, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def _indexes(history: History, events: Sequence[Event]) -> tuple[int, ...]:
    wanted = {id(event) for event in events}
    return tuple(index for index, event in enumerate(history.events) if id(event) in wanted)


def _notes(history: History | None) -> tuple[str, ...]:
    if history is None:
        return ()
    loose = [marker for marker in history.markers() if not marker.strict]
    return tuple(f"only the tolerant reading takes the line {_as_written(marker)}" for marker in loose[:5])


def _as_written(marker: Marker) -> str:
    text = repr(marker.line.text[:200])
    return f"{text}, a part of the line {marker.line.part_of[:200]!r}" if marker.spoilt else text
