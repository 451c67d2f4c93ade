"""Why what records and lines do not say may be so all the same: the log came late, or a record in it was spoilt.

With the generated function in the image its records are believed in their absence too: what has left none has not run.
That holds only of a log that is written out at once and in whole lines. Where it is not, the log's own requirements say
so, and nothing is concluded about order, state or freezes from what is missing in it.

Pure: a History in, a reason out. What becomes of a verdict is :mod:`conformance.judging.judging`'s business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.judging.evidence import told_success
from fixtures.history.events import Call, FunctionRecord, LogLine

if TYPE_CHECKING:
    from fixtures.history.history import History

RECORD_LATE_NS = 300_000_000
"""How much later than it was made a record is read, its process running, before that is called a buffer. It takes some
ms as a rule, and 150 ms where the engine is busy; a block buffer of 8 KB holds back what a heartbeat and a few calls
write in two seconds, or 32 calls at once in 0.4 s."""
READER_LATE_NS = RECORD_LATE_NS // 2
"""A line that is read so long after the engine had it: the reader was slow, and the instance is not to blame."""
ANSWERED_IN_SILENCE = 3
"""So many calls that are answered while nothing is written did not leave out a hook: each writes its lines at least,
and a heart beats between them."""
SHOWN = 160
_NAMES = "|".join(("loaded", "tick", "metrics", "later", "wrong-signature", *(rf"{call.value}\." for call in Call)))
_RECORD = re.compile(rf'\{{"record":\s?"(?:{_NAMES})')
"""How a record of the generated function begins; another program's JSON may have a key of that name as well."""


def doubt(history: History) -> str:
    """Why a missing record or line proves nothing, as the end of a sentence; empty where nothing speaks for that."""
    if not history.keeps_records:
        return ""
    return _not_one_record(history) or _in_a_buffer(history) or _ends_in_the_middle(history) or _spoilt_record(history)


def _not_one_record(history: History) -> str:
    """A process that ends while its buffer is not full takes all of it with it. Not even the handler ran, it seems."""
    if history.of(FunctionRecord) or history.ticks():
        return ""
    if not any(told_success(exchange) for exchange in history.exchanges(Call.INVOKE)):
        return ""
    return (
        "the log holds not one record of the function, not even that it was loaded, though an invocation was answered "
        "as carried out: it lay in a buffer of the process and was lost with it, or what answers is not the function; "
        "write each line out at once"
    )


def _in_a_buffer(history: History) -> str:
    if not history.clock.shared or any(line.read_t - line.t > READER_LATE_NS for line in history.of(LogLine)):
        return ""
    # A process that is frozen between making a record and writing it is late, and holds nothing back.
    windows = [(freeze.begun.t, freeze.thawed.t if freeze.thawed is not None else None) for freeze in history.freezes()]

    def running(record: FunctionRecord) -> int:
        frozen = sum(
            max(0, min(record.read_t, record.read_t if end is None else end) - max(record.t, begun))
            for begun, end in windows
        )
        return record.read_t - record.t - frozen

    latest = max(history.of(FunctionRecord), key=running, default=None)
    if latest is None or running(latest) <= RECORD_LATE_NS:
        return ""
    record = f"{latest.call.label}'s {latest.edge} record" if latest.call is not None else "the record of its loading"
    return (
        f"the log lies in a buffer of the process: {record} was made {running(latest) / 1e9:.1f} s before it could be "
        "read, and what a buffer holds when its process ends is lost; write each line out at once"
    )


def _ends_in_the_middle(history: History) -> str:
    """A log in which nothing at all comes any more, not even a beat, while the instance goes on answering."""
    read = [record.read_t for record in history.of(FunctionRecord)] + [line.read_t for line in history.of(LogLine)]
    if not read or not history.ticks() or not history.clock.shared:
        return ""
    last = max(*read, history.ticks()[-1].t)
    later = [one for one in history.exchanges() if one.sent.t > last and told_success(one)]
    if len(later) < ANSWERED_IN_SILENCE:
        return ""
    return (
        f"nothing of the log could be read any more, not even a beat, while {len(later)} calls were answered as "
        "carried out: it lay in a buffer of the process and was lost with it; write each line out at once"
    )


def _spoilt_record(history: History) -> str:
    for line in history.of(LogLine):
        begins = _RECORD.search(line.text)
        # One that begins its line and is whole has been read, or has values that no record has: nothing stands in it.
        if begins is not None and (begins.start() > 0 or not line.text.rstrip().endswith("}")):
            return (
                f"a record of the function is spoilt by what stands on the same line: {line.text[:SHOWN]!r}; write "
                "each line out in one piece, with its end"
            )
    return ""
