"""Tests of what is judged: checks on hand-written Histories, the catalogue, gaps, verdicts."""
