"""Generated sequences: legal, the same for a seed, with something of everything; and what they find."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from conformance.judging.expect import NotTestable, Violation
from conformance.laws import laws, shrink
from conformance.scenarios.sequence_machine import LONGEST, Budget
from conformance.scenarios.sequence_machine import shrink as shrink_within
from conformance.scenarios.sequences import (
    A_SEQUENCE,
    BLOCK,
    DEFAULT_SEED,
    POOL,
    SAVED,
    CallSequence,
    Freeze,
    Invoke,
    Overlap,
    RequestWhileFrozen,
    RequestWhilePreFreezeRuns,
    SequenceError,
    Sequences,
    Step,
    Thaw,
    by_name,
    choose,
    enter,
    features,
    generated,
    load,
    mended,
    name_of,
    ready,
    save,
    scenario,
    why_not,
)
from fixtures.history.events import Tick
from fixtures.platform.lifecycle import IllegalStep
from runtimes.definition import Wire
from tests.conformance.builders import subject, without_any
from tests.sequences import simulation
from tests.sequences.every_step import EVERY_STEP
from tests.sequences.simulation import FULL, ONE_BY_ONE, PARTIAL, PROFILE, SILENT, SimulatedRuntime, broken, driven

if TYPE_CHECKING:
    from pathlib import Path

    from runtimes.subjects import Subject

SUBJECTS = {"both hooks": FULL, "no PreFreeze": PARTIAL, "one request at a time": ONE_BY_ONE}


@pytest.fixture(autouse=True)
def short_freezes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulated instance beats a thousand times as often, so that a freeze may be as much shorter."""
    monkeypatch.setattr("fixtures.platform.platform._hold", lambda seconds: threading.Event().wait(seconds / 80))


def chosen(of: Subject, seed: int = DEFAULT_SEED) -> list[CallSequence]:
    """What the default run would drive ``of`` through."""
    (pool,) = generated(seed, 1)
    return [pool[index] for index in choose(pool, lambda one: why_not(one, of, PROFILE) is None)]


# ------------------------------------------------------------------------------------------------ generated


def test_a_seed_gives_the_same_sequences_however_many_are_asked_for() -> None:
    one, two = generated.__wrapped__(7, 1), generated.__wrapped__(7, 2)
    assert one[0] == two[0]
    assert two[0] != two[1]
    assert generated.__wrapped__(8, 1) != one


def test_every_generated_sequence_is_legal_and_differs_from_the_others() -> None:
    (pool,) = generated(DEFAULT_SEED, 1)
    assert len(set(pool)) == len(pool) == POOL
    for sequence in pool:
        assert 1 <= len(sequence.steps) <= LONGEST
        assert mended(sequence.steps) == sequence.steps


@pytest.mark.parametrize("of", SUBJECTS.values(), ids=SUBJECTS)
@pytest.mark.parametrize("seed", [DEFAULT_SEED, 2, 3, 99])
def test_the_few_that_are_driven_have_every_kind_of_step_that_the_subject_can_take(of: Subject, seed: int) -> None:
    few = chosen(of, seed)
    assert len(few) == BLOCK
    every = {"Invoke", "Invoke, failing", "Freeze", "Freeze, again", "Thaw", "RequestWhileFrozen", "Stop while frozen"}
    if of is not ONE_BY_ONE:
        every |= {"Overlap", "Overlap, failing"}
    if of is FULL:
        every |= {"RequestWhilePreFreezeRuns"}
    found = frozenset().union(*map(features, few))
    assert every <= found
    assert all(one.requests_at_once <= of.concurrency for one in few)


def test_a_request_overtakes_pre_freeze_only_where_pre_freeze_is_called() -> None:
    overtaking = CallSequence((RequestWhilePreFreezeRuns(),))
    assert why_not(overtaking, FULL, PROFILE) is None
    assert "PreFreeze is never called for Partial" in (why_not(overtaking, PARTIAL, PROFILE) or "")
    assert "takes 1 request at a time" in (why_not(overtaking, ONE_BY_ONE, PROFILE) or "")
    assert "needs another way to speak" in (why_not(CallSequence((Invoke(),)), SILENT, PROFILE) or "")


# ------------------------------------------------------------------------------------------------ as scenarios


def test_the_default_run_drives_three_runtimes_and_a_number_drives_all() -> None:
    node = subject("nodejs", concurrency=100)
    assert len(Sequences().names(node, PROFILE)) == BLOCK
    assert Sequences().names(FULL, PROFILE) == ()
    assert "--sequences N drives them on all" in Sequences().why_none(FULL)
    assert len(Sequences(count=3).names(FULL, PROFILE)) == 3
    assert Sequences(count=0).names(node, PROFILE) == ()


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    short, long = Sequences(count=4).names(FULL, PROFILE), Sequences(count=9).names(FULL, PROFILE)
    assert len(long) == 9
    assert long[:4] == short
    assert all(A_SEQUENCE.match(name) for name in long)


