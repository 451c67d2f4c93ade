"""What others have built, judged as it stands: a runtime's image, an author's image, a project. Real containers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from conformance.scenarios.scenarios import PROBE
from fixtures.history import store
from fixtures.history.events import Call, RequestSent
from reports.writing.room import NAME as ROOM
from tests.engine import harness
from tests.engine.harness import mentions, nothing_but
from tests.engine.outside_images import OutsideImages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixtures.engine.connection import Engine
    from fixtures.history.history import History
    from tests.engine.harness import Finished

pytestmark = pytest.mark.engine

EXAMPLES = harness.ROOT / "examples"
USAGE = 4
"""Exit status of pytest for a command line that makes no sense."""
FIRST_LOOK = ("-n", "0", "-k", f"{PROBE}]")
ONE_SCENARIO = ("-n", "0", "-k", "two-freezes")
CONTAINER = """\
edition: 3.0.0
name: shop
resources:
  web:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: shop
      runtime: custom-container
      memorySize: 128
      customContainerConfig:
        image: {image}
        port: {port}
      instanceLifecycleConfig:
        preStop: {{handler: not-used, timeout: 10}}
      triggers:
        - triggerName: web
          triggerType: http
          triggerConfig: {{authType: anonymous, methods: [GET]}}
"""
PROGRAM = """\
edition: 3.0.0
name: shop
resources:
  web:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: shop
      runtime: custom.debian10
      memorySize: 128
      code: ./code
      customRuntimeConfig:
        port: 9000
