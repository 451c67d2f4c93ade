"""From a runtime's folder to its build context: pure text in, pure text out.

A context is a mapping of paths to texts with a digest over all that goes into the image; writing it to
disk and building it is :mod:`fixtures.engine.images`' work. An overlay's folder is looked up before the
runtime's own: a template there may extend the reference's (``{% extends "reference/..." %}``) and override one
named block, which is how a broken runtime is made from the reference.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2

    from runtimes.subjects import Subject

IN_FORCE = "fault in force: "
"""How the line begins by which a broken runtime shows that its fault was taken; the fault's name follows."""
DIGEST_LENGTH = 12
"""Hexadecimal digits of a context's digest in an image tag."""


class RenderError(ValueError):
    """A template that cannot be rendered; the text names the template and the line."""


@dataclass(frozen=True)
class BuildContext:
    """The files of one image, by path. ``digest`` covers every path and text and the base image's id."""

    files: Mapping[str, str]
    digest: str


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
    # Only who builds images renders; every worker of a run imports this module.
    import jinja2

    environment = _environment(subject)
    definition = subject.definition
    values = {
        "base_image": base_image,
        "runtime": definition.runtime,
        "handlers": definition.handlers,
        "settings": definition.settings,
    }
    if subject.overlay is not None:
        values["in_force"] = IN_FORCE + subject.overlay.fault
    files: dict[str, str] = {}
    for target, template in sorted(definition.files.items()):
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
    return BuildContext(files, _digest(files, base_image_id))


def _digest(files: Mapping[str, str], base_image_id: str) -> str:
    digest = hashlib.sha256(base_image_id.encode())
    for path, text in sorted(files.items()):
        for part in (path, text):
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big"))
            digest.update(encoded)
    return digest.hexdigest()[:DIGEST_LENGTH]
