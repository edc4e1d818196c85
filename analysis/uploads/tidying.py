"""Removes, beside the server, what visitors left who did not come back."""

from __future__ import annotations

import logging
import threading
from typing import Final

from analysis.uploads.spaces import sweep

log = logging.getLogger(__name__)

EVERY: Final = 6 * 3600.0
"""Seconds from one round to the next."""


def keep_tidy(stop: threading.Event | None = None, every: float = EVERY) -> threading.Thread:
    """Remove the spaces of visitors whose days are over, now and again and again.

    Parameters
    ----------
    stop : threading.Event, optional
        Ends the rounds; without it they end with the process.
    every : float, optional
        Seconds from one round to the next.

    Returns
    -------
    threading.Thread
        Under way; a round that fails is noted in the log, and the next one comes.

    Raises
    ------
    ValueError
        `every` is not above 0.
    """
    if not every > 0:
        raise ValueError(f"every is {every}; it must be above 0 seconds.")
    over = stop or threading.Event()

    def rounds() -> None:
        while True:
            try:
                removed = sweep()
            except (ValueError, OSError) as error:
                log.warning("Old files of visitors could not be removed: %s", error)
            else:
                if removed:
                    log.info("Spaces of visitors removed: %s", removed)
            if over.wait(every):
                return

    thread = threading.Thread(target=rounds, name="qazcube-tidying", daemon=True)
    thread.start()
    return thread
