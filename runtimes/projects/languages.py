"""The built-in runtimes as data: which reference subject of ours runs an author's code, and how it lays it out.

What is said of the references is what their ``Dockerfile.j2`` and server templates do: they start in ``/code``, take
the invocation's handler from ``FC_FUNCTION_HANDLER`` and a hook's from its request's header. Go is different: what an
author hands in is a program of its own, which speaks the Runtime API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtimes.definition import Wire

CODE = "/code"
"""Where the code of a function lies in an instance, on the platform and here (contract, section 10)."""


@dataclass(frozen=True)
class Language:
    """One language. ``folder`` is the reference's folder in ``runtimes``, which is its subject's name too.

    ``runs`` matches the values of the ``runtime`` key that it stands for, ``version`` is the reference's own.
    ``command`` starts the reference with an author's code: empty is the reference image's own command, ``{handler}`` in
    it the configured handler. ``links`` are names under which the platform's images have a program, and what they lead
    to in the reference's image. ``pre_freeze`` is whether the reference runs that hook at all (contract, section 1).
    """

    folder: str
    title: str
    runs: re.Pattern[str]
    version: re.Pattern[str]
    wire: Wire = Wire.HTTP
    command: tuple[str, ...] = ()
    pre_freeze: bool = True
    links: tuple[tuple[str, str], ...] = ()


_JAVA = (
    "java",
    "-XX:+UseSerialGC",
    "-XX:MaxRAMPercentage=50",
    "-Dfile.encoding=UTF-8",
    "-Dsun.net.httpserver.idleInterval=86400",
    "-Dsun.net.httpserver.maxIdleConnections=1000",
    "-Dsun.net.httpserver.nodelay=true",
    "-cp",
    f"/opt/fc/runtime.jar:/opt/fc/fc-java-core.jar:/opt/fc/gson.jar:{CODE}:{CODE}/*:{CODE}/lib/*",
    "fc.reference.Server",
)
"""As ``java.options`` of the reference, but for the class path: an author's classes lie in the folder, in its jars or
in those of its ``lib``. The reference's archive of loaded classes holds for its own class path only."""

LANGUAGES = (
    Language("nodejs", "Node.js 18", re.compile(r"nodejs\d+(?:\.\d+)?"), re.compile("nodejs18")),
    Language(
        "python",
        "Python 3.11",
        re.compile(r"python3(?:\.\d+)?"),
        re.compile(r"python3\.11"),
        pre_freeze=False,
        links=(("python3", "python3.11"), ("python", "python3.11")),
    ),
    Language("php", "PHP 8.2", re.compile(r"php\d+(?:\.\d+)?"), re.compile(r"php8\.2"), pre_freeze=False),
    Language("java", "Java 17", re.compile(r"java\d+"), re.compile("java17"), command=_JAVA),
    Language("csharp", ".NET 8", re.compile(r"dotnetcore\d+(?:\.\d+)?"), re.compile("dotnetcore8.*"), pre_freeze=False),
    Language(
        "go",
        "the author's own program",
        re.compile("go1"),
        re.compile("go1"),
        wire=Wire.RUNTIME_API,
        command=(f"{CODE}/{{handler}}",),
    ),
)
NO_REFERENCE = {"python2.7": "Python 2"}
"""Runtimes of the platform that no reference here stands for."""
CUSTOM = re.compile(r"custom(?:\.debian\d+)?")

PROGRAMS = {
    "node": "nodejs",
    "npm": "nodejs",
    "npx": "nodejs",
    "python": "python",
    "python3": "python",
    "gunicorn": "python",
    "uvicorn": "python",
    "flask": "python",
    "php": "php",
    "java": "java",
    "dotnet": "csharp",
}
"""Programs by which an author's own start command shows which language has to be in its image."""


def language_of(runtime: str) -> Language | None:
    """The language of a built-in runtime, or None."""
    return next((language for language in LANGUAGES if language.runs.fullmatch(runtime)), None)
