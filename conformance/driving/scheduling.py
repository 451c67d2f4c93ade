"""Which worker runs which check: all checks of one History on the worker that drives it.

pytest-xdist's own grouping by mark groups nothing with pytest 9.2, without a warning; the node id is all that this
scheduler reads. That it groups is shown by a test which counts containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def group_of(nodeid: str) -> str:
    """The part of a node id that names subject and scenario: ``...::test_x[nodejs-two-freezes]``."""
    _, bracket, rest = nodeid.partition("[")
    return rest.rstrip("]") if bracket else nodeid


def by_history(config: pytest.Config, log: object) -> object:
    """A scheduler that keeps the checks of one History together."""
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class ByHistory(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByHistory(config, log)
