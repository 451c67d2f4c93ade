"""No engine, an engine that dies in the middle, an image that cannot be built, a definition that cannot be read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from reports.formats import report_json
from reports.writing.claim import MARK
from tests.engine import harness
from tests.engine.engine_proxy import REFUSAL_WORDS, EngineProxy
from tests.engine.engine_word import left_behind
from tests.engine.harness import NOBODY, ROOT, mentions, nothing_but, runtimes

if TYPE_CHECKING:
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


@pytest.mark.usefixtures("references")
@pytest.mark.parametrize(
    ("how", "words"),
    [
        # It may fall silent between its answer to the start and its own word of it.
        ("hang", "Read timed out|waited 10 s for the engine's word"),
        ("refuse", f"{REFUSAL_WORDS}|Connection aborted|stream ended"),
    ],
)
def test_an_engine_that_hangs_or_refuses_costs_its_deadline_once_and_not_for_each_history(
    how: str, words: str, engine: Engine, starts: Starts, tmp_path: Path
) -> None:
    with EngineProxy() as proxy:
        running = harness.start(
            *("-n", "1", "-k", "two-freezes] or stop-without-freeze] or requests]"),
            *runtimes("custom-container", "go", "nodejs"),
            out=tmp_path,
            environment={"DOCKER_HOST": proxy.host, "CONFORMANCE_ENGINE_TIMEOUT": "8"},
        )
        try:
            # With one worker the third start means that two instances have been driven to their end.
            starts.wait_for(running.pid, lambda seen: len(seen) >= 3, within_s=60, what="the third instance")
            getattr(proxy, how)()
            died = time.monotonic()
            finished = running.finish(90)
        finally:
            running.make_sure_it_ended()
    # One call's deadline, once more for the question whether it is gone, and again at the run's end: not one for each
    # of the Histories that were still to come.
    assert time.monotonic() - died < 75
    assert finished.status == 1, finished.terminal
    verdicts = list(finished.verdicts().values())
    assert set(verdicts) <= {Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE}, finished.terminal
    assert verdicts.count(Verdict.PASS) >= 20
    spoilt = [one for one in finished.report.verdicts if one.verdict is Verdict.INCONCLUSIVE]
    (hit,) = {one.message for one in spoilt if "no instance was driven any more" not in one.message}
    mentions(hit, words, "container|network|engine")
    skipped = {(one.runtime, one.scenario) for one in spoilt if one.message != hit}
    assert len(skipped) >= 3, "so many Histories came after, and none of them waited for the engine"
    for one in spoilt:
        if one.message != hit:
            mentions(one.message, "the engine does not answer any more", "no instance was driven any more")
    assert "Traceback" not in finished.terminal
    harness.run(*("-n", "0", "-k", "becomes_ready and two-freezes"), *runtimes("nodejs"), out=tmp_path / "next")
    assert left_behind(engine.client, running.pid) == []


@pytest.mark.usefixtures("references")
@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of a few megabytes can be mounted by root only")
@pytest.mark.parametrize("megabytes", [2.5, 0.0625], ids=["full in the middle", "full from the start"])
def test_a_full_disk_costs_the_histories_that_do_not_fit_and_no_other_verdict(
    megabytes: float, engine: Engine, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    # The run's terminal is kept elsewhere: it is not the run that writes it.
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 2**20)}", "tmpfs", str(disk)], check=True)
    try:
        running = harness.start(
            *("-n", "2", "-k", "two-freezes] or stop-without-freeze] or hooks-flood-the-log]"),
            *runtimes("custom-container"),
            *("--out", str(disk)),
            out=tmp_path / "terminal",
        )
        finished = running.finish()
        there = {path.relative_to(disk).as_posix() for path in disk.rglob("*") if path.is_file()}
        kept = {path.name: path.read_bytes() for path in disk.iterdir() if path.is_file()}
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
    assert finished.status == 1, finished.terminal
    assert "Traceback" not in finished.terminal
    told = " ".join(finished.terminal.split())
    mentions(told, "the History could not be saved below [^ ]*: No space left on device")
    assert left_behind(engine.client, running.pid) == []
    assert [name for name in there if Path(name).name.startswith(".")] == [MARK], "half a file was left"
    if megabytes > 1:
        report = report_json.decode(kept["report.json"])
        verdicts: dict[str, set[Verdict]] = {}
        for one in report.verdicts:
            verdicts.setdefault(one.scenario, set()).add(one.verdict)
        assert verdicts["hooks-flood-the-log"] == {Verdict.INCONCLUSIVE}
        assert verdicts["two-freezes"] | verdicts["stop-without-freeze"] == {Verdict.PASS}
        ET.fromstring(kept["junit.xml"])
        assert b"</html>" in kept["index.html"]
    else:
        mentions(told, "the report could not be written below [^ ]*: No space left on device")
        assert "INCONCLUSIVE" in finished.terminal
        assert "index.html" not in kept


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
    failed = re.findall(r"building (fc-conformance/\w+:[0-9a-f]+) failed", reasons["custom"] + reasons["php"])
    assert len(failed) == 2
    assert not {*failed} & _named_images(engine), "a build that failed left an image with a name"


def _reason(finished: Finished, runtime: str) -> str:
    """The message that all INCONCLUSIVE verdicts of a runtime without an image share."""
    counts = finished.counts(runtime)
    assert nothing_but(counts, Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE), finished.terminal
    assert counts["INCONCLUSIVE"] > 5
    (message,) = {one.message for one in finished.of(runtime) if one.verdict is Verdict.INCONCLUSIVE}
    return message


def _named_images(engine: Engine) -> set[str]:
    # In one answer: some other run may take an image away between two.
    return {tag for image in engine.client.api.images() for tag in image["RepoTags"] or ()}
