"""Which checks one worker gets together."""

from __future__ import annotations

from conformance.driving.scheduling import WAITING_AT_ONCE, group_of, next_group, waits


def test_checks_of_one_subject_and_scenario_are_one_group() -> None:
    first = group_of("conformance/test_freeze.py::test_a[nodejs-two-freezes]")
    assert first == group_of("conformance/test_logs.py::test_b[nodejs-two-freezes]") == "nodejs-two-freezes"
    assert first != group_of("conformance/test_freeze.py::test_a[go-two-freezes]")


def test_a_check_without_a_history_is_a_group_by_itself() -> None:
    assert group_of("conformance/test_freeze.py::test_a") == "conformance/test_freeze.py::test_a"


def test_the_history_that_mostly_waits_is_known_by_its_scenario() -> None:
    assert waits("nodejs-kept-alive-connection")
    assert not waits("nodejs-two-freezes")


def test_who_waits_begins_before_all_others_and_few_of_them_at_once() -> None:
    queue = ["go-two-freezes", "nodejs-kept-alive-connection", "php-kept-alive-connection", "php-two-freezes"]
    assert next_group(queue, under_way=0) == "nodejs-kept-alive-connection"
    assert next_group(queue, under_way=WAITING_AT_ONCE - 1) == "nodejs-kept-alive-connection"
    assert next_group(queue, under_way=WAITING_AT_ONCE) == "go-two-freezes"


def test_where_only_histories_that_wait_are_left_one_of_them_is_next() -> None:
    assert next_group(["php-kept-alive-connection"], under_way=WAITING_AT_ONCE) == "php-kept-alive-connection"
