"""Foreign text is made fit to be shown."""

from __future__ import annotations

import pytest

from reports.text import ascii_only, bounded, one_line, plain


@pytest.mark.parametrize(
    ("char", "escape"),
    [
        ("\x00", "\\x00"),
        ("\x1b", "\\x1b"),
        ("\x9b", "\\x9b"),
        ("\x7f", "\\x7f"),
        ("\r", "\\r"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200b", "\\u200b"),
        ("\u2028", "\\u2028"),
        ("\ufeff", "\\ufeff"),
        ("\udc80", "\\udc80"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_a_control_or_format_character_is_shown_as_its_escape(char: str, escape: str) -> None:
    assert plain(f"a{char}b") == f"a{escape}b"


@pytest.mark.parametrize("text", ["plain", "生命周期", "プレフリーズ", "é ✓ 🙂", "two\nlines\tand a tab", "a\u00a0b"])
def test_readable_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_one_line_has_no_line_breaks() -> None:
    assert one_line("a\r\nb\tc") == "a\\r\\nb\\tc"


def test_a_long_text_says_how_much_was_left_out() -> None:
    assert bounded("x" * 12, 10) == "x" * 10 + "... (2 more characters)"
    assert bounded("x" * 10, 10) == "x" * 10


def test_ascii_only_keeps_the_information() -> None:
    assert ascii_only("é生") == "\\xe9\\u751f"
