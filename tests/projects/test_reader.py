"""What is read of a project's file in either edition, and how its mistakes are told."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtimes.projects import keys, reader
from runtimes.projects.mistakes import ConfigurationError
from runtimes.projects.project import Component, Function, HookKey, Project
from runtimes.projects.variables import Around

if TYPE_CHECKING:
    from pathlib import Path

TWO = """edition: 1.0.0
name: shop
services:
  till:
    component: fc
    props:
      region: cn-hangzhou
      service: {name: market}
      function:
        name: cash
        runtime: nodejs14
        handler: index.handler
        codeUri: ./code
        initializer: index.initialize
        initializationTimeout: 20
        memorySize: 256
        timeout: 60
        instanceConcurrency: 7
        environmentVariables: {PORT: 80, DEBUG: true, NAME: "x y"}
        instanceLifecycleConfig:
          preFreeze: {handler: index.preFreeze, timeout: 10}
          preStop: {handler: index.preStop, timeout: 20}
      triggers:
        - name: web
          type: http
          config: {authType: anonymous, methods: [GET, POST]}
"""
THREE = """edition: 3.0.0
resources:
  till:
    component: fc3@0.1.2
    props:
      region: cn-hangzhou
      functionName: cash
      runtime: nodejs20
      handler: index.handler
      code: ./code
      instanceLifecycleConfig:
        preStop: {handler: index.preStop, timeout: 10}
"""
OLD = """ROSTemplateFormatVersion: '2015-09-01'
Transform: 'Aliyun::Serverless-2018-04-03'
Resources:
  market:
    Type: 'Aliyun::Serverless::Service'
    Properties: {Description: a market}
    cash:
      Type: 'Aliyun::Serverless::Function'
      Properties:
        Handler: index.handler
        Runtime: nodejs12
        CodeUri: ./code
        CAPort: 8080
        EnvironmentVariables: {A: b}
        Initializer: index.initialize
        InstanceLifecycleConfig:
          PreFreeze: {Handler: index.preFreeze, Timeout: 10}
      Events:
        web: {Type: HTTP, Properties: {AuthType: ANONYMOUS, Methods: [GET]}}
"""
CONTAINER_2 = """services:
  f:
    component: fc
    props:
      service: {name: s}
      function:
        name: f
        runtime: custom-container
        customContainerConfig: {image: 'shop:1', command: '["/shop"]', args: '["-v"]'}
        instanceLifecycleConfig:
          preStop: {handler: x, timeout: 10}
"""
CONTAINER_3 = """resources:
  f:
    component: fc3
    props:
      functionName: f
      runtime: custom-container
      customContainerConfig: {image: 'shop:1', entrypoint: [/shop], command: [-v], port: 8080}
      instanceLifecycleConfig:
        preStop: {handler: x, timeout: 10}
