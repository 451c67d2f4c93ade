"""The three tables as values: ``requirements.toml``, ``profiles.toml`` and ``source_statements.toml``.

What the files alone can say is said here: which requirements there are and to whom each applies, where the profiles
differ, what becomes of each statement of the source. Driving and judging are left to the rooms above.
"""
