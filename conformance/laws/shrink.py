"""Makes a failing sequence small: ``python -m conformance.laws.shrink --runtime nodejs sequence-1-38``.

Drives the sequence, and then smaller ones for as long as the same law is broken, a container for each. What is left
goes into ``conformance/saved_sequences/``, from where every later run drives it as a scenario, or to ``--to FILE``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from conformance.driving.histories import drive_here, usable
from conformance.judging.expect import Violation
from conformance.judging.judging import Inconclusive
from conformance.laws import laws
from conformance.scenarios.sequences import SAVED, CallSequence, SequenceError, by_name, load, save, scenario, why_not
from conformance.tables.catalogue import CatalogueError, load_profiles
from fixtures.engine.build_progress import display
from fixtures.engine.connection import NoEngine, connect
from fixtures.exceptions import HarnessFailure
from fixtures.session import close_session, open_session
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.tables.catalogue import Profile
    from fixtures.driver import Workplace
    from fixtures.session import Session

HELD, USAGE, NO_ENGINE = 1, 2, 3
"""Exit statuses beside 0, a smaller or equal sequence was written: no law is broken; wrong arguments; no engine."""


def broken_laws(findings: Sequence[laws.Finding]) -> list[str]:
    """The requirements behind the laws that were seen not to hold, each once and in the order of the laws."""
    return list(dict.fromkeys(one.law.requirement for one in findings if isinstance(one.outcome, Violation)))


class Drives:
    """Drives sequences on one subject, and says after each what it cost and what it showed."""

    def __init__(self, workplace: Workplace, session: Session, subject: Subject, profile: Profile) -> None:
        self._workplace = workplace
        self._session = session
        self._subject = subject
        self._profile = profile
        self._count = 0

    def broken(self, sequence: CallSequence) -> list[str]:
        """The requirements that this sequence shows to be broken.

        Raises:
            Inconclusive: the engine or the harness failed.
        """
        self._count += 1
        script = scenario(f"shrinking-{self._count}", sequence)
        found = usable(drive_here(self._workplace, self._session, self._subject, script, self._profile))
        if isinstance(found, Inconclusive):
            raise found
        broken = broken_laws(laws.findings(found, (*laws.MUST, *laws.SHOULD)))
        print(f"drive {self._count}: {sequence}: {', '.join(broken) or 'holds'}", flush=True)
        return broken


def reduced(
    failing: CallSequence,
    law: str,
    broken: Callable[[CallSequence], list[str]],
    fits: Callable[[CallSequence], bool],
    *,
    drives: int,
    within_s: float,
) -> CallSequence:
    """The smallest sequence found that breaks ``law`` still, after at most so many drives and seconds."""
    from conformance.scenarios.sequence_machine import Budget, shrink

    return shrink(failing, lambda one: fits(one) and law in broken(one), Budget(drives, within_s))


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.laws.shrink", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("sequence", help="sequence-<seed>-<number>, or the file of a saved one")
    parser.add_argument("--runtime", required=True, metavar="NAME", help="the runtime on which it fails")
    parser.add_argument("--profile", default="seeds", metavar="NAME", help="default: seeds")
    parser.add_argument("--image", metavar="IMAGE", help="drive this image in place of the reference runtime's")
    parser.add_argument("--law", metavar="ID", help="the requirement to stay broken (default: the first that is)")
    parser.add_argument("--drives", type=int, default=60, metavar="N", help="most containers to start (default: 60)")
    parser.add_argument("--within", type=float, default=180.0, metavar="S", help="most seconds to take (default: 180)")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where to write it (default: into saved_sequences/)")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> int:
    """Shrink as the arguments say; answers with the exit status."""
    arguments = _arguments(given)
    subject = next((one for one in discover() if one.name == arguments.runtime and isinstance(one, Subject)), None)
    try:
        profile = load_profiles().get(arguments.profile)
        path = Path(arguments.sequence)
        failing = load(path) if path.suffix == ".json" else by_name(arguments.sequence)
    except (SequenceError, CatalogueError) as error:
        print(error, file=sys.stderr)
        return USAGE
    if subject is None or profile is None:
        print(f"there is no runtime {arguments.runtime} or no profile {arguments.profile}", file=sys.stderr)
        return USAGE
    reason = why_not(failing, subject, profile)
    if reason is not None:
        print(reason, file=sys.stderr)
        return USAGE
    try:
        engine = connect()
        given_images = {subject.name: arguments.image} if arguments.image else {}
        with display(sys.stderr, live=False) as progress:
            session = open_session(engine, {subject.name: subject}, given=given_images, progress=progress)
        try:
            return _shrink(arguments, failing, session, subject, profile)
        finally:
            close_session(engine, session)
            engine.close()
    except (NoEngine, HarnessFailure, Inconclusive) as error:
        print(f"cannot shrink: {error}", file=sys.stderr)
        return NO_ENGINE


def _shrink(
    arguments: argparse.Namespace, failing: CallSequence, session: Session, subject: Subject, profile: Profile
) -> int:
    if subject.name not in session.images:
        raise Inconclusive(session.without_image[subject.name].reason)
    workplace = session.workplace("shrink")
    try:
        drives = Drives(workplace, session, subject, profile)
        broken = drives.broken(failing)
        law = arguments.law or next(iter(broken), "")
        if law not in broken:
            print(f"{law or 'every law'} holds: nothing to shrink")
            return HELD
        smallest = reduced(
            failing,
            law,
            drives.broken,
            lambda one: why_not(one, subject, profile) is None,
            drives=arguments.drives,
            within_s=arguments.within,
        )
    finally:
        workplace.close()
    path = arguments.to or SAVED / f"{law.replace('.', '-')}.json"
    origin = failing.text or f"made small from {arguments.sequence}, which broke {law} on {subject.name}"
    save(msgspec.structs.replace(smallest, text=origin), path)
    print(f"{smallest}\nbreaks {law}; written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
