"""What is told of a feature, shared by all tables that are made of a table."""

from __future__ import annotations

from typing import Any


class Facts(dict[str, Any]):
    """A dictionary that is not copied with a table.

    pandas copies the attributes of a table whenever a column is taken; with fifty features that
    takes longer than the work itself. Do not change one in place: give a feature a new one.

    Examples
    --------
    >>> from copy import deepcopy
    >>> facts = Facts(units="cm")
    >>> deepcopy({"gravity": facts})["gravity"] is facts, facts == {"units": "cm"}
    (True, True)
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Facts:
        return self
