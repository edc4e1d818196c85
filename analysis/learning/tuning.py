"""Search for settings of a model on the train part alone, by folds that go forward in time."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.learning.compare import Cancelled
from analysis.learning.demands import whole
from analysis.learning.fitkeys import hash_of, versions
from analysis.learning.fitting import fit
from analysis.learning.folds import temporal_folds
from analysis.learning.given import named_models
from analysis.learning.models import Model, suggest
from analysis.learning.preparing import gap_of, split_of
from analysis.learning.scores import score as score_of
from analysis.learning.sheet import Sheet, read_sheet
from analysis.learning.splits import Positions, Split
from analysis.learning.threads import one_thread

_FAULTS = (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError, MemoryError)
SEARCHES = ("grid", "optuna")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # of functions: another in each process
_SCORES = ("average_precision", "roc_auc", "brier_skill", "area_skill")


@dataclass(frozen=True, eq=False)
class Tuning:
    """What a search found.

    Attributes
    ----------
    best_params
        Settings of the best trial.
    trials
        One line for each trial: its settings, `score` (mean of the folds), `score_std`, `folds`
        (the score of each), `seconds`, `state` ("complete", "pruned" or "failed") and `message`.
    score
        Of the best trial.
    scored_by
        Name of the score.
    notes
        What a reader must know.
    """

    best_params: dict[str, Any]
    trials: pd.DataFrame
    score: float
    scored_by: str
    notes: tuple[str, ...] = ()


def tune(  # noqa: PLR0913
    table: Any,
    model: Any,
    *,
    split: Any = None,
    method: str = "grid",
    folds: int = 3,
    trials: int | None = 30,
    space: Mapping[str, Sequence[Any]] | None = None,
    score: str = "average_precision",
    features: Sequence[str] | None = None,
    seed: int = 0,
    storage: Any = None,
    resume: bool = True,
    progress: Callable[[int, int, str], Any] | None = None,
    cancel: Callable[[], bool] | None = None,
    on_trial: Callable[[int, dict[str, Any], float], Any] | None = None,
    target: str = "target",
) -> Tuning:
    """Return the best settings of a model, by folds within the train part.

    Neither the validation nor the test part is looked at. In each fold the model learns from the
    past and is judged by what follows it, a gap apart.

    Parameters
    ----------
    table
        Feature table, as for :func:`~analysis.learning.compare.compare`.
    model
        Name, :class:`~analysis.learning.models.Model`, or an estimator (with `space`).
    split
        Parts, as for `compare`.
    method
        "grid" tries combinations of the values of `space` as GridSearchCV does, "optuna" learns
        from trial to trial where to look (TPE) and gives up poor ones after a fold.
    folds
        Folds, forward in time.
    trials
        How many at most; of a larger grid a seeded choice is tried. None for the whole grid.
    space
        Values by setting; None for those of the model.
    score
        "average_precision", "roc_auc", "brier_skill" or "area_skill".
    features, target
        As for `compare`.
    seed
        Start of all random numbers.
    storage
        SQLite file that keeps the trials; None keeps them in memory.
    resume
        Go on where a search of the same rows, model and settings stopped; else begin anew.
    progress
        Called with (done, total, text) after each trial; the text holds its score.
    cancel
        Asked between folds whether to stop; what is finished is in the storage.
    on_trial
        Called with (number, settings, score) after each trial, and first for those of a search that
        goes on; NaN for one that failed or was given up, whose folds are not those of the others.

    Returns
    -------
    Tuning
        Best settings and all trials.

    Raises
    ------
    ValueError
        A setting is impossible, or no trial succeeded.
    Cancelled
        `cancel` said so.
    """
    if method not in SEARCHES or score not in _SCORES:
        raise ValueError(
            f"method={method!r}, score={score!r}; give one of {', '.join(SEARCHES)}, and one of "
            f"{', '.join(_SCORES)}."
        )
    trials = None if trials is None else whole("trials", trials, 1)
    folds, seed = whole("folds", folds, 1), whole("seed", seed)
    name, found = next(iter(named_models(model).items()))
    wanted = _space(name, found, space)
    sheet = read_sheet(table, features, target=target)
    parts = split_of(sheet, split, [])
    pairs = _pairs(sheet, parts, folds)
    search = _Search(name, found, sheet, pairs, wanted, method, score, seed)
    study = search.study(storage, resume)
    notes: list[str] = []
    grid = search.grid(trials, notes)
    total = len(grid) if method == "grid" else (30 if trials is None else trials)
    known = _finished(study)
    done = len(known)
    if on_trial is not None:
        for one in known:
            on_trial(one.number, dict(one.params), _score(one))
    while (trial := search.ask(study, grid, total)) is not None:
        number, value, text = search.run(study, trial, cancel)
        done += 1
        if on_trial is not None:
            on_trial(number, dict(trial.params), value)
        if progress is not None:
            progress(done, total, text)
    return search.result(study, notes)


@dataclass(frozen=True, eq=False)
class _Search:
    """One search: rows, folds, what to try."""

    name: str
    model: Any
    sheet: Sheet
    pairs: list[tuple[Positions, Positions]]
    space: dict[str, tuple[Any, ...]]
    method: str
    score: str
    seed: int

    def study(self, storage: Any, resume: bool) -> Any:
        """Return the study of Optuna, new or the one that was begun."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        place = None
        if storage is not None:
            path = str(storage)
            if "://" not in path:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                path = f"sqlite:///{path}"
            place = optuna.storages.RDBStorage(
                path, engine_kwargs={"connect_args": {"timeout": 60}}
            )
        name = self._key()
        if place is not None and not resume:
            known = [one.study_name for one in optuna.get_all_study_summaries(place)]
            if name in known:
                optuna.delete_study(study_name=name, storage=place)
        return optuna.create_study(
            study_name=name,
            storage=place,
            load_if_exists=True,
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=self.seed, n_startup_trials=8),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=6),
        )

    def grid(self, trials: int | None, notes: list[str]) -> list[dict[str, Any]]:
        """Return the combinations to try, at most so many."""
        if self.method == "optuna":
            return []
        sides = itertools.product(*self.space.values())
        grid = [dict(zip(self.space, one, strict=True)) for one in sides]
        if trials is not None and trials < len(grid):
            notes.append(f"{trials} of the {len(grid)} combinations were tried, drawn by seed.")
            chosen = np.random.default_rng(self.seed).choice(len(grid), trials, replace=False)
            grid = [grid[at] for at in np.sort(chosen)]
        return grid

    def ask(self, study: Any, grid: list[dict[str, Any]], total: int) -> Any:
        """Return the next trial, or None when all are done."""
        done = [one.params for one in _finished(study)]
        if self.method == "grid":
            left = [one for one in grid if one not in done]
            if left:
                study.enqueue_trial(left[0])
            return study.ask() if left else None
        if not study.trials and isinstance(self.model, Model):
            own = {name: self.model.defaults.get(name) for name in self.space}
            if self._inside(own):
                study.enqueue_trial(own)  # so that a search is never worse than none
        return study.ask() if len(done) < total else None

    def run(self, study: Any, trial: Any, cancel: Any) -> tuple[int, float, str]:
        """Try one combination; return its number, score and a text."""
        import optuna

        params = self._params(trial)
        begun, scores = time.perf_counter(), []
        state, message = optuna.trial.TrialState.COMPLETE, ""
        try:
            for number, pair in enumerate(self.pairs):
                if cancel is not None and cancel():
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
                    raise Cancelled("The search was stopped.")
                scores.append(self._fold(pair, params))
                trial.report(float(np.mean(scores)), number)
                if self.method == "optuna" and trial.should_prune():
                    state = optuna.trial.TrialState.PRUNED
                    break
        except _FAULTS as error:
            state, message = optuna.trial.TrialState.FAIL, str(error) or type(error).__name__
        value = float(np.mean(scores)) if scores else float("nan")
        trial.set_user_attr("folds", [float(one) for one in scores])
        trial.set_user_attr("seconds", time.perf_counter() - begun)
        trial.set_user_attr("message", message)
        if state is optuna.trial.TrialState.COMPLETE and np.isfinite(value):
            study.tell(trial, value)
            return trial.number, value, f"{value:.4f}"
        if state is optuna.trial.TrialState.COMPLETE:
            state, message = optuna.trial.TrialState.FAIL, "The score is undefined."
            trial.set_user_attr("message", message)
        study.tell(trial, state=state)
        return trial.number, float("nan"), message or f"{value:.4f} ({len(scores)} folds)"

    def result(self, study: Any, notes: list[str]) -> Tuning:
        """Return the trials and the best of them."""
        lines = []
        for one in _finished(study):
            folds = one.user_attrs.get("folds", [])
            lines.append(
                {
                    **one.params,
                    "score": float(np.mean(folds)) if folds else np.nan,
                    "score_std": float(np.std(folds, ddof=1)) if len(folds) > 1 else np.nan,
                    "folds": folds,
                    "seconds": one.user_attrs.get("seconds", np.nan),
                    "state": {"COMPLETE": "complete", "PRUNED": "pruned"}.get(
                        one.state.name, "failed"
                    ),
                    "message": one.user_attrs.get("message", ""),
                }
            )
        table = pd.DataFrame(lines).rename_axis("trial")
        for name in self.space:
            if name in table:  # None is a setting, not a missing number
                table[name] = pd.Series([line[name] for line in lines], dtype=object)
        good = table[table["state"] == "complete"] if len(table) else table
        if not len(good):
            reasons = "; ".join(dict.fromkeys(table["message"])) if len(table) else "none was made"
            raise ValueError(f"No trial of {self.name} succeeded: {reasons}")
        at = int(good["score"].to_numpy().argmax())
        best = _finished(study)[int(np.flatnonzero(table["state"] == "complete")[at])].params
        value = float(good["score"].iloc[at])
        return Tuning(dict(best), table, value, self.score, tuple(notes))

    def _params(self, trial: Any) -> dict[str, Any]:
        if self.method == "grid":
            return {
                name: trial.suggest_categorical(name, list(values))
                for name, values in self.space.items()
            }
        return suggest(trial, self.space)

    def _fold(self, pair: tuple[Positions, Positions], params: dict[str, Any]) -> float:
        train, judged = pair
        bounds = {"train": (pd.NaT, pd.NaT), "validation": (pd.NaT, pd.NaT)}
        split = Split(train, judged, judged, bounds, pd.Timedelta(0), 0)  # type: ignore[arg-type]
        with one_thread():
            fitted = fit(
                self.name, self.model, self.sheet, split, params=params, seed=self.seed, method=None
            )
        rows = self.sheet.take(judged)
        if fitted.validated is None:
            raise ValueError("The fold has no rows to judge by.")
        return score_of(self.score, rows.outcome, fitted.validated, rows.weights)

    def _inside(self, params: dict[str, Any]) -> bool:
        """Return whether settings lie within the ranges that are searched."""
        for name, values in self.space.items():
            words = [one for one in values if not isinstance(one, (int, float)) or one is True]
            value = params[name]
            if words:
                if value not in values:
                    return False
            elif value is None or not min(values) <= value <= max(values):
                return False
        return True

    def _key(self) -> str:
        """Return a name that is the same for the same rows, folds, model and ranges only."""
        sheet = self.sheet
        rows = [hash_of(one) for one in (sheet.values, sheet.outcome, sheet.weights)]
        folds = [hash_of(one) for pair in self.pairs for one in pair]
        what = [
            rows, folds, sheet.names, self.name, _ADDRESS.sub("", repr(self.model))[:2000],
            self.space, self.method, self.score, self.seed, versions(),
        ]  # fmt: skip
        text = json.dumps(what, default=repr)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _score(trial: Any) -> float:
    """Return the mean of all folds; NaN where there are not all."""
    whole = trial.state.name == "COMPLETE"
    return float(np.mean(trial.user_attrs["folds"])) if whole else float("nan")


