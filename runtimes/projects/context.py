"""From a plan to the build context of its image: the author's code as it lies there, and a few lines around it.

What the digest covers is all that a build sees of the code: paths, contents, which files can be executed, and where
links lead. Writing and building is :mod:`fixtures.engine.images`' work.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from runtimes.projects.plan import CONTEXT_CODE, REFERENCE
from runtimes.render import DIGEST_LENGTH, BuildContext, RenderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runtimes.projects.plan import Plan

CHUNK = 1 << 20


def context_of(plan: Plan, *, reference: str, reference_id: str) -> BuildContext:
    """The context of the image of ``plan``, whose code goes on top of the image ``reference``.

    Raises:
        RenderError: there is nothing to build, or something in the code folder is neither a file, a folder nor a link.
        OSError: the code cannot be read.
    """
    dockerfile = plan.dockerfile()
    if not dockerfile or plan.code is None:
        raise RenderError(f"{plan.function}: there is nothing to build")
    code = plan.code.path
    place = f"{CONTEXT_CODE}/{code.name}" if plan.code.is_file else CONTEXT_CODE
    digest = hashlib.sha256(f"{reference_id}\0{dockerfile}\0{place}".encode())
    for part in _parts(code):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return BuildContext(
        files={"Dockerfile": dockerfile},
        digest=digest.hexdigest()[:DIGEST_LENGTH],
        trees={place: code},
        arguments={REFERENCE: reference},
    )


def _parts(code: Path) -> Iterator[bytes]:
    paths = [code] if code.is_file() else sorted(code.rglob("*"))
    for path in paths:
        name = path.relative_to(code).as_posix().encode(errors="surrogateescape")
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield b"link " + name
            yield os.fsencode(path.readlink())
        elif stat.S_ISDIR(mode):
            yield b"folder " + name
        elif stat.S_ISREG(mode):
            yield (b"program " if mode & stat.S_IXUSR else b"file ") + name
            yield _hashed(path)
        else:
            raise RenderError(f"{path} is neither a file, a folder nor a link: take it away")


def _hashed(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.digest()
