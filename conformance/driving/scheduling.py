"""Which checks are made, and which worker runs which: all checks of one History on the worker that drives it.

pytest-xdist's own grouping by mark groups nothing with pytest 9.2, without a warning; the node id is all that this
scheduler reads. That it groups is shown by a test which counts containers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from conformance.scenarios.scenarios import PROBE, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

WAITING_AT_ONCE = 2
"""So many Histories that mostly wait are driven side by side."""


class FirstLook(msgspec.Struct, frozen=True):
    """Which subjects were looked at before all others, and for which of them that was all.

    What is red for one reason that was found by the first look would be red a hundred times.
    """

    at: list[str] = []
    ended: list[str] = []

    def leaves(self, subject: str, scenario: str) -> bool:
        """Whether a check of ``subject`` on ``scenario`` is still made."""
        return subject not in self.ended or scenario == PROBE

    def to_text(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_text(cls, text: str) -> FirstLook:
        return msgspec.json.decode(text, type=cls)


def group_of(nodeid: str) -> str:
    """The part of a node id that names subject and scenario: ``...::test_x[nodejs-two-freezes]``."""
    _, bracket, rest = nodeid.partition("[")
    return rest.rstrip("]") if bracket else nodeid


def waits(group: str) -> bool:
    """Whether the History of this group takes its time by doing nothing."""
    return any(group.endswith(f"-{scenario.name}") for scenario in SCENARIOS if scenario.waits)


def next_group(queue: Iterable[str], *, under_way: int) -> str:
    """The group of ``queue`` that a worker takes next, where so many that wait are ``under_way``.

    Whoever waits begins early, or the run would end with a wait; but not all at once, or everybody would wait.
    """
    groups = list(queue)
    waiting = [group for group in groups if waits(group)]
    if waiting and under_way < WAITING_AT_ONCE:
        return waiting[0]
    return next((group for group in groups if group not in waiting), groups[0])


def by_history(config: pytest.Config, log: object) -> object:
    """A scheduler that keeps the checks of one History together."""
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class ByHistory(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

        def _assign_work_unit(self, node: object) -> None:
            under_way = sum(
                waits(group) and not all(checks.values())
                for groups in self.assigned_work.values()
                for group, checks in groups.items()
            )
            first = next_group(self.workqueue, under_way=under_way)
            self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)

    return ByHistory(config, log)
