"""Sights, kills and kill matrices of tests."""

from __future__ import annotations

from typing import Any

from conformance.judging.verdict import Judgement, Verdict
from conformance.proof.kills import Kill, Red, Sight, Status
from reports.proof.kill_matrix import FaultRunFacts, KillMatrix, assemble


def judgement(requirement: str = "pre-stop.runs-once", verdict: Verdict = Verdict.PASS, **changes: Any) -> Judgement:
    """A verdict on the two-freezes of Node.js."""
    given: dict[str, Any] = {
        "requirement": requirement,
        "level": "MUST",
        "family": "ordering",
        "runtime": "nodejs",
        "scenario": "two-freezes",
        "verdict": verdict,
        "message": f"expected one thing; seen: {verdict}",
        "nodeid": "test_x[nodejs-two-freezes]",
        **changes,
    }
    return Judgement(**given)


def sight(*judgements: Judgement, **changes: Any) -> Sight:
    """A drive in which the fault was in force and the instance got ready."""
    given: dict[str, Any] = {"scenario": "two-freezes", "in_force": True, "ready": True, "seconds": 0.5, **changes}
    return Sight(judgements=judgements, **given)


def kill(fault: str = "nodejs/pre-stop.runs-once", status: Status = Status.KILLED_BY_OWN, **changes: Any) -> Kill:
    """A fault that was killed by its own check."""
    requirement = fault.partition("/")[2].partition("~")[0]
    given: dict[str, Any] = {
        "fault": fault,
        "requirement": requirement,
        "level": "MUST",
        "broken": "platform" if fault.startswith("platform/") else "runtime",
        "runtime": "nodejs" if fault.startswith("platform/") else fault.partition("/")[0],
        "wire": "http",
        "text": "Runs it twice.",
        "status": status,
        "reason": "",
        "spoilt": (),
        "red": (Red.of(judgement(requirement, Verdict.FAIL)),) if status is Status.KILLED_BY_OWN else (),
        "scenarios": ("two-freezes",),
        "seconds": 1.5,
        **changes,
    }
    return Kill(**given)


def facts() -> FaultRunFacts:
    return FaultRunFacts(
        version="0.1.0",
        profile="seeds",
        started="2026-11-22T09:00:00+00:00",
        duration_s=61.2,
        engine="an engine",
        cores=2,
        command=("script/faults",),
        whole_suite=False,
    )


def matrix(*kills: Kill, references: dict[str, list[Sight]] | None = None) -> KillMatrix:
    """A matrix of these kills beside a reference that is clean."""
    clean = {"nodejs": [sight(judgement(), in_force=False)]}
    return assemble(facts(), kills, references if references is not None else clean, ())