def _finished(study: Any) -> list[Any]:
    """Return the trials that ended; those of a process that was killed never do."""
    kept = [one for one in study.get_trials(deepcopy=False) if one.state.is_finished()]
    return [one for one in kept if "folds" in one.user_attrs]


def _space(
    name: str, model: Any, space: Mapping[str, Sequence[Any]] | None
) -> dict[str, tuple[Any, ...]]:
    found = space
    if found is None:
        found = model.space if isinstance(model, Model) else {}
    wanted = {
        key: tuple(values) if isinstance(values, (list, tuple, np.ndarray)) else (values,)
        for key, values in found.items()
    }
    if not wanted or not all(wanted.values()):
        raise ValueError(f"There is nothing to search for {name}: give values with space=.")
    return {key: tuple(_plain(one) for one in values) for key, values in wanted.items()}


def _plain(value: Any) -> Any:
    """Return a number of NumPy as one of Python, which the storage keeps."""
    return value.item() if isinstance(value, np.generic) else value


def _pairs(sheet: Sheet, split: Split, folds: int) -> list[tuple[Positions, Positions]]:
    """Return positions in the sheet to learn from and to judge by, of folds with both classes."""
    train = split.train
    pairs = temporal_folds(sheet.times, folds=folds, gap=gap_of(sheet, split), rows=train)
    found = [(train[one], train[other]) for one, other in pairs]
    good = [
        pair for pair in found
        if all(0 < sheet.outcome[rows].sum() < rows.size for rows in pair)
    ]  # fmt: skip
    if not good:
        raise ValueError(
            f"None of the {folds} folds of the train part has both classes to learn from and to "
            "judge by: give fewer folds, a longer period or a larger region."
        )
    return good
