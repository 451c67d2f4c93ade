"""Who tests the tester: the faults and what became of each, and whether the suite says the same again and again.

Broken runtimes and broken platforms themselves lie where their whole ones do, ``runtimes/*/faults/`` and
``fixtures/platform/faults/``. What people see of the proof is :mod:`reports.proof`'s.
"""
