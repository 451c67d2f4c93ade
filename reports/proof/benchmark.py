"""Rounds of a benchmark as one value: its document, its statistics, and its tables in the terminal. Pure.

``benchmark.json`` is this value; its schema is generated from the type and kept in ``schema/benchmark.schema.json``
(``python -m reports.proof.benchmark`` prints it). Measuring is :mod:`reports.commands.benchmark`'s business. What a
drive spent its time on is :mod:`conformance.proof.phases`'; what the workers did beside their drives is reckoned here.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from tabulate import tabulate

from conformance.proof.phases import Kind, Phase, phases_of, span_of
from reports.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fixtures.history.history import History

FORMAT = 1
SCHEMA_PATH = Path(__file__).resolve().parents[1] / "schema" / "benchmark.schema.json"
NS_PER_S = 1e9
HARNESS = "harness"
"""The kind of what is no drive at all."""
SHOWN: tuple[Literal["user", "system", "idle"], ...] = ("user", "system", "idle")
"""What the machine did, as far as the terminal tells it."""
BEFORE = "before the first drive: bootstrap, images, collection"
BESIDE = "beside the drives: judging, saving, workers without work"
AFTER = "after the last drive: the report, the clean-up"


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    """Processor seconds of one measurement.

    ``own_*``: of the measured processes, their children included; ``machine_*``: of all cores together, with the
    engine's daemon and everybody else. ``machine_other_s`` was taken by other virtual machines.
    """

    own_user_s: float
    own_system_s: float
    machine_user_s: float
    machine_system_s: float
    machine_idle_s: float
    machine_other_s: float = 0.0

    def share(self, of: Literal["user", "system", "idle", "other"]) -> float:
        """The share of the machine's time that went into one thing."""
        parts = {
            "user": self.machine_user_s,
            "system": self.machine_system_s,
            "idle": self.machine_idle_s,
            "other": self.machine_other_s,
        }
        whole = sum(parts.values())
        return parts[of] / whole if whole else 0.0

    @property
    def busy(self) -> float:
        """The share of the machine's time in which it was not idle."""
        return 1 - self.share("idle")


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of all workers together that went into one thing, and their share of all that they had."""

    kind: str
    what: str
    seconds: float
    share: float


class PytestRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of pytest as people start it. ``seconds``: the wall time of the whole process.

    ``verdicts``: all; ``judged``: without those that did not apply; ``containers``: instances that were driven, none in
    a replay; ``load``: the machine's load average over a minute when it began.
    """

    seconds: float
    verdicts: int
    judged: int
    containers: int
    load: float
    cpu: Cpu
    spent: tuple[Spent, ...] = ()

    @property
    def verdicts_per_s(self) -> float:
        return self.verdicts / self.seconds

    @property
    def verdicts_per_container(self) -> float:
        return self.verdicts / self.containers


