"""``script/faults``: drives every fault and every sound runtime through the suite and writes the kill matrix.

    script/faults                         every fault; beside them the references and the sound runtimes
    script/faults --sample                the fixed sample that continuous integration runs
    script/faults --fault go/ --list      which faults there are whose name contains go/
    script/faults --fault NAME            only these faults; may be repeated
    script/faults --sound                 only the sound runtimes: unusual and right, no check may be red on them
    script/faults --black-box             the broken runtimes as black boxes: their records are not read

Where only some faults are driven, the references are driven only through the scenarios that those faults begin with.

The exit status is 0 only if every fault was killed by the check of the requirement that it breaks, and nothing is red
on a reference or a sound runtime. With ``--black-box`` it is 0 only if at least half of the broken runtimes were
noticed and every reference is clean.
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import psutil

from conformance.judging.suite import Suite
from conformance.proof import black_box as black_boxes
from conformance.proof.fault_run import (
    BlackBoxRun,
    FaultRun,
    Looks,
    Outcome,
    RunBroken,
    black_box_references,
    reference_scenarios,
    workers,
)
from conformance.proof.faults import SAMPLE, Broken, Fault, all_faults, unbroken
from conformance.proof.kills import Kill, Sight, Status
from conformance.proof.sound import scenarios_of, sound_of
from conformance.scenarios.sequences import SequenceError
from conformance.tables import catalogue
from fixtures.engine.build_progress import display
from fixtures.engine.connection import NoEngine, connect
from fixtures.exceptions import HarnessFailure
from fixtures.interrupts import Interrupts
from fixtures.session import close_session, open_session
from fixtures.side_by_side import side_by_side
from reports.proof import black_box, black_box_page, kill_matrix, kill_matrix_page
from reports.text import plain
from reports.writing.claim import MARK, FolderRefused, Kept, claim, folder
from reports.writing.writer import BLACK_BOX, INDEX, KILL_MATRIX, write
from runtimes.faults import FaultError
from runtimes.sound import SoundError, SoundRuntime, discover_sound
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    from conformance.proof.notices import Look
    from conformance.tables.catalogue import Profile
    from fixtures.session import Session

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.1.0"
PROFILE = "seeds"
"""The profile of the product pages: the faults are made against it."""
FOLDER = "faults"
"""Where the Histories go, below the report's folder."""
BLACK_BOX_FOLDER = "black-box"
JSON = "kill-matrix.json"
BLACK_BOX_JSON = "black-box.json"
NOT_AS_WISHED, USAGE, CANNOT_RUN, INTERRUPTED = 1, 2, 3, 130


class Lines:
    """The run's progress, a line for each fault that is through and for each red verdict on a reference."""

    def __init__(self, out: TextIO, faults: int, drives: int) -> None:
        self._out = out
        self._faults = faults
        self._drives = drives
        self._ended = 0
        self._driven = 0

    def drove_reference(self, name: str, sight: Sight) -> None:
        self._driven += 1
        for one in sight.judgements:
            if one.verdict.red:
                self._say(f"the unbroken {name}: {one.verdict.value} {one.requirement} ({one.scenario})")
        if self._driven == self._drives:
            self._say(f"references and sound runtimes: all {self._drives} drives are through")

    def ended(self, kill: Kill) -> None:
        self._ended += 1
        others = f", also red: {', '.join(kill.other_red)}" if kill.other_red else ""
        more = others if kill.status is Status.KILLED_BY_OWN else others + (f", {kill.reason}" if kill.reason else "")
        self._say(f"[{self._ended}/{self._faults}] {kill.status.value} {kill.fault} ({kill.seconds:.1f} s{more})")

    def looked(self, found: Look) -> None:
        self._ended += 1
        said = f"noticed on {found.rung}" if found.noticed else f"not noticed, {found.why}"
        by = f": {', '.join(found.requirements)}" if found.noticed else ""
        self._say(f"[{self._ended}/{self._faults}] {said} {found.fault} ({found.seconds:.1f} s{by})")

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
    parser.add_argument("--black-box", action="store_true", help="the broken runtimes, without their records")
    parser.add_argument("--sound", action="store_true", help="the sound runtimes and no fault")
    parser.add_argument("--list", action="store_true", help="list the faults and drive nothing")
    parser.add_argument(
        "--out", type=folder, default=ROOT / "reports" / "out", metavar="DIR", help="default: reports/out"
    )
    arguments = parser.parse_args(given)
    if arguments.black_box and arguments.whole_suite:
        parser.error("--black-box drives each fault until it is noticed: --whole-suite does not go with it")
    if arguments.sound and (arguments.fault or arguments.sample or arguments.black_box):
        parser.error("--sound drives no fault: --fault, --sample and --black-box do not go with it")
    return arguments


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


