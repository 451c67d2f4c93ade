"""A normal day: one container per History, reports that can be read, a warm run that builds nothing, a replay."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jsonschema
import pytest

from conformance.judging.verdict import Verdict
from fixtures.history import store
from fixtures.side_by_side import side_by_side
from reports.formats.report_json import SCHEMA_PATH
from tests.engine import harness
from tests.engine.engine_word import Start, Starts, left_behind
from tests.engine.harness import NOBODY, Finished, mentions, nothing_but, runtimes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docker import DockerClient

    from fixtures.engine.connection import Engine
    from tests.engine.bad_images import BadImages

pytestmark = pytest.mark.engine


THREE = "two-freezes] or stop-without-freeze] or overlapping-requests]"
"""Three scenarios and no more: a check may have such a word in its own name."""


@dataclass(frozen=True)
class Normal:
    """A run of two runtimes on two workers, what the engine said of it, and the images before and after."""

    run: Finished
    owner: int
    starts: list[Start]
    images: tuple[set[str], set[str]]


@pytest.fixture(scope="module")
def normal(engine: Engine, references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Normal:
    assert {"nodejs", "custom-container"} <= set(references)
    before = _images(engine.client)
    listening = Starts(engine)
    try:
        running = harness.start(
            *("-n", "2", "-k", THREE),
            *runtimes("nodejs", "custom-container"),
            out=tmp_path_factory.mktemp("normal"),
        )
        finished = running.finish()
        starts = listening.of(running.pid)
    finally:
        listening.close()
    return Normal(finished, running.pid, starts, (before, _images(engine.client)))


def _images(client: DockerClient) -> set[str]:
    """Every image of the two runtimes. What the tests beside this one build in the same engine is not its business."""
    return {
        f"{image.id} {' '.join(sorted(image.tags))}"
        for runtime in ("nodejs", "custom-container")
        for image in client.images.list(f"fc-conformance/{runtime}")
    }


def test_two_runtimes_on_two_workers_are_wholly_green(normal: Normal) -> None:
    assert normal.run.status == 0, normal.run.terminal
    for runtime in ("nodejs", "custom-container"):
        assert nothing_but(normal.run.counts(runtime), Verdict.PASS, Verdict.NOT_APPLICABLE), normal.run.terminal


def test_each_history_costs_one_container_however_many_checks_share_it(normal: Normal) -> None:
    counted = Counter((start.subject, start.scenario) for start in normal.starts)
    judged = {(judgement.runtime, judgement.scenario) for judgement in normal.run.report.verdicts if judgement.history}
    assert len(judged) == 6
    assert counted == Counter(judged)
    assert len([judgement for judgement in normal.run.report.verdicts if judgement.history]) > 10 * len(judged)


def test_two_workers_share_the_histories(normal: Normal) -> None:
    assert len({start.worker for start in normal.starts}) == 2


def test_every_saved_history_is_of_an_instance_that_the_engine_started(normal: Normal) -> None:
    saved = [store.load(path).instance for path in sorted((normal.run.out / "histories").glob("*.json"))]
    assert sorted(saved) == sorted(start.container for start in normal.starts)


def test_a_warm_run_builds_nothing(normal: Normal) -> None:
    before, after = normal.images
    assert len(before) >= 2
    assert after == before
    assert "building" not in normal.run.terminal


def test_a_normal_run_leaves_no_container_and_no_network(normal: Normal, engine: Engine) -> None:
    assert left_behind(engine.client, normal.owner) == []


def test_junit_xml_is_well_formed_and_names_each_case_once(normal: Normal) -> None:
    cases = ET.parse(normal.run.out / "junit.xml").getroot().findall(".//testcase")
    names = [f"{case.get('classname')}::{case.get('name')}" for case in cases]
    assert len(names) == len(normal.run.report.verdicts)
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_report_json_is_what_its_schema_says(normal: Normal) -> None:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads((normal.run.out / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)


def test_a_replay_without_an_engine_gives_the_same_verdicts(normal: Normal, tmp_path: Path) -> None:
    replayed = harness.run(
        *("--replay", str(normal.run.out / "histories")),
        *("-k", THREE),
        *runtimes("nodejs", "custom-container"),
        out=tmp_path,
        environment={"DOCKER_HOST": NOBODY},
    )
    assert replayed.status == 0, replayed.terminal
    assert replayed.verdicts() == normal.run.verdicts()


def test_auto_is_as_many_workers_as_instances_are_driven_side_by_side(tmp_path: Path) -> None:
    run = harness.run(
        *("-n", "auto", "-k", "becomes_ready and two-freezes]"),
        *runtimes("nodejs"),
        out=tmp_path,
    )
    assert run.status == 0, run.terminal
    mentions(run.terminal, rf"\b{side_by_side()} workers \[1 item\]")


def test_a_replay_of_a_history_that_is_missing_or_broken_is_inconclusive_for_that_one(
    normal: Normal, tmp_path: Path
) -> None:
    saved = tmp_path / "histories"
    saved.mkdir()
    for path in (normal.run.out / "histories").glob("nodejs--*.json"):
        (saved / path.name).write_bytes(path.read_bytes())
    (saved / "nodejs--two-freezes.json").write_bytes(b'{"format": 1, "subject"')
    (saved / "nodejs--overlapping-requests.json").unlink()
    replayed = harness.run(
        *("--replay", str(saved), "-k", f"(becomes_ready or answered) and ({THREE})"),
        *runtimes("nodejs"),
        out=tmp_path / "out",
        environment={"DOCKER_HOST": NOBODY},
    )
    assert replayed.status == 1, replayed.terminal
    verdicts = {judgement.scenario: judgement for judgement in replayed.of("nodejs")}
    assert verdicts["stop-without-freeze"].verdict is Verdict.PASS
    for scenario, why in (("two-freezes", "is no saved History"), ("overlapping-requests", "cannot be read")):
        assert verdicts[scenario].verdict is Verdict.INCONCLUSIVE
        mentions(verdicts[scenario].message, f"nodejs--{scenario}.json", why)


def test_a_run_in_one_process_stops_at_the_first_red_verdict_when_asked_to(
    bad_images: BadImages, engine: Engine, tmp_path: Path
) -> None:
    running = harness.start(
        *("-n", "0", "-x", "-k", "becomes_ready"),
        *runtimes("custom", "nodejs"),
        *("--image", f"custom={bad_images.reference('exits_at_once')}"),
        out=tmp_path,
    )
    finished = running.finish()
    # 2: pytest's exit status for a session that was ended early.
    assert finished.status in (1, 2), finished.terminal
    assert [str(judgement.verdict) for judgement in finished.report.verdicts] == ["FAIL"]
    mentions(finished.terminal, "exit code 3", "cannot find my licence file")
    assert left_behind(engine.client, running.pid) == []
