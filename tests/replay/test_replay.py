"""A replay: the verdicts of a run that sets every check up, without what only a drive needs."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

import msgspec
import pytest

from conformance.judging.verdict import Verdict
from fixtures.history import store
from fixtures.history.events import Call, FunctionRecord
from tests.conformance.builders import FULL, conformant, without, without_any
from tests.engine import harness
from tests.engine.harness import NOBODY, Finished

KINDS = {Verdict.PASS, Verdict.FAIL, Verdict.NOT_TESTABLE, Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Histories of one runtime: a whole one, one without a line, one without the function's word, and no others."""
    folder = tmp_path_factory.mktemp("saved")
    stopped = conformant(FULL, "stop-without-freeze")
    for history in (
        conformant(FULL, "two-freezes"),
        without(stopped, stopped.markers(Call.PRE_STOP)[0].line),
        without_any(conformant(FULL, "overlapping-requests"), lambda event: isinstance(event, FunctionRecord)),
    ):
        store.save(msgspec.structs.replace(history, subject="nodejs", profile="seeds"), folder)
    return str(folder)


def replayed(saved: str, tmp_path_factory: pytest.TempPathFactory, *arguments: str) -> Finished:
    out = tmp_path_factory.mktemp("out")
    return harness.run(
        *("--runtime", "nodejs", "--replay", saved, *arguments), out=out, environment={"DOCKER_HOST": NOBODY}
    )


@pytest.fixture(scope="module")
def straight(saved: str, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return replayed(saved, tmp_path_factory, "-n", "auto", "-rsE")


@pytest.fixture(scope="module")
def set_up(saved: str, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return replayed(saved, tmp_path_factory, "-n", "0", "-rsE", "--setup-show")


def test_a_replay_says_of_every_item_what_a_run_that_sets_it_up_says(straight: Finished, set_up: Finished) -> None:
    assert straight.report.verdicts == set_up.report.verdicts
    assert set(straight.counts("nodejs")) == {str(kind) for kind in KINDS}, "each kind has to be looked at"
    assert straight.status == set_up.status == 1


def test_pytest_counts_and_tells_the_items_of_a_replay_as_any_others(straight: Finished, set_up: Finished) -> None:
    def told(finished: Finished) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
        cases = ElementTree.parse(finished.out / "junit.xml").iter("testcase")
        return [(case.get("name", ""), [(one.tag, one.get("message"), one.text) for one in case]) for case in cases]

    assert told(straight) == told(set_up)
    errors = straight.counts("nodejs")[str(Verdict.INCONCLUSIVE)]
    assert re.search(rf"\b{errors} errors\b", straight.terminal), "who has no History to judge has not failed"
    skipped = [line for line in straight.terminal.splitlines() if line.startswith("SKIPPED")]
    assert skipped == [line for line in set_up.terminal.splitlines() if line.startswith("SKIPPED")]
    assert all("conformance/test_" in line for line in skipped)


def test_a_replay_begins_no_workers_of_its_own_accord(straight: Finished) -> None:
    assert "workers" not in straight.terminal


def test_workers_that_are_asked_for_replay_alike(
    saved: str, straight: Finished, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = replayed(saved, tmp_path_factory, "-n", "2")
    assert "2 workers" in shared.terminal
    assert shared.report.verdicts == straight.report.verdicts


def test_the_first_failure_ends_a_replay_that_is_asked_to(saved: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    ended = replayed(saved, tmp_path_factory, "-n", "0", "-x")
    assert "stopping after 1 failures" in ended.terminal
    assert sum(one.verdict.red for one in ended.report.verdicts) == 1


def test_who_judges_what_was_saved_imports_nothing_that_drives_draws_or_generates() -> None:
    unneeded = ("docker", "requests", "testcontainers", "jsonschema", "ruamel", "jinja2", "rich", "hypothesis")
    program = f"""
import sys, conftest
from conformance.judging import checks
checks.import_all()
print([name for name in {unneeded} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=harness.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
