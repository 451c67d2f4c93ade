"""What is found in a project's code folder, and which folders are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runtimes.projects import folder, reader
from runtimes.projects.mistakes import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from runtimes.projects.folder import CodeFolder

FILE = """resources:
  f:
    component: fc3
    ACTIONS
    props:
      functionName: f
      runtime: nodejs20
      handler: index.handler
      code: CODE
"""


def look(root: Path, code: str, actions: str = "access: default") -> CodeFolder | None:
    """The folder that a project in ``root`` names."""
    path = root / "s.yaml"
    path.write_text(FILE.replace("CODE", code).replace("ACTIONS", actions))
    project = reader.load(path)
    (function,) = project.functions
    return folder.look(project, root, function)


def refused(root: Path, code: str, actions: str = "access: default") -> str:
    """The one mistake about the folder, which stands in line 9."""
    with pytest.raises(ConfigurationError) as caught:
        look(root, code, actions)
    (only,) = caught.value.mistakes
    assert (only.line, only.column, only.key) == (9, 7, "resources.f.props.code")
    return only.what


def test_a_folder_is_an_inventory_of_its_files(tmp_path: Path) -> None:
    code = tmp_path / "code"
    (code / "node_modules" / "left").mkdir(parents=True)
    (code / "node_modules" / "left" / "index.js").touch()
    (code / "index.js").write_text("secret")
    (code / "package.json").write_text('{"a": 1}')
    (code / "bootstrap").write_text("#!/bin/sh\n")
    (code / "bootstrap").chmod(0o755)
    found = look(tmp_path, "./code")
    assert found is not None
    assert found.files == {"index.js", "package.json", "bootstrap", "node_modules/left/index.js"}
    assert found.texts == {"package.json": '{"a": 1}', "bootstrap": "#!/bin/sh\n"}
    assert found.executable == {"bootstrap"}
    assert found.has_folder("node_modules/left")
    assert not found.has_folder("node_modules/lef")


def test_a_function_without_code_has_no_folder(tmp_path: Path) -> None:
    project = reader.read(FILE.replace("      code: CODE\n", "").replace("ACTIONS", "access: x"))
    assert folder.look(project, tmp_path, project.functions[0]) is None


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "./code") == "names ./code, which is not there"


def test_a_folder_that_an_action_would_make_is_told_with_the_action(tmp_path: Path) -> None:
    actions = "actions: {pre-deploy: [{run: mvn package, path: ./java}], post-deploy: [{run: echo}]}"
    said = "run mvn package in ./java first, as its actions have it, which are not run here"
    assert refused(tmp_path, "./java/target", actions) == f"names ./java/target, which is not there: {said}"


def test_an_archive_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "./code.zip") == (
        "names ./code.zip, which is an archive and is not there: name the folder that it is made of"
    )
    (tmp_path / "code.zip").write_bytes(b"PK")
    assert refused(tmp_path, "./code.zip") == (
        "names ./code.zip, which is a file: name the folder with the code in it, unpacked"
    )


def test_a_jar_stands_for_itself(tmp_path: Path) -> None:
    (tmp_path / "app.jar").write_bytes(b"PK")
    found = look(tmp_path, "./app.jar")
    assert found is not None
    assert found.is_file


@pytest.mark.parametrize("code", ["../other", "/", "./code/../../other"])
def test_a_folder_outside_of_the_project_is_told(tmp_path: Path, code: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "other").mkdir()
    assert "which lies outside of the project's folder" in refused(root, code)


def test_a_folder_that_is_a_link_out_of_the_project_is_told(tmp_path: Path) -> None:
    root, other = tmp_path / "project", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    (root / "code").symlink_to(other)
    assert "which lies outside of the project's folder" in refused(root, "./code")


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "../../project2"])
def test_a_link_out_of_the_folder_is_told(tmp_path: Path, target: str) -> None:
    (tmp_path / "code" / "deep").mkdir(parents=True)
    (tmp_path / "code" / "deep" / "link").symlink_to(target if target.startswith("/") else f"../{target}")
    assert refused(tmp_path, "./code").startswith("has the link deep/link in it, which leads out of the folder")


def test_a_link_that_stays_inside_is_taken(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.js").touch()
    (tmp_path / "code" / "b.js").symlink_to("a.js")
    found = look(tmp_path, "./code")
    assert found is not None
    assert found.files == {"a.js", "b.js"}


def test_a_link_to_itself_is_refused_and_ends(tmp_path: Path) -> None:
    (tmp_path / "code").symlink_to("code")
    assert "./code" in refused(tmp_path, "./code")


def test_a_folder_with_too_many_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_FILES", 3)
    (tmp_path / "code").mkdir()
    for number in range(4):
        (tmp_path / "code" / str(number)).touch()
    assert refused(tmp_path, "./code").startswith("has more than 3 files in it")


@pytest.mark.parametrize("code", ['""', '"a\\0b"', "x" * 5000])
def test_a_name_that_is_no_path_is_told(tmp_path: Path, code: str) -> None:
    assert refused(tmp_path, code)
