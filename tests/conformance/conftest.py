"""Hypothesis for these tests: the same examples in every run, no file left behind, no timing of its own."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fc-conformance", derandomize=True, database=None, deadline=None, max_examples=50)
settings.load_profile("fc-conformance")
