"""The rules of configuring hooks: updating, disabling, creating, and what a profile lets through."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.history.events import Call
from fixtures.platform.configuration import (
    DEFAULT_TIMEOUT_S,
    S_TOOL_RULE,
    Configuration,
    DisableHook,
    Hook,
    HookChange,
    HookSupport,
    LifecycleUpdate,
    SetHook,
    apply,
    configure,
    create_in_console,
    create_with_sdk,
    effective_hooks,
    hook_change,
)
from runtimes.handler_forms import handler_mistake
from runtimes.projects.mistakes import ConfigurationError, Mistake

FREEZE = SetHook("index.preFreeze", 10)
STOP = SetHook("index.preStop", 60)
BOTH = Configuration(FREEZE, STOP)

HANDLERS = st.builds(SetHook, st.sampled_from(["index.a", "index.b", "main"]), st.integers(1, 60))
CHANGES: st.SearchStrategy[HookChange | None] = st.none() | st.just(DisableHook()) | HANDLERS
UPDATES = st.builds(LifecycleUpdate, CHANGES, CHANGES)
CONFIGURATIONS = st.builds(Configuration, st.none() | HANDLERS, st.none() | HANDLERS)


def test_a_hook_that_an_update_leaves_out_keeps_its_setting() -> None:
    changed = apply(BOTH, LifecycleUpdate(pre_stop=SetHook("index.other", 5)))
    assert changed == Configuration(FREEZE, SetHook("index.other", 5))


def test_an_empty_handler_disables_a_hook_and_leaves_the_other() -> None:
    assert apply(BOTH, LifecycleUpdate(pre_freeze=hook_change("", 60))) == Configuration(None, STOP)


@pytest.mark.parametrize("timeout", [None, 0, -1, 60])
def test_the_timeout_of_an_empty_handler_says_nothing(timeout: int | None) -> None:
    assert hook_change("", timeout) == DisableHook()


def test_a_handler_without_a_timeout_gets_the_default() -> None:
    assert hook_change("index.preStop") == SetHook("index.preStop", DEFAULT_TIMEOUT_S)


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_handler_with_a_timeout_that_is_not_positive_is_refused(timeout: int) -> None:
    with pytest.raises(ConfigurationError, match=f"timeout: must be at least 1 second, is {timeout}"):
        hook_change("index.preStop", timeout)


def test_disabling_a_hook_that_was_never_set_changes_nothing() -> None:
    assert apply(Configuration(), LifecycleUpdate(pre_stop=DisableHook())) == Configuration()


def test_the_s_tool_disables_what_its_file_leaves_out() -> None:
    update = LifecycleUpdate(pre_stop=STOP)
    assert apply(BOTH, update, S_TOOL_RULE) == Configuration(None, STOP)
    assert apply(BOTH, update) == BOTH
    assert S_TOOL_RULE.standing == "vendor"


@given(CONFIGURATIONS)
def test_an_update_that_names_nothing_changes_nothing(current: Configuration) -> None:
    assert apply(current, LifecycleUpdate()) == current


@given(CONFIGURATIONS, UPDATES)
def test_the_same_update_twice_is_the_update_once(current: Configuration, update: LifecycleUpdate) -> None:
    once = apply(current, update)
    assert apply(once, update) == once


@given(CONFIGURATIONS, UPDATES)
def test_the_s_tool_makes_of_an_update_what_a_creation_would(current: Configuration, update: LifecycleUpdate) -> None:
    assert apply(current, update, S_TOOL_RULE) == create_with_sdk(update)


@given(CONFIGURATIONS, UPDATES)
def test_each_hook_follows_its_own_part_of_an_update_only(current: Configuration, update: LifecycleUpdate) -> None:
    freeze_only, stop_only = LifecycleUpdate(pre_freeze=update.pre_freeze), LifecycleUpdate(pre_stop=update.pre_stop)
    assert apply(apply(current, freeze_only), stop_only) == apply(current, update)
    assert apply(current, freeze_only).pre_stop == current.pre_stop


def test_the_sdk_sets_hooks_when_it_creates_a_function() -> None:
    assert create_with_sdk(LifecycleUpdate(FREEZE, STOP)) == BOTH


def test_the_console_refuses_hooks_when_it_creates_a_function() -> None:
    with pytest.raises(ConfigurationError) as caught:
        create_in_console(LifecycleUpdate(FREEZE, DisableHook()))
    assert [mistake.key for mistake in caught.value.mistakes] == ["PreFreeze", "PreStop"]
    assert "create it, then update it" in str(caught.value)


def test_the_console_creates_a_function_without_hooks() -> None:
    assert create_in_console(LifecycleUpdate()) == Configuration()


def test_a_profile_lets_through_what_its_runtime_supports_and_refuses_the_rest_with_a_reason() -> None:
    configured = effective_hooks(BOTH, HookSupport("seeds", "python", frozenset({Call.PRE_STOP})))
    assert set(configured.effective.hooks) == {Call.PRE_STOP}
    assert [(refusal.call, refusal.reason) for refusal in configured.refused] == [
        (Call.PRE_FREEZE, "profile seeds: python does not support PreFreeze")
    ]


def test_hooks_without_effect_are_never_called_and_say_why() -> None:
    support = HookSupport("seeds", "custom-container-noweb", frozenset(Call), without_effect="no web server")
    configured = effective_hooks(BOTH, support)
    assert not configured.effective.hooks
    assert {refusal.reason for refusal in configured.without_effect} == {"no web server"}


def test_a_disabled_hook_is_neither_called_nor_refused_nor_named_in_a_header() -> None:
    nothing = apply(BOTH, LifecycleUpdate(DisableHook(), DisableHook()))
    configured = effective_hooks(nothing, HookSupport("seeds", "php", frozenset()))
    assert (configured.effective.headers(), configured.refused) == ({}, ())


def test_every_hook_that_will_be_called_is_named_in_a_header_of_its_own() -> None:
    wanted = [Hook(call, f"index.{call}") for call in (Call.INITIALIZE, Call.PRE_FREEZE, Call.PRE_STOP)]
    effective = configure(wanted, HookSupport("fc2", "nodejs", frozenset(Call))).effective
    assert effective.get(Call.PRE_STOP) == wanted[2]
    assert effective.headers() == {
        "x-fc-function-initializer": "index.initialize",
        "x-fc-instance-lifecycle-pre-freeze-handler": "index.pre-freeze",
        "x-fc-instance-lifecycle-pre-stop-handler": "index.pre-stop",
    }


@pytest.mark.parametrize(
    ("runtime", "handler"),
    [
        ("nodejs", "index.preStop"),
        ("nodejs14", "src/index.preStop"),
        ("python3.9", "index.preStopHandler"),
        ("php", "index.fc_func_pre_stop"),
        ("java", "example.App::preStop"),
        ("java11", "com.example.App::preStop"),
        ("csharp", "Function::Example.App::PreStop"),
        ("dotnetcore3.1", "Function::Example.App::PreStop"),
        ("go", "main"),
        ("custom", "pre-stop"),
        ("custom-container", "any text will do"),
        ("unheard-of", "x"),
        (None, "example.App::preStop"),
    ],
)
def test_a_handler_in_the_form_of_its_runtime_is_taken(runtime: str | None, handler: str) -> None:
    assert handler_mistake(handler, runtime) == ""


@pytest.mark.parametrize(
    ("runtime", "handler"),
    [
        ("nodejs", "index"),
        ("nodejs", ".preStop"),
        ("nodejs", "index."),
        ("python", "index preStop"),
        ("python", "index::pre_stop"),
        ("php", "example.App::preStop"),
        ("java", "index.preStop"),
        ("java", "App.preStop"),
        ("csharp", "Example.App::PreStop"),
        ("csharp", "index.PreStop"),
    ],
)
def test_a_handler_in_another_form_is_told_the_right_one(runtime: str, handler: str) -> None:
    said = handler_mistake(handler, runtime)
    assert said.startswith("must have the form ")
    assert repr(handler) in said


@pytest.mark.parametrize("handler", [" ", "\t", "index.a\n", "index.\x00a"])
def test_a_blank_handler_and_one_with_control_characters_are_wrong_for_every_runtime(handler: str) -> None:
    assert handler_mistake(handler)
    assert handler_mistake(handler, "go")


def test_a_configuration_error_holds_its_mistakes_in_the_order_of_their_places() -> None:
    error = ConfigurationError(
        [Mistake("b", "is wrong", file="s.yaml", line=7, column=3), Mistake("a", "is wrong", "c", "s.yaml", 2, 1)]
    )
    assert str(error) == "s.yaml:2:1: a: is wrong; did you mean c?\ns.yaml:7:3: b: is wrong"


def test_an_initializer_that_is_left_out_keeps_its_setting_and_each_hook_can_be_set_alone() -> None:
    current = Configuration(FREEZE, STOP, SetHook("index.initialize", 5))
    assert apply(current, LifecycleUpdate(pre_stop=DisableHook())) == replace(current, pre_stop=None)
    assert apply(current, LifecycleUpdate(initialize=DisableHook())) == BOTH
    assert Hook(Call.INITIALIZE, "index.initialize", 5) in current.hooks()


def test_a_command_in_a_handler_s_place_is_never_called_and_says_why() -> None:
    wanted = Configuration(pre_stop=SetHook("", 10, ("sh", "-c", "true")))
    configured = effective_hooks(wanted, HookSupport("fc3", "nodejs", frozenset(Call)))
    assert not configured.effective.hooks
    assert [(refusal.call, refusal.reason) for refusal in configured.without_effect] == [
        (Call.PRE_STOP, "it is a command, and the reference platform calls handlers only")
    ]
