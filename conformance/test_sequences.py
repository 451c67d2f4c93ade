"""The general laws on sequences that nobody wrote: see conformance/scenarios/ and conformance/laws/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.judging.checks import judges
from conformance.judging.expect import Observation, Violation
from conformance.laws import laws
from conformance.scenarios.sequences import EVERY_SEQUENCE

if TYPE_CHECKING:
    from fixtures.history.history import History


def _judged(history: History, which: tuple[laws.Law, ...]) -> None:
    try:
        looked = set(laws.judge(history, which))
    except Violation as broken:
        by_hand = f"python -m conformance.laws.shrink --runtime {history.subject} {history.scenario}"
        raise Violation(
            expected=broken.expected, seen=f"{broken.seen}; to make it small: {by_hand}", evidence=broken.evidence
        ) from broken
    blind = sorted({law.requirement for law in which} - looked)
    if blind:
        raise Observation(f"{len(looked)} laws hold; nothing to look at for {', '.join(blind)}")


@judges("laws.musts-hold-on-every-sequence", on=(EVERY_SEQUENCE,))
def test_what_the_source_pages_demand_holds_on_a_sequence_that_nobody_wrote(history: History) -> None:
    _judged(history, laws.MUST)


@judges("laws.shoulds-hold-on-every-sequence", on=(EVERY_SEQUENCE,))
def test_what_other_vendor_material_asks_for_holds_on_a_sequence_that_nobody_wrote(history: History) -> None:
    _judged(history, laws.SHOULD)
