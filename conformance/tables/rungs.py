"""The ladder of witnesses: how strong what a verdict stands on is, and what would put a subject on the next rung.

A requirement of the catalogue names the rungs that its check can stand on; :mod:`conformance.judging.evidence` says
which of them are there in a History. Each rung is weaker than the one before it, and none rests on another.
"""

from __future__ import annotations

from enum import StrEnum


class Rung(StrEnum):
    """One kind of witness, the strongest first."""

    RECORDS = "records"
    """The generated function is in the image: it does what the scenario plans, and keeps records of its own."""
    LINES = "lines"
    """Start and End lines in the log, with the request ID that was sent: the runtime says when it ran what."""
    SINK = "sink"
    """What the instance sends out arrives at a sink of the harness's, which stamps it."""
    KERNEL = "kernel"
    """What the kernel knows of the container: its CPU time, its processes, the sockets it listens on."""
    WIRE = "wire"
    """Requests and answers, and what is there with any image: the platform's own steps and the engine's events."""

    @property
    def height(self) -> int:
        """1 for the strongest, and so on downwards."""
        return list(Rung).index(self) + 1


MADE_VISIBLE_BY = {
    Rung.RECORDS: 'give the runtime whose generated function goes into the image (function = "..." in a subject file)',
    Rung.LINES: "write the lines 'FC Invoke Start RequestId: <id>' and 'FC Invoke End RequestId: <id>' around each "
    "call to the log (and PreFreeze, PreStop in place of Invoke), with the <id> of the header x-fc-request-id",
    Rung.SINK: "send spans as OTLP over HTTP to where OTEL_EXPORTER_OTLP_ENDPOINT says",
    Rung.KERNEL: "run the harness as root on the engine's machine, where it may read the container's cgroup",
    Rung.WIRE: "answer the platform's requests",
}
"""What somebody can do to be judged on a rung, as the end of a sentence."""


def no_witness(stands_on: tuple[Rung, ...]) -> str:
    """In one line: on which rungs something could be judged, and what makes it visible on the one that costs least."""
    wanted = " or ".join(stands_on)
    return f"no witness: this is judged by {wanted}; to be judged, {MADE_VISIBLE_BY[max(stands_on, key=_height)]}"


def _height(rung: Rung) -> int:
    return rung.height
