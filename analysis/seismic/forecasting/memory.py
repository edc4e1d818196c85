"""How much memory a forecast needs, told before it is made.

The numbers were measured as the greatest memory of processes of their own (docs/forecasting.md).
"""

from __future__ import annotations

from typing import Final

from analysis.compute import resources
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings, split_times

GB: Final = 1e9
PROGRAM: Final = 0.7 * GB
"""What the program and the events need, bytes."""
CELL_WINDOW: Final = 24
"""Bytes for each cell and window: rates by past events, of which several are held at once."""
STEP_WINDOW: Final = 70
"""Bytes more for each cell and window where there is a gridded source."""
ROW: Final = 110
"""Bytes for each row that is judged or learnt from, without what follows."""
PER_FEATURE: Final = 12
PER_RATE: Final = 18
PER_MODEL: Final = 4
_CATALOGUE_FEATURES: Final = 20
_KINDS: Final = 6  # features of a variable of a source, most of which have one


def needed_memory(settings: Settings) -> float:
    """Estimate the most memory that tables, models and scores of some settings need, bytes.

    ``0.7 GB + C (24 + 70 G) + R (110 + 12 F + 18 B + 4 M)``: C cells times windows of the region
    learnt from, G 1 where there is a gridded source, R rows judged (cells times windows of the test
    part) and kept (a share of C), F features, B baselines, M models. Rows with history, of which
    nobody knows the number before, are not in it.

    Parameters
    ----------
    settings
        The choices.

    Returns
    -------
    float
        Bytes.

    Raises
    ------
    ValueError
        The split leaves nothing to learn from or to judge by.

    Examples
    --------
    Four times as many cells need more, but the program stays:

    >>> coarse, fine = (Settings(region="global", resolution=one) for one in (2.0, 1.0))
    >>> 1 < needed_memory(fine) / needed_memory(coarse) < 4
    True
    """
    issue = settings.issue_times
    grids = [one for one in settings.features if one not in (CATALOGUE, STATIC)]
    features = _CATALOGUE_FEATURES * (CATALOGUE in settings.features) + _KINDS * len(grids)
    features += (STATIC in settings.features) + len(settings.relations) + settings.components
    pairs = settings.learning_lattice.size * len(issue)
    test = int((issue >= split_times(settings)["test"]).sum())
    rows = settings.lattice.size * test + settings.keep_empty * pairs
    row = ROW + PER_FEATURE * features
    row += PER_RATE * len(settings.baselines) + PER_MODEL * len(settings.models)
    return PROGRAM + pairs * (CELL_WINDOW + STEP_WINDOW * bool(grids)) + rows * row


def check_memory(settings: Settings) -> None:
    """Refuse what needs more memory than this process may use.

    Parameters
    ----------
    settings
        The choices.

    Raises
    ------
    ValueError
        With the estimate, and what this computer allows.
    """
    needed, own = needed_memory(settings), resources()
    if needed > own.memory:
        raise ValueError(
            f"The forecast would need about {needed / GB:.1f} GB of memory, for "
            f"{settings.lattice.size} cells of {settings.resolution:g} degrees "
            f"({settings.learning_lattice.size} to learn from) and {len(settings.issue_times)} "
            f"windows; there are {own.memory / GB:.1f} GB ({own.memory_from}). Give larger cells, "
            "a smaller region, a shorter period or fewer features."
        )
