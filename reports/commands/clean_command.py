"""``script/clean``: says what this project keeps on the engine and on the disk, and removes what nothing needs now."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from docker.errors import DockerException

from fixtures.engine import housekeeping, sweep
from fixtures.engine.connection import NoEngine, connect
from fixtures.engine.images import BASE_IMAGE, references_of, remove_dead_contexts
from runtimes.faults import FaultError, discover_faults
from runtimes.render import RenderError
from runtimes.sound import SoundError, discover_sound
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fixtures.engine.connection import Engine
    from fixtures.engine.housekeeping import Kept

ROOT = Path(__file__).resolve().parents[2]
BASE_SOURCE = "fc-conformance/debian:bookworm"
"""What script/bootstrap makes the base image of where none can be pulled."""
USAGE, CANNOT_RUN = 2, 3
FOLDERS = (".venv", ".tox", ".mypy_cache", ".ruff_cache", ".hypothesis", "reports/out")
"""What the project makes in its checkout. They are told with their sizes and left: git ignores them all."""


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/clean", description=__doc__)
    parser.add_argument("--all", action="store_true", help="also the images that are needed, the base image with them")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    return parser.parse_args(given)


def needed_now(engine: Engine) -> frozenset[str]:
    """The names of the images that the runtimes, the faults and the sound runtimes of this checkout stand for.

    Raises:
        FaultError, SoundError, RenderError, OSError: one of them cannot be read.
        DockerException, requests.RequestException: the engine has no base image, or does not answer.
    """
    base = engine.client.images.get(BASE_IMAGE)
    subjects = [
        *(one for one in discover() if isinstance(one, Subject)),
        *(one.subject for one in discover_faults()),
        *(one.subject for one in discover_sound()),
    ]
    return references_of(subjects, base_id=str(base.id)) | {BASE_IMAGE, BASE_SOURCE}


def told(images: Iterable[Kept]) -> str:
    """Images in words, by kind."""
    counts = Counter(one.kind or "without a kind" for one in images)
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "none"


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def clean(engine: Engine, *, everything: bool, dry: bool, root: Path = ROOT) -> str:
    """Remove what is to go; answers with what is to be said of it.

    Raises: as :func:`needed_now`.
    """
    images = housekeeping.kept(engine)
    going = images if everything else housekeeping.unneeded(images, needed_now(engine))
    lines = [f"on the engine: {told(images)}"]
    if dry:
        lines.append(f"would go: {told(going)}")
    else:
        swept = sweep.remove_dead_runs(engine)
        remove_dead_contexts()
        removed, refused = housekeeping.remove(engine, going)
        lines.append(f"removed: {removed} images, {swept} containers and networks of runs that live no more")
        lines += [f"  left: {why}" for why in refused]
        if everything:
            lines.append("the next run makes the base image and the runtimes anew: some minutes")
    sizes = [(name, _size(root / name)) for name in FOLDERS if (root / name).is_dir()]
    lines.append("on the disk: " + ", ".join(f"{name} {size / 2**20:.0f} MiB" for name, size in sizes))
    return "\n".join(lines)


def main(given: Sequence[str]) -> int:
    """Run as the arguments say; answers with the exit status."""
    arguments = _arguments(given)
    try:
        engine = connect()
        try:
            print(clean(engine, everything=arguments.all, dry=arguments.dry_run))
        finally:
            engine.close()
    except (FaultError, SoundError, RenderError) as error:
        print(f"script/clean: {error}", file=sys.stderr)
        return USAGE
    except (NoEngine, DockerException, requests.RequestException, OSError) as error:
        print(f"script/clean cannot go on: {error}", file=sys.stderr)
        return CANNOT_RUN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
