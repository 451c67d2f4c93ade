"""Judgements on their way: in pytest's reports from the process that judged, gathered in the one that reports them.

Here, too, the checks get a Judgement that sent none, since their worker died or the run was broken off. Judging itself
is :mod:`conformance.judging.judging`'s work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judging import checks
from conformance.judging.verdict import Judgement, decode, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.tables.catalogue import Catalogue

PROPERTY = "judgement"
"""The user property of a report in which a Judgement travels."""


def send(report: pytest.TestReport, judgement: Judgement) -> None:
    """Let a report carry its Judgement from a worker to the controller."""
    report.user_properties.append((PROPERTY, encode(judgement)))


class Gathering:
    """A plugin of the controller: the Judgements of the reports that come in, from this process or from the workers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.judgements: list[Judgement] = []
        self._catalogue = catalogue
        self._collected: dict[str, None] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the Judgement out of a report."""
        text = dict(report.user_properties).get(PROPERTY)
        if text is not None:
            self.judgements.append(decode(str(text)))
        elif report.failed and "[" in report.nodeid:
            # A worker that died in the middle of a check sends no Judgement; xdist reports the crash by node id only.
            why = f"the worker died in the middle of this check: {str(report.longrepr)[:500]}"
            lost = checks.lost(report.nodeid, self._catalogue, why)
            if lost is not None:
                self.judgements.append(lost)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what this process is going to judge."""
        self._collected.update(dict.fromkeys(item.nodeid for item in session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: Sequence[str]) -> None:
        """Note what the workers are going to judge."""
        self._collected.update(dict.fromkeys(ids))

    def judge_what_was_not_reached(self, *, interrupted: bool, ends_at_red: bool) -> None:
        """Add that nothing can be said of the checks that the run did not come to.

        ``ends_at_red``: the run was asked to end early (``-x``); who did so knows why there is no more after a red one.
        """
        if ends_at_red and any(judgement.verdict.red for judgement in self.judgements):
            return
        end = "the run was interrupted" if interrupted else "the run ended, its workers had died,"
        why = f"{end} before this check was judged"
        self.judgements += checks.not_reached(self._collected, self.judgements, self._catalogue, why)
