"""From a project's function to what has to be built and started: a value for whoever builds images.

Pure: it takes the function and an inventory of its code folder, and builds nothing. An author's code is run as it
is: a container's image as it stands, a custom runtime by its own command, code for a built-in runtime by our reference
of that language, from which our own generated function is taken out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from runtimes.definition import Wire
from runtimes.handler_forms import handler_mistake
from runtimes.projects import installed
from runtimes.projects.languages import (
    CODE,
    CUSTOM,
    LANGUAGES,
    NO_REFERENCE,
    PROGRAMS,
    Language,
    language_of,
)
from runtimes.projects.mistakes import ConfigurationError, Mistake
from runtimes.projects.names import meant_key
from runtimes.projects.project import CONTAINER, HookKey

if TYPE_CHECKING:
    from runtimes.projects.folder import CodeFolder
    from runtimes.projects.project import Function, Project

PORT = 9000
"""Port of a web server where the file names none (contract, section 3)."""
MEMORY_MB = 512
"""Memory where the file names none: the default of the tool (vendor)."""
TIMEOUT_S = 3
"""The function's timeout where the file names none: the default of the tool (vendor)."""
BOOTSTRAP = "bootstrap"
REFERENCE = "REFERENCE"
"""The build argument that names the image in which the code is put."""
CONTEXT_CODE = "code"
"""Folder of the author's code in the build context."""

_WORD = re.compile(r"[A-Za-z][\w.+-]*")


class Kind(StrEnum):
    """In which of three ways a function is run."""

    BUILT_IN = "built-in runtime"
    CUSTOM = "custom runtime"
    CONTAINER = "custom container"


@dataclass(frozen=True)
class Plan:
    """What has to be built of one function, and how it is started and invoked.

    ``image`` is an image that is there already (a container's), and ``reference`` the folder in ``runtimes`` whose
    image the code is put into; one of them is empty, but for a custom runtime that needs no language (a program of its
    own), which takes the base image. ``code`` is copied to ``/code``. ``entrypoint`` and ``command`` take the place of
    the image's own where they are not empty. ``environment`` is what the container is started with, beside what the
    platform gives to every instance. ``notes`` are things that a reader of the verdicts has to know.
    """

    function: str
    kind: Kind
    runtime: str
    wire: Wire
    image: str
    reference: str
    code: CodeFolder | None
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    port: int
    environment: tuple[tuple[str, str], ...]
    handler: str
    initialize: str
    pre_freeze: str
    pre_stop: str
    http: bool
    memory_mb: int
    timeout_s: int
    concurrency: int
    notes: tuple[str, ...]

    def dockerfile(self) -> str:
        """The Dockerfile of the image; empty where there is nothing to build.

        It takes the build argument ``REFERENCE`` (the reference's image, or the base image where ``reference`` is
        empty), and a context with the author's code in the folder ``code``.
        """
        if self.kind is Kind.CONTAINER:
            return ""
        lines = [f"ARG {REFERENCE}", f"FROM ${{{REFERENCE}}}", "LABEL fc-conformance=runtime"]
        if self.reference:
            # Our own function has to go: a handler that the author's code lacks would be found in it.
            lines.append(f"RUN rm -rf {CODE} && mkdir {CODE}")
            language = next(language for language in LANGUAGES if language.folder == self.reference)
            lines += [f"RUN ln -sf {target} /usr/bin/{name}" for name, target in language.links]
        lines += [f"COPY {CONTEXT_CODE}/ {CODE}/", f"WORKDIR {CODE}"]
        if self.entrypoint or self.kind is Kind.CUSTOM:
            lines.append(f"ENTRYPOINT {json.dumps(self.entrypoint)}")
        if self.command:
            lines.append(f"CMD {json.dumps(self.command)}")
        return "\n".join(lines) + "\n"


def plan(project: Project, function: Function, code: CodeFolder | None) -> Plan:
    """The plan of one function, with the folder that :func:`runtimes.projects.folder.look` has found.

    Raises:
        ConfigurationError: something that has to be there is missing; the one message says what to write or to run.
    """
    return _Planning(project, function, code).plan()


