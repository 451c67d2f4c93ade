"""Drives every fault, the unbroken references and the sound runtimes beside them, through the suite; several at a time.

A fault is driven through the scenarios on which its own requirement is judged. Where that does not kill it, or where
the whole suite is asked for, the other scenarios follow. As a black box a broken runtime is driven through one after
another until it is noticed. Nothing is driven twice, nothing is tried again.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import signal
import time
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from conformance.driving.histories import support_of, usable
from conformance.judging.judging import Inconclusive, last_call
from conformance.judging.suite import Suite
from conformance.proof import black_box
from conformance.proof.faults import Broken, Fault, all_faults
from conformance.proof.kills import Kill, Sight, Status, kill_of, status_of
from conformance.proof.notices import Look, fails, look, noticed
from conformance.proof.sound import in_force
from conformance.tables import catalogue
from fixtures.driver import drive
from fixtures.history import store
from fixtures.history.events import Ready
from fixtures.session import Session
from runtimes.faults import FaultError
from runtimes.sound import SoundRuntime, discover_sound
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from conformance.tables.catalogue import Profile
    from fixtures.driver import Workplace

SILENCE_S = 180.0
"""Longest time without the end of any drive: a scenario's calls end after 120 s, its container has to go after that."""


class RunBroken(Exception):
    """The run of the faults could not be carried to its end; the text says why."""


class Listener(Protocol):
    """Who is told how the run is coming along."""

    def drove_reference(self, name: str, sight: Sight) -> None: ...
    def ended(self, kill: Kill) -> None: ...


class Onlooker(Protocol):
    """The same, where broken runtimes are black boxes."""

    def drove_reference(self, name: str, sight: Sight) -> None: ...
    def looked(self, found: Look) -> None: ...


@dataclass(frozen=True)
class Unit:
    """One drive: the name of a fault, or of a reference or a sound runtime, and a scenario."""

    name: str
    scenario: str
    reference: bool = False


@dataclass
class Outcome:
    """All that a run has to say: each fault's kill, and the drives of each reference and each sound runtime."""

    kills: list[Kill] = field(default_factory=list)
    references: dict[str, list[Sight]] = field(default_factory=dict)


@dataclass
class Looks:
    """All that a run of black boxes has to say: a look at each fault, and the drives of each reference subject."""

    looks: list[Look] = field(default_factory=list)
    references: dict[str, list[Sight]] = field(default_factory=dict)


# ---------------------------------------------------------------------------------------------- in a worker process


@dataclass(frozen=True)
class _Worker:
    """What one worker process drives with."""

    session: Session
    workplace: Workplace
    suite: Suite
    subjects: dict[str, Subject]
    faults: dict[str, Fault]
    sound: dict[str, SoundRuntime]
    folder: Path
    black: black_box.Suites | None
    """Where the subjects are black boxes: what they are judged by."""


_WORKER: ContextVar[_Worker] = ContextVar("_WORKER")
"""Set once in each worker process, before its first drive."""


def _open_worker(session_text: str, pools: str, profile: str, folder: Path, *, as_black_boxes: bool = False) -> None:
    # An interrupt is the controller's to answer: it ends the workers and removes what they have left.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    session = Session.from_text(session_text)
    known, chosen = catalogue.load(), catalogue.load_profiles()[profile]
    subjects = {one.name: one for one in discover() if isinstance(one, Subject)}
    faults = all_faults(known, chosen)
    if as_black_boxes:
        subjects = {name: black_box.as_black_box(one) for name, one in subjects.items()}
        faults = tuple(map(black_box.as_black_boxed, faults))
    worker = _Worker(
        session=session,
        workplace=session.workplace(multiprocessing.current_process().name.lower()),
        suite=Suite.of(tuple(subjects.values()), known, chosen, pools=pools),
        subjects=subjects,
        faults={fault.id: fault for fault in faults},
        sound={} if as_black_boxes else {one.id: one for one in discover_sound()},
        folder=folder,
        black=black_box.Suites.of(tuple(subjects.values()), known, chosen, pools=pools) if as_black_boxes else None,
    )
    _WORKER.set(worker)
    multiprocessing.util.Finalize(None, worker.workplace.close, exitpriority=10)


def _drive(unit: Unit) -> Sight:
    began = time.monotonic()
    try:
        sight = _sight(unit)
    except Exception as error:  # noqa: BLE001 - a defect of the harness spoils this drive, not the run
        sight = Sight(scenario=unit.scenario, trouble=f"the harness itself broke: {last_call(error)}", spoilt=True)
    return msgspec.structs.replace(sight, seconds=time.monotonic() - began)


