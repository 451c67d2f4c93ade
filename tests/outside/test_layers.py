"""The generated function as a layer on somebody else's image, and vendor libraries that are not released."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from runtimes import libraries
from runtimes.render import Bottom, RenderError, render, render_layer
from runtimes.subject_file import read
from runtimes.subjects import discover

if TYPE_CHECKING:
    from pathlib import Path

    from runtimes.render import BuildContext
    from runtimes.subjects import Subject

THERE = discover()
BOTTOM = Bottom("acme/runtime:1", "sha256:acme", {"PATH": "/bin"}, ("/var/fc/runtime/java11/bootstrap",))
GO = "fc-runtime-go-sdk"


def described(folder: Path, text: str) -> Subject:
    path = folder / "acme.toml"
    path.write_text(text, encoding="utf-8")
    (found,) = read(path, THERE)
    return found


def layer(subject: Subject, bottom: Bottom = BOTTOM) -> BuildContext:
    return render_layer(subject, bottom, base_image="base:1", base_image_id="sha256:base")


def after_from(context: BuildContext) -> list[str]:
    """The lines of the last stage, which is the maintainer's image."""
    lines = context.files["Dockerfile"].splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    assert lines[last] == "FROM acme/runtime:1"
    return lines[last + 1 :]


@pytest.mark.parametrize("language", ["nodejs", "python", "php", "go", "java", "csharp"])
def test_nothing_is_run_in_the_image_which_may_have_no_shell(language: str, tmp_path: Path) -> None:
    context = layer(described(tmp_path, f'image = "acme/runtime:1"\nfunction = "{language}"\nwire = "http"'))
    words = [line.split()[0] for line in after_from(context)]
    assert set(words) == {"LABEL", "COPY"}
    assert words.count("COPY") == 1


def test_files_that_need_no_build_are_copied_from_the_context_to_the_code_folder(tmp_path: Path) -> None:
    context = layer(described(tmp_path, 'image = "a"\nfunction = "python"\ncode-directory = "/srv/my code"'))
    assert after_from(context)[-1] == 'COPY ["function/", "/srv/my code/"]'
    assert {path.split("/")[0] for path in context.files} == {"Dockerfile", "function"}


def test_a_function_that_has_to_be_built_is_built_in_a_stage_of_ours(tmp_path: Path) -> None:
    context = layer(described(tmp_path, 'image = "a"\nfunction = "go"'))
    assert context.files["Dockerfile"].startswith("FROM base:1 AS function")
    assert after_from(context)[-1] == 'COPY --from=function ["/function/", "/code/"]'


def test_on_the_runtime_api_what_a_vendors_runtime_needs_is_set_where_its_image_does_not(tmp_path: Path) -> None:
    subject = described(tmp_path, 'image = "a"\nfunction = "java"\nwire = "runtime-api"\nmemory-mb = 512')
    said = "\n".join(after_from(layer(subject)))
    for expected in ('FC_FUNC_CODE_PATH="/code"', '_FC_LOG_FD="2"', 'FC_MAX_SERVER_HEAP_SIZE="256m"'):
        assert expected in said
    assert 'FC_SERVER_PATH="/var/fc/runtime/java11"' in said
    own = Bottom(BOTTOM.reference, BOTTOM.id, {"_FC_LOG_FD": "7", "FC_FUNC_CODE_PATH": "/elsewhere"}, BOTTOM.command)
    said = "\n".join(after_from(layer(subject, own)))
    assert "_FC_LOG_FD" not in said
    assert 'FC_FUNC_CODE_PATH="/code"' in said, "here is where the function was put"


def test_another_image_of_the_same_name_gets_another_layer(tmp_path: Path) -> None:
    subject = described(tmp_path, 'image = "a"\nfunction = "python"')
    rebuilt = Bottom(BOTTOM.reference, "sha256:rebuilt", BOTTOM.environment, BOTTOM.command)
    assert layer(subject).digest == layer(subject).digest != layer(subject, rebuilt).digest


def test_a_language_without_a_function_apart_from_its_server_has_no_layer(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"has no \[function\]"):
        layer(described(tmp_path, 'image = "a"'))


# ------------------------------------------------------------------------------------------------ libraries


def test_a_checkout_goes_into_the_context_without_what_no_build_needs(tmp_path: Path) -> None:
    for name in ("go.mod", "fc/context.go", ".git/config", "target/x"):
        (tmp_path / "sdk" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sdk" / name).write_text(name)
    subject = described(tmp_path, f'function = "go"\n[settings]\n{GO} = "./sdk"')
    context = render(subject, base_image="base:1", base_image_id="sha256:base")
    assert dict(context.copied) == {
        f"libraries/{GO}/go.mod": b"go.mod",
        f"libraries/{GO}/fc/context.go": b"fc/context.go",
    }
    assert f"libraries/{GO}" in context.files["Dockerfile"] + context.files["go.mod"]
    (tmp_path / "sdk/go.mod").write_text("changed")
    assert render(subject, base_image="base:1", base_image_id="sha256:base").digest != context.digest


def test_a_version_is_compared_by_its_numbers(tmp_path: Path) -> None:
    subject = described(tmp_path, f'function = "go"\n[settings]\n{GO} = "v0.10.1"')
    assert libraries.at_least(subject, GO, "v0.9.9", "word")
    assert not libraries.at_least(subject, GO, "v0.10.2", "word")


def test_what_a_library_without_a_version_can_do_is_read_off_the_library(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "core.jar", "w") as jar:
        jar.writestr("com/aliyun/fc/runtime/PreStopHandler.class", b"\xca\xfe")
    subject = described(tmp_path, 'function = "java"\n[settings]\nfc-java-core = "./core.jar"')
    assert libraries.at_least(subject, "fc-java-core", "1.4.0", "PreStopHandler")
    assert not libraries.at_least(subject, "fc-java-core", "1.4.0", "PreFreezeHandler")


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("v1.2.3", False), ("./sdk", True), ("core.jar", True), ("~/sdk", True), (3, False), ("/opt/sdk", True)],
)
def test_a_place_on_this_machine_is_told_from_a_version(value: object, is_one: bool) -> None:
    assert libraries.looks_like_a_path(value) is is_one
