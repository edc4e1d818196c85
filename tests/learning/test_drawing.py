"""Blocks of windows drawn again: how they are drawn, how long they are, what they cover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.learning import bootstrap, compare, score
from analysis.learning.drawing import block_length, critical, draws_of, limits
from tests.learning.tables import made


@pytest.mark.parametrize(("windows", "length"), [(2, 1), (7, 2), (21, 3), (20, 20), (24, 6)])
def test_draws_are_blocks_of_consecutive_windows(windows, length):
    drawn = draws_of(windows, 3000, 0, length)
    assert drawn.shape == (windows, 3000)
    assert (drawn.sum(axis=0) == windows).all()
    assert drawn.mean(axis=1) == pytest.approx(1, abs=0.12), "each window as often as the others"
    starts = np.random.default_rng(0).integers(windows, size=(3000, -(-windows // length)))
    if length > 1:  # the first draw, block by block
        first = [(one + at) % windows for one in starts[0] for at in range(length)][:windows]
        assert (drawn[:, 0] == np.bincount(first, minlength=windows)).all()


def test_impossible_draws():
    assert draws_of(1, 10, 0) is None
    assert draws_of(5, 1, 0) is None
    with pytest.raises(ValueError, match="A block has 6 windows; it has from 1 to 5"):
        draws_of(5, 10, 0, 6)


def test_the_length_of_blocks_follows_what_lasts():
    random = np.random.default_rng(1)
    noise = random.normal(size=400)
    lasting = np.zeros(400)
    for at in range(1, 400):
        lasting[at] = 0.8 * lasting[at - 1] + noise[at]
    assert block_length(noise) == 7  # the cube root of 400
    # Politis and White for an autoregression of 0.8: (6 (0.8 / 0.36)^2 400)^(1/3) = 22.8
    assert 14 <= block_length(lasting) <= 32
    assert block_length(noise[:21], overlap=3) == 5
    assert block_length(noise[:9], overlap=9) == 3, "at most a third"
    for few in ([], [1.0], [1.0, 2.0], [0.0] * 5):
        assert block_length(few) == 1


def test_few_blocks_reach_farther_and_stay_within_what_was_drawn():
    assert critical(1, 10**6) == pytest.approx(1.96, abs=1e-3)
    assert critical(1, 20) < critical(3, 20) < critical(6, 20)
    drawn = np.random.default_rng(0).normal(size=20_000)
    for length, windows in ((1, 30), (3, 30), (10, 30)):
        low, high = limits(drawn, length, windows)
        wanted = critical(length, windows)
        assert (low, high) == pytest.approx((-wanted, wanted), abs=0.12)
    assert limits(drawn, 10, 20)[1] <= drawn.max()


def test_windows_that_overlap_are_drawn_together():
    table, _ = made(90, 12, level=-2.0)
    days = pd.date_range("2010-01-01", periods=90, freq="10D")
    table.index = pd.MultiIndex.from_product([days, range(12)], names=["time", "cell"])
    apart = compare(table.copy(), [], ["rate_smoothed"], draws=50, split=(0.4, 0.2, 0.4))
    table.attrs = {"horizon": "10D"}
    touching = compare(table, [], ["rate_smoothed"], draws=50, split=(0.4, 0.2, 0.4))
    assert apart.grid.overlap == 3
    assert touching.grid.overlap == 1
    assert apart.settings["block"] == 5
    assert touching.settings["block"] >= 3


def world(windows: int, overlap: int, seed: int) -> tuple[np.ndarray, ...]:
    """Return outcomes (window, cell), two forecasts and the windows, of rates that last."""
    random = np.random.default_rng(seed)
    last, cells = 0.7, 40
    push = random.normal(size=windows + 60)
    level = np.zeros(push.size)
    for at in range(1, push.size):
        level[at] = last * level[at - 1] + np.sqrt(1 - last**2) * push[at]
    level = 0.6 * level[50:]
    place = np.random.default_rng(5).normal(size=cells)
    number = random.poisson(np.exp(-2.5 + level[:, None] + place))
    seen = np.stack([number[at : at + overlap].sum(axis=0) > 0 for at in range(windows)])
    plain = -np.expm1(-overlap * np.exp(-2.5 + 0.18 + place + np.zeros((windows, 1))))
    known = np.concatenate([[0.0], level])[:windows, None]
    rate = np.exp(-2.5 + last * known + 0.18 * (1 - last**2) + place)
    window = np.repeat(np.arange(windows), cells).reshape(windows, cells)
    return seen.astype(float), plain, -np.expm1(-overlap * rate), window


@pytest.mark.slow
@pytest.mark.parametrize(("windows", "overlap"), [(24, 1), (60, 1), (60, 3)])
def test_intervals_of_windows_that_last_cover_the_truth_more_often(windows, overlap):
    truth: dict[str, tuple[float, float]] = {}
    seen, plain, told, _ = world(60_000, overlap, 999)
    names = ("average_precision", "brier_skill")
    for name in names:
        value = score(name, seen, told)
        truth[name] = (value, value - score(name, seen, plain))
    worlds, hits = 300, {(name, way): np.zeros(2) for name in names for way in ("one", "block")}
    for seed in range(worlds):
        seen, plain, told, window = world(windows, overlap, seed)
        length = block_length(seen.sum(axis=1), overlap)
        for name in names:
            for way, of_block in (("one", 1), ("block", length)):
                for place, against in enumerate((None, plain)):
                    found = bootstrap(
                        name, seen, told, window, against=against, replicates=400, seed=seed,
                        length=of_block,
                    )  # fmt: skip
                    inside = found.low <= truth[name][place] <= found.high
                    hits[name, way][place] += inside
    shares = {key: some / worlds for key, some in hits.items()}
    for name in names:
        before, after = shares[name, "one"], shares[name, "block"]
        assert (after > before - 0.01).all(), (name, before, after)
        assert (after >= 0.80).all(), (name, after)
    assert np.mean([shares[name, "block"] - shares[name, "one"] for name in names]) > 0.02
