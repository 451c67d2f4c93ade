"""Which checks one worker gets together."""

from __future__ import annotations

from conformance.driving.scheduling import group_of


def test_checks_of_one_subject_and_scenario_are_one_group() -> None:
    first = group_of("conformance/test_freeze.py::test_a[nodejs-two-freezes]")
    assert first == group_of("conformance/test_logs.py::test_b[nodejs-two-freezes]") == "nodejs-two-freezes"
    assert first != group_of("conformance/test_freeze.py::test_a[go-two-freezes]")


def test_a_check_without_a_history_is_a_group_by_itself() -> None:
    assert group_of("conformance/test_freeze.py::test_a") == "conformance/test_freeze.py::test_a"
