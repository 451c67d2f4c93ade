"""Imports run one way: between the four folders, between the rooms inside them, and nowhere in a circle.

Read from the sources, nothing is run. Imports for the type checker and imports inside a function count as any other.
What names a module only as text is not seen: :func:`conformance.judging.checks.import_all` finds the checks in their
folder, and sequences are made in a process of their own.
"""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    Graph = Mapping[str, frozenset[str]]

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("runtimes", "fixtures", "conformance", "reports")
ORDER = (
    "runtimes",
    "fixtures",
    "conformance.tables",
    "conformance.scenarios",
    "conformance.judging",
    "conformance.driving",
    "conformance.test_*",
    "conformance.probing",
    "conformance.laws",
    "conformance.test_sequences",
    "conformance.proof",
    "reports.*",
    "reports.formats",
    "reports.writing",
    "reports.proof",
    "reports.commands",
    "conftest",
    "tests",
)
"""Folders, rooms, and what lies straight in a folder, the lowest first: each may import what stands before it.

``conformance.test_sequences`` judges by the laws, and the laws are made of the other checks.
"""


def place_of(module: str) -> str:
    """Where a module stands in :data:`ORDER`.

    Raises:
        LookupError: it stands nowhere.
    """
    fitting = [
        place
        for place in ORDER
        if module == place or module.startswith(f"{place}.") or ("*" in place and fnmatchcase(module, place))
    ]
    # The folder of a room is a module's place rather than the folder around it, and one file rather than all like it.
    fitting.sort(key=lambda place: ("*" not in place, place.count(".")))
    if not fitting:
        raise LookupError(f"{module} stands in no room; see ORDER in {Path(__file__).name}")
    return fitting[-1]


def imported(source: str, known: Collection[str]) -> Iterator[str]:
    """The ``known`` modules that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: the house imports by whole names"
            names = [name for alias in node.names for name in (node.module or "", f"{node.module}.{alias.name}")]
        else:
            continue
        yield from (name for name in names if name in known)


def wrong_ways(graph: Graph) -> list[str]:
    """The imports that lead to a place above the importer's own, in words."""
    height = {place: number for number, place in enumerate(ORDER)}
    return [
        f"{module} imports {other}, which stands above it"
        for module, others in sorted(graph.items())
        for other in sorted(others)
        if height[place_of(other)] > height[place_of(module)]
    ]


def circle(graph: Graph) -> list[str]:
    """The modules of one circle of imports, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _sources() -> dict[str, str]:
    """Every module of the house, without the texts that packages open with."""
    files = [path for folder in (*FOLDERS, "tests") for path in (ROOT / folder).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in (*files, ROOT / "conftest.py")
        if path.name != "__init__.py"
    }


SOURCES = _sources()
IMPORTS: Graph = {module: frozenset(imported(source, SOURCES)) for module, source in SOURCES.items()}


def test_every_import_leads_to_the_same_room_or_to_one_below() -> None:
    assert len(IMPORTS) > 100, "the list of modules is too short to mean anything"
    assert not wrong_ways(IMPORTS)


def test_no_import_leads_round_in_a_circle() -> None:
    assert not circle(IMPORTS)


def test_a_package_only_says_what_it_is_for() -> None:
    """What stood there would be run by every import of one of its modules, and the order would not see it."""
    for folder in FOLDERS:
        rooms = [path for path in (ROOT / folder).rglob("*.py") if path.name == "__init__.py"]
        for path in rooms:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert [type(node) for node in tree.body] in ([], [ast.Expr]), path
            assert len(tree.body) == 0 or ast.get_docstring(tree), path


@pytest.mark.parametrize("folder", ["conformance", "reports"])
def test_every_module_opens_with_what_it_is_for(folder: str) -> None:
    mute = [path for path in (ROOT / folder).rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]

    assert not mute


def test_straight_in_conformance_lies_what_is_judged() -> None:
    files = {path.name for path in (ROOT / "conformance").iterdir() if path.is_file()}

    assert {name for name in files if not fnmatchcase(name, "test_*.py")} == {
        "__init__.py",
        "profiles.toml",
        "requirements.toml",
        "source_statements.toml",
    }


def test_every_place_of_the_order_is_there() -> None:
    assert {place_of(module) for module in SOURCES} == set(ORDER)


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("fixtures.engine.images", "fixtures"),
        ("conformance.judging.checks", "conformance.judging"),
        ("conformance.test_freeze", "conformance.test_*"),
        ("conformance.test_sequences", "conformance.test_sequences"),
        ("reports.report", "reports.*"),
        ("reports.formats.html", "reports.formats"),
    ],
)
def test_a_module_stands_in_its_room(module: str, place: str) -> None:
    assert place_of(module) == place


def test_a_module_straight_in_conformance_that_is_no_check_stands_nowhere() -> None:
    with pytest.raises(LookupError, match=r"conformance\.machine stands in no room"):
        place_of("conformance.machine")


@pytest.mark.parametrize(
    "source",
    [
        "import reports.report",
        "from reports import report",
        "from reports.report import Report",
        "if TYPE_CHECKING:\n    from reports.report import Report",
        "def late():\n    from reports import report as later",
    ],
)
def test_an_import_is_seen_in_whatever_form(source: str) -> None:
    assert set(imported(source, {"reports.report", "reports.text"})) == {"reports.report"}


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("fixtures.driver", "conformance.judging.verdict"),
        ("conformance.judging.judging", "reports.text"),
        ("conformance.scenarios.sequences", "conformance.judging.checks"),
        ("conformance.test_freeze", "conformance.laws.laws"),
        ("reports.report", "reports.formats.html"),
        ("reports.writing.writer", "conftest"),
    ],
)
def test_an_import_of_what_stands_above_is_told(module: str, other: str) -> None:
    assert wrong_ways({module: frozenset({other})}) == [f"{module} imports {other}, which stands above it"]
    assert not wrong_ways({other: frozenset({module})})


def test_a_circle_inside_a_room_is_told() -> None:
    graph = {"reports.text": frozenset({"reports.words"}), "reports.words": frozenset({"reports.text"})}

    assert not wrong_ways(graph)
    assert set(circle(graph)) == {"reports.text", "reports.words"}