def test_a_name_means_one_sequence() -> None:
    sequences = Sequences(seed=3, count=6)
    for name in sequences.names(FULL, PROFILE):
        assert str(by_name(name)) == sequences.scenario(name, FULL, PROFILE).text
    assert name_of(3, 1, 0) == f"sequence-3-{POOL + 1}"


@pytest.mark.parametrize("name", ["two-freezes", "sequence-1", "sequence-x-1", "sequence-1-0", "sequence-1-2.toml"])
def test_a_name_that_no_sequence_has_is_refused(name: str) -> None:
    with pytest.raises(SequenceError, match=r"expected sequence-<seed>-<number> or a file"):
        by_name(name)


def test_a_replay_takes_the_sequences_that_were_saved(tmp_path: Path) -> None:
    for name in ("full--sequence-5-12", "full--saved-small", "full--two-freezes", "other--sequence-5-13"):
        (tmp_path / f"{name}.json").touch()
    replayed = Sequences(replayed=tmp_path)
    assert replayed.names(FULL, PROFILE) == ("saved-small", "sequence-5-12")
    assert replayed.names(PARTIAL, PROFILE) == ()
    assert replayed.why_none(PARTIAL) == "no sequence was saved for Partial"


def test_pools_that_another_process_has_generated_are_the_same_and_need_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, worker = Sequences(seed=5, count=6), Sequences(seed=5, count=6)
    names = {kind: run.names(of, PROFILE) for kind, of in SUBJECTS.items()}
    worker.take(run.to_text(SUBJECTS.values()))
    generated.cache_clear()
    monkeypatch.setattr("conformance.scenarios.sequences.subprocess.run", None)
    assert {kind: worker.names(of, PROFILE) for kind, of in SUBJECTS.items()} == names
    assert all(worker.scenario(name, SUBJECTS[kind], PROFILE).text for kind, found in names.items() for name in found)
    with pytest.raises(TypeError):
        run.names(FULL, PROFILE)


@pytest.mark.parametrize(
    "without", [Sequences(count=0), Sequences(replayed=SAVED), Sequences()], ids=["none asked for", "replay", "default"]
)
def test_nothing_is_generated_for_a_run_without_generated_sequences(
    without: Sequences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.scenarios.sequences.generated", None)
    assert without.to_text([subject("of-the-tests")]) == ""
    without.take("")
    assert without.pools == ()


def test_a_sequence_is_a_scenario_that_knows_what_it_needs() -> None:
    made = scenario("sequence-1-1", EVERY_STEP)
    assert (made.invocations, made.requests_at_once) == (6, 3)
    assert made.text.startswith(
        "start, 3 at once (20 ms and 0 ms, failing and 60 ms), request while PreFreeze runs (20 ms)"
    )
    assert made.text.endswith("freeze (80 ms), stop")
    assert Wire.NONE not in made.wires


def test_a_saved_sequence_is_read_as_it_was_written_and_driven_where_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "everything.json"
    save(EVERY_STEP, path)
    assert load(path) == EVERY_STEP
    sequences = Sequences(count=0, files=(path,))
    assert sequences.names(FULL, PROFILE) == ("saved-everything",)
    assert sequences.names(PARTIAL, PROFILE) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"steps": [{"step": "freeze"}, {"step": "invoke"}]}',
            r"step 2, invoke \(0 ms\): cannot invoke: the instance is frozen",
        ),
        ('{"steps": [{"step": "melt"}]}', "is no saved sequence: Invalid value 'melt'"),
        ('{"steps": [{"step": "invoke", "sleep": 3}]}', "unknown field `sleep`"),
        ("steps", "is no saved sequence"),
        ('{"steps": [{"step": "invoke", "sleep_ms": -1}]}', "is no saved sequence: Expected `int` >= 0"),
        ('{"steps": [{"step": "freeze", "for_ms": 60001}]}', "is no saved sequence: Expected `int` <= 60000"),
    ],
)
def test_a_file_that_holds_no_legal_sequence_is_refused_with_the_reason(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SequenceError, match=message):
        load(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"gone\.json: cannot be read: No such file"):
        load(tmp_path / "gone.json")


def test_a_step_out_of_place_is_illegal_and_left_out_of_the_mended() -> None:
    with pytest.raises(IllegalStep, match="cannot thaw: the instance is idle"):
        enter(Thaw(), ready())
    gone: list[Step] = [
        Thaw(),
        RequestWhileFrozen(Invoke(20)),
        Freeze(),
        Overlap((Invoke(), Invoke())),
        Invoke(60),
        Thaw(),
    ]
    assert mended(gone) == (Invoke(20), Freeze(), RequestWhileFrozen(Invoke(60)))


# ------------------------------------------------------------------------------------------------ laws


