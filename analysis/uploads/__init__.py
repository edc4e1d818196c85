"""Files that visitors bring: checked, understood in a process of their own, kept apart.

A file of a visitor is never opened by the server itself: a child process with limits of memory and
time looks at it, and writes the cube or the table that the pages then read.
"""

from analysis.uploads.refusals import Refused
from analysis.uploads.spaces import Item, Space, own_space, sweep, visitor_space
from analysis.uploads.tidying import keep_tidy
from analysis.uploads.work import add, look

__all__ = [
    "Item",
    "Refused",
    "Space",
    "add",
    "keep_tidy",
    "look",
    "own_space",
    "sweep",
    "visitor_space",
]
