"""Runs the tests against mutants, in forks of one process that has already imported and collected everything.

Nothing is written to disk: a mutant lives in the memory of the fork that judges it. Two ways:

- *exchanged*: where the change lies in a function's body, the function's code object is exchanged and the tests that
  call that function run until the first one fails. Milliseconds.
- *imported*: otherwise (a constant, a decorator, a default), pytest runs from its start in a process in which the
  module is imported with the change. Seconds. A mutant that survives the first way is hunted again in the second where
  the first may have missed something: its function had worked before the exchange, while modules were imported or for
  Histories that tests share.
"""

from __future__ import annotations
import __future__

import gc
import importlib
import importlib.abc
import importlib.machinery
import inspect
import os
import resource
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.scope import ROOT, TABLES, TESTS

if TYPE_CHECKING:
    from types import CodeType, FrameType, ModuleType

    from tests.mutation.mutants import Mutant

MEMORY_BYTES = 3 * 2**30
"""Address space of a fork: a mutant that never stops to collect must not take the machine's memory."""
DEADLINE_S = 900.0
SURVIVED, KILLED, UNSURE, BROKEN = 0, 1, 2, 3
"""Exit statuses of a fork. BROKEN: this program failed, and nothing is known of the mutant."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    UNSURE = "unsure"


OF_STATUS = {SURVIVED: Fate.SURVIVED, KILLED: Fate.KILLED, UNSURE: Fate.UNSURE}


class HuntError(RuntimeError):
    """The hunt cannot go on; the text says why and what to do."""


@dataclass(frozen=True)
class Hunted:
    """A mutant and its fate."""

    mutant: Mutant
    fate: Fate


@dataclass
class _Fork:
    """A process that judges a mutant. ``end``: a descriptor that can be read when it has ended."""

    mutant: Mutant
    deadline: float
    end: int


class Forks:
    """Runs one function after the other in forks, so many at a time, each within so much of the processor's time.

    The limit is one of computing, not of waiting: on a busy machine a mutant must not look killed because its turn
    comes late. Tests that wait for ever are ended by a deadline, which counts as no verdict at all.
    """

    def __init__(self, jobs: int, cpu_s: float) -> None:
        self._jobs = jobs
        self._cpu_s = max(1, round(cpu_s))
        self._running: dict[int, _Fork] = {}

    def run(self, mutants: Sequence[Mutant], judge: Callable[[Mutant], int]) -> Iterator[Hunted]:
        """``judge`` each mutant in a fork of its own; yields them as they end.

        Raises:
            HuntError: a fork ended in another way than by a verdict.
        """
        waiting = list(reversed(mutants))
        try:
            while waiting or self._running:
                while waiting and len(self._running) < self._jobs:
                    self._start(waiting.pop(), judge)
                yield from self._ended()
        finally:
            for pid, fork in self._running.items():
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                os.close(fork.end)

    def _start(self, mutant: Mutant, judge: Callable[[Mutant], int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _in_fork(mutant, judge, self._cpu_s)
        self._running[pid] = _Fork(mutant, time.monotonic() + DEADLINE_S, os.pidfd_open(pid))

    def _ended(self) -> Iterator[Hunted]:
        """Wait for the end of a fork, or for the first deadline; yield those that have ended."""
        patience_s = min(fork.deadline for fork in self._running.values()) - time.monotonic()
        select.select([fork.end for fork in self._running.values()], [], [], max(0.0, patience_s))
        for pid, fork in list(self._running.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                os.close(self._running.pop(pid).end)
                code = os.waitstatus_to_exitcode(status)
                if code == -signal.SIGXCPU:
                    yield Hunted(fork.mutant, Fate.TIMED_OUT)
                    continue
                if code not in OF_STATUS:
                    raise HuntError(
                        f"the fork for {fork.mutant.module}:{fork.mutant.line} ({fork.mutant.operator}: "
                        f"{fork.mutant.after!r}) ended with status {code} and judged nothing"
                    )
                yield Hunted(fork.mutant, OF_STATUS[code])
            elif time.monotonic() > fork.deadline:
                raise HuntError(
                    f"the fork for {fork.mutant.module}:{fork.mutant.line} ({fork.mutant.operator}: "
                    f"{fork.mutant.after!r}) has judged nothing within {DEADLINE_S:.0f} s"
                )


def _in_fork(mutant: Mutant, judge: Callable[[Mutant], int], cpu_s: int) -> None:
    code = BROKEN
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(nothing, stream)
        errors = os.dup(2)
        os.dup2(nothing, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
        try:
            code = judge(mutant)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the fork must end here and say so
            os.write(errors, f"mutants: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


# ------------------------------------------------------------------------------------------------ exchanged


class Exchange:
    """A pytest plugin: in place of the tests' one run, a run for each mutant."""

    def __init__(self, mutants: Sequence[Mutant], forks: Callable[[float], Forks], tell: Callable[[Hunted], None]):
        self._mutants = mutants
        self._modules = {str(ROOT / mutant.module): mutant.module for mutant in mutants}
        self._forks = forks
        self._tell = tell
        self._calls: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
        self._before: set[tuple[str, str]] = set()
        self.failed: list[str] = []
        """Node ids of tests that fail without a mutant."""
        self.tests = 0
        self.took_s = 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        # A view that another test has had made would hide which tests need it, and what a mutant makes of it.
        setattr(importlib.import_module("fixtures.history.history"), "_room", lambda _: {})  # noqa: B010
        with self._noting() as called:
            found = yield
        self._before = self._functions(called)
        return found

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.tests = len(session.items)
        self._watch(session.items)
        if self.failed:
            return True
        gc.collect()
        gc.freeze()
        for hunted in self._forks(5.0 + 5 * self.took_s).run(self._mutants, self._judge):
            self._tell(hunted)
        return True

    def _watch(self, items: Sequence[pytest.Item]) -> None:
        """Run all tests once, and note which functions of the mutated modules each of them calls."""
        durations: dict[str, float] = {}
        for item in items:
            began = time.process_time()
            with self._noting() as called:
                failed = _fails(item)
            durations[item.nodeid] = time.process_time() - began
            if failed:
                self.failed.append(item.nodeid)
            for function in self._functions(called):
                self._calls[function].append(item)
        for found in self._calls.values():
            found.sort(key=lambda item: durations[item.nodeid])
        self.took_s = sum(durations.values())

    @contextmanager
    def _noting(self) -> Iterator[set[CodeType]]:
        """Collects the code of the mutated modules that is called meanwhile."""
        called: set[CodeType] = set()

        def note(frame: FrameType, event: str, _: object) -> None:
            if event == "call" and frame.f_code.co_filename in self._modules:
                called.add(frame.f_code)

        sys.setprofile(note)
        try:
            yield called
        finally:
            sys.setprofile(None)

    def _functions(self, called: set[CodeType]) -> set[tuple[str, str]]:
        """Functions by module and name; what stands inside a function counts as the function."""
        return {(self._modules[code.co_filename], code.co_qualname.partition(".<locals>")[0]) for code in called}

    def _judge(self, mutant: Mutant) -> int:
        function = (mutant.module, mutant.function)
        if not exchange(mutant):
            return UNSURE
        if any(_fails(item) for item in self._calls[function]):
            return KILLED
        # Shared Histories are made once, before the exchange; of the mutated modules only these views take part in it.
        return UNSURE if function in self._before or mutant.module.startswith("fixtures/") else SURVIVED


