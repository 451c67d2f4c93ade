"""Histories that leave memory are found again in their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.driving.histories import Shelf
from fixtures.history import store
from tests.conformance.builders import FULL, conformant

if TYPE_CHECKING:
    from pathlib import Path

HISTORY = conformant(FULL, "two-freezes")
ONE, TWO = ("full", "two-freezes"), ("other", "two-freezes")


def test_the_one_that_was_used_longest_ago_is_read_again_from_its_file(tmp_path: Path) -> None:
    other = msgspec.structs.replace(HISTORY, subject="other")
    shelf = Shelf(limit=1)
    shelf.put(ONE, HISTORY, store.save(HISTORY, tmp_path))
    assert shelf.get(ONE) is HISTORY, "one stays, however large it is"
    shelf.put(TWO, other, store.save(other, tmp_path))
    again = shelf.get(ONE)
    assert again == HISTORY
    assert again is not HISTORY
    assert shelf.get(ONE) is again


def test_within_the_limit_nothing_is_read_again(tmp_path: Path) -> None:
    other = msgspec.structs.replace(HISTORY, subject="other")
    shelf = Shelf()
    for key, history in ((ONE, HISTORY), (TWO, other)):
        shelf.put(key, history, store.save(history, tmp_path))
    assert shelf.get(ONE) is HISTORY
    assert shelf.get(TWO) is other


def test_one_that_is_used_again_and_again_takes_its_room_once(tmp_path: Path) -> None:
    other = msgspec.structs.replace(HISTORY, subject="other")
    path = store.save(HISTORY, tmp_path)
    shelf = Shelf(limit=2 * path.stat().st_size + 100)
    shelf.put(ONE, HISTORY, path)
    shelf.put(TWO, other, store.save(other, tmp_path))
    for _ in range(5):
        shelf.put(ONE, HISTORY, path)
        assert shelf.get(ONE) is HISTORY
    assert shelf.get(TWO) is other


def test_what_was_never_put_there_is_not_there() -> None:
    assert Shelf().get(ONE) is None


def test_a_file_that_has_gone_is_told_and_not_made_up_for(tmp_path: Path) -> None:
    other = msgspec.structs.replace(HISTORY, subject="other")
    shelf = Shelf(limit=1)
    path = store.save(HISTORY, tmp_path)
    shelf.put(ONE, HISTORY, path)
    shelf.put(TWO, other, store.save(other, tmp_path))
    path.unlink()
    with pytest.raises(store.HistoryError, match="cannot be read"):
        shelf.get(ONE)
