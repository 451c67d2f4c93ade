"""What a run is asked for, and how a check comes to its History: driven once for all that share it, or read again.

What is driven is :mod:`conformance.scenarios`, the driver itself is ``fixtures/driver.py``; nothing here says what a
History is worth.
"""
