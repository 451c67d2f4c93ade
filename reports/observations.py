"""What was observed where the contract is silent: requirements of level NOTE, runtime beside runtime.

Pure. An observation is no verdict on a runtime: it cannot fail, and being alone with one is no fault. What is
worth a reader's time is where runtimes do not behave alike, so equal observations are put together here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.judging.verdict import Verdict
from conformance.tables.catalogue import Level
from fixtures.history.events import Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.judging.verdict import Judgement

SAME_MS = 50.0
"""Times that lie closer together than this, in milliseconds, make no difference between two observations."""

_HOOK = re.compile(rf"(?:^|; )({'|'.join(call.label for call in Call)}): ")
_TIME = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?= ms\b)")


@dataclass(frozen=True)
class Group:
    """Runtimes of which the same was observed. ``seen``: what, times that differ a little as a range."""

    seen: str
    members: tuple[Judgement, ...]


@dataclass(frozen=True)
class Aspect:
    """One thing that was looked at. ``hook``: the hook that it is about, empty when it is about the instance."""

    hook: str
    groups: tuple[Group, ...]
    """The largest first."""

    @property
    def differs(self) -> bool:
        """Whether not the same was observed of all runtimes."""
        return len(self.groups) > 1


@dataclass(frozen=True)
class Comparison:
    """One requirement in one scenario, on all runtimes that it was observed on."""

    requirement: str
    scenario: str
    aspects: tuple[Aspect, ...]

    @property
    def differs(self) -> bool:
        """Whether the runtimes differ in any aspect."""
        return any(aspect.differs for aspect in self.aspects)


def is_observation(judgement: Judgement) -> bool:
    """Whether the verdict only tells what was seen: neither right nor wrong, as the contract does not say."""
    return judgement.level == Level.NOTE and judgement.verdict is Verdict.PASS and judgement.seen != ""


def compare(judgements: Iterable[Judgement]) -> tuple[Comparison, ...]:
    """All observations side by side, in the order of the run."""
    together: dict[tuple[str, str], list[Judgement]] = {}
    for judgement in filter(is_observation, judgements):
        together.setdefault((judgement.requirement, judgement.scenario), []).append(judgement)
    return tuple(
        Comparison(requirement, scenario, _aspects(members)) for (requirement, scenario), members in together.items()
    )


def _aspects(judgements: Sequence[Judgement]) -> tuple[Aspect, ...]:
    """Each hook is compared for itself: that a runtime has no PreFreeze makes its PreStop no different."""
    told: dict[str, list[tuple[str, Judgement]]] = {}
    for judgement in judgements:
        for hook, text in _by_hook(judgement.seen):
            told.setdefault(hook, []).append((text, judgement))
    order = ["", *(call.label for call in Call)]
    return tuple(Aspect(hook, _groups(told[hook])) for hook in sorted(told, key=order.index))


def _by_hook(seen: str) -> list[tuple[str, str]]:
    """``PreFreeze: a; PreStop: b`` as its parts; any other text is one part that names no hook."""
    before, *parts = _HOOK.split(seen)
    if before or not parts:
        return [("", seen)]
    return list(zip(parts[::2], parts[1::2], strict=True))


def _groups(told: Iterable[tuple[str, Judgement]]) -> tuple[Group, ...]:
    def skeleton(one: tuple[str, Judgement]) -> tuple[str, int]:
        return _TIME.sub("", one[0]), len(_times(one[0]))

    groups: list[Group] = []
    for _, alike in groupby(sorted(told, key=lambda one: (skeleton(one), _times(one[0]))), key=skeleton):
        near: list[list[tuple[str, Judgement]]] = []
        for one in alike:
            fitting = next((members for members in near if _near(members[0][0], one[0])), None)
            if fitting is None:
                near.append([one])
            else:
                fitting.append(one)
        for members in near:
            seen = _merged([text for text, _ in members])
            groups.append(Group(seen, tuple(sorted((one for _, one in members), key=lambda one: one.runtime))))
    return tuple(sorted(groups, key=lambda group: (-len(group.members), group.members[0].runtime)))


def _near(one: str, other: str) -> bool:
    return all(abs(a - b) < SAME_MS for a, b in zip(_times(one), _times(other), strict=True))


def _times(text: str) -> tuple[float, ...]:
    return tuple(map(float, _TIME.findall(text)))


def _merged(texts: Sequence[str]) -> str:
    """Texts that differ in their times only, as one: ``9 ms`` and ``12 ms`` are ``9 to 12 ms``."""
    columns = iter([(min(times), max(times)) for times in zip(*map(_times, texts), strict=True)])

    def span(_: re.Match[str]) -> str:
        low, high = next(columns)
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"

    return _TIME.sub(span, texts[0])
