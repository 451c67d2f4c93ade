"""What a run is asked for: what its options mean, and what is said of those that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.driving.asked import Asked, NotMeant, chosen, given_images, profile_of, reach, sequences_of
from conformance.judging.gaps import GapError
from conformance.scenarios.sequences import DEFAULT_SEED, SequenceError, saved
from conformance.tables.catalogue import load_profiles
from runtimes.subjects import BrokenRuntime, Subject, discover

THERE = discover()
NAMES = [subject.name for subject in THERE]
OPTIONAL = [subject.name for subject in THERE if isinstance(subject, Subject) and subject.table.optional]
BROKEN = BrokenRuntime("cobol", Path("cobol"), "no key [handlers]")


def _names(subjects: tuple[Subject | BrokenRuntime, ...]) -> list[str]:
    return [subject.name for subject in subjects]


def test_a_run_without_options_judges_every_subject_that_is_not_optional_on_generated_sequences() -> None:
    asked = Asked.of(profile="seeds")
    assert OPTIONAL, "no subject is optional, so none can be left out"
    assert _names(asked.subjects) == [name for name in NAMES if name not in OPTIONAL]
    assert asked.profile.name == "seeds"
    assert asked.catalogue.requirements
    assert (asked.sequences.seed, asked.sequences.count, asked.sequences.replayed) == (DEFAULT_SEED, None, None)
    assert (asked.images, asked.gaps) == ({}, ())


def test_every_option_stands_in_the_value(tmp_path: Path) -> None:
    asked = Asked.of(
        profile="fc2",
        runtimes=["nodejs"],
        images=["nodejs=mine:1"],
        count=3,
        seed=7,
        replayed=tmp_path,
    )
    assert (asked.profile.name, _names(asked.subjects), asked.images) == ("fc2", ["nodejs"], {"nodejs": "mine:1"})
    assert (asked.sequences.count, asked.sequences.seed, asked.sequences.replayed) == (3, 7, tmp_path.resolve())


def test_a_file_of_gaps_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(GapError, match="cannot be read"):
        Asked.of(profile="seeds", declared=tmp_path / "gone.toml")


def test_a_profile_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NotMeant, match=r"--profile fc9: .*there are fc2, fc3, seeds"):
        profile_of("fc9", load_profiles())


def test_subjects_come_in_the_order_of_the_folders_whatever_order_they_are_named_in() -> None:
    assert _names(chosen(["python", "go"], THERE)) == ["go", "python"]


def test_an_optional_subject_is_chosen_where_it_is_named() -> None:
    assert _names(chosen(OPTIONAL, THERE)) == OPTIONAL


def test_a_broken_runtime_is_chosen_as_any_other() -> None:
    assert chosen([], (BROKEN,)) == (BROKEN,)
    assert chosen(["cobol"], (*THERE, BROKEN)) == (BROKEN,)


def test_a_misspelt_runtime_is_told_with_the_one_that_may_be_meant() -> None:
    with pytest.raises(NotMeant, match=r"--runtime nodjs: .*did you mean nodejs\? there are .*python"):
        chosen(["nodejs", "nodjs"], THERE)


def test_a_runtime_that_resembles_none_is_told_without_a_guess() -> None:
    with pytest.raises(NotMeant, match="no such runtime; there are "):
        chosen(["zzz"], THERE)


def test_an_image_is_given_by_the_name_of_its_subject() -> None:
    assert given_images(["go=a:1", "php=b@sha256:00=1"], THERE) == {"go": "a:1", "php": "b@sha256:00=1"}


@pytest.mark.parametrize("text", ["nodejs=", "=mine:1", "nodjs=mine:1"])
def test_what_is_no_runtime_and_image_is_told(text: str) -> None:
    with pytest.raises(
        NotMeant, match=f"--image {text}: expected RUNTIME=IMAGE or IMAGE, with RUNTIME one of .*nodejs"
    ):
        given_images([text], THERE)


def test_an_image_of_a_runtime_that_is_not_judged_is_told() -> None:
    with pytest.raises(NotMeant, match="go is not judged in this run; add --runtime go"):
        given_images(["go=mine:1"], THERE, ["nodejs"])


def test_a_second_image_of_a_runtime_is_told() -> None:
    with pytest.raises(NotMeant, match="--image go=mine:2: go has an image already, mine:1"):
        given_images(["go=mine:1", "go=mine:2"], THERE)


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (None, -1), (4, -1)])
def test_a_negative_number_of_sequences_cannot_be_meant(count: int | None, seed: int) -> None:
    with pytest.raises(NotMeant, match="not negative"):
        sequences_of(count, seed, (), None)


def test_no_sequences_at_all_can_be_meant() -> None:
    assert sequences_of(0, 0, (), None).count == 0


def test_saved_sequences_are_driven_beside_those_that_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.json").write_text('{"steps":[]}', encoding="utf-8")
    assert sequences_of(None, 1, [Path("mine.json")], None).files == (*saved(), tmp_path.resolve() / "mine.json")


def test_the_file_of_a_sequence_is_read_before_anything_is_driven(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"gone\.json"):
        sequences_of(None, 1, [tmp_path / "gone.json"], None)


@pytest.mark.parametrize(
    ("argument", "reaches"),
    [
        ("conformance", True),
        ("conformance/test_freeze.py::test_x[nodejs-two-freezes]", True),
        (".", True),
        ("..", True),
        ("tests", False),
        ("tests/conformance", False),
        ("conformance-of-another", False),
    ],
)
def test_arguments_reach_into_a_folder_or_around_it(argument: str, reaches: bool, tmp_path: Path) -> None:
    assert reach([argument], tmp_path / "conformance", start=tmp_path) is reaches


def test_one_argument_of_several_is_enough_to_reach_into_a_folder(tmp_path: Path) -> None:
    assert reach(["tests", tmp_path / "conformance" / "test_x.py"], tmp_path / "conformance", start=tmp_path)
    assert not reach([], tmp_path / "conformance", start=tmp_path)
