"""``script/stability N``: repeats the whole suite on a busy machine, in random order, and says whether it agrees.

Each run is the suite as everybody starts it, a process of its own. Several at a time are each other's stress, and
stress-ng takes what they leave; the order of the items is another one in each.
"""

from __future__ import annotations

import argparse
import datetime
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil

from conformance.proof.stability import changes, left_in_a_run, verdicts_of
from fixtures.history import store
from fixtures.interrupts import Interrupts
from reports.commands.tree import JUDGED, ROOT, tree
from reports.formats import report_json
from reports.proof import stability
from reports.proof.stability import Stability, SuiteRun
from reports.writing.claim import FolderRefused, clear, folder
from reports.writing.writer import HISTORIES, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.report import Report

RUN_WITHIN_S = 1800
"""Longest time for one run of the suite; it takes a minute and a half on an idle machine with two cores."""
STOP_WITHIN_S = 60
NOT_STABLE, USAGE, CANNOT_RUN, INTERRUPTED = 1, 2, 3, 130


class CannotRun(Exception):
    """The runs cannot go on; the text says why."""


@dataclass
class Runs:
    """The runs under way, so that an interrupt can end them."""

    out: Path
    processes: set[subprocess.Popen[bytes]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: bool = False

    def one(self, number: int, order_seed: int) -> tuple[int, float, Path]:
        """Run the suite once; answers with its exit status, its seconds, and its folder.

        Raises:
            CannotRun: it did not end, or it was interrupted.
        """
        folder = self.out / f"run-{number}"
        try:
            clear(folder)
        except FolderRefused as error:
            raise CannotRun(str(error)) from error
        command = [
            *(sys.executable, "-m", "pytest", "conformance/", "-n", "auto", "-q", "-p", "no:cacheprovider"),
            *("-p", "random_order", "--random-order-bucket=global", f"--random-order-seed={order_seed}"),
            f"--out={folder}",
        ]
        began = time.monotonic()
        with (folder / "pytest.log").open("wb") as log:
            with self.lock:
                if self.over:
                    raise CannotRun("interrupted")
                process = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
                self.processes.add(process)
            try:
                status = process.wait(RUN_WITHIN_S)
            except subprocess.TimeoutExpired as error:
                raise CannotRun(f"run {number} did not end within {RUN_WITHIN_S} s; see {log.name}") from error
            finally:
                with self.lock:
                    self.processes.discard(process)
        return status, time.monotonic() - began, folder

    def end(self) -> None:
        """Interrupt what runs, and wait until it has cleaned up behind itself."""
        with self.lock:
            self.over = True
            running = list(self.processes)
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _report(folder: Path) -> Report:
    try:
        return report_json.decode((folder / "report.json").read_bytes())
    except (OSError, report_json.ReportError) as error:
        raise CannotRun(f"a run left no report; see {folder / 'pytest.log'}: {error}") from error


def _record(number: int, seed: int, ended: tuple[int, float, Path], first: dict[str, str]) -> SuiteRun:
    """What a run says; its Histories go, unless a verdict changed."""
    status, seconds, folder = ended
    report = _report(folder)
    verdicts = verdicts_of(report.verdicts)
    if not first:
        first.update(verdicts)
    messages = {item: one.message for item, one in zip(verdicts, report.verdicts, strict=True)}
    changed = tuple(changes(number, first, verdicts, messages))
    left = left_in_a_run(store.load(path) for path in sorted((folder / HISTORIES).glob("*.json")))
    if not changed and status == 0:
        shutil.rmtree(folder)
    return SuiteRun(
        number=number,
        order_seed=seed,
        seconds=round(seconds, 1),
        exit_status=status,
        load=round(os.getloadavg()[0], 1),
        verdicts=dict(sorted(Counter(verdicts.values()).items())),
        left=left,
        changes=changed,
    )


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    text = " ".join((__doc__ or "").split("\n\n")[0].split()).partition(": ")[2]
    parser = argparse.ArgumentParser(prog="script/stability", description=text)
    parser.add_argument("runs", type=int, metavar="N", help="how many runs of the whole suite")
    parser.add_argument("--at-a-time", type=int, default=2, metavar="K", help="runs side by side (default: 2)")
    parser.add_argument("--seed", type=int, default=1, metavar="SEED", help="what the orders come from (default: 1)")
    parser.add_argument("--go-on", action="store_true", help="add to the runs of the same tree that are recorded")
    parser.add_argument(
        "--out", type=folder, default=ROOT / "reports" / "out", metavar="DIR", help="default: reports/out"
    )
    return parser.parse_args(given)


def _earlier(path: Path, fresh: Stability) -> Stability:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Stability)
    except (OSError, msgspec.MsgspecError) as error:
        raise CannotRun(f"--go-on: {path} cannot be read: {error}") from error
    if found.tree != fresh.tree:
        raise CannotRun(f"--go-on: {path} is about {found.tree}, this is {fresh.tree}")
    return found


def main(given: Sequence[str]) -> int:
    """Run as the arguments say; answers with the exit status."""
    arguments = _arguments(given)
    # Also where a shell has started this in the background, with interrupts ignored.
    Interrupts().install()
    if arguments.runs < 1 or arguments.at_a_time < 1:
        print("script/stability: N and K are at least 1", file=sys.stderr)
        return USAGE
    cores = psutil.cpu_count() or 1
    stress = shutil.which("stress-ng")
    if stress is None:
        print("script/stability: there is no stress-ng: install it (Debian: stress-ng)", file=sys.stderr)
        return CANNOT_RUN
    out: Path = arguments.out.resolve()
    document = Stability(
        tree=tree(*JUDGED),
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        cores=cores,
        side_by_side=arguments.at_a_time,
        stress=f"stress-ng --cpu {cores} at nice 10",
        first={},
        runs=(),
    )
    path = out / "stability.json"
    runs = Runs(out / "stability")
    busy = subprocess.Popen(["nice", "-n", "10", stress, "--cpu", str(cores), "--quiet"], stdin=subprocess.DEVNULL)
    try:
        if arguments.go_on:
            document = _earlier(path, document)
        document = _repeat(arguments, document, runs, path)
    except (CannotRun, OSError) as error:
        print(f"script/stability cannot go on: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print(f"script/stability: interrupted; the runs that had ended are in {path}", file=sys.stderr)
        return INTERRUPTED
    finally:
        runs.end()
        busy.terminate()
        busy.wait(STOP_WITHIN_S)
    print(f"\n{stability.summary(document)}")
    return 0 if document.stable else NOT_STABLE


def _repeat(arguments: argparse.Namespace, document: Stability, runs: Runs, path: Path) -> Stability:
    first = dict(document.first)
    begin = 1 + max((run.number for run in document.runs), default=0)
    orders = random.Random(arguments.seed)
    seeds = [orders.randrange(10**6) for _ in range(begin + arguments.runs)]
    print(
        f"stability: {arguments.runs} runs of the whole suite, {arguments.at_a_time} at a time, tree {document.tree}",
        flush=True,
    )
    with ThreadPoolExecutor(arguments.at_a_time, thread_name_prefix="suite") as pool:
        numbers = range(begin, begin + arguments.runs)
        under_way = {pool.submit(runs.one, number, seeds[number]): number for number in numbers}
        try:
            for future in as_completed(under_way):
                number = under_way[future]
                record = _record(number, seeds[number], future.result(), first)
                document = msgspec.structs.replace(document, first=first, runs=(*document.runs, record))
                write(path, msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n")
                print(stability.line(record), flush=True)
        except BaseException:
            for future in under_way:
                future.cancel()
            runs.end()
            raise
    return document


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