def _fails(item: pytest.Item) -> bool:
    """Whether a test fails, by set-up, call or tear-down."""
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def exchange(mutant: Mutant) -> bool:
    """Let the living function do what the mutant does; False where the change is one of what the function closes over.

    Raises:
        HuntError: the module has no such function, or its code cannot be exchanged.
    """
    path = str(ROOT / mutant.module)
    # The statement keeps its place in the file, and the meaning that the module's first import gives it.
    text = "\n" * mutant.first + mutant.statement
    code = compile(text, path, "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True)
    living: object = importlib.import_module(module_name(mutant.module))
    for name in mutant.function.split("."):
        living = inspect.getattr_static(living, name)
        found = [part for part in code.co_consts if inspect.iscode(part) and part.co_name == name]
        if not found:
            raise HuntError(f"{mutant.module} has no code of its own for {mutant.function}")
        code = found[-1]
    if isinstance(living, property):
        living = living.fget
    living = inspect.unwrap(living) if callable(living) else living
    if not inspect.isfunction(living) or living.__code__.co_filename != path:
        raise HuntError(f"{mutant.function} of {mutant.module} is no plain function")
    if len(living.__code__.co_freevars) != len(code.co_freevars):
        return False
    living.__code__ = code
    return True


def module_name(module: str) -> str:
    """The import name of a module that is given by its path."""
    return module.removesuffix(".py").replace("/", ".")


# ------------------------------------------------------------------------------------------------ imported


class _Changed(importlib.machinery.SourceFileLoader):
    """Loads a module with a mutant in it."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(module_name(mutant.module), str(ROOT / mutant.module))
        self._source = mutant.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._loader = _Changed(mutant)

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._loader.name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self._loader, origin=self._loader.path)


def imported(mutant: Mutant) -> int:
    """Run all tests in this process, in which no module of the project may have been imported yet."""
    try:
        import_changed(mutant)
    except Exception:  # noqa: BLE001 - whatever it is: no test could be run with this change
        return KILLED
    # The tests of the tables notice at once when a check is missing or judges something else.
    for paths in (TABLES, TESTS):
        if pytest.main([*arguments(paths), "-x"]) != pytest.ExitCode.OK:
            return KILLED
    if not isinstance(sys.modules[module_name(mutant.module)].__loader__, _Changed):
        raise HuntError(f"{mutant.module} was imported anew without the change")
    return SURVIVED


def import_changed(mutant: Mutant) -> None:
    """Import the module with the change, before pytest puts its own importer, which reads the file, in front of all."""
    sys.meta_path.insert(0, _Finder(mutant))
    importlib.import_module(module_name(mutant.module))


def arguments(paths: Sequence[str] = TESTS) -> list[str]:
    """What pytest is started with: these tests, quiet, without plug-ins that cost time or leave something behind."""
    unused = ("cacheprovider", "logging", "threadexception", "unraisableexception")
    options = ["-q", "--no-header", "--disable-warnings", "--tb=no", "--capture=no", "-o", "timeout=0"]
    options += [word for name in unused for word in ("-p", f"no:{name}")]
    return [*(str(ROOT / path) for path in paths), *options, f"--rootdir={ROOT}"]
