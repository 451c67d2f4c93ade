"""What this project has made and nobody needs goes; what somebody has built on it stays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from docker.errors import ImageNotFound

from fixtures.engine import housekeeping
from fixtures.engine.housekeeping import Kept
from fixtures.engine.images import BASE_IMAGE, references_of
from fixtures.engine.labels import IMAGE
from reports.commands import clean_command
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.engine.connection import Engine

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("references")]

OURS, THEIRS = "fc-conformance/of-a-test:1", "somebody/of-a-test:1"


def _build(engine: Engine, name: str, **labels: str) -> None:
    file = f"FROM {BASE_IMAGE}\nLABEL of-a-test={name.partition('/')[0]}\n"
    engine.client.images.build(fileobj=io.BytesIO(file.encode()), tag=name, labels=labels, rm=True, forcerm=True)


@pytest.fixture
def images(engine: Engine) -> Iterator[None]:
    """An image of ours that nothing needs, and one that somebody has built on our base, whose label it inherits."""
    _build(engine, OURS, **{IMAGE: "runtime"})
    _build(engine, THEIRS)
    yield
    for name in (OURS, THEIRS):
        try:
            engine.client.images.remove(name, force=True)
        except ImageNotFound:
            continue


def _named(images: tuple[Kept, ...]) -> set[str]:
    return {name for one in images for name in one.names}


@pytest.mark.usefixtures("images")
def test_an_image_on_ours_is_not_ours_and_one_that_nothing_needs_goes(engine: Engine) -> None:
    there = _named(housekeeping.kept(engine))
    assert OURS in there
    assert THEIRS not in there
    assert engine.client.images.get(THEIRS).labels[IMAGE] == "base", "the label alone would say so"
    needed = clean_command.needed_now(engine)
    going = housekeeping.unneeded(housekeeping.kept(engine), needed)
    assert OURS in _named(going)
    assert BASE_IMAGE not in _named(going)
    nodejs = next(one for one in discover() if isinstance(one, Subject) and one.name == "nodejs")
    assert not {name for name in _named(going) if name in references_of([nodejs], base_id=_base(engine))}
    mine = [one for one in going if OURS in one.names]
    assert housekeeping.remove(engine, mine) == (1, ())
    with pytest.raises(ImageNotFound):
        engine.client.images.get(OURS)
    assert engine.client.images.get(THEIRS)


def _base(engine: Engine) -> str:
    return str(engine.client.images.get(BASE_IMAGE).id)


@pytest.mark.usefixtures("images")
def test_an_image_that_a_container_uses_stays_and_is_told(engine: Engine) -> None:
    container = engine.client.containers.create(OURS, command=["true"])
    try:
        mine = [one for one in housekeeping.kept(engine) if OURS in one.names]
        removed, (why,) = housekeeping.remove(engine, mine)
        assert removed == 0
        assert why.startswith(f"{OURS}: ")
        assert "container" in why
    finally:
        container.remove(force=True)


@pytest.mark.usefixtures("images")
def test_a_dry_run_says_what_would_go_and_removes_nothing(engine: Engine) -> None:
    said = clean_command.clean(engine, everything=False, dry=True)
    assert "would go: " in said
    assert "on the disk: " in said
    assert engine.client.images.get(OURS)
