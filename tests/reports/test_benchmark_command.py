"""What ``script/benchmark`` measures in which order, and how it ends, without an engine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from fixtures.exceptions import HarnessFailure
from fixtures.history import store
from reports.commands import benchmark, child
from reports.commands.benchmark import PARTS, CannotMeasure, Measured, NotGreen, one_round
from reports.commands.stopwatch import Stopwatch
from reports.commands.tree import ROOT, tree
from reports.formats import report_json
from reports.proof.benchmark import FloorRun, PytestRun, decode
from tests.reports.builders import driven, floor_run, history, judgement, pytest_run, report

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN_S = 30.0


@dataclass
class Pretended:
    """Measures that measure nothing; ``asked``: what was asked for, in order."""

    asked: list[str] = field(default_factory=list)

    def suite(self) -> PytestRun:
        self.asked.append("suite")
        return pytest_run(containers=7)

    def floor(self, containers: int) -> FloorRun:
        self.asked.append(f"floor of {containers}")
        return floor_run(containers=containers)

    def runtime(self) -> PytestRun:
        self.asked.append("runtime")
        return pytest_run()

    def replay(self) -> PytestRun:
        self.asked.append("replay")
        return pytest_run(containers=0)

    def last_containers(self) -> int:
        return 5


def quiet(_part: str, _text: str) -> None:
    return None


@pytest.mark.parametrize(
    ("parts", "containers", "asked"),
    [
        (PARTS, None, ["suite", "floor of 7", "runtime", "replay"]),
        (("replay", "floor", "suite"), None, ["suite", "floor of 7", "replay"]),
        (("floor",), None, ["floor of 5"]),
        (("suite", "floor"), 3, ["suite", "floor of 3"]),
    ],
)
def test_a_round_measures_in_turn_and_the_floor_is_as_wide_as_its_suite(
    parts: Sequence[str], containers: int | None, asked: list[str]
) -> None:
    pretended = Pretended()
    found = one_round(1, parts, pretended, containers, quiet)
    assert pretended.asked == asked
    assert [part for part in PARTS if getattr(found, part) is not None] == [one for one in PARTS if one in parts]


def test_every_measurement_is_announced_before_and_told_after_it() -> None:
    said: list[str] = []
    one_round(1, ["floor"], Pretended(), None, lambda part, text: said.append(f"{part}: {text}"))
    assert said[0] == "floor: ..."
    assert said[1].startswith("floor: 25.0 s, 5 containers")


# ------------------------------------------------------------------------------------------------ one run of pytest


def measured(out: Path) -> Measured:
    return Measured(out, "nodejs", 4)


def leaves(monkeypatch: pytest.MonkeyPatch, status: int = 0, *, a_report: bool = True) -> list[list[str]]:
    """Let each run leave two verdicts, and a History unless it is a replay; answers with the commands."""
    commands: list[list[str]] = []

    def run(command: Sequence[str], **_: object) -> int:
        commands.append(list(command))
        folder = Path(command[-1].removeprefix("--out="))
        folder.mkdir(parents=True, exist_ok=True)
        if a_report:
            text = report_json.encode(report(judgement(), judgement(requirement="pre-freeze.other")))
            (folder / "report.json").write_text(text)
        if not any(word.startswith("--replay") for word in command):
            store.save(history(driven()), folder / "histories")
        return status

    monkeypatch.setattr(child, "run", run)
    return commands


def test_the_suite_is_started_as_people_start_it_and_its_histories_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands = leaves(monkeypatch)
    run = measured(tmp_path).suite()
    assert commands == [["script/conformance", f"--out={tmp_path}/suite"]]
    assert (run.verdicts, run.judged, run.containers) == (2, 2, 1)
    assert run.spent


def test_the_one_runtime_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands = leaves(monkeypatch)
    measured(tmp_path).runtime()
    assert commands == [["script/conformance", "--runtime", "nodejs", f"--out={tmp_path}/runtime"]]


def test_a_replay_judges_the_histories_that_the_suite_has_just_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands = leaves(monkeypatch)
    measured(tmp_path).suite()
    run = measured(tmp_path).replay()
    assert f"--replay={tmp_path}/suite/histories" in commands[-1]
    assert (run.verdicts, run.containers, run.spent) == (2, 0, ())


def test_without_a_measured_suite_there_is_nothing_to_replay_and_no_number_for_the_floor(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure, match="measure the suite too, or give --containers"):
        measured(tmp_path).replay()
    with pytest.raises(CannotMeasure):
        measured(tmp_path).last_containers()


@pytest.mark.parametrize(("status", "a_report"), [(1, True), (3, False), (0, False)])
def test_a_run_that_is_red_or_leaves_no_report_is_no_measurement(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, a_report: bool
) -> None:
    leaves(monkeypatch, status, a_report=a_report)
    with pytest.raises(NotGreen, match=r"the whole suite .*suite\.log"):
        measured(tmp_path).suite()


# ------------------------------------------------------------------------------------------------ the command


class NoDaemon:
    """An engine that is only asked for its name."""

    description = "Docker of the tests"

    def close(self) -> None:
        return None


@pytest.fixture
def commanded(monkeypatch: pytest.MonkeyPatch) -> Pretended:
    """The command with measures that measure nothing."""
    pretended = Pretended()
    monkeypatch.setattr(benchmark, "connect", NoDaemon)
    for name in ("suite", "floor", "runtime", "replay"):
        instead = getattr(pretended, name)
        monkeypatch.setattr(Measured, name, lambda _self, *given, instead=instead: instead(*given))
    monkeypatch.setattr("fixtures.interrupts.Interrupts.install", lambda _self: None)
    return pretended


def test_rounds_go_in_turn_and_the_document_is_written(
    commanded: Pretended, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["--rounds", "2", "--out", str(tmp_path / "new")]) == 0
    assert commanded.asked == 2 * ["suite", "floor of 7", "runtime", "replay"]
    made = decode((tmp_path / "new" / "benchmark.json").read_bytes())
    assert (len(made.rounds), made.facts.engine, made.ratio) == (2, "Docker of the tests", 4.0)
    told = capsys.readouterr().out
    assert "round 2 of 2: replay: 100.0 s" in told
    assert told.rstrip().endswith("benchmark.json")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotGreen("the whole suite was not green"), 1, "NOT GREEN: the whole suite was not green"),
        (child.NotThrough("waited 1800 s for the end of the whole suite"), 3, "waited 1800 s"),
        (HarnessFailure("the engine failed", where="floor"), 3, "the engine failed"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was written"),
    ],
)
@pytest.mark.usefixtures("commanded")
def test_what_ends_the_rounds_leaves_no_document_not_even_an_earlier_one(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    words: str,
) -> None:
    def fail(_self: Measured) -> PytestRun:
        raise error

    (tmp_path / "benchmark.json").write_text("of an earlier run")
    monkeypatch.setattr(Measured, "runtime", fail)
    assert benchmark.main(["--out", str(tmp_path)]) == status
    assert words in capsys.readouterr().err
    assert not (tmp_path / "benchmark.json").exists()


@pytest.mark.parametrize("given", [["--rounds", "0"], ["--containers", "0"], ["--runtime", "nodejz"]])
def test_a_mistake_in_the_arguments_is_told_before_anything_is_measured(
    commanded: Pretended, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    assert benchmark.main([*given, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("script/benchmark: ")
    assert commanded.asked == []


def test_what_was_measured_is_named_as_git_names_it() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    assert tree("conftest.py").startswith("conftest.py ")
    assert tree("no-such-file") == "not a git checkout"


# ------------------------------------------------------------------------------------------------ children and clocks


def start(code: str, tmp_path: Path, within_s: float = WITHIN_S) -> int:
    command = [sys.executable, "-c", code]
    return child.run(command, what="the test's child", cwd=tmp_path, log=tmp_path / "log" / "x.log", within_s=within_s)


def test_a_child_s_exit_status_comes_back_and_its_words_are_in_the_log(tmp_path: Path) -> None:
    assert start("import sys; print('on stdout'); sys.exit('on stderr')", tmp_path) == 1
    assert {"on stdout", "on stderr"} <= set((tmp_path / "log" / "x.log").read_text().split("\n"))


SLEEPS_WITH_A_CHILD = """
import pathlib, subprocess, sys, time
slept = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("pids.new").write_text(str(slept.pid))
pathlib.Path("pids.new").rename("pids")
try:
    time.sleep(60)
