"""With which status a run ends, where pytest's own would say too little. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.judging.verdict import Judgement

NO_ENGINE = 3
"""Of a run that could not begin: no engine, or one that cannot be used."""
NOTHING_OBSERVED = 5
"""Of a run in which nothing applied: pytest's own for a run without tests."""


def after_judging(status: int, judgements: Iterable[Judgement]) -> int:
    """The status of a run with these verdicts, which pytest would end with ``status``.

    Every item may have been skipped: a run that observed nothing must not look like one that found nothing wrong.
    """
    verdicts = [judgement.verdict for judgement in judgements]
    if status == pytest.ExitCode.OK and verdicts and not any(verdict.observed for verdict in verdicts):
        return NOTHING_OBSERVED
    return status


def after_writing(status: int, unwritten: Iterable[str]) -> int:
    """The status of a run of whose report the ``unwritten`` is missing: who reads only the status must hear of it."""
    return pytest.ExitCode.TESTS_FAILED if status == pytest.ExitCode.OK and any(unwritten) else status
