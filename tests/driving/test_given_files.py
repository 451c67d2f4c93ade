"""Whatever a person hands over as a file costs one message that names it, and never a traceback."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.judging import gaps
from conformance.scenarios import sequences
from fixtures.history import store
from runtimes import definition, given_files, overlays, subject_file
from runtimes.faults import _FaultFile
from runtimes.given_files import Unreadable
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Path], object]

THERE = tuple(one for one in discover() if isinstance(one, Subject))
READERS: dict[str, tuple[Reader, type[Exception]]] = {
    "gaps": (gaps.load, gaps.GapError),
    "subject": (lambda path: subject_file.read(path, THERE), subject_file.SubjectFileError),
    "runtime": (definition.load, definition.DefinitionError),
    "fault": (lambda path: overlays.read(path, _FaultFile), overlays.OverlayError),
    "sequence": (sequences.load, sequences.SequenceError),
    "history": (store.load, store.HistoryError),
}
NESTED = b"x = " + b"[" * 100_000 + b"]" * 100_000
DIGITS = b"[[gap]]\nrequirement = " + b"9" * 20_000
DEEP = b'{"steps": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def _what_is_said(reader: str, path: Path) -> str | None:
    """What is said of a file that is refused, None where it is taken. Anything else that is raised goes through."""
    read, refusal = READERS[reader]
    try:
        read(path)
    except refusal as error:
        return str(error)
    return None


@pytest.mark.parametrize("reader", READERS)
@given(raw=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(NESTED)
@example(DIGITS)
@example(DEEP)
@example(b'{"format": ' + b"9" * 400 + b"}")
@example(b"")
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_one_message_that_names_the_file(reader: str, raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.toml"
        path.write_bytes(raw)
        said = _what_is_said(reader, path)
    assert said is None or (str(path) in said and len(said) < 3000)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_regular_file_is_not_waited_for(reader: str, tmp_path: Path) -> None:
    read, refusal = READERS[reader]
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path in (tmp_path / "fifo", tmp_path / "zero", tmp_path / ("x" * 300), tmp_path):
        with pytest.raises(refusal) as raised:
            read(path)
        assert str(path) in str(raised.value)


def test_only_so_much_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"#" * 11)
    assert given_files.content(path, 11) == b"#" * 11
    with pytest.raises(Unreadable, match="has 11 bytes, 10 are read at most"):
        given_files.content(path, 10)


def test_a_name_with_a_zero_byte_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        given_files.content(tmp_path / "a\0b")
