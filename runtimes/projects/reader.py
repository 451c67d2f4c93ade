"""Reads an ``s.yaml`` of the components fc (2.0) and fc3 (3.0), and the ``template.yml`` of the tool before them.

The result is a :class:`~runtimes.projects.project.Project`. It is the house's only reader of such files: what a
project's images are made of and which hooks the platform is asked for both come from here. A piece of a file, the keys
of one function as the product pages show them, is read too.

A file is taken whole or not at all: every mistake that can be found is reported with its place. A key that the file
has is read, or listed in ``not_done`` with what that means, or it is a mistake; none is passed over. Which it is says
:mod:`runtimes.projects.keys`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from runtimes.projects import keys
from runtimes.projects.document import MAX_BYTES, Document, Spot, kind_of, name_of, place_of, type_of
from runtimes.projects.hooks import HookReader
from runtimes.projects.mistakes import ConfigurationError, Mistake
from runtimes.projects.names import TRANSLATED, meant_key
from runtimes.projects.project import CONTAINER, Action, Component, Function, Hook, NotDone, Place, Project, Trigger
from runtimes.projects.values import Values
from runtimes.projects.variables import Around, Variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

LIFECYCLE = "instanceLifecycleConfig"
HOOK_WORDS = ("preFreeze", "preStop")
PLACES = (LIFECYCLE, f"services.*.props.function.{LIFECYCLE}", f"resources.*.props.{LIFECYCLE}")
"""Where hooks are configured, in the words of a message."""
SHORT_TABLE = 8
"""Most keys that a message names."""

_COMPONENT = re.compile(r"(?:devsapp/)?(fc3?)(?:@\S+)?")
_TEMPLATE_KEYS = ("ROSTemplateFormatVersion", "Transform", "Resources")
_FUNCTION_TYPE = "Aliyun::Serverless::Function"
_SERVICE_TYPE = "Aliyun::Serverless::Service"

Spots = Mapping[str, Spot]


def load(
    path: Path,
    *,
    environment: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
    runtime: str | None = None,
) -> Project:
    """:func:`read` of a file, whose folder is then the one that ``${file('x')}`` and ``${path('x')}`` start from.

    Raises:
        ConfigurationError: as :func:`read`; also when the file cannot be read, or is too large (it is not read then).
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError([Mistake("", f"cannot be read: {error.strerror}", file=str(path))]) from error
    return read(data, file=str(path), around=Around(environment or {}, config or {}, path.parent), runtime=runtime)


def read(
    data: str | bytes, *, file: str = "s.yaml", around: Around | None = None, runtime: str | None = None
) -> Project:
    """What ``data`` says of a project.

    ``file`` is the name for messages, ``around`` what its variables may know of the world. ``runtime`` decides the form
    of the hooks' handlers; without it the ``runtime`` key of each function does.

    Raises:
        ConfigurationError: the file has mistakes. Nothing of it is to be applied.
    """
    document = Document(data, file, (*HOOK_WORDS, "handler", "timeout"))
    return _Reader(document, around or Around(), runtime).project()


