"""``docs/requirements.md``: every requirement, every statement of the source pages, and what joins the two.

The page is a pure function of the catalogue, the registered checks, the scenarios, the statements and the shipped
runtimes; :func:`main` alone touches files. A test compares the committed page with what would be written, so that
it cannot fall behind.

``python -m reports.commands.requirements_page`` writes it.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.judging import checks
from conformance.scenarios.scenarios import SCENARIOS
from conformance.scenarios.sequences import DEFAULT_COUNT, DEFAULT_SUBJECTS, EVERY_SEQUENCE
from conformance.tables import catalogue as catalogues
from conformance.tables import source_statements
from conformance.tables.catalogue import SourceKind, why_not_applicable
from conformance.tables.profile_differences import differences
from runtimes.subjects import Subject, discover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.judging.checks import Registered
    from conformance.scenarios.scenarios import Scenario
    from conformance.tables.catalogue import Catalogue, Profile, Requirement
    from conformance.tables.source_statements import Statement

PAGE = Path(__file__).resolve().parents[2] / "docs" / "requirements.md"
COMMAND = ".venv/bin/python -m reports.commands.requirements_page"
PROFILE = "seeds"
"""The profile of the two normative pages: the page tells by it to whom a requirement applies."""
RESTS_ON = {
    SourceKind.SRC: "the source pages",
    SourceKind.VENDOR: "other vendor material",
    SourceKind.OPEN: "nothing that was found",
}


@dataclass(frozen=True)
class Material:
    """Everything that the page is made of."""

    catalogue: Catalogue
    registry: Mapping[str, Registered]
    """Checks by the name of their function."""
    scenarios: Sequence[Scenario]
    statements: Sequence[Statement]
    subjects: Sequence[Subject]
    profiles: Mapping[str, Profile]
    profile: Profile
    """The one by which it is told to whom a requirement applies."""

    def checks_of(self, requirement: str) -> dict[str, Registered]:
        """The checks that judge a requirement, by the names of their functions."""
        return {name: check for name, check in self.registry.items() if check.requirement == requirement}

    def judged_on(self, requirement: Requirement, profile: Profile) -> tuple[Subject, ...]:
        """The subjects to which it applies in a profile and that one of its checks' scenarios can be driven with."""
        names = {name for check in self.checks_of(requirement.id).values() for name in check.on}
        scenarios = [scenario for scenario in self.scenarios if scenario.name in names]
        return tuple(
            subject
            for subject in self.subjects
            if why_not_applicable(requirement, subject, profile) is None
            and (not scenarios or any(scenario.why_not_drivable(subject) is None for scenario in scenarios))
        )


def render(material: Material) -> str:
    """The whole page as Markdown, ending with a line break."""
    parts = [
        _introduction(material),
        _contents(material),
        *(_family(material, family) for family in material.catalogue.families),
        _coverage(material),
        _exclusions(material),
        _scenarios(material),
        _profiles(material),
    ]
    return "\n\n".join(parts) + "\n"


# ---------------------------------------------------------------------------------------------- the beginning


def _introduction(material: Material) -> str:
    requirements, statements = material.catalogue.requirements, material.statements
    levels = _table(
        ("Level", "Requirements", "Rests on"),
        (
            (level.value, sum(one.level is level for one in requirements), _all_of(requirements, level))
            for level in catalogues.Level
        ),
    )
    excluded = sum(bool(statement.excluded) for statement in statements)
    made_of = (
        "This page is generated from `conformance/requirements.toml`, `conformance/source_statements.toml`, the checks "
        f"in `conformance/test_*.py` and the scenarios. A test fails when it is stale; `{COMMAND}` writes it anew. "
        "[Adding a requirement](adding-a-requirement.md) tells how the catalogue grows."
    )
    figures = (
        f"{len(requirements)} requirements, {len(material.registry)} checks, {len(material.scenarios)} scenarios. "
        f"Of {len(statements)} statements {len(statements) - excluded} are judged, {excluded} left out for a reason."
    )
    told_by = f"To whom a requirement applies is told by the profile `{material.profile.name}`: {material.profile.text}"
    return "\n\n".join(
        [
            f"<!-- Generated: change the catalogue or the statements, then run {COMMAND} -->",
            "# Requirements",
            _wrapped(
                "What the harness judges, where each requirement comes from, and what becomes of every statement of "
                "the two normative pages. `ZH` and `JA` stand for the Chinese and the Japanese page, see "
                "[architecture](architecture.md)."
            ),
            _wrapped(made_of),
            _wrapped(figures),
            levels,
            _wrapped(told_by),
        ]
    )


