"""The shipped sound runtimes, what becomes of one in a run, and those that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.judging.suite import Suite
from conformance.judging.verdict import Verdict
from conformance.proof.sound import Sound, in_force, scenarios_of, sound_of
from conformance.tables import catalogue
from fixtures.history.events import LogLine
from reports.commands.fault_command import SOUND_SAMPLE
from reports.proof import kill_matrix_page
from reports.proof.kill_matrix import assemble, headline, summary
from runtimes.render import IN_FORCE, render
from runtimes.sound import SoundError, SoundRuntime, discover_sound
from runtimes.subjects import Subject, discover
from tests.faults.builders import facts, judgement, kill, sight
from tests.reports.builders import history
from tests.runtimes.test_definition import WHOLE, a_runtime

if TYPE_CHECKING:
    from pathlib import Path

SUBJECTS = tuple(one for one in discover() if isinstance(one, Subject))
SUITE = Suite.of(SUBJECTS, catalogue.load(), catalogue.load_profiles()["seeds"])
SOUND = discover_sound()
ONE = SOUND[0]


def became(*sights: Any, **changes: Any) -> Sound:
    return sound_of(replace(ONE, **{"note": "", **changes}), sights)


# ------------------------------------------------------------------------------------------------ what is shipped


def test_every_sound_runtime_says_in_a_sentence_what_is_unusual_and_why_it_is_right() -> None:
    assert SOUND
    sentences = [(one.id, text) for one in SOUND for text in (one.text, one.why)]
    assert [name for name, text in sentences if not text.endswith(".") or len(text) > 200] == []


@pytest.mark.parametrize("sound", SOUND, ids=[one.id for one in SOUND])
def test_a_sound_runtime_differs_from_its_reference_and_says_when_it_does(sound: SoundRuntime) -> None:
    reference = render(replace(sound.subject, overlay=None), base_image="base", base_image_id="1")
    unusual = render(sound.subject, base_image="base", base_image_id="1")
    changed = [path for path in reference.files if reference.files[path] != unusual.files[path]]
    assert any(IN_FORCE + sound.id in unusual.files[path] for path in changed)


def test_every_sound_runtime_is_driven_through_scenarios_of_its_subject() -> None:
    assert all(scenarios_of(one, SUITE) for one in SOUND)
    whole = [one for one in SOUND if not one.scenarios]
    assert whole
    assert all(scenarios_of(one, SUITE) == SUITE.scenarios(one.subject.name) for one in whole)


def test_the_sample_names_sound_runtimes() -> None:
    assert set(SOUND_SAMPLE) <= {one.id for one in SOUND}


# ------------------------------------------------------------------------------------------------ what becomes of one


def test_a_sound_runtime_on_which_nothing_is_red_is_left_alone() -> None:
    assert became(sight(judgement())).left_alone
    assert became(sight(judgement())).verdicts == {"PASS": 1}


@pytest.mark.parametrize("verdict", [one for one in Verdict if one.red])
def test_any_red_verdict_on_a_sound_runtime_is_told(verdict: Verdict) -> None:
    found = became(sight(judgement(verdict=verdict)))
    assert not found.left_alone
    assert [(one.requirement, one.verdict) for one in found.red] == [("pre-stop.runs-once", verdict)]


def test_a_sound_runtime_that_did_nothing_unusual_proves_nothing() -> None:
    assert not became(sight(judgement(), in_force=False)).left_alone
    assert became(sight(judgement(), in_force=False), sight(judgement())).left_alone


def test_a_sound_runtime_that_was_not_driven_or_whose_drive_was_spoilt_proves_nothing() -> None:
    assert not became().left_alone
    assert not became(sight(judgement(), spoilt=True, trouble="no engine")).left_alone


def test_a_note_that_is_to_be_made_is_asked_for() -> None:
    noted = judgement(notes=("only the tolerant reading takes 3 lines",))
    assert became(sight(noted), note="tolerant").left_alone
    assert not became(sight(noted), note="hyphen").left_alone
    assert not became(sight(judgement()), note="tolerant").left_alone


def test_the_unusual_thing_was_done_when_the_runtime_says_so_by_a_line_of_its_own() -> None:
    assert in_force(ONE, history([LogLine(t=1, read_t=1, text=IN_FORCE + ONE.id)]))
    assert not in_force(ONE, history([LogLine(t=1, read_t=1, text=IN_FORCE + ONE.id + "x")]))
    assert not in_force(ONE, history([]))


# ------------------------------------------------------------------------------------------------ in the kill matrix


def test_a_matrix_is_as_wished_only_if_every_sound_runtime_is_left_alone() -> None:
    good = assemble(facts(), [kill()], {}, (), [became(sight(judgement()))])
    assert good.as_wished
    assert headline(good).endswith("; 1 of 1 sound runtimes left alone")
    red = assemble(facts(), [kill()], {}, (), [became(sight(judgement(verdict=Verdict.FAIL)))])
    assert not red.as_wished
    assert headline(red).endswith("; 0 of 1 sound runtimes left alone")


def test_a_run_of_sound_runtimes_alone_speaks_of_no_fault() -> None:
    made = assemble(facts(), [], {}, (), [became(sight(judgement()))])
    assert headline(made) == summary(made) == "GREEN: 1 of 1 sound runtimes left alone"


def test_what_is_wrong_about_a_sound_runtime_is_told_in_the_terminal_and_on_the_page() -> None:
    sounds = [
        became(sight(judgement(verdict=Verdict.FAIL))),
        became(sight(judgement(), in_force=False), note="tolerant"),
        became(sight(judgement(), spoilt=True, trouble="no engine")),
    ]
    said = summary(assemble(facts(), [], {}, (), sounds))
    assert f"NOT left alone: {ONE.id}: {ONE.text}\n    FAIL pre-stop.runs-once (two-freezes)" in said
    assert "it said in none of 1 drives that it did so\n    no note has the words 'tolerant'" in said
    assert "two-freezes: no engine" in said
    page = kill_matrix_page.render(assemble(facts(), [], {}, (), sounds))
    assert "it never did the unusual thing" in page
    assert "two-freezes: no engine" in page
    assert 'href="#sound"' in page


# ------------------------------------------------------------------------------------------------ what cannot be used


def laid(tmp_path: Path, text: str, template: str = "one.j2") -> Path:
    folder = a_runtime(tmp_path, WHOLE).parent
    sound = folder / "sound" / "unusual"
    sound.mkdir(parents=True)
    (sound / "sound.toml").write_text(text, encoding="utf-8")
    (sound / template).write_text("{{ in_force }}", encoding="utf-8")
    return sound


def test_a_scenario_that_its_subject_is_not_driven_through_is_refused() -> None:
    with pytest.raises(SoundError, match="is not driven through single-run-of-nobody"):
        scenarios_of(replace(ONE, scenarios=("single-run-of-nobody",)), SUITE)


def test_an_unknown_key_and_a_missing_reason_are_refused_with_the_file(tmp_path: Path) -> None:
    laid(tmp_path, 'text = "Does it."\nbecause = "So."\n')
    with pytest.raises(SoundError, match=r"sound\.toml: .*`(because|why)`"):
        discover_sound(tmp_path)


def test_an_overlay_that_replaces_no_template_is_refused(tmp_path: Path) -> None:
    laid(tmp_path, 'text = "Does it."\nwhy = "So."\n', template="nothing-has-this-name.j2")
    with pytest.raises(SoundError, match="replaces no template of"):
        discover_sound(tmp_path)
