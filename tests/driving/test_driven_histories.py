"""Whose failure is told where a drive ends without a History: the engine's, the disk's or the harness's own."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
from docker.errors import APIError, DockerException

from conformance.driving import histories
from conformance.driving.histories import DrivenHistories
from conformance.judging.judging import Inconclusive
from fixtures.history import store
from tests.conformance.builders import FULL, conformant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.judging.checks import Case
    from fixtures.history.history import History

ENGINES_OWN = [
    APIError("500 Server Error: the disk of the engine is full"),
    DockerException("the engine's answer made no sense"),
    requests.ConnectionError("the engine hung up"),
    requests.ReadTimeout("Read timed out"),
]
"""The library's exceptions; all but the second are OSErrors, as a full disk of ours is."""


@dataclass
class FakeSubject:
    name: str = "nodejs"


@dataclass
class FakeCase:
    subject: FakeSubject = field(default_factory=FakeSubject)
    scenario: str = "two-freezes"

    def as_case(self) -> Case:
        return cast("Case", self)


class FakeEngine:
    """Answers, unless it is said to have gone."""

    def __init__(self, gone: str | None) -> None:
        self.gone = gone

    def why_gone(self) -> str | None:
        return self.gone


@dataclass
class FakeSession:
    """Gives the worker its means, or raises."""

    error: Exception | None = None
    gone: str | None = None
    without_image: dict[str, object] = field(default_factory=dict)
    asked: int = 0

    def workplace(self, worker: str) -> Any:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return type("FakeWorkplace", (), {"engine": FakeEngine(self.gone)})()


def driven(session: FakeSession, folder: Path) -> DrivenHistories:
    return DrivenHistories(cast("Any", session), "gw0", cast("Any", None), folder)


def reason(source: DrivenHistories) -> str:
    with pytest.raises(Inconclusive) as raised:
        source.of(FakeCase().as_case())
    return str(raised.value)


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Callable[[History | Exception], None]:
    """Lays down what comes of each drive."""

    def lay_down(result: History | Exception) -> None:
        def drive_here(*_: object) -> History:
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(histories, "drive_here", drive_here)

    return lay_down


@pytest.mark.parametrize("error", ENGINES_OWN, ids=lambda error: type(error).__name__)
def test_an_engine_that_fails_while_a_worker_is_set_up_is_told_as_the_engines(error: Exception, tmp_path: Path) -> None:
    told = reason(driven(FakeSession(error), tmp_path))
    assert told == f"the engine failed while a worker was set up: {error}"


@pytest.mark.parametrize("error", ENGINES_OWN, ids=lambda error: type(error).__name__)
def test_an_engine_that_fails_in_a_drive_is_told_as_the_engines(
    error: Exception, drive: Callable[[History | Exception], None], tmp_path: Path
) -> None:
    drive(error)
    told = reason(driven(FakeSession(), tmp_path))
    assert told == f"the engine failed while nodejs was driven through two-freezes: {error}"


def test_an_engine_that_has_gone_is_not_asked_for_the_next_history(
    drive: Callable[[History | Exception], None], tmp_path: Path
) -> None:
    drive(requests.ReadTimeout("Read timed out"))
    source = driven(FakeSession(gone="the engine does not answer any more"), tmp_path)
    reason(source)
    with pytest.raises(Inconclusive, match="the engine does not answer any more; no instance was driven any more"):
        source.of(FakeCase(scenario="stop-without-freeze").as_case())


def test_an_engine_that_has_failed_once_and_answers_again_is_asked_for_the_next_history(
    drive: Callable[[History | Exception], None], tmp_path: Path
) -> None:
    source = driven(FakeSession(), tmp_path)
    drive(APIError("500 Server Error"))
    reason(source)
    history = conformant(FULL, "stop-without-freeze")
    drive(history)
    assert source.of(FakeCase(scenario="stop-without-freeze").as_case()) is history


def test_only_a_file_that_cannot_be_written_is_told_as_one(
    drive: Callable[[History | Exception], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    drive(conformant(FULL, "two-freezes"))
    monkeypatch.setattr(store, "save", full)
    told = reason(driven(FakeSession(), tmp_path))
    assert told == f"the History could not be saved below {tmp_path}: No space left on device"


def test_an_error_of_this_machines_in_a_drive_is_neither_the_engines_nor_the_files(
    drive: Callable[[History | Exception], None], tmp_path: Path
) -> None:
    drive(OSError(errno.EMFILE, "Too many open files"))
    told = reason(driven(FakeSession(), tmp_path))
    assert told.startswith("the harness itself broke: OSError: [Errno 24] Too many open files")
