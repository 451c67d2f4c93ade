"""Images as others hand them in: a runtime without a function, an application of an author's own.

Made of the reference runtimes' images, since no other can be had everywhere. The function is taken out of them, and
they are made as unlike ours as an image can be: another user, another work folder, an entrypoint, no shell.
"""

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
    from collections.abc import Mapping

    from docker import DockerClient

HERE = Path(__file__).resolve().parent / "outside"
LABEL = "fc-conformance.test"

NO_SHELL = (
    "import os,glob; [os.remove(f) for f in glob.glob('/bin/*sh') + glob.glob('/usr/bin/*sh') if os.path.lexists(f)]"
)


class OutsideImages:
    """Builds each image when it is first asked for, and removes them all in the end.

    ``references``: the reference runtimes' images, by subject.
    """

    def __init__(self, client: DockerClient, references: Mapping[str, str]) -> None:
        self._client = client
        self._references = references
        self._mark = uuid.uuid4().hex[:8]
        self._built: dict[str, str] = {}

    def python_over_http(self) -> str:
        """Our Python server as somebody else's runtime: no function, no shell, nobody's user, an entrypoint."""
        return self._image(
            "python-http",
            f"FROM {self._references['python']}",
            "USER root",
            f'RUN ["python3.11", "-c", "import shutil; shutil.rmtree(\'/code\'); {NO_SHELL}"]',
            "ENV FC_SERVER_PORT= FC_FUNCTION_HANDLER=",
            "WORKDIR /srv/acme",
            "USER 65534:65534",
            'ENTRYPOINT ["python3.11", "-u", "/runtime/server.py"]',
            "CMD []",
        )

    def nodejs_over_http(self) -> str:
        """Our Node.js server in an image without a function."""
        return self._image(
            "nodejs-http",
            f"FROM {self._references['nodejs']}",
            "RUN rm -r /code",
            "USER 65534",
            'ENTRYPOINT ["node"]',
            'CMD ["/runtime/server.js"]',
        )

    def python_over_the_runtime_api(self) -> str:
        """A small runtime of our own that is no reference: it speaks the Runtime API."""
        return self._image(
            "python-api",
            f"FROM {self._references['python']}",
            "RUN rm -r /code /runtime",
            "COPY runtime_api.py /var/fc/runtime/python3/bootstrap.py",
            "USER 65534",
            'ENTRYPOINT ["python3.11", "/var/fc/runtime/python3/bootstrap.py"]',
            "CMD []",
        )

    def go_runtime(self) -> str:
        """A runtime of Go functions: nothing but the word how a function is started."""
        return self._image("go", f"FROM {BASE_IMAGE}", "USER 65534", 'ENTRYPOINT ["/code/main"]', "CMD []")

    def python_application(self) -> str:
        """An author's web application: it answers GET /, knows neither POST /invoke nor a hook, and keeps no record."""
        return self._image(
            "application",
            f"FROM {self._references['python']}",
            "RUN rm -r /code /runtime",
            "COPY application.py /srv/application.py",
            'CMD ["python3.11", "/srv/application.py"]',
        )

    def ending_on(self, signal: str, *, image_says: str) -> str:
        """The same application: ``signal`` ends it and no other does, and its image asks for ``image_says``."""
        return self._image(
            f"ends-on-{signal.lower()}-says-{image_says.lower()}",
            f"FROM {self.python_application()}",
            f"ENV ENDS_ON={signal}",
            f"STOPSIGNAL {image_says}",
        )

    def mistaken(self, mistake: str) -> str:
        """A web application with one mistake; see ``outside/mistaken.py``. With ``none`` it has none."""
        command = {
            "shell": '["sh", "-c", "python3.11 -u /srv/mistaken.py; true"]',
            "no-program": '["no-such-program"]',
        }.get(mistake, '["python3.11", "/srv/mistaken.py"]')
        return self._image(
            f"mistaken-{mistake}",
            f"FROM {self._references['python']}",
            "RUN rm -r /code /runtime",
            "COPY mistaken.py /srv/mistaken.py",
            f"ENV PYTHONUNBUFFERED= MISTAKE={'' if mistake == 'none' else mistake}",
            "ENTRYPOINT []",
            f"CMD {command}",
        )

    def remove(self) -> None:
        """Take the images away; one that is still in use is left to the next ``docker image prune``."""
        for reference in self._built.values():
            try:
                self._client.images.remove(reference, force=True)
            except (DockerException, requests.RequestException):
                continue

    def _image(self, name: str, *lines: str) -> str:
        if name not in self._built:
            self._built[name] = self._build(name, lines)
        return self._built[name]

    def _build(self, name: str, lines: tuple[str, ...]) -> str:
        reference = f"fc-conformance-test/{name}:{self._mark}"
        files = {path.name: path.read_bytes() for path in HERE.iterdir() if path.is_file()}
        files["Dockerfile"] = ("\n".join(lines) + "\n").encode()
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as tar:
            for path, content in files.items():
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), 0o644
                tar.addfile(entry, io.BytesIO(content))
        context.seek(0)
        self._client.images.build(
            fileobj=context, custom_context=True, tag=reference, rm=True, forcerm=True, labels={LABEL: self._mark}
        )
        return reference
