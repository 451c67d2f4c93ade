"""Sequences that nobody wrote, as data: their steps, their interpreter, their files, and which of them a run drives.

A sequence is a tuple of steps between the start and the stop of one instance, legal by the same state machine that the
platform obeys (:mod:`fixtures.platform.lifecycle`). As a :class:`~conformance.scenarios.scenarios.Scenario` it goes the
way of every other: driver, History, store and report know no difference. Where sequences come from, and how a failing
one is made small, is :mod:`conformance.scenarios.sequence_machine`'s business; what must hold on each is
:mod:`conformance.laws.laws`'.

Three sources: generated ones, ``sequence-<seed>-<number>``, always the same for a seed in one checkout; files of
``conformance/saved_sequences/``, driven in every run on every subject that can take them; files given by
``--sequence-file``. A saved one is called ``saved-<name of its file>``.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from conformance.scenarios.scenarios import HOOK_SLEEP_MS, Scenario
from conformance.tables.catalogue import hooks_of
from fixtures.history.events import HOOKS, Call
from fixtures.platform.lifecycle import IllegalStep, Lifecycle, State
from runtimes import given_files
from runtimes.definition import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.tables.catalogue import Profile
    from fixtures.platform.platform import Platform
    from runtimes.subjects import Subject

ROOT = Path(__file__).resolve().parents[2]
SAVED = ROOT / "conformance" / "saved_sequences"
EVERY_SEQUENCE = "every-sequence"
"""Stands in a check's ``on`` for all sequences that the run drives."""
A_SEQUENCE = re.compile(r"(?:sequence-\d+-\d+|saved-.+)$")
"""The names that sequences have as scenarios."""
DEFAULT_SEED = 1
DEFAULT_COUNT = 4
DEFAULT_SUBJECTS = frozenset({"nodejs", "python", "go"})
"""Who drives generated sequences when nobody asks for a number: both wires, with PreFreeze and without."""
NEXT = ", then "
BLOCK = 4
"""Sequences are chosen in blocks of so many, which between them have every kind of step that their pool offers."""
FREEZE_MS = 80
"""The shortest freeze of a sequence: eight beats of the heartbeat that must not be there."""
POOL = 96
"""Sequences of a block from which each subject's are chosen; a sequence's number counts through the pools."""
GENERATION_S, PER_BLOCK_S = 30.0, 5.0
"""Time for the generating process, and for each of its blocks; on an idle machine a block takes 0.3 seconds."""


class SequenceError(ValueError):
    """A sequence cannot be had: the text names the file, the name or the process, and the reason."""


Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=60_000)]


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="step"):
    """Base of all steps."""


class Invoke(_Step, frozen=True, tag="invoke"):
    """One invocation. ``sleep_ms``: how long its handler takes; ``fail``: it throws then."""

    sleep_ms: Milliseconds = 0
    fail: bool = False

    def event(self) -> dict[str, int | str]:
        """The event that tells the generated function so."""
        return {"sleep_ms": self.sleep_ms, **({"fail": "throw"} if self.fail else {})}


class Overlap(_Step, frozen=True, tag="overlap"):
    """Invocations that are sent at the same time."""

    calls: tuple[Invoke, ...]


class Freeze(_Step, frozen=True, tag="freeze"):
    """PreFreeze where it is configured, and a freeze of at least ``for_ms`` milliseconds."""

    for_ms: Milliseconds = FREEZE_MS


class Thaw(_Step, frozen=True, tag="thaw"):
    """The end of a freeze, without a request."""


class RequestWhileFrozen(_Step, frozen=True, tag="request-while-frozen"):
    """An invocation that ends a freeze."""

    call: Invoke = Invoke()


class RequestWhilePreFreezeRuns(_Step, frozen=True, tag="request-while-pre-freeze-runs"):
    """An invocation that calls a freeze off."""

    call: Invoke = Invoke()


Step = Invoke | Overlap | Freeze | Thaw | RequestWhileFrozen | RequestWhilePreFreezeRuns


class CallSequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What happens between an instance's start and its stop. ``text``: where it comes from."""

    steps: tuple[Step, ...]
    text: str = ""

    @property
    def calls(self) -> tuple[Invoke, ...]:
        """Its invocations, in the order in which they are sent."""
        return tuple(call for step in self.steps for call in calls_of(step))

    @property
    def requests_at_once(self) -> int:
        """The most requests, of invocations and hooks, that are in flight together."""
        return max(
            (2 if isinstance(step, RequestWhilePreFreezeRuns) else len(calls_of(step)) for step in self.steps),
            default=0,
        )

    def __str__(self) -> str:
        return ", ".join(["start", *map(_words, self.steps), "stop"])


def calls_of(step: Step) -> tuple[Invoke, ...]:
    """The invocations of one step."""
    match step:
        case Invoke():
            return (step,)
        case Overlap(calls=calls):
            return calls
        case RequestWhileFrozen(call=call) | RequestWhilePreFreezeRuns(call=call):
            return (call,)
        case _:
            return ()


def _words(step: Step) -> str:
    calls = " and ".join(f"{call.sleep_ms} ms{', failing' if call.fail else ''}" for call in calls_of(step))
    match step:
        case Invoke():
            return f"invoke ({calls})"
        case Overlap(calls=several):
            return f"{len(several)} at once ({calls})"
        case Freeze(for_ms=for_ms):
            return f"freeze ({for_ms} ms)"
        case Thaw():
            return "thaw"
        case RequestWhileFrozen():
            return f"request while frozen ({calls})"
        case RequestWhilePreFreezeRuns():
            return f"request while PreFreeze runs ({calls})"


# ------------------------------------------------------------------------------------------------ legal and played


def enter(step: Step, life: Lifecycle) -> None:
    """Take ``step`` on a lifecycle alone.

    Raises:
        IllegalStep: the platform would never take it from this state; ``life`` is as before.
    """
    match step:
        case Freeze():
            life.begin_freeze()
            life.become_frozen()
        case Thaw() | RequestWhileFrozen():
            life.thaw()
        case RequestWhilePreFreezeRuns():
            life.begin_freeze()
            life.call_freeze_off()
    for _ in calls_of(step):
        life.begin_invocation()
    for _ in calls_of(step):
        life.end_invocation()


def ready() -> Lifecycle:
    """The lifecycle of an instance that has just become ready."""
    life = Lifecycle()
    life.begin_start()
    life.become_ready()
    return life


def mended(steps: Iterable[Step]) -> tuple[Step, ...]:
    """``steps`` as a legal sequence: what is left of one from which steps were taken out.

    A request keeps its place, whether the instance is frozen there or no longer is; any other step that is illegal
    where it stands, a thaw whose freeze is gone, is left out.
    """
    life, legal = ready(), []
    for wanted in steps:
        step = wanted
        if isinstance(step, RequestWhileFrozen) and life.state is not State.FROZEN:
            step = step.call
        elif isinstance(step, Invoke) and life.state is State.FROZEN:
            step = RequestWhileFrozen(step)
        try:
            enter(step, life)
        except IllegalStep:
            continue
        legal.append(step)
    return tuple(legal)


def play(sequence: CallSequence, platform: Platform) -> None:
    """Drive an instance through ``sequence``, from its start to its stop."""
    platform.start()
    for step in sequence.steps:
        match step:
            case Invoke():
                platform.invoke(step.event())
            case Overlap(calls=calls):
                platform.invoke_at_once(*(call.event() for call in calls))
            case Freeze(for_ms=for_ms):
                platform.freeze(for_ms / 1000)
            case Thaw():
                platform.thaw()
            case RequestWhileFrozen(call=call):
                platform.invoke_while_frozen(call.event())
            case RequestWhilePreFreezeRuns(call=call):
                platform.begin_freeze_and_invoke(call.event())
    platform.stop()


def scenario(name: str, sequence: CallSequence) -> Scenario:
    """``sequence`` as a scenario like any other. Both hooks take a while, so that early answers show."""
    return Scenario(
        name=name,
        text=str(sequence) if not sequence.text else f"{sequence} ({sequence.text})",
        sequence=functools.partial(play, sequence),
        plan={hook.value: {"sleep_ms": HOOK_SLEEP_MS} for hook in HOOKS},
        invocations=max(2, len(sequence.calls)),
        requests_at_once=sequence.requests_at_once,
        wires=(Wire.HTTP, Wire.RUNTIME_API),
    )


# ------------------------------------------------------------------------------------------------ which are driven


