"""The direct reader of one series against tensorstore, and its cache."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from analysis.cubes import ingest
from analysis.cubes.pieces import PieceCache, SeriesReader


def test_every_cell_is_what_tensorstore_reads(cache, make_grid):
    ds = make_grid(400, np.linspace(-80, 80, 33), np.arange(-180.0, 180, 8), gaps=0.2)
    ds["height"][:, :9, :20] = np.nan  # whole pieces without a value are not written
    cube = ingest(ds, "cells")
    snapshot = cube._snapshot()
    whole = snapshot.series_array("height")[...].read().result()
    np.testing.assert_array_equal(whole, ds["height"])
    assert snapshot.meta.layout.inner < 9
    for row in range(33):
        for column in range(45):
            found = snapshot.series_of_cell("height", row, column)
            np.testing.assert_array_equal(found, whole[:, row, column])


def test_a_neighbour_costs_no_reading_and_cannot_be_spoilt(cache, make_grid, monkeypatch):
    cube = ingest(make_grid(), "near")
    first = cube.series(0, 2.5)
    first[:] = 99
    monkeypatch.setattr(SeriesReader, "_load", lambda *_: pytest.fail("read from the disk"))
    assert not (cube.series(0, 2.5) == 99).any()
    cube.series(5, 2.5)


def test_a_damaged_file_is_told(cache, make_grid):
    cube = ingest(make_grid(gaps=0), "hurt")
    shard = cube._snapshot().data / "series" / "height" / "c" / "0" / "0" / "0"
    content = bytearray(shard.read_bytes())
    content[:200] = bytes(200)
    shard.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        cube.series(-179, -87)


def test_the_cache_keeps_to_its_limit_whatever_the_threads():
    kept = PieceCache(40 * 100)

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for key in rng.integers(0, 500, 2000):
            piece = kept.get(int(key))
            if piece is None:
                kept.put(int(key), np.full(10, key, np.float32))
            else:
                assert (piece == key).all()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.size <= kept.limit
    assert kept.size == sum(piece.nbytes for piece in kept._pieces.values())
