"""One sequence in which every kind of step occurs: what the tests of the laws and of the generator both play."""

from __future__ import annotations

from conformance.scenarios.sequences import (
    CallSequence,
    Freeze,
    Invoke,
    Overlap,
    RequestWhileFrozen,
    RequestWhilePreFreezeRuns,
    Thaw,
)

EVERY_STEP = CallSequence(
    (
        Overlap((Invoke(20), Invoke(0, fail=True), Invoke(60))),
        RequestWhilePreFreezeRuns(Invoke(20)),
        Freeze(),
        Thaw(),
        Freeze(160),
        RequestWhileFrozen(Invoke(20, fail=True)),
        Invoke(),
        Freeze(),
    )
)
