"""A runtime as a maintainer might build it: Python functions over the Runtime API, one call at a time.

Reads the user's code from where the platform says it lies, and does not start without a descriptor for its own log, as
the vendor's runtime of this language does not.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import types
import urllib.request
from collections.abc import Mapping
from typing import Any

BASE = f"http://{os.environ['FC_RUNTIME_API']}/2020-11-11/runtime/invocation"
NAMES = {"0": "Invoke", "1": "Initialize", "2": "PreStop", "3": "PreFreeze"}
LOG = int(os.environ["_FC_LOG_FD"])


def ask(path: str, body: bytes | None = None) -> tuple[Mapping[str, str], bytes]:
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data=body)) as answer:
        return answer.headers, answer.read()


def context_of(headers: Mapping[str, str]) -> object:
    def space(**values: object) -> types.SimpleNamespace:
        return types.SimpleNamespace(**values)

    return space(
        request_id=headers["x-fc-request-id"],
        region=headers["x-fc-region"],
        account_id=headers["x-fc-account-id"],
        function=space(name=headers["x-fc-function-name"], handler=headers["x-fc-function-handler"]),
        service=space(name=headers["x-fc-service-name"]),
    )


def call(headers: Mapping[str, str], event: bytes) -> Any:
    module, _, name = headers["x-fc-function-handler"].partition(".")
    function = getattr(importlib.import_module(module), name)
    context = context_of(headers)
    return function(event, context) if headers["x-fc-function-type"] == "0" else function(context)


def say(line: str) -> None:
    """One write: the function's own threads write to the same stream, and must not come between a line and its end."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve_one() -> None:
    headers, event = ask("/next")
    request_id, name = headers["x-fc-request-id"], NAMES[headers["x-fc-function-type"]]
    say(f"FC {name} Start RequestId: {request_id}")
    try:
        result = call(headers, event)
    except Exception as error:  # noqa: BLE001 - whatever the user's function raises
        say(f"FC {name} End RequestId: {request_id}, Error: Unhandled function error")
        ask(
            f"/{request_id}/error", json.dumps({"errorMessage": str(error), "errorType": type(error).__name__}).encode()
        )
        return
    say(f"FC {name} End RequestId: {request_id}")
    ask(f"/{request_id}/response", str(result).encode() if name == "Invoke" else b"")


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
sys.path.insert(0, os.environ["FC_FUNC_CODE_PATH"])
os.write(LOG, b"the runtime is up\n")
importlib.import_module(os.environ["FC_FUNCTION_HANDLER"].partition(".")[0])
while True:
    serve_one()
