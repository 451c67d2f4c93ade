"""Instances one after another in one network namespace: what each finds, reaches and leaves, in real containers.

The instances of the first part are small servers that mean harm, started as the harness starts every instance; those of
the second are reference runtimes, driven through a worker's own means.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from conformance.driving.histories import support_of, usable
from conformance.judging.suite import Suite
from conformance.judging.verdict import Verdict
from conformance.tables import catalogue
from fixtures.driver import Workplace, drive
from fixtures.engine import holders as holder_settings
from fixtures.engine import network, sweep
from fixtures.engine.connection import connect
from fixtures.engine.container import function_container
from fixtures.engine.holders import HOST_NAME, Holders, start_holder
from fixtures.engine.images import Image
from fixtures.engine.labels import SCENARIO, SUBJECT, RunLabels
from fixtures.engine.namespace import EnteredNamespace, may_enter
from fixtures.history.history import History
from fixtures.instance import Removal
from fixtures.wire.runtime_api import RuntimeApiWire
from runtimes.subjects import BrokenRuntime, Subject, discover
from tests.engine.harness import mentions
from tests.tables import a_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker.models.containers import Container

    from fixtures.engine.connection import Engine
    from fixtures.engine.namespace import Namespace
    from fixtures.engine.network import RunNetwork
    from fixtures.platform.platform import Platform
    from tests.engine.bad_images import BadImages

pytestmark = pytest.mark.engine

entered_only = pytest.mark.skipif(not may_enter(), reason="namespaces cannot be entered from here")
WITHIN_S = 20.0
"""Longest wait for what an instance or the engine does here; it takes a fraction of a second."""
PORT = 9000


@dataclass
class Street:
    """One worker's namespaces, with instances in them that this test starts and ends itself."""

    engine: Engine
    images: BadImages
    network: RunNetwork | None = None
    labels: RunLabels = field(default_factory=RunLabels.new)
    holders: Holders = field(init=False)

    def __post_init__(self) -> None:
        self.holders = Holders(self.engine, self.labels, self.network)

    def start(self, server: str, place: Namespace, **environment: str) -> Container:
        """An instance of ``servers/<server>.pl`` in ``place``."""
        wanted = function_container(
            self.images.reference(server),
            table=a_table(memory_mb=64),
            environment=environment,
            labels={**self.labels.as_dict(), SUBJECT: server, SCENARIO: "none"},
            holder=place.holder,
            api_version=self.engine.client.api.api_version,
        )
        wanted.start()
        container: Container = wanted.get_wrapped_container()
        return container

    def said(self, container: Container, last: str) -> str:
        """All that the instance has said, once it has said ``last``."""
        deadline = time.monotonic() + WITHIN_S
        while re.search(last, text := container.logs().decode("utf-8", "replace")) is None:
            assert time.monotonic() < deadline, f"waited {WITHIN_S:g} s for {last!r}:\n{text}"
            threading.Event().wait(0.01)
        return text

    def end(self, container: Container) -> Removal:
        """SIGKILL to the instance; answers with its removal, which has begun once the engine knows of the end."""
        container.kill()
        container.wait(timeout=int(WITHIN_S))
        removal = Removal(container)
        removal.start()
        return removal

    def close(self) -> None:
        self.holders.close(WITHIN_S)
        sweep.remove_run(self.engine, self.labels.run)


@pytest.fixture
def street(engine: Engine, bad_images: BadImages) -> Iterator[Street]:
    made = Street(engine, bad_images)
    yield made
    made.close()


@pytest.fixture(params=["entered", "bridged"])
def either_street(request: pytest.FixtureRequest, engine: Engine, bad_images: BadImages) -> Iterator[Street]:
    """A street of each of the two ways, as :func:`fixtures.engine.holders.find_way` would choose it."""
    if request.param == "entered" and not may_enter():
        pytest.skip("namespaces cannot be entered from here")
    made = Street(engine, bad_images)
    if request.param == "bridged":
        made = Street(engine, bad_images, network.create(engine, made.labels), made.labels)
    yield made
    made.close()


