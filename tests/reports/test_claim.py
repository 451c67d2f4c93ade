"""Whose a folder of reports is: nothing is lost that no run has made, and two runs do not share one."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.writing.claim import MARK, Claim, FolderRefused, Kept, claim, clear, folder, remove_histories

KEPT = Kept(files=("report.json", "index.html", "junit.xml"), histories="histories", table="report.json")
OURS = json.dumps({"format": 3, "run": {"version": "0.1.0"}})


def _lay(folder: Path, *names: str, text: str = "somebody's") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _claimed(folder: Path) -> Claim:
    """The folder, with the last run's files forgotten and the claim released."""
    taken = claim(folder, KEPT)
    taken.forget_last_run()
    taken.release()
    return taken


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["report.json"], "has report.json,"),
        (["index.html", "junit.xml"], "has index.html and junit.xml,"),
        (["histories/thesis/book.txt"], "has histories/,"),
        (["histories"], "has histories/,"),
    ],
)
def test_what_nobody_says_is_a_runs_is_refused_and_stays(tmp_path: Path, names: list[str], told: str) -> None:
    _lay(tmp_path, *names)
    with pytest.raises(FolderRefused, match=told) as raised:
        claim(tmp_path, KEPT)
    assert str(tmp_path) in str(raised.value)
    assert "--out" in str(raised.value)
    assert _names(tmp_path) == sorted(names)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "mine"}', '{"format": 1}', "\udcff", "[" * 100_000])
def test_a_table_that_is_none_of_this_project_is_somebodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(FolderRefused):
        claim(tmp_path, KEPT)


def test_what_else_lies_in_the_folder_is_no_reason_to_refuse_it_and_stays(tmp_path: Path) -> None:
    _lay(tmp_path, "notes.txt", "faults/go/x/a--b.json")
    _claimed(tmp_path)
    assert _names(tmp_path) == [MARK, "faults/go/x/a--b.json", "notes.txt"]


def test_a_run_from_before_there_were_marks_is_known_by_its_report(tmp_path: Path) -> None:
    _lay(tmp_path, "report.json", text=OURS)
    _lay(tmp_path, "index.html", "histories/go--two-freezes.json")
    _claimed(tmp_path)
    assert _names(tmp_path) == [MARK]


def test_the_last_runs_files_are_replaced_and_what_lies_among_its_histories_stays(tmp_path: Path) -> None:
    _claimed(tmp_path)
    _lay(tmp_path, "report.json", "index.html", "junit.xml", ".report.json.a1", ".index.html.b2")
    _lay(tmp_path, "histories/go--two-freezes.json", "histories/.go--x.json.c3")
    _lay(tmp_path, "histories/thesis/book.txt", "histories/notes.json")
    _claimed(tmp_path)
    assert _names(tmp_path) == [MARK, "histories/notes.json", "histories/thesis/book.txt"]


def test_a_folder_of_histories_that_is_empty_then_goes_as_well(tmp_path: Path) -> None:
    _lay(tmp_path, "histories/go/go--two-freezes.json")
    remove_histories(tmp_path / "histories")
    assert not (tmp_path / "histories").exists()
    remove_histories(tmp_path / "histories")


def test_histories_behind_a_link_stay(tmp_path: Path) -> None:
    _lay(tmp_path, "elsewhere/go--two-freezes.json")
    (tmp_path / "histories").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "go--link.json").symlink_to(tmp_path / "elsewhere" / "go--two-freezes.json")
    remove_histories(tmp_path / "histories")
    remove_histories(tmp_path / "more")
    assert (tmp_path / "elsewhere" / "go--two-freezes.json").is_file()
    assert not (tmp_path / "more").exists()


def test_what_cannot_be_removed_stops_no_run(tmp_path: Path) -> None:
    _claimed(tmp_path)
    (tmp_path / "index.html").mkdir()
    _lay(tmp_path, "junit.xml")
    _claimed(tmp_path)
    assert _names(tmp_path) == [MARK]


@pytest.mark.parametrize(
    ("path", "told"), [("file", "file is no folder"), ("file/below", "file/below cannot be written: Not a directory")]
)
def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_driven(
    tmp_path: Path, path: str, told: str
) -> None:
    _lay(tmp_path, "file")
    with pytest.raises(FolderRefused, match=told):
        claim(tmp_path / path, KEPT)


def test_a_second_run_in_the_same_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first = claim(tmp_path, KEPT)
    code = (
        "import sys, pathlib; from reports.writing.claim import *\n"
        "kept = Kept(files=('report.json',), histories='histories', table='report.json')\n"
        "claim(pathlib.Path(sys.argv[1]), kept); print('taken')"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "another run is writing into" in second.stderr
    first.release()
    third = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert third.stdout == "taken\n"


def test_runs_of_two_kinds_may_share_a_folder(tmp_path: Path) -> None:
    faults = Kept(files=("kill-matrix.json",), histories="faults", table="kill-matrix.json", mark=f"{MARK}-faults")
    both = claim(tmp_path, KEPT), claim(tmp_path, faults)
    assert [one.folder for one in both] == [tmp_path, tmp_path]
    for one in both:
        one.release()


def test_a_folder_that_a_run_has_made_for_itself_is_cleared_whole(tmp_path: Path) -> None:
    clear(tmp_path / "run-1")
    _lay(tmp_path / "run-1", "pytest.log", "histories/thesis/book.txt")
    clear(tmp_path / "run-1")
    assert _names(tmp_path / "run-1") == [MARK]


def test_a_folder_of_somebodys_is_not_cleared(tmp_path: Path) -> None:
    _lay(tmp_path / "run-1", "book.txt")
    with pytest.raises(FolderRefused, match="run-1 is not empty"):
        clear(tmp_path / "run-1")
    assert _names(tmp_path) == ["run-1/book.txt"]
    with pytest.raises(FolderRefused, match="cannot be written: Not a directory"):
        clear(tmp_path / "run-1" / "book.txt")


def test_an_empty_name_of_a_folder_is_not_the_folder_that_one_stands_in() -> None:
    assert folder(".") == Path()
    with pytest.raises(argparse.ArgumentTypeError, match="is empty"):
        folder("")
