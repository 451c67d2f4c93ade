"""Tests of what is tested: definitions, templates, subjects."""
