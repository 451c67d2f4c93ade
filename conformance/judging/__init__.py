"""From a check and a History to a Judgement: what a check can say, whom it judges on what, and what a verdict is.

Nothing here drives an instance, and no requirement is judged here: the checks are the ``test_*.py`` beside this room.
"""
