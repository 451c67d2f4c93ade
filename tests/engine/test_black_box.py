"""Images that hold no function of ours, as far as the harness is told: driven for real, judged by what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.driving.histories import drive_here
from conformance.judging.evidence import without_lines, without_records
from conformance.judging.suite import Suite
from conformance.judging.verdict import Verdict
from conformance.scenarios.scenarios import BY_NAME
from conformance.tables import catalogue
from fixtures import session as sessions
from fixtures.history.events import Tick, UnknownPathAsked
from runtimes.faults import discover_faults
from runtimes.subjects import Subject, discover
from tests.engine.conftest import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.engine.connection import Engine
    from fixtures.history.history import History

pytestmark = pytest.mark.engine

SCENARIO = "two-freezes"
CATCH_ALL = "custom/hooks.path-is-known"


@pytest.fixture(scope="module")
def driven(engine: Engine) -> Iterator[tuple[History, History]]:
    """The reference custom runtime, and the one with a catch-all in the place of its hooks."""
    reference = next(one for one in discover() if isinstance(one, Subject) and one.name == "custom")
    broken = next(one.subject for one in discover_faults() if one.id == CATCH_ALL)
    subjects = {name: replace(one, keeps_records=False) for name, one in (("good", reference), ("broken", broken))}
    session = sessions.open_session(engine, subjects, given={}, progress=Quiet())
    workplace = session.workplace("black-box")
    seeds = catalogue.load_profiles()["seeds"]
    try:
        good, bad = (
            drive_here(
                workplace,
                replace_images(session, name),
                subject,
                BY_NAME[SCENARIO],
                seeds,
            )
            for name, subject in subjects.items()
        )
        yield good, bad
    finally:
        workplace.close()
        sessions.close_session(engine, session)


def replace_images(session: sessions.Session, name: str) -> sessions.Session:
    """The session with one image, under the name that the subject has in its own right."""
    return msgspec.structs.replace(session, images={"custom": session.images[name]})


def judged(history: History) -> dict[str, tuple[Verdict, str]]:
    subjects = [replace(one, keeps_records=False) for one in discover() if isinstance(one, Subject)]
    suite = Suite.of(subjects, catalogue.load(), catalogue.load_profiles()["seeds"])
    return {one.requirement: (one.verdict, one.message) for one in suite.judge(history)}


def test_a_runtime_without_our_function_is_judged_by_its_lines(driven: tuple[History, History]) -> None:
    good, _ = driven
    assert good.trouble is None
    assert not good.keeps_records
    assert len(good.of(UnknownPathAsked)) == 1
    verdicts = judged(without_records(good))
    assert {name: told for name, (verdict, told) in verdicts.items() if verdict.red} == {}
    assert verdicts["pre-freeze.runs-before-every-freeze"][0] is Verdict.PASS
    assert verdicts["hooks.path-is-known"][0] is Verdict.PASS


def test_a_runtime_without_lines_is_judged_by_its_answers(driven: tuple[History, History]) -> None:
    verdicts = judged(without_lines(without_records(driven[0])))
    assert {name: told for name, (verdict, told) in verdicts.items() if verdict.red} == {}
    assert verdicts["hooks.path-is-known"][0] is Verdict.PASS
    assert verdicts["pre-freeze.runs-before-every-freeze"][0] is Verdict.NOT_APPLICABLE


def test_a_catch_all_is_told_in_words_that_a_stranger_understands(driven: tuple[History, History]) -> None:
    verdict, told = judged(without_records(driven[1]))["hooks.path-is-known"]
    assert verdict is Verdict.FAIL
    assert "/pre-freeze is answered like a path nobody knows: your server has a catch-all" in told


def test_no_heartbeat_is_waited_for_where_none_can_come(driven: tuple[History, History]) -> None:
    """A beat that was waited for in vain would cost two seconds, and here none is looked for at all."""
    freezes = without_records(driven[0]).freezes()
    assert not without_records(driven[0]).of(Tick)
    lasted = [freeze.thaw_begun.t - freeze.begun.t for freeze in freezes if freeze.thaw_begun is not None]
    assert len(lasted) == 2
    assert all(ns < 2_000_000_000 for ns in lasted)
