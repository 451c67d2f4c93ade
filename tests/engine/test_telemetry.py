"""An image with no file of the harness in it, which only knows ``OTEL_EXPORTER_OTLP_ENDPOINT``, is judged by the sink.

A server of its author's own with the real OpenTelemetry SDK, in real containers: once with hooks that flush, once
with hooks that are answered and do nothing.
"""

from __future__ import annotations

import io
import re
import tarfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.driving.histories import drive_here
from conformance.judging.suite import Suite
from conformance.judging.verdict import Verdict
from conformance.scenarios.scenarios import BY_NAME
from conformance.tables.catalogue import load, load_profiles
from fixtures.engine.images import Image, images_for
from fixtures.history import store
from fixtures.history.events import FreezeBegun, FunctionRecord, LogLine, SinkOpened, SinkReceived, StopBegun, ThawBegun
from fixtures.session import close_session, open_session
from runtimes.subjects import Subject, discover
from tests.engine import harness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.engine.connection import Engine
    from fixtures.engine.images import NoImage
    from tests.engine.harness import Finished

pytestmark = pytest.mark.engine

SERVER = Path(__file__).resolve().parent / "servers" / "sends_spans.py"
FREEZE, STOP = "telemetry.left-before-the-freeze", "telemetry.left-before-the-stop"
WITHOUT_HOOKS = "telemetry.late-or-lost-without-hooks"


class _Quiet:
    """Progress that nobody looks at."""

    def building(self, runtime: str) -> None:
        return None

    def built(self, runtime: str, image: Image | NoImage, seconds: float) -> None:
        return None


class Shops:
    """The author's images, by whether their hooks flush."""

    def __init__(self, engine: Engine) -> None:
        self._client = engine.client
        (custom,) = (one for one in discover() if isinstance(one, Subject) and one.name == "custom")
        found = images_for(engine, {"custom": custom}, given={}, progress=_Quiet())["custom"]
        assert isinstance(found, Image), found
        # Python and the SDK are what is wanted of it; what else lies in there is not started.
        self._with_the_sdk = found.reference
        self._mark = uuid.uuid4().hex[:8]
        self._built: dict[str, str] = {}

    def reference(self, flushes: str) -> str:
        """Reference of the image whose hooks flush, ``yes`` or ``no``; it is built when it is first asked for."""
        if flushes not in self._built:
            self._built[flushes] = self._build(flushes)
        return self._built[flushes]

    def _build(self, flushes: str) -> str:
        reference = f"fc-conformance-test/shop-{flushes}:{self._mark}"
        lines = (
            f"FROM {self._with_the_sdk}",
            "WORKDIR /shop",
            "COPY server.py /shop/server.py",
            f"ENV FLUSHES={flushes}",
            'CMD ["/usr/bin/python3.11", "/shop/server.py"]',
        )
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as tar:
            for name, content in (("server.py", SERVER.read_bytes()), ("Dockerfile", "\n".join(lines).encode())):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        context.seek(0)
        self._client.images.build(fileobj=context, custom_context=True, tag=reference, rm=True, forcerm=True)
        return reference

    def remove(self) -> None:
        for reference in self._built.values():
            self._client.images.remove(reference, force=True)


@pytest.fixture(scope="module")
def shops(engine: Engine) -> Iterator[Shops]:
    built = Shops(engine)
    yield built
    built.remove()


def judged(image: str, out: Path) -> Finished:
    return harness.run(
        *("-n", "2", "-k", "telemetry"), *harness.runtimes("custom"), "--image", f"custom={image}", out=out
    )


def test_spans_that_pre_freeze_flushes_are_there_before_the_freeze_by_the_sinks_word(
    shops: Shops, tmp_path: Path
) -> None:
    finished = judged(shops.reference("yes"), tmp_path)
    assert finished.status == 0, finished.terminal
    assert {one.requirement: one.verdict for one in finished.of("custom")} == dict.fromkeys(
        (FREEZE, STOP, WITHOUT_HOOKS), Verdict.PASS
    )
    history = store.load(tmp_path / "histories" / store.file_name("custom", "telemetry"))
    assert not history.of(FunctionRecord)
    assert not history.of(LogLine)
    freeze, stop, (early, late) = history.of(FreezeBegun)[0].t, history.of(StopBegun)[0].t, history.of(SinkReceived)
    assert [span.name for span in early.spans] == ["order", "order"]
    assert early.t < freeze < late.t < stop
    assert all(span.ended < early.t for span in early.spans)
    # The same instance without its hooks: nothing is lost but what the last invocation had to tell, and all is late.
    (note,) = finished.one("custom", WITHOUT_HOOKS).notes
    assert re.search(r"^0 spans left before the freeze; “order” left [0-9.]+ ms after the freeze had begun; ", note)
    assert "of 1 invocations no span left at all" in note


def test_spans_of_hooks_that_flush_nothing_come_after_the_thaw_which_is_told_with_milliseconds(
    shops: Shops, tmp_path: Path
) -> None:
    finished = judged(shops.reference("no"), tmp_path)
    assert finished.status == 1, finished.terminal
    freeze = finished.one("custom", FREEZE)
    assert freeze.verdict is Verdict.FAIL
    told = [float(ms) for ms in re.findall(r"“order” came ([0-9.]+) ms after the freeze had begun", freeze.seen)]
    history = store.load(tmp_path / "histories" / store.file_name("custom", "telemetry"))
    begun, thawed, (late,) = history.of(FreezeBegun)[0].t, history.of(ThawBegun)[0].t, history.of(SinkReceived)
    assert late.t > thawed
    assert told == [round((late.t - begun) / 1e6, 1)] * 2
    stop = finished.one("custom", STOP)
    assert stop.verdict is Verdict.FAIL
    assert stop.seen == "of 1 of 1 invocations no span came at all"


def test_an_image_without_the_generated_function_has_a_sink_in_every_scenario_and_is_judged_on_its_rung(
    shops: Shops, engine: Engine
) -> None:
    (custom,) = (one for one in discover() if isinstance(one, Subject) and one.name == "custom")
    shop, profile = replace(custom, keeps_records=False), load_profiles()["seeds"]
    session = open_session(engine, {shop.name: shop}, given={shop.name: shops.reference("yes")}, progress=_Quiet())
    workplace = session.workplace("telemetry")
    try:
        spans, freezes = (
            drive_here(workplace, session, shop, BY_NAME[scenario], profile)
            for scenario in ("telemetry", "two-freezes")
        )
    finally:
        workplace.close()
        close_session(engine, session)
    assert freezes.trouble is None
    assert freezes.of(SinkOpened)
    assert freezes.of(SinkReceived)[0].t < freezes.of(FreezeBegun)[0].t
    judged = {one.requirement: one for one in Suite.of([shop], load(), profile).judge(spans)}
    assert {name: (judged[name].verdict, judged[name].rung) for name in (FREEZE, STOP)} == {
        FREEZE: (Verdict.PASS, "sink"),
        STOP: (Verdict.PASS, "sink"),
    }
