"""HDF4 files: followed before the library sees them, then read in a process of its own."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from analysis.sources import guardedprocess
from analysis.sources.surface import hdf4
from tests.products.surface_files import write_mod11


@pytest.fixture
def path(tmp_path) -> str:
    return str(write_mod11(tmp_path, size=4))


def test_arrays_and_attributes_come_as_the_file_has_them(path):
    values, attrs = hdf4.read(path, "LST_Day_1km")
    assert values.dtype == np.uint16
    assert values.shape == (4, 4)
    assert attrs["scale_factor"] == 0.02
    layers = hdf4.contents(path).layers
    assert layers["QC_Day"].dtype == np.uint8
    structure, nothing = hdf4.texts(path, "StructMetadata", "NoSuchMetadata")
    assert "GROUP=GRID_1" in structure
    assert nothing == ""


def test_a_file_that_kills_the_library_is_refused_and_the_next_is_read(path, tmp_path, monkeypatch):
    (tmp_path / "worker.py").write_text("import os, sys; sys.stdin.buffer.read(8); os.abort()")
    pool = guardedprocess.Pool()
    monkeypatch.setattr(guardedprocess, "_pools", [pool])
    with monkeypatch.context() as patch:
        patch.setattr(guardedprocess, "_SCRIPT", tmp_path / "worker.py")
        with pytest.raises(ValueError, match="the HDF4 library crashes or hangs on it"):
            hdf4.read(path, "QC_Day")
    assert hdf4.read(path, "QC_Day")[0].shape == (4, 4)
    pool.stop()


def test_unknown_arrays_are_named(path):
    with pytest.raises(ValueError, match="no array 'QC_Noon'"):
        hdf4.read(path, "QC_Noon")


def test_table_of_contents_is_followed(path, tmp_path):
    whole = bytearray(Path(path).read_bytes())
    other = tmp_path / "other.hdf"
    loop = bytearray(whole)
    loop[6:10] = struct.pack(">I", 4)  # the table goes on where it began
    other.write_bytes(loop)
    with pytest.raises(ValueError, match="breaks off at byte 4"):
        hdf4.check(str(other))
    beyond = bytearray(whole)
    beyond[10 + 4 : 10 + 8] = struct.pack(">I", len(whole) + 5)  # offset of the first part
    other.write_bytes(beyond)
    with pytest.raises(ValueError, match="it ends at byte"):
        hdf4.check(str(other))
    with pytest.raises(ValueError, match="no file"):
        hdf4.check(str(tmp_path / "missing.hdf"))


def test_data_in_another_file_are_not_followed(path, tmp_path):
    """A damaged or malicious file could name any file of this machine."""
    whole = bytearray(Path(path).read_bytes())
    count = struct.unpack(">h", whole[4:6])[0]
    for row in range(count):
        at = 10 + 12 * row
        tag, _, offset, _ = struct.unpack(">HHII", whole[at : at + 12])
        if tag == 702 | 0x4000:  # values of an array, compressed
            whole[offset : offset + 2] = struct.pack(">H", 2)
            break
    else:
        pytest.fail("the file has no compressed array in its first table")
    other = tmp_path / "other.hdf"
    other.write_bytes(whole)
    with pytest.raises(ValueError, match="in another file"):
        hdf4.check(str(other))
