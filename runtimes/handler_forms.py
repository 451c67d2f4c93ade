"""The form of a handler in each language, and what is wrong with one that has another form.

Only the text is judged. Whether the file and the function that it names are there is for the runtime to find out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class HandlerForm:
    """The form of a handler in some runtimes. ``runtimes`` matches the beginning of a runtime's name."""

    runtimes: re.Pattern[str]
    handler: re.Pattern[str]
    form: str
    example: str


HANDLER_FORMS = (
    HandlerForm(
        re.compile("nodejs|python|php"),
        re.compile(r"(?:[^\s/:]+/)*[^\s/.:][^\s/:]*\.[^\s/.:]+"),
        "[file].[function]",
        "index.preStop",
    ),
    HandlerForm(
        re.compile("java(?!script)"),
        re.compile(r"[^\s:/]+::[^\s:/.]+"),
        "package.Class::method",
        "example.App::preStop",
    ),
    HandlerForm(
        re.compile("csharp|c#|dotnet"),
        re.compile(r"[^\s:/]+::[^\s:/]+::[^\s:/.]+"),
        "Assembly::Namespace.Class::Method",
        "Function::Example.App::PreStop",
    ),
)
"""The first is the product page's, the others are the vendor's. A runtime that none of them names (Go, custom runtime,
custom container) takes any text. Names: the harness's own, and those of the ``runtime`` key such as ``nodejs14``."""


def handler_mistake(handler: str, runtime: str | None = None) -> str:
    """What is wrong with a handler that is not empty, or nothing. Without a runtime its form cannot be judged."""
    if not handler.strip():
        return 'is blank: write "" to disable the hook'
    if not handler.isprintable():
        return "has a line break or another control character in it"
    for form in HANDLER_FORMS:
        if runtime and form.runtimes.match(runtime.lower()) and not form.handler.fullmatch(handler):
            return f"must have the form {form.form} for {runtime}, as in {form.example}; is {handler!r}"
    return ""