def _all_of(requirements: Iterable[Requirement], level: catalogues.Level) -> str:
    kinds = {one.source_kind for one in requirements if one.level is level}
    return ", ".join(RESTS_ON[kind] for kind in SourceKind if kind in kinds) or "-"


def _contents(material: Material) -> str:
    families = [
        f"- [{family}](#{_slug(family)}): {_sentence(text)}" for family, text in material.catalogue.families.items()
    ]
    rest = ["Statements of the source", "Statements left out", "Scenarios", "Profiles"]
    return "\n".join([*families, *(f"- [{title}](#{_slug(title)})" for title in rest)])


# ---------------------------------------------------------------------------------------------- requirements


def _family(material: Material, family: str) -> str:
    requirements = [one for one in material.catalogue.requirements if one.family == family]
    overview = _table(
        ("Requirement", "Level", "Source", "Judged on"),
        (
            (
                _link(one.id),
                one.level.value,
                one.source_kind.value,
                _names(material, material.judged_on(one, material.profile)),
            )
            for one in requirements
        ),
    )
    blocks = [_requirement(material, one) for one in requirements]
    return "\n\n".join([f"## {family}", _sentence(material.catalogue.families[family]), overview, *blocks])


def _requirement(material: Material, requirement: Requirement) -> str:
    lines = [
        f"### {requirement.id}",
        "",
        _wrapped(f"**{requirement.level.value}**: {_sentence(requirement.text)}"),
        "",
        _item(f"Source ({requirement.source_kind.value}): {requirement.source}"),
        _item(f"Judged on: {_judged_on(material, requirement)}"),
    ]
    for name, check in material.checks_of(requirement.id).items():
        scenarios = ", ".join(_scenario_link(material, scenario) for scenario in check.on)
        lines.append(_item(f"Check: `{name}`" + (f" on {scenarios}" if scenarios else "")))
    statements = [_link(one.id) for one in material.statements if requirement.id in one.requirements]
    if statements:
        lines.append(_item(f"Statements: {', '.join(statements)}"))
    return "\n".join(lines)


def _judged_on(material: Material, requirement: Requirement) -> str:
    """Whom the page's profile means; where that is nobody, whom the others mean."""
    subjects = material.judged_on(requirement, material.profile)
    others = {
        profile.name: found
        for profile in material.profiles.values()
        if not subjects and (found := material.judged_on(requirement, profile))
    }
    elsewhere = [f"in {name}: {_names(material, found)}" for name, found in others.items()]
    return "; ".join([_names(material, subjects), *elsewhere])


def _names(material: Material, subjects: Sequence[Subject]) -> str:
    """Subjects in as few words as possible."""
    if not subjects:
        return "none"
    if len(subjects) == len(material.subjects):
        return "all"
    others = [subject.name for subject in material.subjects if subject not in subjects]
    if len(others) < len(subjects) - 1:
        return f"all but {', '.join(others)}"
    return ", ".join(subject.name for subject in subjects)


# ---------------------------------------------------------------------------------------------- statements


def _coverage(material: Material) -> str:
    groups: dict[str, list[Statement]] = {}
    for statement in material.statements:
        groups.setdefault(statement.group, []).append(statement)
    return "\n\n".join(
        [
            "## Statements of the source",
            _wrapped(
                "Everything that the two pages state, in our own words and in their order: first the statements of a "
                "section, then which checks judge them through which requirements."
            ),
            *(_group(material, group, statements) for group, statements in groups.items()),
        ]
    )


