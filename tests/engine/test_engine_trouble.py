"""No engine, an engine that dies in the middle, an image that cannot be built, a definition that cannot be read."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from conformance.verdict import Verdict
from tests.engine import harness
from tests.engine.engine_proxy import EngineProxy
from tests.engine.engine_word import left_behind
from tests.engine.harness import NOBODY, ROOT, mentions, nothing_but, runtimes

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.engine.connection import Engine
    from tests.engine.engine_word import Starts
    from tests.engine.harness import Finished

pytestmark = pytest.mark.engine

NO_ENGINE = 3
"""Exit status of a run that could not begin."""


def test_without_an_engine_the_run_ends_in_seconds_with_one_message_that_says_what_to_do(tmp_path: Path) -> None:
    finished = harness.run(
        *("-n", "2"), *runtimes("nodejs"), out=tmp_path, environment={"DOCKER_HOST": NOBODY}, within_s=30
    )
    assert finished.status == NO_ENGINE, finished.terminal
    assert finished.seconds < 10
    mentions(finished.terminal, "no container engine answers at", "nonexistent/engine.sock", "script/bootstrap")
    assert "Traceback" not in finished.terminal


def test_without_an_engine_the_message_is_printed_once(tmp_path: Path) -> None:
    finished = harness.run(*runtimes("nodejs"), out=tmp_path, environment={"DOCKER_HOST": NOBODY}, within_s=30)
    assert finished.terminal.count("no container engine answers") == 1


@pytest.mark.usefixtures("references")
def test_an_engine_that_dies_in_the_middle_spoils_only_what_was_not_judged_yet(
    engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    with EngineProxy() as proxy:
        running = harness.start(
            *("-n", "2", "-k", "two-freezes] or stop-without-freeze] or requests]"),
            *runtimes("nodejs", "custom-container"),
            out=tmp_path,
            environment={"DOCKER_HOST": proxy.host},
        )
        try:
            # With two workers the fifth start means that at least three instances have been driven to their end.
            starts.wait_for(running.pid, lambda seen: len(seen) >= 5, within_s=40, what="the fifth instance")
            proxy.cut()
            finished = running.finish(60)
        finally:
            running.make_sure_it_ended()
    assert finished.status == 1, finished.terminal
    verdicts = list(finished.verdicts().values())
    assert set(verdicts) <= {Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE}, finished.terminal
    assert verdicts.count(Verdict.PASS) >= 20
    assert verdicts.count(Verdict.INCONCLUSIVE) >= 20
    assert "Traceback" not in finished.terminal
    spoilt = [one.message for one in finished.report.verdicts if one.verdict is Verdict.INCONCLUSIVE]
    assert all(spoilt), "an INCONCLUSIVE without a message"
    assert (finished.out / "index.html").stat().st_size > 0
    # The engine was alive all the time, so the run's instances still are: the next run's sweep finds them.
    assert left_behind(engine.client, running.pid) != []
    harness.run(*("-n", "0", "-k", "becomes_ready and two-freezes"), *runtimes("nodejs"), out=tmp_path / "next")
    assert left_behind(engine.client, running.pid) == []


@pytest.fixture
def broken_tree(tmp_path: Path) -> Path:
    """A copy of the harness in which php and custom cannot be built and python is not defined as it must be."""
    tree = tmp_path / "tree"
    for name in ("conformance", "fixtures", "reports", "runtimes"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "out"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tree / name)
    _after_the_first_line(tree, "php", "RUN echo 'the compiler is on strike' && exit 7")
    _after_the_first_line(tree, "custom", "COPY nobody-wrote-it /code/")
    definition = tree / "runtimes" / "python" / "runtime.toml"
    text = definition.read_text("utf-8")
    assert "concurrency = 100" in text
    definition.write_text(text.replace("concurrency = 100", 'concurrency = "many"'), "utf-8")
    return tree


def _after_the_first_line(tree: Path, runtime: str, step: str) -> None:
    dockerfile = tree / "runtimes" / runtime / "Dockerfile.j2"
    first, rest = dockerfile.read_text("utf-8").split("\n", 1)
    dockerfile.write_text(f"{first}\n{step}\n{rest}", "utf-8")


@pytest.mark.usefixtures("references")
def test_runtimes_that_cannot_be_built_or_read_are_inconclusive_and_the_others_are_judged(
    broken_tree: Path, engine: Engine, tmp_path: Path
) -> None:
    before = _named_images(engine)
    running = harness.start(
        *("-n", "2", "-k", "two-freezes"),
        *runtimes("nodejs", "php", "custom", "python"),
        out=tmp_path / "out",
        root=broken_tree,
    )
    finished = running.finish()
    assert finished.status == 1, finished.terminal
    assert nothing_but(finished.counts("nodejs"), Verdict.PASS, Verdict.NOT_APPLICABLE), finished.terminal

    reasons = {runtime: _reason(finished, runtime) for runtime in ("php", "custom", "python")}
    mentions(reasons["custom"], "building fc-conformance/custom:[0-9a-f]+ failed", "nobody-wrote-it")
    mentions(reasons["php"], "building fc-conformance/php:[0-9a-f]+ failed", r"\| the compiler is on strike", "code: 7")
    mentions(reasons["python"], r"python/runtime\.toml", r"subject\[0\]\.concurrency", "expected `int`, got `str`")
    for reason in reasons.values():
        assert reason.splitlines()[0] in finished.terminal.replace("\n               ", " ")

    assert left_behind(engine.client, running.pid) == []
    assert _named_images(engine) == before, "a build that failed left an image with a name"


def _reason(finished: Finished, runtime: str) -> str:
    """The message that all INCONCLUSIVE verdicts of a runtime without an image share."""
    counts = finished.counts(runtime)
    assert nothing_but(counts, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE), finished.terminal
    assert counts["INCONCLUSIVE"] > 5
    (message,) = {one.message for one in finished.of(runtime) if one.verdict is Verdict.INCONCLUSIVE}
    return message


def _named_images(engine: Engine) -> set[str]:
    # Some other run may build what it needs meanwhile; what these broken folders would have been is told by name.
    return {tag for image in engine.client.images.list() for tag in image.tags if "/php:" in tag or "/custom:" in tag}
