"""The projects in ``examples/``, judged as their authors would: the samples of the pages, and web applications.

Each web application stands there good and once more with one mistake. The images are built as their READMEs say; no
action of an ``s.yaml`` is run.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from fixtures.engine.images import BASE_IMAGE
from runtimes.projects import reader
from tests.engine import harness
from tests.engine.harness import mentions, nothing_but

if TYPE_CHECKING:
    from fixtures.engine.connection import Engine
    from tests.engine.harness import Finished

pytestmark = pytest.mark.engine

EXAMPLES = harness.ROOT / "examples"
WEB = sorted(path for path in (EXAMPLES / "web").iterdir() if path.is_dir())
GOOD = [path.name for path in WEB if "-" not in path.name]
FOUND = {
    "express-catch-all": (["/pre-freeze is answered like a path nobody knows"], {"hooks.path-is-known"}),
    "fastapi-buffered": (["lines like 'visit 1' appear only with the stop"], set()),
    "flask-localhost": ([r"listens on 127\.0\.0\.1:9000", r"listen on 0\.0\.0\.0"], {"instance.becomes-ready"}),
    "gin-wrong-port": ([r"listens on \[::\]:8080", r"port: 8080 .*in the s\.yaml"], {"instance.becomes-ready"}),
    "java-shell": (["PID 1 is sh: SIGTERM does not reach the server", "use exec"], {"instance.ends-on-sigterm"}),
    "php-deaf": (["PID 1, php, does not end on SIGTERM"], {"instance.ends-on-sigterm"}),
}
"""What the first look says of each mistake, and the requirements that fail for it."""
BUILD_WITHIN_S = 900.0
RUN_WITHIN_S = 600.0


def image_of(project: Path) -> str:
    """The image that the project's ``s.yaml`` names."""
    (function,) = reader.load(project / "s.yaml").chosen()
    return function.image


def named(finished: Finished, project: Path) -> str:
    """The name that a web application has in the report; a runtime of ``runtimes/`` may have its own already."""
    (name,) = (one.name for one in finished.report.runtimes if one.image.reference == image_of(project))
    return name


@pytest.fixture(scope="module")
def finished(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """All web applications, judged in one run."""

    def build(project: Path) -> None:
        engine.client.images.build(
            path=str(project), tag=image_of(project), rm=True, forcerm=True, buildargs={"BASE_IMAGE": BASE_IMAGE}
        )

    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(build, WEB, timeout=BUILD_WITHIN_S):
            pass
    given = [text for project in WEB for text in ("--project", str(project))]
    return harness.run("-n", "4", *given, out=tmp_path_factory.mktemp("examples"), within_s=RUN_WITHIN_S)


@pytest.mark.timeout(BUILD_WITHIN_S + RUN_WITHIN_S)
@pytest.mark.parametrize("example", GOOD)
def test_a_good_web_application_is_green_and_nothing_is_found_of_it(example: str, finished: Finished) -> None:
    name = named(finished, EXAMPLES / "web" / example)
    assert nothing_but(finished.counts(name), Verdict.PASS, Verdict.NOT_APPLICABLE), finished.terminal
    judged = {one.requirement for one in finished.of(name) if one.verdict is Verdict.PASS}
    assert len(judged) >= 18
    assert not [one for one in finished.report.findings if one.runtime == name]


@pytest.mark.parametrize("example", sorted(FOUND))
def test_a_mistake_is_found_at_the_first_look_and_turns_its_requirement_red(example: str, finished: Finished) -> None:
    name = named(finished, EXAMPLES / "web" / example)
    words, failed = FOUND[example]
    found = "\n".join(f"{one.title}\n{one.cure}" for one in finished.report.findings if one.runtime == name)
    assert found, finished.terminal
    mentions(found, *words)
    assert {one.requirement for one in finished.of(name) if one.verdict is Verdict.FAIL} == failed


def test_every_web_application_is_among_these() -> None:
    assert {path.name for path in WEB} == {*GOOD, *FOUND}


@pytest.mark.usefixtures("references")
def test_samples_of_the_pages_are_judged_on_our_references_as_they_stand(tmp_path: Path) -> None:
    samples = ("python", "nodejs", "php")
    given = [text for name in samples for text in ("--project", str(EXAMPLES / "samples" / name))]
    finished = harness.run("-n", "4", *given, out=tmp_path, within_s=RUN_WITHIN_S)
    assert finished.status == 0, finished.terminal
    assert len(finished.report.runtimes) == len(samples)
    for runtime in finished.report.runtimes:
        judged = {one.requirement for one in finished.of(runtime.name) if one.verdict is Verdict.PASS}
        assert len(judged) >= 30, runtime.name
    assert finished.report.findings == ()


@pytest.mark.parametrize(("sample", "action"), [("java", "mvn package"), ("csharp", "dotnet publish")])
def test_a_sample_that_has_to_be_built_first_says_with_what(sample: str, action: str, tmp_path: Path) -> None:
    finished = harness.run("-n", "0", "--project", str(EXAMPLES / "samples" / sample), out=tmp_path)
    assert finished.status == pytest.ExitCode.USAGE_ERROR, finished.terminal
    mentions(finished.terminal, action)
