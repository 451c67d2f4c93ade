"""Where a check's History comes from: driven now, once for all checks that share it, or read from an earlier run.

The driver brings the libraries of the engine along, and is imported by who drives: a replay needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.judging.judging import Inconclusive, last_call
from conformance.scenarios.scenarios import BY_NAME, PROBE
from conformance.scenarios.sequences import Sequences
from conformance.tables.catalogue import hooks_of
from fixtures.history import store
from fixtures.platform.configuration import HookSupport
from runtimes.subjects import BrokenRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from conformance.judging.checks import Case
    from conformance.scenarios.scenarios import Scenario
    from conformance.tables.catalogue import Profile
    from fixtures.driver import Workplace
    from fixtures.history.history import History
    from fixtures.session import Session
    from runtimes.subjects import Subject


KEPT_BYTES = 64 * 2**20
"""Most bytes, as files, of the Histories that one worker keeps in memory."""


class Histories(Protocol):
    """A source of Histories."""

    def of(self, case: Case) -> History:
        """The History that ``case`` is judged on.

        Raises:
            Inconclusive: there is none because the harness, the engine or a file failed.
        """
        ...

    def close(self) -> None: ...


class Shelf:
    """Keeps the Histories that were used last in memory, and finds the others in their files again.

    One History is small, some hundred kilobytes; an instance that talks without end makes one of some ten megabytes in
    each of its scenarios, and a worker drives them all.
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._paths: dict[tuple[str, str], Path] = {}
        self._kept: dict[tuple[str, str], History] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        """Of those that are kept."""
        self._total = 0

    def put(self, key: tuple[str, str], history: History, path: Path) -> None:
        """Keep ``history``, which was saved as ``path``; the one that was used longest ago may leave memory for it."""
        self._paths[key] = path
        size = path.stat().st_size
        self._kept.pop(key, None)
        self._kept[key] = history
        self._total += size - self._sizes.get(key, 0)
        self._sizes[key] = size
        while len(self._kept) > 1 and self._total > self._limit:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._total -= self._sizes.pop(oldest)

    def get(self, key: tuple[str, str]) -> History | None:
        """The History of this key, or None if there was none.

        Raises:
            HistoryError: its file has gone or was changed meanwhile.
        """
        if key not in self._paths:
            return None
        self.put(key, self._kept.get(key) or store.load(self._paths[key]), self._paths[key])
        return self._kept[key]