def features(sequence: CallSequence) -> frozenset[str]:
    """What is worth having in a run: each kind of step, and the neighbourhoods in which runtimes go wrong."""
    found: set[str] = set()
    life, frozen = ready(), 0
    for number, step in enumerate(sequence.steps):
        following = sequence.steps[number + 1] if number + 1 < len(sequence.steps) else None
        enter(step, life)
        found.add(type(step).__name__)
        found |= {f"{type(step).__name__}, failing" for call in calls_of(step) if call.fail}
        frozen += isinstance(step, Freeze)
        if isinstance(step, Thaw) and following is not None:
            found.add(f"Thaw{NEXT}{type(following).__name__}")
    if frozen > 1:
        found.add("Freeze, again")
    if life.state is State.FROZEN:
        found.add("Stop while frozen")
    return frozenset(found)


def choose(pool: Sequence[CallSequence], fits: Callable[[CallSequence], bool], count: int = BLOCK) -> list[int]:
    """Indexes of ``count`` sequences of ``pool`` that fit: first those with the most that the others lack.

    A kind of step counts before a neighbourhood, and of two that are as good the shorter one is taken.
    """
    left = {index: features(sequence) for index, sequence in enumerate(pool) if fits(sequence)}
    chosen: list[int] = []
    covered: frozenset[str] = frozenset()
    while left and len(chosen) < count:
        worth = {
            index: (sum(NEXT not in one for one in new), len(new), -len(pool[index].steps), -index)
            for index, found in left.items()
            for new in [found - covered]
        }
        best = max(worth, key=worth.__getitem__)
        covered |= left.pop(best)
        chosen.append(best)
    return sorted(chosen)


