"""Networks of PyTorch for series and images. PyTorch is loaded when one is built."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from analysis.spelling import did_you_mean

NETWORKS: Final = ("tempcnn", "lstm", "unet")
HALO: Final = 24
"""Pixels on each side that the U-Net looks at (2 levels, 2 layers each), a multiple of 4."""


def build_network(
    network: str, bands: int, steps: int, classes: int, width: int, drop: float
) -> Any:
    """Build a network.

    Parameters
    ----------
    network
        One of `NETWORKS`.
    bands, steps
        Shape of a series; for images their product is the number of channels.
    classes
        Number of classes.
    width
        Filters of a layer.
    drop
        Share of neurons left out while learning.

    Returns
    -------
    torch.nn.Module
        Takes (sample, band, step), "unet" (image, channel, row, column); gives a number for each
        class (and pixel).

    Raises
    ------
    ValueError
        The network is unknown.
    """
    if network not in NETWORKS:
        raise ValueError(f"There is no network {network!r}. {did_you_mean(network, NETWORKS)}")
    if network == "tempcnn":
        return _tempcnn(bands, steps, classes, width, drop)
    if network == "lstm":
        return _lstm(bands, classes, width, drop)
    return _unet(bands * steps, classes, width // 2, drop)


def _tempcnn(bands: int, steps: int, classes: int, width: int, drop: float) -> Any:
    """Three convolutions along time and a dense layer (Pelletier et al. 2019)."""
    nn = import_module("torch").nn
    layers: list[Any] = []
    for layer in range(3):
        layers += [
            nn.Conv1d(bands if layer == 0 else width, width, 5, padding=2),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(drop),
        ]
    dense = 4 * width
    layers += [nn.Flatten(), nn.Linear(width * steps, dense), nn.BatchNorm1d(dense), nn.ReLU()]
    return nn.Sequential(*layers, nn.Dropout(drop), nn.Linear(dense, classes))


def _lstm(bands: int, classes: int, width: int, drop: float) -> Any:
    """Bidirectional LSTM; a learnt weight of every step says how much it counts."""
    torch = import_module("torch")
    nn = torch.nn

    class Attentive(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.recurrent = nn.LSTM(bands, width, batch_first=True, bidirectional=True)
            self.weight = nn.Sequential(nn.Linear(2 * width, width), nn.Tanh(), nn.Linear(width, 1))
            self.last = nn.Sequential(nn.Dropout(drop), nn.Linear(2 * width, classes))

        def forward(self, x: Any) -> Any:
            seen, _ = self.recurrent(x.transpose(1, 2))
            share = torch.softmax(self.weight(seen), dim=1)
            return self.last((share * seen).sum(dim=1))

    return Attentive()


def _unet(channels: int, classes: int, width: int, drop: float) -> Any:
    """U-Net of two levels (Ronneberger et al. 2015)."""
    torch = import_module("torch")
    nn = torch.nn

    def twice(into: int, out: int) -> Any:
        layers: list[Any] = []
        for first in (into, out):
            layers += [nn.Conv2d(first, out, 3, padding=1, padding_mode="replicate")]
            layers += [nn.BatchNorm2d(out), nn.ReLU()]
        return nn.Sequential(*layers)

    class Letter(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.ModuleList([twice(channels, width), twice(width, 2 * width)])
            self.bottom = twice(2 * width, 4 * width)
            self.up = nn.ModuleList([twice(6 * width, 2 * width), twice(3 * width, width)])
            self.pool = nn.MaxPool2d(2)
            self.drop = nn.Dropout2d(drop)
            self.last = nn.Conv2d(width, classes, 1)

        def forward(self, x: Any) -> Any:
            rows, columns = x.shape[-2:]
            x = nn.functional.pad(x, (0, -columns % 4, 0, -rows % 4), mode="replicate")
            first = self.down[0](x)
            second = self.down[1](self.pool(first))
            x = self.drop(self.bottom(self.pool(second)))
            for layer, beside in zip(self.up, (second, first), strict=True):
                x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
                x = layer(torch.cat([x, beside], dim=1))
            return self.last(x)[..., :rows, :columns]

    return Letter()
