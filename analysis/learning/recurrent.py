"""A small recurrent (or convolutional) network over the windows of a cell; needs PyTorch."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

_CHUNK = 20_000


class RecurrentClassifier(ClassifierMixin, BaseEstimator):
    """Classifier of sequences (row, step * feature), oldest step first.

    A gated recurrent unit (Cho et al. 2014, doi:10.3115/v1/D14-1179) or two convolutions along time
    read the steps; a linear layer makes log-odds of what they keep. Missing values are 0 with a
    mark beside them. The same seed gives the same numbers; it runs on one thread.

    Parameters
    ----------
    steps
        Steps in a sequence.
    kind
        "recurrent" or "convolutional".
    hidden
        Size of the state.
    epochs
        How often all rows are seen.
    learning_rate
        Of the optimiser Adam.
    batch
        Rows in a step of the optimiser.
    random_state
        Seed.
    """

    def __init__(
        self,
        steps: int = 6,
        kind: str = "recurrent",
        hidden: int = 24,
        epochs: int = 8,
        learning_rate: float = 0.003,
        batch: int = 512,
        random_state: int = 0,
    ) -> None:
        self.steps = steps
        self.kind = kind
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch = batch
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> RecurrentClassifier:
        """Learn from sequences.

        Parameters
        ----------
        X
            Sequences (row, step * feature).
        y
            0 or 1 (row,).
        sample_weight
            Weights (row,).

        Returns
        -------
        RecurrentClassifier
            Itself.

        Raises
        ------
        ValueError
            PyTorch is not installed, or shapes or settings are impossible.
        """
        torch = pytorch()
        values = self._marked(X)
        outcome = np.asarray(y, dtype=np.float32)
        heavy = np.ones(outcome.size) if sample_weight is None else np.asarray(sample_weight)
        heavy = (heavy / heavy.mean()).astype(np.float32)
        self.classes_ = np.array([0, 1])
        self.n_features_in_ = np.asarray(X).shape[1]
        base = float(np.clip((heavy @ outcome) / heavy.sum(), 1e-6, 1 - 1e-6))
        with _alone(torch, self.random_state):
            net = self._net(torch, values.shape[2])
            with torch.no_grad():
                net["out"].bias.fill_(float(np.log(base / (1 - base))))
            self._train(torch, net, *(torch.from_numpy(one) for one in (values, outcome, heavy)))
            buffer = io.BytesIO()
            torch.save(net.state_dict(), buffer)
        self.state_ = buffer.getvalue()  # bytes, so that a fit can be stored and copied
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probabilities (row, 2) of both classes.

        Parameters
        ----------
        X
            Sequences (row, step * feature).

        Returns
        -------
        numpy.ndarray
            Probabilities.
        """
        torch = pytorch()
        values = self._marked(X)
        with _alone(torch, self.random_state), torch.no_grad():
            net = self._net(torch, values.shape[2])
            net.load_state_dict(torch.load(io.BytesIO(self.state_), weights_only=True))
            parts = [
                torch.sigmoid(self._odds(net, torch.from_numpy(values[at : at + _CHUNK]))).numpy()
                for at in range(0, len(values), _CHUNK)
            ]
        found = np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)
        return np.column_stack([1 - found, found])

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:
        """Return the likelier class (row,)."""
        return np.asarray(self.predict_proba(X)[:, 1] >= 0.5, dtype=np.intp)

    def _marked(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return values and marks of missing ones (row, step, 2 * feature)."""
        values = np.asarray(X, dtype=np.float32)
        if values.ndim != 2 or self.steps < 1 or values.shape[1] % self.steps:
            raise ValueError(f"The rows are {values.shape}; they hold {self.steps} steps.")
        steps = values.reshape(len(values), self.steps, -1)
        missing = np.isnan(steps)
        return np.concatenate([np.where(missing, 0, steps), missing], axis=2, dtype=np.float32)

    def _net(self, torch: Any, inputs: int) -> Any:
        layers = torch.nn
        if self.kind == "recurrent":
            body = layers.GRU(inputs, self.hidden, batch_first=True)
        elif self.kind == "convolutional":
            body = layers.Sequential(
                layers.Conv1d(inputs, self.hidden, 3, padding=1),
                layers.ReLU(),
                layers.Conv1d(self.hidden, self.hidden, 3, padding=1),
                layers.ReLU(),
            )
        else:
            raise ValueError(f"kind={self.kind!r}; give 'recurrent' or 'convolutional'.")
        return layers.ModuleDict({"body": body, "out": layers.Linear(self.hidden + inputs, 1)})

    def _odds(self, net: Any, values: Any) -> Any:
        """Return log-odds (row,): what the steps left behind, beside the last step itself."""
        if self.kind == "recurrent":
            state = net["body"](values)[0][:, -1]
        else:
            state = net["body"](values.transpose(1, 2)).amax(dim=2)
        both = importlib.import_module("torch").cat([state, values[:, -1]], dim=1)
        return net["out"](both).squeeze(1)

    def _train(self, torch: Any, net: Any, values: Any, outcome: Any, heavy: Any) -> None:
        optimiser = torch.optim.Adam(net.parameters(), lr=self.learning_rate, weight_decay=1e-4)
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        for _ in range(self.epochs):
            for rows in torch.randperm(len(values)).split(self.batch):
                optimiser.zero_grad()
                found = loss(self._odds(net, values[rows]), outcome[rows], weight=heavy[rows])
                found.backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimiser.step()


def pytorch() -> Any:
    """Return PyTorch, or say how to get it.

    Returns
    -------
    module
        ``torch``.

    Raises
    ------
    ValueError
        It is not installed.
    """
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise ValueError(
            "The network needs PyTorch, which is not installed: pip install -e '.[dl]'."
        ) from error


@contextlib.contextmanager
def _alone(torch: Any, seed: int) -> Iterator[None]:
    """Run on one thread and with random numbers of its own."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
