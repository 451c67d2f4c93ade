"""The projects in ``examples/`` are read and planned, or say what has to be run first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runtimes.projects import folder, plan, reader
from runtimes.projects.mistakes import ConfigurationError
from runtimes.projects.plan import Kind

if TYPE_CHECKING:
    from runtimes.projects.plan import Plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WEB = sorted(path.name for path in (EXAMPLES / "web").iterdir())
GOOD = ("express", "fastapi", "flask", "gin", "java", "php")


def plans(path: Path) -> list[Plan]:
    """The plans of all functions of one project."""
    project = reader.load(path / "s.yaml")
    return [plan.plan(project, one, folder.look(project, path, one)) for one in project.chosen()]


@pytest.mark.parametrize(
    ("name", "reference", "hooks"),
    [
        ("python", "python", ("", "index.pre_stop")),
        ("nodejs", "nodejs", ("index.preFreeze", "index.preStop")),
        ("php", "php", ("", "index.pre_stop")),
    ],
)
def test_a_sample_that_needs_no_build_is_planned(name: str, reference: str, hooks: tuple[str, str]) -> None:
    (made,) = plans(EXAMPLES / "samples" / name)
    assert (made.kind, made.reference) == (Kind.BUILT_IN, reference)
    assert (made.pre_freeze, made.pre_stop) == hooks


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("java", "names ./code/target, which is not there: run mvn package in ./code first"),
        ("csharp", "names ./publish, which is not there: run dotnet publish --configuration Release"),
    ],
)
def test_a_sample_that_has_to_be_built_says_what_to_run(name: str, said: str, tmp_path: Path) -> None:
    # Beside the sources, where somebody may have built them, the answer would depend on that.
    (tmp_path / "s.yaml").write_bytes((EXAMPLES / "samples" / name / "s.yaml").read_bytes())
    with pytest.raises(ConfigurationError) as caught:
        plans(tmp_path)
    assert said in str(caught.value)


def test_the_two_functions_of_one_file_are_planned_each_for_itself() -> None:
    orders, status = plans(EXAMPLES / "two-functions")
    assert (orders.function, orders.kind, orders.http, orders.initialize) == (
        "orders-test",
        Kind.BUILT_IN,
        False,
        "index.initialize",
    )
    assert (status.kind, status.reference, status.http, status.command) == (
        Kind.CUSTOM,
        "python",
        True,
        ("python3", "server.py"),
    )
    assert ("ORDERS", "orders-test") in status.environment


@pytest.mark.parametrize("name", WEB)
def test_a_web_application_is_a_container_with_a_port_and_hooks(name: str) -> None:
    (made,) = plans(EXAMPLES / "web" / name)
    assert (made.kind, made.image, made.port) == (Kind.CONTAINER, f"fc-examples/{name}:1", 9000)
    assert made.http == (not name.startswith("gin"))
    assert made.pre_stop


def test_each_web_application_stands_there_good_and_with_one_mistake() -> None:
    assert [name for name in WEB if "-" not in name] == list(GOOD)
    assert sorted(name.partition("-")[0] for name in WEB if "-" in name) == list(GOOD)


@pytest.mark.parametrize("name", [name for name in WEB if "-" in name])
def test_a_mistake_is_the_only_difference_to_the_good_one(name: str) -> None:
    def sources(folder: str) -> dict[str, str]:
        files = [path for path in (EXAMPLES / "web" / folder).iterdir() if path.name not in ("s.yaml", "README.md")]
        return {path.name: path.read_text() for path in files}

    good, broken = sources(name.partition("-")[0]), sources(name)
    changed = {file for file in good if good[file] != broken.get(file)}
    # Without Apache there is nothing to configure.
    assert len(changed) == (2 if name == "php-deaf" else 1)
    assert set(broken) <= set(good)


@pytest.mark.parametrize("folder", [path.parent for path in EXAMPLES.rglob("s.yaml")], ids=lambda path: path.name)
def test_each_example_says_what_it_is(folder: Path) -> None:
    assert (folder / "README.md").read_text().startswith("# ")
