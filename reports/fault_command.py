"""``script/faults``: drives every fault through the suite and writes the kill matrix.

    script/faults                         every fault, and the unbroken references beside them
    script/faults --sample                the fixed sample that continuous integration runs
    script/faults --fault go/ --list      which faults there are whose name contains go/
    script/faults --fault NAME            only these faults; may be repeated

Where only some faults are driven, the references are driven only through the scenarios that those faults begin with.

The exit status is 0 only if every fault was killed by the check of the requirement that it breaks and every reference
is clean.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import psutil

from conformance import catalogue
from conformance.fault_run import FaultRun, RunBroken, reference_scenarios, workers
from conformance.faults import SAMPLE, Broken, Fault, all_faults, unbroken
from conformance.kills import Kill, Sight, Status
from conformance.sequences import SequenceError
from conformance.suite import Suite
from fixtures.engine.build_progress import display
from fixtures.engine.connection import NoEngine, connect
from fixtures.exceptions import HarnessFailure
from fixtures.session import close_session, open_session
from reports import kill_matrix, kill_matrix_page
from reports.text import plain
from reports.writer import INDEX, KILL_MATRIX, write
from runtimes.faults import FaultError
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.catalogue import Catalogue, Profile
    from conformance.fault_run import Outcome
    from fixtures.session import Session

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
PROFILE = "seeds"
"""The profile of the product pages: the faults are made against it."""
NOT_AS_WISHED, USAGE, CANNOT_RUN, INTERRUPTED = 1, 2, 3, 130


class Lines:
    """The run's progress, a line for each fault that is through and for each red verdict on a reference."""

    def __init__(self, out: TextIO, faults: int, drives: int) -> None:
        self._out = out
        self._faults = faults
        self._drives = drives
        self._ended = 0
        self._driven = 0

    def drove_reference(self, subject: str, sight: Sight) -> None:
        self._driven += 1
        for one in sight.judgements:
            if one.verdict.red:
                self._say(f"the unbroken {subject}: {one.verdict.value} {one.requirement} ({one.scenario})")
        if self._driven == self._drives:
            self._say(f"references: all {self._drives} drives are through")

    def ended(self, kill: Kill) -> None:
        self._ended += 1
        others = f", also red: {', '.join(kill.other_red)}" if kill.other_red else ""
        more = others if kill.status is Status.KILLED_BY_OWN else others + (f", {kill.reason}" if kill.reason else "")
        self._say(f"[{self._ended}/{self._faults}] {kill.status.value} {kill.fault} ({kill.seconds:.1f} s{more})")

    def _say(self, text: str) -> None:
        print(plain(text), file=self._out, flush=True)


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    text, _, usage = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="script/faults",
        description=text.partition(": ")[2],
        epilog=usage,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="a fault, or a part of its name")
    parser.add_argument("--sample", action="store_true", help="the fixed sample")
    parser.add_argument("--whole-suite", action="store_true", help="drive every fault through every scenario")
    parser.add_argument("--list", action="store_true", help="list the faults and drive nothing")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "reports" / "out", metavar="DIR", help="default: reports/out"
    )
    return parser.parse_args(given)


def chosen(faults: Sequence[Fault], names: Sequence[str], *, sample: bool) -> list[Fault]:
    """The faults that a run is asked for.

    Raises:
        FaultError: a name fits no fault.
    """
    if sample:
        return [fault for fault in faults if fault.id in SAMPLE]
    if not names:
        return list(faults)
    found: list[Fault] = []
    for name in names:
        fitting = [fault for fault in faults if fault.id == name] or [fault for fault in faults if name in fault.id]
        if not fitting:
            raise FaultError(f"--fault {name}: no fault has that in its name; --list shows them all")
        found.extend(fault for fault in fitting if fault not in found)
    return found


