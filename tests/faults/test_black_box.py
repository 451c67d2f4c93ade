"""What a broken runtime is as a black box: what it is driven through, and what of it is judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.judging.suite import Suite
from conformance.proof import black_box
from conformance.proof.faults import Broken, all_faults
from conformance.scenarios.scenarios import BY_NAME
from conformance.tables import catalogue
from fixtures.history.events import LogLine, Tick, Witness
from runtimes.render import IN_FORCE, render
from runtimes.subjects import Subject, discover
from tests.conformance.builders import FULL, conformant
from tests.reports.builders import history

KNOWN = catalogue.load()
PROFILE = catalogue.load_profiles()["seeds"]
SUBJECTS = [black_box.as_black_box(one) for one in discover() if isinstance(one, Subject)]
SUITE = Suite.of(SUBJECTS, KNOWN, PROFILE)
FAULTS = {
    fault.id: black_box.as_black_boxed(fault) for fault in all_faults(KNOWN, PROFILE) if fault.broken is Broken.RUNTIME
}
NO_WEB = "custom-container-noweb"


def subject(name: str) -> Subject:
    return next(one for one in SUBJECTS if one.name == name)


def test_a_black_box_is_the_same_image_of_which_nobody_is_told_that_it_keeps_records() -> None:
    fault = FAULTS["go/pre-stop.runs-once"]
    assert not fault.subject.keeps_records
    images = [render(one, base_image="b", base_image_id="1").files for one in (
        fault.subject, replace(fault.subject, keeps_records=True),
    )]  # fmt: skip
    assert images[0] == images[1]


def test_the_function_in_the_black_box_is_the_same_in_every_scenario() -> None:
    played = [black_box.script(BY_NAME[name]) for name in ("two-freezes", "created-with-the-sdk", "hooks-throw")]
    assert [one.plan for one in played] == [black_box.FUNCTION] * 3
    assert [one.name for one in played] == ["two-freezes", "created-with-the-sdk", "hooks-throw"]
    assert not any("fail" in wishes or "result" in wishes for wishes in black_box.FUNCTION.values())


def test_from_outside_no_record_and_no_plan_is_seen_but_the_lines_of_the_log_are() -> None:
    whole = conformant(FULL, "two-freezes")
    seen = black_box.from_outside(whole)
    assert whole.of(Tick)
    assert whole.plan
    assert not seen.keeps_records
    assert seen.plan == {}
    assert [event for event in seen.events if event.witness is Witness.FUNCTION] == []
    assert seen.of(LogLine) == whole.of(LogLine)


def test_from_outside_it_can_still_be_told_that_a_fault_was_in_force() -> None:
    fault = FAULTS["go/pre-stop.runs-once"]
    said = LogLine(t=1, read_t=1, text=IN_FORCE + fault.id)
    assert fault.in_force(black_box.from_outside(history([said, Tick(t=2, n=1)])))
    assert not fault.in_force(black_box.from_outside(history([Tick(t=2, n=1)])))


@pytest.mark.parametrize("name", [one.name for one in SUBJECTS if one.name != NO_WEB])
def test_no_black_box_is_driven_through_a_scenario_that_is_about_a_plan(name: str) -> None:
    driven = black_box.scenarios_of(subject(name), SUITE)
    assert "two-freezes" in driven
    assert [one for one in driven if BY_NAME[one].needs_function] == []


def test_without_a_web_server_nothing_can_be_driven_without_a_plan() -> None:
    assert black_box.scenarios_of(subject(NO_WEB), SUITE) == ()


def test_the_scenarios_of_the_broken_requirement_come_first_and_then_those_in_which_most_is_judged() -> None:
    requirement = "hooks.path-is-known"
    own = set(SUITE.scenarios("nodejs", requirement))
    driven = black_box.scenarios_of(subject("nodejs"), SUITE, requirement)
    assert set(driven[: len(own)]) == own
    assert sorted(driven) == sorted(black_box.scenarios_of(subject("nodejs"), SUITE))
    others = [len(SUITE.cases["nodejs"][name]) for name in driven[len(own) :]]
    assert others == sorted(others, reverse=True)


def test_spans_are_waited_for_only_where_the_image_can_send_any() -> None:
    assert {"telemetry", "telemetry-without-hooks"} <= set(black_box.scenarios_of(subject("custom"), SUITE))
    assert not {"telemetry", "telemetry-without-hooks"} & set(black_box.scenarios_of(subject("nodejs"), SUITE))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("go/pre-stop.runs-once", ""),
        ("custom/telemetry.left-before-the-stop", ""),
        ("go/invoke.event-as-sent", "no witness: this is judged by records"),
        ("python/failing-hooks.end-line-tells", "is about what the generated function does"),
        ("custom-container-noweb/instance.ends-on-sigterm", "is about what the generated function does"),
    ],
)
def test_why_a_broken_requirement_is_not_judged_is_told_by_the_catalogue_or_its_scenarios(
    fault: str, says: str
) -> None:
    told = black_box.why_not_judged(FAULTS[fault], PROFILE)
    assert says in told
    assert bool(says) == bool(told)


def test_what_waits_for_spans_is_not_judged_where_the_image_sends_none() -> None:
    broken = FAULTS["custom/telemetry.left-before-the-stop"]
    silent = replace(broken, subject=subject("nodejs"))
    assert black_box.why_not_judged(silent, PROFILE).endswith("has no OpenTelemetry SDK, and sends nothing out")


def test_every_broken_runtime_has_its_requirement_judged_or_a_reason_why_not() -> None:
    undecided = [
        name
        for name, fault in FAULTS.items()
        if bool(black_box.why_not_judged(fault, PROFILE))
        is bool(
            set(SUITE.scenarios(fault.subject.name, fault.requirement.id))
            & set(black_box.scenarios_of(fault.subject, SUITE))
        )
    ]
    assert undecided == []