SOUND_SAMPLE = ("nodejs/sound/frames-before-lines", "python/sound/failures-told-by-a-header")
"""The sound runtimes that continuous integration drives: one that is read tolerantly, one whose answers are."""


def sound_runtimes(*, sample: bool) -> tuple[SoundRuntime, ...]:
    """The sound runtimes that a run drives.

    Raises:
        SoundError: one cannot be used.
    """
    return tuple(one for one in discover_sound() if not sample or one.id in SOUND_SAMPLE)


@dataclass(frozen=True)
class Order:
    """What a run is asked for.

    ``references``: the unbroken subjects, each with its scenarios; ``sound``: the sound runtimes; ``black``: the suites
    of black boxes, None where records are read.
    """

    profile: Profile
    suite: Suite
    subjects: Mapping[str, Subject]
    faults: Sequence[Fault]
    references: Mapping[str, Sequence[str]]
    sound: Sequence[SoundRuntime]
    unbroken: Sequence[kill_matrix.Unbroken]
    whole_suite: bool
    out: Path
    black: black_boxes.Suites | None = None

    @property
    def histories(self) -> Path:
        """Where the Histories go."""
        return self.out / (FOLDER if self.black is None else BLACK_BOX_FOLDER)

    @property
    def kept(self) -> Kept:
        """What the run leaves in its folder."""
        files = (JSON, KILL_MATRIX) if self.black is None else (BLACK_BOX_JSON, BLACK_BOX)
        return Kept(files=files, histories=self.histories.name, table=files[0], mark=f"{MARK}-{self.histories.name}")

    @property
    def images(self) -> dict[str, Subject]:
        """What an image is needed of, by the name that it has in the run."""
        broken = {fault.id: fault.subject for fault in self.faults if fault.broken is Broken.RUNTIME}
        sound = {one.id: one.subject for one in self.sound}
        return {name: self.subjects[name] for name in self.references} | broken | sound

    @property
    def beside(self) -> dict[str, Sequence[str]]:
        """What is driven beside the faults, and through what: the references and the sound runtimes."""
        return {**self.references, **{one.id: scenarios_of(one, self.suite) for one in self.sound}}


def order(arguments: argparse.Namespace) -> Order:
    """What the arguments ask for.

    Raises:
        FaultError: a fault cannot be killed, or a name fits none.
        SoundError: a sound runtime cannot be used.
        CatalogueError: a fault or a check names a requirement that is not in the catalogue.
        SequenceError: the generated sequences cannot be had.
    """
    known, profile = catalogue.load(), catalogue.load_profiles()[PROFILE]
    everything = all_faults(known, profile)
    subjects = {one.name: one for one in discover() if isinstance(one, Subject)}
    as_black_boxes: bool = arguments.black_box
    wanted: Sequence[Fault] = everything
    if as_black_boxes:
        subjects = {name: black_boxes.as_black_box(one) for name, one in subjects.items()}
        wanted = [black_boxes.as_black_boxed(fault) for fault in everything if fault.broken is Broken.RUNTIME]
    suite = Suite.of(tuple(subjects.values()), known, profile)
    black = black_boxes.Suites.of(tuple(subjects.values()), known, profile) if as_black_boxes else None
    faults = [] if arguments.sound else chosen(wanted, arguments.fault, sample=arguments.sample)
    # A part of the faults needs only that part of the references that it is held against.
    whole = arguments.whole_suite or not (arguments.fault or arguments.sample)
    return Order(
        profile=profile,
        suite=suite,
        subjects=subjects,
        faults=faults,
        references=black_box_references(faults, black)
        if black is not None
        else reference_scenarios(faults, suite, whole=whole),
        sound=() if as_black_boxes or arguments.fault else sound_runtimes(sample=arguments.sample),
        unbroken=[kill_matrix.Unbroken(requirement=one.id, level=one.level) for one in unbroken(known, everything)],
        whole_suite=arguments.whole_suite,
        out=arguments.out.resolve(),
        black=black,
    )


