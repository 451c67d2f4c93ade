"""What is read from a service file, and how its mistakes are told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.platform import service_file
from fixtures.platform.configuration import (
    DEFAULT_TIMEOUT_S,
    DisableHook,
    LifecycleUpdate,
    SetHook,
)
from runtimes.projects.mistakes import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

BOTH = """codeUri: './code.zip'
instanceLifecycleConfig:
  preFreeze:
    handler: index.PreFreeze
    timeout: 60
  preStop:
    handler: index.PreStop
    timeout: 60
"""
WHOLE = """edition: 1.0.0
vars:
  stop: &stop {handler: index.preStop, timeout: 60}
services:
  shop:
    component: fc
    props:
      region: cn-hangzhou
      function:
        name: till
        runtime: nodejs14
        instanceLifecycleConfig:
          preFreeze: {handler: "", timeout: 10}
          preStop:
            <<: *stop
            timeout: 30
"""
STOP_ONLY = LifecycleUpdate(pre_stop=SetHook("index.PreStop", 60))


def stop(settings: str) -> str:
    """A file whose preStop has these settings, in line 3."""
    return f"instanceLifecycleConfig:\n  preStop:\n    {settings}\n"


def mistakes(data: str | bytes, *, file: str = "s.yaml", service: str | None = None) -> list[str]:
    """The mistakes of a file, each as one line."""
    with pytest.raises(ConfigurationError) as caught:
        service_file.read(data, file=file, service=service)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_sample_of_the_page_sets_both_hooks() -> None:
    assert service_file.read(BOTH) == LifecycleUpdate(SetHook("index.PreFreeze", 60), SetHook("index.PreStop", 60))


def test_the_page_s_second_sample_disables_one_hook_and_sets_the_other() -> None:
    disabled = BOTH.replace("index.PreFreeze", '""')
    assert service_file.read(disabled) == LifecycleUpdate(DisableHook(), SetHook("index.PreStop", 60))


def test_a_hook_that_is_left_out_is_not_changed() -> None:
    assert service_file.read(stop("handler: index.PreStop\n    timeout: 60")) == STOP_ONLY


@pytest.mark.parametrize("text", ["codeUri: ./code.zip\n", "instanceLifecycleConfig: {}\n"])
def test_a_file_that_names_no_hook_changes_nothing(text: str) -> None:
    assert service_file.read(text) == LifecycleUpdate()


def test_a_whole_file_is_read_with_its_anchors_and_merge_keys() -> None:
    assert service_file.read(WHOLE) == LifecycleUpdate(DisableHook(), SetHook("index.preStop", 30))


def test_component_fc3_has_the_hooks_beside_its_other_properties() -> None:
    text = (
        "resources:\n  shop:\n    props:\n      instanceLifecycleConfig:\n        preStop: {handler: a.b, timeout: 1}\n"
    )
    assert service_file.read(text) == LifecycleUpdate(pre_stop=SetHook("a.b", 1))


@pytest.mark.parametrize("changed", [BOTH.replace("\n", "\r\n"), "\ufeff" + BOTH, "# note\n---\n" + BOTH])
def test_line_ends_a_byte_order_mark_and_a_document_start_make_no_difference(changed: str) -> None:
    assert service_file.read(changed.encode()) == service_file.read(BOTH)


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(BOTH, encoding="utf-8")
    assert service_file.load(path) == service_file.read(BOTH)


def test_a_file_that_is_not_there_is_a_mistake_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml: cannot be read: No such file"):
        service_file.load(tmp_path / "none.yaml")


@pytest.mark.parametrize("timeout", ["0", "-5", "1.5", "999999999999"])
def test_the_timeout_of_a_disabled_hook_may_be_any_number(timeout: str) -> None:
    text = stop(f'handler: ""\n    timeout: {timeout}')
    assert service_file.read(text) == LifecycleUpdate(pre_stop=DisableHook())


def test_a_disabled_hook_needs_no_timeout() -> None:
    assert service_file.read(stop('handler: ""')) == LifecycleUpdate(pre_stop=DisableHook())


@pytest.mark.parametrize(
    ("timeout", "said"),
    [
        ('"60"', "must be a whole number of seconds, is the text '60'"),
        ("60s", "must be a whole number of seconds, is the text '60s'"),
        ("1.5", "must be a whole number of seconds, is the number 1.5"),
        ("60.0", "must be a whole number of seconds, is the number 60.0"),
        ("true", "must be a whole number of seconds, is true"),
        ("[60]", "must be a whole number of seconds, is a list"),
        ("0", "must be at least 1 second, is the number 0"),
        ("-1", "must be at least 1 second, is the number -1"),
        ("9" * 5000, "cannot be read as int"),
        ("2020-99-99", "cannot be read as timestamp"),
    ],
)
def test_a_timeout_that_is_no_positive_whole_number_is_told_with_its_place(timeout: str, said: str) -> None:
    text = stop(f"handler: index.preStop\n    timeout: {timeout}")
    assert mistakes(text) == [f"s.yaml:4:14: instanceLifecycleConfig.preStop.timeout: {said}"]


@pytest.mark.parametrize("timeout", ["1", "10", "60", "86400"])
def test_no_upper_limit_of_the_timeout_is_made_up(timeout: str) -> None:
    update = service_file.read(stop(f"handler: index.PreStop\n    timeout: {timeout}"))
    assert update.pre_stop == SetHook("index.PreStop", int(timeout))


def test_a_number_in_the_place_of_a_hook_is_told() -> None:
    assert mistakes("instanceLifecycleConfig:\n  preStop: 60\n") == [
        "s.yaml:2:12: instanceLifecycleConfig.preStop: must be a mapping of handler and timeout, is the number 60"
    ]


def test_an_empty_value_is_told_at_its_key_and_the_way_to_disable_is_named() -> None:
    assert mistakes(stop("handler:\n    timeout: 60")) == [
        's.yaml:3:5: instanceLifecycleConfig.preStop.handler: must be text; write "" to disable the hook, is nothing'
    ]


def test_a_hook_without_handler_or_timeout_is_told() -> None:
    said = "is missing: each hook has a handler and a timeout of its own"
    assert mistakes("instanceLifecycleConfig: {preFreeze: {timeout: 1}, preStop: {handler: a.b}}") == [
        f"s.yaml:1:27: instanceLifecycleConfig.preFreeze.handler: {said}",
        f"s.yaml:1:52: instanceLifecycleConfig.preStop.timeout: {said}",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("プレフリーズ", "preFreeze"),
        ("プレストップ", "preStop"),
        ("prefreeze", "preFreeze"),
        ("PreFreeze", "preFreeze"),
        ("preFreez", "preFreeze"),
        ("pre_stop", "preStop"),
        ("pre-stop", "preStop"),
    ],
)
def test_the_hook_that_was_meant_by_a_key_is_named(written: str, meant: str) -> None:
    text = f"instanceLifecycleConfig:\n  {written}: {{handler: a.b, timeout: 1}}\n"
    said = f"is no key here: preFreeze and preStop are; did you mean {meant}?"
    assert mistakes(text) == [f"s.yaml:2:3: instanceLifecycleConfig.{written}: {said}"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("ハンドラー", "handler"), ("タイムアウト", "timeout"), ("Handler", "handler"), ("timout", "timeout")],
)
def test_the_setting_that_was_meant_by_a_key_is_named_and_not_also_called_missing(written: str, meant: str) -> None:
    settings = {"handler": "a.b", "timeout": "1"}
    settings[written] = settings.pop(meant)
    (only,) = mistakes(stop("\n    ".join(f"{key}: {value}" for key, value in settings.items())))
    assert f"instanceLifecycleConfig.preStop.{written}: is no key here" in only
    assert only.endswith(f"did you mean {meant}?")


def test_a_key_that_resembles_nothing_gets_no_guess() -> None:
    (only,) = mistakes(stop("handler: a.b\n    timeout: 1\n    colour: red"))
    assert only == "s.yaml:5:5: instanceLifecycleConfig.preStop.colour: is no key here: handler and timeout are"


def test_the_translated_sample_is_refused_for_its_missing_space_with_the_key_that_was_meant() -> None:
    text = "instanceLifecycleConfig:\n  プレフリーズ:\n    ハンドラー: index.PreFreeze\n    タイムアウト:60\n"
    assert mistakes(text) == [
        "s.yaml:4:5: is no valid YAML: the space after the colon is missing; did you mean timeout?"
    ]


def test_all_mistakes_of_a_file_are_told_in_the_order_of_their_places() -> None:
    text = """codeUri: a