@pytest.mark.parametrize("of", [FULL, PARTIAL], ids=["both hooks", "no PreFreeze"])
def test_a_sound_runtime_keeps_every_law_on_every_sequence(of: Subject) -> None:
    (pool,) = generated(DEFAULT_SEED, 1)
    for sequence in pool:
        if why_not(sequence, of, PROFILE) is None:
            for finding in laws.findings(driven(sequence, of=of), (*laws.MUST, *laws.SHOULD)):
                assert finding.outcome is None, (str(sequence), finding.law.requirement, finding.outcome)


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 2, 3])
def test_every_law_looks_at_something_in_the_few_sequences_of_a_default_run(seed: int) -> None:
    every = (*laws.MUST, *laws.SHOULD)
    looked = {id(one.law) for sequence in chosen(FULL, seed) for one in laws.findings(driven(sequence), every)}
    assert [law.requirement for law in every if id(law) not in looked] == []


def test_a_law_that_is_due_and_sees_nothing_is_not_testable() -> None:
    blind = without_any(driven(EVERY_STEP), lambda event: isinstance(event, Tick))
    with pytest.raises(NotTestable, match=r"freeze\.nothing-runs: to see a beat"):
        laws.judge(blind, laws.MUST)


def test_a_history_in_which_no_law_has_anything_to_look_at_is_not_testable() -> None:
    with pytest.raises(NotTestable, match="something that a law can look at"):
        laws.judge(without_any(driven(EVERY_STEP), lambda _: True), laws.MUST)


def test_a_broken_law_is_named_by_its_requirement_with_its_evidence() -> None:
    with pytest.raises(Violation, match=r"expected: freeze\.nothing-runs: no sign of life") as raised:
        laws.judge(driven(EVERY_STEP, simulation.BeatsWhileFrozen), laws.MUST)
    assert any(isinstance(event, Tick) for event in raised.value.evidence)


# ------------------------------------------------------------------------------------------------ what they find


FAULTS: list[tuple[type[SimulatedRuntime], str, set[str], list[tuple[object, ...]]]] = [
    (
        simulation.SkipsTheSecondPreFreeze,
        "pre-freeze.runs-before-every-freeze",
        {"logs.pre-freeze-start-and-end"},
        [(Freeze(), Thaw(), Freeze())],
    ),
    (
        simulation.LosesTheCounter,
        "state.pre-freeze-shares-it",
        set(),
        [(Invoke(), Invoke(fail=True)), (Freeze(), RequestWhileFrozen(Invoke(fail=True)))],
    ),
    (
        simulation.ServesAThawingRequestTwice,
        "instance.answers-every-invocation",
        {"logs.invoke-start-and-end"},
        [(Freeze(), RequestWhileFrozen())],
    ),
    (simulation.BeatsWhileFrozen, "freeze.nothing-runs", set(), [(Freeze(),)]),
    (
        simulation.PreFreezeBeforeTheResponse,
        "pre-freeze.after-the-last-response",
        {"pre-freeze.runs-before-every-freeze"},
        [(Invoke(), Freeze())],
    ),
]
"""A fault, the law that it breaks, those that follow from it, and what is left when it is made small."""


@pytest.mark.parametrize(("kind", "law", "follow", "minimal"), FAULTS, ids=[kind.__name__ for kind, *_ in FAULTS])
def test_a_fault_is_found_by_the_default_run_and_made_as_small_as_it_can_be(
    kind: type[SimulatedRuntime], law: str, follow: set[str], minimal: list[tuple[object, ...]]
) -> None:
    assert any(law in broken(sequence, kind) for sequence in chosen(FULL))
    # Without requests at the same time no race decides what is left.
    failing = [sequence for sequence in chosen(ONE_BY_ONE) if law in broken(sequence, kind)]
    smallest = shrink.reduced(failing[-1], law, lambda one: broken(one, kind), lambda _: True, drives=80, within_s=60.0)
    # The simulation runs in real time: on a busy machine one candidate may be judged wrongly, which costs a step's
    # kind, but no step more.
    assert len(smallest.steps) <= max(len(steps) for steps in minimal)
    assert set(broken(smallest, kind)) <= {law, *follow}


def test_shrinking_drives_no_sequence_twice_and_stops_when_its_budget_is_spent() -> None:
    driven_ones: list[CallSequence] = []

    def fails(sequence: CallSequence) -> bool:
        driven_ones.append(sequence)
        return any(call.fail for call in sequence.calls)

    assert shrink_within(EVERY_STEP, fails, Budget(3, 60.0)) != CallSequence(())
    assert len(driven_ones) == 3
    driven_ones.clear()
    smallest = shrink_within(EVERY_STEP, fails, Budget(500, 60.0))
    assert smallest.steps == (Invoke(fail=True),)
    assert len(set(driven_ones)) == len(driven_ones) < 60


def test_a_fault_that_never_shows_again_leaves_the_sequence_as_it_was() -> None:
    assert shrink_within(EVERY_STEP, lambda _: False, Budget(200, 60.0)) == EVERY_STEP


def test_no_time_is_no_drive() -> None:
    budget = Budget(5, -1.0)
    assert not budget.spend()
    assert budget.drives == 5