def _group(material: Material, group: str, statements: Sequence[Statement]) -> str:
    headings = list(dict.fromkeys(f"{page}, {one.section[page]}" for one in statements for page in one.pages))
    told = [
        _item(
            f'<a id="{_slug(one.id)}"></a>`{one.id}` ({", ".join(one.pages)}): {_sentence(one.text)}'
            + (" *Left out.*" if one.excluded else "")
        )
        for one in statements
    ]
    rows = [
        (f"`{one.id}`", _link(requirement), "<br>".join(f"`{name}`" for name in material.checks_of(requirement)) or "-")
        for one in statements
        for requirement in one.requirements
    ]
    table = ["", _table(("Statement", "Requirement", "Checks"), rows)] if rows else []
    title = group.replace("-", " ")
    return "\n".join([f"### Section: {title}", "", _wrapped("; ".join(headings) + "."), "", *told, *table])


def _exclusions(material: Material) -> str:
    rows = [(_link(one.id), one.excluded) for one in material.statements if one.excluded]
    return "\n\n".join(
        [
            "## Statements left out",
            "Statements that no requirement judges, and why.",
            _table(("Statement", "Reason"), rows),
        ]
    )


# ---------------------------------------------------------------------------------------------- scenarios, profiles


def _scenarios(material: Material) -> str:
    told = [_scenario(material, one.name, one.text) for one in material.scenarios]
    if any(EVERY_SEQUENCE in check.on for check in material.registry.values()):
        told.append(_scenario(material, EVERY_SEQUENCE, _SEQUENCES))
    lead = "Each drives one instance through a short sequence, once for each subject; all its checks read one History."
    return "\n\n".join(["## Scenarios", lead, "\n".join(told)])


_SEQUENCES = (
    f"Stands for sequences that nobody wrote: {DEFAULT_COUNT} that are generated from a seed for each of "
    f"{', '.join(sorted(DEFAULT_SUBJECTS))}, or as many as `--sequences` asks for on every subject, and saved ones"
)


def _scenario(material: Material, name: str, text: str) -> str:
    number = sum(name in check.on for check in material.registry.values())
    checks_of_it = "1 check" if number == 1 else f"{number} checks"
    return _item(f'<a id="{_scenario_slug(name)}"></a>`{name}` ({checks_of_it}): {_sentence(text)}')


def _profiles(material: Material) -> str:
    told = [
        _item(f"`{profile.name}`: {_sentence(profile.text)} ({profile.source})")
        for profile in material.profiles.values()
    ]
    rows = [
        (f"`{subject.name}`", "<br>".join(found))
        for subject in material.subjects
        if (found := differences(subject.name, material.profiles))
    ]
    differing = _table(("Subject", "Where the profiles differ"), rows) if rows else "No profile differs from another."
    return "\n\n".join(["## Profiles", "\n".join(told), differing])


# ---------------------------------------------------------------------------------------------- Markdown


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading of letters, digits, dots, hyphens and spaces."""
    return heading.lower().replace(".", "").replace(" ", "-")


def _link(id: str) -> str:
    return f"[`{id}`](#{_slug(id)})"


def _scenario_slug(name: str) -> str:
    # A scenario may be called as a family is, and a heading's anchor would win.
    return f"scenario-{name}"


def _scenario_link(material: Material, name: str) -> str:
    known = name == EVERY_SEQUENCE or any(scenario.name == name for scenario in material.scenarios)
    return f"[{name}](#{_scenario_slug(name)})" if known else f"`{name}`"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", ")")) else f"{text}."


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    """A paragraph in lines of a readable length; it looks the same once it is drawn."""
    return textwrap.fill(
        text, 120, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _item(text: str) -> str:
    return _wrapped(text, "- ", "  ")


# ---------------------------------------------------------------------------------------------- the real one


def shipped() -> Material:
    """What this checkout holds.

    Raises:
        ValueError: a shipped runtime's definition cannot be used, or the catalogue, a profile or the statements
            cannot; the text names the file.
    """
    checks.import_all()
    catalogue, profiles = catalogues.load(), catalogues.load_profiles()
    subjects: list[Subject] = []
    for subject in discover():
        if not isinstance(subject, Subject):
            raise ValueError(f"{subject.name}: {subject.reason}")  # noqa: TRY004 - the file is wrong, not a type
        subjects.append(subject)
    return Material(
        catalogue=catalogue,
        registry=checks.REGISTRY,
        scenarios=SCENARIOS,
        statements=source_statements.load(catalogue),
        subjects=subjects,
        profiles=profiles,
        profile=profiles[PROFILE],
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(shipped()), encoding="utf-8")


if __name__ == "__main__":
    main()