class _Planning:
    def __init__(self, project: Project, function: Function, code: CodeFolder | None) -> None:
        self._project = project
        self._function = function
        self._code = code
        self._notes: list[str] = []

    def plan(self) -> Plan:
        function = self._function
        if not function.runtime:
            raise self._mistake("names no runtime: what runs it cannot be known")
        if function.runtime == CONTAINER:
            return self._container()
        if function.runtime in NO_REFERENCE:
            raise self._mistake(f"wants {NO_REFERENCE[function.runtime]}, for which there is no reference runtime here")
        if CUSTOM.fullmatch(function.runtime):
            return self._custom(self._with_code())
        language = language_of(function.runtime)
        if language is None:
            known = [*(language.folder for language in LANGUAGES), "dotnetcore3.1", "go1", "custom", CONTAINER]
            meant = meant_key(re.sub(r"[\d.]+$", "", function.runtime), known)
            raise self._mistake(f"wants the runtime {function.runtime}, which is none that is known here", meant)
        return self._built_in(language, self._with_code())

    # ---------------------------------------------------------------------------------------------- three kinds

    def _container(self) -> Plan:
        function = self._function
        if not function.image:
            raise self._mistake("names no image: customContainerConfig.image is missing")
        if not function.web_server and any(not hook.disabled for hook in function.hooks):
            self._notes.append("the container has no port and so no web server: its hooks have no effect")
        if self._code is not None:
            self._notes.append("the code folder has no effect: what runs is the image")
        wire = Wire.HTTP if function.web_server else Wire.NONE
        return self._made(
            Kind.CONTAINER, wire, image=function.image, entrypoint=function.command, command=function.args
        )

    def _custom(self, code: CodeFolder) -> Plan:
        function = self._function
        command = (*function.command, *function.args)
        if not function.command:
            if BOOTSTRAP not in code.files:
                where = f"no {BOOTSTRAP} lies in {code.path}"
                raise self._mistake(f"names no start command: write customRuntimeConfig.command, {where}")
            if BOOTSTRAP not in code.executable:
                raise self._mistake(f"cannot be started: run chmod +x {code.path / BOOTSTRAP}")
            command = (f"{CODE}/{BOOTSTRAP}", *function.args)
        language = _language_in(command, code.texts.get(BOOTSTRAP, ""))
        if language is None:
            return self._made(Kind.CUSTOM, Wire.HTTP, code=code, command=command)
        # Where compiled classes lie the start command says and no handler does.
        if language.folder in ("nodejs", "python", "php"):
            self._judge_installed(language, code)
        self._notes.append(f"the start command is run on the image of our {language.title}")
        return self._made(Kind.CUSTOM, Wire.HTTP, reference=language.folder, code=code, command=command)

    def _built_in(self, language: Language, code: CodeFolder) -> Plan:
        function = self._function
        if not function.handler:
            raise self._mistake("names no handler")
        wrong = handler_mistake(function.handler, function.runtime)
        if wrong:
            raise self._mistake(f"has a handler that {wrong}")
        if code.is_file and language.folder != "java":
            raise self._mistake(f"names {code.path.name}: only Java loads such a file")
        self._judge_installed(language, code)
        self._look_for(language, code)
        if not language.version.fullmatch(function.runtime):
            self._notes.append(f"{function.runtime} is run on our reference of {language.title}")
        hook = function.hook(HookKey.PRE_FREEZE)
        if hook is not None and not hook.disabled and not language.pre_freeze:
            self._notes.append(f"our reference of {language.title} runs no PreFreeze, as the product pages have it")
        command = tuple(part.replace("{handler}", function.handler) for part in language.command)
        # The author's Go program brings its own runtime; all that is needed is a place to run it.
        reference = "" if language.wire is Wire.RUNTIME_API else language.folder
        return self._made(Kind.BUILT_IN, language.wire, reference=reference, code=code, command=command)

    def _judge_installed(self, language: Language, code: CodeFolder) -> None:
        missing = installed.to_run(language.folder, code, self._function.handler)
        if missing:
            raise self._mistake(f"cannot be started: {missing}")

    def _look_for(self, language: Language, code: CodeFolder) -> None:
        """Every file that a handler names has to be there: a missing one is easier told now than by a red."""
        ending = {"nodejs": (".js", ".cjs", ".mjs"), "python": (".py",), "php": (".php",)}.get(language.folder)
        if ending is None:
            return
        named = {"handler": self._function.handler}
        named |= {hook.key.value: hook.handler for hook in self._function.hooks if hook.handler}
        for key, handler in named.items():
            file = handler.rpartition(".")[0].removeprefix("./")
            if not any(f"{file}{end}" in code.files for end in ending):
                raise self._mistake(f"has the {key} {handler}, and no {file}{ending[0]} lies in {code.path}")

    # ---------------------------------------------------------------------------------------------- the value

    def _with_code(self) -> CodeFolder:
        if self._code is None:
            key = "code" if self._function.component.value == "fc3" else "codeUri"
            raise self._mistake(f"names no code: {key} is missing")
        return self._code

    def _made(
        self,
        kind: Kind,
        wire: Wire,
        *,
        image: str = "",
        reference: str = "",
        code: CodeFolder | None = None,
        entrypoint: tuple[str, ...] = (),
        command: tuple[str, ...] = (),
    ) -> Plan:
        function = self._function
        port = function.port or PORT
        if kind is Kind.BUILT_IN and function.port is not None:
            self._notes.append("the port has no effect: a built-in runtime has its own")
            port = PORT
        handlers = {hook.key: hook.handler for hook in function.hooks}
        return Plan(
            function=function.title,
            kind=kind,
            runtime=function.runtime,
            wire=wire,
            image=image,
            reference=reference,
            code=code,
            entrypoint=entrypoint,
            command=command,
            port=port,
            environment=_environment(function.environment, kind, function.handler, port),
            handler=function.handler,
            initialize=handlers.get(HookKey.INITIALIZER, ""),
            pre_freeze=handlers.get(HookKey.PRE_FREEZE, ""),
            pre_stop=handlers.get(HookKey.PRE_STOP, ""),
            http=function.http,
            memory_mb=function.memory_mb or MEMORY_MB,
            timeout_s=function.timeout_s or TIMEOUT_S,
            concurrency=function.concurrency or 1,
            notes=tuple(self._notes),
        )

    def _mistake(self, what: str, meant: str = "") -> ConfigurationError:
        place = self._function.place
        said = f"{self._function.title} {what}"
        return ConfigurationError([Mistake(place.key, said, meant, self._project.file, place.line, place.column)])


def _environment(own: tuple[tuple[str, str], ...], kind: Kind, handler: str, port: int) -> tuple[tuple[str, str], ...]:
    """The author's variables, and those by which the instance learns what it is."""
    found: dict[str, str] = dict(own)
    if kind is Kind.BUILT_IN:
        found["FC_FUNCTION_HANDLER"] = handler
        found["FC_FUNC_CODE_PATH"] = CODE
    found["FC_SERVER_PORT"] = str(port)
    return tuple(sorted(found.items()))


def _language_in(command: tuple[str, ...], bootstrap: str) -> Language | None:
    """The language that a start command needs, by the programs that it and its bootstrap name."""
    names: list[str] = [part.rpartition("/")[2] for part in command]
    if command and command[0].endswith(f"/{BOOTSTRAP}"):
        names += [word for line in bootstrap.splitlines() if not _comment(line) for word in _WORD.findall(line)]
    for name in names:
        folder = PROGRAMS.get(name) or PROGRAMS.get(re.sub(r"[\d.]+$", "", name))
        if folder:
            return next(language for language in LANGUAGES if language.folder == folder)
    return None


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#") and not line.startswith("#!")
