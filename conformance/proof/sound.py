"""The sound runtimes in a run: what they are driven through, and from their drives to what became of them. Pure.

A suite that is red on everything kills every fault. So unusual runtimes that are right are driven beside the faults,
and no verdict on any of them may be red.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from conformance.proof.kills import Red, reds
from fixtures.history.events import LogLine
from runtimes.render import IN_FORCE
from runtimes.sound import SoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.judging.suite import Suite
    from conformance.proof.kills import Sight
    from fixtures.history.history import History
    from runtimes.sound import SoundRuntime


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one sound runtime.

    ``verdicts``: how many of each kind; ``red`` should be empty; ``in_force``: it said itself, in a drive, that it did
    the unusual thing; ``note``: words of a note that was to be made of it, ``noted``: that it was made.
    """

    sound: str
    runtime: str
    wire: str
    text: str
    why: str
    drives: int
    verdicts: dict[str, int]
    in_force: bool
    note: str
    noted: bool
    red: tuple[Red, ...]
    spoilt: tuple[str, ...]

    @property
    def left_alone(self) -> bool:
        """It did the unusual thing, nothing was red, nothing was spoilt, and the note was made."""
        return self.drives > 0 and self.in_force and not self.red and not self.spoilt and (self.noted or not self.note)


def in_force(runtime: SoundRuntime, history: History) -> bool:
    """Whether the History shows, by the runtime's own word, that the unusual thing was really done."""
    line = IN_FORCE + runtime.id
    return any(isinstance(event, LogLine) and event.text == line for event in history.events)


def scenarios_of(runtime: SoundRuntime, suite: Suite) -> tuple[str, ...]:
    """What ``runtime`` is driven through.

    Raises:
        SoundError: it names a scenario that its subject is not driven through.
    """
    known = suite.scenarios(runtime.subject.name)
    unknown = [name for name in runtime.scenarios if name not in known]
    if unknown:
        raise SoundError(f"{runtime.id}: {runtime.subject.name} is not driven through {', '.join(unknown)}")
    return runtime.scenarios or known


def sound_of(runtime: SoundRuntime, sights: Sequence[Sight]) -> Sound:
    """The line of the kill matrix of a sound runtime that was driven with these results."""
    verdicts = Counter(one.verdict.value for sight in sights for one in sight.judgements)
    notes = [note for sight in sights for one in sight.judgements for note in one.notes]
    return Sound(
        sound=runtime.id,
        runtime=runtime.subject.name,
        wire=runtime.subject.wire,
        text=runtime.text,
        why=runtime.why,
        drives=len(sights),
        verdicts=dict(sorted(verdicts.items())),
        in_force=any(sight.in_force for sight in sights),
        note=runtime.note,
        noted=bool(runtime.note) and any(runtime.note in note for note in notes),
        red=reds(sights),
        spoilt=tuple(f"{sight.scenario}: {sight.trouble}" for sight in sights if sight.spoilt),
    )