def _wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline, f"waited {WITHIN_S:g} s for {what}"
        threading.Event().wait(0.01)


def _is_there(engine: Engine, container: str) -> bool:
    return any(one.id == container for one in engine.client.containers.list(all=True, ignore_removed=True))


def _state(street: Street, place: Namespace, name: str) -> str:
    """A file of ``/proc/net`` as it is in the namespace, read from outside."""
    pid = street.engine.client.containers.get(place.holder).attrs["State"]["Pid"]
    return Path(f"/proc/{pid}/net/{name}").read_text(encoding="utf-8")


def _follows_at_once(street: Street) -> str:
    """What a server says that follows another one on the same port, after that has closed connections itself."""
    place = street.holders.take()
    first = street.start("closes_first", place)
    street.said(first, "bound")
    for _ in range(5):
        with place.connect(PORT, WITHIN_S) as connection:
            connection.sendall(b"x")
            assert connection.recv(100) == b"bye"
            assert connection.recv(100) == b""
    street.holders.give_back(place, street.end(first))
    assert street.holders.take() is place
    return street.said(street.start("closes_first", place), "bound|cannot bind")


def test_a_server_without_so_reuseaddr_binds_the_port_at_once_that_another_has_served(either_street: Street) -> None:
    assert _follows_at_once(either_street) == "bound\n"


