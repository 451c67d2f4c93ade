"""What was observed where the contract is silent, runtime beside runtime."""

from __future__ import annotations

import pytest

from conformance.judging.verdict import Judgement, Verdict
from reports.observations import compare, is_observation
from tests.reports.builders import judgement, observation


def _told(*verdicts: Judgement) -> list[tuple[str, str, list[str]]]:
    """Hook, what was seen and of whom, in order."""
    (comparison,) = compare(verdicts)
    return [
        (aspect.hook, group.seen, [member.runtime for member in group.members])
        for aspect in comparison.aspects
        for group in aspect.groups
    ]


@pytest.mark.parametrize(
    "other",
    [
        judgement(level="NOTE"),
        judgement(Verdict.NOT_TESTABLE, level="NOTE", seen="0 of them"),
        judgement(Verdict.NOT_APPLICABLE, level="NOTE"),
        judgement(level="MUST", seen="20 laws hold"),
    ],
)
def test_only_a_note_that_tells_what_was_seen_is_an_observation(other: Judgement) -> None:
    assert is_observation(observation("status 404"))
    assert not is_observation(other)
    assert compare([other]) == ()


def test_runtimes_with_the_same_observation_stand_together() -> None:
    (comparison,) = compare([observation("entered", "python"), observation("entered", "go")])
    assert not comparison.differs
    assert _told(observation("entered", "python"), observation("entered", "go")) == [("", "entered", ["go", "python"])]


def test_runtimes_that_differ_make_groups_with_the_largest_first() -> None:
    told = _told(observation("a", "go"), observation("b", "java"), observation("b", "php"))
    assert told == [("", "b", ["java", "php"]), ("", "a", ["go"])]
    (comparison,) = compare([observation("a", "go"), observation("b", "java")])
    assert comparison.differs


def test_a_runtime_without_pre_freeze_does_not_differ_by_that() -> None:
    verdicts = [
        observation("PreFreeze: status 404; PreStop: status 404", "go"),
        observation("PreStop: status 404", "php"),
    ]
    assert _told(*verdicts) == [("PreFreeze", "status 404", ["go"]), ("PreStop", "status 404", ["go", "php"])]
    assert not compare(verdicts)[0].differs


def test_a_semicolon_within_what_was_seen_of_a_hook_divides_nothing() -> None:
    told = _told(observation("PreFreeze: waited 1 s; it did not come; PreStop: status 200"))
    assert told == [("PreFreeze", "waited 1 s; it did not come", ["nodejs"]), ("PreStop", "status 200", ["nodejs"])]


def test_a_text_that_only_mentions_a_hook_stays_whole() -> None:
    assert _told(observation("ended early; PreStop: none")) == [("", "ended early; PreStop: none", ["nodejs"])]


def test_times_that_lie_close_together_are_one_observation_with_a_range() -> None:
    told = _told(observation("ended 9 ms after a thaw", "go"), observation("ended 26 ms after a thaw", "java"))
    assert told == [("", "ended 9 to 26 ms after a thaw", ["go", "java"])]


def test_times_that_lie_far_apart_make_a_difference() -> None:
    told = _told(observation("ended 9 ms after a thaw", "go"), observation("ended 700 ms after a thaw", "java"))
    assert [group[1] for group in told] == ["ended 9 ms after a thaw", "ended 700 ms after a thaw"]


def test_each_of_several_times_counts_for_itself() -> None:
    told = _told(
        observation("8 ms, 10 ms", "go"), observation("9 ms, 10 ms", "java"), observation("8 ms, 400 ms", "php")
    )
    assert told == [("", "8 to 9 ms, 10 ms", ["go", "java"]), ("", "8 ms, 400 ms", ["php"])]


def test_numbers_that_are_no_times_are_never_taken_for_alike() -> None:
    assert len(_told(observation("exit code 3", "go"), observation("exit code 4", "java"))) == 2


def test_a_text_that_lacks_a_time_is_not_taken_for_one_that_has_it() -> None:
    assert len(_told(observation(" ms", "go"), observation("9 ms", "java"))) == 2


def test_each_scenario_is_a_comparison_of_its_own() -> None:
    found = compare([observation("a"), observation("b", scenario="stop"), observation("c", requirement="x.y")])
    assert [(one.requirement, one.scenario) for one in found] == [
        ("hooks.what-happens", "freeze-thaw"),
        ("hooks.what-happens", "stop"),
        ("x.y", "freeze-thaw"),
    ]
