"""From a plan to a build context: the digest covers what a build sees, and nothing else changes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fixtures.engine.images import _write
from runtimes.projects import folder, plan, reader
from runtimes.projects.context import context_of
from runtimes.projects.plan import Plan
from runtimes.render import BuildContext, RenderError

TEXT = """\
edition: 3.0.0
name: shop
resources:
  orders:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: orders
      runtime: nodejs18
      handler: index.handler
      code: ./code
"""
JAVA = TEXT.replace("nodejs18", "java17").replace("index.handler", "example.App::handle").replace("./code", "./app.jar")


def planned(root: Path, text: str = TEXT) -> Plan:
    (root / "code").mkdir(exist_ok=True)
    (root / "code" / "index.js").touch()
    (root / "app.jar").write_bytes(b"PK")
    (root / "s.yaml").write_text(text)
    read = reader.load(root / "s.yaml")
    (function,) = read.functions
    return plan.plan(read, function, folder.look(read, root, function))


def context(made: Plan, *, reference: str = "reference:1", reference_id: str = "sha256:1") -> BuildContext:
    return context_of(made, reference=reference, reference_id=reference_id)


def test_a_context_has_the_code_as_it_lies_there_and_names_the_reference(tmp_path: Path) -> None:
    made = context(planned(tmp_path))
    assert dict(made.trees) == {"code": tmp_path / "code"}
    assert dict(made.arguments) == {"REFERENCE": "reference:1"}
    assert "FROM ${REFERENCE}" in made.files["Dockerfile"]


def test_a_jar_in_the_folders_place_keeps_its_name(tmp_path: Path) -> None:
    made = context(planned(tmp_path, JAVA))
    assert dict(made.trees) == {"code/app.jar": tmp_path / "app.jar"}


def test_the_digest_changes_with_all_that_a_build_sees(tmp_path: Path) -> None:
    made, code = planned(tmp_path), tmp_path / "code"
    seen = [context(made).digest, context(made, reference_id="sha256:2").digest]
    assert context(made).digest == seen[0]
    (code / "index.js").write_text("changed")
    seen.append(context(made).digest)
    (code / "index.js").chmod(0o755)
    seen.append(context(made).digest)
    (code / "empty").mkdir()
    seen.append(context(made).digest)
    (code / "link").symlink_to("index.js")
    seen.append(context(made).digest)
    (code / "link").unlink()
    (code / "link").symlink_to("empty")
    seen.append(context(made).digest)
    seen.append(context(planned(tmp_path, JAVA)).digest)
    assert len(set(seen)) == len(seen)


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    made = planned(tmp_path)
    os.mkfifo(tmp_path / "code" / "pipe")
    with pytest.raises(RenderError, match="pipe is neither a file, a folder nor a link: take it away"):
        context(made)


def test_an_image_that_is_there_needs_no_context(tmp_path: Path) -> None:
    text = TEXT.replace("nodejs18", "custom-container").replace(
        "      code: ./code\n", "      customContainerConfig:\n"
    )
    with pytest.raises(RenderError, match="there is nothing to build"):
        context(planned(tmp_path, text + "        image: shop:1\n        port: 9000\n"))


def test_code_is_written_as_it_is_and_open_to_whoever_the_instance_runs_as(tmp_path: Path) -> None:
    made, code = planned(tmp_path), tmp_path / "code"
    (code / "index.js").chmod(0o600)
    (code / "tool").write_text("#!/bin/sh\n")
    (code / "tool").chmod(0o700)
    (code / "inner").mkdir(mode=0o700)
    (code / "link").symlink_to("inner")
    out = tmp_path / "out"
    out.mkdir()
    _write(context(made), out)
    assert (out / "code/index.js").stat().st_mode & 0o777 == 0o644
    assert (out / "code/tool").stat().st_mode & 0o777 == 0o755
    assert (out / "code/inner").stat().st_mode & 0o777 == 0o755
    assert (out / "code/link").readlink() == Path("inner")
    assert (code / "index.js").stat().st_mode & 0o777 == 0o600, "the author's own is left alone"
