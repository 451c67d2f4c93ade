"""Images that no author means to make: a server script of ``servers/`` on the base image, and nothing else."""

from __future__ import annotations

import io
import tarfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from docker.errors import DockerException

from fixtures.engine.images import BASE_IMAGE

if TYPE_CHECKING:
    from docker import DockerClient

SERVERS = Path(__file__).resolve().parent / "servers"
LABEL = "fc-conformance.test"
NOTHING_TO_RUN = "nothing-to-run"
"""The image whose command does not exist."""


class BadImages:
    """Builds each bad image when it is first asked for, and removes them all in the end."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._mark = uuid.uuid4().hex[:8]
        self._built: dict[str, str] = {}

    def reference(self, server: str) -> str:
        """Reference of the image that runs ``servers/<server>.pl``, or of :data:`NOTHING_TO_RUN`."""
        if server not in self._built:
            self._built[server] = self._build(server)
        return self._built[server]

    def remove(self) -> None:
        """Take the images away; one that is still in use is left to the next ``docker image prune``."""
        for reference in self._built.values():
            try:
                self._client.images.remove(reference, force=True)
            except (DockerException, requests.RequestException):
                continue

    def _build(self, server: str) -> str:
        reference = f"fc-conformance-test/{server.replace('_', '-')}:{self._mark}"
        # No RUN: such an image is made in a moment and needs no network.
        lines = [f"FROM {BASE_IMAGE}"]
        files: dict[str, bytes] = {}
        if server == NOTHING_TO_RUN:
            lines.append('CMD ["/code/forgotten-to-copy-it"]')
        else:
            files["server.pl"] = (SERVERS / f"{server}.pl").read_bytes()
            lines += ["COPY server.pl /code/server.pl", 'CMD ["perl", "/code/server.pl"]']
        files["Dockerfile"] = ("\n".join(lines) + "\n").encode()
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as tar:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        context.seek(0)
        self._client.images.build(
            fileobj=context,
            custom_context=True,
            tag=reference,
            rm=True,
            forcerm=True,
            labels={LABEL: self._mark},
        )
        return reference
