"""An instance is stopped by SIGTERM, whatever signal its image asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.judging.verdict import Verdict
from fixtures.history import store
from fixtures.history.events import EngineEvent
from tests.engine import harness
from tests.engine.outside_images import OutsideImages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixtures.engine.connection import Engine
    from tests.engine.harness import Finished

pytestmark = pytest.mark.engine

SCENARIOS = ("stop-without-freeze", "two-freezes")
"""PreStop has to run in both, so the frozen instance of the second is thawed before its stop."""
NAMES = {
    ("SIGTERM", "SIGQUIT"): "ends-on-sigterm-says-sigquit",
    ("SIGTERM", "SIGKILL"): "ends-on-sigterm-says-sigkill",
    ("SIGINT", "SIGINT"): "ends-on-sigint-says-sigint",
}


@pytest.fixture(scope="module")
def finished(
    engine: Engine, references: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Finished]:
    images = OutsideImages(engine.client, references)
    try:
        given = [text for ends, says in NAMES for text in ("--image", images.ending_on(ends, image_says=says))]
        yield harness.run(
            *("-n", "3", "-k", " or ".join(f"{name}]" for name in SCENARIOS), "--port", "8080", "--invoke", "GET /"),
            *given,
            out=tmp_path_factory.mktemp("stop"),
        )
    finally:
        images.remove()


@pytest.mark.parametrize("name", NAMES.values())
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_engine_is_asked_to_send_sigterm_whatever_the_image_says(
    name: str, scenario: str, finished: Finished
) -> None:
    (path,) = finished.out.rglob(f"{name}--{scenario}.json")
    sent = [event.signal for event in store.load(path).of(EngineEvent) if event.action == "kill"]
    assert sent[0] == 15, sent


@pytest.mark.parametrize(("ends", "verdict"), [("SIGTERM", Verdict.PASS), ("SIGINT", Verdict.FAIL)])
def test_what_sigterm_ends_is_green_and_what_another_signal_ends_is_red(
    ends: str, verdict: Verdict, finished: Finished
) -> None:
    for name in (name for (on, _), name in NAMES.items() if on == ends):
        judged = {
            one.verdict
            for one in finished.of(name)
            if one.requirement == "instance.ends-on-sigterm" and one.scenario in SCENARIOS
        }
        assert judged == {verdict}, (name, finished.terminal)
