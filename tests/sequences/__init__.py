"""Tests of sequences that nobody wrote: how they are made, judged and made small, without an engine."""
