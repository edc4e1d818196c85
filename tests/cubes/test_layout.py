"""Chunks fit into each other, whatever the shape of the cube."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from analysis.cubes.layout import Layout, choose_layout

shapes = st.tuples(st.integers(1, 40_000), st.integers(2, 20_000), st.integers(2, 40_000))


@given(shapes, st.integers(1, 400))
def test_files_hold_whole_chunks(shape, together):
    layout = choose_layout(shape, together)
    assert layout.series_file % layout.inner == 0
    for chunk, most in zip(layout.chunk, layout.map_file[1:], strict=True):
        assert chunk % layout.series_file == 0
        assert most % chunk == 0
    steps = layout.map_file[0]
    assert steps == 1 or together % steps == 0 or together == 1


@given(shapes)
def test_a_click_decodes_little(shape):
    layout = choose_layout(shape)
    assert 4 * shape[0] * layout.inner**2 <= 400_000


@given(shapes)
def test_the_pyramid_halves_down_to_one_piece(shape):
    levels = choose_layout(shape).levels
    assert levels[0] == shape[1:]
    assert max(levels[-1]) <= 400
    for fine, coarse in itertools.pairwise(levels):
        assert coarse == tuple(-(-size // 2) for size in fine)


@given(shapes)
def test_a_layout_survives_json(shape):
    layout = choose_layout(shape)
    assert Layout.from_json(layout.as_json()) == layout
