"""What a report is put together from."""

from __future__ import annotations

from pathlib import Path

from conformance.driving.asked import Outside, from_outside
from conformance.tables import catalogue
from reports.assemble import assemble
from reports.formats import html
from runtimes.subjects import BrokenRuntime, discover
from tests.reports.builders import judgement, run_facts

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


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


def test_what_others_have_built_says_where_it_is_described_and_what_is_to_be_known() -> None:
    project = from_outside(["my/app"], Outside(projects=[EXAMPLES / "two-functions"]), discover())
    made = assemble(
        run_facts(),
        [],
        catalogue=catalogue.load(),
        profile=catalogue.load_profiles()["seeds"],
        subjects=project,
        session=None,
    )
    app, orders, status = made.runtimes
    assert (app.origin, app.told) == ("--image my/app", ())
    assert "port 9000" in app.guessed
    assert orders.origin.endswith("two-functions/s.yaml:10")
    assert any("requests are not signed" in line for line in status.told)
    page = html.render(made, {})
    for text in ("--image my/app", "port 9000", "nodejs20 is run on our reference of Node.js 18"):
        assert text in page


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
