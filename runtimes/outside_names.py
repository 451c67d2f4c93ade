"""Names of subjects from outside: short, of the letters that a subject's name may have, and nobody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container


def free(text: str, taken: Container[str]) -> str:
    """A name made of ``text`` that nobody has."""
    name = wanted = plain(text)
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def plain(text: str) -> str:
    """A name of a subject made of any text."""
    name = re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")
    return name if name[:1].isalpha() else f"subject-{name}".rstrip("-")
