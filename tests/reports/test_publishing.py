"""A report that cannot be written is told, never raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.formats import html
from reports.writing.publishing import publish
from tests.reports.builders import report

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_report_that_is_written_is_known_by_its_page(tmp_path: Path) -> None:
    published = publish(report(), tmp_path / "out")
    assert published.page == tmp_path / "out" / "index.html"
    assert published.page.is_file()
    assert published.unwritten == ()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be", encoding="utf-8")
    published = publish(report(), tmp_path / "out")
    assert published.page is None
    (told,) = published.unwritten
    assert told.startswith(f"the report could not be written below {tmp_path / 'out'}: ")


def test_a_page_that_cannot_be_made_costs_no_report_for_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> str:
        raise RuntimeError("no page today")

    monkeypatch.setattr(html, "render", fails)
    published = publish(report(), tmp_path)
    assert published.page is None
    (told,) = published.unwritten
    assert "index.html could not be made" in told
    assert "no page today" in told
    assert (tmp_path / "report.json").is_file()
