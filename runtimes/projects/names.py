"""The key that somebody probably meant: a word of the pages taken for a key, another spelling, a slip."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TRANSLATED = {
    "プレフリーズ": "preFreeze",
    "プレストップ": "preStop",
    "ハンドラー": "handler",
    "ハンドラ": "handler",
    "フック": "handler",
    "タイムアウト": "timeout",
    "タイムアウト期間": "timeout",
    "回调程序": "handler",
    "扩展函数": "handler",
    "超时时间": "timeout",
}
"""Words of the two pages that readers take for keys, and the keys."""


def meant_key(key: str, known: Iterable[str]) -> str:
    """The key of ``known`` that was probably meant by ``key``: a translation, another spelling, a slip. Or nothing."""
    plain = {_plain(name): name for name in known}
    translated = TRANSLATED.get(unicodedata.normalize("NFKC", key).strip())
    if translated in plain.values():
        return str(translated)
    # A name that is much longer than every key is none of them; comparing it costs the square of its length.
    if len(key) > 2 * max(map(len, plain), default=0):
        return ""
    close = difflib.get_close_matches(_plain(key), plain, n=1, cutoff=0.75)
    return plain[close[0]] if close else ""


def _plain(key: str) -> str:
    return re.sub(r"[\s_.-]", "", unicodedata.normalize("NFKC", key)).casefold()
