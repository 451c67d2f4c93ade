"""What a report says of the run itself."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.scenarios.sequences import Sequences
from conformance.tables.catalogue import load_profiles
from fixtures.session import Session
from reports.run_facts import VERSION, facts_of_run
from tests.reports.builders import judgement

if TYPE_CHECKING:
    from conformance.judging.verdict import Judgement
    from reports.report import RunFacts

SESSION = Session(run="r-1", owner="o", network=None, engine="Docker 20.10", images={}, without_image={})


def _facts(*judgements: Judgement, session: Session | None = SESSION) -> RunFacts:
    return facts_of_run(
        judgements,
        session=session,
        profile=load_profiles()["fc2"],
        sequences=Sequences(seed=7),
        started=datetime.datetime(2026, 11, 22, 6, 0, 0, 123_456, tzinfo=datetime.UTC),
        duration_s=41.2678,
        exit_status=1,
        arguments=("-n", 2, Path("conformance")),
    )


def test_a_run_is_told_with_its_profile_its_times_and_its_command() -> None:
    facts = _facts()
    assert (facts.id, facts.engine, facts.profile) == ("r-1", "Docker 20.10", "fc2")
    assert facts.profile_text == load_profiles()["fc2"].text
    assert (facts.started, facts.duration_s) == ("2026-11-22T06:00:00+00:00", 41.3)
    assert (facts.exit_status, facts.command) == (1, ("-n", "2", "conformance"))


def test_a_run_is_told_with_the_machine_that_it_ran_on() -> None:
    facts = _facts()
    assert facts.cores > 0
    assert facts.memory_mb > 0


def test_a_run_that_judged_saved_histories_says_that_no_engine_took_part() -> None:
    facts = _facts(session=None)
    assert facts.id == "replay"
    assert "saved Histories" in facts.engine


@pytest.mark.parametrize(("scenario", "seed"), [("two-freezes", None), ("sequence-7-1", 7)])
def test_the_seed_is_told_where_a_sequence_was_judged(scenario: str, seed: int | None) -> None:
    assert _facts(judgement(scenario="stop-without-freeze"), judgement(scenario=scenario)).seed == seed


def test_the_version_is_the_one_of_the_project() -> None:
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    assert f'version = "{VERSION}"' in project.read_text(encoding="utf-8")