class FloorRun(msgspec.Struct, frozen=True, kw_only=True):
    """The floor, once. ``start_s``, ``remove_s``: sums over all containers; ``seconds``: wall time."""

    seconds: float
    containers: int
    side_by_side: int
    start_s: float
    remove_s: float
    load: float
    cpu: Cpu


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured one after the other. What was not asked for is missing."""

    number: int
    suite: PytestRun | None = None
    floor: FloorRun | None = None
    runtime: PytestRun | None = None
    replay: PytestRun | None = None

    @property
    def ratio(self) -> float | None:
        """How many floors the suite is high, of the two that stand beside each other in time."""
        return self.suite.seconds / self.floor.seconds if self.suite is not None and self.floor is not None else None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Circumstances. ``tree``: what was measured, as git names it; ``workers``: the suite's, and the floor's lanes."""

    tree: str
    started: str
    engine: str
    cores: int
    memory_mb: int
    workers: int
    runtime: str
    command: tuple[str, ...] = ()


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document. Only runs without a red verdict get into it.

    The figures at the top are medians over the rounds, null where they were not asked for; ``ratio`` is the median of
    the rounds' own, and ``spent`` is where the time of the suite's workers went, line by line.
    """

    format: int = FORMAT
    facts: Facts
    suite_s: float | None
    floor_s: float | None
    ratio: float | None
    one_runtime_s: float | None
    replay_verdicts_per_s: float | None
    verdicts_per_s: float | None
    verdicts_per_container: float | None
    containers: int | None
    verdicts: int | None
    spent: tuple[Spent, ...]
    rounds: tuple[Round, ...]


# ---------------------------------------------------------------------------------------------- reckoning


def where_the_time_went(histories: Iterable[History], workers: int, began_ns: int, ended_ns: int) -> tuple[Spent, ...]:
    """What the workers of one run did with their time, from its begin to its end (monotonic nanoseconds).

    The lines add up to ``workers`` times the wall time: what is no part of any drive is the harness's own.
    """
    phases: Counter[Phase] = Counter(dict.fromkeys(Phase, 0))
    spans: list[tuple[int, int]] = []
    for history in histories:
        span = span_of(history)
        if span is not None:
            spans.append(span)
            phases.update(phases_of(history))
    first = min((low for low, _ in spans), default=ended_ns)
    last = max((high for _, high in spans), default=ended_ns)
    harness = {
        BEFORE: workers * (first - began_ns),
        BESIDE: workers * (last - first) - phases.total(),
        AFTER: workers * (ended_ns - last),
    }
    whole = workers * (ended_ns - began_ns) or 1
    lines = [
        (phase.kind.value, phase.value, phases[phase])
        for phase in sorted(Phase, key=lambda one: list(Kind).index(one.kind))
    ]
    lines += [(HARNESS, what, ns) for what, ns in harness.items()]
    return tuple(
        Spent(kind=kind, what=what, seconds=round(ns / NS_PER_S, 3), share=round(ns / whole, 4))
        for kind, what, ns in lines
    )


def _median(values: Iterable[float | None], digits: int = 3) -> float | None:
    there = [value for value in values if value is not None]
    return round(statistics.median(there), digits) if there else None


def _median_spent(runs: Sequence[PytestRun]) -> tuple[Spent, ...]:
    return tuple(
        msgspec.structs.replace(
            lines[0],
            seconds=round(statistics.median(line.seconds for line in lines), 3),
            share=round(statistics.median(line.share for line in lines), 4),
        )
        for lines in zip(*(run.spent for run in runs), strict=True)
    )


def assemble(facts: Facts, rounds: Sequence[Round]) -> Benchmark:
    """The document of rounds that have been measured."""
    suites = [one.suite for one in rounds if one.suite is not None]
    containers = _median(suite.containers for suite in suites)
    verdicts = _median(suite.verdicts for suite in suites)
    return Benchmark(
        facts=facts,
        suite_s=_median(suite.seconds for suite in suites),
        floor_s=_median(one.floor.seconds for one in rounds if one.floor is not None),
        ratio=_median(one.ratio for one in rounds),
        one_runtime_s=_median(one.runtime.seconds for one in rounds if one.runtime is not None),
        replay_verdicts_per_s=_median((one.replay.verdicts_per_s for one in rounds if one.replay is not None), 1),
        verdicts_per_s=_median((suite.verdicts_per_s for suite in suites), 1),
        verdicts_per_container=_median((suite.verdicts_per_container for suite in suites), 2),
        containers=None if containers is None else round(containers),
        verdicts=None if verdicts is None else round(verdicts),
        spent=_median_spent(suites),
        rounds=tuple(rounds),
    )


# ---------------------------------------------------------------------------------------------- as a document


def encode(benchmark: Benchmark) -> str:
    """The document as indented JSON, with a final line break."""
    return msgspec.json.format(msgspec.json.encode(benchmark), indent=1).decode() + "\n"


def decode(text: str | bytes) -> Benchmark:
    """The reverse of :func:`encode`.

    Raises:
        msgspec.ValidationError: the text is no benchmark.
    """
    return msgspec.json.decode(text, type=Benchmark)


def schema() -> str:
    """The JSON Schema of ``benchmark.json``, as the text of the committed file."""
    (root,), definitions = msgspec.json.schema_components([Benchmark], ref_template="#/$defs/{name}")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Benchmark, format 1"}
    return json.dumps({**head, **root, "$defs": definitions}, indent=2, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------------------------------------- in the terminal


def line(run: PytestRun | FloorRun) -> str:
    """A measurement that has ended, in one line."""
    if isinstance(run, FloorRun):
        told = f"{run.containers} containers, {run.side_by_side} side by side"
    else:
        driven = f", {run.containers} containers" if run.containers else ""
        told = f"{run.verdicts} verdicts{driven}"
    return f"{run.seconds:.1f} s, {told}; the machine {run.cpu.busy:.0%} busy, load {run.load:.1f} before"


def summary(benchmark: Benchmark) -> str:
    """What was measured, the short table first."""
    facts = benchmark.facts
    head = (
        f"BENCHMARK: {len(benchmark.rounds)} rounds, {facts.workers} side by side on {facts.cores} cores\n"
        f"engine: {facts.engine}\ntree: {facts.tree}"
    )
    parts = [head, _figures(benchmark), _spent(benchmark), _processors(benchmark), _rounds(benchmark)]
    return plain("\n\n".join(filter(None, parts)))


def _figures(benchmark: Benchmark) -> str:
    rounds = benchmark.rounds
    suites = [one.suite for one in rounds if one.suite is not None]
    floors = [one.floor for one in rounds if one.floor is not None]
    replays = [one.replay for one in rounds if one.replay is not None]
    runtimes = [one.runtime for one in rounds if one.runtime is not None]
    figures: list[tuple[str, str, Iterable[float | None]]] = [
        ("the whole suite, warm", "{:.1f} s", (one.seconds for one in suites)),
        ("the floor: as many of the smallest containers", "{:.1f} s", (one.seconds for one in floors)),
        ("suite : floor", "{:.2f}", (one.ratio for one in rounds)),
        (f"one runtime, {benchmark.facts.runtime}, warm", "{:.1f} s", (one.seconds for one in runtimes)),
        ("replayed verdicts a second", "{:.0f}", (one.verdicts_per_s for one in replays)),
        ("verdicts a second", "{:.1f}", (one.verdicts_per_s for one in suites)),
        ("verdicts a container", "{:.2f}", (one.verdicts_per_container for one in suites)),
        ("verdicts", "{:.0f}", (one.verdicts for one in suites)),
        ("of them judged on an instance", "{:.0f}", (one.judged for one in suites)),
        ("containers", "{:.0f}", (one.containers for one in suites)),
    ]
    rows = []
    for what, form, found in figures:
        values = [value for value in found if value is not None]
        if values:
            rows.append([what, *(form.format(reckon(values)) for reckon in (statistics.median, min, max))])
    return tabulate(rows, headers=["", "median", "least", "most"], disable_numparse=True, colalign=_columns(4))


def _columns(count: int) -> tuple[str, ...]:
    return ("left", *("right",) * (count - 1))


def _spent(benchmark: Benchmark) -> str:
    if not benchmark.spent:
        return ""
    rows: list[list[str]] = []
    for kind in dict.fromkeys(one.kind for one in benchmark.spent):
        lines = [one for one in benchmark.spent if one.kind == kind]
        rows.append([kind, "", f"{sum(one.seconds for one in lines):.1f}", f"{sum(one.share for one in lines):.1%}"])
        rows += [["", one.what, f"{one.seconds:.1f}", f"{one.share:.1%}"] for one in lines]
    headers = ["where the workers' time went", "", "seconds", "share"]
    return tabulate(rows, headers=headers, disable_numparse=True, colalign=("left", "left", "right", "right"))


def _processors(benchmark: Benchmark) -> str:
    rows = []
    for what in ("suite", "floor", "runtime", "replay"):
        cpus = [run.cpu for one in benchmark.rounds if (run := getattr(one, what)) is not None]
        if cpus:
            own = (statistics.median(getattr(cpu, name) for cpu in cpus) for name in ("own_user_s", "own_system_s"))
            shares = (statistics.median(cpu.share(name) for cpu in cpus) for name in SHOWN)
            rows.append([what, *(f"{value:.1f}" for value in own), *(f"{value:.0%}" for value in shares)])
    headers = ["processors", "own user s", "own system s", "machine user", "system", "idle"]
    return tabulate(rows, headers=headers, disable_numparse=True, colalign=_columns(6)) if rows else ""


def _rounds(benchmark: Benchmark) -> str:
    def seconds(run: PytestRun | FloorRun | None) -> str:
        return f"{run.seconds:.1f}" if run is not None else "-"

    rows = [
        [
            one.number,
            *(seconds(run) for run in (one.suite, one.floor)),
            f"{one.ratio:.2f}" if one.ratio is not None else "-",
            *(seconds(run) for run in (one.runtime, one.replay)),
        ]
        for one in benchmark.rounds
    ]
    headers = ["round", "suite s", "floor s", "ratio", "one runtime s", "replay s"]
    return tabulate(rows, headers=headers, disable_numparse=True, colalign=_columns(6))


if __name__ == "__main__":
    sys.stdout.write(schema())
