"""The subjects of a project: each function of an author's ``s.yaml`` as the value that a folder of ``runtimes/`` gives.

What the file says is read and planned by :mod:`runtimes.projects`; what is decided here is how a plan is judged: under
whose row of the profiles, which of its hooks, how it is invoked, and what its reader has to be told. The images are
made by :mod:`fixtures.engine.images`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from runtimes.definition import EVENT_TARGET, Handlers, HookName, HookResult, RuntimeTable, SubjectTable, Wire
from runtimes.outside_names import free
from runtimes.projects import folder as code_folders
from runtimes.projects import reader
from runtimes.projects.languages import LANGUAGES, language_of
from runtimes.projects.mistakes import ConfigurationError
from runtimes.projects.plan import Kind, plan
from runtimes.projects.project import HookKey
from runtimes.subjects import NONE, Authored, BrokenRuntime, Door, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runtimes.projects.plan import Plan
    from runtimes.projects.project import Function, Project

FILES = ("s.yaml", "s.yml", "template.yml", "template.yaml")
"""What the tools look for in a project's folder, in this order."""
JUDGED_AS = {Kind.CUSTOM: "custom", Kind.CONTAINER: "custom-container"}
"""Whose row of the profiles holds for a function that brings its own server."""
WITHOUT_SERVER = "custom-container-noweb"
HOOK_NAMES: Mapping[HookKey, HookName] = {
    HookKey.INITIALIZER: "initialize",
    HookKey.PRE_FREEZE: "pre-freeze",
    HookKey.PRE_STOP: "pre-stop",
}
UNUSED = "not-used"
"""A handler where nothing looks at it: a container of an author's own needs none."""
SHOWN = 3
"""Most folders that a message names."""


class ProjectError(ValueError):
    """A project that cannot be judged. The text has a line for each mistake: where, what, and what to do."""


def file_of(path: Path) -> Path:
    """The file of the project that ``path`` names: its folder, or the file itself.

    Raises:
        ProjectError: there is none.
    """
    if path.is_file():
        if path.suffix in (".yaml", ".yml"):
            return path
        raise ProjectError(f"{path}: is a file, not a folder: unpack it, and name the folder with {FILES[0]} in it")
    if not path.is_dir():
        raise ProjectError(f"{path}: there is no such folder: name the one with {FILES[0]} in it")
    for name in FILES:
        if (path / name).is_file():
            return path / name
    below = sorted(str(one.parent) for one in path.glob(f"*/{FILES[0]}"))
    hint = f"; there is one in {', '.join(below[:SHOWN])}" if below else ""
    raise ProjectError(f"{path}: there is no {FILES[0]} in this folder{hint}: name the folder that has it")


def load(path: Path, environment: Mapping[str, str]) -> Project:
    """The project that ``path`` names. ``environment``: what ``${env('X')}`` in its file stands for.

    Raises:
        ProjectError: there is none, or its file has mistakes.
    """
    file = file_of(path)
    try:
        return reader.load(file, environment=environment)
    except ConfigurationError as error:
        raise ProjectError(str(error)) from error


def has(project: Project, name: str) -> bool:
    """Whether ``name`` is the key or the name of one of the project's functions."""
    return any(name in (one.resource, one.name) for one in project.functions)


def subjects(
    project: Project, named: Sequence[str], there: Sequence[Subject | BrokenRuntime], taken: Iterable[str] = ()
) -> tuple[Subject, ...]:
    """A subject for each function, or for each of those that are ``named``. ``taken``: names that are others' already.

    Raises:
        ProjectError: there is no function of a name, or one cannot be judged; the text tells of all of them.
    """
    known = {one.name: one for one in there if isinstance(one, Subject)}
    names = {one.name for one in there} | set(taken)
    mistakes: list[str] = []
    good: list[str] = []
    found: list[Subject] = []
    try:
        chosen = [one for name in named for one in project.chosen(name)] if named else list(project.chosen())
    except ConfigurationError as error:
        raise ProjectError(str(error)) from error
    for function in dict.fromkeys(chosen):
        try:
            code = code_folders.look(project, Path(project.file).parent, function)
            made = plan(project, function, code)
        except ConfigurationError as error:
            mistakes.append(str(error))
            continue
        one = _Planned(project, function, made, known).subject(free(function.title, names))
        names.add(one.name)
        found.append(one)
        good.append(function.resource)
    if mistakes:
        hint = f"\nto judge the others alone: {' '.join(f'--function {key}' for key in good)}" if good else ""
        raise ProjectError("\n".join(mistakes) + hint)
    return tuple(found)


