"""The files of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.formats import html, report_json
from reports.writing.writer import write_all
from tests.reports.builders import driven, history, judgement, report, sample, save_all

if TYPE_CHECKING:
    from pathlib import Path


def test_both_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    made, histories = sample()
    save_all(histories, tmp_path)
    written = write_all(made, tmp_path)
    assert report_json.decode(written.report_json.read_bytes()) == made
    assert written.index_html.read_text(encoding="utf-8") == html.render(made, histories)
    assert written.unreadable == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["histories", "index.html", "report.json"]


def test_the_folder_is_made_when_it_is_missing(tmp_path: Path) -> None:
    assert write_all(report(judgement(history="")), tmp_path / "a" / "b").index_html.is_file()


def test_others_may_read_the_report(tmp_path: Path) -> None:
    written = write_all(report(judgement(history="")), tmp_path)
    assert written.index_html.stat().st_mode & 0o777 == 0o644


def test_a_missing_history_takes_nothing_from_the_report(tmp_path: Path) -> None:
    written = write_all(report(judgement()), tmp_path)
    assert "cannot be read" in written.unreadable["nodejs--freeze-thaw.json"]
    page = written.index_html.read_text(encoding="utf-8")
    assert "seen as expected" in page
    assert "cannot be shown" in page


def test_a_history_that_is_cut_off_is_said_without_the_path_of_the_machine(tmp_path: Path) -> None:
    save_all({"nodejs--freeze-thaw.json": history(driven())}, tmp_path)
    path = tmp_path / "histories" / "nodejs--freeze-thaw.json"
    path.write_bytes(path.read_bytes()[:200])
    written = write_all(report(judgement()), tmp_path)
    assert "is no saved History" in written.unreadable[path.name]
    assert str(tmp_path) not in written.index_html.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../secret.json", "a/b.json", "/etc/hostname", "x\0y.json", ".."])
def test_a_history_is_only_read_from_the_folder_of_histories(tmp_path: Path, name: str) -> None:
    (tmp_path / "histories").mkdir()
    (tmp_path / "secret.json").write_text("{}")
    written = write_all(report(judgement(history=name)), tmp_path)
    assert written.unreadable[name] == "is no name of a file in the folder of histories"


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(report(judgement(history="")), tmp_path)
    old = (tmp_path / "index.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write_all(report(judgement(history="", message="new")), tmp_path)
    assert (tmp_path / "index.html").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "report.json"]


def test_the_page_leads_to_the_kill_matrix_where_there_is_one(tmp_path: Path) -> None:
    made, _ = sample()
    assert "kill-matrix.html" not in write_all(made, tmp_path).index_html.read_text(encoding="utf-8")
    (tmp_path / "kill-matrix.html").touch()
    assert 'href="kill-matrix.html"' in write_all(made, tmp_path).index_html.read_text(encoding="utf-8")
