"""Drives every fault, and the unbroken references beside them, through the suite; several at a time.

A fault is driven through the scenarios on which its own requirement is judged. Where that does not kill it, or where
the whole suite is asked for, the other scenarios follow. Nothing is driven twice, nothing is tried again.
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
from typing import TYPE_CHECKING, Protocol

import msgspec

from conformance.driving.histories import support_of, usable
from conformance.judging.judging import Inconclusive, last_call
from conformance.judging.suite import Suite
from conformance.proof.faults import Broken, Fault, all_faults
from conformance.proof.kills import Kill, Sight, Status, kill_of, status_of
from conformance.tables import catalogue
from fixtures.driver import drive
from fixtures.history import store
from fixtures.history.events import Ready
from fixtures.session import Session
from runtimes.faults import FaultError
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

    def drove_reference(self, subject: str, sight: Sight) -> None: ...
    def ended(self, kill: Kill) -> None: ...


@dataclass(frozen=True)
class Unit:
    """One drive: a fault's name or a reference subject's, and a scenario."""

    name: str
    scenario: str
    reference: bool = False


@dataclass
class Outcome:
    """All that a run has to say: each fault's kill, and the drives of each reference subject."""

    kills: list[Kill] = field(default_factory=list)
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
    folder: Path


_WORKER: ContextVar[_Worker] = ContextVar("_WORKER")
"""Set once in each worker process, before its first drive."""


def _open_worker(session_text: str, profile: str, folder: Path) -> None:
    # An interrupt is the controller's to answer: it ends the workers and removes what they have left.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    session = Session.from_text(session_text)
    known, chosen = catalogue.load(), catalogue.load_profiles()[profile]
    subjects = {one.name: one for one in discover() if isinstance(one, Subject)}
    worker = _Worker(
        session=session,
        workplace=session.workplace(multiprocessing.current_process().name.lower()),
        suite=Suite.of(tuple(subjects.values()), known, chosen),
        subjects=subjects,
        faults={fault.id: fault for fault in all_faults(known, chosen)},
        folder=folder,
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
    subject = worker.subjects[unit.name] if fault is None else fault.subject
    image_of = unit.name if fault is None or fault.broken is Broken.RUNTIME else subject.name
    missing = worker.session.without_image.get(image_of)
    if missing is not None:
        return Sight(scenario=unit.scenario, trouble=missing.reason)
    history = drive(
        worker.workplace,
        subject,
        worker.session.images[image_of],
        worker.suite.script(subject, unit.scenario),
        support_of(subject, worker.suite.profile),
        fault.breaking if fault is not None else None,
    )
    store.save(history, worker.folder / unit.name)
    found = usable(history)
    if isinstance(found, Inconclusive):
        return Sight(scenario=unit.scenario, trouble=str(found), spoilt=True)
    return Sight(
        scenario=unit.scenario,
        judgements=worker.suite.judge(history),
        in_force=fault is not None and fault.in_force(history),
        ready=any(isinstance(event, Ready) for event in history.events),
        trouble=str(history.trouble) if history.trouble is not None else "",
    )


# ---------------------------------------------------------------------------------------------- in the controller


class FaultRun:
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

        ``references``: the unbroken subjects, each with the scenarios that it is driven through.

        Raises:
            FaultError: a fault's requirement is judged on no scenario that its subject can be driven through.
        """
        self._faults = {fault.id: fault for fault in faults}
        self._suite = suite
        self._listener = listener
        self._whole = whole
        for fault in faults:
            if not suite.scenarios(fault.subject.name, fault.requirement.id):
                raise FaultError(f"{fault.id}: no scenario on which its requirement is judged can be driven")
        self._sights: dict[str, list[Sight]] = {fault.id: [] for fault in faults}
        self._open: dict[Future[Sight], Unit] = {}
        self._references = references
        self.outcome = Outcome()

    def drive(self, pool: Executor) -> Outcome:
        """Drive everything on ``pool``, whose workers were opened with :func:`open_worker`.

        Raises:
            RunBroken: no drive ended for too long, or a worker process died.
        """
        for fault in self._faults.values():
            self._submit(pool, fault.id, self._own(fault))
        for subject, scenarios in self._references.items():
            self._submit(pool, subject, scenarios, reference=True)
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
        return self.outcome

    def _submit(self, pool: Executor, name: str, scenarios: Iterable[str], *, reference: bool = False) -> None:
        for scenario in scenarios:
            unit = Unit(name, scenario, reference)
            self._open[pool.submit(_drive, unit)] = unit

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


def reference_scenarios(faults: Sequence[Fault], suite: Suite, *, whole: bool) -> dict[str, tuple[str, ...]]:
    """The scenarios of the unbroken subjects that some faults are made of: all, or those that the faults begin with."""
    found: dict[str, dict[str, None]] = {}
    for fault in faults:
        name = fault.subject.name
        scenarios = suite.scenarios(name) if whole else suite.scenarios(name, fault.requirement.id)
        found.setdefault(name, {}).update(dict.fromkeys(scenarios))
    return {name: tuple(scenarios) for name, scenarios in sorted(found.items())}


def workers(session: Session, profile: Profile, folder: Path, *, count: int) -> ProcessPoolExecutor:
    """A pool of ``count`` processes that drive in ``session`` and save each History below ``folder``."""
    return ProcessPoolExecutor(
        count,
        # Spawned: the controller has threads, and a connection to the engine that a fork would share.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_open_worker,
        initargs=(session.to_text(), profile.name, folder),
    )
