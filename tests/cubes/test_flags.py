"""Flags of quality stay flags at every level of a cube's pyramid; values become means."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.cubes import ingest
from analysis.cubes.kernels import pick

GRIDS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.sampled_from([0.0, 1.0, 65.0, 145.0, np.nan]),
)


@given(GRIDS)
def test_a_picked_flag_is_one_of_its_block(grid):
    found = pick(grid)
    for i, j in np.ndindex(found.shape):
        block = grid[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        valid = block[~np.isnan(block)]
        assert np.isnan(found[i, j]) if valid.size == 0 else found[i, j] in valid


def test_zoomed_out_flags_are_flags(make_grid, cache):
    sides = {"latitudes": np.linspace(-80, 80, 900), "longitudes": np.linspace(-170, 170, 900)}
    ds = make_grid(times=1, variables=("height", "height_quality"), **sides)
    flags = np.random.default_rng(0).choice([0, 1, 65, 145], ds.height_quality.shape)
    ds["height_quality"] = ds.height_quality.copy(data=flags.astype("float32"))
    ds["height_quality"].attrs |= {"role": "quality", "units": "1"}
    cube = ingest(ds, "flagged")
    bounds = (-170, -80, 170, 80)
    picture = cube.view(ds.time.values[0], bounds, 60, 60, "height_quality").values
    told = np.unique(picture[np.isfinite(picture)])
    assert set(told) <= {0, 1, 65, 145}
    assert told.size == 4
    means = cube.view(ds.time.values[0], bounds, 60, 60, "height").values
    assert np.nanstd(means) < 0.7 * float(ds.height.std())
