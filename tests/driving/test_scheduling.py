"""How many workers there are, and which checks one of them gets together."""

from __future__ import annotations

import pytest

from conformance.driving.scheduling import group_of, workers


@pytest.mark.parametrize(("cores", "expected"), [(1, 2), (2, 4), (None, 2)])
def test_there_are_two_workers_a_core_and_two_where_nobody_knows(cores: int | None, expected: int) -> None:
    assert workers(cores) == expected


def test_checks_of_one_subject_and_scenario_are_one_group() -> None:
    first = group_of("conformance/test_freeze.py::test_a[nodejs-two-freezes]")
    assert first == group_of("conformance/test_logs.py::test_b[nodejs-two-freezes]") == "nodejs-two-freezes"
    assert first != group_of("conformance/test_freeze.py::test_a[go-two-freezes]")


def test_a_check_without_a_history_is_a_group_by_itself() -> None:
    assert group_of("conformance/test_freeze.py::test_a") == "conformance/test_freeze.py::test_a"
