"""What is tested: one folder per runtime, and the code that turns such a folder into a build context.

Nothing here starts an engine, opens a socket or knows a requirement; the packages above
(``fixtures``, ``conformance``, ``reports``) import this one, never the other way round.
"""
