"""A web application with one mistake that people make, named by the variable MISTAKE; without it there is none."""

from __future__ import annotations

import os
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MISTAKE = os.environ.get("MISTAKE", "")
KNOWN = {("GET", "/pre-freeze"): b"frozen soon\n", ("GET", "/pre-stop"): b"", ("POST", "/invoke"): b"done\n"}
if MISTAKE == "http-function":
    del KNOWN["POST", "/invoke"]
    KNOWN["GET", "/"] = b"hello\n"
CALLS = (
    {"/invoke": "Invoke"}
    if MISTAKE == "catch-all"
    else {
        "/invoke": "Invoke",
        "/pre-freeze": "PreFreeze",
        "/pre-stop": "PreStop",
    }
)


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call, request_id = CALLS.get(self.path), self.headers.get("x-fc-request-id")
        if call:
            print(f"FC {call} Start RequestId: {request_id}", flush=MISTAKE != "buffered")
        found = KNOWN.get((self.command, self.path))
        if MISTAKE == "catch-all" and self.path != "/invoke":
            found = b"welcome\n"
        if MISTAKE == "failing-hook" and self.path == "/pre-freeze":
            found = None
        if call:
            print(f"FC {call} End RequestId: {request_id}", flush=MISTAKE != "buffered")
        status = 200 if found is not None else 500 if call and MISTAKE == "failing-hook" else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    do_GET = do_POST = answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        return None


def ask_for_calls() -> None:
    """What a runtime does that speaks the Runtime API; nobody answers where that is not."""
    api = os.environ.get("FC_RUNTIME_API")
    if not api:
        signal.pause()
    urllib.request.urlopen(f"http://{api}/2020-11-11/runtime/invocation/next").read()


if MISTAKE == "ends":
    sys.exit("cannot find my licence file")
if MISTAKE != "deaf":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if MISTAKE == "runtime-api":
    ask_for_calls()
ADDRESS = ("127.0.0.1", 8080) if MISTAKE == "localhost" else ("0.0.0.0", 7000 if MISTAKE == "port" else 9000)
ThreadingHTTPServer(ADDRESS, Application).serve_forever()
