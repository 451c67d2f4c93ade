"""The kernel as the only witness of a freeze, in real containers: of a runtime that stands still between calls.

Nothing in such a runtime can keep a heartbeat while it waits; the vendor's built-in runtimes are of that kind. And a
platform that only says that it freezes is seen through without one word of the function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.driving.histories import support_of
from conformance.judging.evidence import without_lines, without_records
from conformance.judging.suite import Suite
from conformance.judging.verdict import Judgement, Verdict
from conformance.tables import catalogue
from conformance.tables.rungs import Rung
from fixtures.driver import Workplace, drive
from fixtures.engine import network, sweep
from fixtures.engine.connection import connect
from fixtures.engine.images import Image, images_for
from fixtures.engine.labels import RunLabels
from fixtures.engine.namespace import may_enter
from fixtures.history.events import KernelSeen, KernelUnseen, ListeningSocket, Moment, Ready, StopBegun, Tick
from fixtures.platform.faults.freezing import only_says_that_it_freezes
from runtimes.subjects import Overlay, Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixtures.engine.connection import Engine
    from fixtures.history.history import History
    from fixtures.platform.parts import Breaking

pytestmark = pytest.mark.engine

TWO_FREEZES = "two-freezes"
RESTS, GOES_ON = "freeze.nothing-runs", "freeze.runs-on-after-the-thaw"
STANDING = Path(__file__).parent / "standing_still"
NO_LONGER_S = 1.0
"""What one drive may take longer than another on a busy machine. A wait for a beat that cannot come would be twice as
long."""


class _Quiet:
    def building(self, runtime: str) -> None:
        return None

    def built(self, runtime: str, image: object, seconds: float) -> None:
        return None


@dataclass
class Bench:
    """A worker with two runtimes: the reference, and the same one standing still between calls."""

    workplace: Workplace
    suite: Suite
    subjects: Mapping[str, Subject]
    images: Mapping[str, Image]

    def drive(self, which: str, breaking: Breaking | None = None) -> History:
        """A drive of ``which`` runtime through two freezes; it has to have come to its end."""
        subject = self.subjects[which]
        script, support = self.suite.script(subject, TWO_FREEZES), support_of(subject, self.suite.profile)
        driven = drive(self.workplace, subject, self.images[which], script, support, breaking)
        assert driven.trouble is None, driven.trouble
        assert not driven.of(KernelUnseen), "this machine's kernel cannot be asked: nothing is shown here"
        return driven

    def judge(self, history: History) -> dict[str, Judgement]:
        return {one.requirement: one for one in self.suite.judge(history)}


@pytest.fixture(scope="module")
def bench(engine: Engine) -> Iterator[Bench]:
    (reference,) = (one for one in discover() if isinstance(one, Subject) and one.name == "nodejs")
    standing = replace(
        reference,
        table=msgspec.structs.replace(reference.table, concurrency=1),
        overlay=Overlay(STANDING, "standing-still"),
    )
    subjects = {"reference": reference, "standing": standing}
    images = {}
    for which, subject in subjects.items():
        (built,) = images_for(engine, {subject.name: subject}, given={}, progress=_Quiet()).values()
        assert isinstance(built, Image), built
        images[which] = built
    labels = RunLabels.new()
    bridge = None if may_enter() else network.create(engine, labels)
    suite = Suite.of([reference], catalogue.load(), catalogue.load_profiles()["seeds"])
    made = Bench(Workplace(connect(), bridge, labels), suite, subjects, images)
    yield made
    made.workplace.close()
    sweep.remove_run(engine, labels.run)


@pytest.fixture(scope="module")
def reference(bench: Bench) -> History:
    return bench.drive("reference")


@pytest.fixture(scope="module")
def standing(bench: Bench) -> History:
    return bench.drive("standing")


@pytest.fixture(scope="module")
def not_frozen(bench: Bench) -> History:
    return bench.drive("reference", only_says_that_it_freezes)


def without_a_heart(history: History) -> History:
    """What would have been seen of a function that keeps no heartbeat."""
    events = tuple(event for event in history.events if not isinstance(event, Tick))
    return msgspec.structs.replace(history, events=events)


def not_told_what_is_frozen(history: History) -> History:
    """What would have been seen by a kernel that tells of CPU time only."""
    events = tuple(
        msgspec.structs.replace(event, frozen=None) if isinstance(event, KernelSeen) else event
        for event in history.events
    )
    return msgspec.structs.replace(history, events=events)


def from_ready_to_stop_s(history: History) -> float:
    (ready,), (stop,) = history.of(Ready), history.of(StopBegun)
    return (stop.t - ready.t) / 1e9


def test_of_a_real_instance_the_kernel_tells_processes_sockets_and_that_it_is_frozen(reference: History) -> None:
    readings = reference.of(KernelSeen)
    assert {one.moment for one in readings} == set(Moment) - {Moment.NOT_READY}
    first = readings[0]
    assert first.first is not None
    assert (first.first.pid, first.first.parent, first.first.name) == (1, 0, "node")
    assert first.listening == (ListeningSocket(address="0.0.0.0", port=9000),)
    assert all(one.frozen for one in readings if one.moment in (Moment.FROZEN, Moment.BEFORE_THAW))
    cpu = [one.cpu_ns for one in readings]
    assert cpu == sorted(cpu)
    assert cpu[-1] > cpu[0]


def test_a_runtime_that_stands_still_between_calls_is_judged_by_the_kernel(bench: Bench, standing: History) -> None:
    judged = bench.judge(standing)
    assert {judged[one].verdict for one in (RESTS, GOES_ON)} == {Verdict.PASS}, judged
    blind = bench.judge(_without_the_kernel(standing))
    assert {blind[one].verdict for one in (RESTS, GOES_ON)} == {Verdict.NOT_TESTABLE}
    assert "while no call was under way" in blind[RESTS].message


def test_an_image_without_the_generated_function_and_without_lines_is_judged_by_the_kernel(
    bench: Bench, reference: History, not_frozen: History
) -> None:
    good = bench.judge(without_lines(without_records(reference)))
    assert {(good[one].verdict, good[one].rung) for one in (RESTS, GOES_ON)} == {(Verdict.PASS, Rung.KERNEL.value)}
    bad = bench.judge(without_lines(without_records(not_frozen)))[RESTS]
    assert (bad.verdict, bad.rung) == (Verdict.FAIL, Rung.KERNEL.value)


def _without_the_kernel(history: History) -> History:
    events = [event for event in history.events if not isinstance(event, KernelSeen)]
    unseen = KernelUnseen(t=events[-1].t, reason="the engine is elsewhere")
    return msgspec.structs.replace(history, events=(*events, unseen))


def test_it_takes_no_longer_than_another(standing: History, reference: History) -> None:
    assert from_ready_to_stop_s(standing) < from_ready_to_stop_s(reference) + NO_LONGER_S


def test_a_freeze_that_does_not_freeze_is_red_by_the_kernel_alone(bench: Bench, not_frozen: History) -> None:
    judged = bench.judge(without_a_heart(not_frozen))[RESTS]
    assert judged.verdict is Verdict.FAIL
    assert "the kernel to hold the container frozen" in judged.message


def test_a_freeze_that_does_not_freeze_is_red_by_the_cpu_time_alone(bench: Bench, not_frozen: History) -> None:
    judged = bench.judge(not_told_what_is_frozen(without_a_heart(not_frozen)))[RESTS]
    assert judged.verdict is Verdict.FAIL
    assert "ms of CPU time inside freeze 1" in judged.message


def test_not_to_freeze_what_stands_still_by_itself_is_red_as_well(bench: Bench) -> None:
    judged = bench.judge(bench.drive("standing", only_says_that_it_freezes))[RESTS]
    assert judged.verdict is Verdict.FAIL
    assert "the kernel to hold the container frozen" in judged.message
