"""``script/benchmark``: measures the suite, its floor, one runtime and a replay, in turn and several times.

    script/benchmark                      three rounds of all four
    script/benchmark --rounds 1           one
    script/benchmark --only suite --only floor
    script/benchmark --only floor --containers 40

The floor is as many of the smallest containers as the round's suite has driven; where no suite is asked for, as many as
the last benchmark's. The exit status is 0 only if every run was green: a red run has no figures.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import psutil

from conformance.judging.verdict import Verdict
from fixtures.engine import floor
from fixtures.engine.connection import NoEngine, connect
from fixtures.exceptions import HarnessFailure
from fixtures.history import store
from fixtures.interrupts import Interrupts
from fixtures.side_by_side import side_by_side
from reports.commands import child
from reports.commands.stopwatch import Stopwatch
from reports.commands.tree import JUDGED, ROOT, tree
from reports.formats import report_json
from reports.proof import benchmark
from reports.proof.benchmark import Benchmark, Facts, FloorRun, PytestRun, Round, where_the_time_went
from reports.writing.claim import FolderRefused, clear, folder
from reports.writing.writer import HISTORIES, write
from runtimes.subjects import BrokenRuntime, discover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fixtures.history.history import History

SUITE, FLOOR, RUNTIME, REPLAY = PARTS = ("suite", "floor", "runtime", "replay")
"""What can be measured, in the order of a round: the floor's number and the replay's Histories are the suite's."""
JSON = "benchmark.json"
FOLDER = "benchmark"
"""Where the measured runs write, below the report's folder."""
RUN_WITHIN_S = 1800.0
"""Longest time for one run of pytest; the suite takes a minute and a half on an idle machine with two cores."""
NOT_GREEN, USAGE, CANNOT_RUN, INTERRUPTED = 1, 2, 3, 130


class NotGreen(Exception):
    """A measured run was red; the text says which, and where to look."""


class CannotMeasure(Exception):
    """Something that a measurement needs is not there; the text says what to do."""


class Measures(Protocol):
    """What a round is made of. Each measures once."""

    def suite(self) -> PytestRun: ...
    def floor(self, containers: int) -> FloorRun: ...
    def runtime(self) -> PytestRun: ...
    def replay(self) -> PytestRun: ...
    def last_containers(self) -> int: ...


@dataclass(frozen=True)
class Measured:
    """Measures with real processes and real containers. ``out``: where they write, ``subject``: the one runtime."""

    out: Path
    subject: str
    workers: int

    def suite(self) -> PytestRun:
        """Raises: NotGreen, NotThrough."""
        return self._pytest(SUITE, "the whole suite", ["script/conformance"])

    def runtime(self) -> PytestRun:
        """Raises: NotGreen, NotThrough."""
        return self._pytest(RUNTIME, f"the suite on {self.subject}", ["script/conformance", "--runtime", self.subject])

    def replay(self) -> PytestRun:
        """Judge the Histories of the last measured suite once more, in one process and with its whole report.

        Raises: NotGreen, NotThrough, CannotMeasure.
        """
        self.last_containers()
        histories = self.out / SUITE / HISTORIES
        command = [sys.executable, "-m", "pytest", "conformance/", "-p", "no:cacheprovider", f"--replay={histories}"]
        return self._pytest(REPLAY, "the replay", command)

    def floor(self, containers: int) -> FloorRun:
        """Raises: NoEngine, HarnessFailure."""
        watch = Stopwatch()
        measured = floor.measure(containers, self.workers)
        watch.stop()
        return FloorRun(
            seconds=round(measured.seconds, 3),
            containers=containers,
            side_by_side=self.workers,
            start_s=round(measured.start_s, 3),
            remove_s=round(measured.remove_s, 3),
            load=round(watch.load, 1),
            cpu=watch.cpu,
        )

    def last_containers(self) -> int:
        """How many instances the last measured suite has driven.

        Raises:
            CannotMeasure: there is none.
        """
        driven = _driven(self._histories(SUITE))
        if driven == 0:
            raise CannotMeasure(
                f"there are no Histories of a measured suite below {self.out / SUITE}: measure the suite too, or give "
                "--containers for the floor"
            )
        return driven

    def _histories(self, part: str) -> list[History]:
        return [store.load(path) for path in sorted((self.out / part / HISTORIES).glob("*.json"))]

    def _pytest(self, part: str, what: str, command: Sequence[str]) -> PytestRun:
        # A replay draws its page from the Histories, which lie beside the suite's report.
        folder, log = self.out / (SUITE if part == REPLAY else part), self.out / f"{part}.log"
        if part != REPLAY:
            try:
                clear(folder)
            except FolderRefused as error:
                raise CannotMeasure(str(error)) from error
        (folder / "report.json").unlink(missing_ok=True)
        watch = Stopwatch()
        status = child.run([*command, f"--out={folder}"], what=what, cwd=ROOT, log=log, within_s=RUN_WITHIN_S)
        watch.stop()
        if status != 0:
            raise NotGreen(f"{what} was not green, its exit status was {status}; see {log}")
        try:
            verdicts = report_json.decode((folder / "report.json").read_bytes()).verdicts
        except (OSError, report_json.ReportError) as error:
            raise NotGreen(f"{what} left no report; see {log}: {error}") from error
        histories = [] if part == REPLAY else self._histories(part)
        return PytestRun(
            seconds=round(watch.seconds, 3),
            verdicts=len(verdicts),
            judged=sum(one.verdict is not Verdict.NOT_APPLICABLE for one in verdicts),
            containers=_driven(histories),
            load=round(watch.load, 1),
            cpu=watch.cpu,
            spent=where_the_time_went(histories, self.workers, watch.began_ns, watch.ended_ns) if histories else (),
        )


