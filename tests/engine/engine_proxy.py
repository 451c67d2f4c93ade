"""A door to the engine that can be shut: the engine "dies" for one run while it goes on for everybody else.

Three ways to die: gone from one moment to the next, silent on every connection, or answering with an error only.
"""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

DEFAULT_HOST = "unix:///var/run/docker.sock"
PIECE = 65_536
REFUSAL_WORDS = "the engine is out of order"
_REFUSAL = f'{{"message": "{REFUSAL_WORDS}"}}'
REFUSAL = (
    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\n"
    f"Content-Length: {len(_REFUSAL)}\r\n\r\n{_REFUSAL}"
).encode()


class EngineProxy:
    """Listens on a unix socket of its own and passes bytes to and from the engine, until :meth:`cut`."""

    def __init__(self) -> None:
        self._engine = (os.environ.get("DOCKER_HOST") or DEFAULT_HOST).removeprefix("unix://")
        # Not below pytest's folders: the path of a unix socket has room for 107 bytes only.
        self._folder = tempfile.TemporaryDirectory(prefix="fc-door-")
        path = Path(self._folder.name) / "engine.sock"
        self.host = f"unix://{path}"
        self._path = path
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._shut = False
        self._silent = threading.Event()
        self._refusing = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, name="engine-proxy", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.cut()
        self._folder.cleanup()

    def cut(self) -> None:
        """End every connection and take no new one; to its clients the engine is gone from one moment to the next."""
        with self._lock:
            self._shut = True
            connections, self._open = self._open, []
        self._path.unlink(missing_ok=True)
        for connection in (self._listener, *connections):
            _end(connection)

    def hang(self) -> None:
        """Take every connection and every request, and never say anything again, on old connections neither."""
        self._silent.set()

    def refuse(self) -> None:
        """End every connection, and answer each request on a new one with an error of the engine's own."""
        self._refusing.set()
        with self._lock:
            connections, self._open = self._open, []
        for connection in connections:
            _end(connection)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                if self._refusing.is_set():
                    client.recv(PIECE)
                    client.sendall(REFUSAL)
                    _end(client)
                    continue
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(self._engine)
            except OSError:
                return
            with self._lock:
                if self._shut:
                    _end(client)
                    _end(engine)
                    return
                self._open += [client, engine]
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if not self._silent.is_set():
                    target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
