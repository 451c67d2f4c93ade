"""What must never be in the repository: package registries, paths of one machine, secrets."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

REGISTRY = re.compile(
    r"""(?ix)\b(?:
        (?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|nuget|rubygems|sonatype)\.(?:org|com)
      | (?:proxy|sum)\.golang\.org
      | (?:repo\d?|central)\.(?:[\w-]+\.)*maven\.(?:apache\.)?org
      | (?:deb|security|snapshot|ftp[\w.]*)\.debian\.org
      | (?:archive|security|ports)\.ubuntu\.com
      | (?:registry-1|index|auth|hub)\.docker\.(?:io|com) | docker\.io/
      | ghcr\.io | quay\.io | mcr\.microsoft\.com | gcr\.io | [\w.-]+\.pkg\.dev
      | [\w.-]*\.aliyuncs\.com/(?:[\w-]+/)*simple
    )"""
)
"""Hosts packages and images come from: where to get them from is the machine's configuration, not the project's."""

ONE_MACHINE = re.compile(r"(?<![\w.$}*-])/(?:root|work|home/\w+|Users/\w+|opt/wheels)(?=[/\s\"'`:]|$)")
"""Absolute paths that exist for one user or on one machine."""

SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bLTAI[0-9A-Za-z]{12,}|\bAKIA[0-9A-Z]{16}|://[^/\s:@{$<]+:[^/\s:@{$<]+@"
)
"""Private keys, access keys, and passwords in addresses."""


def repository_texts() -> list[tuple[str, str]]:
    """Name and content of every text file that is tracked, or that would be by the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    texts: list[tuple[str, str]] = []
    for name in filter(None, sorted(set(listed.stdout.split("\0")))):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content[:8000]:
                texts.append((name, content.decode(errors="replace")))
    return texts


@pytest.mark.parametrize(
    ("pattern", "what"),
    [(REGISTRY, "a registry's host"), (ONE_MACHINE, "a path of one machine"), (SECRET, "a secret")],
    ids=["registry", "path", "secret"],
)
def test_no_file_of_the_repository_names(pattern: re.Pattern[str], what: str) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: there is no list of its files")
    texts = repository_texts()
    assert len(texts) > 10, "the list of files is too short to mean anything"

    found = [
        f"{name}:{number}: {match.group()!r}"
        for name, text in texts
        for number, line in enumerate(text.splitlines(), start=1)
        for match in pattern.finditer(line)
    ]

    assert not found, f"{what} in:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (REGISTRY, "https://files.python" + "hosted.org"),
        (REGISTRY, "http://deb" + ".debian.org/debian"),
        (ONE_MACHINE, "/" + "root/project"),
        (SECRET, "-----BEGIN RSA " + "PRIVATE KEY-----"),
        (SECRET, "https://user" + ":secret@host"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], sample: str) -> None:
    assert pattern.search(sample)


def test_requirements_are_pinned_and_hashed() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert entries
        assert all(re.fullmatch(r"[a-z0-9._-]+==\S+ \\", entry) for entry in entries), name
        assert text.count("--hash=sha256:") >= len(entries), name


def test_both_requirements_files_pin_the_same_versions() -> None:
    pins = [
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    ]

    assert pins[0].items() <= pins[1].items()