except KeyboardInterrupt:
    pathlib.Path("cleaned-up").touch()
"""


def the_child_s_child_is_gone(tmp_path: Path) -> bool:
    pid = int((tmp_path / "pids").read_text())
    try:
        psutil.Process(pid).wait(WITHIN_S)
    except psutil.NoSuchProcess:
        return True
    return not psutil.pid_exists(pid)


def test_a_child_that_is_not_through_in_time_is_named_and_ends_in_good_order(tmp_path: Path) -> None:
    with pytest.raises(child.NotThrough, match=r"waited 2 s for the end of the test's child; see .*x\.log"):
        start(SLEEPS_WITH_A_CHILD, tmp_path, within_s=2)
    assert (tmp_path / "cleaned-up").exists()
    assert the_child_s_child_is_gone(tmp_path)


def test_an_interrupt_while_a_child_runs_is_handed_on_to_it_and_its_group(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wait = subprocess.Popen.wait
    waits: list[float | None] = []

    def interrupted(self: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        waits.append(timeout)
        if len(waits) > 1:
            return wait(self, timeout)
        there = threading.Event()
        while not (tmp_path / "pids").exists():
            there.wait(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(SLEEPS_WITH_A_CHILD, tmp_path)
    assert (tmp_path / "cleaned-up").exists()
    assert the_child_s_child_is_gone(tmp_path)


def test_a_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(child, "STOP_WITHIN_S", 0.2)
    deaf = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    with pytest.raises(child.NotThrough):
        start(deaf, tmp_path, within_s=1)


def test_the_stopwatch_counts_the_processors_of_children_that_have_ended(tmp_path: Path) -> None:
    watch = Stopwatch()
    assert start("import time\nwhile time.process_time() < 0.3: pass", tmp_path) == 0
    watch.stop()
    assert watch.cpu.own_user_s + watch.cpu.own_system_s >= 0.3
    assert watch.seconds >= 0.3
    assert watch.ended_ns - watch.began_ns == pytest.approx(watch.seconds * 1e9)
    assert watch.cpu.busy > 0
    assert watch.load == pytest.approx(os.getloadavg()[0], abs=5)
