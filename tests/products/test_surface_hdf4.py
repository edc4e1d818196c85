"""The process that reads HDF4: it may die or hang, and only the file in question is refused."""

from __future__ import annotations

import pickle
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.sources.surface import hdf4
from tests.products.surface_files import write_mod11


@pytest.fixture
def path(tmp_path) -> str:
    return str(write_mod11(tmp_path, size=4))


@pytest.fixture(autouse=True)
def _worker_of_the_test():
    """No worker of another test, and none left behind."""
    while hdf4._workers:
        hdf4._workers.pop().stop()
    yield
    while hdf4._workers:
        hdf4._workers.pop().stop()


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


def test_one_process_serves_all_reads_and_a_dead_one_is_replaced(path):
    hdf4.read(path, "QC_Day")
    first = hdf4._workers[0].process
    hdf4.read(path, "QC_Night")
    assert hdf4._workers[0].process is first
    first.kill()
    first.wait()
    assert hdf4.read(path, "QC_Day")[0].shape == (4, 4)
    assert hdf4._workers[0].process is not first


@pytest.mark.parametrize("body", ["import os; os.abort()", "import time; time.sleep(60)"])
def test_a_crash_or_a_hang_of_the_library_refuses_the_file(path, tmp_path, monkeypatch, body):
    script = tmp_path / "hdf4worker.py"
    script.write_text(f"import sys; sys.stdin.buffer.read(8); {body}")
    monkeypatch.setattr(hdf4, "__file__", str(tmp_path / "hdf4.py"))
    monkeypatch.setattr(hdf4, "_PATIENCE", 0.5)
    with pytest.raises(ValueError, match="the HDF4 library crashes or hangs on it"):
        hdf4.read(path, "QC_Day")
    assert not hdf4._workers
    monkeypatch.undo()
    assert hdf4.read(path, "QC_Day")[0].shape == (4, 4)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")
def test_a_hang_ends_where_nobody_is_left_to_end_it(tmp_path):
    """A worker whose library hangs in C, and whose parent was killed: the pipe stays silent."""
    code = (
        "import ctypes, sys\n"
        "from analysis.sources.surface import hdf4worker\n"
        "hdf4worker._GRACE = 0.1\n"
        "hdf4worker.describe = lambda path: ctypes.PyDLL(None).pause()  # holds Python's lock\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush()\n"
        "hdf4worker.serve()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        request = pickle.dumps((0.2, ("describe", "a.hdf")))
        process.stdin.write(len(request).to_bytes(8, "big") + request)
        process.stdin.flush()
        assert process.wait(timeout=30) == -signal.SIGALRM
    finally:
        process.kill()
        process.communicate()


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
