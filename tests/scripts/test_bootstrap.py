"""The scripts as a user meets them: they are run as processes, and nothing of the machine is changed.

What only a bare machine can show (installing an engine, making the image from packages) is left to a run on one.
"""

from __future__ import annotations

import ast
import os
import subprocess
import time
from pathlib import Path

import docker
import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDED_SECONDS = 5.0
"""What a second bootstrap may cost at most."""

pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv" / "fc-conformance.stamp").exists(),
    reason="this checkout has not been bootstrapped: the scripts would install it",
)


def bootstrap(**settings: str) -> subprocess.CompletedProcess[str]:
    """Runs script/bootstrap with `settings` added to the environment."""
    return subprocess.run(
        ["bash", "script/bootstrap"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def current_base() -> str:
    """The id of the base image that image builds start from."""
    engine = docker.from_env()
    try:
        return str(engine.images.get("fc-conformance/base:current").id)
    finally:
        engine.close()


@pytest.mark.engine
def test_a_second_bootstrap_takes_seconds_and_rebuilds_nothing() -> None:
    first = bootstrap()
    assert first.returncode == 0, first.stderr
    image = current_base()
    recorded = (ROOT / ".venv" / "fc-conformance.env").read_text()

    began = time.monotonic()
    second = bootstrap()
    took = time.monotonic() - began

    assert second.returncode == 0, second.stderr
    assert took < ADDED_SECONDS
    assert second.stdout.count("already there") == 2, second.stdout
    assert current_base() == image
    assert (ROOT / ".venv" / "fc-conformance.env").read_text() == recorded


def test_a_docker_host_that_does_not_answer_ends_in_one_message_that_names_it(tmp_path: Path) -> None:
    dead = f"unix://{tmp_path}/dead.sock"

    result = bootstrap(DOCKER_HOST=dead)

    assert result.returncode == 1
    assert f"no container engine answers at DOCKER_HOST={dead}" in result.stderr
    assert "unset DOCKER_HOST" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.engine
def test_a_base_image_that_cannot_be_had_ends_in_a_message_that_names_the_variable() -> None:
    missing = "localhost:1/fc-conformance-no-such-image:1"

    result = bootstrap(CONFORMANCE_BASE_IMAGE=missing)

    assert result.returncode == 1
    assert f"CONFORMANCE_BASE_IMAGE={missing} is not on this engine and cannot be pulled" in result.stderr
    assert "unset CONFORMANCE_BASE_IMAGE" in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


@pytest.mark.engine
def test_a_certificate_file_that_is_none_ends_in_a_message_that_names_it(tmp_path: Path) -> None:
    other = tmp_path / "notes.pem"
    other.write_text("no certificate\n")

    result = bootstrap(CONFORMANCE_CA_CERTS=str(other))

    assert result.returncode == 1
    assert f"CONFORMANCE_CA_CERTS names {other}" in result.stderr


PEM = "-----BEGIN {0}-----\nTUlJQw==\n-----END {0}-----\n"


def certificates_in_the_context(*paths: Path) -> list[bytes]:
    """What goes into the base image of these files."""
    code = (
        "import sys, tarfile; from pathlib import Path; sys.path.insert(0, 'script/lib'); import engine\n"
        "context = engine.build_context(Path('script/base-image/Dockerfile'), [Path(one) for one in sys.argv[1:]])\n"
        "archive = tarfile.open(fileobj=context)\n"
        "found = [archive.extractfile(one).read() for one in archive.getmembers() if one.name.endswith('.crt')]\n"
        "print(repr(found))"
    )
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "-c", code, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[bytes] = ast.literal_eval(done.stdout)
    return found


def test_of_a_combined_file_only_the_certificates_go_into_an_image(tmp_path: Path) -> None:
    combined = tmp_path / "combined.pem"
    combined.write_text(
        PEM.format("PRIVATE KEY") + "a comment\n" + PEM.format("CERTIFICATE") + PEM.format("RSA PRIVATE KEY") * 2
    )
    assert certificates_in_the_context(combined) == [PEM.format("CERTIFICATE").encode()]


def test_what_is_no_regular_file_or_too_large_is_refused_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "large").write_bytes(PEM.format("CERTIFICATE").encode() + b"\n" * 5 * 2**20)
    (tmp_path / "key").write_text(PEM.format("PRIVATE KEY"))
    why = {"fifo": "no regular file", "zero": "no regular file", "large": "larger than 4 MiB", "key": "no certificate"}
    for name, told in why.items():
        done = subprocess.run(
            [ROOT / ".venv/bin/python", "script/lib/engine.py", "certificates", tmp_path / name],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_a_password_in_docker_host_is_not_shown() -> None:
    result = bootstrap(DOCKER_HOST="tcp://me:" + "secret" + "@127.0.0.1:1")
    assert result.returncode == 1
    assert "DOCKER_HOST=tcp://***@127.0.0.1:1" in result.stderr
    assert "secret" not in result.stdout + result.stderr


def shell(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `code` with the scripts' shared functions at hand."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source script/lib/common.sh; {code}", "test", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tests/scripts"], True),
        (["-x", "./tests/scripts/test_bootstrap.py::test_x"], True),
        ([f"{ROOT}/tests"], True),
        (["-k", "tests/no-such-file"], False),
        (["-n", "4"], False),
        ([], False),
    ],
)
def test_only_an_existing_path_below_the_folder_replaces_the_folder(arguments: list[str], named: bool) -> None:
    result = shell('names_path_below tests "$@"', *arguments)

    assert (result.returncode == 0) is named, result.stderr


@pytest.mark.parametrize("script", ["benchmark", "bootstrap", "conformance", "faults", "mutants", "stability", "test"])
def test_help_is_printed_without_doing_anything(script: str) -> None:
    result = subprocess.run(
        ["bash", f"script/{script}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )

    assert result.returncode == 0
    assert f"script/{script}" in result.stdout
    assert "bootstrap: python" not in result.stdout
