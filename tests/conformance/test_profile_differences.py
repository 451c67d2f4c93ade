"""What is said where the profiles disagree about a runtime."""

from __future__ import annotations

from conformance.tables.catalogue import Profile, SubjectHooks, load_profiles
from conformance.tables.profile_differences import differences
from fixtures.history.events import Call


def profiles(**supports: SubjectHooks | None) -> dict[str, Profile]:
    """Profiles that say this of the subject ``full``; None: nothing."""
    return {name: Profile(name, "", "", {} if hooks is None else {"full": hooks}) for name, hooks in supports.items()}


def test_profiles_that_agree_differ_in_nothing() -> None:
    same = SubjectHooks([Call.PRE_STOP])
    assert differences("full", profiles(a=same, b=same)) == ()


def test_a_hook_that_one_profile_supports_and_another_does_not_is_told_with_both() -> None:
    found = differences(
        "full", profiles(a=SubjectHooks([Call.PRE_FREEZE, Call.PRE_STOP]), b=SubjectHooks([Call.PRE_STOP]))
    )
    assert found == ("PreFreeze: supported in a; not supported in b",)


def test_hooks_on_which_profiles_differ_alike_share_a_sentence() -> None:
    both = [Call.PRE_FREEZE, Call.PRE_STOP]
    found = differences("full", profiles(a=SubjectHooks(both), b=SubjectHooks([]), c=SubjectHooks([Call.INITIALIZE])))
    assert found == (
        "Initialize: not supported in a, b; supported in c",
        "PreFreeze, PreStop: supported in a; not supported in b, c",
    )


def test_hooks_without_effect_are_told_with_the_reason() -> None:
    everything = [Call.INITIALIZE, Call.PRE_FREEZE, Call.PRE_STOP]
    found = differences("full", profiles(a=SubjectHooks(everything), b=SubjectHooks(everything, "no web server")))
    assert found == ("Initialize, PreFreeze, PreStop: supported in a; without effect (no web server) in b",)


def test_a_profile_that_does_not_know_the_subject_is_told() -> None:
    found = differences("full", profiles(a=SubjectHooks([Call.PRE_STOP]), b=None))
    assert "PreStop: supported in a; not known in b" in found


def test_the_shipped_profiles_contradict_each_other_on_python_and_c_sharp() -> None:
    shipped = load_profiles()
    wanted = "PreFreeze: not supported in seeds, fc3; supported in fc2"
    assert wanted in differences("python", shipped)
    assert wanted in differences("csharp", shipped)
    assert all("PreStop" not in told for told in differences("nodejs", shipped))


def test_the_shipped_profiles_know_the_same_subjects() -> None:
    known = [set(profile.subjects) for profile in load_profiles().values()]
    assert known == [known[0]] * len(known)
