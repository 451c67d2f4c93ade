"""What a person types beside pytest: the commands behind ``script/faults``, ``script/stability`` and
``script/benchmark``, and the one that writes ``docs/requirements.md``.

Options in, an exit status out; what lies between is the other rooms' work.
"""
