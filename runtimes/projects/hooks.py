"""Reads the hooks of a function: ``instanceLifecycleConfig`` of each edition, and the initializer of 2.0.

Which hooks an edition has, how long they may take and whether a command may stand in a handler's place is data
(:mod:`runtimes.projects.keys`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ruamel.yaml.nodes import MappingNode

from runtimes.handler_forms import handler_mistake
from runtimes.projects import keys
from runtimes.projects.document import place_of
from runtimes.projects.names import meant_key
from runtimes.projects.project import Component, Hook, HookKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runtimes.projects.document import Document, Spot
    from runtimes.projects.values import Values

MOST_S = 2**31 - 1
"""Longest timeout that is taken where no limit is documented: what an SDK can send."""


class HookReader:
    """Reads hooks. ``runtime`` decides the form of their handlers; without it that of each function does."""

    def __init__(self, document: Document, values: Values, runtime: str | None) -> None:
        self._document = document
        self._values = values
        self._runtime = runtime

    def lifecycle(self, spot: Spot, component: Component, runtime: str, values: Values) -> list[Hook]:
        """The hooks of one ``instanceLifecycleConfig``, in the order of the edition's own list."""
        kinds = {self._spelt(kind.key, component): kind for kind in keys.HOOK_KINDS[component]}
        filled = values.filled(spot)
        if filled is None:
            return []
        if not isinstance(filled.value, MappingNode):
            self._document.note_value(filled, f"must be a mapping of {' and '.join(kinds)}")
            return []
        found: dict[HookKey, Hook] = {}
        for name, below in self._known(filled, kinds, component):
            hook = self._hook(below, kinds[name], component, runtime, values)
            if hook is not None:
                found[hook.key] = hook
        return [found[kind.key] for kind in kinds.values() if kind.key in found]

    def initializer(self, spot: Spot, timeout: Spot | None, runtime: str, values: Values) -> Hook:
        """The initializer of 2.0, whose handler and timeout stand among the function's own keys."""
        kind = keys.INITIALIZER_2
        handler = values.text(spot, what='must be text; write "" for none')
        self._judge(handler, spot, runtime, values)
        seconds = values.whole(timeout, kind.least_s, kind.most_s, "seconds") if timeout is not None else None
        return Hook(kind.key, handler or "", (), seconds, place_of(spot))

    def _hook(self, spot: Spot, kind: keys.HookKind, component: Component, runtime: str, values: Values) -> Hook | None:
        filled = values.filled(spot)
        if filled is None:
            return None
        settings = [self._spelt(key, component) for key in ("handler", "timeout")]
        if kind.takes_command:
            settings.append("command")
        if not isinstance(filled.value, MappingNode):
            self._document.note_value(filled, f"must be a mapping of {' and '.join(settings[:2])}")
            return None
        spots = dict(self._known(filled, settings, None))
        at = {key: spots.get(self._spelt(key, component)) for key in ("handler", "timeout", "command")}
        handler_spot, timeout_spot, command_spot = at["handler"], at["timeout"], at["command"]
        missing = "is missing: each hook has a handler and a timeout of its own"
        if kind.takes_command:
            missing = "is missing: a hook has a handler, or a command in its place"
        if handler_spot is None and command_spot is None:
            self._document.note(spot.key, (*filled.written, settings[0]), missing)
        if handler_spot is not None and command_spot is not None:
            self._document.note(
                command_spot.key, command_spot.written, "stands beside a handler: a hook has one of them"
            )
        handler: str | None = None
        if handler_spot is not None:
            handler = values.text(handler_spot, what='must be text; write "" to disable the hook')
            self._judge(handler, handler_spot, runtime, values)
        command = values.texts(command_spot) if command_spot is not None else ()
        if command_spot is not None and not command and not self._document.mistaken:
            self._document.note_value(command_spot, "must be a command of at least one text")
        # An empty handler disables the hook: its timeout says nothing then, and may be missing or any number.
        seconds: int | None = None
        if handler == "":
            if timeout_spot is not None:
                values.number(timeout_spot, "must be a whole number of seconds")
        elif timeout_spot is not None:
            seconds = values.whole(timeout_spot, kind.least_s, kind.most_s or MOST_S, "seconds")
        elif kind.needs_timeout:
            self._document.note(spot.key, (*filled.written, settings[1]), missing)
        return Hook(kind.key, handler or "", command, seconds, place_of(spot))

    def _judge(self, handler: str | None, spot: Spot, runtime: str, values: Values) -> None:
        what = handler_mistake(handler, self._runtime or runtime or None) if handler else ""
        filled = values.filled(spot) if what else None
        if what and filled is not None:
            self._document.note(filled.value, spot.written, what)

    def _known(self, spot: Spot, names: Iterable[str], component: Component | None) -> list[tuple[str, Spot]]:
        """The keys of a mapping; one that was surely meant is taken for it, and any other is a mistake."""
        names = tuple(names)
        entries = self._document.entries(spot)
        taken = set(entries)
        found: list[tuple[str, Spot]] = []
        for key, below in entries.items():
            name = key
            if key not in names:
                meant = meant_key(key, names)
                self._document.note(below.key, below.written, self._unknown(key, names, component), meant=meant)
                if not meant or meant in taken:
                    continue
                taken.add(meant)
                name = meant
            found.append((name, replace(below)))
        return found

    def _unknown(self, key: str, names: tuple[str, ...], component: Component | None) -> str:
        *most, last = names
        are = f"{', '.join(most)} and {last} are"
        if component is Component.FC3:
            said = f"is no key of {keys.TITLE[component]} here: {are}"
            gone = meant_key(key, (HookKey.PRE_FREEZE.value,))
            return f"{said}, Function Compute 3.0 has no PreFreeze" if gone else said
        if component is not None and meant_key(key, (HookKey.INITIALIZER.value,)):
            return f"is no key here: {are}, and the initializer stands beside the function's handler"
        return f"is no key here: {are}"

    @staticmethod
    def _spelt(key: str, component: Component) -> str:
        return keys.capital(str(key)) if component is Component.TEMPLATE else str(key)
