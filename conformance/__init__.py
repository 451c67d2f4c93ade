"""What is judged: the checks of a History, one file for each family, and the three tables that they are held against.

The machine behind them has rooms, see ``docs/architecture.md``: the tables as values (:mod:`conformance.tables`), what
an instance is driven through (:mod:`conformance.scenarios`), from a check to a Judgement (:mod:`conformance.judging`),
from a check to its History (:mod:`conformance.driving`), the laws (:mod:`conformance.laws`) and who tests the tester
(:mod:`conformance.proof`).
"""
