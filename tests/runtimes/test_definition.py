"""Reading a ``runtime.toml``: what is wrong is named by file and key, and a broken folder hides no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtimes import definition
from runtimes.definition import DefinitionError, HookResult, Wire
from runtimes.subjects import BrokenRuntime, Subject, discover

WHOLE = """
[runtime]
title = "A language"
language = "Language"
version = "1.0"

[handlers]
invoke = "index.handler"
pre-freeze = "index.pre_freeze"
pre-stop = "index.pre_stop"

[files]
"Dockerfile" = "Dockerfile.j2"
"index.x" = "handler.x.j2"

[settings]
sdk = "1.2.3"

[[subject]]
name = "language"
title = "A language"
wire = "http"
concurrency = 1
hook-result = "return"
hook-signature = "hook(context)"
"""


def a_runtime(root: Path, text: str = WHOLE, name: str = "language") -> Path:
    """A runtime's folder; answers with the path of its definition."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "Dockerfile.j2").write_text("FROM {{ base_image }}\n")
    (folder / "handler.x.j2").write_text("{% block body %}\n{{ handlers.invoke }}\n{% endblock %}\n")
    (folder / "runtime.toml").write_text(text)
    return folder / "runtime.toml"


def test_a_definition_is_read_with_its_defaults(tmp_path: Path) -> None:
    read = definition.load(a_runtime(tmp_path))
    (table,) = read.subject
    assert (table.wire, table.hook_result, table.concurrency) == (Wire.HTTP, HookResult.RETURN, 1)
    assert (table.memory_mb, table.command, table.environment, table.context_lacks) == (256, [], {}, {})
    assert (table.settings, table.optional) == ({}, False)
    assert (read.handlers.initialize, read.handlers.missing, read.handlers.wrong_signature) == ("", "", "")
    assert read.settings == {"sdk": "1.2.3"}


