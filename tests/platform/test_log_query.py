"""Finding lines in the log of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.history.events import (
    AnyEvent,
    Call,
    FunctionRecord,
    LaterWork,
    LogLine,
    MetricsFlushed,
    StartBegun,
    Tick,
    WrongSignatureEntered,
)
from fixtures.history.log_query import FoundLine, Log, QueryError, Reading
from tests.reports.builders import driven, history

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures.history.history import History

ONE = "c-62833f38-20f1629801fa4bd00001"
OTHER = "c-62833f38-20f1629801fa4bd00002"


def life(*lines: str, instance: str = ONE) -> History:
    """A History whose log holds these lines, 10 ns apart."""
    made = history([LogLine(t=10 * place, read_t=10 * place + 1, text=text) for place, text in enumerate(lines)])
    return msgspec.structs.replace(made, instance=instance)


def of_events(*events: AnyEvent) -> History:
    return msgspec.structs.replace(history(events), instance=ONE)


def texts(lines: Iterable[FoundLine]) -> list[str]:
    return [line.text for line in lines]


def start(call: str, request_id: str) -> str:
    return f"FC {call} Start RequestId: {request_id}"


def end(call: str, request_id: str) -> str:
    return f"FC {call} End RequestId: {request_id}"


PLAIN = (
    start("Invoke", "r1"),
    "hello",
    end("Invoke", "r1"),
    "between",
    start("PreFreeze", "r1"),
    "flushing",
    end("PreFreeze", "r1"),
    start("PreStop", "r2"),
    "closing",
    end("PreStop", "r2"),
)


def test_all_lines_of_an_instance_are_found_by_its_id() -> None:
    log = Log([life(*PLAIN), life("elsewhere", instance=OTHER)])
    assert texts(log.by_instance(ONE)) == list(PLAIN)
    assert {line.instance for line in log.by_instance(ONE)} == {ONE}


def test_the_beginning_of_an_id_finds_every_instance_that_has_it() -> None:
    log = Log([life("first"), life("second", instance=OTHER), life("third", instance="c-7")])
    assert texts(log.by_instance("c-62833f38")) == ["first", "second"]


def test_a_whole_id_finds_its_instance_only_though_another_begins_with_it() -> None:
    log = Log([life("short", instance="c-7"), life("long", instance="c-77")])
    assert texts(log.by_instance("c-7")) == ["short"]


def test_the_page_s_query_finds_the_start_and_end_lines_of_one_hook() -> None:
    log = Log([life(*PLAIN), life(*PLAIN, instance="c-7")])
    expected = [start("PreStop", "r2"), end("PreStop", "r2")]
    assert texts(log.query(f"{ONE} and PreStop")) == expected
    assert texts(log.query("c-62833f38-20f1629801fa4bd***** and PreStop")) == expected
    assert texts(log.by_instance_and_hook(ONE, Call.PRE_STOP)) == expected


def test_a_user_s_line_that_speaks_of_a_hook_is_not_its_start_or_end() -> None:
    assert texts(Log([life("PreStop was called", *PLAIN)]).by_instance_and_hook(ONE, "PreStop")) == [
        start("PreStop", "r2"),
        end("PreStop", "r2"),
    ]


def test_a_drifted_spelling_is_found_by_the_tolerant_reading_only() -> None:
    log = Log([life("FC preFreeze Start RequestId: r1", "FC prefreeze End RequestId:r1")])
    assert len(log.by_instance_and_hook(ONE, "PreFreeze")) == 2
    assert log.by_instance_and_hook(ONE, "PreFreeze", Reading.STRICT) == ()


def test_a_request_has_its_start_and_end_lines_and_what_stands_between_them() -> None:
    found = Log([life(*PLAIN)]).by_request("r1")
    assert texts(found.certain) == [
        start("Invoke", "r1"),
        "hello",
        end("Invoke", "r1"),
        start("PreFreeze", "r1"),
        "flushing",
        end("PreFreeze", "r1"),
    ]
    assert found.possible == ()


def test_a_line_that_carries_the_request_id_is_found_outside_of_start_and_end_too() -> None:
    found = Log([life(*PLAIN, "late word of r1", "of r11", "of xr1", "of r1-2", '{"id":"r1"}')]).by_request("r1")
    assert texts(found.certain)[-2:] == ["late word of r1", '{"id":"r1"}']


def test_of_overlapping_requests_only_lines_with_an_id_are_certain() -> None:
    log = Log(
        [
            life(
                start("Invoke", "r1"),
                "surely r1",
                start("Invoke", "r2"),
                "either",
                "r2 says so",
                end("Invoke", "r1"),
                "surely the second",
                end("Invoke", "r2"),
            )
        ]
    )
    first, second = log.by_request("r1"), log.by_request("r2")
    assert texts(first.certain) == [start("Invoke", "r1"), "surely r1", end("Invoke", "r1")]
    assert texts(first.possible) == texts(second.possible) == ["either"]
    assert texts(second.certain)[1:3] == ["r2 says so", "surely the second"]
    assert texts(first.all())[:3] == [start("Invoke", "r1"), "surely r1", "either"]


def test_a_line_that_names_another_request_is_in_no_case_a_line_of_this_one() -> None:
    record = FunctionRecord(t=15, read_t=16, edge="start", call=Call.INVOKE, request_id="r2")
    made = of_events(
        LogLine(t=10, read_t=11, text=start("Invoke", "r1")), record, LogLine(t=20, read_t=21, text=end("Invoke", "r1"))
    )
    assert len(Log([made]).by_request("r1").all()) == 2


def test_after_a_start_whose_end_never_came_nothing_is_certain_that_carries_no_id() -> None:
    found = Log([life(start("Invoke", "r1"), "hello", start("Invoke", "r2"), "again", end("Invoke", "r2"))])
    assert texts(found.by_request("r1").possible) == ["hello", "again"]
    assert texts(found.by_request("r2").possible) == ["again"]


def test_the_same_request_is_found_in_every_instance_that_wrote_of_it() -> None:
    log = Log([life(*PLAIN), life("r1 went elsewhere", instance=OTHER)])
    assert {line.instance for line in log.by_request("r1").certain} == {ONE, OTHER}


def test_windows_are_made_by_the_reading_that_was_asked_for() -> None:
    log = Log([life("FC invoke Start RequestId:r1", "hello", "FC invoke End RequestId:r1")])
    assert "hello" in texts(log.by_request("r1").certain)
    assert "hello" not in texts(log.by_request("r1", Reading.STRICT).all())


def test_a_query_can_be_a_request_id_or_an_instance() -> None:
    log = Log([life(*PLAIN)])
    assert log.query("r2") == log.by_request("r2").all()
    assert log.query(" c-62833f38 ") == log.by_instance(ONE)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "is none of: INSTANCE, INSTANCE and HOOK, REQUEST"),
        ("c-1 or c-2", "is none of: INSTANCE, INSTANCE and HOOK, REQUEST"),
        ("a and b and c", "is none of: INSTANCE, INSTANCE and HOOK, REQUEST"),
        ("c-62833f38 and Freeze", "'Freeze' is none of: Invoke, Initialize, PreFreeze, PreStop"),
        ("**** and PreStop", "the instance ID is empty"),
        ("r999", "r999 is neither an instance nor a request of this log"),
    ],
)
def test_a_query_that_cannot_be_asked_says_why(query: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        Log([life(*PLAIN)]).query(query)


def test_an_empty_request_id_does_not_find_the_lines_without_one() -> None:
    with pytest.raises(QueryError, match="the request ID is empty"):
        Log([life(*PLAIN)]).by_request(" ")


def test_lines_around_a_line_are_those_of_its_own_instance() -> None:
    log = Log([life(*PLAIN), life("elsewhere", instance=OTHER)])
    line = log.by_instance(ONE)[1]
    assert texts(log.around(line, before=1, after=2)) == list(PLAIN[:4])
    assert texts(log.around(line, before=0, after=0)) == ["hello"]
    assert log.around(line, before=99, after=99) == log.by_instance(ONE)


def test_a_line_of_another_log_has_no_surroundings_here() -> None:
    log = Log([life(*PLAIN)])
    with pytest.raises(QueryError, match="line 3 of instance c-7 is not in this log"):
        log.around(FoundLine("c-7", 3, 0, "hello"))
    with pytest.raises(QueryError, match="cannot be negative"):
        log.around(log.by_instance(ONE)[0], before=-1)


def test_records_of_the_function_are_lines_and_heartbeats_and_steps_of_the_driver_are_none() -> None:
    made = of_events(
        StartBegun(t=1),
        FunctionRecord(t=2, read_t=3, edge="loaded", counter=0),
        Tick(t=3, n=1),
        FunctionRecord(t=4, read_t=5, edge="start", call=Call.PRE_STOP, request_id="r9", args=["context"]),
        MetricsFlushed(t=6, request_id="r9", values=["a"]),
        LaterWork(t=7, request_id="r8", after_ms=5),
    )
    log = Log([made])
    assert texts(log.by_instance(ONE)) == [
        '{"record":"loaded","t":2,"counter":0}',
        '{"record":"pre-stop.start","t":4,"request_id":"r9","args":["context"]}',
        '{"record":"metrics","t":6,"request_id":"r9","values":["a"]}',
        '{"record":"later","t":7,"request_id":"r8","after_ms":5}',
    ]
    assert [line.index for line in log.by_request("r9").certain] == [3, 4]


def test_work_that_outlived_its_request_is_found_by_its_own_id_and_not_by_the_next_one_s() -> None:
    late = '{"record":"later","request_id":"r1"}'
    log = Log([life(start("Invoke", "r1"), end("Invoke", "r1"), start("Invoke", "r2"), late, end("Invoke", "r2"))])
    assert late in texts(log.by_request("r1").certain)
    assert late not in texts(log.by_request("r2").all())


def test_an_index_is_the_place_among_the_events_that_verdicts_cite() -> None:
    made = history(driven())
    for line in Log([made]).by_instance(made.instance):
        assert made.events[line.index].t == line.t


def test_an_instance_that_never_came_to_be_has_no_lines() -> None:
    assert Log([life(instance="")]).instances == ()


def test_two_histories_of_one_instance_are_refused() -> None:
    with pytest.raises(QueryError, match="two histories of instance"):
        Log([life("a"), life("b")])


LINES = st.lists(
    st.builds(
        lambda call, edge, number: f"FC {call} {edge} RequestId: r{number}",
        st.sampled_from(["Invoke", "PreFreeze"]),
        st.sampled_from(["Start", "End"]),
        st.integers(1, 3),
    )
    | st.sampled_from(["plain", "about r1", "about r2"]),
    max_size=14,
)


@given(LINES)
def test_no_line_is_certain_for_two_requests_or_possible_for_another(lines: list[str]) -> None:
    log = Log([life(*lines)])
    known = {marker.request_id for marker in life(*lines).markers()}
    found = {request: log.by_request(request) for request in known}
    for line in log.by_instance(ONE) if lines else ():
        certain = [request for request, its in found.items() if line in its.certain]
        possible = [request for request, its in found.items() if line in its.possible]
        assert len(certain) <= 1
        assert not (certain and possible)


@given(LINES)
def test_every_line_that_carries_an_id_is_found_by_it(lines: list[str]) -> None:
    found = texts(Log([life(*lines)]).by_request("r2").certain)
    assert [line for line in lines if "r2" in line] == [line for line in found if "r2" in line]


def test_an_instance_that_never_came_to_be_hides_no_other() -> None:
    assert Log([life("nothing", instance=""), life("a line")]).instances == (ONE,)


def test_a_negative_number_of_lines_is_refused_in_both_directions() -> None:
    log = Log([life(*PLAIN)])
    (first, *_) = log.by_instance(ONE)
    for before, after in ((-1, 0), (0, -1)):
        with pytest.raises(QueryError, match="cannot be negative"):
            log.around(first, before=before, after=after)


def test_what_was_entered_with_a_wrong_signature_is_a_line_of_that_name() -> None:
    (found,) = Log([of_events(WrongSignatureEntered(t=5, args=["context"]))]).by_instance(ONE)
    assert found.text.startswith('{"record":"wrong-signature"')


def test_an_end_closes_the_earliest_of_two_open_starts() -> None:
    lines = (start("Invoke", "r1"), "between the starts", start("Invoke", "r1"), end("Invoke", "r1"), "after the end")
    found = Log([life(*lines)]).by_request("r1")
    assert "between the starts" in texts(found.certain)
    assert "after the end" in texts(found.possible)


def test_five_lines_on_each_side_are_shown_where_nothing_else_is_asked_for() -> None:
    log = Log([life(*(f"line {number}" for number in range(20)))])
    lines = log.by_instance(ONE)
    assert log.around(lines[10]) == lines[5:16]