codeUri: b
preStop: {handler: a.b, timeout: 1}
instanceLifecycleConfig:
  プレフリーズ:
    ハンドラー: 7
    timeout: "60"
  preStop:
    handler: index.preStop
    handler: index.preStop
    timeout: 0
"""
    assert [mistake.split(": ")[0] for mistake in mistakes(text)] == [
        "s.yaml:2:1",
        "s.yaml:3:1",
        "s.yaml:5:3",
        "s.yaml:6:5",
        "s.yaml:6:12",
        "s.yaml:7:14",
        "s.yaml:10:5",
        "s.yaml:11:14",
    ]


def test_a_key_that_stands_twice_is_told_with_its_first_place() -> None:
    text = stop("handler: a.b\n    timeout: 1\n    timeout: 2")
    assert mistakes(text) == ["s.yaml:5:5: instanceLifecycleConfig.preStop.timeout: stands twice, first in line 4"]


def test_hooks_outside_of_the_configuration_are_told() -> None:
    (only,) = mistakes("codeUri: a\npreStop: {handler: a.b, timeout: 1}\n")
    assert only == "s.yaml:2:1: preStop: stands outside of instanceLifecycleConfig and would not be read"


def test_a_configuration_at_a_place_where_nothing_reads_it_is_told() -> None:
    (only,) = mistakes(WHOLE.replace("function:", "functoin:"))
    assert only == "s.yaml:9:7: services.shop.props.functoin: is no known key; did you mean function?"


def test_a_configuration_below_a_key_that_resembles_nothing_is_told_too() -> None:
    first, second = mistakes(WHOLE.replace("function:", "purpose:"))
    keys = "region, service, function, triggers, customDomains, endpoint, provision and onDemand are"
    assert first == f"s.yaml:9:7: services.shop.props.purpose: is no key of component fc (2.0) here: {keys}"
    assert second.startswith("s.yaml:12:9: services.shop.props.purpose.instanceLifecycleConfig: is not read here")


def test_a_configuration_in_a_list_is_told_too() -> None:
    (only,) = mistakes("steps:\n- instanceLifecycleConfig: {}\n")
    assert only.startswith("s.yaml:2:3: steps.0.instanceLifecycleConfig: is not read here")


def test_aliases_cannot_nest_deeper_than_brackets_can() -> None:
    chain = "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 60))
    (only,) = mistakes("a0: &a0 []\n" + chain)
    assert only.endswith("is nested deeper than 40 levels by its aliases")


def test_a_long_value_is_cut_in_a_message() -> None:
    (only,) = mistakes(f"instanceLifecycleConfig: {'x' * 5000}")
    assert only.endswith(f"is the text '{'x' * 60}...'")


def test_thousands_of_mistakes_are_told_in_reasonable_time() -> None:
    began = time.process_time()
    assert len(mistakes("a: b\n" * 3000)) == 2999
    assert time.process_time() - began < 5


def test_a_misspelt_configuration_is_not_passed_over() -> None:
    (only,) = mistakes(BOTH.replace("instanceLifecycleConfig", "instanceLifeCycleConfig"))
    assert only == "s.yaml:2:1: instanceLifeCycleConfig: is no known key; did you mean instanceLifecycleConfig?"


def test_of_several_functions_one_has_to_be_named() -> None:
    other = WHOLE[WHOLE.index("  shop") :].replace("shop", "bank").replace("timeout: 30", "timeout: 40")
    both = WHOLE + other
    (only,) = mistakes(both)
    assert "configures the hooks of several functions" in only
    assert service_file.read(both, service="bank").pre_stop == SetHook("index.preStop", 40)
    assert mistakes(both, service="mill") == ["s.yaml: has no hooks for service mill, but for shop, bank"]


def test_the_runtime_beside_the_hooks_decides_the_form_of_their_handlers() -> None:
    (only,) = mistakes(WHOLE.replace("index.preStop", "example.App::preStop"))
    # The place is that of the value, which an anchor holds.
    assert only.startswith("s.yaml:3:25: services.shop.props.function.instanceLifecycleConfig.preStop.handler: ")
    assert "must have the form [file].[function] for nodejs14, as in index.preStop" in only


def test_a_runtime_that_is_given_goes_before_the_one_in_the_file() -> None:
    text = WHOLE.replace("index.preStop", "example.App::preStop")
    assert service_file.read(text, runtime="java").pre_stop == SetHook("example.App::preStop", 30)


def test_without_a_runtime_the_form_of_a_handler_is_not_judged() -> None:
    assert service_file.read(stop("handler: whatever\n    timeout: 1")).pre_stop == SetHook("whatever", 1)


def test_a_handler_with_a_line_break_is_refused_as_it_would_end_a_header() -> None:
    (only,) = mistakes(stop('handler: "a.b\\r\\nx-fc-other: 1"\n    timeout: 1'))
    assert "has a line break or another control character" in only


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "s.yaml: is empty: it must be a mapping of keys"),
        ("# only a note\n", "s.yaml: is empty: it must be a mapping of keys"),
        ("- a\n- b\n", "s.yaml:1:1: must be a mapping of keys, is a list"),
        ("hello", "s.yaml:1:1: must be a mapping of keys, is the text 'hello'"),
        ("a: 1\n---\nb: 2\n", "s.yaml:2:1: holds several YAML documents: only one can be deployed"),
        ("a:\n\tb: 1\n", "s.yaml:2:1: is no valid YAML: a tab stands where YAML wants spaces"),
        ("a: {b: 1\n", "s.yaml:2:1: is no valid YAML: expected ',' or '}', but got '<stream end>'"),
        ("a: *b\n", "s.yaml:1:4: is no valid YAML: found undefined alias 'b'"),
        ("a: b\nc\x00: d", "s.yaml:2:2: is no text: it has the character U+0000 in it"),
        (b"a: b\nc: \xff\xfe", "s.yaml:2:4: is no text in UTF-8: byte 0xff"),
        ("a: &a [*a]\n", "s.yaml:1:4: has an alias inside of what it names: that never ends"),
        ("? [a]\n: b\n", "s.yaml:1:3: has a key that is no text but a list"),
        ("[" * 2000, "s.yaml:1:41: is nested deeper than 40 levels"),
        ("a: b\n" * 20_000, "s.yaml: is larger than 65536 bytes: this is no s.yaml"),
        ("a: b\n" * 8000, "s.yaml: has more than 10000 keys and values: this is no s.yaml"),
    ],
    ids=lambda value: None if len(value) < 40 else f"{value[:12]!r}...",
)
def test_what_is_no_service_file_at_all_is_told_in_one_mistake(text: str | bytes, said: str) -> None:
    assert mistakes(text) == [said]


def test_a_file_that_is_too_large_is_not_even_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole of a terabyte
    with pytest.raises(ConfigurationError, match="is larger than 65536 bytes"):
        service_file.load(path)


@pytest.mark.parametrize("merged", [False, True], ids=["aliases", "merge keys"])
def test_a_file_that_would_grow_without_measure_is_refused_before_it_grows(merged: bool) -> None:
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, 10):
        many = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} {{<<: [{many}]}}" if merged else f"a{level}: &a{level} [{many}]")
    began = time.process_time()
    (only,) = mistakes("\n".join(lines))
    assert "by its aliases" in only
    assert time.process_time() - began < 0.25


def test_no_tag_makes_an_object() -> None:
    (only,) = mistakes(stop("handler: !!python/object/apply:os.getcwd []\n    timeout: 1"))
    assert "preStop.handler: cannot be read as python/object/apply:os.getcwd" in only


def test_the_file_is_named_as_it_was_given() -> None:
    (only,) = mistakes("hello", file="services/shop.yaml")
    assert only.startswith("services/shop.yaml:1:1: ")


PIECES = st.sampled_from(
    [
        *"ab:{}[]&*!|>-?,#'\"\n\t %@",
        "  ",
        ": ",
        "<<: ",
        "\n  ",
        "\n    ",
        "instanceLifecycleConfig",
        "preStop",
        "preFreeze",
        "プレフリーズ",
        "handler",
        "timeout",
        "60",
        "null",
        "\u2028",
        "\r",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(data: str | bytes) -> None:
    try:
        update = service_file.read(data)
    except ConfigurationError as error:
        said = str(error)
    else:
        said = repr(update)
    assert said


@given(
    handler=st.from_regex(r"[a-z]{1,8}\.[a-zA-Z_]{1,12}", fullmatch=True),
    timeout=st.integers(min_value=1, max_value=2**31 - 1),
)
def test_what_is_written_is_what_is_read(handler: str, timeout: int) -> None:
    update = service_file.read(stop(f'handler: "{handler}"\n    timeout: {timeout}'), runtime="python3.9")
    assert update == LifecycleUpdate(pre_stop=SetHook(handler, timeout))


THREE = """resources:
  f:
    component: fc3
    props:
      functionName: f
      runtime: nodejs20
      instanceLifecycleConfig:
        HOOK
