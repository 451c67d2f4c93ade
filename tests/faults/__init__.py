"""Tests of the faults, of what becomes of them, and of the runs that drive them."""
