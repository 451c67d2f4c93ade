"""Speaks to the container engine for the shell scripts: find it, look up, pull, import and build images.

The scripts must not depend on a `docker` client (a machine with Podman alone has none), so everything they need
from the engine goes through the Docker SDK here. Which steps are taken in which order is decided by
`engine.sh` and `base_image.sh`; this file prints facts on stdout, messages for people on stderr.

Exit status: 0 done, 1 the answer is no (no such image, no engine), 2 the engine or the call failed.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tarfile
from pathlib import Path
from typing import Final

import docker
import docker.errors
import requests
import urllib3

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from fixtures.engine.connection import without_password

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
PING_SECONDS: Final = 5
BUILD_SECONDS: Final = 600
PROXY_VARIABLES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY")
LABELS: Final = {"fc-conformance": "base"}
CERTIFICATE: Final = re.compile(rb"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
CERTIFICATES_AT_MOST: Final = 4 * 2**20
"""Bytes of a file with certificates: all roots that a browser knows are a twentieth of it."""

EngineError = (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError)


def client(host: str | None = None, seconds: int = PING_SECONDS) -> docker.DockerClient:
    """A client for `host`, or for the engine the environment names; `seconds` bounds each call."""
    environment = dict(os.environ)
    if host is not None:
        environment["DOCKER_HOST"] = host
    return docker.from_env(
        environment=environment,
        timeout=seconds,
        version="auto",
        use_ssh_client=environment.get("DOCKER_HOST", "").startswith("ssh://"),
    )


def describe(host: str) -> str:
    """Name and version of the engine at `host`.

    Raises one of `EngineError` when nothing there answers a ping in time.
    """
    engine = client(host)
    engine.ping()
    version = engine.version()
    components = [str(part.get("Name", "")) for part in version.get("Components") or []]
    name = "Podman" if any("podman" in part.lower() for part in components) else "Docker"
    return f"{name} {version.get('Version', 'of unknown version')}"


def candidate_hosts() -> list[str]:
    """The addresses to try, best first. A DOCKER_HOST set by the user is the only one: it is never overruled."""
    chosen = os.environ.get("DOCKER_HOST")
    if chosen:
        return [chosen]
    hosts = [DEFAULT_HOST, "unix:///run/podman/podman.sock"]
    runtime_directory = os.environ.get("XDG_RUNTIME_DIR")
    if runtime_directory:
        hosts.append(f"unix://{runtime_directory}/podman/podman.sock")
    return hosts


def find() -> int:
    """Prints `HOST<tab>NAME VERSION` of the first engine that answers; says on stderr why the others did not."""
    for host in candidate_hosts():
        if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
            print(f"{host}: there is no such socket", file=sys.stderr)
            continue
        try:
            print(f"{host}\t{describe(host)}")
        except (*EngineError, ValueError) as error:
            shown = without_password(host)
            print(f"{shown}: {str(error).replace(host, shown)}", file=sys.stderr)
            continue
        return 0
    return 1


def image_id(reference: str) -> int:
    """Prints the id of a local image; status 1 when there is none of that name."""
    try:
        print(client().images.get(reference).id)
    except docker.errors.ImageNotFound:
        return 1
    return 0


def pull(reference: str, seconds: int) -> int:
    """Pulls one image; `seconds` bounds the silence of the engine, the caller bounds the whole."""
    name, tag = reference, None
    if "@" not in reference and ":" not in reference.rsplit("/", 1)[-1]:
        tag = "latest"  # without it the SDK would fetch every tag
    print(client(seconds=seconds).images.pull(name, tag=tag).id)
    return 0


def import_root(archive: str, reference: str) -> int:
    """Makes an image of one layer out of the root file system in `archive`, a tar file."""
    repository, _, tag = reference.partition(":")
    changes = ['CMD ["/bin/bash"]', *(f"LABEL {key}={value}" for key, value in LABELS.items())]
    client(seconds=BUILD_SECONDS).api.import_image_from_file(archive, repository, tag or "latest", changes)
    return image_id(reference)


def certificates_in(path: Path) -> bytes:
    """The certificates of a PEM file and nothing else of it: a private key beside them stays where it is.

    Raises: OSError: it is no regular file, has none, or is too large.
    """
    if not path.is_file():
        raise OSError(f"{path} is no regular file")
    with path.open("rb") as file:
        content = file.read(CERTIFICATES_AT_MOST + 1)
    if len(content) > CERTIFICATES_AT_MOST:
        raise OSError(f"{path} is larger than {CERTIFICATES_AT_MOST // 2**20} MiB")
    found = CERTIFICATE.findall(content)
    if not found:
        raise OSError(f"{path} has no certificate in PEM form")
    return b"\n".join(found) + b"\n"


def build_context(dockerfile: Path, certificates: list[Path]) -> io.BytesIO:
    """The Dockerfile and the certificates as `certificates/NN-name.crt`, with all times zeroed."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        add("Dockerfile", dockerfile.read_bytes())
        directory = tarfile.TarInfo("certificates")
        directory.type, directory.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(directory)
        for number, certificate in enumerate(certificates):
            add(f"certificates/{number:02}-{certificate.stem}.crt", certificates_in(certificate))
    context.seek(0)
    return context