"""


@pytest.mark.parametrize(
    ("hook", "update"),
    [
        (
            "initializer: {handler: index.initialize, timeout: 7}",
            LifecycleUpdate(initialize=SetHook("index.initialize", 7)),
        ),
        (
            "initializer: {command: [sh, -c, x], timeout: 7}",
            LifecycleUpdate(initialize=SetHook("", 7, ("sh", "-c", "x"))),
        ),
        ("preStop: {handler: a.b, timeout: 0}", LifecycleUpdate(pre_stop=SetHook("a.b", DEFAULT_TIMEOUT_S))),
        ("preStop: {handler: a.b}", LifecycleUpdate(pre_stop=SetHook("a.b", DEFAULT_TIMEOUT_S))),
        ('preStop: {handler: ""}', LifecycleUpdate(pre_stop=DisableHook())),
        ("preStop: {handler: a.b, timeout: \"${env('T', 9)}\"}", LifecycleUpdate(pre_stop=SetHook("a.b", 9))),
    ],
)
def test_the_hooks_of_3_0_are_taken_as_its_tool_takes_them(hook: str, update: LifecycleUpdate) -> None:
    assert service_file.read(THREE.replace("HOOK", hook)) == update


def test_the_initializer_of_2_0_stands_beside_the_hooks() -> None:
    text = WHOLE.replace("runtime: nodejs14", "runtime: nodejs14\n        initializer: index.initialize")
    assert service_file.read(text).initialize == SetHook("index.initialize", DEFAULT_TIMEOUT_S)


def test_a_variable_that_the_file_does_not_have_is_named() -> None:
    (only,) = mistakes(THREE.replace("HOOK", "preStop: {handler: a.b, timeout: '${vars.t}'}"))
    assert only.endswith("preStop.timeout: has ${vars.t}, and there is no vars")
