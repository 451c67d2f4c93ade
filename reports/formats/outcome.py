"""A Judgement as pytest's own outcome: what its progress, its ``junit.xml`` and its exit status are made of.

Which outcome stands for which verdict is told in :mod:`conformance.judging.verdict`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from _pytest.junitxml import xml_key

from conformance.judging.verdict import Verdict
from reports.text import plain

if TYPE_CHECKING:
    from conformance.judging.verdict import Judgement


JUDGED_BY = "judged by"
"""The property of a test case that names the evidence its verdict stands on."""


class JUnitProperties:
    """A plugin of the controller: writes what a verdict stands on into ``junit.xml``.

    pytest itself takes properties from the report of a tear-down, which not every check has.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        xml = self._config.stash.get(xml_key, None)
        rung = dict(report.user_properties).get(JUDGED_BY)
        if xml is not None and rung is not None:
            xml.node_reporter(report).add_property(JUDGED_BY, rung)


def present(report: pytest.TestReport, judgement: Judgement) -> None:
    """Give pytest's report of an item the outcome that its verdict stands for."""
    if judgement.rung:
        report.user_properties.append((JUDGED_BY, judgement.rung))
    if judgement.verdict is Verdict.NOT_APPLICABLE:
        if report.outcome != "skipped":
            # The check was called and had no witness; pytest asks for the place of a skip beside its reason.
            path, line, _ = report.location
            report.outcome = "skipped"
            report.longrepr = (path, (line or 0) + 1, f"Skipped: {plain(judgement.message)}")
        return
    if judgement.verdict is Verdict.PASS:
        report.outcome = "passed"
    elif judgement.verdict is Verdict.GAP:
        report.outcome = "skipped"
        report.wasxfail = plain(judgement.message)
    else:
        report.outcome = "failed"
        # pytest prints this as it is, where it is asked for tracebacks: an instance's words are in it.
        told = f"{judgement.verdict} {judgement.requirement} ({judgement.runtime}): {judgement.message}"
        report.longrepr = plain(told)


def leave_out_what_has_no_line(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Leave the entries out of a traceback of which Python does not know the line."""

    with_a_line = []
    for entry in excinfo.traceback:
        # Asked for a line that is not known, the library computes with None.
        with contextlib.suppress(TypeError):
            with_a_line.append((entry.lineno, entry))
    excinfo.traceback = type(excinfo.traceback)(entry for _, entry in with_a_line)
