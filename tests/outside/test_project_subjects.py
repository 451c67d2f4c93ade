"""A project's functions as subjects: how each is judged, what its reader is told, and what is said of mistakes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.tables.catalogue import hooks_of, load_profiles
from fixtures.history.events import Call
from runtimes.definition import HookResult, Wire
from runtimes.project_subjects import ProjectError, file_of, has, load, subjects
from runtimes.subjects import NONE, discover

if TYPE_CHECKING:
    from runtimes.subjects import Subject

THERE = discover()
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

FUNCTION_3 = """\
edition: 3.0.0
name: shop
resources:
  orders:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: orders
"""
CODE = "      runtime: nodejs18\n      handler: index.handler\n      code: ./code\n"


def project(folder: Path, text: str) -> Path:
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "index.js").write_text("exports.handler = null\n")
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    return folder


def all_of(path: Path, *named: str, taken: tuple[str, ...] = ()) -> tuple[Subject, ...]:
    return subjects(load(path, {}), named, THERE, taken)


def one(path: Path, *named: str) -> Subject:
    (found,) = all_of(path, *named)
    return found


def refused(path: Path, *named: str) -> str:
    with pytest.raises(ProjectError) as caught:
        all_of(path, *named)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ what it becomes


def test_code_for_a_built_in_runtime_runs_on_our_reference_and_is_a_black_box() -> None:
    found = one(EXAMPLES / "samples" / "nodejs")
    assert found.authored is not None
    assert found.authored.reference is not None
    assert (found.authored.reference.name, found.kind, found.function) == ("nodejs", "nodejs", NONE)
    assert (found.keeps_records, found.image, found.wire, found.table.invoke) == (False, "", Wire.HTTP, "POST /invoke")
    assert (found.handlers.invoke, found.handlers.pre_freeze, found.handlers.pre_stop) == (
        "index.handler",
        "index.preFreeze",
        "index.preStop",
    )
    assert found.origin == f"{EXAMPLES / 'samples' / 'nodejs' / 's.yaml'}:5"
    assert not found.declares_concurrency


def test_both_functions_of_a_file_are_judged_unless_one_is_named() -> None:
    orders, status = all_of(EXAMPLES / "two-functions")
    assert (orders.name, status.name) == ("orders-test", "status")
    assert (orders.kind, status.kind) == ("nodejs", "custom")
    assert one(EXAMPLES / "two-functions", "status") == status
    assert all_of(EXAMPLES / "two-functions", "orders", "orders-test") == (orders,)


def test_a_servers_function_with_an_http_trigger_is_invoked_as_its_clients_do() -> None:
    found = one(EXAMPLES / "two-functions", "status")
    assert (found.table.invoke, found.concurrency, found.hook_result) == ("GET /", 5, HookResult.RESPONSE)
    assert found.table.environment["ORDERS"] == "orders-test"


def test_a_method_of_the_trigger_is_taken_where_get_is_none(tmp_path: Path) -> None:
    text = (EXAMPLES / "web" / "flask" / "s.yaml").read_text()
    assert one(project(tmp_path, text.replace("[GET]", "[post, put]"))).table.invoke == "POST /"
    assert one(project(tmp_path, text.replace("[GET]", "[]"))).table.invoke == "GET /"


def test_a_container_is_judged_as_its_image_stands() -> None:
    found = one(EXAMPLES / "web" / "flask")
    assert (found.image, found.authored, found.kind) == ("fc-examples/flask:1", None, "custom-container")
    assert (found.table.port, found.table.memory_mb, found.table.command) == (9000, 256, [])


def test_a_container_without_a_port_is_judged_as_one_without_a_server(tmp_path: Path) -> None:
    text = (EXAMPLES / "web" / "flask" / "s.yaml").read_text().replace("        caPort: 9000\n", "")
    found = one(project(tmp_path, text))
    assert (found.wire, found.kind, found.table.invoke) == (Wire.NONE, "custom-container-noweb", "POST /invoke")
    assert "the container has no port and so no web server: its hooks have no effect" in found.told


def test_the_hooks_are_those_of_the_file_whatever_the_profile_says(tmp_path: Path) -> None:
    hooks = "      instanceLifecycleConfig:\n        preStop: {handler: index.stop, timeout: 5}\n"
    (tmp_path / "x").mkdir()
    found = one(project(tmp_path, FUNCTION_3 + CODE + hooks))
    assert found.hooks == ("pre-stop",)
    for profile in load_profiles().values():
        assert list(hooks_of(profile, found).supports) == [Call.PRE_STOP]
    bare = one(project(tmp_path, FUNCTION_3 + CODE))
    assert bare.hooks == ()


def test_a_hook_that_our_reference_does_not_run_is_told_and_not_judged(tmp_path: Path) -> None:
    text = (EXAMPLES / "samples" / "python" / "s.yaml").read_text()
    text = text.replace("component: fc3", "component: fc").replace("resources:", "services:")
    text = """\
edition: 1.0.0
name: sample
services:
  reporter:
    component: fc
    props:
      region: cn-hangzhou
      service: {name: samples}
      function:
        name: reporter
        runtime: python3.10
        handler: index.handler
        codeUri: ./code
        instanceLifecycleConfig:
          preFreeze: {handler: index.handler, timeout: 5}
          preStop: {handler: index.handler, timeout: 5}
