"""Small values for the tests of the reports, and a deterministic sample big enough to judge the page by.

The sample is no record of any run: its histories are laid out by arithmetic, its requirements are made up
for the looks of the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.verdict import Judgement, Verdict
from conformance.probing.finding import Finding
from conformance.tables.catalogue import Level, SourceKind
from fixtures.history import store
from fixtures.history.events import (
    Answered,
    AnyEvent,
    Billed,
    Call,
    CallerAnswered,
    CallerAsked,
    EngineEvent,
    FreezeBegun,
    Frozen,
    FunctionRecord,
    HookConfigured,
    LogLine,
    MetricsFlushed,
    Ready,
    RequestSent,
    StartBegun,
    StopBegun,
    Stopped,
    ThawBegun,
    Thawed,
    Tick,
)
from fixtures.history.history import ClockFacts, History, ImageFacts
from reports.proof.benchmark import Cpu, Facts, FloorRun, PytestRun, Round, Spent
from reports.report import Report, RequirementFacts, RunFacts, RuntimeFacts
from runtimes.definition import Wire

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

MS = 1_000_000
BASE = 5_000_000 * MS


def run_facts(*, exit_status: int = 0) -> RunFacts:
    return RunFacts(
        id="r-20261122-0600",
        version="0.1.0",
        profile="seeds",
        profile_text="What the two product pages say.",
        started="2026-11-22T06:00:00+00:00",
        duration_s=41.27,
        engine="Docker 20.10.24, cgroup v1, local",
        cores=2,
        memory_mb=8000,
        exit_status=exit_status,
        command=("-n", "2", "--runtime", "all"),
        seed=7,
    )


def requirement(
    name: str = "pre-freeze.once", *, family: str = "pre-freeze", level: Level = Level.MUST
) -> RequirementFacts:
    return RequirementFacts(
        id=name,
        family=family,
        level=level,
        text="The PreFreeze hook runs once before each freeze, after the last response.",
        source="ZH, section on the hooks",
        source_kind=SourceKind.SRC if level is Level.MUST else SourceKind.VENDOR,
    )


def observation(seen: str, runtime: str = "nodejs", **changes: object) -> Judgement:
    """The verdict of a check that only tells what it saw, as the harness makes it."""
    fields: dict[str, object] = {
        "requirement": "hooks.what-happens",
        "level": "NOTE",
        "family": "hooks",
        "runtime": runtime,
        "message": f"observed: {seen}",
        "seen": seen,
        "notes": (seen,),
        "nodeid": f"conformance/test_hooks.py::test_what_happens[{runtime}-freeze-thaw]",
        "history": f"{runtime}--freeze-thaw.json",
    }
    return judgement(Verdict.PASS, **(fields | changes))


def runtime(name: str = "nodejs", *, trouble: str = "", sees: str = "") -> RuntimeFacts:
    return RuntimeFacts(
        name=name,
        title=f"{name} runtime",
        language=name,
        version="18.19",
        wire=Wire.HTTP,
        hook_signature="exports.preFreeze = (context, callback)",
        image=ImageFacts("", "") if trouble else _image(name),
        hooks=(Call.PRE_FREEZE, Call.PRE_STOP),
        trouble=trouble,
        sees=sees,
        profile_differences=("PreFreeze: supported in seeds, fc2; not supported in fc3",),
    )


def _image(name: str) -> ImageFacts:
    return ImageFacts(f"fc-conformance/{name}:0123456789ab", "sha256:" + "ab" * 32)


def judgement(verdict: Verdict = Verdict.PASS, **changes: object) -> Judgement:
    fields: dict[str, object] = {
        "requirement": "pre-freeze.once",
        "level": "MUST",
        "family": "pre-freeze",
        "runtime": "nodejs",
        "scenario": "freeze-thaw",
        "verdict": verdict,
        "message": "seen as expected",
        "nodeid": "conformance/test_pre_freeze.py::test_once[nodejs-freeze-thaw]",
        "history": "nodejs--freeze-thaw.json",
        "evidence": (1, 2),
    }
    return Judgement(**(fields | changes))  # type: ignore[arg-type]


def history(events: Iterable[AnyEvent] = (), *, subject: str = "nodejs", scenario: str = "freeze-thaw") -> History:
    return History(
        subject=subject,
        scenario=scenario,
        profile="seeds",
        run="r-20261122-0600",
        instance="c-62833f38",
        image=_image(subject),
        plan={},
        clock=ClockFacts(True, "the function read 5 ms between two readings of the driver"),
        events=tuple(sorted(events, key=lambda event: event.t)),
    )


def driven(*, invokes: int = 3, freezes: bool = True, chatter: int = 1) -> list[AnyEvent]:
    """A well-behaved instance: cold start, invocations with a freeze after each, a stop."""
    events: list[AnyEvent] = [
        HookConfigured(t=BASE - 2 * MS, hook=Call.PRE_FREEZE, handler="index.preFreeze", timeout_s=10),
        StartBegun(t=BASE),
        EngineEvent(t=BASE + 180 * MS, action="start"),
        FunctionRecord(t=BASE + 300 * MS, read_t=BASE + 301 * MS, edge="loaded"),
        Ready(t=BASE + 330 * MS),
    ]
    now, exchange, frozen = 340, 0, []

    def call(which: Call, request_id: str, length: int) -> None:
        nonlocal now, exchange
        exchange += 1
        event = f'{{"n": {exchange}}}' if which is Call.INVOKE else None
        begin, end = BASE + (now + 1) * MS, BASE + (now + length - 1) * MS
        if which is Call.INVOKE:
            events.append(CallerAsked(t=BASE + now * MS, request_id=request_id))
        if which is Call.PRE_FREEZE:
            events.append(MetricsFlushed(t=end - MS, request_id=request_id, values=["first", "second"]))
        events.extend(
            [
                RequestSent(
                    t=BASE + now * MS,
                    exchange=exchange,
                    call=which,
                    request_id=request_id,
                    event=event,
                    context={},
                ),
                LogLine(t=begin - MS // 2, read_t=begin, text=f"FC {which.label} Start RequestId: {request_id}"),
                FunctionRecord(
                    t=begin,
                    read_t=begin + MS,
                    edge="start",
                    call=which,
                    request_id=request_id,
                    args=["context"],
                ),
                *(LogLine(t=begin + (n + 1) * 1000, read_t=begin + MS, text=f"user line {n}") for n in range(chatter)),
                FunctionRecord(t=end, read_t=end + MS, edge="end", call=which, request_id=request_id, counter=exchange),
                LogLine(t=end + MS // 3, read_t=end + MS, text=f"FC {which.label} End RequestId: {request_id}"),
                Answered(
                    t=BASE + (now + length) * MS,
                    exchange=exchange,
                    call=which,
                    request_id=request_id,
                    status=200,
                    headers={"x-fc-status": "200"},
                    body="ok",
                    body_bytes=2,
                ),
            ]
        )
        now += length + 2

    for number in range(invokes):
        request_id = f"00000000-0000-4000-8000-{number:012d}"
        call(Call.INVOKE, request_id, 24)
        events.append(CallerAnswered(t=BASE + now * MS, request_id=request_id, status=200, body="ok"))
        now += 4
        if freezes:
            call(Call.PRE_FREEZE, request_id, 14)
            start = BASE + now * MS
            events += [FreezeBegun(t=start), Frozen(t=start + 17 * MS)]
            events += [ThawBegun(t=start + 217 * MS), Thawed(t=start + 234 * MS)]
            frozen.append((now, now + 217))
            now += 240
    call(Call.PRE_STOP, "00000000-0000-4000-8000-00000000ffff", 18)
    events.append(StopBegun(t=BASE + now * MS, grace_s=10))
    events.append(EngineEvent(t=BASE + (now + 38) * MS, action="die", exit_code=0))
    events.append(Stopped(t=BASE + (now + 40) * MS, exit_code=0))
    events.append(Billed(t=BASE + (now + 40) * MS, billed_ms=132, requests=invokes, memory_mb=256, cu=0.033))
    beats = [at for at in range(305, now + 30, 5) if not any(start <= at <= end for start, end in frozen)]
    events += [Tick(t=BASE + at * MS + 70_000 * (at % 3), n=n) for n, at in enumerate(beats)]
    return events


def report(*verdicts: Judgement, exit_status: int | None = None, **changes: object) -> Report:
    red = any(verdict.verdict.red for verdict in verdicts)
    fields: dict[str, object] = {
        "run": run_facts(exit_status=(1 if red else 0) if exit_status is None else exit_status),
        "requirements": (requirement(),),
        "runtimes": (runtime(),),
        "families": {"pre-freeze": "before the instance is frozen"},
        "verdicts": verdicts,
    }
    return Report(**(fields | changes))  # type: ignore[arg-type]


def finding(**changes: object) -> Finding:
    fields: dict[str, object] = {
        "runtime": "acme",
        "title": "listens on 127.0.0.1:8080; the platform connects to port 9000 of every address",
        "cure": "--port 8080 and listen on 0.0.0.0",
        "requirement": "instance.becomes-ready",
        "ends": True,
        "log": ("serving on 127.0.0.1:8080",),
    }
    return Finding(**(fields | changes))  # type: ignore[arg-type]


SAMPLE_RUNTIMES = (
    "csharp",
    "custom-container",
    "custom-container-plain",
    "custom-runtime",
    "go",
    "java",
    "nodejs",
    "php",
    "python",
)
SAMPLE_FAMILIES = {
    "signature": "how hooks are declared and called",
    "pre-freeze": "before the instance is frozen",
    "pre-stop": "before the instance is stopped",
    "freeze": "what a frozen instance may not do",
    "configuration": "setting, disabling and updating hooks",
    "logs": "start and end markers",
    "metering": "what is billed and what is counted",
}
SAMPLE_NAMES = (
    "context-only",
    "result-ignored",
    "runs-once",
    "after-last-response",
    "request-id-kept",
    "shares-state",
)
SAMPLE_SCENARIOS = (
    "freeze-thaw",
    "concurrent",
    "stop-while-frozen",
    "hook-throws",
    "slow-hook",
    "plain-invoke",
    "disabled",
)

OBSERVED_ROW = 22
ROWS_WITH_ALL_VERDICTS = (0, 8, 20, OBSERVED_ROW, 25, 30)


def sample(rows: Container[int] = range(35)) -> tuple[Report, dict[str, History]]:
    """Nine runtimes, 35 requirements, up to three scenarios each, and the histories of the verdicts.

    ``rows`` takes some of the requirements only; ``ROWS_WITH_ALL_VERDICTS`` are enough to see each verdict
    and an observation.
    """
    requirements = [
        requirement(f"{family}.{name}", family=family, level=Level.SHOULD if name == "shares-state" else Level.MUST)
        for family in SAMPLE_FAMILIES
        for name in SAMPLE_NAMES
    ][:35]
    observed = requirements[OBSERVED_ROW]
    requirements[OBSERVED_ROW] = requirement(observed.id, family=observed.family, level=Level.NOTE)
    verdicts: list[Judgement] = []
    histories: dict[str, History] = {}
    for row, facts in enumerate(requirements):
        if row not in rows:
            continue
        for column, name in enumerate(SAMPLE_RUNTIMES):
            for scenario in SAMPLE_SCENARIOS[row % 5 : row % 5 + 1 + row % 3]:
                verdict = _sample_verdict(facts.family, row, column)
                file = "" if verdict is Verdict.NOT_APPLICABLE else store.file_name(name, scenario)
                if file and file not in histories:
                    events = driven(invokes=3 + column % 3, freezes=name not in ("php", "python", "csharp"), chatter=3)
                    histories[file] = history(events, subject=name, scenario=scenario)
                verdicts.append(
                    _sample_observation(facts, name, scenario, file, column)
                    if row == OBSERVED_ROW and file
                    else _sample_judgement(facts, name, scenario, verdict, file)
                )
    return (
        Report(
            run=run_facts(exit_status=1),
            requirements=tuple(facts for row, facts in enumerate(requirements) if row in rows),
            runtimes=tuple(runtime(name) for name in SAMPLE_RUNTIMES),
            families=SAMPLE_FAMILIES,
            verdicts=tuple(verdicts),
        ),
        histories,
    )


def save_all(histories: dict[str, History], out: Path) -> None:
    for one in histories.values():
        store.save(one, out / "histories")


def _sample_verdict(family: str, row: int, column: int) -> Verdict:
    if (family == "pre-freeze" and SAMPLE_RUNTIMES[column] in ("csharp", "php", "python")) or (
        SAMPLE_RUNTIMES[column] == "custom-container-plain" and row % 4
    ):
        return Verdict.NOT_APPLICABLE
    special = {
        (8, 6): Verdict.FAIL,
        (8, 4): Verdict.FAIL,
        (20, 3): Verdict.NOT_TESTABLE,
        (25, 8): Verdict.GAP,
        (30, 7): Verdict.INCONCLUSIVE,
    }
    return special.get((row, column), Verdict.PASS)


def _node_id(facts: RequirementFacts, item: str) -> str:
    family, name = (part.replace("-", "_") for part in facts.id.split("."))
    return f"conformance/test_{family}.py::test_{name}[{item}]"


def _sample_observation(facts: RequirementFacts, name: str, scenario: str, file: str, column: int) -> Judgement:
    return observation(
        f"PreFreeze: status {404 if column % 3 else 200}; PreStop: answered {column + 8} ms after it was sent",
        name,
        requirement=facts.id,
        family=facts.family,
        scenario=scenario,
        history=file,
        evidence=(40, 44),
        nodeid=_node_id(facts, f"{name}-{scenario}"),
    )


def large() -> tuple[Report, dict[str, History]]:
    """As many verdicts and histories as a run of everything has: 9 runtimes, 30 scenarios each, 100 requirements."""
    requirements = [requirement(f"family-{n % 14}.number-{n}", family=f"family-{n % 14}") for n in range(100)]
    verdicts: list[Judgement] = []
    histories: dict[str, History] = {}
    for name in SAMPLE_RUNTIMES:
        files = [store.file_name(name, f"scenario-{n}") for n in range(30)]
        for n, file in enumerate(files):
            events = driven(invokes=2 + n % 4, freezes=n % 3 > 0, chatter=2)
            histories[file] = history(events, subject=name, scenario=f"scenario-{n}")
        for number, facts in enumerate(requirements):
            verdicts += [
                judgement(
                    requirement=facts.id,
                    family=facts.family,
                    runtime=name,
                    scenario=f"scenario-{n % 30}",
                    message="",
                    evidence=(),
                    history=files[n % 30],
                )
                for n in range(number, number + (1, 1, 2, 7, 1)[number % 5])
            ]
    return report(
        *verdicts,
        requirements=tuple(requirements),
        runtimes=tuple(map(runtime, SAMPLE_RUNTIMES)),
        families={facts.family: "" for facts in requirements},
    ), histories


def _sample_judgement(facts: RequirementFacts, name: str, scenario: str, verdict: Verdict, file: str) -> Judgement:
    messages = {
        Verdict.PASS: "3 freezes, one completed PreFreeze before each",
        Verdict.FAIL: "PreFreeze ran 2 times before freeze 1",
        Verdict.NOT_TESTABLE: "no freeze was reached, so nothing can be said of it",
        Verdict.GAP: "known since 0.1.0: the end marker lies in a buffer (until 2027-01-31)",
        Verdict.NOT_APPLICABLE: f"profile seeds: PreFreeze cannot be configured for {name}",
        Verdict.INCONCLUSIVE: "the engine did not answer the pause within 5 s",
    }
    noted = facts.id == "logs.runs-once" and file != ""
    told = verdict in (Verdict.FAIL, Verdict.NOT_TESTABLE)
    return Judgement(
        requirement=facts.id,
        level=facts.level.value,
        family=facts.family,
        runtime=name,
        scenario=scenario if file else "",
        verdict=verdict,
        message=messages[verdict],
        nodeid=_node_id(facts, f"{name}-{scenario}"),
        history=file,
        expected="exactly one PreFreeze between the last response and the freeze" if told else "",
        seen="two, 14 ms apart, both with the request ID of the last invocation" if told else "",
        evidence=(40, 44, 52, 60) if file else (),
        notes=("a marker was accepted only in the tolerant reading",) if noted else (),
    )


# ------------------------------------------------------------------------------------------------ benchmarks


def cpu(**changes: float) -> Cpu:
    """A machine of which three quarters were busy."""
    given = {
        "own_user_s": 60.0, "own_system_s": 10.0,
        "machine_user_s": 90.0, "machine_system_s": 60.0, "machine_idle_s": 50.0,
        **changes,
    }  # fmt: skip
    return Cpu(**given)


def pytest_run(*, engine_s: float = 10.0, **changes: object) -> PytestRun:
    """A run of the suite that took a hundred seconds."""
    spent = (
        Spent(kind="engine", what="start", seconds=engine_s, share=0.4),
        Spent(kind="waits a check needs", what="frozen windows", seconds=5.0, share=0.2),
    )
    given: dict[str, object] = {
        "seconds": 100.0, "verdicts": 2158, "judged": 1873, "containers": 264, "load": 0.5, "cpu": cpu(),
        "spent": spent, **changes,
    }  # fmt: skip
    return PytestRun(**given)  # type: ignore[arg-type]


def floor_run(**changes: float) -> FloorRun:
    """A floor of as many containers."""
    given: dict[str, object] = {
        "seconds": 25.0, "containers": 264, "side_by_side": 4, "start_s": 60.0, "remove_s": 39.0, "load": 0.5,
        "cpu": cpu(), **changes,
    }  # fmt: skip
    return FloorRun(**given)  # type: ignore[arg-type]


def round_of(
    number: int,
    *,
    suite: PytestRun | None = None,
    floor: FloorRun | None = None,
    runtime: PytestRun | None = None,
    replay: PytestRun | None = None,
) -> Round:
    return Round(number=number, suite=suite, floor=floor, runtime=runtime, replay=replay)


def benchmark_facts() -> Facts:
    return Facts(
        tree="conformance 0123456789ab",
        started="2026-11-26T20:00:00+00:00",
        engine="Docker 20.10.24, cgroup v1",
        cores=2,
        memory_mb=24_000,
        workers=4,
        runtime="nodejs",
        command=("script/benchmark",),
    )
