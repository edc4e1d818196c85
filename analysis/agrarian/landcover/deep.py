"""Deep learning behind scikit-learn's interface: networks for series and for images."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted, validate_data

from analysis.agrarian.landcover.learners import check_samples, most_probable
from analysis.agrarian.landcover.networks import HALO, build_network
from analysis.agrarian.landcover.registry import NO_TORCH

Values = NDArray[np.float32]
_AT_ONCE = 4096
_LEARNING, _GUARD = threading.Lock(), threading.Lock()
_INSIDE: list[None] = []
_BEFORE: list[int] = []


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """Classify series or images with a network of PyTorch.

    Parameters
    ----------
    network
        "tempcnn": convolutions along time (Pelletier et al. 2019, doi:10.3390/rs11050523); "lstm":
        bidirectional LSTM with attention; "unet": U-Net, which sees the pixels around
        (Ronneberger et al. 2015, arXiv:1505.04597).
    bands
        Number of bands; features are all steps of the first band, then of the second.
    patch
        Side of the square of pixels round a sample, odd ("unet" only); each feature then has
        patch x patch columns, row by row. 1: the sample's pixel alone.
    width
        Filters of a layer.
    dropout
        Share of neurons left out while learning.
    epochs
        Most passes over the samples.
    patience
        Passes without a better loss of the samples held back after which learning stops.
    held_back
        Share of each class held back to know when to stop; with fewer than 100 samples none is,
        and all passes are made.
    batch_size, learning_rate, weight_decay
        As in PyTorch's AdamW.
    class_weight
        None, "balanced" or a mapping from class to weight.
    random_state
        Seed: same seed, same network. PyTorch has one thread here, whatever it has elsewhere: with
        more, sums are added in another order and the network would be another.

    Attributes
    ----------
    classes_
        Classes, sorted.
    weights_
        Weights as NumPy arrays; the object can be stored without PyTorch.
    history_
        Loss of the samples held back (or learnt from, where none are) after each pass.
    halo
        Pixels on each side that `predict_image` looks at.
    """

    def __init__(  # noqa: PLR0913
        self,
        network: str = "tempcnn",
        bands: int = 1,
        patch: int = 1,
        width: int = 64,
        dropout: float = 0.2,
        epochs: int = 80,
        patience: int = 12,
        held_back: float = 0.15,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-4,
        class_weight: Any = None,
        random_state: int | None = 0,
    ) -> None:
        self.network = network
        self.bands = bands
        self.patch = patch
        self.width = width
        self.dropout = dropout
        self.epochs = epochs
        self.patience = patience
        self.held_back = held_back
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.class_weight = class_weight
        self.random_state = random_state

    @property
    def halo(self) -> int:
        """Pixels on each side of a pixel that are looked at in an image."""
        return HALO if self.network == "unet" else 0

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from samples.

        Parameters
        ----------
        X
            Features (sample, feature), without gaps.
        y
            Classes (sample,).

        Returns
        -------
        NetworkClassifier
            Itself.

        Raises
        ------
        ValueError
            Settings and features do not fit, fewer than 2 classes, or gaps.
        ImportError
            PyTorch is absent.
        """
        x, place = check_samples(self, X, y, np.float32)
        cells = self.bands * self.patch**2
        if self.patch < 1 or self.patch % 2 == 0 or (self.patch > 1 and self.network != "unet"):
            raise ValueError(f"The patch is {self.patch}; it is odd, and 1 but for 'unet'.")
        if self.bands < 1 or x.shape[1] % cells:
            raise ValueError(
                f"{x.shape[1]} features are no {self.bands} band(s) with a patch of {self.patch}."
            )
        self.steps_ = x.shape[1] // cells
        target = place.astype(np.int64)
        if self.network == "unet":
            mask = np.full((place.size, self.patch, self.patch), -1, np.int64)
            mask[:, self.patch // 2, self.patch // 2] = target
            return self._learn(self._shape(x), mask, place)
        return self._learn(self._shape(x), target, place)

    def fit_images(self, images: Any, masks: Any) -> Self:
        """Learn from images of which many pixels are labelled ("unet").

        Parameters
        ----------
        images
            Features (image, feature, row, column), without gaps.
        masks
            Classes (image, row, column); None, NaN or an empty text where there is no label.

        Returns
        -------
        NetworkClassifier
            Itself.

        Raises
        ------
        ValueError
            The shapes differ, the network is none for images, or there are fewer than 2 classes.
        """
        x, labels = np.asarray(images, np.float32), np.asarray(masks, dtype=object)
        if self.network != "unet" or x.ndim != 4 or labels.shape != (x.shape[0], *x.shape[2:]):
            raise ValueError(
                f"Images {x.shape} and labels {labels.shape} must be (image, feature, row, column) "
                "and (image, row, column), and the network 'unet'."
            )
        if not np.isfinite(x).all() or x.shape[1] % self.bands:
            raise ValueError("The images have gaps, or features that are no whole bands.")
        known = np.array([one is not None and one == one and one != "" for one in labels.ravel()])
        self.classes_, place = np.unique(labels.ravel()[known].astype(str), return_inverse=True)
        if self.classes_.size < 2:
            raise ValueError(f"There are {self.classes_.size} classes; there must be 2 or more.")
        target = np.full(labels.size, -1, np.int64)
        target[known] = place
        self.steps_ = x.shape[1] // self.bands
        self.n_features_in_ = x.shape[1]
        return self._learn(x, target.reshape(labels.shape), None, place)

    predict = most_probable

    def predict_proba(self, X: ArrayLike) -> Values:
        """Return the probability of each class.

        Parameters
        ----------
        X
            Features (sample, feature).

        Returns
        -------
        numpy.ndarray
            float32 (sample, class), rows sum to 1.
        """
        check_is_fitted(self)
        x = self._shape(validate_data(self, X, dtype=np.float32, reset=False))
        found = self._run(x)
        if self.network == "unet":
            found = found[:, :, self.patch // 2, self.patch // 2]
        return np.ascontiguousarray(found)

    def _shape(self, x: Values) -> Values:
        if self.network == "unet":
            return x.reshape(x.shape[0], -1, self.patch, self.patch)
        return x.reshape(x.shape[0], self.bands, self.steps_)

    def _scaled(self, x: Values) -> Values:
        mean, width = self.scale_
        if self.network == "unet":  # channels are all steps of a band, then of the next
            mean, width = (np.repeat(one, self.steps_)[:, None, None] for one in (mean, width))
        else:
            mean, width = mean[:, None], width[:, None]
        return np.asarray((x - mean) / width, np.float32)

    def _learn(
        self,
        x: Values,
        target: NDArray[np.int64],
        place: NDArray[np.intp] | None,
        labelled: NDArray[np.intp] | None = None,
    ) -> Self:
        """Run the passes; `place` is the class of each sample, None for whole images."""
        torch = _torch()
        by_band = np.moveaxis(x.reshape(x.shape[0], self.bands, -1), 1, 0).reshape(self.bands, -1)
        width = by_band.std(axis=1, dtype=np.float64)
        self.scale_ = (by_band.mean(axis=1, dtype=np.float64), np.where(width > 0, width, 1.0))
        flat = np.asarray(place if place is not None else labelled)
        weight = _weights(self.class_weight, self.classes_, flat)
        rng = np.random.default_rng(self.random_state)
        held = _hold_back(place, self.held_back, rng) if place is not None else np.empty(0, np.intp)
        learnt = np.setdiff1d(np.arange(x.shape[0]), held)
        data, goal = torch.from_numpy(self._scaled(x)), torch.from_numpy(target)
        # PyTorch draws from one generator for the whole process: one network learns at a time.
        with _LEARNING, _one_thread(torch), torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            shape = (self.bands, self.steps_, self.classes_.size, self.width, self.dropout)
            net = build_network(self.network, *shape)
            self._passes(torch, net, data, goal, torch.from_numpy(weight), (learnt, held), rng)
        self.weights_ = {name: one.numpy().copy() for name, one in net.state_dict().items()}
        self._net = net.eval()
        return self

    def _passes(
        self,
        torch: Any,
        net: Any,
        data: Any,
        goal: Any,
        weight: Any,
        parts: tuple[NDArray[np.intp], NDArray[np.intp]],
        rng: np.random.Generator,
    ) -> None:
        learnt, held = parts
        loss_of = torch.nn.CrossEntropyLoss(weight=weight, ignore_index=-1)
        optimiser = torch.optim.AdamW(
            net.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        best, kept, waited = np.inf, None, 0
        self.history_: list[float] = []
        for _ in range(self.epochs):
            net.train()
            total = 0.0
            for rows in _batches(rng.permutation(learnt), self.batch_size):
                optimiser.zero_grad()
                loss = loss_of(net(data[rows]), goal[rows])
                loss.backward()
                optimiser.step()
                total += float(loss.detach()) * rows.size / learnt.size
            if held.size:
                net.eval()
                with torch.no_grad():
                    total = float(loss_of(net(data[held]), goal[held]))
            self.history_.append(total)
            if held.size and total < best:
                best, kept, waited = total, copy.deepcopy(net.state_dict()), 0
            elif held.size:
                waited += 1
                if waited >= self.patience:
                    break
        if kept is not None:
            net.load_state_dict(kept)
        self.n_iter_ = len(self.history_)

    def _run(self, x: Values) -> Values:
        torch = _torch()
        parts = []
        with _one_thread(torch), torch.no_grad():
            net = self._network(torch)
            for start in range(0, x.shape[0], _AT_ONCE):
                part = torch.from_numpy(self._scaled(x[start : start + _AT_ONCE]))
                parts.append(torch.softmax(net(part), dim=1).numpy())
        return np.concatenate(parts)

    def _network(self, torch: Any) -> Any:
        if getattr(self, "_net", None) is None:
            shape = (self.bands, self.steps_, self.classes_.size, self.width, self.dropout)
            with torch.device("meta"):  # draws no first weights from the common generator
                net = build_network(self.network, *shape)
            state = {name: torch.from_numpy(one) for name, one in self.weights_.items()}
            net.load_state_dict(state, assign=True)
            self._net = net.eval()
        return self._net

    def __getstate__(self) -> dict[str, Any]:
        """Return what is stored: weights, without objects of PyTorch."""
        state = dict(super().__getstate__())
        state.pop("_net", None)
        return state

    def __getattr__(self, name: str) -> Any:
        """Offer `predict_image` for networks of images only."""
        if name == "predict_image" and self.__dict__.get("network") == "unet":
            return self._predict_image
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _predict_image(self, stack: Any) -> Values:
        """Return probabilities (class, row, column) of an image (feature, row, column)."""
        check_is_fitted(self)
        return self._run(np.asarray(stack, np.float32)[None])[0]


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise ImportError(NO_TORCH) from error


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    """Take one thread, so that sums are always added in one order; the last one out puts it back.

    The number is common to all threads of the process, so it stays at one as long as anybody
    learns or classifies.
    """
    with _GUARD:
        if not _INSIDE:
            _BEFORE.append(torch.get_num_threads())
        _INSIDE.append(None)
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _GUARD:
            _INSIDE.pop()
            if not _INSIDE:
                torch.set_num_threads(_BEFORE.pop())


def _weights(given: Any, classes: NDArray[Any], place: NDArray[np.intp]) -> Values:
    if given is None:
        return np.ones(classes.size, np.float32)
    named = given
    if not isinstance(given, str):
        named = {k: given.get(one, 1.0) for k, one in enumerate(classes.tolist())}
    every = np.arange(classes.size)
    return np.asarray(compute_class_weight(named, classes=every, y=place), np.float32)


def _hold_back(place: NDArray[np.intp], share: float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return a share of every class; nothing where there are fewer than 100 samples."""
    if not 0 <= share < 1:
        raise ValueError(f"The share held back is {share}; it must be in [0, 1).")
    if place.size < 100 or share == 0:
        return np.empty(0, np.intp)
    parts = []
    for k in range(int(place.max()) + 1):
        rows = rng.permutation(np.flatnonzero(place == k))
        parts.append(rows[: int(share * rows.size)])
    return np.sort(np.concatenate(parts))


def _batches(rows: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    """Cut rows into even parts of at most `size`, none of a single row where it can be helped."""
    return list(np.array_split(rows, max(1, -(-rows.size // max(size, 2)))))
