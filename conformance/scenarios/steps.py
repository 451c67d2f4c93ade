"""What the scenarios do: sequences of the platform's steps. A sequence asserts nothing.

Which plan, configuration and subjects a sequence goes with is said in :mod:`conformance.scenarios.scenarios`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.history.events import HOOKS, Call
from fixtures.platform.deployment import By

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.platform.platform import Platform
    from runtimes.definition import Handlers

PRE_FREEZE_TIMEOUT_S = 7
PRE_STOP_TIMEOUT_S = 9
"""Timeouts of the hooks in a deployed configuration: two that cannot be mistaken for each other."""
MALFORMED_HANDLER = "nameWithoutAFile"
LINGER_S = 0.4
"""Time after PreStop in which work that it has left behind shows."""
OUTLASTING_MS = 1500
"""How long an invocation takes that outlasts a timeout of one second."""
LOGGED = "a line of the handler's own"
"""What handlers log by their contexts' loggers where they have them."""
LARGE_EVENT_BYTES = 6 * 1024 * 1024
"""Larger than any buffer on an event's way."""
EVENTS: tuple[object, ...] = (
    b"",
    bytes(range(256)),
    "ß, ☃, 漢字, and one beyond the basic plane: 😀",
    {"text": "☃", "number": 1.5, "list": [None, True]},
    bytes(range(1, 256)) * (LARGE_EVENT_BYTES // 255),
)
"""Events of every kind: none at all, every byte, text that is not ASCII, JSON, and a large one."""


def two_freezes(platform: Platform) -> None:
    platform.start()
    _freeze_twice(platform)


def freezes_over_one_connection(platform: Platform) -> None:
    """A short freeze, and one that outlasts what a server by itself thinks of an idle connection."""
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.freeze(platform.outlasting_s)
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def two_freezes_beside_a_control(platform: Platform) -> None:
    platform.start()
    platform.ask_an_unknown_path()
    _freeze_twice(platform)


def _freeze_twice(platform: Platform) -> None:
    for _ in range(2):
        platform.invoke({"sleep_ms": 20})
        platform.freeze()
        platform.thaw()
    platform.stop()


def one_freeze(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def probe(platform: Platform) -> None:
    """What shows in seconds whether an instance can be driven at all, and by whom it is kept from that."""
    platform.start(hopes_at_rest=False)
    platform.ask_an_unknown_path()
    platform.invoke({"sleep_ms": 20})
    platform.try_the_root()
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.stop()


def begin(platform: Platform) -> None:
    platform.start(hopes_at_rest=False)


def overlapping_requests(platform: Platform) -> None:
    platform.start()
    platform.invoke_at_once(*({"sleep_ms": sleep_ms, "log": LOGGED} for sleep_ms in (200, 260, 320)))
    platform.freeze()
    platform.thaw()
    platform.invoke_at_once({"sleep_ms": 90}, {"sleep_ms": 30})
    platform.freeze()
    platform.stop()


def at_once(count: int, sleep_ms: int) -> Callable[[Platform], None]:
    """So many first requests at once. ``sleep_ms`` has to outlast the time in which all of them arrive."""

    def play(platform: Platform) -> None:
        platform.start()
        platform.invoke_at_once(*({"sleep_ms": sleep_ms + 10 * (number % 8)} for number in range(count)))
        platform.freeze()
        platform.stop()

    return play


def staggered_requests(platform: Platform) -> None:
    platform.start()
    platform.invoke_staggered((0, {"sleep_ms": 400}), (60, {"sleep_ms": 20}), (120, {"sleep_ms": 400}))
    platform.freeze()
    platform.stop()


def two_at_once_anyway(platform: Platform) -> None:
    platform.start()
    platform.invoke_at_once({"sleep_ms": 60}, {"sleep_ms": 60})
    platform.freeze()
    platform.stop()


def stop_without_freeze(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.invoke("an event that is plain text")
    platform.stop()


def events_as_they_are(platform: Platform) -> None:
    platform.start()
    for event in EVENTS:
        platform.invoke(event)
    platform.freeze()
    platform.stop()


def single_run(platform: Platform) -> None:
    # Due inside the freeze both with a PreFreeze before it and without one, and on a machine that is slow to freeze it.
    event = {"sleep_ms": 40, "later_ms": 800}
    platform.start(event)
    platform.invoke(event)
    platform.freeze(1.6)
    platform.thaw()
    platform.await_later_work(1)
    platform.freeze()
    platform.stop()


def uninvited_pre_freeze(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.send_uninvited(Call.PRE_FREEZE)
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def uninvited_hooks(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    for hook in HOOKS:
        platform.send_uninvited(hook)
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def request_while_pre_freeze_runs(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.begin_freeze_and_invoke({"sleep_ms": 20})
    platform.freeze()
    platform.stop()


def request_while_frozen(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.invoke_while_frozen({"sleep_ms": 20})
    platform.freeze()
    platform.stop()


def freezes_of_several_lengths(platform: Platform) -> None:
    platform.start()
    # The work is due in the middle of a freeze, so that a slow machine does not move it out of there.
    for number, frozen_ms in enumerate((120, 250, 1600), 1):
        platform.invoke({"later_ms": frozen_ms // 2})
        platform.freeze(frozen_ms / 1000)
        platform.thaw()
        platform.await_later_work(number)
    platform.stop()


def buffered_metrics(platform: Platform) -> None:
    platform.start()
    platform.invoke({"buffer": "first"})
    platform.invoke({"buffer": "second"})
    platform.freeze()
    platform.thaw()
    platform.invoke({"buffer": "third"})
    platform.freeze()
    platform.stop()


def telemetry(platform: Platform) -> None:
    platform.start()
    platform.invoke({"span": "first"})
    platform.invoke({"span": "second"})
    platform.freeze()
    platform.thaw()
    # Those that were left behind get the time to come late, which no platform would promise them.
    platform.await_spans()
    platform.invoke({"span": "third"})
    platform.stop()


def failing_invocation(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.invoke({"fail": "throw"})
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def invocation_outlasts_its_timeout(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": OUTLASTING_MS})
    platform.freeze()
    platform.thaw()
    # It is under way when the first one comes to its end, and in time also where it has to wait for that.
    platform.invoke({"sleep_ms": 450})
    platform.stop()


def stop_that_lingers(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    # Whatever the first one has left behind that writes has written meanwhile.
    platform.invoke({"sleep_ms": 80})
    platform.stop(LINGER_S)


def another_method(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.send_uninvited(Call.PRE_STOP, method="HEAD")
    platform.stop()


def caller_hangs_up(platform: Platform) -> None:
    platform.start()
    platform.invoke_and_hang_up({"sleep_ms": 400}, 0.06)
    platform.freeze()
    platform.thaw()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def slow_pre_freeze(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.invoke_while_frozen({"sleep_ms": 20})
    platform.freeze()
    platform.stop()


def freeze_only(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.thaw()
    platform.stop()


def stop_only(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.stop()


def s_yaml(handlers: Handlers, *, pre_freeze: str | None = None, pre_stop: str | None = None) -> str:
    """An ``s.yaml`` that names the given hooks; None leaves a hook out, ``own`` stands for the function's handler."""
    lines = ["codeUri: './code.zip'", "instanceLifecycleConfig:"]
    for key, wanted, own, timeout in (
        ("preFreeze", pre_freeze, handlers.pre_freeze, PRE_FREEZE_TIMEOUT_S),
        ("preStop", pre_stop, handlers.pre_stop, PRE_STOP_TIMEOUT_S),
    ):
        if wanted is not None:
            lines += [f"  {key}:", f'    handler: "{own if wanted == "own" else wanted}"', f"    timeout: {timeout}"]
    return "\n".join(lines if len(lines) > 2 else lines[:1]) + "\n"


def invoke_freeze_stop(platform: Platform) -> None:
    platform.start()
    platform.invoke({"sleep_ms": 20})
    platform.freeze()
    platform.stop()


def created_in_the_console(platform: Platform) -> None:
    both = s_yaml(platform.handlers, pre_freeze="own", pre_stop="own")
    platform.deploy(By.CREATION_IN_CONSOLE, both)
    platform.deploy(By.CREATION_IN_CONSOLE, s_yaml(platform.handlers))
    invoke_freeze_stop(platform)


def updated_in_the_console(platform: Platform) -> None:
    platform.deploy(By.CREATION_IN_CONSOLE, s_yaml(platform.handlers))
    platform.deploy(By.UPDATE, s_yaml(platform.handlers, pre_freeze="own", pre_stop="own"))
    invoke_freeze_stop(platform)


def created_with_the_sdk(platform: Platform) -> None:
    platform.deploy(By.CREATION_WITH_SDK, s_yaml(platform.handlers, pre_freeze="own", pre_stop="own"))
    invoke_freeze_stop(platform)


def updated_with(**hooks: str) -> Callable[[Platform], None]:
    def play(platform: Platform) -> None:
        platform.deploy(By.CREATION_WITH_SDK, s_yaml(platform.handlers, pre_freeze="own", pre_stop="own"))
        platform.deploy(By.UPDATE, s_yaml(platform.handlers, **hooks))
        invoke_freeze_stop(platform)

    return play


def malformed_handler(platform: Platform) -> None:
    both = s_yaml(platform.handlers, pre_freeze="own", pre_stop="own")
    platform.deploy(By.CREATION_WITH_SDK, both)
    platform.deploy(By.UPDATE, s_yaml(platform.handlers, pre_freeze=MALFORMED_HANDLER, pre_stop=MALFORMED_HANDLER))
    invoke_freeze_stop(platform)


def mistaken_update(platform: Platform) -> None:
    both = s_yaml(platform.handlers, pre_freeze="own", pre_stop="own")
    platform.deploy(By.CREATION_WITH_SDK, both)
    platform.deploy(By.UPDATE, both.replace("preFreeze", "プレフリーズ").replace("preStop", "prestop"))
    platform.deploy(By.UPDATE, s_yaml(platform.handlers, pre_freeze="", pre_stop=" "))
    invoke_freeze_stop(platform)