class DrivenHistories:
    """Drives each (subject, scenario) once, keeps it for the other checks, and saves it."""

    def __init__(
        self,
        session: Session,
        worker: str,
        profile: Profile,
        folder: Path,
        sequences: Sequences | None = None,
        probed: Collection[str] = (),
    ) -> None:
        """``probed``: the subjects whose first look is in ``folder`` already."""
        self._session = session
        self._sequences = sequences or Sequences()
        self._worker = worker
        self._profile = profile
        self._folder = folder
        self._probed = frozenset(probed)
        self._workplace: Workplace | None = None
        self._driven = Shelf()
        self._spoilt: dict[tuple[str, str], str] = {}
        self._engine_gone: str | None = None

    def of(self, case: Case) -> History:
        key = (case.subject.name, case.scenario)
        if key in self._spoilt:
            # A new one each time: one that is raised again and again carries every traceback that it ever had.
            raise Inconclusive(self._spoilt[key])
        try:
            known = self._driven.get(key)
        except (OSError, store.HistoryError) as error:
            self._spoilt[key] = str(error)
            raise Inconclusive(str(error)) from error
        if known is not None:
            return known
        # What breaks a drive off from outside (pytest's own deadline) must not have it driven again for each check.
        self._spoilt[key] = "the drive was broken off before its end"
        found = self._get(case)
        if isinstance(found, Inconclusive):
            self._spoilt[key] = str(found)
            raise found
        del self._spoilt[key]
        history, path = found
        self._driven.put(key, history, path)
        return history

    def close(self) -> None:
        if self._workplace is not None:
            self._workplace.close()

    def _get(self, case: Case) -> tuple[History, Path] | Inconclusive:
        import requests
        from docker.errors import DockerException

        from fixtures.engine.connection import NoEngine

        if isinstance(case.subject, BrokenRuntime):
            return Inconclusive(case.subject.reason)
        missing = self._session.without_image.get(case.subject.name)
        if missing is not None:
            return Inconclusive(missing.reason)
        if case.scenario == PROBE and case.subject.name in self._probed:
            path = self._folder / store.file_name(case.subject.name, PROBE)
            try:
                found = usable(store.load(path))
            except (OSError, store.HistoryError) as error:
                return Inconclusive(str(error))
            return found if isinstance(found, Inconclusive) else (found, path)
        if self._engine_gone is not None:
            return Inconclusive(f"{self._engine_gone}; no instance was driven any more")
        try:
            history = self._drive(case.subject, case.scenario)
            try:
                path = store.save(history, self._folder)
            except OSError as error:
                return Inconclusive(f"the History could not be saved below {self._folder}: {error.strerror or error}")
        except NoEngine as error:
            self._engine_gone = str(error)
            return Inconclusive(str(error))
        except (DockerException, requests.RequestException) as error:
            if self._workplace is None:
                return Inconclusive(f"the engine failed while a worker was set up: {error}")
            self._engine_gone = self._workplace.engine.why_gone()
            return Inconclusive(
                f"the engine failed while {case.subject.name} was driven through {case.scenario}: {error}"
            )
        except Exception as error:  # noqa: BLE001 - a defect of the harness spoils this History, not the run
            return Inconclusive(f"the harness itself broke: {last_call(error)}")
        found = usable(history)
        if isinstance(found, Inconclusive) and self._workplace is not None:
            # An engine that hangs would take its whole deadline from each of the Histories that are still to come.
            self._engine_gone = self._workplace.engine.why_gone()
        return found if isinstance(found, Inconclusive) else (history, path)

    def _drive(self, subject: Subject, scenario: str) -> History:
        if self._workplace is None:
            self._workplace = self._session.workplace(self._worker)
        script = BY_NAME.get(scenario) or self._sequences.scenario(scenario, subject, self._profile)
        return drive_here(self._workplace, self._session, subject, script, self._profile)


def drive_here(workplace: Workplace, session: Session, subject: Subject, script: Scenario, profile: Profile) -> History:
    """Drive a subject through a scenario, with the session's image and the profile's word on its hooks."""
    from fixtures.driver import drive

    return drive(workplace, subject, session.images[subject.name], script, support_of(subject, profile))


def support_of(subject: Subject, profile: Profile) -> HookSupport:
    """The profile's word on a subject's hooks, as the platform needs it."""
    hooks = hooks_of(profile, subject)
    return HookSupport(profile.name, subject.title, frozenset(hooks.supports), hooks.without_effect)


class ReplayedHistories:
    """Reads saved Histories: today's checks over an earlier record, without an engine."""

    def __init__(self, folder: Path, profile: Profile, load: Callable[[Path], History] = store.load) -> None:
        self._folder = folder
        self._profile = profile
        self._load = load
        self._read = Shelf()

    def of(self, case: Case) -> History:
        if isinstance(case.subject, BrokenRuntime):
            raise Inconclusive(case.subject.reason)
        key = (case.subject.name, case.scenario)
        path = self._folder / store.file_name(*key)
        try:
            history = self._read.get(key)
            if history is None:
                history = self._load(path)
                self._read.put(key, history, path)
        except store.HistoryError as error:
            raise Inconclusive(str(error)) from error
        except OSError as error:
            raise Inconclusive(f"{path}: cannot be read: {error.strerror}") from error
        if (history.subject, history.scenario) != key:
            raise Inconclusive(
                f"{path}: is of {history.subject} in {history.scenario} by what is in it, and of {key[0]} in {key[1]} "
                "by its name"
            )
        if history.profile != self._profile.name:
            raise Inconclusive(f"{path}: was driven in the profile {history.profile}, not {self._profile.name}")
        found = usable(history)
        if isinstance(found, Inconclusive):
            raise found
        return found

    def close(self) -> None:
        return None


def usable(history: History) -> History | Inconclusive:
    """``history``, or why nothing can be judged on it: the harness or the engine spoilt it."""
    if history.trouble is not None and history.trouble.side == "harness":
        return Inconclusive(str(history.trouble))
    return history
