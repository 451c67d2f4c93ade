"""The floor on a real engine: it is what it says, and leaves nothing behind."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.engine import floor
from fixtures.engine.container import function_container
from fixtures.engine.labels import OWNER, RUN, Owner, RunLabels
from fixtures.exceptions import HarnessFailure
from tests.engine.engine_word import left_behind
from tests.tables import a_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures.engine.connection import Engine

pytestmark = pytest.mark.engine


def test_four_containers_on_two_lanes_are_measured_and_nothing_is_left_of_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived: list[tuple[str, Mapping[str, str]]] = []
    smallest = floor.smallest

    def noted(image: str, holder: str, labels: Mapping[str, str]) -> dict[str, Any]:
        lived.append((holder, labels))
        return smallest(image, holder, labels)

    monkeypatch.setattr(floor, "smallest", noted)
    measured = floor.measure(4, 2)
    assert (measured.containers, measured.side_by_side) == (4, 2)
    assert 0 < measured.seconds <= measured.start_s + measured.remove_s
    assert len({holder for holder, _ in lived}) == 2
    assert left_behind(engine.client, os.getpid()) == []
    assert {Owner.parse(labels[OWNER]) for _, labels in lived} == {Owner.this_process()}


def test_a_container_that_cannot_be_made_ends_the_floor_with_the_engine_s_words(engine: Engine) -> None:
    with pytest.raises(HarnessFailure, match="no-such-image"):
        floor.measure(4, 2, image="fc-conformance/no-such-image:1")
    assert left_behind(engine.client, os.getpid()) == []


def test_a_floor_that_is_not_through_in_time_says_what_it_waited_for_and_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(HarnessFailure, match=r"waited 1 s for 10000 containers .* 2 side by side; \d+ were not begun"):
        floor.measure(10_000, 2, within_s=1)
    assert left_behind(engine.client, os.getpid()) == []


def test_an_interrupt_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        threading.Event().wait(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr(floor, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        floor.measure(10_000, 2)
    assert left_behind(engine.client, os.getpid()) == []


def test_a_smallest_container_has_the_place_the_limits_and_the_labels_of_an_instance(engine: Engine) -> None:
    labels = RunLabels.new().as_dict()
    wanted = floor.smallest("image", "holder", labels)
    instance = function_container(
        "image",
        table=a_table(floor.MEMORY_MB),
        environment={},
        labels=labels,
        holder="holder",
        api_version=engine.client.api.api_version,
    )
    given = dict(instance._kwargs)
    given.pop("network")
    assert given == {name: wanted[name] for name in given}
    assert set(wanted) - set(given) == {"image", "command"}
    assert RUN in wanted["labels"]
