"""The use that the source names for the hooks: what was buffered is written out before it is too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.expect import NotTestable, completed_freezes, one_clock, require, seen
from fixtures.history.events import Call, MetricsFlushed

if TYPE_CHECKING:
    from fixtures.history.history import History

METRICS = ("first", "second", "third")
BEFORE_FIRST_FREEZE = METRICS[:2]


def _buffered(history: History) -> None:
    seen(
        [run for run in history.runs(Call.INVOKE) if run.end is not None],
        "an invocation that buffers a metric",
        at_least=3,
    )


@judges("metrics.written-before-the-freeze", on=("buffered-metrics",))
def test_pre_freeze_writes_out_what_was_buffered_before_the_freeze(history: History) -> None:
    one_clock(history)
    _buffered(history)
    first = completed_freezes(history, at_least=2)[0]
    early = [value for event in history.of(MetricsFlushed) if event.t < first.begun.t for value in event.values]
    require(
        early == list(BEFORE_FIRST_FREEZE),
        expected=f"{', '.join(BEFORE_FIRST_FREEZE)} to be written before the first freeze",
        seen=", ".join(early) or "nothing",
        evidence=(*history.of(MetricsFlushed), first.begun),
    )


@judges("metrics.none-is-lost", on=("buffered-metrics",))
def test_with_the_hooks_no_metric_is_lost(history: History) -> None:
    _buffered(history)
    begun, _ = history.stop()
    if begun is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    written = [value for event in history.of(MetricsFlushed) for value in event.values]
    require(
        written == list(METRICS),
        expected=f"{', '.join(METRICS)}, each written once",
        seen=", ".join(written) or "nothing",
        evidence=history.of(MetricsFlushed),
    )


@judges("metrics.lost-without-hooks", on=("buffered-metrics-without-hooks",))
def test_without_the_hooks_the_metrics_are_lost(history: History) -> None:
    _buffered(history)
    if history.stop()[1] is None:
        raise NotTestable(expected="a stop of the instance", seen="there is none")
    written = history.of(MetricsFlushed)
    require(
        not written,
        expected="nothing of what was buffered to be written",
        seen=", ".join(value for event in written for value in event.values),
        evidence=written,
        certain=True,
    )
