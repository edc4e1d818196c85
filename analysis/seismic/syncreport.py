"""What a sync found, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class SyncReport:
    """What a sync found. Events by fate as in `Applied`; `seconds` of this run alone.

    `mode` is "full" where all events of the time were listed, "incremental" where only those
    changed since the last sync. `resumed` tells that an interrupted sync went on: the counts are
    those of both runs together.
    """

    agency: str
    mode: str
    start: str
    end: str
    listed: int = 0
    new: int = 0
    updated: int = 0
    restored: int = 0
    deleted: int = 0
    vanished: int = 0
    merged: int = 0
    unchanged: int = 0
    stale: int = 0
    repeated: int = 0
    rejected: int = 0
    doubtful: int = 0
    windows: int = 0
    requests: int = 0
    surplus: int | None = None
    resumed: bool = False
    seconds: float = 0.0

    def text(self, _: Callable[[str], str] = str) -> str:
        """Write the report in lines.

        Parameters
        ----------
        _ : callable
            Translates a text; English without it.

        Returns
        -------
        str
            Counts that are not zero, one per line.
        """
        kinds = {"full": _("complete list"), "incremental": _("changes since the last sync")}
        head = _("{agency}: {start} to {end}, {kind}").format(
            agency=self.agency, start=self.start, end=self.end, kind=kinds[self.mode]
        )
        lines = {
            _("new"): self.new,
            _("updated"): self.updated,
            _("listed again after deletion"): self.restored,
            _("deleted by the agency"): self.deleted,
            _("vanished from the list"): self.vanished,
            _("merged with another"): self.merged,
            _("unchanged"): self.unchanged,
            _("older than what is known"): self.stale,
            _("repeated in the list"): self.repeated,
            _("rejected"): self.rejected,
            _("absent, but too many to believe it"): self.doubtful,
        }
        width = max(map(len, lines))
        shown = [f"  {name.ljust(width)}  {count}" for name, count in lines.items() if count]
        last = _("{requests} requests, {seconds} s").format(
            requests=self.requests, seconds=f"{self.seconds:.1f}"
        )
        resumed = [_("An interrupted sync was finished.")] if self.resumed else []
        return "\n".join([head, *(shown or [f"  {_('nothing new')}"]), *resumed, last])
