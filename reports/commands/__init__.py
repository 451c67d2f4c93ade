"""The commands beside pytest: each is a module with a ``main`` that a script of the same name starts.

A command measures, drives and writes; what it measured is a value of the rooms around it, which know no process and no
clock.
"""

from __future__ import annotations
