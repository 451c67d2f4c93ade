"""What an instance is driven through: the scenarios that are written, and the sequences that nobody wrote.

Nothing here asserts anything or touches an engine. Who drives is :mod:`conformance.driving`, who judges
:mod:`conformance.judging`; what must hold on every sequence is :mod:`conformance.laws`.
"""
