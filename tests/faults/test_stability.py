"""Whether repeated runs agree, and what is left of every limit."""

from __future__ import annotations

import pytest

from conformance.judging.checks import REGISTRY, import_all
from conformance.judging.verdict import Verdict
from conformance.proof import margins, stability
from conformance.proof.stability import Left
from fixtures.history.events import AnyEvent, HookGivenUp, Ready, StartBegun, Tick
from reports.proof.stability import Stability, SuiteRun, line, summary
from tests.conformance.builders import FULL, conformant, shifted
from tests.faults.builders import judgement
from tests.reports.builders import history

FIRST = {"a [go, x]": "PASS", "b [go, x]": "PASS"}


def a_run(**changes: object) -> SuiteRun:
    given: dict[str, object] = {
        "number": 2, "order_seed": 7, "seconds": 101.4, "exit_status": 0, "load": 9.5, "verdicts": {"PASS": 2},
        "left": (Left(requirement="r", limit="l", measured=3, least=4.0, median=6.0),), "changes": (), **changes,
    }  # fmt: skip
    return SuiteRun(**given)  # type: ignore[arg-type]


def a_document(*runs: SuiteRun) -> Stability:
    return Stability(tree="0123", started="now", cores=2, side_by_side=2, stress="stress-ng", first=FIRST, runs=runs)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (FIRST, []),
        ({**FIRST, "b [go, x]": "FAIL"}, [("b [go, x]", "PASS", "FAIL")]),
        ({"a [go, x]": "PASS"}, [("b [go, x]", "PASS", "")]),
        ({**FIRST, "c [go, x]": "PASS"}, [("c [go, x]", "", "PASS")]),
    ],
)
def test_another_a_missing_and_a_new_verdict_are_changes(now: dict[str, str], found: list[tuple[str, ...]]) -> None:
    assert [(one.item, one.was, one.now) for one in stability.changes(3, FIRST, now, {})] == found


def test_a_change_carries_the_number_of_its_run_and_what_its_check_said() -> None:
    (change,) = stability.changes(3, FIRST, {**FIRST, "b [go, x]": "FAIL"}, {"b [go, x]": "too late"})
    assert (change.run, change.message) == (3, "too late")


def test_verdicts_are_told_apart_by_requirement_runtime_and_scenario() -> None:
    ones = [judgement("a"), judgement("b"), judgement("a", runtime="go"), judgement("a", Verdict.FAIL, scenario="s")]
    assert len(stability.verdicts_of(ones)) == len(ones)


def test_runs_are_stable_without_a_change_and_without_a_red_one() -> None:
    changed = stability.changes(2, FIRST, {}, {})
    assert a_document(a_run()).stable
    assert not a_document().stable
    assert not a_document(a_run(), a_run(exit_status=1)).stable
    assert not a_document(a_run(changes=tuple(changed))).stable
    assert "NOT STABLE: 1 runs of the whole suite, 2 items each, 2 changed" in summary(
        a_document(a_run(changes=tuple(changed)))
    )


def test_the_summary_tells_how_many_runs_changed_nothing_and_what_is_left() -> None:
    text = summary(a_document(a_run(), a_run(seconds=130.0)))
    assert text.startswith("STABLE: 2 runs of the whole suite, 2 items each, 0 changed verdicts")
    assert "101 to 130 s a run" in text
    assert line(a_run()).startswith("run 2: 2 PASS; 0 changed; 101 s at a load of 9.5")


def test_what_is_left_in_all_runs_is_the_least_of_all_and_the_median_of_medians() -> None:
    runs = [[Left(requirement="r", limit="l", measured=2, least=least, median=least + 2)] for least in (5.0, 1.0, 9.0)]
    assert stability.left_in_all(runs) == (Left(requirement="r", limit="l", measured=6, least=1.0, median=7.0),)


def test_the_margins_of_a_conformant_history_are_positive() -> None:
    for scenario in ("two-freezes", "slow-pre-freeze", "eight-at-once", "request-while-pre-freeze-runs"):
        measured = list(margins.margins_of(conformant(FULL, scenario)))
        assert measured
        assert [(margin.limit, left) for margin, left in measured if left <= 0] == []


def test_a_hook_that_is_given_up_later_leaves_less() -> None:
    whole = conformant(FULL, "hooks-never-end")
    late = shifted(whole, *whole.of(HookGivenUp), by=40_000_000)
    (limit,) = [one for one in margins.MARGINS if one.requirement == "hooks.timeout-is-honoured"]
    before, after = list(limit.of(whole)), list(limit.of(late))
    assert before
    assert [round(b - a) for b, a in zip(before, after, strict=True)] == [40] * len(before)


def test_a_slow_start_leaves_less_of_the_time_to_get_ready() -> None:
    events: list[AnyEvent] = [StartBegun(t=0), Tick(t=1, n=1), Ready(t=119_000_000_000)]
    (limit,) = [one for one in margins.MARGINS if one.requirement == "instance.becomes-ready"]
    assert list(limit.of(history(events))) == [1000.0]


def test_a_history_in_which_nothing_was_seen_has_no_margin() -> None:
    for scenario in ("two-freezes", "slow-pre-freeze", "eight-at-once", "request-while-pre-freeze-runs"):
        assert list(margins.margins_of(history(scenario=scenario))) == []


def test_every_margin_is_one_of_a_requirement_that_is_judged_on_those_scenarios() -> None:
    import_all()
    judged: dict[str, set[str]] = {}
    for registered in REGISTRY.values():
        judged.setdefault(registered.requirement, set()).update(registered.on)
    for margin in margins.MARGINS:
        assert margin.requirement in judged
        assert set(margin.on) <= judged[margin.requirement]
