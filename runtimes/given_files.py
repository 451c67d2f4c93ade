"""Files that a person hands over: read only if they are regular and of a stated size, never answered by a traceback.

A file may be anything: a pipe that nobody writes to, a device without an end, text in which arrays lie in arrays a
hundred thousand deep, a number of twenty thousand digits. Each is one message that names the file.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SIZE_LIMIT = 4 * 2**20
"""Bytes: the largest file that is written by hand has a hundredth of it."""


class Unreadable(ValueError):
    """A file that cannot be read. The text says why, and does not name it."""


def content(path: Path, limit: int = SIZE_LIMIT) -> bytes:
    """The bytes of a file.

    Raises:
        Unreadable: it is missing, no regular file, or larger than ``limit``.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Unreadable("cannot be read: is no regular file")
        if size > limit:
            raise Unreadable(f"cannot be read: has {size} bytes, {limit} are read at most")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        # A name with a zero byte in it.
        raise Unreadable(f"cannot be read: {error}") from error


def text(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        Unreadable: as :func:`content` does, or it is no such text.
    """
    try:
        return content(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is no text in UTF-8: {error}") from error


def toml(written: str) -> dict[str, Any]:
    """What a text in TOML says.

    Raises:
        Unreadable: it is none, or says what no reader can hold.
    """
    try:
        return tomllib.loads(written)
    except RecursionError:
        raise Unreadable("is not valid TOML here: its arrays or tables lie too deep in each other") from None
    except ValueError as error:
        # Also of a number with more digits than this language reads.
        raise Unreadable(f"is not valid TOML: {str(error)[:300]}") from error
