"""A web application as an author writes it: an HTTP function, with nothing of the harness in it."""

from __future__ import annotations

import os
import signal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        known = {"/": b"hello\n", "/pre-stop": b"", "/pre-freeze": b""}
        self.answer(200 if path in known else 404, known.get(path, b"not found\n"))
        # What is asked is told, so that a test sees it in the log.
        print("asked", self.command, self.path, self.headers.get("x-fc-control-path"), flush=True)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(404, b"not found\n")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


signal.signal(signal.Signals[os.environ.get("ENDS_ON", "SIGTERM")], lambda *_: os._exit(0))
ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Application).serve_forever()