class _Planned:
    """A function and its plan, on the way to a subject."""

    def __init__(self, project: Project, function: Function, made: Plan, known: Mapping[str, Subject]) -> None:
        self._project = project
        self._function = function
        self._plan = made
        self._known = known
        self._like = known[self._judged_as()]

    def subject(self, name: str) -> Subject:
        made = self._plan
        reference = self._known[made.reference] if made.reference else None
        built_in = made.kind is Kind.BUILT_IN
        title = f"{made.function} ({made.runtime})"
        table = SubjectTable(
            name=name,
            title=title,
            wire=made.wire,
            concurrency=made.concurrency,
            hook_result=self._like.hook_result if built_in else self._handed_back(),
            hook_signature=f"(by {Path(self._project.file).name}: {self._handlers_in_words()})",
            memory_mb=made.memory_mb,
            timeout_s=made.timeout_s,
            command=[] if made.code is not None else list(made.entrypoint),
            environment=dict(made.environment),
            port=made.port,
            invoke=self._invoke(),
        )
        definition = msgspec.structs.replace(
            self._like.definition,
            runtime=self._words(reference),
            handlers=self._handlers(),
            files={},
            function=None,
        )
        return Subject(
            name=name,
            folder=self._like.folder,
            definition=definition,
            table=table,
            keeps_records=False,
            image=made.image,
            function=NONE,
            judged_as=self._like.name,
            hooks=self._hooks(),
            declares_concurrency=False,
            authored=Authored(made, reference) if made.code is not None else None,
            door=Door.PROJECT,
            origin=f"{self._project.file}:{self._function.place.line}",
            told=tuple(self._told()),
        )

    def _handlers(self) -> Handlers:
        # One that the file leaves out is asked for by scenarios that configure both hooks, and refused: it is not
        # among the subject's. The invocation's own has the form that its language asks for.
        made = self._plan
        invoke = made.handler or UNUSED
        return Handlers(invoke, made.pre_freeze or invoke, made.pre_stop or invoke, made.initialize)

    def _judged_as(self) -> str:
        if self._plan.kind is Kind.CONTAINER and self._plan.wire is Wire.NONE:
            return WITHOUT_SERVER
        if self._plan.kind is not Kind.BUILT_IN:
            return JUDGED_AS[self._plan.kind]
        language = language_of(self._plan.runtime)
        assert language is not None, self._plan.runtime
        return language.folder

    def _handed_back(self) -> HookResult:
        return HookResult.RESPONSE if self._plan.wire is Wire.HTTP else HookResult.NOTHING

    def _words(self, reference: Subject | None) -> RuntimeTable:
        version = reference.definition.runtime.version if reference is not None else ""
        language = reference.definition.runtime.language if reference is not None else ""
        return RuntimeTable(title=self._plan.runtime, language=language, version=version)

    def _invoke(self) -> str:
        """A client's own request where the file has an HTTP trigger and the author's own server answers it."""
        made = self._plan
        if not made.http or made.kind is Kind.BUILT_IN or made.wire is not Wire.HTTP:
            return EVENT_TARGET
        methods = [method.upper() for one in self._function.triggers if one.kind == "http" for method in one.methods]
        return f"{'GET' if 'GET' in methods or not methods else methods[0]} /"

    def _hooks(self) -> tuple[HookName, ...]:
        """The hooks that the file configures and that what runs the code knows."""
        configured = [hook.key for hook in self._function.hooks if hook.handler]
        if self._plan.kind is Kind.BUILT_IN and not self._runs_pre_freeze():
            configured = [key for key in configured if key is not HookKey.PRE_FREEZE]
        return tuple(name for key, name in HOOK_NAMES.items() if key in configured)

    def _runs_pre_freeze(self) -> bool:
        return next((one.pre_freeze for one in LANGUAGES if one.folder == self._like.folder.name), True)

    def _handlers_in_words(self) -> str:
        said = [f"{hook.key} {hook.handler}" for hook in self._function.hooks if hook.handler]
        return ", ".join(said) or "no hook"

    def _told(self) -> Iterable[str]:
        made, function = self._plan, self._function
        yield from made.notes
        if made.code is not None and made.kind is Kind.BUILT_IN and made.reference:
            yield "its author's code runs on our reference, not on the vendor's runtime"
        if made.http and made.kind is Kind.BUILT_IN:
            yield "its HTTP trigger is not used: a built-in runtime is invoked with events here"
        if function.timeout_s is not None or any(hook.timeout_s is not None for hook in function.hooks):
            yield "its timeouts are not applied: the scenarios give each call their own"
        for hook in function.hooks:
            if hook.command:
                yield f"line {hook.place.line}: {hook.key}: the command is not run, so this hook is not judged"
        own = [one for one in self._project.functions if one.resource != function.resource]
        for undone in self._project.not_done:
            if not any(_is_below(undone.key, one.place.key) for one in own):
                yield str(undone)
        for action in self._project.actions:
            if action.resource in ("", function.resource):
                yield str(action)


def _is_below(key: str, place: str) -> bool:
    return key == place or key.startswith(f"{place}.")
