"""What a comparison found: scores with intervals, curves, forecasts, importance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.learning.fitting import Fitted
from analysis.learning.grid import Grid
from analysis.learning.judging import NAMES, Judged, confusion_of, judge
from analysis.learning.sheet import Floats
from analysis.learning.splits import Split

KINDS: Final = ("model", "baseline", "own")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models and baselines judged by the same rows.

    Attributes
    ----------
    grid
        Rows that all were judged by.
    forecasts
        Probabilities (row,), float32, by name.
    judged
        Scores by name.
    kinds
        "model", "baseline" or "own", by name.
    failures
        Why a model or baseline is missing, by name.
    fitted
        Models that have learnt, by name.
    split
        Parts of the table.
    threshold
        Least probability with an alarm, in `scores`.
    against
        The baseline that differences are counted from.
    weights_of_features
        Importance of each feature, by model.
    importance_kinds
        "impurity", "coefficient" or "permutation", by model.
    seconds
        How long each took to learn and to forecast.
    notes
        What a reader of the scores must know.
    settings
        How it was compared: seed, draws, calibration, features, settings of the models.
    """

    grid: Grid
    forecasts: dict[str, Floats]
    judged: dict[str, Judged]
    kinds: dict[str, str]
    failures: dict[str, str]
    fitted: dict[str, Fitted]
    split: Split
    threshold: float
    against: str | None
    weights_of_features: dict[str, dict[str, float]] = field(default_factory=dict)
    importance_kinds: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores of all, best average precision first, each with the limits of its interval.

        `mean_forecast` beside `observed_rate` says whether the forecasts expect as many positives
        as there were; `always_no` is the accuracy of never giving an alarm.
        """
        rows = {}
        quiet = self._always_no()
        for name, one in self.judged.items():
            row: dict[str, Any] = {"kind": self.kinds[name]}
            for key in NAMES:
                row[key] = one.values.get(key, np.nan)
                row[f"{key}_low"], row[f"{key}_high"] = self.grid.limits(one.drawn.get(key))
            row["always_no"], (row["always_no_low"], row["always_no_high"]) = quiet
            row["mean_forecast"], row["observed_rate"] = one.mean, 1 - quiet[0]
            rows[name] = row
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
        order = np.lexsort((np.arange(len(table)), -table["average_precision"].fillna(-1.0)))
        return table.iloc[order]

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Probabilities of the rows that all were judged by, (time, cell), a column for each."""
        names = list(self.scores.index)
        return pd.DataFrame({name: self.forecasts[name] for name in names}, index=self.grid.index)

    @property
    def outcome(self) -> pd.Series[int]:
        """What happened in these rows, 0 or 1."""
        return pd.Series(self.grid.outcome, index=self.grid.index, name="target")

    @property
    def curves(self) -> dict[str, dict[str, pd.DataFrame]]:
        """Tables "roc", "precision_recall", "molchan" and "reliability" of each."""
        return {name: self.judged[name].curves for name in self.scores.index}

    @cached_property
    def importance(self) -> pd.DataFrame:
        """Share of each feature in each model (model, feature); the sum of a row is 1.

        Impurity of trees, size of the coefficients of standardised features, or the loss of average
        precision by permutation: ``attrs["kinds"]`` says which.
        """
        features = list(self.settings.get("features", ()))
        table = pd.DataFrame.from_dict(self.weights_of_features, orient="index", columns=features)
        table = table.reindex([name for name in self.scores.index if name in table.index])
        table.attrs["kinds"] = dict(self.importance_kinds)
        return table.rename_axis("model")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Differences of each to the best and to the baseline `against`, with intervals.

        Index (name, against); an interval that holds 0 shows no difference. The same draws of
        windows serve both of a pair, which is far sharper than two intervals side by side.
        """
        best = self.scores.index[0]
        others = list(dict.fromkeys([best, *([self.against] if self.against else [])]))
        parts = {
            (name, other): self._row(name, other)
            for other in others
            for name in self.scores.index
            if name != other
        }
        columns = [f"{key}{end}" for key in NAMES for end in ("", "_low", "_high")]
        table = pd.DataFrame.from_dict(parts, orient="index", columns=columns)
        table.index = pd.MultiIndex.from_tuples(list(parts), names=["name", "against"])
        return table

    def difference(self, name: str, against: str) -> pd.DataFrame:
        """Return the differences of the scores of two, with intervals.

        Parameters
        ----------
        name, against
            Names in `scores`.

        Returns
        -------
        pandas.DataFrame
            Indexed by the scores: `value`, `low`, `high`.

        Raises
        ------
        ValueError
            A name is unknown.
        """
        self._check(name, against)
        row = self._row(name, against)
        return pd.DataFrame(
            {end: [row[f"{key}{mark}"] for key in NAMES]
             for end, mark in (("value", ""), ("low", "_low"), ("high", "_high"))},
            index=pd.Index(NAMES, name="score"),
        )  # fmt: skip

    def at(self, threshold: float) -> pd.DataFrame:
        """Return what an alarm at a threshold brings, for each.

        Parameters
        ----------
        threshold
            Least probability with an alarm.

        Returns
        -------
        pandas.DataFrame
            Indexed as `scores`: `hits`, `false_alarms`, `misses`, `quiet`, `alarmed` (share of the
            rows), `precision`, `recall`, `f1`, `accuracy`, `always_no`.

        Raises
        ------
        ValueError
            The threshold is no number.
        """
        if not isinstance(threshold, (int, float, np.number)) or not np.isfinite(threshold):
            raise ValueError(f"The threshold is {threshold!r}; give a number.")
        rows = {}
        for name in self.scores.index:
            found = confusion_of(self.grid, self.forecasts[name], threshold)
            rows[name] = {
                key: getattr(found, key)
                for key in ("hits", "false_alarms", "misses", "quiet", "alarmed", "precision",
                            "recall", "f1", "accuracy", "always_no")
            }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")

    def by(self, labels: Any, draws: int = 0) -> pd.DataFrame:
        """Return scores for each region, regime or other kind of rows.

        Parameters
        ----------
        labels
            Label of each row (row,), or of each cell (a mapping or a Series by cell). Rows whose
            label is missing are left out.
        draws
            Draws of windows for intervals; 0 for none.

        Returns
        -------
        pandas.DataFrame
            Index (label, name): `rows`, `positives`, scores, and with `draws` their limits.

        Raises
        ------
        ValueError
            The labels do not fit the rows, or no row has one.
        """
        found = self._labels(labels)
        if pd.isna(found).all():
            cells = self.grid.index.get_level_values(1)
            raise ValueError(
                "No row that was judged has a label; give one for each row, or by cell, such "
                f"as {cells[0]!r}."
            )
        rows: dict[tuple[Any, str], dict[str, float]] = {}
        for label in pd.unique(found[~pd.isna(found)]):
            at = np.flatnonzero(found == label)
            part = self.grid.take(at)
            drawn = part.draws(draws, int(self.settings.get("seed", 0)))
            for name in self.scores.index:
                one = judge(part, self.forecasts[name][at], self.threshold, drawn, curves=False)
                row: dict[str, float] = {"rows": at.size, "positives": part.positives.size}
                for key in NAMES:
                    row[key] = one.values[key]
                    if draws:
                        row[f"{key}_low"], row[f"{key}_high"] = part.limits(one.drawn.get(key))
                rows[label, name] = row
        table = pd.DataFrame(list(rows.values()))
        table.index = pd.MultiIndex.from_tuples(list(rows), names=["label", "name"])
        return table

    def _labels(self, labels: Any) -> Any:
        if isinstance(labels, Mapping):
            labels = pd.Series(dict(labels))
        if isinstance(labels, pd.Series) and not isinstance(labels.index, pd.MultiIndex):
            if len(labels) != len(self.grid) or labels.index.is_unique:
                return labels.reindex(self.grid.index.get_level_values(1)).to_numpy(object)
        elif isinstance(labels, pd.Series):
            return labels.reindex(self.grid.index).to_numpy(object)
        found = np.asarray(labels, dtype=object).ravel()
        if found.size != len(self.grid):
            raise ValueError(f"There are {found.size} labels for {len(self.grid)} rows.")
        return found

    def _row(self, name: str, against: str) -> dict[str, float]:
        one, other = self.judged[name], self.judged[against]
        row: dict[str, float] = {}
        for key in NAMES:
            with np.errstate(invalid="ignore"):  # infinite less infinite is undefined
                value = np.float64(one.values.get(key, np.nan)) - other.values.get(key, np.nan)
                both = key in one.drawn and key in other.drawn
                drawn = one.drawn[key] - other.drawn[key] if both else None
            row[key] = float(value)
            row[f"{key}_low"], row[f"{key}_high"] = self.grid.limits(drawn)
        return row

    def _check(self, *names: str) -> None:
        for name in names:
            if name not in self.judged:
                raise ValueError(f"There is no {name!r}; there are {', '.join(self.scores.index)}.")

    def _always_no(self) -> tuple[float, tuple[float, float]]:
        total = self.grid.total_weight
        quiet = total - self.grid.positive_weight
        draws = self.grid.draws(
            int(self.settings.get("draws", 0)), int(self.settings.get("seed", 0))
        )
        drawn = None if draws is None else (quiet @ draws) / (total @ draws)
        return float(quiet.sum() / total.sum()), self.grid.limits(drawn)