"""


def one(text: str, around: Around | None = None) -> Function:
    """The only function of a file."""
    (function,) = reader.read(text, around=around).functions
    return function


def mistakes(text: str | bytes, around: Around | None = None) -> list[str]:
    """The mistakes of a file, each as one line."""
    with pytest.raises(ConfigurationError) as caught:
        reader.read(text, around=around)
    return [str(mistake) for mistake in caught.value.mistakes]


def untold(text: str) -> list[str]:
    """What the file has and the harness cannot do."""
    return [str(told) for told in reader.read(text).not_done]


def three(lifecycle: str) -> str:
    """A file of 3.0 with these hooks, in line 12."""
    return THREE.replace("preStop: {handler: index.preStop, timeout: 10}", lifecycle)


def test_a_function_of_2_0_is_read_with_all_that_it_says() -> None:
    function = one(TWO)
    assert (function.resource, function.name, function.component) == ("till", "cash", Component.FC)
    assert (function.runtime, function.handler, function.code) == ("nodejs14", "index.handler", "./code")
    assert (function.region, function.service) == ("cn-hangzhou", "market")
    assert (function.memory_mb, function.timeout_s, function.concurrency) == (256, 60, 7)
    assert function.environment == (("PORT", "80"), ("DEBUG", "true"), ("NAME", "x y"))
    assert [(hook.key, hook.handler, hook.timeout_s) for hook in function.hooks] == [
        (HookKey.PRE_FREEZE, "index.preFreeze", 10),
        (HookKey.PRE_STOP, "index.preStop", 20),
        (HookKey.INITIALIZER, "index.initialize", 20),
    ]
    assert function.http
    assert function.triggers[0].methods == ("GET", "POST")


def test_a_function_of_3_0_is_read_with_its_own_keys() -> None:
    function = one(THREE)
    assert (function.name, function.component, function.code) == ("cash", Component.FC3, "./code")
    assert not function.http
    hook = function.hook(HookKey.PRE_STOP)
    assert hook is not None
    assert (hook.handler, hook.timeout_s, hook.place.line, hook.place.column) == ("index.preStop", 10, 12, 9)


def test_the_file_of_the_older_tool_is_read_with_its_capitals() -> None:
    function = one(OLD)
    assert (function.name, function.service, function.component) == ("cash", "market", Component.TEMPLATE)
    assert (function.runtime, function.handler, function.code, function.port) == (
        "nodejs12",
        "index.handler",
        "./code",
        8080,
    )
    assert [(hook.key, hook.handler) for hook in function.hooks] == [
        (HookKey.PRE_FREEZE, "index.preFreeze"),
        (HookKey.INITIALIZER, "index.initialize"),
    ]
    assert function.http


def test_a_hook_without_its_capital_is_told_in_the_file_of_the_older_tool() -> None:
    (only,) = mistakes(OLD.replace("PreFreeze:", "preFreeze:"))
    assert only.endswith("preFreeze: is no key here: PreFreeze and PreStop are; did you mean PreFreeze?")


@pytest.mark.parametrize(
    "text", [CONTAINER_2.replace("        custom", "        caPort: 8080\n        custom"), CONTAINER_3]
)
def test_a_container_has_its_image_port_entry_point_and_command_in_either_edition(text: str) -> None:
    function = one(text)
    assert (function.image, function.port, function.web_server) == ("shop:1", 8080, True)
    assert (function.command, function.args) == (("/shop",), ("-v",))
    assert untold(text) == []


@pytest.mark.parametrize(
    ("text", "port"), [(CONTAINER_2, "caPort"), (CONTAINER_3.replace(", port: 8080", ""), "customContainerConfig.port")]
)
def test_without_a_port_a_container_has_no_web_server_and_its_hooks_no_effect(text: str, port: str) -> None:
    assert not one(text).web_server
    (only,) = untold(text)
    assert only.endswith(f"preStop: has no effect: without {port} the container has no web server")


def test_an_empty_handler_disables_a_hook_of_a_container_and_nothing_is_told_of_it() -> None:
    assert untold(CONTAINER_2.replace("handler: x", 'handler: ""')) == []


def test_a_custom_runtime_has_command_arguments_and_port() -> None:
    text = THREE.replace("nodejs20", "custom.debian10").replace(
        "      code:", "      customRuntimeConfig: {command: [node, server.js], args: ['--x'], port: 9001}\n      code:"
    )
    function = one(text)
    assert (function.command, function.args, function.port) == (("node", "server.js"), ("--x",), 9001)


def test_a_start_command_beside_a_built_in_runtime_is_told_to_have_no_effect() -> None:
    text = THREE.replace("      code:", "      customRuntimeConfig: {command: [node]}\n      code:")
    assert one(text).command == ()
    assert untold(text)[0].endswith("customRuntimeConfig: has no effect with the runtime nodejs20")


# ------------------------------------------------------------------------------------------------ hooks of 3.0


def test_the_initializer_of_3_0_is_a_hook_also_alone() -> None:
    (hook,) = one(three("initializer: {handler: index.initialize, timeout: 10}")).hooks
    assert (hook.key, hook.handler, hook.timeout_s) == (HookKey.INITIALIZER, "index.initialize", 10)


def test_a_command_stands_in_the_place_of_a_handler_and_is_told_not_to_be_run() -> None:
    text = three("initializer: {timeout: 10, command: [/bin/sh, -c, echo hi]}")
    (hook,) = one(text).hooks
    assert (hook.handler, hook.command, hook.disabled) == ("", ("/bin/sh", "-c", "echo hi"), False)
    (only,) = untold(text)
    assert only.startswith("line 12: resources.till.props.instanceLifecycleConfig.initializer: is a command")
    assert only.endswith("which is not run: the harness calls handlers only")


def test_a_timeout_of_0_is_read_and_told() -> None:
    text = three("preStop: {handler: index.preStop, timeout: 0}")
    assert one(text).hooks[0].timeout_s == 0
    assert "has a timeout of 0 seconds, which is documented nowhere" in untold(text)[0]


def test_both_components_take_a_hook_without_a_timeout() -> None:
    assert one(three("preStop: {handler: index.preStop}")).hooks[0].timeout_s is None
    assert one(TWO.replace("index.preStop, timeout: 20", "index.preStop")).hooks[1].timeout_s is None


@pytest.mark.parametrize(
    ("lifecycle", "said"),
    [
        (
            "preFreeze: {handler: a.b, timeout: 1}",
            "is no key of component fc3 (3.0) here: initializer and preStop are, Function Compute 3.0 has no PreFreeze",
        ),
        ("preStop: {timeout: 1}", "preStop.handler: is missing: a hook has a handler, or a command in its place"),
        (
            "preStop: {handler: a.b, timeout: 1, command: [x]}",
            "preStop.command: stands beside a handler: a hook has one of them",
        ),
        ("preStop: {timeout: 1, command: []}", "preStop.command: must be a command of at least one text, is a list"),
        ("preStop: {handler: a.b, timeout: 901}", "preStop.timeout: must be at most 900 seconds, is the number 901"),
        ("preStop: {handler: a.b, timeout: -1}", "preStop.timeout: must be at least 0 seconds, is the number -1"),
        (
            "initializer: {handler: a.b, timeout: 0}",
            "initializer.timeout: must be at least 1 second, is the number 0",
        ),
        ("initialiser: {handler: a.b}", "did you mean initializer?"),
        ("preStop: {handler: a.b, colour: 1}", "colour: is no key here: handler, timeout and command are"),
        ("preStop: {handler: preStop}", "preStop.handler: must have the form [file].[function] for nodejs20"),
        ("preStop: 60", "preStop: must be a mapping of handler and timeout, is the number 60"),
    ],
)
def test_a_mistake_in_the_hooks_of_3_0_is_told(lifecycle: str, said: str) -> None:
    (only,) = mistakes(three(lifecycle))
    assert said in only
    assert only.startswith("s.yaml:12:")


def test_a_hook_of_2_0_takes_no_command_and_its_initializer_stands_elsewhere() -> None:
    (only,) = mistakes(TWO.replace("preStop: {handler: index.preStop", "preStop: {command: [x], handler: a.b"))
    assert only.endswith("preStop.command: is no key here: handler and timeout are")
    (only,) = mistakes(TWO.replace("          preStop:", "          initializer:"))
    assert only.endswith("preFreeze and preStop are, and the initializer stands beside the function's handler")


# ------------------------------------------------------------------------------------------------ keys


@pytest.mark.parametrize(
    ("key", "value", "has"),
    [
        ("codeUri", "./x", "code"),
        ("name", "x", "functionName"),
        ("caPort", "80", "customContainerConfig.port or customRuntimeConfig.port"),
        ("initializer", "a.b", "instanceLifecycleConfig.initializer"),
        ("service", "{name: x}", "no service at all"),
        ("asyncConfiguration", "{}", "asyncInvokeConfig"),
    ],
)
def test_a_key_of_2_0_in_a_function_of_3_0_is_told_with_the_key_of_3_0(key: str, value: str, has: str) -> None:
    (only,) = mistakes(THREE.replace("      code:", f"      {key}: {value}\n      code:"))
    said = f"is a key of component fc (2.0); component fc3 (3.0) has {has}"
    assert only == f"s.yaml:10:7: resources.till.props.{key}: {said}"


@pytest.mark.parametrize(("key", "has"), [("functionName", "function.name"), ("code", "codeUri")])
def test_a_key_of_3_0_in_a_function_of_2_0_is_told_with_the_key_of_2_0(key: str, has: str) -> None:
    (only,) = mistakes(TWO.replace("        codeUri:", f"        {key}: x\n        codeUri:"))
    assert only.endswith(f"{key}: is a key of component fc3 (3.0); component fc (2.0) has {has}")


def test_a_key_that_is_slightly_wrong_is_told_with_the_nearest_one_and_read_as_that() -> None:
    (only,) = mistakes(THREE.replace("functionName", "functionNmae"))
    assert only == "s.yaml:7:7: resources.till.props.functionNmae: is no known key; did you mean functionName?"


def test_a_key_that_nobody_knows_is_a_mistake() -> None:
    (only,) = mistakes(THREE.replace("      code:", "      colour: red\n      code:"))
    assert only == "s.yaml:10:7: resources.till.props.colour: is no key of component fc3 (3.0) here"


def test_hooks_beside_their_configuration_are_told() -> None:
    (only,) = mistakes(THREE.replace("      code:", "      preStop: {handler: a.b}\n      code:"))
    assert only.endswith("props.preStop: stands outside of instanceLifecycleConfig and would not be read")


def test_what_the_harness_cannot_do_is_listed_with_its_line_and_its_meaning() -> None:
    text = THREE.replace(
        "      code:", "      role: x\n      nasConfig: auto\n      gpuConfig: {gpuType: x}\n      code:"
    )
    assert untold(text) == [
        "line 10: resources.till.props.role: is not done: the instance gets dummy credentials of no role",
        "line 11: resources.till.props.nasConfig: is not done: nothing is mounted",
        "line 12: resources.till.props.gpuConfig: is not done: there is no GPU",
    ]


@pytest.mark.parametrize("component", ["vpc", "fc3-domain", "devsapp/website@1.0.0", "${path('./own.js')}"])
def test_a_resource_that_is_no_function_is_listed(component: str) -> None:
    text = THREE + f"  other:\n    component: {component}\n    props: {{anything: goes}}\n"
    project = reader.read(text)
    assert [function.resource for function in project.functions] == ["till"]
    assert f"resources.other: is of the component {component}: only fc and fc3 have functions" in str(
        project.not_done[0]
    )


def test_a_trigger_that_nothing_fires_is_listed() -> None:
    text = TWO.replace("type: http", "type: timer")
    assert not one(text).http
    assert "is a trigger of type timer: nothing fires it" in untold(text)[0]


def test_actions_are_listed_as_not_run() -> None:
    actions = """    actions:
      pre-deploy:
        - run: npm install
          path: ./code
        - plugin: website
          args: {a: b}
