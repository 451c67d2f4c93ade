"""Where the profiles disagree about one runtime, in words for a report.

The support matrices contradict each other (contract, section 1): a verdict names the profile it was judged by, and
this module says what the others hold. It compares; the matrices themselves are ``profiles.toml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fixtures.history.events import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.tables.catalogue import Profile

HOOKS_OF_A_LIFE = (Call.INITIALIZE, Call.PRE_FREEZE, Call.PRE_STOP)
"""The three lifecycle hooks, by the order in which they come."""


def differences(subject_name: str, profiles: Mapping[str, Profile]) -> tuple[str, ...]:
    """What the profiles do not say alike of a runtime's hooks; empty where they agree.

    Hooks on which they differ in the same way share a sentence. Profiles are named in the order of ``profiles``; one
    that does not know the subject is named with that.
    """
    hooks: dict[str, list[str]] = {}
    for hook in HOOKS_OF_A_LIFE:
        said: dict[str, list[str]] = {}
        for profile in profiles.values():
            said.setdefault(_standing(hook, subject_name, profile), []).append(profile.name)
        if len(said) > 1:
            sentence = "; ".join(f"{standing} in {', '.join(names)}" for standing, names in said.items())
            hooks.setdefault(sentence, []).append(hook.label)
    return tuple(f"{', '.join(labels)}: {sentence}" for sentence, labels in hooks.items())


def _standing(hook: Call, subject_name: str, profile: Profile) -> str:
    subject = profile.subjects.get(subject_name)
    if subject is None:
        return "not known"
    if subject.without_effect:
        return f"without effect ({subject.without_effect})"
    return "supported" if hook in subject.supports else "not supported"