@entered_only
def test_the_port_would_wait_without_the_holders_setting(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: it does where the kernel keeps its own setting."""
    monkeypatch.setattr(holder_settings, "NO_PORT_WAITS", {})
    mentions(_follows_at_once(street), "cannot bind: Address already in use")


@entered_only
def test_what_a_hostile_instance_has_tried_to_leave_is_not_there_for_the_next_one(street: Street) -> None:
    place = street.holders.take()
    before_it = street.start("looks_around", place)
    before = street.said(before_it, "all told")
    street.holders.give_back(place, street.end(before_it))

    assert street.holders.take() is place
    hostile = street.start("litters", place)
    street.said(hostile, "the child listens")
    tried = street.said(hostile, "all tried")
    assert "DONE" not in tried, tried
    assert tried.count("refused") == 11, tried
    # All of it is really there as long as the instance lives.
    place.connect(9001, WITHIN_S).close()
    assert "@fc-left-behind" in _state(street, place, "unix")
    assert len(_state(street, place, "tcp").splitlines()) > 10
    assert not place.is_clean()
    # And the platform gives up in the middle: a request that was sent in part, a connection that nobody took.
    for _ in range(3):
        with contextlib.suppress(OSError), place.connect(PORT, 0.2) as connection:
            connection.sendall(b"POST /invoke HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf")

    street.holders.give_back(place, street.end(hostile))
    assert street.holders.take() is place, "the holder was given up for what should have gone by itself"
    assert len(_state(street, place, "tcp").splitlines()) == 1
    assert len(_state(street, place, "unix").splitlines()) == 1
    assert street.said(street.start("looks_around", place), "all told") == before


@entered_only
def test_an_instance_finds_two_addresses_no_route_and_its_own_name(street: Street) -> None:
    seen = street.said(street.start("looks_around", street.holders.take()), "all told")
    found = {line.split(": ", 1)[1].split()[1] for line in seen.splitlines() if re.search(r"fib_trie: +\|-- ", line)}
    assert {one for one in found if not one.startswith("127.")} <= {"0.0.0.0", "192.0.2.0", "192.0.2.1", "192.0.2.2"}
    assert seen.count("/proc/net/route:") == 1, "there is more than the head of the table"
    assert "/proc/sys/net/ipv4/tcp_max_tw_buckets: 0\n" in seen
    mentions(seen, rf"(?m)^192\.0\.2\.2 +{HOST_NAME}$")


@entered_only
def test_a_connection_of_an_ended_instance_that_the_platform_still_holds_costs_the_holder(street: Street) -> None:
    place = street.holders.take()
    instance = street.start("lingers", place)
    street.said(instance, "bound")
    with place.connect(PORT, WITHIN_S):
        street.said(instance, "taken")
        street.holders.give_back(place, street.end(instance))
        assert len(_state(street, place, "tcp").splitlines()) > 1
        other = street.holders.take()
    assert other.holder != place.holder
    _wait_until(lambda: not _is_there(street.engine, place.holder), "the removal of the old holder")


@entered_only
def test_the_same_connection_costs_nothing_once_the_platform_has_let_go(street: Street) -> None:
    place = street.holders.take()
    instance = street.start("lingers", place)
    street.said(instance, "bound")
    with place.connect(PORT, WITHIN_S):
        street.said(instance, "taken")
        street.holders.give_back(place, street.end(instance))
    assert street.holders.take() is place


@pytest.mark.parametrize("how", ["append", "empty", "forbid"])
@pytest.mark.parametrize("file", ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"])
def test_a_file_that_holder_and_instances_share_costs_the_holder_when_it_was_changed(
    either_street: Street, file: str, how: str
) -> None:
    street = either_street
    place = street.holders.take()
    instance = street.start("writes_to_etc", place, FILE=file, HOW=how)
    street.said(instance, "done")
    street.holders.give_back(place, street.end(instance))
    other = street.holders.take()
    assert other.holder != place.holder
    assert "elsewhere" not in street.said(street.start("looks_around", other), "all told")
    _wait_until(lambda: not _is_there(street.engine, place.holder), "the removal of the old holder")


def _listener(connection: socket.socket, answer: bytes, closing: threading.Event) -> None:
    connection.settimeout(0.1)
    while not closing.is_set():
        with contextlib.suppress(OSError):
            taken, _ = connection.accept()
            with taken:
                taken.sendall(answer)


@contextlib.contextmanager
def _answering(listening: socket.socket, answer: bytes) -> Iterator[None]:
    """Answers everybody who connects to ``listening``."""
    closing = threading.Event()
    thread = threading.Thread(target=_listener, args=(listening, answer, closing), daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join(WITHIN_S)


def _reached(text: str) -> dict[str, str]:
    return dict(re.findall(r"(?m)^reached (\S+): (.*)$", text))


@entered_only
def test_an_instance_reaches_its_own_runtime_api_and_nothing_else(street: Street, engine: Engine) -> None:
    place, neighbour = street.holders.take(), street.holders.take()
    others = RunLabels.new()
    own, foreign = RuntimeApiWire(place), RuntimeApiWire(neighbour)
    name = f"fc-test-{uuid.uuid4().hex}"
    try:
        bridge = network.create(engine, others)
        start_holder(engine, others, bridge)
        with (
            socket.create_server(("0.0.0.0", 0)) as machine,
            socket.socket(socket.AF_UNIX) as abstract,
            _answering(machine, b"the machine\r\n"),
            _answering(abstract, b"the machine\r\n"),
        ):
            abstract.bind(f"\0{name}")
            abstract.listen()
            port = machine.getsockname()[1]
            addresses = {
                one.address for found in psutil.net_if_addrs().values() for one in found if one.family == socket.AF_INET
            }
            subnet = ipaddress.ip_network(engine.client.networks.get("bridge").attrs["IPAM"]["Config"][0]["Subnet"])
            (default,) = [one for one in addresses if ipaddress.ip_address(one) in subnet]
            assert {"127.0.0.1", bridge.gateway} <= addresses
            for address in addresses:
                with socket.create_connection((address, port), WITHIN_S) as connection:
                    assert connection.recv(100) == b"the machine\r\n"
            mine, theirs = (wire.environment(None)["FC_RUNTIME_API"] for wire in (own, foreign))
            assert mine != theirs
            targets = [
                f"tcp:{mine}",
                f"tcp:{theirs}",
                f"unix:{name}",
                *(f"tcp:{address}:{port}" for address in sorted(addresses)),
                # Inside a namespace without a route nothing leaves the machine, not even the attempt.
                *(f"tcp:{address}:80" for address in ("169.254.169.254", "100.100.100.200", "198.51.100.1")),
                f"tcp:{place.address}:{port}",
            ]
            instance = street.start("tries_addresses", place, TARGETS=" ".join(targets))
            tried = street.said(instance, "all tried")
    finally:
        own.close()
        foreign.close()
        sweep.remove_run(engine, others.run)
    assert set(_reached(tried)) == {f"tcp:{mine}"}, tried
    assert _reached(tried)[f"tcp:{mine}"].startswith("HTTP/1.1 404")
    assert tried.count("not reached") == len(targets) - 1
    for address in ("169.254.169.254", "100.100.100.200", default, bridge.gateway):
        mentions(tried, rf"not reached tcp:{re.escape(address)}:\d+: Network is unreachable")


def test_on_a_bridge_an_instance_reaches_its_own_runtime_api_and_is_refused_by_its_neighbours(
    engine: Engine, bad_images: BadImages
) -> None:
    labels = RunLabels.new()
    street = Street(engine, bad_images, network.create(engine, labels), labels)
    try:
        place, neighbour = street.holders.take(), street.holders.take()
        served = street.start("closes_first", neighbour)
        street.said(served, "bound")
        neighbour.connect(PORT, WITHIN_S).close()
        own, foreign = RuntimeApiWire(place), RuntimeApiWire(neighbour)
        try:
            mine, theirs = (wire.environment(None)["FC_RUNTIME_API"] for wire in (own, foreign))
            targets = f"tcp:{mine} tcp:{theirs} tcp:{neighbour.address}:{PORT}"
            tried = street.said(street.start("tries_addresses", place, TARGETS=targets), "all tried")
        finally:
            own.close()
            foreign.close()
    finally:
        street.close()
    assert set(_reached(tried)) == {f"tcp:{mine}", f"tcp:{theirs}"}, tried
    assert _reached(tried)[f"tcp:{mine}"].startswith("HTTP/1.1 404")
    assert _reached(tried)[f"tcp:{theirs}"].startswith("HTTP/1.1 403")


# ------------------------------------------------------------------------------------------- a worker's own means


@dataclass
class Worker:
    """A worker as a run has it, and the suite that judges what it drives."""

    workplace: Workplace
    images: Mapping[str, Image]
    suite: Suite
    subjects: Mapping[str, Subject]

    @property
    def holder(self) -> str:
        """The holder of the only namespace that nobody is in."""
        (free,) = self.workplace.holders._free
        return free.namespace.holder

    def drive(
        self,
        subject: str,
        scenario: str = "stop-without-freeze",
        *,
        image: Image | None = None,
        before: Callable[[Platform], None] | None = None,
        ready_within_s: int | None = None,
    ) -> History:
        """Drive a subject as a run does; ``before`` is called before the scenario's first step."""
        chosen = self.subjects[subject]
        if ready_within_s is not None:
            hurried = msgspec.structs.replace(chosen.table, ready_within_s=ready_within_s)
            # Under a name of its own: of one that never gets ready, the next is given less time.
            chosen = replace(chosen, name="hurried", judged_as=chosen.kind, table=hurried)
        script = self.suite.script(chosen, scenario)
        if before is not None:
            script = _Meddled(script, before)  # type: ignore[assignment]
        support = support_of(chosen, self.suite.profile)
        return drive(self.workplace, chosen, image or self.images[subject], script, support)

    def is_green(self, history: History) -> bool:
        """Whether everything that is judged on the History holds; an AssertionError says what does not."""
        assert usable(history) is history, history.trouble
        verdicts = self.suite.judge(history)
        red = [f"{one.nodeid}: {one.message}" for one in verdicts if one.verdict is not Verdict.PASS]
        assert not red, red
        return len(verdicts) > 5


class _Meddled:
    """A scenario with somebody's hand in it."""

    def __init__(self, script: object, before: Callable[[Platform], None]) -> None:
        self._script = script
        self._before = before

    def __getattr__(self, name: str) -> object:
        return getattr(self._script, name)

    def play(self, platform: Platform) -> None:
        self._before(platform)
        self._script.play(platform)  # type: ignore[attr-defined]


def _worker(engine: Engine, references: Mapping[str, str], labels: RunLabels, bridge: RunNetwork | None) -> Worker:
    subjects = {one.name: one for one in discover() if not isinstance(one, BrokenRuntime) and one.name in references}
    images = {
        name: Image(reference, str(engine.client.images.get(reference).id)) for name, reference in references.items()
    }
    suite = Suite.of(list(subjects.values()), catalogue.load(), catalogue.load_profiles()["seeds"])
    return Worker(Workplace(connect(), bridge, labels), images, suite, subjects)


@pytest.fixture
def worker(engine: Engine, references: Mapping[str, str]) -> Iterator[Worker]:
    labels = RunLabels.new()
    bridge = None if may_enter() else network.create(engine, labels)
    made = _worker(engine, references, labels, bridge)
    yield made
    made.workplace.close()
    sweep.remove_run(engine, labels.run)


def test_every_wire_uses_the_one_holder_in_turn(worker: Worker) -> None:
    used = set()
    for subject in ("nodejs", "go", "custom-container", "go", "nodejs"):
        assert worker.is_green(worker.drive(subject))
        used.add(worker.holder)
    assert len(used) == 1


def test_an_instance_that_never_gets_ready_costs_its_holder_and_no_other_verdict(
    worker: Worker, engine: Engine, bad_images: BadImages
) -> None:
    assert worker.is_green(worker.drive("nodejs"))
    first = worker.holder
    reference = bad_images.reference("wrong_port")
    bad = worker.drive("nodejs", image=Image(reference, str(engine.client.images.get(reference).id)), ready_within_s=1)
    assert bad.trouble is not None
    assert bad.trouble.side == "subject"
    assert worker.is_green(worker.drive("nodejs"))
    assert worker.holder != first
    _wait_until(lambda: not _is_there(engine, bad.instance), "the removal of the instance")
    _wait_until(lambda: not _is_there(engine, first), "the removal of its holder")


def test_an_instance_that_somebody_kills_costs_its_holder(worker: Worker, engine: Engine) -> None:
    assert worker.is_green(worker.drive("nodejs"))
    first = worker.holder

    def kill(_: Platform) -> None:
        def when_it_is_there() -> None:
            _wait_until(lambda: bool(_instances(engine, worker)), "the instance")
            for one in _instances(engine, worker):
                one.kill()

        threading.Thread(target=when_it_is_there, daemon=True).start()

    spoilt = worker.drive("nodejs", before=kill)
    assert spoilt.trouble is not None
    assert spoilt.trouble.side == "harness"
    assert worker.is_green(worker.drive("nodejs"))
    assert worker.holder != first
    _wait_until(lambda: not _is_there(engine, first), "the removal of its holder")


def _instances(engine: Engine, worker: Worker) -> list[Container]:
    filters: dict[str, str | list[str] | bool] = {
        "label": [f"{name}={value}" for name, value in worker.workplace.labels.as_dict().items()]
    }
    return engine.client.containers.list(filters=filters, ignore_removed=True)


def _remove(engine: Engine, holder: str) -> None:
    engine.client.containers.get(holder).remove(force=True)


def _kill(engine: Engine, holder: str) -> None:
    container = engine.client.containers.get(holder)
    container.kill()
    container.wait(timeout=int(WITHIN_S))


BY_HAND = pytest.mark.parametrize("by_hand", [_remove, _kill])


@BY_HAND
def test_a_holder_that_goes_between_two_drives_costs_no_verdict(
    worker: Worker, engine: Engine, by_hand: Callable[[Engine, str], None]
) -> None:
    assert worker.is_green(worker.drive("go"))
    first = worker.holder
    by_hand(engine, first)
    assert worker.is_green(worker.drive("go"))
    assert worker.holder != first
    _wait_until(lambda: not _is_there(engine, first), "the removal of what is left of the holder")


@BY_HAND
def test_a_holder_that_goes_right_before_its_instance_spoils_that_history_in_the_engines_words_and_no_other(
    worker: Worker, engine: Engine, by_hand: Callable[[Engine, str], None]
) -> None:
    assert worker.is_green(worker.drive("nodejs"))
    first = worker.holder
    spoilt = worker.drive("nodejs", before=lambda _: by_hand(engine, first))
    assert spoilt.trouble is not None
    assert spoilt.trouble.side == "harness"
    mentions(str(spoilt.trouble), f"No such container: {first}|cannot join network of a non running container: {first}")
    assert "image" not in spoilt.trouble.what
    for subject in ("nodejs", "go"):
        assert worker.is_green(worker.drive(subject))
    assert worker.holder != first
    _wait_until(lambda: not _is_there(engine, first), "the removal of what is left of the holder")


@entered_only
@BY_HAND
def test_a_holder_that_goes_while_its_instance_lives_takes_nothing_from_it(
    worker: Worker, engine: Engine, by_hand: Callable[[Engine, str], None]
) -> None:
    assert worker.is_green(worker.drive("nodejs"))
    first = worker.holder
    done = threading.Event()

    def meddle(_: Platform) -> None:
        def when_it_is_there() -> None:
            _wait_until(lambda: bool(_instances(engine, worker)), "the instance")
            by_hand(engine, first)
            done.set()

        threading.Thread(target=when_it_is_there, daemon=True).start()

    assert worker.is_green(worker.drive("nodejs", "two-freezes", before=meddle))
    assert done.wait(WITHIN_S)
    assert worker.is_green(worker.drive("nodejs"))
    assert worker.holder != first


def test_where_namespaces_cannot_be_entered_the_bridge_does_it_as_well(
    engine: Engine, references: Mapping[str, str]
) -> None:
    labels = RunLabels.new()
    bridge = network.create(engine, labels)
    worker = _worker(engine, references, labels, bridge)
    try:
        used = set()
        for subject in ("nodejs", "go"):
            for scenario in ("two-freezes", "stop-without-freeze"):
                assert worker.is_green(worker.drive(subject, scenario))
                used.add(worker.holder)
        network.check(bridge)
        assert len(used) == 1
        (holder,) = used
        assert list(engine.client.containers.get(holder).attrs["NetworkSettings"]["Networks"]) == [bridge.name]
    finally:
        worker.workplace.close()
        swept = sweep.remove_run(engine, labels.run)
    assert swept == 1, "the network alone is left to the sweep"
    assert not engine.client.networks.list(names=[bridge.name])


@entered_only
def test_a_thread_that_is_interrupted_while_it_makes_a_socket_is_back_where_it_was(street: Street) -> None:
    """Ctrl-C and pytest's deadline raise at any place of the main thread: one in three hundred left it inside."""
    place = street.holders.take()
    here = Path("/proc/thread-self/ns/net")
    before = here.stat().st_ino
    armed, interrupted = False, 0

    class Interrupted(Exception):
        pass

    def interrupt(*_: object) -> None:
        if armed:
            raise Interrupted

    flood = (
        "import os, random, time\n"
        f"while os.getppid() == {os.getpid()}:\n"
        f"    os.kill({os.getpid()}, {int(signal.SIGUSR1)})\n"
        "    time.sleep(random.uniform(0, 2e-4))\n"
    )
    usual = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with subprocess.Popen([sys.executable, "-c", flood]) as flooding:
            deadline = time.monotonic() + WITHIN_S
            while interrupted < 6_000 and time.monotonic() < deadline:
                try:
                    armed = True
                    with contextlib.suppress(OSError):
                        place.listen().close()
                    armed = False
                except Interrupted:
                    armed = False
                    interrupted += 1
                assert here.stat().st_ino == before, f"after {interrupted} interruptions"
            flooding.kill()
    finally:
        signal.signal(signal.SIGUSR1, usual)
    assert interrupted > 500


@entered_only
def test_an_entered_namespace_is_what_a_run_here_uses(street: Street) -> None:
    assert isinstance(street.holders.take(), EnteredNamespace)
