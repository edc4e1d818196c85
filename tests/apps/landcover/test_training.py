"""Finished trainings: sealed files, made anew when another installation wrote them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from apps.views.landcover import training


def two_classes() -> pd.DataFrame:
    """Return 24 samples of two classes that one feature tells apart."""
    number = np.arange(24)
    return pd.DataFrame(
        {
            "label": np.where(number % 2, "su", "орман"),
            "longitude": 65 + 0.1 * (number % 6),
            "latitude": 52 + 0.1 * (number // 6),
            "start": pd.Timestamp("2021-01-01"),
            "end": pd.Timestamp("2021-12-31"),
            "ndvi_1": (number % 2) + 0.01 * number,
            "ndvi_2": 0.5 + 0.02 * number % 0.07,
        }
    )


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """Return what the pickle runs."""
        return Path.touch, (self.path,)


def test_a_result_is_read_back_and_one_that_was_not_written_here_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QAZCUBE_CACHE", str(tmp_path))
    said: list[str] = []

    def train() -> training.Outcome:
        training._outcomes.clear()
        return training.train(
            two_classes(), "NearestNeighbours", folds=3, block=0.3,
            report=lambda _done, _all, text: said.append(text),
        )  # fmt: skip

    first = train()
    fits = len(said)
    assert train().ways["block"].accuracy == first.ways["block"].accuracy
    assert len(said) == fits  # taken from the file
    path = training.folder() / f"{first.key}.joblib"
    trace = tmp_path / "the pickle was run"
    joblib.dump(Trap(trace), path)
    again = train()
    assert not trace.exists()
    assert len(said) > fits
    assert again.ways["random"].matrix.equals(first.ways["random"].matrix)
    training._outcomes.clear()


def test_finished_results_stay_within_the_limits_of_the_settings(cache, monkeypatch):
    monkeypatch.setenv("QAZCUBE_RESULTS_MB", "0.002")
    models = training.folder()
    maps = models.with_name("maps")
    for place, folder in enumerate((models, maps, models)):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{place}.joblib"
        path.write_bytes(bytes(1500))
        moment = time.time() - 2 * 86400 + place
        os.utime(path, (moment, moment))
    training.tidy()
    assert [path.name for path in models.parent.rglob("*.joblib")] == ["2.joblib"]
