"""What a command has measured, as git names it: two checkouts that differ in their documentation only have the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JUDGED = ("conformance", "fixtures", "runtimes", "conftest.py")
"""What a verdict can depend on, beside the machine."""


def tree(*parts: str) -> str:
    """The names of ``parts`` of this checkout, and whether there are changes that git does not know."""
    try:
        names = [_git("rev-parse", "--short=12", f"HEAD:{part}") for part in parts]
        changed = _git("status", "--porcelain", "--", *parts)
    except (OSError, subprocess.SubprocessError):
        return "not a git checkout"
    return ", ".join(map(" ".join, zip(parts, names, strict=True))) + (" and changes" if changed else "")


def _git(*arguments: str) -> str:
    asked = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    return asked.stdout.strip()
