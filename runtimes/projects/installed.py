"""What has to be run in a code folder before it can be started: actions are not run, so their result may be missing.

Pure: judges an inventory of the folder. Each answer is one command and why, or nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runtimes.projects.folder import CodeFolder

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_DIST_INFO = re.compile(r"(?:^|/)([^/]+?)-[^/-]+\.(?:dist|egg)-info(?:/|$)")
_PLATFORM_PACKAGE = re.compile(r"(?:php|hhvm|ext-.*|lib-.*|composer.*)", re.IGNORECASE)


def to_run(language: str, code: CodeFolder, handler: str) -> str:
    """What to run in the folder, and why; empty where nothing is missing. ``language`` is a reference's folder."""
    judge = _JUDGES.get(language)
    return judge(code, handler) if judge is not None else ""


def _nodejs(code: CodeFolder, _handler: str) -> str:
    needed = _names_in(code.texts.get("package.json", ""), "dependencies")
    missing = [name for name in needed if not code.has_folder(f"node_modules/{name}")]
    return f"run npm install in {code.path}: {_are_missing(missing, 'package.json', 'node_modules')}" if missing else ""


def _python(code: CodeFolder, _handler: str) -> str:
    needed = [
        found[1]
        for line in code.texts.get("requirements.txt", "").splitlines()
        # What is needed under a condition only (after a semicolon) may rightly be missing.
        if not line.lstrip().startswith(("#", "-")) and ";" not in line and (found := _REQUIREMENT.match(line))
    ]
    installed = {_plain(found[1]) for name in code.files if (found := _DIST_INFO.search(name))}
    missing = [name for name in needed if _plain(name) not in installed]
    if not missing:
        return ""
    command = f"pip install --target . --requirement requirements.txt in {code.path}"
    return f"run {command}: {_are_missing(missing, 'requirements.txt', 'the folder')}"


def _php(code: CodeFolder, _handler: str) -> str:
    needed = [name for name in _names_in(code.texts.get("composer.json", ""), "require") if "/" in name]
    if not needed or "vendor/autoload.php" in code.files:
        return ""
    return f"run composer install in {code.path}: {_are_missing(needed, 'composer.json', 'vendor')}"


def _java(code: CodeFolder, _handler: str) -> str:
    if code.ending(".jar", ".class"):
        return ""
    if "pom.xml" in code.texts:
        return f"run mvn package in {code.path}, and name its target folder or jar: no class and no jar lies there"
    if code.ending("build.gradle", "build.gradle.kts"):
        return f"run gradle build in {code.path}, and name the folder of its jar: no class and no jar lies there"
    if code.ending(".java"):
        return f"run javac in {code.path}: it has Java sources, and no class and no jar"
    return f"compile the function into {code.path}: no class and no jar lies there"


def _csharp(code: CodeFolder, handler: str) -> str:
    assembly = f"{handler.partition('::')[0]}.dll"
    if assembly in code.files:
        return ""
    if code.ending(".csproj", ".cs", ".fsproj"):
        command = "dotnet publish --configuration Release --output publish"
        return f"run {command} in {code.path}, and name its publish folder: {assembly} is not there"
    return f"put {assembly} into {code.path}, which the handler {handler} names: it is not there"


def _go(code: CodeFolder, handler: str) -> str:
    if handler in code.files:
        return ""
    if code.ending(".go", "go.mod"):
        command = f"GOOS=linux CGO_ENABLED=0 go build -o {handler} ."
        return f"run {command} in {code.path}: the program {handler}, which the handler names, is not there"
    return f"put the program {handler} into {code.path}, which the handler names: it is not there"


_JUDGES: Mapping[str, Callable[[CodeFolder, str], str]] = {
    "nodejs": _nodejs,
    "python": _python,
    "php": _php,
    "java": _java,
    "csharp": _csharp,
    "go": _go,
}


def _names_in(text: str, key: str) -> list[str]:
    """The names that a JSON file has under ``key``; none where it cannot be read: then it names nothing."""
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return []
    names = found.get(key) if isinstance(found, dict) else None
    return [str(name) for name in names] if isinstance(names, dict) else []


def _are_missing(names: list[str], named_by: str, place: str) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{named_by} names {shown}, which {'is' if len(names) == 1 else 'are'} not in {place}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
