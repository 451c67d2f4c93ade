"""An author's own server: plain Python and the OpenTelemetry SDK. It knows nothing of who judges it.

``FLUSHES`` is its author's setting: whether its hooks flush what the SDK has gathered.
"""

from __future__ import annotations

import os
import signal
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("shop")


class Shop(BaseHTTPRequestHandler):
    """One invocation is one order, in a span of its own."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with tracer.start_as_current_span("order"):
            time.sleep(0.01)
        self.answer(b"ordered")

    def do_GET(self) -> None:
        if os.environ["FLUSHES"] == "yes":
            provider.force_flush()
        self.answer(b"")

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return None


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
ThreadingHTTPServer(("0.0.0.0", 9000), Shop).serve_forever()
