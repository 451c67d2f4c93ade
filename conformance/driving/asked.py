"""What a run is asked for: the values of its options as one value, or the reason why they cannot be meant.

Which options there are, and what pytest says of a wrong one, is ``conftest.py``'s business. Nothing here drives or
judges, and no engine is asked whether a given image is there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.judging import gaps as known_gaps
from conformance.scenarios.sequences import DEFAULT_SEED, Sequences, load, saved
from conformance.tables import catalogue as catalogues
from fixtures.platform.platform import OUTLASTING_S
from runtimes.subjects import BrokenRuntime, Given, Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from conformance.judging.gaps import Gap
    from conformance.tables.catalogue import Catalogue, Profile


OUTLASTING_AT_LEAST_S, OUTLASTING_AT_MOST_S = 0.15, 3600.0
"""What ``--freeze`` may say: the length of any freeze, and an hour."""


class NotMeant(Exception):
    """An option that cannot be meant. The text says which, and what there is instead."""


@dataclass(frozen=True)
class Outside:
    """What a command line says of subjects that others have built, beside the images that it names.

    ``of_images``: the options beside ``--image IMAGE``. ``functions``: of the projects those of these names only; a
    project that has none of them is judged whole.
    """

    files: Sequence[Path] = ()
    of_images: Given = field(default_factory=Given)
    projects: Sequence[Path] = ()
    functions: Sequence[str] = ()

    def texts(self) -> dict[str, Sequence[str]]:
        """What its options say that is no path, by option."""
        said = {"--invoke": self.of_images.invoke, "--command": self.of_images.command}
        return {"--function": self.functions, **{name: [text] for name, text in said.items() if text is not None}}


@dataclass(frozen=True)
class Asked:
    """What a run judges, whom, and by what. ``images``: subject's name -> the image in place of the reference's.

    Subjects from outside of ``runtimes/`` are among ``subjects`` like any other.
    """

    catalogue: Catalogue
    profile: Profile
    subjects: tuple[Subject | BrokenRuntime, ...]
    gaps: tuple[Gap, ...]
    sequences: Sequences
    images: Mapping[str, str]
    outlasting_s: float = OUTLASTING_S
    """Seconds of the freeze that has to outlast what servers think of an idle connection."""

    @classmethod
    def of(
        cls,
        *,
        profile: str,
        runtimes: Sequence[str] = (),
        declared: Path | None = None,
        count: int | None = None,
        seed: int = DEFAULT_SEED,
        files: Sequence[Path] = (),
        replayed: Path | None = None,
        images: Sequence[str] = (),
        outside: Outside | None = None,
        outlasting_s: float = OUTLASTING_S,
    ) -> Asked:
        """The value of these options, as they are written on the command line.

        ``declared``: the file of declared gaps. ``count``, ``seed``, ``files`` and ``replayed``: see
        :func:`sequences_of`. ``outside``: what is said of subjects that others have built, but for ``images``.
        ``outlasting_s``: seconds of the longest freeze.

        Raises:
            NotMeant: an option names what is not there.
            CatalogueError: a table cannot be read.
            GapError: the file of declared gaps cannot be used.
            SequenceError: the file of a sequence cannot be used.
        """
        if not OUTLASTING_AT_LEAST_S <= outlasting_s <= OUTLASTING_AT_MOST_S:
            raise NotMeant(
                f"--freeze {outlasting_s:g}: a freeze takes {OUTLASTING_AT_LEAST_S:g} to {OUTLASTING_AT_MOST_S:g} s"
            )
        outside = outside or Outside()
        _are_texts({"--image": images, "--runtime": runtimes, "--profile": [profile], **outside.texts()})
        there = discover()
        given = given_images([text for text in images if "=" in text], there, runtimes)
        alone = [text for text in images if "=" not in text]
        others = from_outside(alone, outside, there)
        if others and not runtimes:
            # Only what was named is judged; a runtime whose image is given is named with it.
            subjects = chosen(tuple(given), there) if given else ()
        else:
            subjects = chosen(runtimes, there)
        return cls(
            profile=profile_of(profile, catalogues.load_profiles()),
            catalogue=catalogues.load(),
            subjects=(*subjects, *others),
            gaps=known_gaps.load(declared) if declared is not None else (),
            sequences=sequences_of(count, seed, files, replayed),
            images=given,
            outlasting_s=outlasting_s,
        )


def _are_texts(options: Mapping[str, Iterable[str]]) -> None:
    """See to it that what options say can be written down.

    Raises:
        NotMeant: one has bytes that are no text in this locale.
    """
    for option, values in options.items():
        for value in values:
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise NotMeant(f"{option} {value!a}: is no text in this locale") from None


def profile_of(name: str, known: Mapping[str, Profile]) -> Profile:
    """The profile of this name.

    Raises:
        NotMeant: there is none.
    """
    if name not in known:
        raise NotMeant(f"--profile {name}: there is no such profile; there are {', '.join(sorted(known))}")
    return known[name]


def chosen(names: Sequence[str], there: Iterable[Subject | BrokenRuntime]) -> tuple[Subject | BrokenRuntime, ...]:
    """The subjects of these names, in the order in which they are ``there``; without names all that are not optional.

    Raises:
        NotMeant: a name is nobody's.
    """
    there = tuple(there)
    known = [subject.name for subject in there]
    for name in names:
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise NotMeant(f"--runtime {name}: there is no such runtime; {hint}there are {', '.join(known)}")
    return tuple(subject for subject in there if (subject.name in names if names else not _is_optional(subject)))


def _is_optional(subject: Subject | BrokenRuntime) -> bool:
    return not isinstance(subject, BrokenRuntime) and subject.table.optional


def from_outside(
    images: Sequence[str], outside: Outside, there: Sequence[Subject | BrokenRuntime]
) -> tuple[Subject, ...]:
    """The subjects that others have built: those of subject files, the images that were named alone, and projects.

    Args:
        there: the subjects of ``runtimes/``.

    Raises:
        NotMeant: a file or a folder cannot be used, a name is used twice, or an option has nothing to be about.
    """
    said = outside.of_images.names()
    if said and not images:
        raise NotMeant(
            f"{said[0]} says something of the images that --image IMAGE names, and none is named; add --image IMAGE"
            " (a subject file says such things itself, see docs/test-my-runtime.md, and a project in its s.yaml)"
        )
    for image in images:
        if image in [one.name for one in there]:
            raise NotMeant(
                f"--image {image}: {image} is the name of a runtime; expected {image}=IMAGE for an image in its place,"
                f" or {image}:latest where an image has this name"
            )
    if outside.functions and not outside.projects:
        raise NotMeant(f"--function {outside.functions[0]} chooses from a project; add --project DIR")
    # Only who judges what others built reads its words.
    found: list[Subject] = []
    if outside.files or images:
        found += _files_and_images(images, outside, there)
    if outside.projects:
        found += _projects(outside, there, [one.name for one in found])
    return tuple(found)


def _files_and_images(
    images: Sequence[str], outside: Outside, there: Sequence[Subject | BrokenRuntime]
) -> list[Subject]:
    from runtimes import subject_file

    found: list[Subject] = []
    try:
        for path in outside.files:
            for one in subject_file.read(path, there):
                twice = next((other for other in found if other.name == one.name), None)
                if twice is not None:
                    raise NotMeant(f"{one.origin}: {one.name} is the name of {twice.origin} already; give it another")
                found.append(one)
        for image in images:
            taken = [one.name for one in found]
            found.append(subject_file.of_image(image, outside.of_images, there, taken))
    except subject_file.SubjectFileError as error:
        raise NotMeant(str(error)) from error
    return found


def _projects(outside: Outside, there: Sequence[Subject | BrokenRuntime], taken: Sequence[str]) -> list[Subject]:
    from runtimes import project_subjects

    found: list[Subject] = []
    try:
        projects = [project_subjects.load(path, os.environ) for path in outside.projects]
        for name in outside.functions:
            if not any(project_subjects.has(project, name) for project in projects):
                titles = ", ".join(one.resource or one.title for project in projects for one in project.functions)
                raise NotMeant(f"--function {name}: no project has a function of this name; there are {titles}")
        for project in projects:
            named = [name for name in outside.functions if project_subjects.has(project, name)]
            names = [*taken, *(one.name for one in found)]
            found += project_subjects.subjects(project, named, there, names)
    except project_subjects.ProjectError as error:
        raise NotMeant(str(error)) from error
    return found


def told(subjects: Iterable[Subject | BrokenRuntime]) -> list[str]:
    """Lines for each subject from outside: where it comes from, what nobody has said of it, and what is not done."""
    lines = []
    for one in subjects:
        if isinstance(one, BrokenRuntime) or not one.origin:
            continue
        guessed = f"; not said, so taken for given: {', '.join(one.guessed)}" if one.guessed else ""
        lines.append(f"{one.name}: {_made_of(one)}, from {one.origin}{guessed}")
        lines += [f"  {line}" for line in one.told]
    return lines


def _made_of(one: Subject) -> str:
    if one.authored is None:
        return one.image or "no image"
    reference = one.authored.reference
    return f"{one.authored.plan.runtime} on {reference.title if reference is not None else 'the base image'}"


def given_images(
    texts: Iterable[str], there: Iterable[Subject | BrokenRuntime], runtimes: Sequence[str] = ()
) -> dict[str, str]:
    """The images of ``RUNTIME=IMAGE`` texts, by subject. ``runtimes``: the subjects that were named, if any were.

    Raises:
        NotMeant: a text is no such pair, its subject is not judged, or has an image already.
    """
    known = [subject.name for subject in there]
    given: dict[str, str] = {}
    for text in texts:
        name, separator, reference = text.partition("=")
        if not separator or not reference or name not in known:
            raise NotMeant(f"--image {text}: expected RUNTIME=IMAGE or IMAGE, with RUNTIME one of {', '.join(known)}")
        if name not in (runtimes or known):
            raise NotMeant(f"--image {text}: {name} is not judged in this run; add --runtime {name}")
        if name in given:
            raise NotMeant(f"--image {text}: {name} has an image already, {given[name]}")
        given[name] = reference
    return given


def sequences_of(count: int | None, seed: int, files: Iterable[Path], replayed: Path | None) -> Sequences:
    """The sequences that a run drives: generated ones, those that are saved in the checkout, and the given ``files``.

    Raises:
        NotMeant: a number is negative.
        SequenceError: a file cannot be used.
    """
    if (count is not None and count < 0) or seed < 0:
        raise NotMeant("--sequences and --sequence-seed take a number that is not negative")
    found = Sequences(
        seed=seed,
        count=count,
        files=(*saved(), *(path.resolve() for path in files)),
        replayed=replayed.resolve() if replayed is not None else None,
    )
    for path in found.files:
        load(path)  # now, and not when the first instance is to be driven through it
    return found


def reach(arguments: Iterable[str | os.PathLike[str]], folder: Path, *, start: Path) -> bool:
    """Whether paths or node ids on a command line that was given in ``start`` lead into ``folder``, or around it."""
    for argument in arguments:
        path = (start / str(argument).split("::", maxsplit=1)[0]).resolve()
        if path == folder or folder in path.parents or path in folder.parents:
            return True
    return False
