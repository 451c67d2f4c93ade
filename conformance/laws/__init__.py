"""What must hold on every History, whatever happened in it; and a sequence that breaks a law, made small.

The laws are made of the checks, so this room stands above them; ``test_sequences.py`` alone stands on it. Where
sequences come from is :mod:`conformance.scenarios`' business.
"""
