"""The line of a key: where a person finds it, and none where it cannot be told."""

from __future__ import annotations

import pytest

from runtimes.toml_places import keys_of, line_of

TEXT = """\
# a comment = "is no key"
title = "one"

[settings]
"fc sdk" = "1"   # a note
core.version = "2"

[[subject]]
name = "a"

[[subject]]
name = "b"
[subject.environment]
PORT = "1"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("settings",), 4),
        (("settings", "fc sdk"), 5),
        (("settings", "core", "version"), 6),
        (("subject", 0), 8),
        (("subject", 0, "name"), 9),
        (("subject", 1, "name"), 12),
        (("subject", 1, "environment", "PORT"), 14),
    ],
)
def test_a_key_is_found_where_it_stands(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


def test_a_key_that_is_not_found_is_told_by_the_table_around_it() -> None:
    assert line_of(TEXT, ("subject", 1, "nowhere")) == 11


def test_nothing_is_told_of_what_has_no_place() -> None:
    assert line_of(TEXT, ("nowhere",)) == 0
    assert line_of(TEXT, ("comment",)) == 0


def test_a_path_is_read_from_the_words_of_the_library() -> None:
    assert keys_of("$.subject[1].environment[...]") == ("subject", 1, "environment")
