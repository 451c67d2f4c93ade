"""The first look at images that others built, each with one mistake: what is found, and what is not driven then.

All of them are looked at in one run, side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.scenarios.scenarios import PROBE
from fixtures.history import store
from fixtures.history.events import KernelSeen, Moment
from tests.engine import harness
from tests.engine.harness import mentions
from tests.engine.outside_images import OutsideImages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixtures.engine.connection import Engine
    from tests.engine.harness import Finished

MISTAKES = (
    "none",
    "localhost",
    "port",
    "runtime-api",
    "ends",
    "http-function",
    "catch-all",
    "failing-hook",
    "buffered",
    "shell",
    "no-program",
)
ENDED = {"localhost", "port", "runtime-api", "ends", "http-function", "no-program"}
"""Of these nothing else could be said."""


@pytest.fixture(scope="module")
def finished(
    engine: Engine, references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Finished]:
    images = OutsideImages(engine.client, references)
    try:
        given = [text for name in MISTAKES for text in ("--image", images.mistaken(name))]
        yield harness.run("-n", "2", "-k", f"{PROBE}]", *given, out=tmp_path_factory.mktemp("probe"))
    finally:
        images.remove()


def found(finished: Finished, mistake: str) -> str:
    """Everything that was found of one image, in the words of the report."""
    return "\n".join(
        f"{one.title} | {one.cure} | {one.requirement}"
        for one in finished.report.findings
        if one.runtime == f"mistaken-{mistake}"
    )


def test_nothing_is_found_of_an_image_without_a_mistake(finished: Finished) -> None:
    assert found(finished, "none") == ""
    (runtime,) = (one for one in finished.report.runtimes if one.name == "mistaken-none")
    mentions(
        runtime.sees, "ready after", "PID 1 is python3", r"listens on 0\.0\.0\.0:9000", "POST /invoke is answered 200"
    )
    mentions(runtime.sees, "a path nobody knows is answered 404", "writes Start and End lines", "sends nothing out")


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("localhost", [r"listens on 127\.0\.0\.1:8080", "port 9000 of every address", r"--port 8080 and listen on 0"]),
        ("port", [r"listens on 0\.0\.0\.0:7000", r"\| --port 7000 \|"]),
        ("runtime-api", ["asks the Runtime API for its calls", 'wire = "runtime-api"']),
        ("ends", ["ended by itself with exit code 1 before it was ready"]),
        ("http-function", ["POST /invoke is answered 404, GET / 200: an HTTP function?", "--invoke 'GET /'"]),
        ("catch-all", ["/pre-freeze is answered like a path nobody knows", "hooks.path-is-known"]),
        ("failing-hook", ["GET /pre-freeze is answered 500"]),
        ("buffered", ["lie in a buffer", "python -u"]),
        ("shell", [r"PID 1 is (da)?sh: SIGTERM does not reach the server", "use exec"]),
        ("no-program", ["the container does not start", "no-such-program", "not in the image"]),
    ],
)
def test_a_mistake_is_found_and_told_with_its_cure(finished: Finished, mistake: str, words: list[str]) -> None:
    mentions(found(finished, mistake), *words)
    mentions(finished.terminal, f"mistaken-{mistake}: ")


def test_what_would_all_be_red_for_one_reason_is_not_driven_and_all_else_is(finished: Finished) -> None:
    assert {one.runtime.removeprefix("mistaken-") for one in finished.report.findings if one.ends} == ENDED
    driven = {path.name.partition("--")[0] for path in (finished.out / "histories").glob("*--probe.json")}
    assert driven == {f"mistaken-{one}" for one in MISTAKES}
    assert finished.status == 1


def test_the_words_of_the_instance_that_ended_are_with_the_finding(finished: Finished) -> None:
    (one,) = (one for one in finished.report.findings if one.runtime == "mistaken-ends")
    assert "cannot find my licence file" in " ".join(one.log)


def test_a_probe_is_judged_as_any_other_history(finished: Finished) -> None:
    red = {one.runtime.removeprefix("mistaken-") for one in finished.report.verdicts if one.verdict.red}
    assert {"localhost", "port", "http-function", "catch-all", "shell"} <= red
    assert "none" not in red


def test_where_an_instance_listens_that_never_got_ready_is_in_its_history(finished: Finished) -> None:
    history = store.load(finished.out / "histories" / "mistaken-localhost--probe.json")
    (looked,) = (one for one in history.of(KernelSeen) if one.moment is Moment.NOT_READY)
    assert [(one.address, one.port) for one in looked.listening or ()] == [("127.0.0.1", 8080)]
