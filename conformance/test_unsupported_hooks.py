"""Hooks that a runtime or a mode does not have, and hooks that nobody configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import ran, told_failure, what_came
from conformance.judging.expect import NotTestable, completed_freezes, describe, require, seen
from conformance.test_freeze import nothing_runs_while_frozen
from fixtures.history.events import HOOKS, Answered, Call, HookConfigured, HookRefused, HookWithoutEffect

if TYPE_CHECKING:
    from fixtures.history.history import Exchange, History

FREEZING = ("two-freezes", "uninvited-pre-freeze")
FREEZES = 2
"""Freezes of the scenarios two-freezes and single-run."""


@judges("unsupported.pre-freeze-cannot-be-configured", on=("two-freezes",))
def test_pre_freeze_is_refused_when_it_is_configured(history: History) -> None:
    accepted = [event for event in history.of(HookConfigured) if event.hook is Call.PRE_FREEZE]
    refused = [event for event in history.of(HookRefused) if event.hook is Call.PRE_FREEZE]
    seen([*accepted, *refused], "an attempt to configure PreFreeze")
    require(
        not accepted,
        expected="the configuration of PreFreeze to be refused",
        seen="it was accepted",
        evidence=accepted,
    )
    asked = [exchange.sent for exchange in history.exchanges(Call.PRE_FREEZE) if not exchange.sent.uninvited]
    require(not asked, expected="no request for PreFreeze", seen=f"{len(asked)} requests", evidence=asked)


@judges("unsupported.pre-freeze-never-runs", on=FREEZING)
def test_a_pre_freeze_that_cannot_be_configured_never_runs(history: History) -> None:
    completed_freezes(history)
    seen(ran(history, Call.INVOKE), "a run of the handler")
    runs = ran(history, Call.PRE_FREEZE)
    require(
        not runs,
        expected="no run of PreFreeze",
        seen=", ".join(map(describe, runs)),
        evidence=[run.start for run in runs],
        certain=True,
    )


@judges("unsupported.path-is-no-invocation", on=("uninvited-pre-freeze",))
def test_the_path_of_a_hook_that_is_not_there_runs_no_handler(history: History) -> None:
    probe = seen([exchange for exchange in history.exchanges(Call.PRE_FREEZE) if exchange.sent.uninvited], "the probe")[
        0
    ]
    sent = history.exchanges(Call.INVOKE)
    runs = seen(ran(history, Call.INVOKE), "a run of the handler")
    require(
        len(runs) <= len(sent),
        expected=f"{len(sent)} runs of the handler for {len(sent)} invocations",
        seen=f"{len(runs)} runs",
        evidence=(probe.sent, *(run.start for run in runs)),
    )
    if probe.answer is None or not isinstance(probe.answer, Answered):
        raise NotTestable(
            expected="an answer to the probe",
            seen=probe.answer.why if probe.answer is not None else "none",
            evidence=(probe.sent, probe.answer),
        )
    require(
        told_failure(probe),
        expected="an answer that says that there is no such hook",
        seen=what_came(probe.answer),
        evidence=(probe.sent, probe.answer),
    )


@judges("unsupported.freeze-happens-without-hook", on=("two-freezes", "single-run"))
def test_without_pre_freeze_the_instance_is_frozen_all_the_same(history: History) -> None:
    answers = seen(history.caller_answers(), "a response, which a freeze follows")
    if history.trouble is not None:
        completed_freezes(history)
    # A drive that came to its end came to every freeze of its scenario: one that is left out has not even begun.
    wanted = FREEZES if history.trouble is None else len(history.freezes())
    paused = history.engine("pause")
    require(
        len(paused) == len(history.freezes()) == wanted,
        expected=f"{wanted} freezes by the engine's own word",
        seen=str(len(paused)),
        evidence=(*answers, *(freeze.begun for freeze in history.freezes()), *paused),
        certain=True,
    )
    nothing_runs_while_frozen(history)


@judges("unsupported.no-web-server-no-hook", on=("single-run",))
def test_without_a_web_server_configured_hooks_have_no_effect(history: History) -> None:
    ignored = {event.hook for event in history.of(HookWithoutEffect)}
    if ignored != set(HOOKS):
        raise NotTestable(
            expected="both hooks to be configured and without effect", seen=", ".join(sorted(ignored)) or "none"
        )
    completed_freezes(history)
    if history.stop()[1] is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    sent = [exchange.sent for hook in HOOKS for exchange in history.exchanges(hook)]
    ran = [run for hook in HOOKS for run in history.runs(hook)]
    require(
        not sent and not ran,
        expected="no request for a hook and no run of one",
        seen=f"{len(sent)} requests, runs: {', '.join(map(describe, ran)) or 'none'}",
        evidence=(*sent, *(run.start for run in ran)),
        certain=True,
    )


@judges("unsupported.no-web-server-still-stops", on=("single-run",))
def test_without_a_web_server_the_instance_is_frozen_and_stopped(history: History) -> None:
    if history.keeps_records:
        seen(history.runs(Call.INVOKE), "a run of the handler")
    else:
        seen(history.engine("start"), "the start of the instance, by the engine's own word")
    freezes, (begun, stopped) = history.freezes(), history.stop()
    paused, died = history.engine("pause"), history.engine("die")
    require(
        len(freezes) == len(paused) == FREEZES and begun is not None and stopped is not None and len(died) == 1,
        expected="two freezes and a stop, each confirmed by the engine",
        seen=f"{len(freezes)} freezes, {len(paused)} confirmed; {len(died)} ends",
        evidence=(*(freeze.begun for freeze in freezes), *paused, *died),
        certain=True,
    )


@judges("hooks.not-configured-not-run", on=("no-hook-configured",))
def test_a_hook_that_nobody_configured_does_not_run(history: History) -> None:
    completed_freezes(history, at_least=2)
    if history.stop()[1] is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    seen(history.runs(Call.INVOKE), "a run of the handler")
    ran = [run for hook in HOOKS for run in history.runs(hook)]
    require(
        not ran,
        expected="no run of a hook",
        seen=", ".join(map(describe, ran)),
        evidence=[run.start for run in ran],
        certain=True,
    )


@judges("unsupported.java-core-below-1-4", on=("uninvited-hooks",))
def test_with_an_old_java_core_neither_hook_can_be_used(history: History) -> None:
    completed_freezes(history)
    probes = [exchange for exchange in history.exchanges() if exchange.sent.uninvited]
    seen(probes, "a request for each hook", at_least=len(HOOKS))
    seen(ran(history, Call.INVOKE), "a run of the handler")
    if not history.keeps_records:
        _each_is_refused_without_a_line(history, probes)
        return
    runs = [run for hook in HOOKS for run in history.runs(hook)]
    require(
        not runs,
        expected="no run of a hook, although both were asked for",
        seen=", ".join(map(describe, runs)),
        evidence=(*(probe.sent for probe in probes), *(run.start for run in runs)),
        certain=True,
    )


def _each_is_refused_without_a_line(history: History, probes: list[Exchange]) -> None:
    """Without records: a log that tells of invocations has no line of a hook, and the runtime says that it has none."""
    for probe in probes:
        lines = [one.line for one in history.markers(probe.sent.call) if one.request_id == probe.sent.request_id]
        require(
            told_failure(probe) and not lines,
            expected=f"the request for {probe.sent.call.label} to be refused, and no line of it in the log",
            seen=("refused" if told_failure(probe) else "not refused") + f", {len(lines)} lines",
            evidence=(probe.sent, probe.answer, *lines),
        )
