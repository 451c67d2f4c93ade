"""Which reds stay red whatever a log may lack: an answer, the engine, the kernel or a record itself shows them.

All others rest on what records or lines do not say, and are taken back where the log is in doubt.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from conformance.judging.checks import Case
from conformance.judging.doubt import doubt
from conformance.judging.evidence import standing
from conformance.judging.expect import Violation
from conformance.judging.judging import judge
from conformance.judging.verdict import Verdict
from conformance.tables.rungs import Rung
from tests.conformance.builders import conformant, log_line, with_events
from tests.conformance.checking import CATALOGUE, not_passed
from tests.conformance.faults import FAULTS

if TYPE_CHECKING:
    from tests.conformance.faults import Fault

CERTAIN = {
    "a_disabled_pre_freeze_runs": {"configuration.empty-handler-disables-pre-freeze"},
    "a_disabled_pre_stop_runs": {"configuration.empty-handler-disables-pre-stop"},
    "a_function_of_that_name_runs_for_an_uninvited_request": {"unsupported.pre-freeze-never-runs"},
    "a_function_that_stands_still_between_calls_is_not_frozen": {"freeze.nothing-runs"},
    "a_good_answer_tells_the_platform_that_the_function_failed": {"instance.answers-every-invocation"},
    "a_handlers_logger_takes_the_request_id_of_another_invocation": {"logs.own-request-id"},
    "a_header_says_that_a_pre_freeze_failed_that_ended": {"hooks.answered-as-carried-out"},
    "a_hook_fails_for_what_it_hands_back": {"results.fail-no-hook"},
    "a_hook_is_answered_as_failed_for_what_it_hands_back": {"results.fail-no-hook"},
    "a_hook_runs_whatever_its_handler_names": {"configuration.handler-names-file-and-function"},
    "a_hook_runs_where_it_has_no_effect": {"unsupported.no-web-server-no-hook"},
    "a_hook_that_nobody_configured_runs": {"hooks.not-configured-not-run"},
    "a_hook_that_was_refused_runs_all_the_same": {"configuration.console-creation-takes-no-hook"},
    "a_timer_of_an_earlier_invocation_fires_in_the_freeze": {"freeze.later-work-rests"},
    "an_answer_has_no_end": {"instance.answers-every-invocation"},
    "an_invocation_after_the_thaw_is_not_answered": {
        "freeze.serves-after-the-thaw",
        "instance.answers-every-invocation",
    },
    "an_invocation_after_the_thaw_is_served_with_another_status": {"freeze.serves-after-the-thaw"},
    "an_invocation_is_answered_with_what_no_handler_handed_back": {"instance.answers-every-invocation"},
    "an_invocation_stays_without_an_answer": {"instance.answers-every-invocation"},
    "an_invocation_that_threw_is_answered_as_a_success": {"failing-invocation.is-answered-as-failed"},
    "an_old_library_runs_a_hook_for_an_uninvited_request": {"unsupported.java-core-below-1-4"},
    "another_process_follows_one_that_stands_still_between_calls": {"freeze.runs-on-after-the-thaw"},
    "only_the_kernel_sees_that_another_process_is_there_after_the_thaw": {"freeze.runs-on-after-the-thaw"},
    "only_the_kernel_sees_that_something_runs_in_the_freeze": {"freeze.nothing-runs"},
    "pre_freeze_is_given_an_event": {"pre-freeze.no-event"},
    "pre_freeze_is_given_an_event_under_another_name": {"pre-freeze.no-event"},
    "pre_stop_closes_a_connection_after_it_was_answered": {"pre-stop.leaves-nothing-behind"},
    "pre_stop_is_answered_with_500_though_it_ended": {"hooks.answered-as-carried-out"},
    "pre_stop_is_given_nothing": {"pre-stop.no-event"},
    "pre_stop_leaves_work_behind": {"pre-stop.leaves-nothing-behind"},
    "something_runs_in_the_freeze_of_a_function_that_stands_still_between_calls": {"freeze.nothing-runs"},
    "something_runs_in_the_freeze_of_a_function_without_a_web_server": {
        "freeze.nothing-runs",
        "unsupported.freeze-happens-without-hook",
    },
    "the_answer_of_an_invocation_that_was_given_up_reaches_the_next_caller": {
        "failing-invocation.late-answer-reaches-nobody"
    },
    "the_connection_does_not_survive_the_longer_freeze": {"instance.answers-every-invocation"},
    "the_end_line_of_an_invocation_that_ended_tells_an_error": {"logs.no-error-where-none-was"},
    "the_engine_calls_a_frozen_instance_running": {"freeze.nothing-runs"},
    "the_engine_confirms_only_one_of_two_freezes": {"unsupported.freeze-happens-without-hook"},
    "the_engine_does_not_confirm_the_end": {"unsupported.no-web-server-still-stops"},
    "the_engine_does_not_confirm_the_second_freeze": {
        "unsupported.freeze-happens-without-hook",
        "unsupported.no-web-server-still-stops",
    },
    "the_function_is_loaded_anew_after_the_thaw": {"freeze.runs-on-after-the-thaw"},
    "the_initializer_is_answered_with_500_though_it_ended": {"initializer.answered-as-carried-out"},
    "the_invocation_after_a_closed_connection_is_not_answered": {"failing-hooks.next-invocation-is-clean"},
    "the_invocation_after_a_failed_one_fails_too": {"failing-invocation.next-invocation-is-clean"},
    "the_invocation_after_a_failed_pre_freeze_tells_its_failure": {"failing-hooks.next-invocation-is-clean"},
    "the_kept_connection_takes_a_request_and_brings_no_answer": {"instance.answers-every-invocation"},
    "the_next_response_shows_what_pre_freeze_handed_back": {"results.never-in-a-response"},
    "the_runtime_runs_pre_freeze_of_its_own_accord": {"unsupported.pre-freeze-never-runs"},
    "the_second_freeze_is_called_off_for_want_of_a_hook": {"unsupported.freeze-happens-without-hook"},
    "the_stop_writes_out_what_no_hook_did": {"metrics.lost-without-hooks"},
    "what_pre_freeze_handed_back_becomes_the_status_of_the_next_response": {"results.change-no-status"},
}
"""By fault, the requirements whose red is shown by what is there, not by what is missing."""


def shown(fault: Fault) -> dict[str, Violation]:
    history = fault.change(conformant(fault.subject, fault.scenario))
    raised = not_passed(history, fault.subject, fault.scenario)
    return {requirement: one for requirement, one in raised.items() if isinstance(one, Violation)}


def test_a_red_is_certain_exactly_where_what_is_there_shows_it() -> None:
    found = {fault.name: {name for name, one in shown(fault).items() if one.certain} for fault in FAULTS}
    assert {name: requirements for name, requirements in found.items() if requirements} == CERTAIN


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_log_in_doubt_takes_back_no_red_that_is_certain_and_every_other_that_rests_on_it(fault: Fault) -> None:
    history = fault.change(conformant(fault.subject, fault.scenario))
    doubted = with_events(history, log_line(history.events[-1].t, 'doneFC{"record":"pre-stop.end","t":17'))
    assert bool(doubt(doubted)) is fault.subject.keeps_records
    for name, violation in shown(fault).items():
        requirement = CATALOGUE.requirement(name)
        case = Case(requirement, fault.subject, fault.scenario, "")
        today = datetime.date(2026, 11, 26)
        one = judge(case, nodeid="n", history=doubted, error=violation, declared=(), today=today)
        stays = (
            name in CERTAIN.get(fault.name, ())
            or requirement.family == "logs"
            or standing(requirement.stands_on, doubted) not in {Rung.RECORDS, Rung.LINES}
        )
        assert one.verdict is (Verdict.FAIL if stays else Verdict.NOT_TESTABLE), name
