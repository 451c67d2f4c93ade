"""The command behind ``script/mutants``: hunts, tells how far it has come, writes the result, and judges it."""

from __future__ import annotations

import argparse
import fnmatch
import importlib
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.mutation import hunt, survivors
from tests.mutation.hunt import Fate, Forks, Hunted, HuntError
from tests.mutation.mutants import mutants_of
from tests.mutation.scope import ROOT, TESTS, modules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mutation.mutants import Mutant

ACCEPTED = ROOT / "tests" / "mutation" / "survivors.toml"
OUT = ROOT / "reports" / "out" / "mutants.json"
EVERY_S = 5.0
IMPORTED_CPU_S = 120.0
"""A whole run of the tests computes for seconds; a fork that imports everything anew gets minutes."""
PRELOADED = ("docker", "hypothesis", "jinja2", "jsonschema", "packaging.specifiers", "requests", "rich", "ruamel.yaml")
"""Libraries that every fork would import: none of them knows the project."""


class Teller:
    """Collects fates and says from time to time how far the hunt has come."""

    def __init__(self, what: str, count: int) -> None:
        self._what = what
        self._count = count
        self._said = time.monotonic()
        self.found: list[Hunted] = []

    def __call__(self, hunted: Hunted) -> None:
        self.found.append(hunted)
        if time.monotonic() - self._said > EVERY_S or len(self.found) == self._count:
            self._said = time.monotonic()
            say(f"{self._what}: {len(self.found)} of {self._count}, {self.survived} survived")

    @property
    def survived(self) -> int:
        return sum(one.fate in (Fate.SURVIVED, Fate.UNSURE) for one in self.found)


def say(text: str) -> None:
    print(f"mutants: {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: killed enough, and every survivor is one that is listed; 1: not so; 2: could not be told."""
    given = _options().parse_args(arguments)
    try:
        accepted = survivors.load(ACCEPTED)
        return _hunt(given, accepted)
    except (survivors.ListError, HuntError) as error:
        say(str(error))
        return 2


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/mutants", add_help=False)
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=["*"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--list", action="store_true")
    return parser


def _hunt(given: argparse.Namespace, accepted: Sequence[survivors.Accepted]) -> int:
    began = time.monotonic()
    chosen = [name for name in modules() if any(fnmatch.fnmatch(name, f"*{part}*") for part in given.modules)]
    if not chosen:
        raise HuntError(f"no module of the scope is called {' or '.join(given.modules)}: {', '.join(modules())}")
    found: list[Mutant] = []
    left_out: Counter[str] = Counter()
    for name in chosen:
        made = mutants_of(name, (ROOT / name).read_text(encoding="utf-8"))
        found += made.found
        left_out.update(made.left_out)
    say(f"{len(found)} mutants of {len(chosen)} modules")
    if given.list:
        for one in found:
            print(f"{one.module}:{one.line} {one.function} {one.operator}\n  - {one.before}\n  + {one.after}")
        return 0

    sys.dont_write_bytecode = True
    # The forks that import anew must be made before this process has imported anything of the project.
    for library in PRELOADED:
        importlib.import_module(library)
    at_import = [one for one in found if not one.in_body]
    fates = _imported("imported", at_import, given.jobs)
    in_body = _exchanged([one for one in found if one.in_body], given.jobs)
    again = [one.mutant for one in in_body if one.fate is Fate.UNSURE]
    rest = [one for one in in_body if one.fate is not Fate.UNSURE]
    return _judged(
        [*fates, *rest, *_imported("imported, once more", again, given.jobs)],
        accepted,
        chosen,
        left_out,
        time.monotonic() - began,
    )


def _imported(what: str, mutants: Sequence[Mutant], jobs: int) -> list[Hunted]:
    tell = Teller(what, len(mutants))
    for hunted in Forks(jobs, IMPORTED_CPU_S).run(mutants, hunt.imported):
        tell(hunted)
    return tell.found


def _exchanged(mutants: Sequence[Mutant], jobs: int) -> list[Hunted]:
    """In a process of its own, whose imports this one does not see; the fates come back through a pipe.

    Raises:
        HuntError: the tests fail without a mutant, or that process failed.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os._exit(_exchanged_here(mutants, jobs, writing))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        raw = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise HuntError("the hunt in functions' bodies failed; its words are above")
    fates = msgspec.json.decode(raw, type=list[tuple[int, Fate]])
    return [Hunted(mutants[index], fate) for index, fate in fates]


def _exchanged_here(mutants: Sequence[Mutant], jobs: int, writing: int) -> int:
    tell = Teller("exchanged", len(mutants))
    plugin = hunt.Exchange(mutants, lambda cpu_s: Forks(jobs, cpu_s), tell)
    try:
        pytest.main(hunt.arguments(), plugins=[plugin])
    except HuntError as error:
        say(str(error))
        return 1
    if plugin.failed or not plugin.tests:
        say(f"without a mutant {len(plugin.failed)} of {plugin.tests} tests fail: {', '.join(plugin.failed[:5])}")
        return 1
    if len(tell.found) != len(mutants):
        say(f"only {len(tell.found)} of {len(mutants)} mutants were judged")
        return 1
    index = {id(mutant): number for number, mutant in enumerate(mutants)}
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(msgspec.json.encode([(index[id(one.mutant)], one.fate) for one in tell.found]))
    return 0


def _judged(
    fates: Sequence[Hunted],
    accepted: Sequence[survivors.Accepted],
    chosen: Sequence[str],
    left_out: Counter[str],
    took_s: float,
) -> int:
    alive = [one.mutant for one in fates if one.fate is Fate.SURVIVED]
    dead = [one.mutant for one in fates if one.fate is not Fate.SURVIVED]
    judged = survivors.result(dead, alive, accepted, modules=chosen, whole=list(chosen) == modules())
    reasons = {key: entry.reason for entry in accepted for key in entry.keys()}  # noqa: SIM118
    _write(
        OUT,
        {
            "modules": chosen,
            "tests": list(TESTS),
            "seconds": round(took_s, 1),
            "logic": _numbers(judged.logic),
            "text": _numbers(judged.text),
            "timed_out": sum(one.fate is Fate.TIMED_OUT for one in fates),
            "left_out": dict(left_out),
            "red": list(judged.red),
            "survivors": [
                {
                    "module": one.module,
                    "line": one.line,
                    "function": one.function,
                    "operator": one.operator,
                    "before": one.before,
                    "after": one.after,
                    "text": one.text,
                    "reason": "words for people only" if one.text else reasons.get(one.key),
                }
                for one in sorted(alive, key=lambda one: (one.module, one.line))
            ],
        },
    )
    for line in judged.red:
        print(f"mutants: {line}")
    print(f"mutants: words for people only: {judged.text}")
    print(f"mutants: {judged.logic} ({took_s:.0f} s)")
    return 1 if judged.red else 0


def _numbers(score: survivors.Score) -> dict[str, float]:
    return {
        "mutants": score.mutants,
        "killed": score.killed,
        "survived": score.survived,
        "percent": round(score.percent, 2),
    }


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