def _driven(histories: Sequence[History]) -> int:
    return sum(bool(history.instance) for history in histories)


def one_round(
    number: int, parts: Sequence[str], measures: Measures, containers: int | None, say: Callable[[str, str], None]
) -> Round:
    """Measure ``parts`` one after the other. ``say`` is told of each what begins and what came of it."""
    found = Round(number=number)
    for part in PARTS:
        if part not in parts:
            continue
        say(part, "...")
        run: PytestRun | FloorRun
        if part == FLOOR:
            of_the_suite = found.suite.containers if found.suite is not None else None
            run = measures.floor(containers or of_the_suite or measures.last_containers())
        else:
            run = {SUITE: measures.suite, RUNTIME: measures.runtime, REPLAY: measures.replay}[part]()
        say(part, benchmark.line(run))
        found = msgspec.structs.replace(found, **{part: run})
    return found


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    text, _, usage = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="script/benchmark",
        description=text.partition(": ")[2],
        epilog=usage,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often everything is measured (3)")
    parser.add_argument("--runtime", default="nodejs", metavar="NAME", help="the one runtime (nodejs)")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure only this; may be repeated")
    parser.add_argument("--containers", type=int, metavar="N", help="of the floor (default: as many as the suite has)")
    parser.add_argument(
        "--out", type=folder, default=ROOT / "reports" / "out", metavar="DIR", help="default: reports/out"
    )
    return parser.parse_args(given)


def _mistake(arguments: argparse.Namespace) -> str:
    """What is wrong with the arguments, or nothing."""
    if arguments.rounds < 1 or (arguments.containers is not None and arguments.containers < 1):
        return "N is at least 1"
    known = [one.name for one in discover() if not isinstance(one, BrokenRuntime)]
    if arguments.runtime not in known:
        return f"--runtime {arguments.runtime}: there is no such runtime; there are {', '.join(known)}"
    return ""


def main(given: Sequence[str]) -> int:
    """Measure as the arguments say; answers with the exit status."""
    arguments = _arguments(given)
    mistake = _mistake(arguments)
    if mistake:
        print(f"script/benchmark: {mistake}", file=sys.stderr)
        return USAGE
    # Also where a shell has started this in the background, with interrupts ignored.
    Interrupts().install()
    out: Path = arguments.out.resolve()
    path = out / JSON
    try:
        # A benchmark that is broken off or red must not be taken for the one before it.
        path.unlink(missing_ok=True)
        out.mkdir(parents=True, exist_ok=True)
        measured = _measure(arguments, Measured(out / FOLDER, arguments.runtime, side_by_side()))
        write(path, benchmark.encode(measured))
    except NotGreen as error:
        print(f"NOT GREEN: {error}\nfigures of a red run are worth nothing: none were written", file=sys.stderr)
        return NOT_GREEN
    except (CannotMeasure, child.NotThrough, NoEngine, HarnessFailure, store.HistoryError, OSError) as error:
        print(f"script/benchmark cannot go on: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("script/benchmark: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    print(f"\n{benchmark.summary(measured)}\n\nbenchmark: {os.path.relpath(path)}")
    return 0


def _measure(arguments: argparse.Namespace, measures: Measured) -> Benchmark:
    engine = connect()
    description = engine.description
    engine.close()
    facts = Facts(
        tree=tree(*JUDGED, "reports"),
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        engine=description,
        cores=psutil.cpu_count() or 0,
        memory_mb=psutil.virtual_memory().total // 2**20,
        workers=measures.workers,
        runtime=arguments.runtime,
        command=("script/benchmark", *sys.argv[1:]),
    )
    parts = arguments.only or PARTS
    print(f"benchmark: {arguments.rounds} rounds of {', '.join(parts)}; {facts.workers} side by side", flush=True)
    rounds = []
    for number in range(1, arguments.rounds + 1):

        def say(part: str, text: str, number: int = number) -> None:
            print(f"round {number} of {arguments.rounds}: {part}: {text}", flush=True)

        rounds.append(one_round(number, parts, measures, arguments.containers, say))
    return benchmark.assemble(facts, rounds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