def build(dockerfile: str, source: str, reference: str, certificates: list[str]) -> int:
    """Builds the base image from `source`; on failure the tail of the build's output goes to stderr."""
    proxies = {name: value for name in PROXY_VARIABLES if (value := os.environ.get(name, os.environ.get(name.lower())))}
    try:
        image, _ = client(seconds=BUILD_SECONDS).images.build(
            fileobj=build_context(Path(dockerfile), [Path(path) for path in certificates]),
            custom_context=True,
            tag=reference,
            buildargs={"SOURCE": source, **proxies},
            labels=LABELS,
            rm=True,
            forcerm=True,
        )
    except docker.errors.BuildError as error:
        output = "".join(str(part.get("stream", "")) for part in error.build_log if isinstance(part, dict))
        print("\n".join(output.splitlines()[-15:]), file=sys.stderr)
        print(error.msg, file=sys.stderr)
        return 2
    print(image.id)
    return 0


def tag(identifier: str, reference: str) -> int:
    """Gives an image one more name; a name that another image had moves."""
    repository, _, name = reference.partition(":")
    client().images.get(identifier).tag(repository, tag=name)
    return 0


def main() -> int:
    """Carries out one command line; see the module's docstring for the exit status."""
    parser = argparse.ArgumentParser(description="What the scripts need from the container engine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("find")
    commands.add_parser("image-id").add_argument("reference")
    pulling = commands.add_parser("pull")
    pulling.add_argument("reference")
    pulling.add_argument("seconds", type=int)
    importing = commands.add_parser("import")
    importing.add_argument("archive")
    importing.add_argument("reference")
    building = commands.add_parser("build")
    building.add_argument("dockerfile")
    building.add_argument("source")
    building.add_argument("reference")
    building.add_argument("certificates", nargs="*")
    commands.add_parser("shown").add_argument("address")
    commands.add_parser("certificates").add_argument("path")
    tagging = commands.add_parser("tag")
    tagging.add_argument("identifier")
    tagging.add_argument("reference")
    arguments = parser.parse_args()
    try:
        match arguments.command:
            case "find":
                return find()
            case "image-id":
                return image_id(arguments.reference)
            case "pull":
                return pull(arguments.reference, arguments.seconds)
            case "import":
                return import_root(arguments.archive, arguments.reference)
            case "build":
                return build(arguments.dockerfile, arguments.source, arguments.reference, arguments.certificates)
            case "shown":
                print(without_password(arguments.address))
                return 0
            case "certificates":
                certificates_in(Path(arguments.path))
                return 0
            case _:
                return tag(arguments.identifier, arguments.reference)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
