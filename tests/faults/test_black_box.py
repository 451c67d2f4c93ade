"""What a broken runtime is as a black box: what it is driven through, and what of it is judged."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from conformance.judging.verdict import Verdict
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
SUITES = black_box.Suites.of(SUBJECTS, KNOWN, PROFILE)
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


def test_the_function_is_the_same_in_every_scenario_but_those_that_are_about_what_it_does() -> None:
    played = [black_box.script(BY_NAME[name]) for name in ("two-freezes", "created-with-the-sdk", "hooks-throw")]
    assert [one.plan for one in played] == [black_box.FUNCTION, black_box.FUNCTION, BY_NAME["hooks-throw"].plan]
    assert [one.name for one in played] == ["two-freezes", "created-with-the-sdk", "hooks-throw"]
    assert not any("fail" in wishes or "result" in wishes for wishes in black_box.FUNCTION.values())


def test_the_function_of_a_scenario_is_in_the_black_box_itself_and_changes_nothing_else_of_it() -> None:
    scenario = black_box.script(BY_NAME["two-freezes"])
    driven = black_box.with_its_function(subject("go"), scenario)
    assert json.loads(driven.table.environment["FUNCTION_PLAN"]) == black_box.FUNCTION
    emptied = msgspec.structs.replace(driven.table, environment=subject("go").table.environment)
    assert replace(driven, table=emptied) == subject("go")


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
    driven = SUITES.scenarios(subject(name))
    assert "two-freezes" in driven
    assert [one for one in driven if BY_NAME[one].needs_function] == []


def test_without_a_web_server_nothing_can_be_driven_without_a_plan() -> None:
    assert SUITES.scenarios(subject(NO_WEB)) == ()


def test_the_scenarios_of_the_broken_requirement_come_first_and_then_those_in_which_most_is_judged() -> None:
    requirement = "hooks.path-is-known"
    own = set(SUITES.black.scenarios("nodejs", requirement))
    driven = SUITES.scenarios(subject("nodejs"), requirement)
    assert set(driven[: len(own)]) == own
    assert sorted(driven) == sorted(SUITES.scenarios(subject("nodejs")))
    others = [len(SUITES.black.cases["nodejs"][name]) for name in driven[len(own) :]]
    assert others == sorted(others, reverse=True)


def test_spans_are_waited_for_only_where_the_image_can_send_any() -> None:
    assert {"telemetry", "telemetry-without-hooks"} <= set(SUITES.scenarios(subject("custom")))
    assert not {"telemetry", "telemetry-without-hooks"} & set(SUITES.scenarios(subject("nodejs")))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("go/pre-stop.runs-once", ""),
        ("custom/telemetry.left-before-the-stop", ""),
        ("go/invoke.event-as-sent", "no witness: this is judged by records"),
        ("python/failing-hooks.end-line-tells", ""),
        ("custom-container-noweb/instance.ends-on-sigterm", "the function's own record is the answer"),
    ],
)
def test_why_a_broken_requirement_is_not_judged_is_told_by_the_catalogue_or_its_scenarios(
    fault: str, says: str
) -> None:
    told = black_box.why_not_judged(FAULTS[fault], SUITES)
    assert says in told
    assert bool(says) == bool(told)


def test_scenarios_about_a_plan_are_kept_for_what_is_judged_in_them() -> None:
    planned = SUITES.planned(subject("python"), "failing-hooks.end-line-tells")
    assert planned
    assert [name for name in planned if not BY_NAME[name].needs_function] == []
    assert not {*planned} & {*SUITES.scenarios(subject("python"), "failing-hooks.end-line-tells")}
    assert SUITES.planned(subject(NO_WEB), "instance.ends-on-sigterm") == ()


def test_a_history_of_a_planned_scenario_is_judged_without_records_too() -> None:
    whole = conformant(FULL, "hooks-throw")
    found = SUITES.judge(msgspec.structs.replace(black_box.from_outside(whole), subject="nodejs"))
    judged = [one for one in found if one.verdict is Verdict.PASS]
    assert judged
    assert {one.rung for one in judged} <= {"lines", "kernel", "sink", "wire"}


def test_every_broken_runtime_has_its_requirement_judged_or_a_reason_why_not() -> None:
    reasons = {name: black_box.why_not_judged(fault, SUITES) for name, fault in FAULTS.items()}
    assert {bool(reason) for reason in reasons.values()} == {True, False}
    for name in (name for name, reason in reasons.items() if not reason):
        asked = (FAULTS[name].subject, FAULTS[name].requirement.id)
        judged = {*SUITES.own(*asked), *SUITES.planned(*asked)}
        assert judged & {*SUITES.scenarios(*asked), *SUITES.planned(*asked)}, name
