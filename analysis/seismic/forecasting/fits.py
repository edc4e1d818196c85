"""Fits and forecasts kept on disk under what they depend on, sealed, within a limit of size."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
from pathlib import Path
from typing import Any, Final

from analysis import settings as product
from analysis.sealed import UnsealedError, read_sealed, write_sealed

MOST_BYTES: Final = 1_000_000_000
"""Beyond this the fits used longest ago are removed."""
_KEY: Final = re.compile(r"[\w-]{1,120}")
DAMAGED: Final = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    AttributeError,
    ImportError,
    IndexError,
    TypeError,
    pickle.UnpicklingError,
)
"""What reading a file that was cut off, or written by another version, may raise."""


class Fits:
    """A folder of kept things: `get` and `put` as a comparison asks for them.

    Parameters
    ----------
    folder
        Where; None for ``data_cache/forecasting/fits``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Fits(Path(folder))
    ...     kept.put("fit-1", {"a": 1})
    ...     kept.get("fit-1"), kept.get("fit-2")
    ({'a': 1}, None)
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or product.cache_dir() / "forecasting" / "fits"

    def get(self, key: str) -> Any:
        """Return what was put under a key, None where there is nothing whole."""
        path = self._path(key)
        try:
            found = read_sealed(path)
        except FileNotFoundError:
            return None
        except (UnsealedError, *DAMAGED):  # cut off, of another version or maker: it is made anew
            path.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return found

    def put(self, key: str, value: Any) -> None:
        """Keep something; it appears in one step."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sealed(value, path)
        self._prune()

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"The key is {key!r}; use letters, digits, hyphens, underscores.")
        return self.folder / f"{key}.joblib"

    def _prune(self) -> None:
        """Remove what was used longest ago while there is too much."""
        files = []
        for path in self.folder.glob("*.joblib"):
            with contextlib.suppress(OSError):  # another process removed it
                state = path.stat()
                files.append((state.st_mtime, state.st_size, path))
        total = sum(size for _when, size, _path in files)
        for _when, size, path in sorted(files, key=lambda one: one[0])[:-1]:
            if total <= MOST_BYTES:
                break
            path.unlink(missing_ok=True)
            total -= size
