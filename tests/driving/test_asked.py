"""What a run is asked for: what its options mean, and what is said of those that cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.driving.asked import (
    Asked,
    NotMeant,
    Outside,
    chosen,
    from_outside,
    given_images,
    profile_of,
    reach,
    sequences_of,
    told,
)
from conformance.judging.gaps import GapError
from conformance.scenarios.sequences import DEFAULT_SEED, SequenceError, saved
from conformance.tables.catalogue import load_profiles
from runtimes.subjects import BrokenRuntime, Given, Subject, discover

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


@pytest.mark.parametrize("seconds", [0.0, 0.1, -7.0, 3601.0, float("nan"), float("inf")])
def test_a_freeze_that_is_none_or_takes_more_than_an_hour_is_not_meant(seconds: float) -> None:
    with pytest.raises(NotMeant, match=r"^--freeze \S+: a freeze takes 0\.15 to 3600 s$"):
        Asked.of(profile="seeds", outlasting_s=seconds)


def test_the_longest_freeze_is_seven_seconds_or_what_is_asked_for() -> None:
    assert Asked.of(profile="seeds").outlasting_s == 7.0
    assert Asked.of(profile="seeds", outlasting_s=900.0).outlasting_s == 900.0


# ------------------------------------------------------------------------------------------ what others have built

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PYTHON = EXAMPLES / "samples" / "python"
TWO = EXAMPLES / "two-functions"


def outside(*images: str, **said: Any) -> list[str]:
    """Names of the subjects that these words of a command line name."""
    return [one.name for one in from_outside(images, Outside(**said), THERE)]


def a_file(folder: Path, text: str = 'image = "acme/runtime:1"', name: str = "acme.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_runtime_only_what_others_have_built_is_judged(tmp_path: Path) -> None:
    found = Asked.of(
        profile="seeds", images=["my/app:dev"], outside=Outside(files=[a_file(tmp_path)], projects=[PYTHON])
    )
    assert _names(found.subjects) == ["acme", "app", "reporter"]
    assert found.images == {}


def test_all_three_doors_are_mixed_with_runtimes_of_ours_and_images_in_their_place(tmp_path: Path) -> None:
    mixed = Outside(files=[a_file(tmp_path)])
    found = Asked.of(profile="seeds", runtimes=["php", "go"], images=["go=mine:1", "my/app"], outside=mixed)
    assert (_names(found.subjects), found.images) == (["go", "php", "acme", "app"], {"go": "mine:1"})
    alone = Asked.of(profile="seeds", images=["go=mine:1", "my/app"])
    assert _names(alone.subjects) == ["go", "app"], "a runtime whose image is given is named with it"


def test_options_beside_images_are_about_each_of_them() -> None:
    found = from_outside(["a", "b"], Outside(of_images=Given(8080, "GET /", "run me")), THERE)
    assert [(one.table.port, one.table.invoke, one.table.command) for one in found] == [
        (8080, "GET /", ["run", "me"])
    ] * 2


@pytest.mark.parametrize(
    ("given", "option"),
    [(Given(port=1), "--port"), (Given(invoke="GET /"), "--invoke"), (Given(command="x"), "--command")],
)
def test_an_option_that_is_about_an_image_needs_one(given: Given, option: str) -> None:
    with pytest.raises(NotMeant, match=f"^{option} says something of the images .* none is named; add --image IMAGE"):
        from_outside([], Outside(of_images=given, projects=[PYTHON]), THERE)


def test_a_runtimes_name_is_no_image_of_its_own() -> None:
    with pytest.raises(NotMeant, match=r"--image go: go is the name of a runtime; expected go=IMAGE .* or go:latest"):
        outside("go")
    assert outside("go:latest") == ["go-2"]


def test_a_function_needs_a_project_to_be_chosen_from() -> None:
    with pytest.raises(NotMeant, match="--function orders chooses from a project; add --project DIR"):
        outside(functions=["orders"])


def test_a_project_is_judged_whole_unless_some_of_its_functions_are_named() -> None:
    assert outside(projects=[TWO]) == ["orders-test", "status"]
    assert outside(projects=[TWO, PYTHON], functions=["status"]) == ["status", "reporter"]
    assert outside(projects=[TWO], functions=["status", "orders"]) == ["status", "orders-test"]


def test_a_function_of_no_project_is_told_with_those_that_are() -> None:
    with pytest.raises(NotMeant, match=r"--function stauts: no project has .*; there are orders, status, reporter"):
        outside(projects=[TWO, PYTHON], functions=["stauts"])


def test_names_that_come_twice_are_told_in_files_and_made_different_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(NotMeant, match=r"b/acme\.toml: acme is the name of \S+/acme\.toml already"):
        outside(files=[a_file(tmp_path), a_file(tmp_path / "b")])
    named = a_file(tmp_path, 'image = "x"\nname = "status"')
    assert outside("a/app:1", "b/app:2", files=[named], projects=[TWO]) == [
        *("status", "app", "app-2", "orders-test", "status-2")
    ]


def test_a_file_and_a_project_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotMeant, match=r"acme\.toml:1: prot: is no key of a subject; did you mean port\?"):
        outside(files=[a_file(tmp_path, "prot = 1")])
    with pytest.raises(NotMeant, match=r"there is no s\.yaml in this folder"):
        outside(projects=[tmp_path])


def test_what_nobody_has_said_of_a_subject_and_what_is_not_done_is_told(tmp_path: Path) -> None:
    lines = told(from_outside(["my/app"], Outside(files=[a_file(tmp_path)], projects=[PYTHON]), THERE))
    assert lines[0].startswith(
        f"acme: acme/runtime:1, from {tmp_path}/acme.toml; not said, so taken for given: a black box"
    )
    assert lines[1].startswith("app: my/app, from --image my/app; not said, so taken for given: wire http, port 9000")
    assert lines[2] == f"reporter: python3.10 on Python 3.11, from {PYTHON / 's.yaml'}:5"
    assert "  python3.10 is run on our reference of Python 3.11" in lines[3:]
    assert "  line 3: access: is not done: nothing is deployed with it" in lines[3:]
    assert told([*THERE, BROKEN]) == [], "of our own there is nothing to tell"


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


@pytest.mark.parametrize("option", ["images", "runtimes"])
def test_what_is_no_text_is_told_as_its_bytes(option: str) -> None:
    with pytest.raises(NotMeant, match=r"--(image|runtime) 'a\\udcff': is no text in this locale"):
        Asked.of(profile="seeds", **{option: ["a\udcff"]})  # type: ignore[arg-type]


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