def _sight(unit: Unit) -> Sight:
    worker = _WORKER.get()
    fault = None if unit.reference else worker.faults[unit.name]
    sound = worker.sound.get(unit.name) if unit.reference else None
    subject = fault.subject if fault is not None else sound.subject if sound is not None else worker.subjects[unit.name]
    image_of = unit.name if fault is None or fault.broken is Broken.RUNTIME else subject.name
    missing = worker.session.without_image.get(image_of)
    if missing is not None:
        return Sight(scenario=unit.scenario, trouble=missing.reason)
    script = worker.suite.script(subject, unit.scenario)
    played, driven = script, subject
    if worker.black is not None:
        played = black_box.script(script)
        driven = black_box.with_its_function(subject, played)
    history = drive(
        worker.workplace,
        driven,
        worker.session.images[image_of],
        played,
        support_of(subject, worker.suite.profile),
        fault.breaking if fault is not None else None,
    )
    if worker.black is not None:
        # What is saved is what was judged.
        history = black_box.from_outside(history)
    store.save(history, worker.folder / unit.name)
    found = usable(history)
    if isinstance(found, Inconclusive):
        return Sight(scenario=unit.scenario, trouble=str(found), spoilt=True)
    return Sight(
        scenario=unit.scenario,
        judgements=(worker.black or worker.suite).judge(history),
        in_force=(fault is not None and fault.in_force(history)) or (sound is not None and in_force(sound, history)),
        ready=any(isinstance(event, Ready) for event in history.events),
        trouble=str(history.trouble) if history.trouble is not None else "",
    )


# ---------------------------------------------------------------------------------------------- in the controller


class _Drives:
    """What is under way on a pool, taken one by one as it ends."""

    def __init__(self) -> None:
        self._open: dict[Future[Sight], Unit] = {}

    def _until_all_have_ended(self, pool: Executor) -> None:
        """Take every drive, also those that taking one has led to.

        Raises:
            RunBroken: no drive ended for too long, or a worker process died.
        """
        while self._open:
            ended, _ = wait(self._open, timeout=SILENCE_S, return_when=FIRST_COMPLETED)
            if not ended:
                pending = ", ".join(f"{unit.name} ({unit.scenario})" for unit in list(self._open.values())[:8])
                raise RunBroken(f"waited {SILENCE_S:g} s for the end of any drive; under way or waiting: {pending}")
            for future in ended:
                unit = self._open.pop(future)
                try:
                    self._take(pool, unit, future.result())
                except BrokenProcessPool as error:
                    raise RunBroken(f"a worker process died while {unit.name} was driven") from error

    def _submit(self, pool: Executor, name: str, scenarios: Iterable[str], *, reference: bool = False) -> None:
        for scenario in scenarios:
            unit = Unit(name, scenario, reference)
            self._open[pool.submit(_drive, unit)] = unit

    def _take(self, pool: Executor, unit: Unit, sight: Sight) -> None:
        raise NotImplementedError


class FaultRun(_Drives):
    """One run: knows what is still to be driven, and hands on each fault when it is through."""

    def __init__(
        self,
        faults: Sequence[Fault],
        references: Mapping[str, Sequence[str]],
        suite: Suite,
        listener: Listener,
        *,
        whole: bool,
    ) -> None:
        """``whole``: drive every fault through the whole suite, also when its own check has killed it.

        ``references``: what nothing may be red on, each with the scenarios that it is driven through: the unbroken
        subjects and the sound runtimes.

        Raises:
            FaultError: a fault's requirement is judged on no scenario that its subject can be driven through.
        """
        super().__init__()
        self._faults = {fault.id: fault for fault in faults}
        self._suite = suite
        self._listener = listener
        self._whole = whole
        for fault in faults:
            if not suite.scenarios(fault.subject.name, fault.requirement.id):
                raise FaultError(f"{fault.id}: no scenario on which its requirement is judged can be driven")
        self._sights: dict[str, list[Sight]] = {fault.id: [] for fault in faults}
        self._references = references
        self.outcome = Outcome()

    def drive(self, pool: Executor) -> Outcome:
        """Drive everything on ``pool``, one of :func:`workers`.

        Raises:
            RunBroken: no drive ended for too long, or a worker process died.
        """
        for fault in self._faults.values():
            self._submit(pool, fault.id, self._own(fault))
        for subject, scenarios in self._references.items():
            self._submit(pool, subject, scenarios, reference=True)
        self._until_all_have_ended(pool)
        return self.outcome

    def _own(self, fault: Fault) -> tuple[str, ...]:
        return self._suite.scenarios(fault.subject.name, fault.requirement.id)

    def _take(self, pool: Executor, unit: Unit, sight: Sight) -> None:
        if unit.reference:
            self.outcome.references.setdefault(unit.name, []).append(sight)
            self._listener.drove_reference(unit.name, sight)
            return
        fault, sights = self._faults[unit.name], self._sights[unit.name]
        sights.append(sight)
        own = self._own(fault)
        everything = self._suite.scenarios(fault.subject.name)
        if len(sights) == len(own) < len(everything) and (
            self._whole or status_of(fault.requirement.id, sights) is not Status.KILLED_BY_OWN
        ):
            self._submit(pool, fault.id, [scenario for scenario in everything if scenario not in own])
        elif len(sights) in (len(own), len(everything)):
            kill = kill_of(fault, sights)
            self.outcome.kills.append(kill)
            self._listener.ended(kill)


