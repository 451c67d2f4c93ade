"""Runs the real harness as its users do, in a process of its own, and reads what it leaves.

Every run has a deadline; one that misses it is ended together with its workers and fails the test with what it had
printed. Bad images, the engine's word and the proxy are in the modules beside this one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reports.formats import report_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.judging.verdict import Judgement, Verdict
    from reports.report import Report

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "unix:///nonexistent/engine.sock"
"""An address at which no engine answers."""
RUN_WITHIN_S = 120.0
"""Longest time for one run of these tests, in seconds; most take less than ten."""


@dataclass(frozen=True)
class Finished:
    """A run that has ended. ``seconds``: its wall time; ``terminal``: all that it printed, errors included."""

    status: int
    terminal: str
    seconds: float
    out: Path

    @cached_property
    def report(self) -> Report:
        return report_json.decode((self.out / "report.json").read_bytes())

    def of(self, runtime: str) -> list[Judgement]:
        """The verdicts about one runtime."""
        return [judgement for judgement in self.report.verdicts if judgement.runtime == runtime]

    def counts(self, runtime: str) -> Counter[str]:
        """How often each verdict was given to one runtime."""
        return Counter(str(judgement.verdict) for judgement in self.of(runtime))

    def one(self, runtime: str, requirement: str) -> Judgement:
        """The one verdict about a requirement of a runtime; an AssertionError where there are none or several."""
        found = [judgement for judgement in self.of(runtime) if judgement.requirement == requirement]
        assert len(found) == 1, f"{runtime}, {requirement}: {len(found)} verdicts\n{self.terminal}"
        return found[0]

    def verdicts(self) -> dict[str, Verdict]:
        """Every verdict by its node id."""
        return {judgement.nodeid: judgement.verdict for judgement in self.report.verdicts}


class Running:
    """A run that is under way. Its process leads a group of its own, as a shell's job does."""

    def __init__(self, command: Sequence[str], out: Path, environment: Mapping[str, str], root: Path) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.out = out
        self._printed = out / "terminal.txt"
        self._began = time.monotonic()
        # A run inside a run: what pytest and xdist tell this process must not reach that one.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        with self._printed.open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=root,
                env={**inherited, "COLUMNS": "100", **environment},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The controller's process id, which owns everything that the run makes in the engine."""
        return self._process.pid

    def terminal(self) -> str:
        """What it has printed until now."""
        return self._printed.read_text(encoding="utf-8", errors="replace")

    def interrupt_the_group(self) -> None:
        """What Ctrl-C does: SIGINT to the run and to its workers."""
        os.killpg(self.pid, signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM to the run alone, as a supervisor sends it."""
        self._process.terminate()

    def kill_alone(self) -> None:
        """SIGKILL to the run's controller, as the kernel does that has run out of memory; its workers live on."""
        self._process.kill()
        self._process.wait(10)

    def kill_the_group(self) -> None:
        """SIGKILL to the run and its workers: nothing of theirs can clean up."""
        os.killpg(self.pid, signal.SIGKILL)

    def finish(self, within_s: float = RUN_WITHIN_S) -> Finished:
        """Wait for the run's end.

        Raises:
            AssertionError: it did not end within ``within_s`` seconds; it is killed then.
        """
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill_the_group()
            self._process.wait(10)
            raise AssertionError(f"the run did not end within {within_s:g} s:\n{self.terminal()}") from None
        return Finished(status, self.terminal(), time.monotonic() - self._began, self.out)

    def make_sure_it_ended(self) -> None:
        """For the end of a test that failed in the middle."""
        if self._process.poll() is None:
            self.kill_the_group()
            self._process.wait(10)


def start(*arguments: str, out: Path, environment: Mapping[str, str] | None = None, root: Path = ROOT) -> Running:
    """Begin a run of the harness that lies at ``root``."""
    command = ("pytest", "conformance/", "-p", "no:cacheprovider", "--out", str(out), *arguments)
    return Running(command, out, environment or {}, root)


def start_faults(*arguments: str, out: Path) -> Running:
    """Begin a run that drives faults."""
    return Running(("reports.commands.fault_command", "--out", str(out), *arguments), out, {}, ROOT)


def run(
    *arguments: str,
    out: Path,
    environment: Mapping[str, str] | None = None,
    root: Path = ROOT,
    within_s: float = RUN_WITHIN_S,
) -> Finished:
    """One run of the harness, from its begin to its end."""
    return start(*arguments, out=out, environment=environment, root=root).finish(within_s)


def runtimes(*names: str) -> list[str]:
    """The options that choose runtimes."""
    return [text for name in names for text in ("--runtime", name)]


def nothing_but(counts: Counter[str], *allowed: Verdict) -> bool:
    """Whether verdicts were given and all of them are of the kinds named."""
    return bool(counts) and set(counts) <= {str(verdict) for verdict in allowed}


def mentions(text: str, *words: str) -> None:
    """Fail unless every one of ``words`` (regular expressions, any case) is in ``text``."""
    missing = [word for word in words if re.search(word, text, re.IGNORECASE) is None]
    assert not missing, f"the text does not say {missing}:\n{text}"
