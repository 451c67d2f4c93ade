"""The table of a subject that a test needs one of and is not about."""

from __future__ import annotations

from runtimes.definition import HookResult, SubjectTable, Wire


def a_table(memory_mb: int) -> SubjectTable:
    """How an instance is started that nobody speaks to."""
    return SubjectTable(
        name="anything",
        title="anything",
        wire=Wire.NONE,
        concurrency=1,
        hook_result=HookResult.NOTHING,
        hook_signature="none",
        memory_mb=memory_mb,
    )
