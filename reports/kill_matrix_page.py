"""``kill-matrix.html``: the kill matrix as a page of the report, without network and script."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.kill_matrix import KillMatrix


def render(matrix: KillMatrix) -> str:
    return ""
