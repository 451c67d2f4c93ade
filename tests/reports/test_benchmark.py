"""Rounds of a benchmark: what is reckoned from them, the document, and what the terminal is told."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.proof.phases import Phase, span_of
from fixtures.history.events import EngineEvent, Ready, StartBegun
from reports.proof import benchmark
from reports.proof.benchmark import AFTER, BEFORE, BESIDE, assemble, decode, encode, line, schema, summary
from tests.conformance.builders import FULL, conformant
from tests.reports.builders import MS, benchmark_facts, cpu, floor_run, history, pytest_run, round_of

S = 1_000_000_000


def a_drive(begin: int, length_ms: int) -> object:
    """A drive of so many milliseconds, half of which the engine had, that begins ``begin`` seconds after zero."""
    low, high = begin * S, begin * S + length_ms * MS
    return history([StartBegun(t=low), EngineEvent(t=(low + high) // 2, action="start"), Ready(t=high)])


def lines_of(made: benchmark.Benchmark) -> list[str]:
    """What the terminal is told, without the tables' spaces."""
    return [" ".join(one.split()) for one in summary(made).splitlines()]


def seconds(spent: tuple[benchmark.Spent, ...]) -> dict[str, float]:
    return {one.what: one.seconds for one in spent if one.seconds}


def test_what_is_no_drive_is_the_harness_own_and_everything_adds_up() -> None:
    drives = [a_drive(2, 1000), a_drive(4, 2000)]
    spent = benchmark.where_the_time_went(drives, 2, 0, 10 * S)  # type: ignore[arg-type]
    assert seconds(spent) == {
        BEFORE: 4.0,
        Phase.START.value: 1.5,
        Phase.READINESS.value: 1.5,
        BESIDE: 5.0,
        AFTER: 8.0,
    }
    assert sum(one.seconds for one in spent) == 20.0
    assert sum(one.share for one in spent) == pytest.approx(1.0)


def test_real_drives_add_up_to_the_time_of_all_workers_too() -> None:
    drives = [conformant(FULL, scenario) for scenario in ("two-freezes", "eight-at-once", "request-while-frozen")]
    spans = [span for one in drives if (span := span_of(one)) is not None]
    began, ended = min(low for low, _ in spans) - S, max(high for _, high in spans) + S
    spent = benchmark.where_the_time_went(drives, 4, began, ended)
    assert sum(one.seconds for one in spent) == pytest.approx(4 * (ended - began) / S, abs=0.05)


def test_every_run_has_the_same_lines_whether_it_spent_on_them_or_not() -> None:
    whats = [one.what for one in benchmark.where_the_time_went([], 2, 0, S)]
    assert whats == [one.what for one in benchmark.where_the_time_went([conformant(FULL, "two-freezes")], 2, 0, S)]
    assert set(whats) == {*(phase.value for phase in Phase), BEFORE, BESIDE, AFTER}


def test_the_figures_are_medians_over_the_rounds_and_the_ratio_is_of_each_round() -> None:
    rounds = [
        round_of(1, suite=pytest_run(seconds=100.0), floor=floor_run(seconds=20.0)),
        round_of(2, suite=pytest_run(seconds=120.0), floor=floor_run(seconds=30.0)),
        round_of(3, suite=pytest_run(seconds=90.0), floor=floor_run(seconds=10.0)),
    ]
    made = assemble(benchmark_facts(), rounds)
    assert (made.suite_s, made.floor_s, made.ratio) == (100.0, 20.0, 5.0)
    assert (made.verdicts, made.containers) == (2158, 264)
    assert (made.verdicts_per_s, made.verdicts_per_container) == (21.6, 8.17)


def test_a_replay_is_told_in_verdicts_a_second() -> None:
    made = assemble(benchmark_facts(), [round_of(1, replay=pytest_run(seconds=10.0, containers=0, spent=()))])
    assert made.replay_verdicts_per_s == 215.8
    assert "replayed verdicts a second 216 216 216" in lines_of(made)


def test_where_the_time_went_is_the_median_of_the_rounds_line_by_line() -> None:
    runs = [pytest_run(engine_s=engine_s) for engine_s in (10.0, 30.0, 20.0)]
    made = assemble(benchmark_facts(), [round_of(number, suite=run) for number, run in enumerate(runs)])
    assert [(one.what, one.seconds) for one in made.spent] == [("start", 20.0), ("frozen windows", 5.0)]


def test_what_was_not_measured_is_null_and_not_in_the_tables() -> None:
    made = assemble(benchmark_facts(), [round_of(1, floor=floor_run())])
    assert made.suite_s is made.ratio is made.one_runtime_s is made.replay_verdicts_per_s is made.verdicts is None
    assert made.floor_s == 25.0
    text = summary(made)
    assert "the whole suite" not in text
    assert "where the workers' time went" not in text
    assert json.loads(encode(made))["suite_s"] is None


def test_the_summary_begins_with_the_figures_and_their_spread() -> None:
    rounds = [round_of(number, suite=pytest_run(seconds=100.0 + number), floor=floor_run()) for number in range(3)]
    told = lines_of(assemble(benchmark_facts(), rounds))
    assert told[0] == "BENCHMARK: 3 rounds, 4 side by side on 2 cores"
    assert "the whole suite, warm 101.0 s 100.0 s 102.0 s" in told
    assert "1 101.0 25.0 4.04 - -" in told
    assert (
        told.index("suite : floor 4.04 4.00 4.08")
        < told.index("engine 10.0 40.0%")
        < told.index("suite 60.0 10.0 45% 30% 25%")
    )


def test_the_kinds_of_time_are_summed_up_above_their_lines() -> None:
    told = lines_of(assemble(benchmark_facts(), [round_of(1, suite=pytest_run(engine_s=12.0))]))
    assert told[told.index("engine 12.0 40.0%") + 1] == "start 12.0 40.0%"


def test_a_machine_that_was_never_idle_is_wholly_busy_and_one_that_was_not_read_is_no_error() -> None:
    assert cpu(machine_idle_s=0.0).busy == 1.0
    assert cpu(machine_user_s=0.0, machine_system_s=0.0, machine_idle_s=0.0).share("user") == 0.0


def test_a_measurement_is_told_in_one_line() -> None:
    assert line(pytest_run(seconds=108.46)) == (
        "108.5 s, 2158 verdicts, 264 containers; the machine 75% busy, load 0.5 before"
    )
    assert line(pytest_run(containers=0)).startswith("100.0 s, 2158 verdicts; ")
    assert line(floor_run()).startswith("25.0 s, 264 containers, 4 side by side; ")


def test_the_document_comes_back_as_it_was_and_fits_its_schema() -> None:
    whole = round_of(1, suite=pytest_run(), floor=floor_run(), runtime=pytest_run(), replay=pytest_run(spent=()))
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    for made in (assemble(benchmark_facts(), [whole, whole]), assemble(benchmark_facts(), [round_of(1)])):
        assert decode(encode(made)) == made
        jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(encode(made)))


def test_the_document_names_at_its_top_what_others_read() -> None:
    made = json.loads(encode(assemble(benchmark_facts(), [])))
    wanted = {"suite_s", "floor_s", "ratio", "one_runtime_s", "replay_verdicts_per_s", "containers", "verdicts"}
    assert wanted <= set(made)


def test_the_committed_schema_is_the_one_of_the_type() -> None:
    assert benchmark.SCHEMA_PATH.read_text(encoding="utf-8") == schema()