"""
SERVER = b"""\
#!/usr/bin/perl
# An author's own program: it answers every request, and needs no language of ours.
use strict; use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 9000, Listen => 64, ReuseAddr => 1) or die;
while (1) {
    my $client = $listener->accept() or next;
    my $length = 0;
    while (my $line = <$client>) { $length = $1 if $line =~ /^content-length: *(\\d+)/i; last if $line =~ /^\\r?\\n$/; }
    read($client, my $body, $length) if $length;
    print $client "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok";
    close $client;
}
"""


@pytest.fixture(scope="module")
def images(engine: Engine, references: Mapping[str, str]) -> Iterator[OutsideImages]:
    made = OutsideImages(engine.client, references)
    yield made
    made.remove()


def described(folder: Path, **said: object) -> str:
    """A subject file that says this; answers with its path."""
    path = folder / "acme.toml"
    lines = [f"{key.replace('_', '-')} = {value!r}" for key, value in said.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def rungs(finished: Finished, name: str) -> set[str]:
    return {one.rung for one in finished.of(name) if one.rung}


def history(finished: Finished, name: str, scenario: str) -> History:
    return store.load(finished.out / "histories" / f"{name}--{scenario}.json")


def is_green(finished: Finished, *names: str) -> None:
    assert finished.status == 0, finished.terminal
    for name in names:
        assert nothing_but(finished.counts(name), Verdict.PASS, Verdict.NOT_APPLICABLE), finished.terminal
        assert finished.counts(name)[str(Verdict.PASS)] > 0, finished.terminal


# ------------------------------------------------------------------------------------------------ a runtime's image


def test_a_runtime_of_another_user_without_a_shell_is_judged_with_all_evidence(
    images: OutsideImages, tmp_path: Path
) -> None:
    file = described(
        tmp_path, image=images.python_over_http(), function="python", code_directory="/srv/acme", processes=200
    )
    finished = harness.run("-n", "2", "--subject", file, out=tmp_path / "out", within_s=240)
    is_green(finished, "acme")
    assert {"records", "wire"} <= rungs(finished, "acme")
    assert finished.counts("acme")[str(Verdict.PASS)] > 150
    mentions(
        finished.terminal, r"acme: \S+/python-http:\w+, from \S+acme\.toml; not said, so taken for given: wire http"
    )
    assert {one.name for one in finished.report.runtimes} == {"acme"}, "only what was named is judged"


def test_a_runtime_on_the_runtime_api_is_judged_with_all_evidence(images: OutsideImages, tmp_path: Path) -> None:
    file = described(
        tmp_path, image=images.python_over_the_runtime_api(), function="python", wire="runtime-api", name="api"
    )
    finished = harness.run("-n", "2", "--subject", file, out=tmp_path / "out", within_s=240)
    is_green(finished, "api")
    assert "records" in rungs(finished, "api")
    assert history(finished, "api", "two-freezes").keeps_records


def test_a_compiled_function_is_built_apart_and_put_into_an_image_that_knows_no_compiler(
    images: OutsideImages, tmp_path: Path
) -> None:
    file = described(tmp_path, image=images.go_runtime(), function="go", name="mine")
    finished = harness.run(*ONE_SCENARIO, "--subject", file, out=tmp_path / "out", within_s=240)
    is_green(finished, "mine")
    assert "records" in rungs(finished, "mine")


def test_files_images_and_runtimes_are_judged_side_by_side(images: OutsideImages, tmp_path: Path) -> None:
    file = described(tmp_path, image=images.nodejs_over_http(), function="nodejs", name="node")
    finished = harness.run(
        *ONE_SCENARIO,
        *("--subject", file, "--runtime", "nodejs"),
        *("--image", images.python_application(), "--port", "8080", "--invoke", "GET /"),
        out=tmp_path / "out",
    )
    is_green(finished, "node", "nodejs", "application")
    passed = {name: finished.counts(name)[str(Verdict.PASS)] for name in ("node", "nodejs")}
    assert passed["node"] == passed["nodejs"]


def test_an_image_without_the_language_that_is_named_is_told_what_it_has_to_bring(
    images: OutsideImages, tmp_path: Path
) -> None:
    file = described(tmp_path, image=images.go_runtime(), function="python", ready_within_s=3)
    finished = harness.run("-n", "0", "--subject", file, out=tmp_path / "out")
    assert finished.status == 1, finished.terminal
    red = finished.one("acme", "instance.becomes-ready")
    assert red.verdict is Verdict.FAIL
    mentions(
        red.message,
        r"acme\.toml puts a function in python into fc-conformance-test/go:",
        "the image has to bring that language and start its runtime by itself, or name the start in command",
    )


# ------------------------------------------------------------------------------------------------ an author's image


def test_an_authors_image_is_invoked_as_its_clients_do_and_has_nothing_of_ours_in_it(
    engine: Engine, images: OutsideImages, tmp_path: Path
) -> None:
    image = images.python_application()
    finished = harness.run(
        *("-n", "2", "--image", image, "--port", "8080", "--invoke", "GET /"), out=tmp_path / "out", within_s=240
    )
    is_green(finished, "application")
    assert finished.counts("application")[str(Verdict.PASS)] >= 18
    assert rungs(finished, "application") <= {"kernel", "wire", "sink"}
    (judged,) = finished.report.runtimes
    assert judged.image.reference == image
    assert judged.image.id == str(engine.client.images.get(image).id), "not one byte of it is another"
    seen = history(finished, "application", "two-freezes")
    assert not seen.keeps_records
    asked = {sent.call: sent.target for sent in seen.of(RequestSent)}
    assert asked[Call.INVOKE] == "GET /"
    assert asked[Call.PRE_STOP] == "GET /pre-stop"


def test_an_authors_image_is_started_by_another_command_on_another_port(images: OutsideImages, tmp_path: Path) -> None:
    finished = harness.run(
        *ONE_SCENARIO,
        *("--image", images.python_application(), "--port", "8081", "--invoke", "GET /"),
        *("--command", "/usr/bin/env PORT=8081 python3.11 /srv/application.py"),
        out=tmp_path / "out",
    )
    is_green(finished, "application")
    assert finished.one("application", "instance.becomes-ready").verdict is Verdict.PASS


def test_an_application_that_knows_no_events_is_one_finding_and_nothing_else_is_driven(
    images: OutsideImages, tmp_path: Path
) -> None:
    finished = harness.run("-n", "0", "--image", images.python_application(), "--port", "8080", out=tmp_path / "out")
    assert finished.status == 1, finished.terminal
    (found,) = finished.report.findings
    mentions(found.title, "POST /invoke is answered 404, GET / 200: an HTTP function")
    mentions(found.cure, "--invoke 'GET /'")
    red = [one.requirement for one in finished.of("application") if one.verdict is Verdict.FAIL]
    assert red == ["instance.answers-every-invocation"]


def test_an_image_that_is_not_there_ends_the_run_before_anything_is_driven(tmp_path: Path) -> None:
    finished = harness.run("--image", "fc-conformance-test/nobody-built:this", out=tmp_path / "out", within_s=60)
    assert finished.status == USAGE, finished.terminal
    mentions(
        finished.terminal, "--image fc-conformance-test/nobody-built:this: the engine has no image", "build it first"
    )
    assert len(finished.terminal.strip().splitlines()) <= 3, finished.terminal
    assert not (tmp_path / "out" / "histories").exists()
    assert not (tmp_path / "out" / ROOM).exists()


def test_images_that_files_and_projects_name_are_looked_for_before_anything_is_driven(tmp_path: Path) -> None:
    file = described(tmp_path, image="fc-conformance-test/nobody-built:one", function="go")
    (tmp_path / "s.yaml").write_text(CONTAINER.format(image="fc-conformance-test/nobody-built:two", port=80))
    finished = harness.run("--subject", file, "--project", str(tmp_path), out=tmp_path / "out", within_s=60)
    assert finished.status == USAGE, finished.terminal
    mentions(finished.terminal, r"acme\.toml: the engine has no image", r"s\.yaml:4: the engine has no image")


# ------------------------------------------------------------------------------------------------ a project


def test_the_functions_of_projects_are_judged_on_our_references_by_their_own_lines(tmp_path: Path) -> None:
    finished = harness.run(
        *("-n", "2", "-k", "two-freezes or single-run or created-with-the-sdk"),
        *("--project", str(EXAMPLES / "samples" / "python"), "--project", str(EXAMPLES / "samples" / "nodejs")),
        *("--project", str(EXAMPLES / "two-functions")),
        out=tmp_path / "out",
        within_s=240,
    )
    is_green(finished, "reporter", "counter", "orders-test", "status")
    assert "lines" in rungs(finished, "counter")
    assert finished.one("counter", "freeze.nothing-runs").rung == "kernel"
    logged = history(finished, "counter", "two-freezes")
    assert not logged.keeps_records
    hooks = {sent.call for sent in history(finished, "reporter", "two-freezes").of(RequestSent)}
    assert hooks == {Call.INVOKE, Call.PRE_STOP}, "those that its file configures"
    mentions(
        finished.terminal,
        r"reporter: python3\.10 on Python 3\.11, from \S+s\.yaml:5",
        "its timeouts are not applied",
        r"line 50: \S+authType: is not done: requests are not signed",
    )


def test_one_function_of_a_project_is_judged_where_it_is_named(tmp_path: Path) -> None:
    project = str(EXAMPLES / "two-functions")
    finished = harness.run(*ONE_SCENARIO, "--project", project, "--function", "status", out=tmp_path / "out")
    is_green(finished, "status")
    assert [one.name for one in finished.report.runtimes] == ["status"]
    asked = {sent.call: sent.target for sent in history(finished, "status", "two-freezes").of(RequestSent)}
    assert asked[Call.INVOKE] == "GET /"


def test_a_container_of_a_project_runs_as_its_file_says(images: OutsideImages, tmp_path: Path) -> None:
    image = images.python_application()
    (tmp_path / "s.yaml").write_text(CONTAINER.format(image=image, port=8080))
    finished = harness.run(*ONE_SCENARIO, "--project", str(tmp_path), out=tmp_path / "out")
    is_green(finished, "shop")
    assert finished.report.runtimes[0].image.reference == image


def test_a_server_on_another_port_is_one_finding_with_the_cure_in_the_words_of_its_door(
    images: OutsideImages, tmp_path: Path
) -> None:
    image = images.python_application()
    (tmp_path / "s.yaml").write_text(CONTAINER.format(image=image, port=9000))
    finished = harness.run("-n", "0", "--project", str(tmp_path), "--image", image, out=tmp_path / "out")
    assert finished.status == 1, finished.terminal
    assert [one.ends for one in finished.report.findings] == [True, True]
    cures = {one.runtime: one.cure for one in finished.report.findings}
    assert cures == {"application": "--port 8080", "shop": "port: 8080 (caPort in 2.0) in the s.yaml"}
    assert {one.scenario for one in finished.report.verdicts} == {"probe"}, "nothing else is driven"
    assert finished.seconds < 60


def test_an_authors_own_program_runs_on_the_base_image_by_its_bootstrap(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "bootstrap").write_bytes(SERVER)
    (tmp_path / "code" / "bootstrap").chmod(0o755)
    (tmp_path / "s.yaml").write_text(PROGRAM)
    finished = harness.run(*ONE_SCENARIO, "--project", str(tmp_path), out=tmp_path / "out")
    is_green(finished, "shop")
    mentions(finished.terminal, r"shop: custom\.debian10 on the base image")
