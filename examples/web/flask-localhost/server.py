"""A shop on Flask, behind waitress."""

from __future__ import annotations

import signal
import sys

import waitress
from flask import Flask, abort, request

app = Flask(__name__)
visits = {"unsent": 0, "sent": 0}


@app.before_request
def refuse_head() -> None:
    """Flask answers HEAD with the routes of GET; a hook is asked for by GET alone."""
    if request.method == "HEAD":
        abort(405)


@app.get("/")
def shop() -> str:
    visits["unsent"] += 1
    return "welcome to the shop\n"


@app.get("/pre-freeze")
def pre_freeze() -> str:
    visits["sent"] += visits["unsent"]
    visits["unsent"] = 0
    return ""


@app.get("/pre-stop")
def pre_stop() -> str:
    print(f"{visits['sent']} visits were counted")
    return ""


if __name__ == "__main__":
    # As process 1 Python has no handler for SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(app, host="127.0.0.1", port=9000, channel_timeout=24 * 60 * 60)
