"""From a check and a History to a Judgement, and from Judgements to the status of a run.

Nothing here drives an instance, and no requirement is judged here: the checks are the ``test_*.py`` beside this room.
"""
