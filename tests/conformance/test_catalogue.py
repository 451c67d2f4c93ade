"""The catalogue's rules, the profiles, and which requirement applies to whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from conformance.judging import checks
from conformance.scenarios.scenarios import SCENARIOS
from conformance.scenarios.sequences import EVERY_SEQUENCE
from conformance.tables import catalogue
from conformance.tables.catalogue import (
    Applies,
    CatalogueError,
    Level,
    Profile,
    Requirement,
    SourceKind,
    SubjectHooks,
    hooks_of,
    load_profiles,
    why_not_applicable,
)
from conformance.tables.rungs import Rung
from fixtures.history.events import Call
from runtimes.definition import HookResult, Wire
from runtimes.subjects import BrokenRuntime, Subject, discover
from tests.conformance.builders import FULL, PARTIAL, PROFILE, SILENT, subject
from tests.conformance.checking import CATALOGUE, REGISTERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from runtimes.definition import HookName

ENTRY = """
[[requirement]]
id = "{id}"
family = "{family}"
level = "{level}"
text = "Something holds."
source = "a page, a section"
source-kind = "{kind}"
stands-on = [{stands}]
"""


def written(folder: Path, *entries: dict[str, str], more: str = "") -> Path:
    """A catalogue file with one family and these entries."""
    usual = {"id": "family.holds", "family": "family", "level": "MUST", "kind": "src", "stands": '"records"'}
    path = folder / "requirements.toml"
    path.write_text('[family]\nfamily = "A family"\n' + "".join(ENTRY.format(**usual | one) for one in entries) + more)
    return path


def requirement(**applies: object) -> Requirement:
    """A requirement that applies under these conditions."""
    rule = msgspec.convert(applies, Applies)
    return Requirement(
        "family.holds", "family", Level.MUST, "Something holds.", "a page", SourceKind.SRC, (Rung.RECORDS,), rule
    )


# ------------------------------------------------------------------------------------------------ the file


def test_a_catalogue_keeps_the_order_of_its_file(tmp_path: Path) -> None:
    read = catalogue.load(written(tmp_path, {"id": "b.holds"}, {"id": "a.holds"}))
    assert [one.id for one in read.requirements] == ["b.holds", "a.holds"]
    assert read.requirement("a.holds").level is Level.MUST


def test_an_unknown_requirement_is_named(tmp_path: Path) -> None:
    read = catalogue.load(written(tmp_path, {}))
    with pytest.raises(CatalogueError, match=r"no requirement is called 'family.breaks'"):
        read.requirement("family.breaks")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{}, {}], "family.holds is used twice"),
        ([{"family": "stranger"}], "'stranger' is not described"),
        ([{"kind": "vendor"}], "a MUST rests on the source pages"),
        ([{"kind": "open", "level": "SHOULD"}], "at most a NOTE"),
        ([{"kind": "open"}], "a MUST rests on the source pages"),
        ([{"id": "Not-An-Id"}], r"\$.requirement\[0\].id"),
        ([{"level": "MAY"}], r"\$.requirement\[0\].level"),
        ([{"stands": '"lines", "records"'}], "names the strongest first, each once"),
        ([{"stands": '"lines", "lines"'}], "names the strongest first, each once"),
        ([{"stands": '"hearsay"'}], r"\$.requirement\[0\].stands-on"),
        ([{"stands": ""}], r"\$.requirement\[0\].stands-on"),
    ],
)
def test_a_catalogue_that_breaks_a_rule_is_refused_with_its_file_and_entry(
    tmp_path: Path, entries: list[dict[str, str]], message: str
) -> None:
    path = written(tmp_path, *entries)
    with pytest.raises(CatalogueError, match=message) as raised:
        catalogue.load(path)
    assert str(path) in str(raised.value)


def test_what_is_documented_nowhere_may_be_a_note(tmp_path: Path) -> None:
    read = catalogue.load(
        written(tmp_path, {"kind": "open", "level": "NOTE"}, {"id": "a.b", "kind": "vendor", "level": "NOTE"})
    )
    assert [one.level for one in read.requirements] == [Level.NOTE, Level.NOTE]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("severity = 1\n", "severity"),
        ("applies.hooks = ['post-freeze']\n", "applies.hooks"),
        ("applies.languages = []\n", "languages"),
    ],
)
def test_an_entry_with_an_unknown_key_or_value_is_refused(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        catalogue.load(written(tmp_path, {}, more=more))


@pytest.mark.parametrize("load", [catalogue.load, catalogue.load_profiles])
def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path, load: Callable[[Path], object]) -> None:
    with pytest.raises(CatalogueError, match=r"nowhere\.toml: cannot be read"):
        load(tmp_path / "nowhere.toml")
    (tmp_path / "broken.toml").write_text("= 1")
    with pytest.raises(CatalogueError, match=r"broken\.toml"):
        load(tmp_path / "broken.toml")


# ------------------------------------------------------------------------------------------------ the real one


def test_every_requirement_has_one_check_and_every_check_a_requirement() -> None:
    judged = [registered.requirement for registered in REGISTERED.values()]
    assert sorted(judged) == sorted(one.id for one in CATALOGUE.requirements)


def test_every_family_has_a_requirement() -> None:
    assert {one.family for one in CATALOGUE.requirements} == set(CATALOGUE.families)


def test_every_scenario_is_used_by_a_check() -> None:
    used = {name for registered in REGISTERED.values() for name in registered.on}
    assert used == {EVERY_SEQUENCE, *(one.name for one in SCENARIOS)}


def test_every_scenario_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
    assert all(one.text for one in SCENARIOS)


def test_every_shipped_runtime_is_in_every_profile() -> None:
    names = {one.name for one in discover()}
    profiles = catalogue.load_profiles()
    assert "seeds" in profiles
    for profile in profiles.values():
        assert set(profile.subjects) == names, profile.name


def test_every_requirement_is_judged_on_a_shipped_runtime_in_some_profile() -> None:
    subjects = [one for one in discover() if isinstance(one, Subject)]
    profiles = catalogue.load_profiles()
    only_elsewhere = set()
    for registered in REGISTERED.values():
        one = CATALOGUE.requirement(registered.requirement)
        judged_in = {
            profile.name
            for profile in profiles.values()
            for case in checks.cases(one, registered.on, subjects, profile)
            if not case.not_applicable
        }
        assert judged_in, one.id
        if "seeds" not in judged_in:
            only_elsewhere.add(one.family)
    # The two pages say nothing of the initializer.
    assert only_elsewhere == {"initializer"}


def test_a_check_for_a_scenario_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="no scenario is called 'three-freezes'"):
        checks.judges("family.holds", on=("three-freezes",))


# ------------------------------------------------------------------------------------------------ who is meant


def test_a_profile_that_says_nothing_of_a_subject_is_named() -> None:
    silent = Profile("silent", "", "", {})
    with pytest.raises(CatalogueError, match="the profile silent says nothing of full"):
        why_not_applicable(requirement(), FULL, silent)


@pytest.mark.parametrize("of", [FULL, PARTIAL, SILENT], ids=lambda of: of.name)
def test_a_requirement_without_a_condition_applies_to_everybody(of: Subject) -> None:
    assert why_not_applicable(requirement(), of, PROFILE) is None


@pytest.mark.parametrize(
    ("applies", "of", "reason"),
    [
        ({"runtimes": ["python"]}, PARTIAL, None),
        ({"runtimes": ["nodejs", "python"]}, FULL, "the requirement is about nodejs, python"),
        ({"wires": ["http"]}, FULL, None),
        ({"wires": ["none"]}, FULL, "Full is spoken to by HTTP, the requirement is about no web server"),
        ({"wires": ["http", "runtime-api"]}, SILENT, "HTTP or the Runtime API"),
        ({"hooks": ["pre-freeze", "pre-stop"]}, FULL, None),
        ({"hooks": ["pre-freeze"]}, PARTIAL, "profile of-the-tests: PreFreeze cannot be configured for Partial"),
        ({"hooks": ["pre-stop"]}, SILENT, "hooks of Silent have no effect: it is no web server"),
        ({"lacks": ["pre-freeze"]}, FULL, "PreFreeze can be configured for Full"),
        ({"lacks": ["pre-freeze"]}, PARTIAL, None),
        ({"lacks": ["pre-freeze"]}, SILENT, None),
        ({"hook_results": ["callback", "return"]}, FULL, None),
        ({"hook_results": ["response"]}, FULL, "hands nothing back in that way: exports.preFreeze"),
        ({"concurrent": True}, FULL, None),
        ({"concurrent": True}, SILENT, "one request at a time"),
    ],
)
def test_a_condition_tells_to_whom_a_requirement_applies(
    applies: dict[str, object], of: Subject, reason: str | None
) -> None:
    kebab = {key.replace("_", "-"): value for key, value in applies.items()}
    found = why_not_applicable(requirement(**kebab), of, PROFILE)
    assert found is None if reason is None else reason in (found or "")


def test_a_context_that_lacks_a_field_gives_the_runtimes_own_reason() -> None:
    of = subject("full", context_lacks={"region": "there is no getter for it"})
    assert why_not_applicable(requirement(context=["region"]), of, PROFILE) == "there is no getter for it"
    assert why_not_applicable(requirement(context=["request_id"]), of, PROFILE) is None


def test_all_conditions_have_to_hold_together() -> None:
    rule = requirement(hooks=["pre-stop"], concurrent=True)
    assert why_not_applicable(rule, FULL, PROFILE) is None
    assert why_not_applicable(rule, subject("full", concurrency=1), PROFILE) is not None


# ------------------------------------------------------------------------------------------------ cases


def test_a_subject_has_a_case_for_each_scenario_that_it_can_be_driven_through() -> None:
    found = checks.cases(requirement(), ("two-freezes", "single-run"), [FULL, SILENT], PROFILE)
    assert [case.id for case in found] == ["full-two-freezes", "full-single-run", "silent-single-run"]
    assert not any(case.not_applicable for case in found)


def test_a_subject_to_which_a_requirement_does_not_apply_has_one_case_with_the_reason() -> None:
    found = checks.cases(requirement(hooks=["pre-freeze"]), ("two-freezes", "single-run"), [PARTIAL], PROFILE)
    assert [(case.id, case.scenario) for case in found] == [("python", "")]
    assert "PreFreeze cannot be configured" in found[0].not_applicable


def test_a_subject_that_no_scenario_can_drive_has_one_case_with_the_first_obstacle() -> None:
    found = checks.cases(requirement(), ("overlapping-requests",), [subject("full", concurrency=1)], PROFILE)
    assert [case.id for case in found] == ["full"]
    assert "sends 3 at once" in found[0].not_applicable


def test_a_broken_runtime_has_one_case_so_that_it_is_reported() -> None:
    broken = BrokenRuntime("broken", Path("nowhere"), "no key")
    found = checks.cases(requirement(hooks=["pre-freeze"]), ("two-freezes", "single-run"), [broken], PROFILE)
    assert [(case.id, case.not_applicable) for case in found] == [("broken-two-freezes", "")]


@pytest.mark.parametrize(
    ("scenario", "of", "obstacle"),
    [
        ("two-freezes", FULL, None),
        ("two-freezes", SILENT, "takes one invocation, two-freezes makes 2"),
        ("single-run", SILENT, None),
        ("uninvited-pre-freeze", subject("api", wire=Wire.RUNTIME_API), "needs another way to speak"),
        ("overlapping-requests", subject("three", concurrency=3), None),
        ("overlapping-requests", subject("two", concurrency=2), "takes 2 request at a time"),
        ("two-at-once-anyway", subject("one", concurrency=1), None),
        ("two-at-once-anyway", subject("two", concurrency=2), "declares that it takes 2 requests at a time"),
        ("two-at-once-anyway", replace(subject("one", concurrency=1), declares_concurrency=False), "declares nothing"),
    ],
)
def test_a_scenario_says_whom_it_cannot_drive(scenario: str, of: Subject, obstacle: str | None) -> None:
    found = next(one for one in SCENARIOS if one.name == scenario).why_not_drivable(of)
    assert found is None if obstacle is None else obstacle in (found or "")


@pytest.mark.parametrize("hooks", [(), ("pre-stop",), ("initialize", "pre-freeze")])
def test_the_maintainers_own_word_on_its_hooks_goes_before_the_profiles(hooks: tuple[HookName, ...]) -> None:
    profile = load_profiles()["seeds"]
    theirs = replace(subject("acme"), judged_as="nodejs")
    assert hooks_of(profile, theirs) == profile.subjects["nodejs"]
    found = hooks_of(profile, replace(theirs, hooks=hooks))
    assert list(found.supports) == [Call(hook) for hook in hooks]


def test_a_scenario_configures_the_subjects_own_handlers() -> None:
    by_name = {one.name: one for one in SCENARIOS}
    hooks = by_name["two-freezes"].hooks(FULL)
    assert [(hook.call, hook.handler) for hook in hooks] == [
        (Call.PRE_FREEZE, "index.preFreeze"),
        (Call.PRE_STOP, "index.preStop"),
    ]
    assert by_name["no-hook-configured"].hooks(FULL) == []


# ------------------------------------------------------------------------------------------------ lost workers


def test_an_item_whose_worker_died_is_inconclusive_and_known_by_its_node_id() -> None:
    nodeid = (
        "conformance/test_ordering.py::test_pre_stop_runs_once_in_the_life_of_an_instance"
        "[custom-container-stop-without-freeze]"
    )
    lost = checks.lost(nodeid, CATALOGUE, "worker 'gw0' crashed")
    assert lost is not None
    assert (lost.requirement, lost.runtime, lost.scenario) == (
        "pre-stop.runs-once",
        "custom-container",
        "stop-without-freeze",
    )
    assert lost.verdict == "INCONCLUSIVE"
    assert "worker 'gw0' crashed" in lost.message


def test_a_run_that_was_broken_off_says_of_the_checks_it_did_not_reach_that_nothing_can_be_said() -> None:
    check = "conformance/test_ordering.py::test_pre_stop_runs_once_in_the_life_of_an_instance"
    judged = checks.lost(f"{check}[nodejs-stop-without-freeze]", CATALOGUE, "judged already")
    assert judged is not None
    collected = [
        judged.nodeid,
        f"{check}[python-stop-without-freeze]",
        f"{check}[go-does-not-apply]",
        "tests/test_x.py::test_y[z]",
    ]
    (unreached,) = checks.not_reached(collected, [judged], CATALOGUE, "the run was interrupted")
    assert (unreached.runtime, unreached.scenario) == ("python", "stop-without-freeze")
    assert (unreached.verdict, unreached.message) == ("INCONCLUSIVE", "the run was interrupted")


def test_a_lost_item_that_is_no_check_is_none() -> None:
    assert checks.lost("tests/test_x.py::test_y[z]", CATALOGUE, "crashed") is None


def test_a_profile_names_hooks_only() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"supports": ["post-stop"]}, SubjectHooks)
    assert set(PROFILE.subjects["python"].supports) == {Call.PRE_STOP}
    assert HookResult("callback") is FULL.hook_result
