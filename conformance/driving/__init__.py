"""How a check comes to its History: driven once for all checks that share it, or read from an earlier run.

What is driven is :mod:`conformance.scenarios`, the driver itself is ``fixtures/driver.py``; nothing here says what a
History is worth.
"""