class _Reader:
    """The reading of one file."""

    def __init__(self, document: Document, around: Around, runtime: str | None) -> None:
        self._document = document
        self._values = Values(document, Variables(document, around))
        self._hooks = HookReader(document, self._values, runtime)
        self._functions: list[Function] = []
        self._actions: list[Action] = []
        self._not_done: dict[NotDone, None] = {}

    def project(self) -> Project:
        root = self._document.root
        written = self._document.entries(root)
        if any(key in written for key in _TEMPLATE_KEYS):
            top = self._template(root)
        elif "services" in written or "resources" in written:
            top = self._whole(root)
        else:
            top = self._piece(root)
        edition, name = (self._values.text(top[key]) if key in top else None for key in ("edition", "name"))
        self._document.settle()
        return Project(
            file=self._document.file,
            edition=edition or "",
            name=name or "",
            functions=tuple(self._functions),
            actions=tuple(self._actions),
            not_done=tuple(sorted(self._not_done, key=lambda one: (one.line, one.key))),
        )

    # ---------------------------------------------------------------------------------------------- the three files

    def _piece(self, root: Spot) -> Spots:
        spots = self._table(root, keys.PIECE, Component.PIECE)
        self._read_actions(spots.get("actions"), "")
        self._functions.append(self._function("", Component.PIECE, root, spots, spots))
        return {key: spot for key, spot in spots.items() if key == "edition"}

    def _whole(self, root: Spot) -> Spots:
        spots = self._table(root, keys.TOP, None)
        if "extend" in self._document.entries(root):
            self._refuse_extension(self._document.entries(root)["extend"])
        self._read_actions(spots.get("actions"), "")
        for section in ("services", "resources"):
            if section in spots:
                for resource in self._entries(spots[section], "must be a mapping of names to what they stand for"):
                    self._resource(section, resource)
        return spots

    def _resource(self, section: str, resource: Spot) -> None:
        """One entry of ``services`` or ``resources``: a function, or something of another component."""
        name = resource.written[-1]
        if not isinstance(resource.value, MappingNode):
            self._document.note_value(resource, "must be a mapping of component and props")
            return
        component = self._component(section, self._document.entries(resource).get("component"), resource)
        if component is None:
            return
        spots = self._table(resource, keys.RESOURCE, component)
        if "extend" in self._document.entries(resource):
            self._refuse_extension(self._document.entries(resource)["extend"])
        self._read_actions(spots.get("actions"), name)
        if "props" not in spots:
            self._document.note(resource.key, (*resource.written, "props"), "is missing: the function's keys are in it")
            return
        props = self._values.filled(spots["props"], resource)
        if props is None or not self._is_mapping(props, "must be a mapping of the function's keys"):
            return
        if component is Component.FC3:
            here = self._table(props, keys.PROPS_3, component)
            self._functions.append(self._function(name, component, resource, here, here))
            return
        outer = self._table(props, keys.PROPS_2, component)
        if "function" not in outer:
            self._undone(resource, f"has no function: {', '.join(outer) or 'nothing'} is not judged by itself")
            return
        function = self._values.filled(outer["function"], resource)
        if function is None or not self._is_mapping(function, "must be a mapping of the function's keys"):
            return
        inner = self._table(function, keys.FUNCTION_2, component)
        self._functions.append(self._function(name, component, resource, inner, outer))

    def _component(self, section: str, spot: Spot | None, resource: Spot) -> Component | None:
        """Whose keys a resource is written in; None, and it is listed, where it is no function's component."""
        if spot is None:
            return Component.FC if section == "services" else Component.FC3
        # A component may be a path on the author's machine (${path('./fc.js')}): then it is none that is known.
        text = str(spot.value.value) if isinstance(spot.value, ScalarNode) else ""
        if "${" in text and "path(" not in text:
            filled = self._values.text(spot, resource)
            if filled is None:
                return None
            text = filled
        known = _COMPONENT.fullmatch(text.strip())
        if known is None:
            self._undone(resource, f"is of the component {text or kind_of(spot.value)}: only fc and fc3 have functions")
            self._stray(resource)
            return None
        return Component(known[1])

    def _template(self, root: Spot) -> Spots:
        spots = self._table(root, keys.TEMPLATE_TOP, None)
        if "Resources" in spots:
            for service in self._entries(spots["Resources"], "must be a mapping of names to services"):
                self._template_service(service)
        return {}

    def _template_service(self, service: Spot) -> None:
        if not isinstance(service.value, MappingNode):
            self._document.note_value(service, "must be a mapping of Type, Properties and functions")
            return
        entries = self._document.entries(service)
        kind = self._plain_text(entries.get("Type"))
        if kind != _SERVICE_TYPE:
            self._undone(service, f"is of the type {kind or 'nothing'}: only {_SERVICE_TYPE} has functions")
            self._stray(service)
            return
        for key, below in entries.items():
            if key == "Type":
                continue
            if key == "Properties":
                self._undone(below, "is about the service: nothing is deployed")
                self._stray(below)
                continue
            if not isinstance(below.value, MappingNode) or self._type_in(below) != _FUNCTION_TYPE:
                self._document.note(below.key, below.written, f"must be a mapping with the Type {_FUNCTION_TYPE}")
                continue
            spots = self._table(below, keys.TEMPLATE_FUNCTION, None)
            if "Properties" not in spots:
                self._document.note(
                    below.key, (*below.written, "Properties"), "is missing: the function's keys are in it"
                )
                continue
            if not self._is_mapping(spots["Properties"], "must be a mapping of the function's keys"):
                continue
            inner = self._table(spots["Properties"], keys.FUNCTION_2, Component.TEMPLATE)
            outer = {"triggers": spots["Events"]} if "Events" in spots else {}
            function = self._function(key, Component.TEMPLATE, below, inner, outer)
            self._functions.append(replace(function, name=key, service=service.written[-1]))

    # ---------------------------------------------------------------------------------------------- a function

    def _function(self, resource: str, component: Component, owner: Spot, inner: Spots, outer: Spots) -> Function:
        """One function: ``inner`` are its own keys, ``outer`` those beside it; in fc3 both are the same."""
        values, three = self._values.inside(owner), component is Component.FC3
        runtime = values.text_at(inner, "runtime") or ""
        hooks, hooks_place = self._hooks_of(component, runtime, inner, values)
        container = self._part(
            inner, "customContainerConfig", keys.CONTAINER_3 if three else keys.CONTAINER_2, component
        )
        custom = self._part(inner, "customRuntimeConfig", keys.RUNTIME_3 if three else keys.RUNTIME_2, component)
        own_start = not runtime or runtime.startswith("custom")
        started = container if runtime == CONTAINER else custom if own_start else {}
        command, args = ("entrypoint", "command") if three and runtime == CONTAINER else ("command", "args")
        ports = {"caPort": inner.get("caPort"), "port": started.get("port")}
        port = next((values.whole(spot, 1, 65535, "port") for spot in ports.values() if spot is not None), None)
        if "webServerMode" in container and values.truth(container["webServerMode"]) is False:
            port = None
        for key, part in (("customContainerConfig", container), ("customRuntimeConfig", custom)):
            if part and part is not started:
                self._undone(inner[key], f"has no effect with the runtime {runtime or 'that is not named'}")
        code = inner.get("code" if three else "codeUri")
        service = self._part(outer, "service", keys.SERVICE_2, component) if not three else {}
        function = Function(
            resource=resource,
            component=component,
            place=place_of(owner),
            name=values.text_at(inner, "functionName" if three else "name") or "",
            runtime=runtime,
            region=values.text_at(outer, "region") or "",
            service=values.text_at(service, "name") or "",
            code=self._code(code, component, values),
            code_place=place_of(code) if code is not None else place_of(owner),
            handler=values.text_at(inner, "handler") or "",
            command=values.texts_at(started, command),
            args=values.texts_at(started, args),
            image=values.text_at(container, "image") or "",
            port=port,
            environment=values.pairs_at(inner, "environmentVariables"),
            memory_mb=values.whole_at(inner, "memorySize", 1, 2**31 - 1, "MB"),
            timeout_s=values.whole_at(inner, "timeout", 1, 86400, "seconds"),
            concurrency=values.whole_at(inner, "instanceConcurrency", 1, 1000, "invocations"),
            hooks=hooks,
            hooks_place=hooks_place,
            triggers=self._triggers(outer.get("triggers"), component, values),
        )
        self._tell_of_hooks(function)
        return function

    def _hooks_of(
        self, component: Component, runtime: str, inner: Spots, values: Values
    ) -> tuple[tuple[Hook, ...], Place | None]:
        hooks: list[Hook] = []
        place: Place | None = None
        if LIFECYCLE in inner:
            place = place_of(inner[LIFECYCLE])
            hooks += self._hooks.lifecycle(inner[LIFECYCLE], component, runtime, values)
        if "initializer" in inner:
            place = place or place_of(inner["initializer"])
            hooks.append(
                self._hooks.initializer(inner["initializer"], inner.get("initializationTimeout"), runtime, values)
            )
        elif "initializationTimeout" in inner:
            self._undone(inner["initializationTimeout"], "has no effect without an initializer")
        return tuple(hooks), place

    def _tell_of_hooks(self, function: Function) -> None:
        """Lists what is written of the hooks and comes to nothing."""
        for hook in function.hooks:
            if hook.disabled:
                continue
            if not function.web_server:
                port = "customContainerConfig.port" if function.component is Component.FC3 else "caPort"
                self._told(hook.place, f"has no effect: without {port} the container has no web server")
            elif hook.command:
                self._told(hook.place, "is a command, which is not run: the harness calls handlers only")
            if hook.timeout_s == 0:
                self._told(hook.place, "has a timeout of 0 seconds, which is documented nowhere: the default is taken")

    def _code(self, spot: Spot | None, component: Component, values: Values) -> str | None:
        if spot is None:
            return None
        filled = values.filled(spot)
        if filled is None:
            return None
        if component is Component.FC3 and isinstance(filled.value, MappingNode):
            return values.text_at(self._table(filled, keys.CODE_3, component), "src")
        return values.text(filled)

    def _triggers(self, spot: Spot | None, component: Component, values: Values) -> tuple[Trigger, ...]:
        filled = values.filled(spot) if spot is not None else None
        if filled is None:
            return ()
        if component is Component.TEMPLATE:
            return tuple(
                self._trigger(
                    one, one.written[-1], self._table(one, keys.TEMPLATE_TRIGGER, None), "Type", "Properties", values
                )
                for one in self._entries(filled, "must be a mapping of names to triggers")
                if self._is_mapping(one, "must be a mapping of Type and Properties")
            )
        if not isinstance(filled.value, SequenceNode):
            self._document.note_value(filled, "must be a list of triggers")
            return ()
        three = component is Component.FC3
        table, kind, settings, name = (
            (keys.TRIGGER_3, "triggerType", "triggerConfig", "triggerName")
            if three
            else (keys.TRIGGER_2, "type", "config", "name")
        )
        found: list[Trigger] = []
        for one in self._document.items(filled):
            item = values.filled(one)
            if item is not None and self._is_mapping(item, f"must be a mapping of {name}, {kind} and {settings}"):
                spots = self._table(item, table, component)
                found.append(self._trigger(item, values.text_at(spots, name) or "", spots, kind, settings, values))
        return tuple(found)

    def _trigger(self, spot: Spot, name: str, spots: Spots, kind: str, settings: str, values: Values) -> Trigger:
        word = (values.text_at(spots, kind) or "").lower()
        methods: tuple[str, ...] = ()
        if kind not in spots:
            self._document.note(spot.key, (*spot.written, kind), "is missing: it says what fires the trigger")
        elif word != "http":
            self._undone(
                spot, f"is a trigger of type {word}: nothing fires it, the harness invokes the function itself"
            )
        elif settings in spots:
            # The keys of an HTTP trigger are the same in both components.
            component = Component.TEMPLATE if kind == "Type" else None
            below = values.filled(spots[settings])
            if below is not None and self._is_mapping(below, "must be a mapping of authType and methods"):
                methods = values.texts_at(self._table(below, keys.HTTP_TRIGGER, component), "methods")
        return Trigger(name, word, methods, place_of(spot))

    # ---------------------------------------------------------------------------------------------- actions

    def _read_actions(self, spot: Spot | None, resource: str) -> None:
        """Every step of every action, as something that is not run."""
        if spot is None:
            return
        for when in self._entries(spot, "must be a mapping of occasions to steps"):
            steps = self._document.items(when) if isinstance(when.value, SequenceNode) else [when]
            for step in steps:
                self._actions.append(_action(when.written[-1], step, resource))

    def _refuse_extension(self, spot: Spot) -> None:
        what = "is not followed here: let the tool write the whole file (s preview) and give that one"
        self._document.note(spot.key, spot.written, what)

    # ---------------------------------------------------------------------------------------------- keys

    def _part(self, spots: Spots, key: str, table: keys.Table, component: Component) -> Spots:
        """The keys of one mapping below a function, or none."""
        if key not in spots:
            return {}
        spot = self._values.filled(spots[key])
        if spot is None or not self._is_mapping(spot, f"must be a mapping of {_listed(table)}"):
            return {}
        return self._table(spot, table, component)

    def _table(self, spot: Spot, table: keys.Table, component: Component | None) -> Spots:
        """The keys of a mapping that are read, by their name in ``table``; the others are listed, or mistakes.

        A key that was surely meant is taken for it, and is a mistake.
        """
        capitals = component is Component.TEMPLATE
        known = {(keys.capital(key) if capitals else key): key for key in table}
        written = self._document.entries(spot)
        found: dict[str, Spot] = {}
        for key, below in written.items():
            name = known.get(key)
            if name is None:
                meant = self._unknown(below, known, component)
                if not meant or meant in written:
                    continue
                name = known[meant]
            if table[name] == keys.READ:
                found[name] = below
            else:
                self._undone(below, f"is not done: {table[name]}")
                self._stray(below)
        return found

    def _unknown(self, spot: Spot, known: Mapping[str, str], component: Component | None) -> str:
        """Tells of a key that no table has; the key that was meant, or nothing."""
        key, note = spot.written[-1], self._document.note
        if key == "extend" and component is not Component.PIECE:
            return ""
        meant = meant_key(key, known)
        other = keys.OTHER_EDITION.get(component, {}).get(key) if component is not None else None
        if key in HOOK_WORDS or TRANSLATED.get(key) in HOOK_WORDS:
            note(spot.key, spot.written, f"stands outside of {LIFECYCLE} and would not be read")
        elif key == LIFECYCLE:
            note(spot.key, spot.written, f"is not read here; its places are {', '.join(PLACES)}")
        elif other is not None and component is not None:
            theirs = Component.FC if component is Component.FC3 else Component.FC3
            what = f"is a key of {keys.TITLE[theirs]}; {keys.TITLE[component]} has {other}"
            note(spot.key, spot.written, what)
            return ""
        elif meant:
            note(spot.key, spot.written, "is no known key", meant=meant)
            return meant
        elif component is Component.PIECE or len(spot.written) == 1:
            # A holder of anchors, or a key around the piece: the tool passes over what stands at the top.
            self._undone(spot, "is no key that is known here: nothing reads it")
            self._stray(spot)
        else:
            title = keys.TITLE[component] if component is not None else "it"
            has = f": {_listed(known)} are" if len(known) <= SHORT_TABLE else ""
            note(spot.key, spot.written, f"is no key of {title} here{has}")
            self._stray(spot)
        return ""

    def _stray(self, spot: Spot) -> None:
        """A configuration of hooks in a part of the file that nothing reads: its author believes that it is read."""
        pending, seen = [(spot.value, spot.written)], {id(spot.value)}
        while pending:
            node, path = pending.pop()
            below: Iterable[tuple[Node | None, Node, str]] = ()
            if isinstance(node, SequenceNode):
                below = [(None, child, str(number)) for number, child in enumerate(node.value)]
            elif isinstance(node, MappingNode):
                below = [(key, child, name_of(key)) for key, child in node.value]
            for key_node, child, name in below:
                here = (*path, name)
                if key_node is not None and name == LIFECYCLE:
                    what = f"is not read here; its places are {', '.join(PLACES)}"
                    self._document.note(key_node, here, what)
                elif key_node is not None and (name in HOOK_WORDS or TRANSLATED.get(name) in HOOK_WORDS):
                    what = f"stands outside of {LIFECYCLE} and would not be read"
                    self._document.note(key_node, here, what)
                elif key_node is not None and meant_key(name, (LIFECYCLE,)):
                    self._document.note(key_node, here, "is no known key", meant=LIFECYCLE)
                elif id(child) not in seen:
                    seen.add(id(child))
                    pending.append((child, here))

    def _undone(self, spot: Spot, what: str) -> None:
        self._told(place_of(spot), what)

    def _told(self, place: Place, what: str) -> None:
        self._not_done[NotDone(place.key, place.line, what)] = None

    def _is_mapping(self, spot: Spot, what: str) -> bool:
        if isinstance(spot.value, MappingNode):
            return True
        self._document.note_value(spot, what)
        return False

    def _entries(self, spot: Spot, what: str) -> Sequence[Spot]:
        return list(self._document.entries(spot).values()) if self._is_mapping(spot, what) else []

    def _type_in(self, spot: Spot) -> str:
        return self._plain_text(self._document.entries(spot).get("Type"))

    def _plain_text(self, spot: Spot | None) -> str:
        return str(spot.value.value) if spot is not None and isinstance(spot.value, ScalarNode) else ""


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _action(when: str, step: Spot, resource: str) -> Action:
    """One step, as it is written: its variables are the tool's business, it is not run."""
    line = step.value.start_mark.line + 1
    if not isinstance(step.value, MappingNode):
        return Action(when, _shown(step.value), "", resource, line)
    parts = {name_of(key): value for key, value in step.value.value}
    path = _shown(parts.pop("path")) if "path" in parts else ""
    what = next((_shown(parts[key]) for key in ("run",) if key in parts), "")
    what = what or ", ".join(f"{key} {_shown(value)}" for key, value in parts.items() if isinstance(value, ScalarNode))
    return Action(when, what or "a step", path, resource, line)


def _shown(node: Node) -> str:
    return str(node.value) if isinstance(node, ScalarNode) and type_of(node) != "null" else kind_of(node)