class BlackBoxRun(_Drives):
    """One run of broken runtimes as black boxes.

    Each is driven through one scenario after another, those of its own requirement first, until its own check has
    noticed it, or any has once its own are through; the scenarios of its requirement that are about a plan come last.
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        references: Mapping[str, Sequence[str]],
        suites: black_box.Suites,
        listener: Onlooker,
    ) -> None:
        """``faults``: black boxes; ``references``: the unbroken subjects, each with its scenarios."""
        super().__init__()
        self._faults = {fault.id: fault for fault in faults}
        self._suites = suites
        self._listener = listener
        self._references = references
        self._sights: dict[str, list[Sight]] = {fault.id: [] for fault in faults}
        self._left = {
            fault.id: [
                *suites.scenarios(fault.subject, fault.requirement.id),
                *suites.planned(fault.subject, fault.requirement.id),
            ]
            for fault in faults
        }
        self._not_judged = {fault.id: black_box.why_not_judged(fault, suites) for fault in faults}
        self.outcome = Looks()

    def drive(self, pool: Executor) -> Looks:
        """Drive everything on ``pool``, one of :func:`workers`, and look at each fault beside its reference.

        Raises:
            RunBroken: no drive ended for too long, or a worker process died.
        """
        for subject, scenarios in self._references.items():
            self._submit(pool, subject, scenarios, reference=True)
        for fault in self._faults.values():
            self._go_on(pool, fault)
        self._until_all_have_ended(pool)
        # Only now is known of every reference what it fails itself.
        self.outcome.looks = [self._look(fault) for fault in self._faults.values()]
        return self.outcome

    def _go_on(self, pool: Executor, fault: Fault) -> None:
        left, own = self._left[fault.id], fault.requirement.id
        sights = self._sights[fault.id]
        judged_next = bool(left) and left[0] in self._suites.own(fault.subject, own)
        if left and not noticed(sights, own if judged_next else ""):
            self._submit(pool, fault.id, [left.pop(0)])
        else:
            self._listener.looked(self._look(fault))

    def _look(self, fault: Fault) -> Look:
        reference = fails(self.outcome.references.get(fault.subject.name, ()))
        return look(
            fault,
            self._sights[fault.id],
            of_reference=[one.requirement for one in reference],
            not_judged=self._not_judged[fault.id],
        )

    def _take(self, pool: Executor, unit: Unit, sight: Sight) -> None:
        if unit.reference:
            self.outcome.references.setdefault(unit.name, []).append(sight)
            self._listener.drove_reference(unit.name, sight)
            return
        self._sights[unit.name].append(sight)
        self._go_on(pool, self._faults[unit.name])


def reference_scenarios(faults: Sequence[Fault], suite: Suite, *, whole: bool) -> dict[str, tuple[str, ...]]:
    """The scenarios of the unbroken subjects that some faults are made of: all, or those that the faults begin with."""
    found: dict[str, dict[str, None]] = {}
    for fault in faults:
        name = fault.subject.name
        scenarios = suite.scenarios(name) if whole else suite.scenarios(name, fault.requirement.id)
        found.setdefault(name, {}).update(dict.fromkeys(scenarios))
    return {name: tuple(scenarios) for name, scenarios in sorted(found.items())}


def black_box_references(faults: Sequence[Fault], suites: black_box.Suites) -> dict[str, tuple[str, ...]]:
    """The unbroken subjects beside some black boxes, each with all their scenarios; not those that have none."""
    found: dict[str, dict[str, None]] = {}
    for fault in faults:
        scenarios = (*suites.scenarios(fault.subject), *suites.planned(fault.subject, fault.requirement.id))
        found.setdefault(fault.subject.name, {}).update(dict.fromkeys(scenarios))
    return {name: tuple(scenarios) for name, scenarios in sorted(found.items()) if scenarios}


def workers(
    session: Session, pools: str, profile: Profile, folder: Path, *, count: int, as_black_boxes: bool = False
) -> ProcessPoolExecutor:
    """A pool of ``count`` processes that drive in ``session`` and save each History below ``folder``.

    ``pools``: the generated sequences, :meth:`Sequences.to_text`. ``as_black_boxes``: nothing reads what the generated
    function records; see :mod:`conformance.proof.black_box`.
    """
    # Not forked from the controller, which has threads and a connection to the engine that a fork would share, but from
    # a process that has done nothing but the imports: on two cores they take the workers longer than their first drive.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(
        count,
        mp_context=context,
        initializer=partial(_open_worker, as_black_boxes=as_black_boxes),
        initargs=(session.to_text(), pools, profile.name, folder),
    )
