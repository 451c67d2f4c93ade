"""How a function comes to its hooks, and what an update leaves of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.evidence import ran, told_success
from conformance.judging.expect import NotTestable, completed_freezes, describe, require, seen
from conformance.scenarios.steps import MALFORMED_HANDLER, PRE_FREEZE_TIMEOUT_S, PRE_STOP_TIMEOUT_S
from fixtures.history.events import HOOKS, Call, ConfigurationRefused, ConfigurationTaken, HookConfigured, HookRefused
from fixtures.platform.configuration import HOOK_KEYS
from fixtures.platform.deployment import By

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures.history.events import Event
    from fixtures.history.history import History


def _lived(history: History) -> None:
    """The instance was frozen and stopped, so that hooks had their occasion."""
    completed_freezes(history)
    if history.stop()[1] is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")


def _invoked(history: History) -> None:
    """The handler ran; or, where nobody sees that, an invocation was answered as carried out."""
    if history.keeps_records:
        seen(history.runs(Call.INVOKE), "a run of the handler")
    else:
        seen([one for one in history.exchanges(Call.INVOKE) if told_success(one)], "an invocation that succeeded")


def _taken(history: History, by: By) -> None:
    seen([event for event in history.of(ConfigurationTaken) if event.by == by.value], f"a {by.value} that was taken")


def _set(history: History) -> Sequence[Call]:
    """The hooks that the configurations that were taken name, without those that this runtime cannot have.

    Not those that the platform says it has configured: one that drops what it has taken says nothing of it.
    """
    text = "".join(event.text for event in history.of(ConfigurationTaken))
    refused = {event.hook for event in history.of(HookRefused)}
    named = [hook for hook, key in zip(HOOKS, HOOK_KEYS, strict=True) if key in text and hook not in refused]
    return seen(named, "a hook in a configuration that was taken")


def _hooks_run(history: History, *hooks: Call) -> None:
    for hook in hooks:
        runs = [run for run in ran(history, hook) if run.whole]
        require(
            len(runs) == 1,
            expected=f"one run of {hook.label}, which is configured",
            seen=str(len(runs)),
            evidence=(*history.of(ConfigurationTaken), *(run.start for run in runs)),
        )


def _hooks_are_kept(history: History, *hooks: Call) -> None:
    """They run; or, where nobody sees that, they are asked for as before."""
    if history.keeps_records:
        _hooks_run(history, *hooks)
        return
    for hook in hooks:
        asked = [exchange.sent for exchange in history.exchanges(hook)]
        require(
            len(asked) == 1,
            expected=f"one request for {hook.label}, which is configured",
            seen=str(len(asked)),
            evidence=(*history.of(ConfigurationTaken), *asked),
        )


def _no_run(history: History, *hooks: Call) -> None:
    """None of them runs; or, where nobody sees that, none is asked for: a runtime has nothing else to run it for."""
    started: list[Event] = [run.start for hook in hooks for run in history.runs(hook)]
    told = ", ".join(describe(run) for hook in hooks for run in history.runs(hook))
    if not history.keeps_records:
        started = [exchange.sent for hook in hooks for exchange in history.exchanges(hook)]
        told = f"{len(started)} requests for it"
    require(
        not started,
        expected=f"no run of {' or '.join(hook.label for hook in hooks)}",
        seen=told,
        evidence=(*history.of(ConfigurationTaken), *started),
        certain=True,
    )


@judges("configuration.console-creation-takes-no-hook", on=("created-in-the-console",))
def test_a_creation_in_the_console_takes_no_hook(history: History) -> None:
    _lived(history)
    refused = [event for event in history.of(ConfigurationRefused) if event.by == By.CREATION_IN_CONSOLE.value]
    creations: list[ConfigurationRefused | ConfigurationTaken] = [*refused, *history.of(ConfigurationTaken)]
    tried = [event for event in creations if event.by == By.CREATION_IN_CONSOLE.value and "preStop" in event.text]
    seen(tried, "a creation in the console that names hooks")
    require(bool(refused), expected="the creation that names hooks to be refused", seen="it was taken", evidence=tried)
    _no_run(history, *HOOKS)


@judges("configuration.console-update-sets-hooks", on=("updated-in-the-console",))
def test_an_update_in_the_console_sets_the_hooks(history: History) -> None:
    _taken(history, By.UPDATE)
    _lived(history)
    _hooks_run(history, *_set(history))


@judges("configuration.sdk-creation-sets-hooks", on=("created-with-the-sdk",))
def test_a_creation_with_the_sdk_sets_the_hooks(history: History) -> None:
    _taken(history, By.CREATION_WITH_SDK)
    _lived(history)
    _hooks_run(history, *_set(history))


@judges("configuration.each-hook-has-its-own", on=("created-with-the-sdk", "updated-in-the-console"))
def test_each_hook_has_its_own_handler_and_timeout(history: History) -> None:
    timeouts = {Call.PRE_FREEZE: PRE_FREEZE_TIMEOUT_S, Call.PRE_STOP: PRE_STOP_TIMEOUT_S}
    taken = seen(history.of(ConfigurationTaken), "a configuration that was taken")
    text = "".join(event.text for event in taken)
    for event in seen(history.of(HookConfigured), "a hook that was configured"):
        require(
            event.timeout_s == timeouts[event.hook] and f'"{event.handler}"' in text,
            expected=f"{event.hook.label} with the handler of the file and {timeouts[event.hook]} s",
            seen=f"{event.handler}, {event.timeout_s} s",
            evidence=(event,),
        )
    handlers = [event.handler for event in history.of(HookConfigured)]
    # An author whose own server answers the hooks may have written one handler for both: nothing looks at it there.
    written = {handler: max(event.text.count(f'"{handler}"') for event in taken) for handler in handlers}
    shared = [handler for handler, times in written.items() if handlers.count(handler) > times]
    require(
        not shared,
        expected="a handler of its own for each hook",
        seen=", ".join(handlers),
        evidence=history.of(HookConfigured),
    )


@judges("configuration.empty-handler-disables-pre-freeze", on=("pre-freeze-set-to-nothing",))
def test_an_empty_handler_disables_pre_freeze(history: History) -> None:
    _taken(history, By.UPDATE)
    _lived(history)
    seen(ran(history, Call.INVOKE), "a run of the handler")
    _no_run(history, Call.PRE_FREEZE)
    _hooks_run(history, Call.PRE_STOP)


@judges("configuration.empty-handler-disables-pre-stop", on=("pre-stop-set-to-nothing",))
def test_an_empty_handler_disables_pre_stop(history: History) -> None:
    _taken(history, By.UPDATE)
    _lived(history)
    _invoked(history)
    _no_run(history, Call.PRE_STOP)


@judges("configuration.timeout-is-void-without-a-handler", on=("pre-freeze-set-to-nothing", "pre-stop-set-to-nothing"))
def test_the_timeout_of_a_disabled_hook_says_nothing(history: History) -> None:
    _lived(history)
    disabled = Call.PRE_FREEZE if history.scenario == "pre-freeze-set-to-nothing" else Call.PRE_STOP
    updates = [event for event in history.of(ConfigurationTaken) if event.by == By.UPDATE.value]
    seen(
        [event for event in updates if 'handler: ""' in event.text and "timeout" in event.text],
        "an update with an empty handler and a timeout",
    )
    left = [event for event in history.of(HookConfigured) if event.hook is disabled]
    require(
        not left,
        expected=f"no {disabled.label}, whatever its timeout says",
        seen=", ".join(f"{event.handler!r}, {event.timeout_s} s" for event in left),
        evidence=(*updates, *left),
    )


@judges("configuration.left-out-pre-freeze-is-kept", on=("pre-stop-set-to-nothing",))
def test_a_pre_freeze_that_an_update_leaves_out_is_kept(history: History) -> None:
    _taken(history, By.UPDATE)
    _lived(history)
    _hooks_are_kept(history, Call.PRE_FREEZE)


@judges("configuration.left-out-pre-stop-is-kept", on=("pre-stop-left-out",))
def test_a_pre_stop_that_an_update_leaves_out_is_kept(history: History) -> None:
    _taken(history, By.UPDATE)
    _lived(history)
    _hooks_are_kept(history, Call.PRE_STOP)


@judges("configuration.mistakes-change-nothing", on=("mistaken-update",))
def test_an_update_with_mistakes_changes_nothing(history: History) -> None:
    _lived(history)
    refused = [event for event in history.of(ConfigurationRefused) if event.by == By.UPDATE.value]
    taken = [event for event in history.of(ConfigurationTaken) if event.by == By.UPDATE.value]
    seen([*refused, *taken], "an update with a mistake", at_least=2)
    require(not taken, expected="updates with mistakes to be refused", seen=f"{len(taken)} taken", evidence=taken)
    _hooks_are_kept(history, *_set(history))


@judges("configuration.mistakes-are-named", on=("mistaken-update",))
def test_a_mistake_is_named_with_its_line_and_the_key_that_was_meant(history: History) -> None:
    refused = [event for event in history.of(ConfigurationRefused) if "プレフリーズ" in event.text]
    told = seen(refused, "an update with a translated key")[0]
    line = 1 + told.text[: told.text.index("プレフリーズ")].count("\n")
    require(
        f":{line}:" in told.mistakes and "preFreeze" in told.mistakes and "preStop" in told.mistakes,
        expected=f"line {line}, and preFreeze and preStop as the keys that were meant",
        seen=told.mistakes,
        evidence=(told,),
    )


def _nothing_runs_in_place_of_a_missing_function(history: History) -> None:
    configured = seen(history.of(HookConfigured), "a hook that was configured")
    for event in configured:
        seen(history.exchanges(event.hook), f"a request for {event.hook.label}")
    seen(history.runs(Call.INVOKE), "a run of the handler")
    invoked = {exchange.sent.request_id for exchange in history.exchanges(Call.INVOKE)}
    ran = [run for call in (Call.INVOKE, *HOOKS) for run in history.runs(call) if run.start.request_id not in invoked]
    require(
        not ran,
        expected=f"nothing to run for {', '.join(event.handler for event in configured)}, which the function lacks",
        seen=", ".join(map(describe, ran)),
        evidence=(*configured, *(run.start for run in ran)),
        certain=True,
    )


@judges("configuration.handler-names-file-and-function", on=("malformed-handler", "hooks-are-missing"))
def test_a_handler_names_a_file_and_a_function(history: History) -> None:
    _lived(history)
    if history.scenario == "hooks-are-missing":
        _nothing_runs_in_place_of_a_missing_function(history)
        return
    updates: list[ConfigurationRefused | ConfigurationTaken] = []
    updates.extend(event for event in history.of(ConfigurationRefused) if MALFORMED_HANDLER in event.text)
    updates.extend(event for event in history.of(ConfigurationTaken) if MALFORMED_HANDLER in event.text)
    tried = seen(updates, "an update with a handler that names no file")
    refused = [
        event for event in tried if isinstance(event, ConfigurationRefused) and MALFORMED_HANDLER in event.mistakes
    ]
    require(
        len(refused) == len(tried),
        expected="an update whose handlers name no file to be refused, with the handler in the message",
        seen="; ".join(
            event.mistakes if isinstance(event, ConfigurationRefused) else "it was taken" for event in tried
        ),
        evidence=tried,
    )
    # The handlers that were set before do name a file and a function, and these functions run.
    _hooks_run(history, *_set(history))