def main(given: Sequence[str]) -> int:
    """Run as the arguments say; answers with the exit status."""
    arguments = _arguments(given)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        known, profile = catalogue.load(), catalogue.load_profiles()[PROFILE]
        everything = all_faults(known, profile)
        faults = chosen(everything, arguments.fault, sample=arguments.sample)
        subjects = [one for one in discover() if isinstance(one, Subject)]
        suite = Suite.of(subjects, known, profile)
        if arguments.list:
            for fault in faults:
                print(f"{fault.id}\n    {fault.text}")
            return 0
        return _run(arguments, faults, subjects, suite, known, profile)
    except (FaultError, catalogue.CatalogueError, SequenceError) as error:
        print(f"script/faults: {error}", file=sys.stderr)
        return USAGE
    except (NoEngine, HarnessFailure, RunBroken, OSError) as error:
        print(f"script/faults cannot go on: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("script/faults: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED


def _interrupt(signum: int, _frame: object) -> None:
    raise KeyboardInterrupt(f"signal {signum}")


def _run(
    arguments: argparse.Namespace,
    faults: Sequence[Fault],
    subjects: Sequence[Subject],
    suite: Suite,
    known: Catalogue,
    profile: Profile,
) -> int:
    started, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
    out: Path = arguments.out.resolve()
    folder = out / "faults"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("kill-matrix.json", KILL_MATRIX):
        # A run that is broken off must not be taken for the one before it.
        (out / name).unlink(missing_ok=True)
    whole_references = arguments.whole_suite or not (arguments.fault or arguments.sample)
    references = reference_scenarios(faults, suite, whole=whole_references)
    images = {subject.name: subject for subject in subjects if subject.name in references}
    images |= {fault.id: fault.subject for fault in faults if fault.broken is Broken.RUNTIME}
    engine = connect()
    try:
        with display(sys.stderr, live=False) as progress:
            session = open_session(engine, images, given={}, progress=progress)
        try:
            driven = _drive(arguments, faults, references, suite, session, profile, folder)
        finally:
            close_session(engine, session)
        facts = kill_matrix.FaultRunFacts(
            version=VERSION,
            profile=profile.name,
            started=started.isoformat(timespec="seconds"),
            duration_s=round(time.monotonic() - clock, 1),
            engine=session.engine,
            cores=psutil.cpu_count() or 0,
            command=("script/faults", *sys.argv[1:]),
            whole_suite=arguments.whole_suite,
        )
    finally:
        engine.close()
    without = [kill_matrix.Unbroken(requirement=one.id, level=one.level) for one in unbroken(known, everything)]
    matrix = kill_matrix.assemble(facts, driven.kills, driven.references, without)
    write(out / "kill-matrix.json", kill_matrix.encode(matrix))
    report = INDEX if (out / INDEX).is_file() else ""
    write(out / KILL_MATRIX, kill_matrix_page.render(matrix, report=report))
    print(f"\n{kill_matrix.summary(matrix)}\n{facts.duration_s:.0f} s; {os.path.relpath(out / KILL_MATRIX)}")
    return 0 if matrix.as_wished else NOT_AS_WISHED


def _drive(
    arguments: argparse.Namespace,
    faults: Sequence[Fault],
    references: Mapping[str, Sequence[str]],
    suite: Suite,
    session: Session,
    profile: Profile,
    folder: Path,
) -> Outcome:
    count = 2 * (psutil.cpu_count() or 1)
    drives = sum(map(len, references.values()))
    print(f"faults: {len(faults)}, references: {len(references)} ({drives} drives), {count} at a time", flush=True)
    run = FaultRun(faults, references, suite, Lines(sys.stdout, len(faults), drives), whole=arguments.whole_suite)
    pool = workers(session, profile, folder, count=count)
    try:
        outcome = run.drive(pool)
    except BaseException:
        # Whoever is in the middle of a drive is not waited for; the session's end removes its container.
        pool.shutdown(wait=False, cancel_futures=True)
        for child in psutil.Process().children():
            child.kill()
        raise
    pool.shutdown()
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
