"""From a runtime's folder to its build context: pure text in, pure text out.

A context is a mapping of paths to texts with a digest over all that goes into the image; writing it to
disk and building it is :mod:`fixtures.engine.images`' work. An overlay's folder is looked up before the
runtime's own: a template there may extend the reference's (``{% extends "reference/..." %}``) and override one
named block, which is how a broken runtime is made from the reference.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtimes import libraries
from runtimes.definition import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import jinja2

    from runtimes.subjects import Subject

IN_FORCE = "in force: "
"""How the line begins by which what an overlay has made shows that it did what it was made for; its name follows."""
DIGEST_LENGTH = 12
"""Hexadecimal digits of a context's digest in an image tag."""


FUNCTION = "/function"
"""Where a stage that builds a generated function leaves it; without a stage, the folder of the context."""
VENDOR_HOME = re.compile(r"/var/fc/runtime/[\w.-]+")
"""The folder of a vendor's runtime, which its start command names."""


class RenderError(ValueError):
    """A template that cannot be rendered; the text names the template and the line."""


@dataclass(frozen=True)
class BuildContext:
    """The files of one image, by path. ``digest`` covers every path and all that is in them, and the base image's id.

    ``copied`` are those that no template has made: a vendor library's files. ``trees`` are files and folders of this
    machine that are in the context as they are, by the path that they have there. ``arguments``: the build's own.
    """

    files: Mapping[str, str]
    digest: str
    copied: Mapping[str, bytes] = field(default_factory=dict)
    trees: Mapping[str, Path] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)


def _environment(subject: Subject) -> jinja2.Environment:
    import jinja2

    folders = [subject.folder] if subject.overlay is None else [subject.overlay.folder, subject.folder]
    own = jinja2.FileSystemLoader([*map(str, folders)])
    reference = jinja2.PrefixLoader({"reference": jinja2.FileSystemLoader(str(subject.folder))})
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([reference, own]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Source code of eight languages comes out, no markup: escaping would corrupt it.
        autoescape=False,
    )


def render(subject: Subject, *, base_image: str, base_image_id: str) -> BuildContext:
    """Render every file of ``subject``, with its overlay where it has one.

    ``base_image`` is the reference that ``FROM`` names, ``base_image_id`` what it stood for when the
    digest was taken: a changed base gives a new tag. Templates of an overlay know ``in_force`` too, the line by
    which a broken runtime shows that its fault was taken.

    Raises:
        RenderError: a template is missing, malformed, or uses a name that is not defined.
    """
    files = _rendered(subject, subject.definition.files, base_image)
    copied = libraries.files(subject)
    return BuildContext(files, _digest(files, copied, base_image_id), copied)


@dataclass(frozen=True)
class Bottom:
    """Somebody else's image, as the engine knows it: what a function's layer is put on."""

    reference: str
    id: str
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    """Its entrypoint and its command."""


def render_layer(subject: Subject, bottom: Bottom, *, base_image: str, base_image_id: str) -> BuildContext:
    """The generated function of ``subject.function`` as a layer on ``bottom``.

    Nothing is run in that image, which may have no shell: a function that has to be built is built in a stage from
    ``base_image``. Files belong to root and are open to every user for reading.

    Raises:
        RenderError: a template cannot be rendered, or the language has no function apart from its server.
    """
    table = subject.definition.function
    if table is None:
        raise RenderError(f"{subject.folder}: has no [function] in its runtime.toml")
    lines = [f"FROM {bottom.reference}", "LABEL fc-conformance=runtime"]
    lines += [f"ENV {name}={_quoted(value)}" for name, value in needs(subject, bottom).items()]
    code = subject.code_directory.rstrip("/") + "/"
    if table.build:
        (stages,) = _rendered(subject, {"Dockerfile": table.build}, base_image).values()
        files = _rendered(subject, table.files, base_image)
        lines = [stages.rstrip("\n"), "", *lines, f"COPY --from=function {_listed(FUNCTION + '/', code)}"]
    else:
        made = _rendered(subject, table.files, base_image)
        files = {f"{FUNCTION.strip('/')}/{path}": text for path, text in made.items()}
        lines.append(f"COPY {_listed(FUNCTION.strip('/') + '/', code)}")
    files = {**files, "Dockerfile": "\n".join(lines) + "\n"}
    copied = libraries.files(subject)
    return BuildContext(files, _digest(files, copied, f"{base_image_id} {bottom.id}"), copied)


def needs(subject: Subject, bottom: Bottom) -> dict[str, str]:
    """Environment that a vendor's runtime needs to start and its image does not set (contract, section 10).

    On the HTTP wire there is no such runtime, and nothing is set.
    """
    if subject.wire is not Wire.RUNTIME_API:
        return {}
    wanted = {
        "FC_FUNC_LOG_PATH": "/tmp",
        "FC_SERVER_LOG_PATH": "/tmp",
        # Its own log goes to the container's stderr; where it is told no descriptor, the Python one does not start.
        "_FC_LOG_FD": "2",
    }
    words = (*bottom.command, *subject.table.command)
    homes = [found[0] for word in words if (found := VENDOR_HOME.search(word))]
    if homes:
        wanted["FC_SERVER_PATH"] = homes[0]
    if subject.function == "java":
        wanted["FC_MAX_SERVER_HEAP_SIZE"] = f"{subject.table.memory_mb // 2}m"
        wanted["FC_MIN_SERVER_HEAP_SIZE"] = "16m"
    missing = {name: value for name, value in wanted.items() if name not in bottom.environment}
    # Not the image's word, where it has one: here is where the function was put.
    return {"FC_FUNC_CODE_PATH": subject.code_directory, **missing}


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\\\$])', r"\\\1", value) + '"'


def _listed(*words: str) -> str:
    """The form of COPY in which a path may have spaces."""
    return json.dumps(list(words), ensure_ascii=False)


def _rendered(subject: Subject, templates: Mapping[str, str], base_image: str) -> dict[str, str]:
    # Only who builds images renders; every worker of a run imports this module.
    import jinja2

    environment = _environment(subject)
    definition = subject.definition
    values = {
        "base_image": base_image,
        "runtime": definition.runtime,
        "handlers": definition.handlers,
        "settings": definition.settings,
        "libraries": {name: libraries.place(subject, name) for name, _ in subject.libraries},
        "at_least": lambda name, version, word: libraries.at_least(subject, name, version, word),
    }
    if subject.overlay is not None:
        values["in_force"] = IN_FORCE + subject.overlay.name
    files: dict[str, str] = {}
    for target, template in sorted(templates.items()):
        try:
            files[target] = environment.get_template(template).render(values)
        except jinja2.TemplateSyntaxError as error:
            file = error.filename or subject.folder / template
            raise RenderError(f"{file}:{error.lineno}: {error.message}") from error
        except jinja2.TemplateNotFound as error:
            raise RenderError(
                f"{subject.folder / template}: needs the template {error.message}, which is not there"
            ) from error
        except jinja2.UndefinedError as error:
            raise RenderError(f"{subject.folder / template}: {error.message}") from error
    return files


def _digest(files: Mapping[str, str], copied: Mapping[str, bytes], base_image_id: str) -> str:
    digest = hashlib.sha256(base_image_id.encode())
    contents = {path: text.encode() for path, text in files.items()} | dict(copied)
    for path, content in sorted(contents.items()):
        for part in (path.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()[:DIGEST_LENGTH]
