"""From what a check did to a Judgement: the six verdicts, the evidence, the notes, and how they travel."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.driving.histories import ReplayedHistories, usable
from conformance.driving.scheduling import group_of
from conformance.judging.checks import Case
from conformance.judging.expect import NotTestable, Observation, Violation
from conformance.judging.gaps import Gap
from conformance.judging.judging import Inconclusive, judge
from conformance.judging.verdict import Judgement, Verdict, decode, encode
from conformance.tables.catalogue import Level, Requirement, SourceKind
from conformance.tables.rungs import Rung
from fixtures.history import store
from fixtures.history.events import Call, LogLine
from fixtures.history.history import Trouble
from runtimes.subjects import BrokenRuntime
from tests.conformance.builders import FULL, PROFILE, altered, conformant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.history import History
    from runtimes.subjects import Subject

TODAY = datetime.date(2026, 11, 22)
HISTORY = conformant(FULL, "two-freezes")
REQUIREMENT = Requirement(
    "family.holds", "family", Level.MUST, "Something holds.", "a page", SourceKind.SRC, (Rung.RECORDS,)
)
VIOLATION = Violation(expected="one run", seen="2", evidence=(HISTORY.events[7], None, HISTORY.events[3]))
BROKEN = BrokenRuntime("broken", Path("nowhere"), "runtime.toml: no key")


def judged(
    error: BaseException | None,
    *,
    history: History | None = HISTORY,
    declared: Sequence[Gap] = (),
    not_applicable: str = "",
    family: str = "family",
    of: Subject | BrokenRuntime = FULL,
) -> Judgement:
    requirement = msgspec.structs.replace(REQUIREMENT, family=family)
    case = Case(requirement, of, "" if not_applicable else "two-freezes", not_applicable)
    return judge(case, nodeid="a::b[c]", history=history, error=error, declared=declared, today=TODAY)


def gap(message: str = "one run") -> Gap:
    return Gap("family.holds", "full", "we know", datetime.date(2027, 1, 1), message)


def test_a_check_that_returns_is_a_pass() -> None:
    one = judged(None)
    assert (one.verdict, one.message, one.expected, one.seen, one.evidence) == (Verdict.PASS, "", "", "", ())
    assert (one.requirement, one.level, one.runtime, one.scenario) == ("family.holds", "MUST", "full", "two-freezes")
    assert one.history == "full--two-freezes.json"


def test_a_violation_is_a_failure_with_what_was_expected_and_seen() -> None:
    one = judged(VIOLATION)
    assert one.verdict is Verdict.FAIL
    assert (one.expected, one.seen) == ("one run", "2")
    assert one.message == "expected one run; seen: 2"


def test_evidence_is_kept_as_indexes_of_events_in_order_of_time() -> None:
    assert judged(VIOLATION).evidence == (3, 7)


def test_evidence_is_found_by_identity_and_not_by_equality() -> None:
    twin = msgspec.structs.replace(HISTORY.events[3])
    assert twin == HISTORY.events[3]
    assert judged(Violation(expected="a", seen="b", evidence=(twin,))).evidence == ()


def test_what_a_check_could_not_see_is_not_testable() -> None:
    one = judged(NotTestable(expected="a freeze", seen="none"))
    assert (one.verdict, one.expected, one.seen) == (Verdict.NOT_TESTABLE, "a freeze", "none")


@pytest.mark.parametrize("error", [VIOLATION, NotTestable(expected="a freeze", seen="none")])
def test_a_drive_that_ended_early_is_told_with_the_outcome(error: Exception) -> None:
    spoilt = msgspec.structs.replace(HISTORY, trouble=Trouble("subject", "it ended", "container c", ("a last line",)))
    message = judged(error, history=spoilt).message
    assert "the drive ended early: it ended" in message
    assert "| a last line" in message


def test_a_declared_violation_is_a_gap() -> None:
    one = judged(VIOLATION, declared=[gap()])
    assert one.verdict is Verdict.GAP
    assert one.message.startswith("we know (until 2027-01-01)")
    assert one.evidence == (3, 7)


def test_a_declared_gap_that_holds_is_a_failure() -> None:
    assert judged(None, declared=[gap()]).verdict is Verdict.FAIL


def test_a_declared_gap_with_another_failure_is_a_failure() -> None:
    assert judged(VIOLATION, declared=[gap("three runs")]).verdict is Verdict.FAIL


def test_what_does_not_apply_says_why_and_needs_no_history() -> None:
    one = judged(RuntimeError("skipped"), history=None, not_applicable="it has no such hook")
    assert (one.verdict, one.message, one.history) == (Verdict.NOT_APPLICABLE, "it has no such hook", "")


def test_a_failure_of_the_harness_is_inconclusive() -> None:
    one = judged(Inconclusive("the engine is gone"), history=None, declared=[gap()])
    assert (one.verdict, one.message) == (Verdict.INCONCLUSIVE, "the engine is gone")


@pytest.mark.parametrize("error", [NotTestable(expected="a", seen="b"), Inconclusive("the engine is gone")])
def test_only_a_verdict_of_something_observed_stands_on_a_rung(error: Exception) -> None:
    assert judged(VIOLATION).rung == "records"
    assert judged(error).rung == ""


def test_a_check_that_breaks_is_inconclusive_and_shows_where() -> None:
    try:
        HISTORY.events[10**6]
    except IndexError as error:
        one = judged(error)
    assert one.verdict is Verdict.INCONCLUSIVE
    assert "the check itself broke: IndexError" in one.message
    assert f"{Path(__file__).name}:" in one.message


def test_a_plain_assertion_in_a_check_is_a_broken_check_and_no_failure() -> None:
    assert judged(AssertionError("assert False")).verdict is Verdict.INCONCLUSIVE


def test_a_broken_runtime_is_judged_by_name() -> None:
    one = judged(Inconclusive(BROKEN.reason), history=None, of=BROKEN, declared=[gap()])
    assert (one.runtime, one.verdict, one.message) == ("broken", Verdict.INCONCLUSIVE, BROKEN.reason)


def test_only_the_log_family_notes_what_a_tolerant_reading_took() -> None:
    line = next(line for line in HISTORY.of(LogLine) if "PreFreeze Start" in line.text)
    drifted = altered(HISTORY, line, text="FC preFreeze Start RequestId:pre-freeze-2")
    assert judged(None, history=HISTORY, family="logs").notes == ()
    assert judged(None, history=drifted).notes == ()
    (note,) = judged(None, history=drifted, family="logs").notes
    assert "FC preFreeze Start RequestId:pre-freeze-2" in note


def test_red_are_exactly_the_verdicts_that_end_a_run_with_an_error() -> None:
    assert {verdict for verdict in Verdict if verdict.red} == {
        Verdict.FAIL,
        Verdict.NOT_TESTABLE,
        Verdict.INCONCLUSIVE,
    }


@given(
    st.builds(
        Judgement,
        requirement=st.text(),
        level=st.text(),
        family=st.text(),
        runtime=st.text(),
        scenario=st.text(),
        verdict=st.sampled_from(Verdict),
        message=st.text(),
        nodeid=st.text(),
        evidence=st.lists(st.integers(0, 10**6)).map(tuple),
        notes=st.lists(st.text()).map(tuple),
    )
)
def test_a_judgement_travels_unchanged(judgement: Judgement) -> None:
    assert decode(encode(judgement)) == judgement


# ------------------------------------------------------------------------------------------------ replayed Histories


def case(of: Subject | BrokenRuntime = FULL) -> Case:
    return Case(REQUIREMENT, of, "two-freezes")


def test_a_saved_history_is_replayed(tmp_path: Path) -> None:
    store.save(HISTORY, tmp_path)
    histories = ReplayedHistories(tmp_path, PROFILE)
    assert histories.of(case()) == HISTORY
    histories.close()


def test_a_saved_history_is_read_once(tmp_path: Path) -> None:
    store.save(HISTORY, tmp_path)
    read: list[Path] = []

    def load(path: Path) -> History:
        read.append(path)
        return store.load(path)

    histories = ReplayedHistories(tmp_path, PROFILE, load)
    assert histories.of(case()) is histories.of(case())
    assert len(read) == 1


def test_a_history_that_was_not_saved_makes_a_case_inconclusive(tmp_path: Path) -> None:
    with pytest.raises(Inconclusive, match=r"full--two-freezes\.json"):
        ReplayedHistories(tmp_path, PROFILE).of(case())


def test_a_history_of_another_profile_is_not_judged(tmp_path: Path) -> None:
    store.save(msgspec.structs.replace(HISTORY, profile="another"), tmp_path)
    with pytest.raises(Inconclusive, match="in the profile another, not of-the-tests"):
        ReplayedHistories(tmp_path, PROFILE).of(case())


def test_a_history_that_the_harness_spoilt_is_not_judged(tmp_path: Path) -> None:
    spoilt = msgspec.structs.replace(HISTORY, trouble=Trouble("harness", "the engine is gone", "engine"))
    store.save(spoilt, tmp_path)
    with pytest.raises(Inconclusive, match="the engine is gone"):
        ReplayedHistories(tmp_path, PROFILE).of(case())


def test_a_history_that_the_subject_ended_is_judged() -> None:
    ended = msgspec.structs.replace(HISTORY, trouble=Trouble("subject", "it ended", "container c"))
    assert usable(ended) is ended


def test_a_broken_runtime_has_no_history(tmp_path: Path) -> None:
    with pytest.raises(Inconclusive, match="no key"):
        ReplayedHistories(tmp_path, PROFILE).of(case(BROKEN))


# ------------------------------------------------------------------------------------------------ scheduling


def test_checks_of_one_history_are_in_one_group() -> None:
    one = group_of("conformance/test_a.py::test_x[nodejs-two-freezes]")
    assert one == group_of("conformance/test_b.py::test_y[nodejs-two-freezes]") == "nodejs-two-freezes"
    assert one != group_of("conformance/test_a.py::test_x[php-two-freezes]")


def test_an_item_without_parameters_is_a_group_of_its_own() -> None:
    assert group_of("a.py::test_x") == "a.py::test_x"


def test_a_call_is_named_as_the_page_names_it() -> None:
    assert [call.label for call in Call] == ["Invoke", "Initialize", "PreFreeze", "PreStop"]


# ------------------------------------------------------------------------------------------------ what is told


def loosely_marked(lines: int) -> History:
    """A History in which so many lines are markers by the tolerant reading only."""
    changed = HISTORY
    for marker in HISTORY.markers()[:lines]:
        changed = altered(changed, marker.line, text=marker.line.text.replace("RequestId: ", "RequestId:"))
    return changed


def test_an_observation_is_a_pass_that_tells_what_was_seen() -> None:
    one = judged(Observation("it was so", evidence=(HISTORY.events[4],)))
    assert (one.verdict, one.message, one.seen, one.expected) == (Verdict.PASS, "observed: it was so", "it was so", "")
    assert (one.notes, one.evidence) == (("it was so",), (4,))


def test_what_a_tolerant_reading_took_is_told_for_the_logs_only_and_for_the_first_five_lines() -> None:
    assert len(judged(None, history=loosely_marked(3), family="logs").notes) == 3
    assert len(judged(None, history=loosely_marked(6), family="logs").notes) == 5
    for family in ("freeze", "metering"):
        assert judged(None, history=loosely_marked(3), family=family).notes == ()


def test_without_a_history_there_is_nothing_to_tell_of_a_log() -> None:
    one = judged(Inconclusive("the engine is gone"), history=None, family="logs")
    assert (one.verdict, one.notes) == (Verdict.INCONCLUSIVE, ())


def test_an_outcome_says_what_was_expected_and_what_was_seen() -> None:
    assert str(Violation(expected="this", seen="that")) == "expected: this\nseen: that"
    assert str(NotTestable(expected="this", seen="that")) == "expected: this\nseen: that"


def test_a_gap_is_held_against_the_language_version_of_the_subject() -> None:
    versions = Gap("family.holds", "full", "we know", datetime.date(2027, 1, 1), "one run", "==18.19")
    assert judged(VIOLATION, declared=[versions]).verdict is Verdict.GAP
    others = Gap("family.holds", "full", "we know", datetime.date(2027, 1, 1), "one run", "==18.20")
    assert judged(VIOLATION, declared=[others]).verdict is Verdict.FAIL


def test_a_broken_runtime_has_no_version_that_a_gap_could_be_held_against() -> None:
    every = Gap("family.holds", "broken", "we know", datetime.date(2027, 1, 1), "one run")
    assert judged(VIOLATION, of=BROKEN, declared=[every]).verdict is Verdict.GAP
