"""The circumstances of a run: what a report says of it beside its verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.scenarios.sequences import A_SEQUENCE
from reports.report import RunFacts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from conformance.judging.verdict import Judgement
    from conformance.scenarios.sequences import Sequences
    from conformance.tables.catalogue import Profile
    from fixtures.session import Session

VERSION = "0.1.0"


def facts_of_run(
    judgements: Iterable[Judgement],
    *,
    session: Session | None,
    profile: Profile,
    sequences: Sequences,
    started: datetime.datetime,
    duration_s: float,
    exit_status: int,
    arguments: Iterable[object],
) -> RunFacts:
    """What is to be said of a run that ends now, on this machine. ``session`` is None for judged saved Histories."""
    # For the one process that writes a report, not for each worker.
    import psutil

    return RunFacts(
        id=session.run if session is not None else "replay",
        version=VERSION,
        profile=profile.name,
        profile_text=profile.text,
        started=started.isoformat(timespec="seconds"),
        duration_s=round(duration_s, 1),
        engine=session.engine if session is not None else "none: saved Histories were judged",
        cores=psutil.cpu_count() or 0,
        memory_mb=psutil.virtual_memory().total // 2**20,
        exit_status=exit_status,
        # A name that is no text in this locale is told as its bytes.
        command=tuple(str(one).encode("utf-8", "backslashreplace").decode() for one in arguments),
        seed=sequences.seed if any(A_SEQUENCE.match(one.scenario) for one in judgements) else None,
    )
