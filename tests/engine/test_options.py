"""Options that name what is not there: one message that says which, and what there is instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from tests.engine import harness
from tests.engine.harness import NOBODY, mentions, nothing_but, runtimes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.engine

USAGE = 4
"""Exit status of pytest for a command line that makes no sense."""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--runtime nodjs", ["--runtime nodjs", "did you mean nodejs", "custom-container-noweb"]),
        ("--runtime cobol", ["--runtime cobol", "there are .*python"]),
        ("--profile fc9", ["--profile fc9", "there are .*seeds"]),
        ("--image nodejs", ["--image nodejs", "nodejs=IMAGE", "nodejs:latest"]),
        ("--image nodejs=", ["--image nodejs=", "RUNTIME=IMAGE"]),
        ("--image nodjs=mine:1", ["--image nodjs=mine:1", "nodejs"]),
        ("--runtime java-core-1", ["--runtime java-core-1", "did you mean java-core-1-3"]),
        ("--port 80", ["--port says something", "none is named; add --image IMAGE"]),
        ("--invoke / --image app:1", ["--invoke: expected", "GET /", "not /"]),
        ("--subject no-such-file.toml", ["no-such-file.toml", "cannot be read: No such file"]),
        ("--project no-such-folder", ["no-such-folder: there is no such folder", "s.yaml"]),
        ("--project README.md", ["README.md: is a file, not a folder: unpack it"]),
        ("--project docs", ["docs: there is no s.yaml in this folder: name the folder that has it"]),
        ("--project examples", ["there is one in .*examples/two-functions"]),
        ("--project examples/two-functions --function order", ["--function order: no project has", "orders, status"]),
        ("--function orders", ["--function orders chooses from a project; add --project DIR"]),
        ("--gaps no-such-file.toml", ["no-such-file.toml", "No such file"]),
    ],
)
def test_an_option_that_cannot_be_meant_ends_the_run_before_anything_is_started(
    arguments: str, words: list[str], tmp_path: Path
) -> None:
    # Nobody answers at this address: a run that came as far as the engine would end with another status.
    finished = harness.run(*arguments.split(), out=tmp_path, environment={"DOCKER_HOST": NOBODY}, within_s=30)
    assert finished.status == USAGE, finished.terminal
    mentions(finished.terminal, *words)
    assert "Traceback" not in finished.terminal
    assert len(finished.terminal.strip().splitlines()) <= 3, finished.terminal


def _collected(out: Path, *arguments: str) -> set[str]:
    """Names of the runtimes for which a run would judge that they get ready."""
    finished = harness.run(
        *("--collect-only", "-q", "-n", "0", "-k", "becomes_ready", *arguments),
        out=out,
        environment={"DOCKER_HOST": NOBODY},
        within_s=30,
    )
    assert finished.status == 0, finished.terminal
    found = re.findall(r"becomes_ready\w*\[(.+)-two-freezes\]", finished.terminal)
    return set(found)


def test_a_runtime_that_is_optional_is_judged_only_where_it_is_named(tmp_path: Path) -> None:
    default = _collected(tmp_path / "default")
    assert {"nodejs", "java", "go", "custom-container"} <= default
    assert "java-core-1-3" not in default
    assert _collected(tmp_path / "named", *runtimes("java-core-1-3", "java")) == {"java-core-1-3", "java"}


@pytest.mark.usefixtures("references")
def test_a_given_image_that_the_engine_does_not_have_is_inconclusive_for_its_runtime_alone(tmp_path: Path) -> None:
    finished = harness.run(
        *("-n", "0", "-k", "becomes_ready and two-freezes"),
        *runtimes("nodejs", "custom-container"),
        *("--image", "custom-container=fc-conformance-test/nobody-built:this"),
        out=tmp_path,
    )
    assert finished.status == 1, finished.terminal
    assert nothing_but(finished.counts("nodejs"), Verdict.PASS)
    assert nothing_but(finished.counts("custom-container"), Verdict.INCONCLUSIVE)
    mentions(finished.of("custom-container")[0].message, "fc-conformance-test/nobody-built:this", "pull or build it")
    mentions(finished.terminal, "fc-conformance-test/nobody-built:this")


def test_an_image_that_is_there_is_judged_in_the_place_of_the_reference(
    references: Mapping[str, str], tmp_path: Path
) -> None:
    finished = harness.run(
        *("-n", "0", "-k", "becomes_ready and two-freezes"),
        *runtimes("custom"),
        *("--image", f"custom={references['custom-container']}"),
        out=tmp_path,
    )
    assert finished.status == 0, finished.terminal
    (judged,) = [runtime for runtime in finished.report.runtimes if runtime.name == "custom"]
    assert judged.image.reference == references["custom-container"]