def main(given: Sequence[str]) -> int:
    """Run as the arguments say; answers with the exit status."""
    arguments = _arguments(given)
    # Also where a shell has started this in the background, with interrupts ignored.
    Interrupts().install()
    try:
        wanted = order(arguments)
        if arguments.list:
            for fault in wanted.faults:
                print(f"{fault.id}\n    {fault.text}")
            for one in wanted.sound:
                print(f"{one.id}\n    {one.text}\n    right: {one.why}")
            return 0
        return _run(wanted)
    except FolderRefused as error:
        print(f"script/faults: {error}", file=sys.stderr)
        return USAGE
    except (FaultError, SoundError, catalogue.CatalogueError, SequenceError) as error:
        print(f"script/faults: {error}", file=sys.stderr)
        return USAGE
    except (NoEngine, HarnessFailure, RunBroken, OSError) as error:
        print(f"script/faults cannot go on: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("script/faults: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED


def _run(wanted: Order) -> int:
    started, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
    taken = claim(wanted.out, wanted.kept)
    try:
        taken.forget_last_run()
        return _run_there(wanted, started, clock)
    finally:
        taken.release()


def _run_there(wanted: Order, started: datetime.datetime, clock: float) -> int:
    engine = connect()
    try:
        with display(sys.stderr, live=False) as progress:
            session = open_session(engine, wanted.images, given={}, progress=progress)
        try:
            driven = _drive(wanted, session)
        finally:
            close_session(engine, session)
    finally:
        engine.close()
    facts = kill_matrix.FaultRunFacts(
        version=VERSION,
        profile=wanted.profile.name,
        started=started.isoformat(timespec="seconds"),
        duration_s=round(time.monotonic() - clock, 1),
        engine=session.engine,
        cores=psutil.cpu_count() or 0,
        command=("script/faults", *sys.argv[1:]),
        whole_suite=wanted.whole_suite,
    )
    page, said, as_wished = (
        _publish_kill_matrix(wanted, facts, driven)
        if isinstance(driven, Outcome)
        else _publish_black_boxes(wanted, facts, driven)
    )
    print(f"\n{said}\n{facts.duration_s:.0f} s; {os.path.relpath(page)}")
    return 0 if as_wished else NOT_AS_WISHED


def _publish_kill_matrix(wanted: Order, facts: kill_matrix.FaultRunFacts, driven: Outcome) -> tuple[Path, str, bool]:
    """Write both files; answers with the page, the text for the terminal, and whether all is as it should be."""
    sound = [sound_of(one, driven.references.get(one.id, ())) for one in wanted.sound]
    references = {name: driven.references.get(name, []) for name in wanted.references}
    matrix = kill_matrix.assemble(facts, driven.kills, references, wanted.unbroken, sound)
    write(wanted.out / JSON, kill_matrix.encode(matrix))
    page = wanted.out / KILL_MATRIX
    write(page, kill_matrix_page.render(matrix, report=_beside(wanted, INDEX), black_box=_beside(wanted, BLACK_BOX)))
    return page, kill_matrix.summary(matrix), matrix.as_wished


def _publish_black_boxes(wanted: Order, facts: kill_matrix.FaultRunFacts, driven: Looks) -> tuple[Path, str, bool]:
    table = black_box.assemble(facts, driven.looks, driven.references)
    write(wanted.out / BLACK_BOX_JSON, black_box.encode(table))
    page = wanted.out / BLACK_BOX
    write(page, black_box_page.render(table, kill_matrix=_beside(wanted, KILL_MATRIX)))
    return page, black_box.summary(table), table.as_wished


def _beside(wanted: Order, name: str) -> str:
    """The name of a page that an earlier run has left, or nothing."""
    return name if (wanted.out / name).is_file() else ""


def _drive(wanted: Order, session: Session) -> Outcome | Looks:
    count = side_by_side()
    faults, drives = len(wanted.faults), sum(map(len, wanted.beside.values()))
    beside = f"references: {len(wanted.references)}, sound runtimes: {len(wanted.sound)} ({drives} drives)"
    print(f"faults: {faults}, {beside}, {count} at a time", flush=True)
    listener = Lines(sys.stdout, faults, drives)
    run: FaultRun | BlackBoxRun
    if wanted.black is not None:
        run = BlackBoxRun(wanted.faults, wanted.references, wanted.black, listener)
    else:
        run = FaultRun(wanted.faults, wanted.beside, wanted.suite, listener, whole=wanted.whole_suite)
    pools = wanted.suite.sequences.to_text(wanted.subjects.values())
    pool = workers(
        session, pools, wanted.profile, wanted.histories, count=count, as_black_boxes=wanted.black is not None
    )
    try:
        outcome = run.drive(pool)
    except BaseException:
        end_at_once(pool)
        raise
    pool.shutdown()
    return outcome


def end_at_once(pool: Executor) -> None:
    """End ``pool`` without waiting for who is in the middle of a drive: the session's end removes its container."""
    pool.shutdown(wait=False, cancel_futures=True)
    # The first death makes the pool end the other workers itself: by the time one is reached here it may be gone.
    for worker in multiprocessing.active_children():
        worker.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
