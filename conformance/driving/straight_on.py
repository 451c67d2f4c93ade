"""How a replay has its checks called: straight on, without what pytest does for fixtures around each of them.

What becomes of a check goes through pytest's own hooks: reports, ``junit.xml``, ``-x`` and exit statuses are as in any
other run. Where a case's History comes from is left to who makes this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judging.checks import Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.history.history import History


class StraightOn:
    """Has a check of a saved History called without pytest's set-up and tear-down around it.

    A check is a function of a History. Where that only has to be read, what pytest does for fixtures, captured output
    and logs takes several times longer than all checks.
    """

    def __init__(self, history_of: Callable[[Case, str], History]) -> None:
        """``history_of``: the History that a case is judged on, for the check with a node id; it may skip the check."""
        self._history_of = history_of

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        case = case_of(item)
        if case is None or not isinstance(item, pytest.Function) or not {*item.fixturenames} <= {"history", "request"}:
            return None
        hook, check = item.ihook, item.obj
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        passing_on = (pytest.exit.Exception, KeyboardInterrupt)
        # Who has no History to judge ends in what pytest calls the set-up, as anywhere else: an error, no failure.
        call = pytest.CallInfo.from_call(lambda: self._history_of(case, item.nodeid), "setup", passing_on)
        if call.excinfo is None:
            found = call.result
            call = pytest.CallInfo.from_call(lambda: check(found), "call", passing_on)
        report = hook.pytest_runtest_makereport(item=item, call=call)
        hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


def case_of(item: pytest.Item) -> Case | None:
    """The case of a check's item, or None where the item is another test."""
    case = getattr(item, "callspec", None) and item.callspec.params.get("history")  # type: ignore[attr-defined]
    return case if isinstance(case, Case) else None
