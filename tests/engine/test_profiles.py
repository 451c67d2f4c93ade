"""Runs under the other profiles, and of the one runtime that is judged only where it is named.

The reference runtimes keep the profile ``seeds``. They have an initializer all the same, and lose nothing where a
profile takes a hook away; where one asks for a hook that a reference has not, the verdicts have to say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from fixtures.history import store
from fixtures.history.events import Call
from tests.engine import harness
from tests.engine.engine_word import left_behind
from tests.engine.harness import Finished, mentions, nothing_but, runtimes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures.engine.connection import Engine

pytestmark = pytest.mark.engine

INITIALIZER = {
    "initializer.once-before-the-first-invocation",
    "initializer.answered-as-carried-out",
    "initializer.no-event",
    "initializer.shares-the-state",
    "initializer.start-and-end",
}
OLD_JAVA = "java-core-1-3"


@dataclass(frozen=True)
class Profiles:
    """One run for each profile, by name, and the process ids of all. ``fc2`` judges the python reference too."""

    old_java: Finished
    fc2: Finished
    fc3: Finished
    owners: tuple[int, ...]


@pytest.fixture(scope="module")
def profiles(references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Profiles:
    assert {"nodejs", "go", "python", OLD_JAVA} <= set(references)
    wanted = {
        "old_java": (
            *runtimes(OLD_JAVA),
            *("-k", "two-freezes] or uninvited-hooks] or overlapping-requests] or mistaken-update]"),
        ),
        "fc2": (*("--profile", "fc2"), *runtimes("nodejs", "go", "python"), *("-k", "two-freezes] or initializer]")),
        "fc3": (*("--profile", "fc3"), *runtimes("nodejs", "go"), *("-k", "two-freezes] or initializer]")),
    }
    folder = tmp_path_factory.mktemp("profiles")
    finished: dict[str, Finished] = {}
    owners: list[int] = []
    # One after the other: two runs side by side would take as long, and would disturb each other's times.
    for name, arguments in wanted.items():
        running = harness.start(*("-n", "2"), *arguments, out=folder / name)
        owners.append(running.pid)
        finished[name] = running.finish(60)
    return Profiles(**finished, owners=tuple(owners))


def test_java_below_its_first_library_with_hooks_is_green_and_was_seen_to_have_none(profiles: Profiles) -> None:
    run = profiles.old_java
    assert run.status == 0, run.terminal
    assert nothing_but(run.counts(OLD_JAVA), Verdict.PASS, Verdict.NOT_APPLICABLE), run.terminal
    assert run.one(OLD_JAVA, "unsupported.java-core-below-1-4").verdict is Verdict.PASS
    assert run.counts(OLD_JAVA)["PASS"] >= 20


def test_in_java_below_its_first_library_with_hooks_the_code_of_no_hook_runs_although_it_is_asked_for(
    profiles: Profiles,
) -> None:
    history = store.load(profiles.old_java.out / "histories" / f"{OLD_JAVA}--uninvited-hooks.json")
    for hook in (Call.PRE_FREEZE, Call.PRE_STOP):
        assert [exchange.sent.uninvited for exchange in history.exchanges(hook)] == [True]
        assert history.runs(hook) == ()
    assert len(history.runs(Call.INVOKE)) == 2


def test_java_below_its_first_library_with_hooks_has_an_image_of_its_own(
    profiles: Profiles, references: Mapping[str, str]
) -> None:
    (judged,) = profiles.old_java.report.runtimes
    assert judged.image.reference == references[OLD_JAVA]
    assert judged.image.reference.startswith("fc-conformance/java:")
    assert judged.image.reference != references["java"]


@pytest.mark.parametrize("profile", ["fc2", "fc3"])
@pytest.mark.parametrize("runtime", ["nodejs", "go"])
def test_a_reference_runtime_is_green_by_another_profile_and_its_initializer_is_judged(
    profiles: Profiles, profile: str, runtime: str
) -> None:
    run: Finished = getattr(profiles, profile)
    assert profile == "fc2" or run.status == 0, run.terminal
    assert nothing_but(run.counts(runtime), Verdict.PASS, Verdict.NOT_APPLICABLE), run.terminal
    assert {one.requirement: one.verdict for one in run.of(runtime) if one.family == "initializer"} == dict.fromkeys(
        INITIALIZER, Verdict.PASS
    )


@pytest.mark.parametrize("runtime", ["nodejs", "go"])
def test_a_profile_without_pre_freeze_judges_that_it_is_refused_and_never_runs(
    profiles: Profiles, runtime: str
) -> None:
    assert profiles.fc2.one(runtime, "pre-freeze.runs-before-every-freeze").verdict is Verdict.PASS
    by_fc3 = {one.requirement: one.verdict for one in profiles.fc3.of(runtime)}
    assert by_fc3["unsupported.pre-freeze-cannot-be-configured"] is Verdict.PASS
    assert by_fc3["unsupported.pre-freeze-never-runs"] is Verdict.PASS
    assert by_fc3.get("pre-freeze.runs-before-every-freeze", Verdict.NOT_APPLICABLE) is Verdict.NOT_APPLICABLE
    history = store.load(profiles.fc3.out / "histories" / f"{runtime}--two-freezes.json")
    assert history.exchanges(Call.PRE_FREEZE) == ()


def test_by_fc2_the_python_reference_fails_pre_freeze_which_it_has_by_no_normative_page(profiles: Profiles) -> None:
    run = profiles.fc2
    assert run.status == 1, run.terminal
    assert run.one("python", "pre-freeze.runs-before-every-freeze").verdict is Verdict.FAIL
    red = {one.requirement for one in run.of("python") if one.verdict in (Verdict.FAIL, Verdict.NOT_TESTABLE)}
    # Its server does not know the hook's path either, which has no hook in its name.
    mentions(run.one("python", "hooks.path-is-known").message, "/pre-freeze")
    without = {name for name in red if "pre-freeze" not in name} - {"hooks.path-is-known"}
    assert without == set(), f"red without being about PreFreeze: {without}\n{run.terminal}"
    passed = {one.requirement for one in run.of("python") if one.verdict is Verdict.PASS}
    assert passed >= INITIALIZER


def test_every_run_names_the_profile_that_it_judged_by(profiles: Profiles) -> None:
    named = [run.report.run.profile for run in (profiles.old_java, profiles.fc2, profiles.fc3)]
    assert named == ["seeds", "fc2", "fc3"]


def test_runs_by_other_profiles_leave_nothing(profiles: Profiles, engine: Engine) -> None:
    assert [left_behind(engine.client, owner) for owner in profiles.owners] == [[]] * 3