def test_a_definition_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "runtime.toml"
    with pytest.raises(DefinitionError, match="cannot be read") as raised:
        definition.load(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("raw", [b"[runtime", b"\xff\xfe", b"a = 1\na = 2"], ids=["cut", "bytes", "twice"])
def test_a_definition_that_is_no_toml_is_named(tmp_path: Path, raw: bytes) -> None:
    path = a_runtime(tmp_path)
    path.write_bytes(raw)
    with pytest.raises(DefinitionError, match=r"is not valid TOML|is no text in UTF-8") as raised:
        definition.load(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "piece"),
    [
        ('title = "A language"\nlanguage', 'titel = "A language"\nlanguage', "titel"),
        ('version = "1.0"', "", "version"),
        ('version = "1.0"', "version = 1.0", "$.runtime.version"),
        ('version = "1.0"', 'version = ""', "$.runtime.version"),
        ('pre-stop = "index.pre_stop"', "", "pre-stop"),
        ('pre-stop = "index.pre_stop"', 'pre-stop = ""', "$.handlers.pre"),
        ('pre-stop = "index.pre_stop"', 'pre_stop = "index.pre_stop"', "pre_stop"),
        ('name = "language"', 'name = "Language"', "$.subject[0].name"),
        ('wire = "http"', 'wire = "carrier pigeon"', "$.subject[0].wire"),
        ("concurrency = 1", "concurrency = 0", "$.subject[0].concurrency"),
        ("concurrency = 1", 'concurrency = "1"', "$.subject[0].concurrency"),
        ('hook-result = "return"', 'hook-result = "maybe"', "$.subject[0].hook"),
        ('hook-signature = "hook(context)"', "memory-mb = 8\nhook-signature = 'h'", "$.subject[0].memory"),
        ("[settings]", "[setting]", "setting"),
        ('sdk = "1.2.3"', "sdk = 1.5", "$.settings"),
        ("concurrency = 1", "settings = { sdk = 1.5 }\nconcurrency = 1", "$.subject[0].settings"),
        ("concurrency = 1", 'optional = "yes"\nconcurrency = 1', "$.subject[0].optional"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_file(tmp_path: Path, old: str, new: str, piece: str) -> None:
    assert old in WHOLE
    path = a_runtime(tmp_path, WHOLE.replace(old, new))
    with pytest.raises(DefinitionError) as raised:
        definition.load(path)
    assert str(path) in str(raised.value)
    assert piece in str(raised.value)


def test_a_definition_without_a_subject_is_refused(tmp_path: Path) -> None:
    path = a_runtime(tmp_path, WHOLE[: WHOLE.index("[[subject]]")])
    with pytest.raises(DefinitionError, match="subject"):
        definition.load(path)


def test_a_definition_without_a_dockerfile_is_refused(tmp_path: Path) -> None:
    path = a_runtime(tmp_path, WHOLE.replace('"Dockerfile" = "Dockerfile.j2"', ""))
    with pytest.raises(DefinitionError, match=r'\[files\] has no entry for "Dockerfile"'):
        definition.load(path)


def test_a_template_that_is_not_there_is_named_with_its_file(tmp_path: Path) -> None:
    path = a_runtime(tmp_path, WHOLE.replace("handler.x.j2", "handler.y.j2"))
    with pytest.raises(DefinitionError, match=r'"index\.x": there is no template handler\.y\.j2'):
        definition.load(path)


# ------------------------------------------------------------------------------------------------ subjects


def test_a_broken_folder_is_kept_by_name_and_hides_no_other(tmp_path: Path) -> None:
    a_runtime(tmp_path)
    a_runtime(tmp_path, "[runtime", name="broken_one")
    (tmp_path / "no_runtime").mkdir()
    found = discover(tmp_path)
    assert [one.name for one in found] == ["broken-one", "language"]
    broken, whole = found
    assert isinstance(broken, BrokenRuntime)
    assert "runtime.toml: is not valid TOML" in broken.reason
    assert isinstance(whole, Subject)


def test_a_folder_gives_as_many_subjects_as_it_declares(tmp_path: Path) -> None:
    second = WHOLE[WHOLE.index("[[subject]]") :].replace('"language"', '"language-job"').replace('"http"', '"none"')
    a_runtime(tmp_path, WHOLE + second)
    found = [one for one in discover(tmp_path) if isinstance(one, Subject)]
    assert [(one.name, one.wire) for one in found] == [("language", Wire.HTTP), ("language-job", Wire.NONE)]
    assert found[0].definition == found[1].definition


def test_the_settings_of_a_subject_go_before_those_of_its_folder_and_touch_no_other_subject(tmp_path: Path) -> None:
    text = WHOLE.replace('sdk = "1.2.3"', 'sdk = "1.2.3"\nthreads = 4')
    old = text[text.index("[[subject]]") :].replace('"language"', '"language-old"') + 'settings = { sdk = "1.0.0" }\n'
    a_runtime(tmp_path, text + old)
    settings = {one.name: one.definition.settings for one in discover(tmp_path) if isinstance(one, Subject)}
    assert settings == {
        "language": {"sdk": "1.2.3", "threads": 4},
        "language-old": {"sdk": "1.0.0", "threads": 4},
    }


def test_an_optional_subject_is_found_like_any_other_and_says_that_it_is_one(tmp_path: Path) -> None:
    second = WHOLE[WHOLE.index("[[subject]]") :].replace('"language"', '"language-old"') + "optional = true\n"
    a_runtime(tmp_path, WHOLE + second)
    found = [one for one in discover(tmp_path) if isinstance(one, Subject)]
    assert [(one.name, one.table.optional) for one in found] == [("language", False), ("language-old", True)]


def test_a_subject_takes_concurrent_requests_when_it_declares_more_than_one(tmp_path: Path) -> None:
    path = a_runtime(tmp_path)
    one = discover(tmp_path)[0]
    assert isinstance(one, Subject)
    assert not one.takes_concurrent_requests
    path.write_text(WHOLE.replace("concurrency = 1", "concurrency = 2"))
    two = discover(tmp_path)[0]
    assert isinstance(two, Subject)
    assert two.takes_concurrent_requests


def test_no_folder_is_no_subject(tmp_path: Path) -> None:
    assert discover(tmp_path) == ()


def test_the_shipped_java_below_its_first_library_with_hooks_is_optional_and_differs_in_that_library_only() -> None:
    found = {one.name: one for one in discover() if isinstance(one, Subject)}
    java, old = found["java"], found["java-core-1-3"]
    assert (java.table.optional, old.table.optional) == (False, True)
    assert [one.name for one in found.values() if one.table.optional] == ["java-core-1-3"]
    differing = {key for key, value in old.definition.settings.items() if java.definition.settings[key] != value}
    assert differing == {"fc-java-core"}
    assert old.definition.settings["fc-java-core"] == "1.3.0"


def test_every_shipped_definition_can_be_used_and_names_are_unique() -> None:
    found = discover()
    assert [one.reason for one in found if isinstance(one, BrokenRuntime)] == []
    assert len({one.name for one in found}) == len(found)