@functools.lru_cache(maxsize=4)
def generated(seed: int, blocks: int) -> tuple[tuple[CallSequence, ...], ...]:
    """The first ``blocks`` pools of a seed.

    They are made in a process of their own: Hypothesis draws, among others, numbers that it finds in the modules that
    happen to be imported, and a seed has to mean the same in every worker and for every selection of tests.

    Raises:
        SequenceError: the process failed; the text has the end of what it said.
    """
    command = [sys.executable, "-m", "conformance.scenarios.sequence_machine", str(seed), str(blocks)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=GENERATION_S + PER_BLOCK_S * blocks,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SequenceError(f"no sequences for seed {seed}: {error}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-600:]
        raise SequenceError(f"no sequences for seed {seed}: the generating process failed: {said}")
    return msgspec.json.decode(done.stdout, type=tuple[tuple[CallSequence, ...], ...])


def name_of(seed: int, block: int, index: int) -> str:
    """The name of a generated sequence; it means the same sequence for every subject."""
    return f"sequence-{seed}-{block * POOL + index + 1}"


def why_not(sequence: CallSequence, subject: Subject, profile: Profile) -> str | None:
    """The reason why ``subject`` cannot be driven through ``sequence``, or None."""
    hooks = hooks_of(profile, subject)
    overtakes = any(isinstance(step, RequestWhilePreFreezeRuns) for step in sequence.steps)
    if overtakes and (Call.PRE_FREEZE not in hooks.supports or hooks.without_effect):
        return f"profile {profile.name}: PreFreeze is never called for {subject.title}, so no request can overtake it"
    return scenario("sequence", sequence).why_not_drivable(subject)


@dataclass
class Sequences:
    """The sequences of one run.

    ``count``: generated ones for each subject, None for the default (:data:`DEFAULT_COUNT`, on
    :data:`DEFAULT_SUBJECTS`). ``files``: saved ones. ``replayed``: the folder of Histories that are judged again; then
    its files say which sequences there are, and nothing is generated.
    """

    seed: int = DEFAULT_SEED
    count: int | None = None
    files: tuple[Path, ...] = ()
    replayed: Path | None = None
    pools: tuple[tuple[CallSequence, ...], ...] = ()
    """The seed's first pools, where another process of the run has generated them; see :meth:`to_text`."""

    def to_text(self, subjects: Iterable[Subject]) -> str:
        """The pools that a run with ``subjects`` chooses from, for :meth:`take`; empty where they need none.

        Raises:
            SequenceError: the generating process failed.
        """
        count = 0 if self.replayed is not None else max(map(self._count, subjects), default=0)
        return msgspec.json.encode(generated(self.seed, _blocks(count))).decode() if count else ""

    def take(self, text: str) -> None:
        """Use the pools that another process has generated: they cost it as much as all of a worker's collection."""
        self.pools = msgspec.json.decode(text, type=tuple[tuple[CallSequence, ...], ...]) if text else ()

    def names(self, subject: Subject, profile: Profile) -> tuple[str, ...]:
        """Names of the sequences that ``subject`` is driven through.

        Raises:
            SequenceError: a file cannot be used, or the generating process failed.
        """
        if self.replayed is not None:
            prefix = f"{subject.name}--"
            found = (path.stem.removeprefix(prefix) for path in self.replayed.glob(f"{prefix}*.json"))
            return tuple(sorted(name for name in found if A_SEQUENCE.match(name)))
        return tuple(self._by_name(subject, profile))

    def why_none(self, subject: Subject) -> str:
        """Why there is no sequence for ``subject``, where :meth:`names` has none."""
        if self.replayed is not None:
            return f"no sequence was saved for {subject.title}"
        if self.count is None and subject.name not in DEFAULT_SUBJECTS:
            return f"sequences are driven on {', '.join(sorted(DEFAULT_SUBJECTS))}; --sequences N drives them on all"
        return f"no sequence fits {subject.title}"

    def scenario(self, name: str, subject: Subject, profile: Profile) -> Scenario:
        """The scenario that :meth:`names` has named.

        Raises:
            KeyError: it has not.
        """
        return scenario(name, self._by_name(subject, profile)[name])

    def _by_name(self, subject: Subject, profile: Profile) -> dict[str, CallSequence]:
        found = {}
        named: dict[str, Path] = {}
        for path in self.files:
            sequence = load(path)
            name = f"saved-{path.stem}"
            if name in named:
                raise SequenceError(f"{path}: {named[name]} goes by the name {path.stem} too; give one another name")
            named[name] = path
            if why_not(sequence, subject, profile) is None:
                found[name] = sequence
        count = self._count(subject)
        if count:
            numbered = [
                (name_of(self.seed, block, index), pool[index])
                for block, pool in enumerate(self.pools[: _blocks(count)] or generated(self.seed, _blocks(count)))
                for index in choose(pool, lambda sequence: why_not(sequence, subject, profile) is None)
            ]
            found.update(numbered[:count])
        return found

    def _count(self, subject: Subject) -> int:
        if self.count is not None:
            return self.count
        return DEFAULT_COUNT if subject.name in DEFAULT_SUBJECTS else 0


def _blocks(count: int) -> int:
    return -(-count // BLOCK)


# ------------------------------------------------------------------------------------------------ files


def by_name(name: str) -> CallSequence:
    """The sequence of this name: a generated one, or one of ``conformance/saved_sequences/``.

    Raises:
        SequenceError: no sequence can have this name, or the generating process failed.
    """
    if name.startswith("saved-"):
        return load(SAVED / f"{name.removeprefix('saved-')}.json")
    word, _, rest = name.partition("-")
    seed, _, number = rest.rpartition("-")
    if word != "sequence" or not seed.isdigit() or not number.isdigit() or number == "0":
        raise SequenceError(f"{name}: expected sequence-<seed>-<number> or a file")
    block, index = divmod(int(number) - 1, POOL)
    pool = generated(int(seed), block + 1)[block]
    if index >= len(pool):
        raise SequenceError(f"{name}: the seed {seed} has no sequence of this number")
    return pool[index]


def load(path: Path) -> CallSequence:
    """Read a saved sequence.

    Raises:
        SequenceError: the file is missing or holds no legal sequence.
    """
    try:
        sequence = msgspec.json.decode(given_files.content(path), type=CallSequence)
    except given_files.Unreadable as error:
        raise SequenceError(f"{path}: {error}") from error
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise SequenceError(f"{path}: is no saved sequence: {error}") from error
    life = ready()
    for number, step in enumerate(sequence.steps, 1):
        try:
            enter(step, life)
        except IllegalStep as error:
            raise SequenceError(f"{path}: step {number}, {_words(step)}: {error}") from error
    return sequence


def save(sequence: CallSequence, path: Path) -> None:
    """Write ``sequence`` to ``path``, in the form that :func:`load` reads.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(sequence), indent=2) + b"\n")


def saved(folder: Path = SAVED) -> tuple[Path, ...]:
    """The saved sequences that every run drives."""
    return tuple(sorted(folder.glob("*.json")))
