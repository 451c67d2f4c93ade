"""A project as a value: what an ``s.yaml`` says of its functions, in one set of words for both editions of the tool.

Values only. They are made by :mod:`runtimes.projects.reader`; what has to be built of a function says
:mod:`runtimes.projects.plan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runtimes.projects.mistakes import ConfigurationError, Mistake
from runtimes.projects.names import meant_key

CONTAINER = "custom-container"


class Component(StrEnum):
    """Whose keys a function is written in."""

    FC = "fc"
    """Component fc: Function Compute 2.0."""
    FC3 = "fc3"
    """Component fc3: Function Compute 3.0."""
    TEMPLATE = "template.yml"
    """The file of the tool before Serverless Devs; the keys of 2.0, beginning with a capital."""
    PIECE = "a piece of a file"
    """The keys of a function without the file around them, as the product pages show them."""


class HookKey(StrEnum):
    """The hooks, by their key in a file."""

    INITIALIZER = "initializer"
    PRE_FREEZE = "preFreeze"
    PRE_STOP = "preStop"


@dataclass(frozen=True)
class Place:
    """Where something stands in the file: the path of its key, its line and its column, which count from 1."""

    key: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Hook:
    """One hook: a handler, or a command in its place, and a timeout of its own.

    ``timeout_s`` is None where the file gives none; seconds. An empty handler without a command disables the hook.
    """

    key: HookKey
    handler: str
    command: tuple[str, ...]
    timeout_s: int | None
    place: Place

    @property
    def disabled(self) -> bool:
        return not self.handler and not self.command


@dataclass(frozen=True)
class Trigger:
    """What invokes a function. ``kind``: the tool's word (``http``, ``timer``, ``oss`` ...)."""

    name: str
    kind: str
    methods: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Function:
    """One function of a project. What the file does not say is None or empty; no default is made up here.

    ``resource`` is the key under which it stands. ``code`` is the folder (or file) of its code as it was written,
    beside the file; None where there is none. ``command`` and ``args`` are what is started: for an image ``command``
    takes the place of its entry point and ``args`` of its command, in either edition.
    """

    resource: str
    component: Component
    place: Place
    name: str = ""
    runtime: str = ""
    region: str = ""
    service: str = ""
    code: str | None = None
    code_place: Place = Place()
    handler: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    image: str = ""
    port: int | None = None
    environment: tuple[tuple[str, str], ...] = ()
    memory_mb: int | None = None
    timeout_s: int | None = None
    concurrency: int | None = None
    hooks: tuple[Hook, ...] = ()
    hooks_place: Place | None = None
    """Where the first configuration of hooks stands; None where there is none, not even an empty one."""
    triggers: tuple[Trigger, ...] = ()

    @property
    def title(self) -> str:
        """What people call it: its name, or the key under which it stands."""
        return self.name or self.resource or "the function"

    @property
    def http(self) -> bool:
        """Whether clients' own HTTP requests are its invocations."""
        return any(trigger.kind == "http" for trigger in self.triggers)

    @property
    def web_server(self) -> bool:
        """Whether the platform talks to it: a container without a port has no web server (contract, section 9)."""
        return self.runtime != CONTAINER or self.port is not None

    def hook(self, key: HookKey) -> Hook | None:
        """The configuration of one hook, or None where the file leaves it out."""
        return next((hook for hook in self.hooks if hook.key is key), None)


@dataclass(frozen=True)
class Action:
    """A step that the tool takes around a deployment and the harness does not: ``npm install``, ``mvn package``."""

    when: str
    what: str
    path: str
    resource: str
    """Empty: of the whole project."""
    line: int

    def __str__(self) -> str:
        where = f" in {self.path}" if self.path else ""
        return f"line {self.line}: {self.when}: {self.what}{where} is not run"


@dataclass(frozen=True)
class NotDone:
    """A key that the file has and the harness can do nothing with, and what that means."""

    key: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.what}"


@dataclass(frozen=True)
class Project:
    """A whole file. ``file`` is its name as it was given."""

    file: str
    edition: str
    name: str
    functions: tuple[Function, ...]
    actions: tuple[Action, ...]
    not_done: tuple[NotDone, ...]

    def chosen(self, named: str | None = None) -> tuple[Function, ...]:
        """The functions that are meant: all, or the one of this key, or of this name where only one has it.

        Raises:
            ConfigurationError: there is no function, or none of that name, or several of it; the message names them.
        """
        if not self.functions:
            raise self._mistake("has no function of the components fc or fc3")
        if named is None:
            return self.functions
        found = [one for one in self.functions if one.resource == named]
        found = found or [one for one in self.functions if one.name == named]
        if len(found) > 1:
            keys = " and ".join(one.resource for one in found)
            raise self._mistake(f"has several functions with the name {named}: name one by its key, {keys}")
        if not found:
            titles = [one.resource or one.title for one in self.functions]
            raise self._mistake(f"has no function {named}, but {', '.join(titles)}", meant_key(named, titles))
        return tuple(found)

    def _mistake(self, what: str, meant: str = "") -> ConfigurationError:
        return ConfigurationError([Mistake("", what, meant, self.file)])
