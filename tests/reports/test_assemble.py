"""What a report is put together from."""

from __future__ import annotations

from pathlib import Path

from conformance.tables import catalogue
from reports.assemble import assemble
from runtimes.subjects import BrokenRuntime, discover
from tests.reports.builders import judgement, run_facts


def test_each_runtime_says_where_the_profiles_differ_on_it() -> None:
    made = assemble(
        run_facts(),
        [],
        catalogue=catalogue.load(),
        profile=catalogue.load_profiles()["seeds"],
        subjects=discover(),
        session=None,
    )
    facts = {runtime.name: runtime for runtime in made.runtimes}
    (told,) = [text for text in facts["python"].profile_differences if text.startswith("PreFreeze")]
    assert all(name in told for name in catalogue.load_profiles())


def test_verdicts_stand_in_the_order_of_the_catalogue() -> None:
    known = catalogue.load()
    names = [requirement.id for requirement in known.requirements]
    made = assemble(
        run_facts(),
        [judgement(requirement=name) for name in ("not.listed", names[2], names[0])],
        catalogue=known,
        profile=catalogue.load_profiles()["seeds"],
        subjects=[],
        session=None,
    )
    assert [verdict.requirement for verdict in made.verdicts] == [names[0], names[2], "not.listed"]


def test_a_runtime_that_the_profile_does_not_know_is_reported_with_that() -> None:
    profile = catalogue.Profile(name="bare", text="", source="", subjects={})
    broken = BrokenRuntime("cobol", Path("cobol"), "no key [handlers]")
    made = assemble(
        run_facts(), [], catalogue=catalogue.load(), profile=profile, subjects=[discover()[0], broken], session=None
    )
    assert all(runtime.trouble for runtime in made.runtimes)
