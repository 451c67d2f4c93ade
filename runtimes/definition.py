"""``runtime.toml`` as a value: what a runtime is called, speaks, declares and is made of.

Reads and checks one definition file and answers with frozen values or with a :class:`DefinitionError`
that names the file and the key. Rendering the templates is :mod:`runtimes.render`'s work, building
the image is :mod:`fixtures.engine.images`'.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from runtimes import given_files

if TYPE_CHECKING:
    from pathlib import Path


class Wire(StrEnum):
    """How the platform and the instance talk (contract, sections 3 and 4)."""

    HTTP = "http"
    RUNTIME_API = "runtime-api"
    NONE = "none"
    """No web server: the event comes in the environment, the run of the process is the invocation."""


class HookResult(StrEnum):
    """The way in which a hook of this language could hand a value back."""

    RETURN = "return"
    CALLBACK = "callback"
    RESPONSE = "response"
    """The author writes the HTTP answer of the hook's path himself."""
    NOTHING = "nothing"
    """The hook's signature returns nothing, or no hook runs."""


Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$")]
Text = Annotated[str, msgspec.Meta(min_length=1)]


Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
HttpTarget = Annotated[str, msgspec.Meta(pattern=r"^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[!-~]*$")]
"""A method and a path with its query, as the first line of a request has them."""
HookName = Literal["initialize", "pre-freeze", "pre-stop"]
PORT = 9000
"""The port that an instance listens on unless it is configured otherwise (contract, section 3)."""
READY_WITHIN_S = 120
"""What the platform gives an instance (contract, section 3); the reference runtimes take half a second."""
TIMEOUT_S = 10
"""The function's own timeout unless another is said. The longest planned invocation takes a second and a half."""
PROCESSES = 128
"""Most processes and threads of one instance."""
EVENT_TARGET = "POST /invoke"
"""How an event function is invoked."""


class Handlers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The configured handler of each call, in the runtime's own format (contract, section 2)."""

    invoke: Text
    pre_freeze: Text
    pre_stop: Text
    initialize: str = ""
    missing: str = ""
    """A handler that the function does not have, where the runtime looks hooks up by name."""
    wrong_signature: str = ""
    """A hook declared as for an invocation, where the language lets its author do that."""


class SubjectTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One ``[[subject]]`` table: a runtime in one of the modes in which it can be judged."""

    name: Name
    title: Text
    wire: Wire
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    """Most requests that the runtime takes at the same time in one instance."""
    hook_result: HookResult
    hook_signature: Text
    """How an author declares a hook, shown in the report."""
    memory_mb: Annotated[int, msgspec.Meta(ge=16, le=4096)] = 256
    command: list[str] = []
    """Overrides the image's command; empty keeps it."""
    environment: dict[str, str] = {}
    settings: dict[str, str | int | bool | list[str]] = {}
    """Overrides the definition's settings for this subject, which gets an image of its own then."""
    optional: bool = False
    """Judged only where it is named; not part of the default run."""
    telemetry: bool = False
    """Its image has an OpenTelemetry SDK, and its function makes a span where an event asks for one."""
    context_lacks: dict[str, str] = {}
    """Context fields that the language's context cannot carry, each with the reason."""
    port: Port = PORT
    """Where an instance on the HTTP wire listens: ``FC_SERVER_PORT``, or ``caPort`` in an author's words."""
    ready_within_s: Annotated[int, msgspec.Meta(ge=1, le=600)] = READY_WITHIN_S
    """Seconds until an instance has to be ready."""
    timeout_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = TIMEOUT_S
    """The function's timeout in seconds: an invocation that takes longer is given up."""
    processes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = PROCESSES
    """Most processes and threads of one instance."""
    capabilities: list[Text] = []
    """Capabilities of the kernel that an instance is given; all others are taken away."""
    user: str = ""
    """Who the instance runs as, in the engine's form; empty keeps the image's word."""
    invoke: HttpTarget = EVENT_TARGET
    """Method and path of an invocation on the HTTP wire. Another than the default makes it an HTTP function."""


class RuntimeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The ``[runtime]`` table."""

    title: Text
    language: Text
    version: Text


class FunctionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The ``[function]`` table: the generated function alone, for an image of somebody else's.

    Without ``build`` the ``files`` go into the code folder as they are. ``build`` is the template of a stage called
    ``function`` that is given the files and leaves in ``/function`` what the code folder shall hold.
    """

    files: Annotated[dict[str, str], msgspec.Meta(min_length=1)]
    build: str = ""


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A whole ``runtime.toml``."""

    runtime: RuntimeTable
    handlers: Handlers
    files: Annotated[dict[str, str], msgspec.Meta(min_length=1)]
    """Path in the build context -> template in the runtime's folder."""
    subject: Annotated[list[SubjectTable], msgspec.Meta(min_length=1)]
    settings: dict[str, str | int | bool | list[str]] = {}
    """Values for the templates, such as a vendor SDK's version."""
    libraries: dict[str, Literal["folder", "file"]] = {}
    """Which settings may be a folder or a file of this machine in place of a version: a vendor library's checkout."""
    function: FunctionTable | None = None
    """None where there is no function apart from its server: the author writes both."""


class DefinitionError(ValueError):
    """A ``runtime.toml`` that cannot be used; the text says which file, which key and what is wrong."""


def load(path: Path) -> Definition:
    """Read one ``runtime.toml``.

    Raises:
        DefinitionError: the file is missing, is no TOML, or a key is unknown, missing or of a wrong kind.
    """
    try:
        raw = given_files.toml(given_files.text(path))
    except given_files.Unreadable as error:
        raise DefinitionError(f"{path}: {error}") from error
    try:
        definition = msgspec.convert(raw, Definition)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{path}: {error}. The keys are described in docs/adding-a-runtime.md") from error
    if "Dockerfile" not in definition.files:
        raise DefinitionError(f'{path}: [files] has no entry for "Dockerfile"')
    for target, template in definition.files.items():
        if not (path.parent / template).is_file():
            raise DefinitionError(f'{path}: [files] "{target}": there is no template {template} beside it')
    if definition.function is not None:
        build = definition.function.build
        for template in (*definition.function.files.values(), *([build] if build else [])):
            if not (path.parent / template).is_file():
                raise DefinitionError(f"{path}: [function]: there is no template {template} beside it")
    for setting in definition.libraries:
        if setting not in definition.settings:
            raise DefinitionError(f"{path}: [libraries] {setting}: there is no such setting")
    return definition
