"""What the engine itself says of a run: which instances were started, and what is left in it.

The harness is not asked: a leak or a second start that it does not know of must show here.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from docker.errors import DockerException

from fixtures.engine.labels import HOLDER, LIFE, OWNER, RUN, SCENARIO, SUBJECT, WORKER, Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker import DockerClient

    from fixtures.engine.connection import Engine


@dataclass(frozen=True)
class Start:
    """One start of an instance. ``owner``: process id of the run's controller."""

    container: str
    owner: int
    run: str
    worker: str
    subject: str
    scenario: str


class Starts:
    """Listens from its making on for every instance that any run starts."""

    def __init__(self, engine: Engine) -> None:
        self._changed = threading.Condition()
        self._seen: list[Start] = []
        self._stream = engine.streams.events(
            decode=True, since=int(time.time()), filters={"type": "container", "event": "start", "label": SUBJECT}
        )
        threading.Thread(target=self._read, name="starts", daemon=True).start()

    def of(self, owner: int) -> list[Start]:
        """The instances that the run of the process ``owner`` has started."""
        with self._changed:
            return [start for start in self._seen if start.owner == owner]

    def wait_for(self, owner: int, enough: Callable[[list[Start]], bool], *, within_s: float, what: str) -> list[Start]:
        """The starts of a run as soon as they are ``enough``.

        Raises:
            AssertionError: they were not within ``within_s`` seconds.
        """
        deadline = time.monotonic() + within_s
        with self._changed:
            while True:
                mine = [start for start in self._seen if start.owner == owner]
                if enough(mine):
                    return mine
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"waited {within_s:g} s for {what}; seen: {mine}")
                self._changed.wait(left)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._stream.close()

    def _read(self) -> None:
        with contextlib.suppress(DockerException, requests.RequestException, OSError, ValueError):
            for raw in self._stream:
                self._note(raw)

    def _note(self, raw: dict[str, Any]) -> None:
        labels = raw["Actor"]["Attributes"]
        owner = Owner.parse(labels.get(OWNER, ""))
        if owner is None:
            return
        start = Start(
            container=raw["Actor"]["ID"],
            owner=owner.pid,
            run=labels[RUN],
            worker=labels[WORKER],
            subject=labels[SUBJECT],
            scenario=labels[SCENARIO],
        )
        with self._changed:
            self._seen.append(start)
            self._changed.notify_all()


def left_behind(client: DockerClient, owner: int) -> list[str]:
    """Names of what the run of the process ``owner`` still has in the engine: instances, holders, networks, a life."""
    filters: dict[str, str | list[str] | bool] = {"label": OWNER}
    found = [
        f"{_kind_of(container.labels)} {container.name} ({container.status})"
        for container in client.containers.list(all=True, filters=filters, ignore_removed=True)
        if _is_of(container.labels, owner)
    ]
    found += [
        f"network {network.name}"
        for network in client.networks.list(filters=filters)
        if _is_of(network.attrs.get("Labels") or {}, owner)
    ]
    return found


def _kind_of(labels: dict[str, str]) -> str:
    return "holder" if HOLDER in labels else "life" if LIFE in labels else "instance"


def _is_of(labels: dict[str, str], owner: int) -> bool:
    parsed = Owner.parse(labels.get(OWNER, ""))
    return parsed is not None and parsed.pid == owner
