"""How an author says a thing about his subject: by an option, in a subject file, or in his ``s.yaml``.

A cure that names another door than the one he came through would send him the wrong way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from runtimes.subjects import Door


@dataclass(frozen=True)
class Sayings:
    """Ends of sentences. ``port`` and ``invoke`` have a place for the value; the others name where to say it."""

    port: str
    invoke: str
    command: str
    memory: str
    hooks: str
    wire: str


SAYINGS: Final = {
    Door.IMAGE: Sayings(
        port="--port {}",
        invoke="--invoke '{}'",
        command="--command",
        memory="memory-mb in a subject file",
        hooks="hooks in a subject file",
        wire='wire = "{}" in a subject file',
    ),
    Door.FILE: Sayings(
        port="port = {}",
        invoke='invoke = "{}"',
        command="command in the subject file",
        memory="memory-mb in the subject file",
        hooks="hooks in the subject file",
        wire='wire = "{}" in the subject file',
    ),
    Door.PROJECT: Sayings(
        port="port: {} (caPort in 2.0) in the s.yaml",
        invoke="an HTTP trigger in the s.yaml, for {}",
        command="command in the s.yaml",
        memory="memorySize in the s.yaml",
        hooks="instanceLifecycleConfig in the s.yaml",
        wire="the runtime in the s.yaml of a program that speaks by {}",
    ),
}


def sayings(door: Door) -> Sayings:
    """The words for a subject that came in by ``door``."""
    return SAYINGS.get(door, SAYINGS[Door.IMAGE])
