"""What the tests with the real engine share: the engine itself, the images, and the engine's own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.engine.connection import connect
from fixtures.engine.images import Image, NoImage, images_for
from runtimes.subjects import BrokenRuntime, discover
from tests.engine.bad_images import BadImages
from tests.engine.engine_word import Starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fixtures.engine.connection import Engine


JUDGED = ("nodejs", "custom-container", "go", "python", "java", "java-core-1-3")
"""The subjects whose own images the tests judge, or hold others against."""


class Quiet:
    """Progress that nobody looks at."""

    def building(self, runtime: str) -> None:
        return None

    def built(self, runtime: str, image: Image | NoImage, seconds: float) -> None:
        return None


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    connected = connect()
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def references(engine: Engine) -> Mapping[str, str]:
    """The reference runtimes' images by subject, built where they are not there: the runs below find them warm."""
    wanted = {one.name: one for one in discover() if not isinstance(one, BrokenRuntime) and one.name in JUDGED}
    images = images_for(engine, wanted, given={}, progress=Quiet())
    for image in images.values():
        assert isinstance(image, Image), image
    return {name: image.reference for name, image in images.items()}


@pytest.fixture(scope="session")
def bad_images(engine: Engine) -> Iterator[BadImages]:
    images = BadImages(engine.client)
    yield images
    images.remove()


@pytest.fixture
def starts(engine: Engine) -> Iterator[Starts]:
    listening = Starts(engine)
    yield listening
    listening.close()
