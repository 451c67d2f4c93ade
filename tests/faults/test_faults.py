"""The shipped faults, and faults that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.judging.suite import Suite
from conformance.proof.faults import SAMPLE, Broken, all_faults, unbroken
from conformance.tables import catalogue
from conformance.tables.catalogue import CatalogueError, Level
from fixtures.history.events import FaultTaken, LogLine
from fixtures.platform.faults.registry import PlatformFault, platform_faults
from fixtures.platform.parts import REFERENCE, Parts, Taken
from runtimes.faults import FaultError, RuntimeFault, discover_faults
from runtimes.render import IN_FORCE, render
from runtimes.subjects import Subject, discover
from tests.reports.builders import history
from tests.runtimes.test_definition import WHOLE, a_runtime

KNOWN = catalogue.load()
PROFILE = catalogue.load_profiles()["seeds"]
SUBJECTS = {one.name: one for one in discover() if isinstance(one, Subject)}
FAULTS = all_faults(KNOWN, PROFILE)
SUITE = Suite.of(tuple(SUBJECTS.values()), KNOWN, PROFILE)
OVERLAYS = [fault for fault in FAULTS if fault.broken is Broken.RUNTIME]


def nothing_is_broken(_: Taken) -> Parts:
    """Does everything right."""
    return REFERENCE


def a_platform(**changes: str) -> PlatformFault:
    given = {"requirement": "pre-stop.runs-once", "variant": "", "subject": "nodejs", "text": "Does it wrong."}
    return PlatformFault(**{**given, **changes}, breaking=nothing_is_broken)


# ------------------------------------------------------------------------------------------------ what is shipped


def test_there_are_faults_of_every_runtime_of_both_wires_and_of_the_platform() -> None:
    broken = {fault.subject.folder.name for fault in OVERLAYS}
    assert broken == {one.folder.name for one in SUBJECTS.values()}
    assert {"http", "runtime-api"} <= {fault.subject.wire for fault in OVERLAYS}
    assert {"http", "runtime-api"} <= {fault.subject.wire for fault in FAULTS if fault.broken is Broken.PLATFORM}


def test_every_must_is_broken_by_a_fault() -> None:
    assert [one.id for one in unbroken(KNOWN, FAULTS) if one.level is Level.MUST] == []


def test_names_are_unique_and_begin_with_what_is_broken() -> None:
    names = [fault.id for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert all(fault.id.split("/")[1].split("~")[0] == fault.requirement.id for fault in FAULTS)


def test_every_fault_says_in_a_sentence_what_goes_wrong() -> None:
    assert [fault.id for fault in FAULTS if not fault.text.endswith(".") or len(fault.text) > 200] == []


def test_every_fault_can_be_driven_through_a_scenario_on_which_its_requirement_is_judged() -> None:
    assert [fault.id for fault in FAULTS if not SUITE.scenarios(fault.subject.name, fault.requirement.id)] == []


@pytest.mark.parametrize("fault", OVERLAYS, ids=[fault.id for fault in OVERLAYS])
def test_an_overlay_changes_its_reference_and_says_when_it_is_in_force(fault: object) -> None:
    assert fault in OVERLAYS
    (found,) = [one for one in OVERLAYS if one is fault]
    reference = render(replace(found.subject, overlay=None), base_image="base", base_image_id="1")
    broken = render(found.subject, base_image="base", base_image_id="1")
    changed = [path for path in reference.files if reference.files[path] != broken.files[path]]
    assert changed
    assert any(IN_FORCE + found.id in broken.files[path] for path in changed)


def test_no_reference_knows_of_faults() -> None:
    contexts = [render(one, base_image="b", base_image_id="1") for one in SUBJECTS.values()]
    texts = [text for context in contexts for text in context.files.values()]
    assert not any(IN_FORCE in text for text in texts)


def test_every_template_of_an_overlay_takes_the_place_of_one_of_the_reference_or_is_included_by_one() -> None:
    lost = []
    for fault in OVERLAYS:
        assert fault.subject.overlay is not None
        folder = fault.subject.overlay.folder
        used = set(fault.subject.definition.files.values())
        texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.j2")]
        lost += [
            f"{fault.id}/{path.name}"
            for path in folder.iterdir()
            if path.name not in {*used, "fault.toml"} and not any(f'"{path.name}"' in text for text in texts)
        ]
    assert lost == []


def test_the_sample_has_every_runtime_both_wires_and_the_platform() -> None:
    known = {fault.id: fault for fault in FAULTS}
    assert set(SAMPLE) <= set(known)
    sample = [known[name] for name in SAMPLE]
    assert {fault.subject.folder.name for fault in sample if fault.broken is Broken.RUNTIME} == {
        fault.subject.folder.name for fault in OVERLAYS
    }
    assert {fault.subject.wire for fault in sample if fault.broken is Broken.PLATFORM} >= {"http", "runtime-api"}


def test_every_platform_fault_is_found_with_its_text() -> None:
    assert all(fault.text for fault in platform_faults())
    assert platform_faults() == platform_faults()


# ------------------------------------------------------------------------------------------------ in force


def test_a_broken_runtime_is_in_force_when_its_own_line_is_in_the_log() -> None:
    fault = OVERLAYS[0]
    said = LogLine(t=1, read_t=1, text=IN_FORCE + fault.id)
    assert fault.in_force(history([said]))
    assert not fault.in_force(history([]))
    assert not fault.in_force(history([LogLine(t=1, read_t=1, text=IN_FORCE + fault.id + "x")]))
    assert not fault.in_force(history([FaultTaken(t=1)]))


def test_a_broken_platform_is_in_force_when_it_has_said_so_itself() -> None:
    fault = next(fault for fault in FAULTS if fault.broken is Broken.PLATFORM)
    assert fault.in_force(history([FaultTaken(t=1)]))
    assert not fault.in_force(history([LogLine(t=1, read_t=1, text=IN_FORCE + fault.id)]))


# ------------------------------------------------------------------------------------------------ what cannot be used


def test_a_fault_of_an_unknown_requirement_is_refused() -> None:
    with pytest.raises(CatalogueError, match=r"pre-stop\.runs-thrice"):
        all_faults(KNOWN, PROFILE, runtimes=(), platforms=[a_platform(requirement="pre-stop.runs-thrice")])


def test_a_fault_on_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(FaultError, match="no runtime cobol"):
        all_faults(KNOWN, PROFILE, runtimes=(), platforms=[a_platform(subject="cobol")])


def test_a_fault_of_what_cannot_fail_is_refused() -> None:
    (note, *_) = [one.id for one in KNOWN.requirements if one.level is Level.NOTE]
    with pytest.raises(FaultError, match="a NOTE cannot fail"):
        all_faults(KNOWN, PROFILE, runtimes=(), platforms=[a_platform(requirement=note)])


def test_a_fault_on_a_runtime_that_its_requirement_is_not_about_is_refused() -> None:
    broken = a_platform(requirement="pre-freeze.once-per-freeze", subject="python")
    with pytest.raises(FaultError, match="not judged on python"):
        all_faults(KNOWN, PROFILE, runtimes=(), platforms=[broken])


def test_a_fault_without_a_text_is_refused() -> None:
    with pytest.raises(FaultError, match="does not say what goes wrong"):
        all_faults(KNOWN, PROFILE, runtimes=(), platforms=[a_platform(text="")])


def test_every_requirement_but_the_notes_is_unbroken_without_faults() -> None:
    without = {one.id for one in unbroken(KNOWN, ())}
    assert without == {one.id for one in KNOWN.requirements if one.level is not Level.NOTE}


def an_overlay(root: Path, toml: str | None, template: str | None = "handler.x.j2") -> Path:
    path = a_runtime(root)
    folder = path.parent / "faults" / "pre-stop.runs-once~twice"
    folder.mkdir(parents=True)
    if toml is not None:
        (folder / "fault.toml").write_text(toml)
    if template is not None:
        (folder / template).write_text("wrong\n")
    return folder


def test_a_broken_runtime_is_found_with_its_requirement_and_its_subject(tmp_path: Path) -> None:
    an_overlay(tmp_path, 'text = "Runs it twice."\n')
    (found,) = discover_faults(tmp_path)
    assert isinstance(found, RuntimeFault)
    assert (found.id, found.requirement) == ("language/pre-stop.runs-once~twice", "pre-stop.runs-once")
    assert found.subject.name == "language"
    assert render(found.subject, base_image="b", base_image_id="1").files["index.x"] == "wrong\n"


@pytest.mark.parametrize(
    ("toml", "template", "says"),
    [
        (None, "handler.x.j2", "fault.toml: cannot be read"),
        ("text =", "handler.x.j2", "fault.toml: "),
        ('text = ""', "handler.x.j2", "fault.toml: "),
        ('text = "x"\nsubjects = "y"', "handler.x.j2", "unknown field `subjects`"),
        ('text = "x"\nsubject = "other"', "handler.x.j2", "no subject other beside it; there are language"),
        ('text = "x"', "handlers.x.j2", "replaces no template of language; those are"),
        ('text = "x"', None, "replaces no template of language; those are"),
    ],
)
def test_a_broken_runtime_that_cannot_be_used_names_its_file_and_what_is_wrong(
    tmp_path: Path, toml: str | None, template: str | None, says: str
) -> None:
    an_overlay(tmp_path, toml, template)
    with pytest.raises(FaultError) as raised:
        discover_faults(tmp_path)
    assert says in str(raised.value)
    assert "pre-stop.runs-once~twice" in str(raised.value)


def test_an_optional_subject_is_broken_only_by_name(tmp_path: Path) -> None:
    second = WHOLE[WHOLE.index("[[subject]]") :].replace('"language"', '"language-old"') + "optional = true\n"
    folder = an_overlay(tmp_path, 'text = "x"\nsubject = "language-old"')
    (tmp_path / "language" / "runtime.toml").write_text(WHOLE + second)
    assert discover_faults(tmp_path)[0].id.startswith("language-old/")
    (folder / "fault.toml").write_text('text = "x"')
    assert discover_faults(tmp_path)[0].id.startswith("language/")