"""
    text = "actions: {post-deploy: [{run: echo done}]}\n" + THREE.replace("    props:", f"{actions}    props:", 1)
    assert [str(action) for action in reader.read(text).actions] == [
        "line 1: post-deploy: echo done is not run",
        "line 8: pre-deploy: npm install in ./code is not run",
        "line 10: pre-deploy: plugin website is not run",
    ]
    assert [action.resource for action in reader.read(text).actions] == ["", "till", "till"]


@pytest.mark.parametrize(
    "text", ["extend: base.yaml\n" + THREE, THREE.replace("    props:", "    extend: {name: x}\n    props:")]
)
def test_a_file_that_takes_its_keys_from_elsewhere_is_refused(text: str) -> None:
    (only,) = mistakes(text)
    assert "extend: is not followed here: let the tool write the whole file (s preview)" in only


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("runtime: nodejs20", "runtime: 20", "runtime: must be text, is the number 20"),
        ("runtime: nodejs20", "runtime: [a]", "runtime: must be text, is a list"),
        ("code: ./code", "code:", "code: must be text, is nothing"),
        ("code: ./code", "memorySize: big", "memorySize: must be a whole number of MB, is the text 'big'"),
        ("code: ./code", "timeout: 0", "timeout: must be at least 1 second, is the number 0"),
        ("code: ./code", "timeout: 90000", "timeout: must be at most 86400 seconds, is the number 90000"),
        ("code: ./code", "environmentVariables: [a]", "must be a mapping of names to texts, is a list"),
        ("code: ./code", "environmentVariables: {A: [b]}", "A: must be text, is a list"),
        ("code: ./code", "triggers: {a: b}", "triggers: must be a list of triggers, is a mapping"),
        ("code: ./code", "triggers: [{triggerName: x}]", "triggerType: is missing"),
        (
            "code: ./code",
            "customRuntimeConfig: {command: node x}",
            'must be a list of texts, as in ["node", "server.js"]',
        ),
        ("code: ./code", "customRuntimeConfig: {port: 70000}", "port: must be at most 65535, is the number 70000"),
        ("code: ./code", "customRuntimeConfig: {port: web}", "port: must be the number of a port, is the text 'web'"),
    ],
)
def test_a_value_of_another_kind_is_told_with_its_place(was: str, now: str, said: str) -> None:
    text = THREE.replace(was, now)
    if "RuntimeConfig" in now:
        text = text.replace("nodejs20", "custom")
    told = mistakes(text)
    assert any(said in mistake for mistake in told)
    assert all(re.match(r"s\.yaml:\d+:\d+: resources\.till\.", mistake) for mistake in told)


def test_a_file_is_refused_as_a_whole_with_all_of_its_mistakes_in_order() -> None:
    text = (
        THREE.replace("code: ./code", "codeUri: ./code").replace("nodejs20", "[]").replace("timeout: 10", "timeout: x")
    )
    assert [mistake.split(" ")[0] for mistake in mistakes(text)] == ["s.yaml:8:16:", "s.yaml:10:7:", "s.yaml:12:52:"]


# ------------------------------------------------------------------------------------------------ which function


def test_all_functions_are_meant_unless_one_is_named_by_key_or_name() -> None:
    text = THREE + THREE[THREE.index("  till:") :].replace("till:", "bank:").replace("cash", "money")
    project = reader.read(text)
    assert [function.resource for function in project.chosen()] == ["till", "bank"]
    assert [function.resource for function in project.chosen("bank")] == ["bank"]
    assert [function.resource for function in project.chosen("money")] == ["bank"]


def test_a_name_that_no_function_or_that_two_have_is_told() -> None:
    project = reader.read(THREE + THREE[THREE.index("  till:") :].replace("till:", "bank:"))
    with pytest.raises(ConfigurationError, match=r"has no function banc, but till, bank; did you mean bank\?"):
        project.chosen("banc")
    with pytest.raises(
        ConfigurationError, match="several functions with the name cash: name one by its key, till and bank"
    ):
        project.chosen("cash")


def test_a_project_without_a_function_is_told() -> None:
    with pytest.raises(ConfigurationError, match="has no function of the components fc or fc3"):
        reader.read("resources: {}\n").chosen()


def test_a_file_that_is_not_there_is_a_mistake_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"s\.yaml: cannot be read: No such file"):
        reader.load(tmp_path / "s.yaml")


# ------------------------------------------------------------------------------------------------ anything at all

WORDS = sorted(
    {key for table in (keys.TOP, keys.PROPS_2, keys.FUNCTION_2, keys.PROPS_3, keys.TRIGGER_3) for key in table}
    | {"Resources", "Type", "Properties", "Aliyun::Serverless::Function", "Aliyun::Serverless::Service", "Events"}
    | {"preFreeze", "preStop", "handler", "command", "http", "fc", "fc3", "custom", "custom-container", "src", "extend"}
    | {"${vars.a}", "${env('A')}", "${this.props.code}", "${resources.a.props.b}", "x${vars.a}y", "${", "{{a}}", "<<"}
)
SCALARS = st.sampled_from(WORDS) | st.text(max_size=8) | st.integers() | st.booleans() | st.none() | st.floats()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=25,
)
PIECES = st.sampled_from([*"ab:{}[]&*!|>-?,#'\"\n\t %@$()", "  ", ": ", "<<: ", "\n  ", "\n    ", *WORDS])


def read_or_refused(data: str | bytes) -> Project | None:
    try:
        return reader.read(data)
    except ConfigurationError as error:
        said = str(error)
    assert said
    return None


@settings(max_examples=300)
@given(VALUES, st.sampled_from(["services", "resources", "Resources", ""]))
def test_any_values_at_any_keys_are_read_or_refused_and_nothing_else(value: object, section: str) -> None:
    inner = {"a": {"component": "fc3", "props": value}} if section == "resources" else value
    project = read_or_refused(json.dumps({section: inner} if section else value))
    assert project is None or repr(project)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(data: str | bytes) -> None:
    project = read_or_refused(data)
    assert project is None or repr(project)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(sorted(keys.PROPS_3)), VALUES, max_size=8), st.booleans())
def test_any_value_of_a_known_key_is_read_listed_or_a_mistake(props: dict[str, object], two: bool) -> None:
    resource = {"component": "fc", "props": {"function": props}} if two else {"component": "fc3", "props": props}
    project = read_or_refused(json.dumps({"services": {"f": resource}}))
    if project is not None and not two:
        listed = {told.key.split(".")[3] for told in project.not_done if told.key.count(".") >= 3}
        assert {key for key in props if keys.PROPS_3[key] != keys.READ} <= listed


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    lines = ["vars:", "  a0: &a0 {x: 1}"]
    lines += [f"  a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 10)]
    began = time.process_time()
    (only,) = mistakes("\n".join(lines) + "\n" + THREE)
    assert "by its aliases" in only
    assert time.process_time() - began < 0.5


def test_a_bomb_of_variables_is_refused_before_it_grows() -> None:
    lines = ["vars:", "  v0: 'xxxxxxxxxxxxxxxxxxxx'"]
    lines += [f"  v{level}: '{f'${{vars.v{level - 1}}}' * 9}'" for level in range(1, 10)]
    began = time.process_time()
    (only,) = mistakes("\n".join(lines) + "\n" + THREE.replace("./code", "${vars.v9}"))
    assert "variable that has to be filled in" in only or "by its variables" in only
    assert time.process_time() - began < 1