"""
    folder = project(tmp_path, text)
    (folder / "code" / "index.py").write_text("")
    found = one(folder)
    assert found.hooks == ("pre-stop",)
    assert any("runs no PreFreeze" in line for line in found.told)


def test_a_hook_that_is_a_command_is_told_and_not_judged(tmp_path: Path) -> None:
    hooks = "      instanceLifecycleConfig:\n        preStop: {command: [sh, -c, ls], timeout: 5}\n"
    found = one(project(tmp_path, FUNCTION_3 + CODE + hooks))
    assert found.hooks == ()
    assert "line 13: preStop: the command is not run, so this hook is not judged" in found.told


def test_what_is_not_done_is_told_to_the_function_that_it_is_about() -> None:
    orders, status = all_of(EXAMPLES / "two-functions")
    signed = "requests are not signed"
    assert not any(signed in line for line in orders.told)
    assert any(signed in line for line in status.told)
    for found in (orders, status):
        assert "line 3: access: is not done: nothing is deployed with it" in found.told
        assert "its timeouts are not applied: the scenarios give each call their own" in found.told


def test_an_http_trigger_of_a_built_in_runtime_is_told(tmp_path: Path) -> None:
    trigger = "      triggers:\n        - triggerName: web\n          triggerType: http\n          triggerConfig:\n"
    trigger += "            authType: anonymous\n            methods: [GET]\n"
    found = one(project(tmp_path, FUNCTION_3 + CODE + trigger))
    assert found.table.invoke == "POST /invoke"
    assert any("HTTP trigger is not used" in line for line in found.told)


def test_a_function_with_anothers_name_gets_one_of_its_own(tmp_path: Path) -> None:
    folder = project(tmp_path, FUNCTION_3.replace("functionName: orders", "functionName: nodejs") + CODE)
    assert one(folder).name == "nodejs-2"
    assert all_of(folder, taken=("nodejs-2",))[0].name == "nodejs-3"


def test_variables_of_the_environment_are_filled_in() -> None:
    folder = EXAMPLES / "two-functions"
    found = subjects(load(folder, {"STAGE": "live"}), ["orders"], THERE)
    assert found[0].name == "orders-live"


# ------------------------------------------------------------------------------------------------ mistakes


def test_a_folder_without_a_file_is_told_with_those_below_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"there is no s\.yaml in this folder: name the folder that has it"):
        file_of(tmp_path)
    with pytest.raises(ProjectError, match=r"there is one in \S+/two-functions: name"):
        file_of(EXAMPLES)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="there is no such folder"):
        file_of(tmp_path / "gone")


def test_an_archive_in_place_of_a_folder_is_told_what_to_do_with(tmp_path: Path) -> None:
    (tmp_path / "shop.zip").write_bytes(b"PK")
    with pytest.raises(ProjectError, match=r"shop\.zip: is a file, not a folder: unpack it"):
        file_of(tmp_path / "shop.zip")


def test_an_archive_of_code_in_place_of_its_folder_is_told(tmp_path: Path) -> None:
    folder = project(tmp_path, FUNCTION_3 + CODE.replace("./code", "./code.zip"))
    shutil.make_archive(str(folder / "code"), "zip", folder / "code")
    said = refused(folder)
    assert "s.yaml:11:" in said
    assert "names ./code.zip, which is a file: name the folder with the code in it, unpacked" in said


def test_the_file_itself_and_the_older_names_are_found_too(tmp_path: Path) -> None:
    (tmp_path / "s.yml").write_text("")
    assert file_of(tmp_path) == file_of(tmp_path / "s.yml") == tmp_path / "s.yml"
    (tmp_path / "s.yaml").write_text("")
    assert file_of(tmp_path) == tmp_path / "s.yaml"


def test_a_mistake_in_the_file_is_told_with_its_place(tmp_path: Path) -> None:
    project(tmp_path, FUNCTION_3 + CODE.replace("handler:", "hanlder:"))
    with pytest.raises(ProjectError, match=r"s\.yaml:10:7: .*hanlder: .*did you mean handler\?"):
        load(tmp_path, {})


def test_a_function_that_cannot_be_judged_is_told_with_those_that_can(tmp_path: Path) -> None:
    second = "  stock:\n    component: fc3\n    props:\n      region: cn-hangzhou\n      functionName: stock\n"
    folder = project(tmp_path, FUNCTION_3 + CODE + second + CODE.replace("index.handler", "gone.handler"))
    said = refused(folder).splitlines()
    assert len(said) == 2
    assert "no gone.js lies in" in said[0]
    assert said[1] == "to judge the others alone: --function orders"
    assert one(folder, "orders").name == "orders"


def test_a_function_that_is_not_there_is_told_with_those_that_are() -> None:
    read = load(EXAMPLES / "two-functions", {})
    assert has(read, "orders")
    assert has(read, "orders-test")
    assert not has(read, "order")
    assert "has no function order, but orders, status; did you mean orders?" in refused(
        EXAMPLES / "two-functions", "order"
    )
